"""Comparisons of one value with its reference that need not look inside objects: pure, in [0, 1], 1.0 on equality.

Both values are JSON values, neither null nor absent: `shortlist.metrics.fields` settles those before it asks here.
A value of the wrong type (`number` for a string, `set` for an object) is no agreement: 0.0. So `"70"` is not 70, and
the word `Present` is not null: whether a type is right is the schema's question, and its answer is not guessed here.

All are symmetric but these, whose names say what they ask of the output alone: `count` with `at_least`, `set` with
`unpaired: missing`, `mentions`, and `paragraphs` with `equals`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

from shortlist.metrics.paths import every_string, reach
from shortlist.metrics.text import bag_similarity, fold, paragraphs, says, text_similarity, words
from shortlist.metrics.values import ABSENT, clip, same, show
from shortlist.tasks.rules import FieldRule

LESS_PRECISE = 0.5
"""What a date is worth that agrees as far as it goes: 2021 for 2021-03."""

_DATE = re.compile(r"(\d{4})(?:([-/.])(0?[1-9]|1[0-2])(?:\2(0?[1-9]|[12]\d|3[01]))?)?", re.ASCII)
_SEPARATORS = re.compile(r"[\s_-]+")
_MOST_NAMED = 5  # items of a set that a loss names


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far a value agrees with its reference."""

    score: float
    why: Callable[[], str] | None = None
    """Gives the one line that says why not further; most comparisons, those in search of a pairing, never ask."""


AGREED = Agreement(1.0)


def _differ(value: Any, reference: Any, score: float = 0.0) -> Agreement:
    return Agreement(score, lambda: f"{show(value)} ≠ {show(reference)}")


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
    return Agreement(score, lambda: f"{score:.0%} of the words agree: {show(value)} ≠ {show(reference)}")


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
    return Agreement(0.0, lambda: f"{show(value)} ≠ {show(reference)}{f' ± {within:g}' if within else ''}")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def date(rule: FieldRule, value: Any, reference: Any) -> Agreement:
    """1 for the same date, 0.5 when one is the other with less precision (2021, 2021-03), else 0.

    Dates are YYYY, YYYY-MM or YYYY-MM-DD; 2021-3 and 2021/03 are read as 2021-03. Another string (`May 2021`, a 13th
    month) is no date, and is compared word by word, for 1 or 0.
    """
    if not isinstance(value, str) or not isinstance(reference, str):
        return exact(rule, value, reference)
    mine, theirs = _date_parts(value), _date_parts(reference)
    if mine is None or theirs is None:
        return AGREED if _canonical(value) == _canonical(reference) else _differ(value, reference)
    if mine == theirs:
        return AGREED
    shared = min(len(mine), len(theirs))
    return _differ(value, reference, LESS_PRECISE if mine[:shared] == theirs[:shared] else 0.0)


def _date_parts(text: str) -> tuple[int, ...] | None:
    """Year, month and day, as far as they are given; None for what is no date."""
    found = _DATE.fullmatch(text.strip())
    return found and tuple(int(part) for part in found.group(1, 3, 4) if part)


def set_(rule: FieldRule, value: Any, reference: Any) -> Agreement:
    """F1 of the distinct items, in any order. Strings are one item when their words are; two empty lists agree.

    With `unpaired: missing`, recall: the share of the reference's items that the value has.
    """
    mine, theirs = _items(rule, value), _items(rule, reference)
    if mine is None or theirs is None:
        return _differ(value, reference)
    ours = {_canonical(item): item for item in mine}
    expected = {_canonical(item): item for item in theirs}
    lost = [item for key, item in expected.items() if key not in ours]
    invented = [item for key, item in ours.items() if key not in expected] if rule.unpaired == "both" else []
    if not lost and not invented:
        return AGREED
    shared = len(expected) - len(lost)
    score = 2 * shared / (len(ours) + len(expected)) if rule.unpaired == "both" else shared / len(expected)
    return Agreement(
        score, lambda: clip("; ".join([*_named("missing", lost), *_named("not in the reference", invented)]), 400)
    )


def _named(label: str, items: list[Any]) -> list[str]:
    """`missing: a, b and 3 more`; nothing where there are no items."""
    if not items:
        return []
    more = f" and {len(items) - _MOST_NAMED} more" if len(items) > _MOST_NAMED else ""
    return [f"{label}: {', '.join(show(item) for item in items[:_MOST_NAMED])}{more}"]


def mentions(rule: FieldRule, value: Any, reference: Any) -> Agreement:
    """The share of the reference's distinct terms that the value's strings say (`shortlist.metrics.text.says`).

    The value is a text, or a list of which every string counts, also those inside objects. A reference that is a text,
    as another model's output is, is compared as `long_text`. Where there are no terms nothing is asked: 1.
    """
    if not isinstance(value, str | list) or not isinstance(reference, str | list):
        return _differ(value, reference)
    if isinstance(reference, str):
        return long_text(rule, whole_text(value), reference)
    terms = {_canonical(term): term for term in reference}
    texts = [value] if isinstance(value, str) else [text for _, text in every_string(value)]
    unsaid = [term for term in terms.values() if not _said(term, texts)]
    if not unsaid:
        return AGREED
    return Agreement(1 - len(unsaid) / len(terms), lambda: clip("; ".join(_named("does not say", unsaid)), 400))


def _said(term: Any, texts: list[str]) -> bool:
    return isinstance(term, str) and any(says(text, term) for text in texts)


def whole_text(value: str | list[Any]) -> str:
    """A text, or every string of a list on a line of its own."""
    return value if isinstance(value, str) else "\n".join(text for _, text in every_string(value))


def paragraphs_(rule: FieldRule, value: Any, reference: Any) -> Agreement:
    """1 when two texts have equally many paragraphs, or the value as many as `equals` says, else 0.

    With `equals` the reference is not looked at, and may be null or absent.
    """
    if not isinstance(value, str) or (rule.equals is None and not isinstance(reference, str)):
        return Agreement(0.0, lambda: f"{show(value)}, not a text") if rule.equals else _differ(value, reference)
    mine, theirs = paragraphs(value), rule.equals or paragraphs(reference)
    return AGREED if mine == theirs else Agreement(0.0, lambda: f"{mine} paragraph{'s'[: mine != 1]} ≠ {theirs}")


def semantic(rule: FieldRule, value: Any, reference: Any) -> Agreement:
    """`shortlist.metrics.semantic.meaning_similarity` of two strings."""
    if not isinstance(value, str) or not isinstance(reference, str):
        return exact(rule, value, reference)
    from shortlist.metrics.semantic import meaning_similarity  # noqa: PLC0415 - the embedder takes half a second

    score = meaning_similarity(value, reference)
    if score == 1.0:
        return AGREED
    return Agreement(score, lambda: f"{score:.0%} alike in meaning: {show(value)} ≠ {show(reference)}")


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
    return Agreement(score, lambda: f"{len(mine)} items ≠ {bound}{len(theirs)}")


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
    "semantic": semantic,
    "mentions": mentions,
    "paragraphs": paragraphs_,
    "number": number,
    "date": date,
    "enum": enum,
    "set": set_,
    "count": count,
}
"""By `FieldRule.compare`; `object` and `objects` are in `shortlist.metrics.fields`."""
