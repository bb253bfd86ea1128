"""A run's results without personal data, for reports that leave the house."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any, TypeVar

from shortlist.results import RunResults
from shortlist_datasets import Pair
from shortlist_datasets.redact import Redactor, redactor_of

_NO_TEXTS = frozenset(
    (
        *("case", "finished_at", "model", "request_id", "provider", "answered_by", "unhonoured"),
        *("metric", "category", "versions", "domain"),
    )
)
"""Fields that name things of the run. Every other text could quote a résumé, also one of a field that is new."""
_ESCAPED = re.compile(r"(?<!\\)(?:\\u[0-9a-fA-F]{4})+")
_ESCAPED_GAP = re.compile(r"(?<!\\)((?:\\[nrt])+)")
_MARK = "\x00"
_T = TypeVar("_T")


def redacted(results: RunResults, pairs: Iterable[Pair]) -> RunResults:
    """The results with every text about a pair redacted by what the pair's résumé tells. Figures stay as they are."""
    redactors = {pair.id: redactor_of(pair.resume_text) for pair in pairs}
    nobody = Redactor((), ())  # of a pair that is gone, e-mail addresses and the like still go
    return replace(
        results,
        cases=tuple(_redacted(view, redactors.get(view.case.pair, nobody)) for view in results.cases),
        gold={pair: _redacted(gold, redactors.get(pair, nobody)) for pair, gold in results.gold.items()},
    )


def _redacted(value: _T, redactor: Redactor) -> _T:
    return _walk(value, redactor)  # type: ignore[no-any-return]  # what goes in comes out, of the same type


def _walk(value: Any, redactor: Redactor) -> Any:
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return _text(value, redactor)
    if is_dataclass(value) and not isinstance(value, type):
        kept = {one.name: getattr(value, one.name) for one in fields(value) if one.name not in _NO_TEXTS}
        return replace(value, **{name: _walk(inner, redactor) for name, inner in kept.items()})
    if isinstance(value, Mapping):
        return {key: _walk(inner, redactor) for key, inner in value.items()}
    if isinstance(value, tuple | list):
        return type(value)(_walk(inner, redactor) for inner in value)
    return value


def _text(text: str, redactor: Redactor) -> str:
    r"""A text, possibly JSON that could not be parsed: `\u00e9` is é there, and `\n` no letter before the next word."""
    if "\\" not in text:
        return redactor.apply(text)
    text = _ESCAPED.sub(_unescaped, text)
    return redactor.apply(_ESCAPED_GAP.sub(rf"\1{_MARK}", text)).replace(_MARK, "")


def _unescaped(found: re.Match[str]) -> str:
    units = bytes.fromhex(found[0].replace("\\u", ""))
    try:
        text = units.decode("utf-16-be")
    except UnicodeDecodeError:  # half of a surrogate pair
        return found[0]
    return text if text.isprintable() and not set(text) & set('"\\') else found[0]
