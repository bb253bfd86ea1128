"""Makes text that others wrote fit to show: no hidden characters, bounded, nested values laid out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

MAX_DEPTH = 12
"""Nesting that an outline shows; deeper values are named, not walked."""

# What a reader cannot see, or what makes a reader see something else: controls, surrogates without a partner (which
# no file can hold), marks that reorder text, and what HTML calls non-characters.
_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_LINE_END = re.compile("\r\n?")
_LOOKS_LIKE_JSON = re.compile(r"\s*$|\s|.*\s$|(?:null|true|false|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)$", re.DOTALL)
_XML_INVALID = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _shown(match: re.Match[str]) -> str:
    return f"⟦U+{ord(match.group()):04X}⟧"


def visible(text: str) -> str:
    """`text` with every hidden or reordering character replaced by a visible sign, and LF as the line end."""
    return _HIDDEN.sub(_shown, _LINE_END.sub("\n", text))


def xml_valid(text: str) -> str:
    """`text` without the characters that XML 1.0 forbids, even escaped (W3C XML 1.0, production 2)."""
    return _XML_INVALID.sub("", text)


def cut(text: str, limit: int) -> tuple[str, int]:
    """The first `limit` characters of `text`, and how many are left out."""
    kept = text[: max(limit, 0)]
    return kept, len(text) - len(kept)


def one_line(text: str, limit: int) -> str:
    """`text` on one line, with `…` where it was longer than `limit` characters."""
    kept, left = cut(" ".join(text[: 8 * limit].split()), limit)
    return kept + "…" if left or len(text) > 8 * limit else kept


def outline(value: Any) -> str:
    """A JSON value as indented text: a string as it is, a list with dashes, an object as `key: value` lines.

    A string that could be taken for another JSON value, or that begins or ends with a blank, is shown quoted when it
    is nested, so that `null` and `"null"` differ.
    """
    if isinstance(value, str):
        return value
    return "\n".join(_lines(value, 0))


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False) if _LOOKS_LIKE_JSON.match(value) else value
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    return str(value)


def _is_group(value: Any) -> bool:
    return isinstance(value, (Mapping, Sequence)) and not isinstance(value, (str, bytes)) and bool(value)


def _empty(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{}"
    return "[]" if isinstance(value, Sequence) and not isinstance(value, (str, bytes)) else _scalar(value)


def _lines(value: Any, depth: int) -> Iterator[str]:
    """Lines of `value`, unindented; the caller indents what it nests."""
    if not _is_group(value):
        yield from _empty(value).split("\n")
    elif depth >= MAX_DEPTH:
        yield f"… ({len(value)} nested deeper)"
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _keyed(str(key), item, depth)
    else:
        for item in value:
            for number, line in enumerate(_lines(item, depth + 1)):
                yield ("- " if number == 0 else "  ") + line


def _keyed(key: str, item: Any, depth: int) -> Iterator[str]:
    lines = _lines(item, depth + 1)
    if _is_group(item):
        yield f"{key}:"
    else:
        yield f"{key}: {next(lines)}"
    for line in lines:
        yield "  " + line
