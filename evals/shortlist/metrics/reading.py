"""Reading JSON out of a model's text, in three degrees of strictness.

raw
    The whole text is one JSON value (RFC 8259, white space around it allowed). Refused: NaN and Infinity, numbers
    beyond a double, a byte order mark, unpaired surrogates, nesting deeper than 254. Of a key that occurs twice the
    last one counts, as in JavaScript's `JSON.parse` and every other consumer of the product.
extracted
    raw, or else the longest bracketed stretch of the text that is JSON by itself: what remains after stripping code
    fences, reasoning and prose. A value inside an outer bracket that is not JSON does not count, so a fragment of a
    broken document is never taken for the document.
repaired
    extracted, or else what `json_repair` makes of the text from its outermost opening bracket on, when that is an
    object or a list.

Each degree is computed when first asked for. Work grows linearly with the text: the scan is one pass, and the repair,
which is quadratic on hostile input, runs on a budget of character reads and gives up when that is spent.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal, SupportsIndex

import orjson

from shortlist.metrics.values import ABSENT

MAX_DEPTH: Final = 254  # what orjson can write again; a value that cannot be written is not worth reading

Wrapping = Literal["fenced", "prose_around"]

_OPENER = re.compile(r"[{\[]")
# Possessive quantifiers, and a string that runs to the end of the text is one token: no position is scanned twice.
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.?)*+"?|[{}\[\]]', re.DOTALL)
_LOOKS_LIKE_JSON = re.compile(r"""\{\s*+(?:["'}]|\w++\s*+:|\Z)|\[\s*+(?:["'\[{\]\d-]|true|false|null|\Z)""")
_FENCE_BEFORE = re.compile(r"\s*(?:```|~~~)[\w+-]*\s*")
_FENCE_AFTER = re.compile(r"\s*(?:```|~~~)?\s*")
_FALSE_STARTS = 20  # openers that never close and do not look like JSON, before the search gives up
_READS_PER_CHAR = 20  # damaged documents of the product's kind need 3 to 7
_SPARE_READS = 100_000


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A bracketed part of the text."""

    start: int
    end: int
    closed: bool
    value: Any
    """The JSON value, or `ABSENT` when it is none."""


class Reading:
    """A text and what can be read from it; see the module for what each degree means."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def raw(self) -> Any:
        """The text as JSON, or `ABSENT`."""
        return _loads(self.text)

    @cached_property
    def extracted(self) -> Any:
        """The outermost JSON in the text, or `ABSENT`."""
        return self.raw if self.raw is not ABSENT or self._best is None else self._best.value

    @cached_property
    def repaired(self) -> Any:
        """The outermost JSON in the text after mending, or `ABSENT`."""
        if self.extracted is not ABSENT or self._best is None:
            return self.extracted
        # Quotes that were not escaped can end the stretch too early, so a closed one reaches to the last bracket.
        last = max(self.text.rfind("}"), self.text.rfind("]")) + 1 if self._best.closed else len(self.text)
        return _repair(self.text[self._best.start : last])

    @property
    def strictest(self) -> Any:
        """What comparisons work on: the strictest degree that gives an object or a list.

        A bare string, number, true, false or null is taken only when it is the whole text. `ABSENT` when there is
        nothing.
        """
        for value in (self.raw, self.extracted):
            if value is not ABSENT:
                return value
        return self.repaired

    @property
    def cut_off(self) -> bool:
        """Whether the text ends inside its JSON."""
        return self.raw is ABSENT and self._best is not None and not self._best.closed

    @property
    def wrapping(self) -> Wrapping | None:
        """What surrounds JSON that is not the whole text; None when it is, or when there is none."""
        best = None if self.raw is not ABSENT else self._best
        if best is None or best.value is ABSENT:
            return None
        before, after = self.text[: best.start], self.text[best.end :]
        fenced = _FENCE_BEFORE.fullmatch(before) and _FENCE_AFTER.fullmatch(after)
        return "fenced" if fenced else "prose_around"

    @cached_property
    def _best(self) -> _Stretch | None:
        """The longest stretch that is JSON; when none is, the longest that looks as if it should be."""
        best: _Stretch | None = None
        for stretch in _stretches(self.text):
            rank = (stretch.value is not ABSENT, stretch.end - stretch.start)
            if best is None or rank > (best.value is not ABSENT, best.end - best.start):
                best = stretch
        return best


def read_output(text: str) -> Reading:
    """What can be read from a model's text."""
    return Reading(text)


def _loads(text: str) -> Any:
    try:
        value = orjson.loads(text)
        if text.count("{") + text.count("[") > MAX_DEPTH:
            orjson.dumps(value)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return ABSENT
    return value


def _stretches(text: str) -> list[_Stretch]:
    """The outermost bracketed stretches, left to right; those that never close only if they look like JSON."""
    found: list[_Stretch] = []
    position = 0
    false_starts = 0
    while opener := _OPENER.search(text, position):
        start = opener.start()
        end = _closing(text, start)
        if end is not None:
            found.append(_Stretch(start, end, True, _loads(text[start:end])))
            position = end
        elif _LOOKS_LIKE_JSON.match(text, start):
            found.append(_Stretch(start, len(text), False, ABSENT))
            break
        else:
            false_starts += 1
            if false_starts == _FALSE_STARTS:
                break
            position = start + 1
    return found


def _closing(text: str, start: int) -> int | None:
    """Where the bracket that opens at `start` closes again (one past it); None when it never does."""
    depth = 0
    for token in _TOKEN.finditer(text, start):
        char = text[token.start()]
        if char in "{[":
            depth += 1
        elif char in "}]":
            depth -= 1
            if depth == 0:
                return token.end()
    return None


class _BudgetSpent(Exception):
    pass


class _Metered(str):
    """A text that counts how many of its characters were read and stops its reader when that is too many.

    `json_repair` looks ahead to the end of the text at every stray quote: 16 kB of `{"` take it five seconds, 300 kB
    half an hour. It reads its input one index at a time, which is where this can stop it.
    """

    __slots__ = ("_left",)
    _left: int

    def __new__(cls, text: str) -> _Metered:
        metered = super().__new__(cls, text)
        metered._left = _SPARE_READS + _READS_PER_CHAR * len(text)
        return metered

    def __getitem__(self, key: SupportsIndex | slice[Any, Any, Any]) -> str:
        part = str.__getitem__(self, key)
        self._left -= len(part)
        if self._left < 0:
            raise _BudgetSpent
        return part


def _repair(text: str) -> Any:
    import json_repair  # noqa: PLC0415 - 30 ms, and most outputs need no repair

    try:
        value = json_repair.loads(_Metered(text), skip_json_loads=True)
        if not isinstance(value, dict | list):
            return ABSENT
        # Through strict JSON once more: no NaN, no unpaired surrogates, no nesting that cannot be written.
        return _loads(json.dumps(value, allow_nan=False))
    except (ValueError, RecursionError, _BudgetSpent):
        return ABSENT
