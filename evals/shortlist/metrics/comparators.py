"""Comparisons of one value with its reference that need not look inside objects: pure, in [0, 1], 1.0 on equality.

Both values are JSON values, neither null nor absent: `shortlist.metrics.fields` settles those before it asks here.
A value of the wrong type (`number` for a string, `set` for an object) is no agreement: 0.0.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

from shortlist.metrics.paths import reach
from shortlist.metrics.text import bag_similarity, fold, text_similarity, words
from shortlist.metrics.values import ABSENT, clip, same, show
from shortlist.tasks.rules import FieldRule

LESS_PRECISE = 0.5
"""What a date is worth that agrees as far as it goes: 2021 for 2021-03."""

_DATE = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?")
_SEPARATORS = re.compile(r"[\s_-]+")
_MOST_NAMED = 5  # items of a set that a loss names


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far a value agrees with its reference, and the one line that says why not further."""

    score: float
    why: str | None = None


AGREED = Agreement(1.0)


def _differ(value: Any, reference: Any, score: float = 0.0) -> Agreement:
    return Agreement(score, f"{show(value)} ≠ {show(reference)}")


def exact(rule: FieldRule, value: Any, reference: Any) -> Agreement:
    """1 when the two are the same JSON value, else 0."""
    return AGREED if same(value, reference) else _differ(value, reference)


def enum(rule: FieldRule, value: Any, reference: Any) -> Agreement:
    """1 when the two name the same choice, else 0; case, spaces, hyphens and underscores do not matter."""
    if isinstance(value, str) and isinstance(reference, str):
        alike = _SEPARATORS.sub("", fold(value)) == _SEPARATORS.sub("", fold(reference))
        return AGREED if alike else _differ(value, reference)
    return exact(rule, value, reference)


def text(rule: FieldRule, value: Any, reference: Any) -> Agreement:
    """`text_similarity` of two strings."""
    if not isinstance(value, str) or not isinstance(reference, str):
        return exact(rule, value, reference)
    score = text_similarity(value, reference)
    return AGREED if score == 1.0 else _differ(value, reference, score)


def long_text(rule: FieldRule, value: Any, reference: Any) -> Agreement:
    """`bag_similarity` of two strings."""
    if not isinstance(value, str) or not isinstance(reference, str):
        return exact(rule, value, reference)
    score = bag_similarity(value, reference)
    if score == 1.0:
        return AGREED
    return Agreement(score, f"{score:.0%} of the words agree: {show(value)} ≠ {show(reference)}")


def number(rule: FieldRule, value: Any, reference: Any) -> Agreement:
    """1 when two numbers lie at most `within` apart (0 when the rule names none), else 0.

    The last digits of binary fractions are forgiven: 1.1 lies within 0.1 of 1.
    """
    if not _is_number(value) or not _is_number(reference):
        return _differ(value, reference)
    apart = abs(value - reference)
    within = rule.within or 0.0
    if apart <= within or math.isclose(apart, within, rel_tol=1e-9):
        return AGREED
    return Agreement(
        0.0, f"{show(value)} ≠ {show(reference)} ± {within:g}" if within else _differ(value, reference).why
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def date(rule: FieldRule, value: Any, reference: Any) -> Agreement:
    """1 for the same date, 0.5 when one is the other with less precision (2021, 2021-03), else 0.

    Dates are YYYY, YYYY-MM or YYYY-MM-DD. Another string is compared word by word, for 1 or 0.
    """
    if not isinstance(value, str) or not isinstance(reference, str):
        return exact(rule, value, reference)
    mine, theirs = value.strip(), reference.strip()
    if not _DATE.fullmatch(mine) or not _DATE.fullmatch(theirs):
        return AGREED if _canonical(value) == _canonical(reference) else _differ(value, reference)
    if mine == theirs:
        return AGREED
    if mine.startswith(theirs) or theirs.startswith(mine):
        return _differ(value, reference, LESS_PRECISE)
    return _differ(value, reference)


def set_(rule: FieldRule, value: Any, reference: Any) -> Agreement:
    """F1 of the distinct items, in any order. Strings are one item when their words are; two empty lists agree."""
    mine, theirs = _items(rule, value), _items(rule, reference)
    if mine is None or theirs is None:
        return _differ(value, reference)
    ours = {_canonical(item): item for item in mine}
    expected = {_canonical(item): item for item in theirs}
    if ours.keys() == expected.keys():
        return AGREED
    shared = len(ours.keys() & expected.keys())
    reasons = [
        f"{label}: {', '.join(show(item) for item in items[:_MOST_NAMED])}"
        + (f" and {len(items) - _MOST_NAMED} more" if len(items) > _MOST_NAMED else "")
        for label, items in (
            ("missing", [item for key, item in expected.items() if key not in ours]),
            ("not in the reference", [item for key, item in ours.items() if key not in expected]),
        )
        if items
    ]
    return Agreement(2 * shared / (len(ours) + len(expected)), clip("; ".join(reasons), 400))


def count(rule: FieldRule, value: Any, reference: Any) -> Agreement:
    """1 when two lists are equally long, else the shorter length over the longer.

    With `at_least`, a list longer than its reference is as good as an equally long one.
    """
    mine, theirs = _items(rule, value), _items(rule, reference)
    if mine is None or theirs is None:
        return _differ(value, reference)
    if len(mine) == len(theirs) or (rule.at_least and len(mine) > len(theirs)):
        return AGREED
    score = min(len(mine), len(theirs)) / max(len(mine), len(theirs))
    bound = "at least " if rule.at_least else ""
    return Agreement(score, f"{len(mine)} items ≠ {bound}{len(theirs)}")


def _items(rule: FieldRule, value: Any) -> list[Any] | None:
    if rule.select is None:
        return value if isinstance(value, list) else None
    if not isinstance(value, list | dict):
        return None
    return [item for _, item in reach(value, rule.select) if item is not ABSENT]


def _canonical(item: Any) -> Hashable:
    """Equal for two items of a set exactly when they count as one."""
    return (words(item) or fold(item)) if isinstance(item, str) else frozen(item)


def identity(rule: FieldRule, value: Any) -> Hashable:
    """A hashable stand-in: two values with the same one agree fully under `rule`, so that no comparison is needed."""
    if isinstance(value, str):
        if rule.compare in ("text", "long_text"):
            return tuple(sorted(words(value))) or fold(value)
        if rule.compare == "enum":
            return _SEPARATORS.sub("", fold(value))
    return frozen(value)


def frozen(value: Any) -> Hashable:
    """A hashable stand-in for a JSON value: equal for two values exactly when `same` holds."""
    if isinstance(value, dict):
        return (dict, frozenset((key, frozen(inner)) for key, inner in value.items()))
    if isinstance(value, list):
        return (list, tuple(map(frozen, value)))
    return (bool, value) if isinstance(value, bool) else value


LEAVES: dict[str, Callable[[FieldRule, Any, Any], Agreement]] = {
    "exact": exact,
    "text": text,
    "long_text": long_text,
    "number": number,
    "date": date,
    "enum": enum,
    "set": set_,
    "count": count,
}
"""By `FieldRule.compare`; `object` and `objects` are in `shortlist.metrics.fields`."""
