"""A run's results without personal data, for reports that leave the house."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any, TypeVar

from shortlist.results import Manifest, RunResults
from shortlist_datasets import Pair
from shortlist_datasets.personal_data import EMAIL
from shortlist_datasets.redact import Redactor, redactor_of

_NO_TEXTS = frozenset(
    (
        *("case", "finished_at", "model", "request_id", "provider", "answered_by", "unhonoured"),
        *("metric", "category", "versions", "domain"),
    )
)
"""Fields that name things of the run. Every other text could quote a résumé, also one of a field that is new."""
_SAID_BY_PROVIDERS = ("detail", "skipped", "facts", "closing_facts")
_KEYS_STAY = frozenset(("scores",))
"""Fields whose keys name metrics; an output's own keys could be somebody's name."""
# More than one backslash where JSON is quoted inside JSON.
_ESCAPED = re.compile(r"(?:\\+u[0-9a-fA-F]{4})+")
_ESCAPED_GAP = re.compile(r"((?:\\+[nrt])+)")
_MARK = "\x00"
_T = TypeVar("_T")


def redacted(results: RunResults, pairs: Iterable[Pair]) -> RunResults:
    """The results with every text about a pair redacted by what the pair's résumé tells. Figures stay as they are.

    The suite and what providers say of themselves belong to no pair: there, what any résumé tells goes.
    """
    redactors = {pair.id: redactor_of(pair.resume_text) for pair in pairs}
    nobody = Redactor((), ())  # of a pair that is gone, e-mail addresses and the like still go
    everybody = tuple(redactors.values())
    return replace(
        results,
        manifest=_without_anybody(results.manifest, everybody),
        cases=tuple(_redacted(view, redactors.get(view.case.pair, nobody)) for view in results.cases),
        gold={pair: _redacted(gold, redactors.get(pair, nobody)) for pair, gold in results.gold.items()},
    )


def _without_anybody(manifest: Manifest, redactors: Sequence[Redactor]) -> Manifest:
    """What the suite and its providers say, which may quote anybody: a fake's outputs, a server's last error."""

    def apply(text: str) -> str:
        for redactor in redactors:
            text = redactor.apply_told(text)
        return EMAIL.sub("[EMAIL]", text)

    def told(value: Any) -> Any:
        if isinstance(value, str):
            return _text(value, apply)
        if isinstance(value, Mapping):
            return {told(key): told(inner) for key, inner in value.items()}
        return [told(inner) for inner in value] if isinstance(value, tuple | list) else value

    providers = {
        name: facts.model_copy(update={key: told(getattr(facts, key)) for key in _SAID_BY_PROVIDERS})
        for name, facts in manifest.providers.items()
    }
    return manifest.model_copy(update={"providers": providers, "suite_source": told(manifest.suite_source)})


def _redacted(value: _T, redactor: Redactor) -> _T:
    return _walk(value, redactor)  # type: ignore[no-any-return]  # what goes in comes out, of the same type


def _walk(value: Any, redactor: Redactor) -> Any:
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return _text(value, redactor.apply)
    if is_dataclass(value) and not isinstance(value, type):
        kept = {one.name: getattr(value, one.name) for one in fields(value) if one.name not in _NO_TEXTS}
        return replace(value, **{name: _field(name, inner, redactor) for name, inner in kept.items()})
    if isinstance(value, Mapping):
        return _mapping(value, redactor)
    if isinstance(value, tuple | list):
        return type(value)(_walk(inner, redactor) for inner in value)
    return value


def _field(name: str, value: Any, redactor: Redactor) -> Any:
    if name in _KEYS_STAY and isinstance(value, Mapping):
        return {key: _walk(inner, redactor) for key, inner in value.items()}
    return _walk(value, redactor)


def _mapping(value: Mapping[Any, Any], redactor: Redactor) -> dict[Any, Any]:
    """With its keys redacted; where two become one, the later is numbered, so that no value goes."""
    out: dict[Any, Any] = {}
    for key, inner in value.items():
        name = wanted = _text(key, redactor.apply) if isinstance(key, str) else key
        number = 1
        while name in out:
            number += 1
            name = f"{wanted} {number}"
        out[name] = _walk(inner, redactor)
    return out


def _text(text: str, apply: Callable[[str], str]) -> str:
    r"""A text, possibly JSON that could not be parsed: `\u00e9` is é there, and `\n` no letter before the next word."""
    if "\\" not in text:
        return apply(text)
    text = _ESCAPED.sub(_unescaped, text)
    return apply(_ESCAPED_GAP.sub(rf"\1{_MARK}", text)).replace(_MARK, "")


def _unescaped(found: re.Match[str]) -> str:
    units = bytes.fromhex(re.sub(r"\\+u", "", found[0]))
    try:
        text = units.decode("utf-16-be")
    except UnicodeDecodeError:  # half of a surrogate pair
        return found[0]
    return text if text.isprintable() and not set(text) & set('"\\') else found[0]
