"""`quality.<rule>`: 1.0 when the output keeps the task's rule, else 0.0 with the places where it does not.

paragraphs
    The field has exactly that many paragraphs; a blank line parts two.
words
    The field's length in words (stretches without white space) lies within the bounds.
no_phrases
    None of the phrases occurs as whole words. Case, punctuation and line breaks do not matter.
distinct_openings
    In no list do two strings begin with the same word; case and punctuation do not matter.
flags_true
    Each object's flag says rightly whether its term occurs in the résumé. A term that occurs word by word must be
    flagged true; one whose words do not even stand close together, endings aside, must be flagged false. In between
    (`plan labor` for `labor planning`) either flag is right.

A rule whose field the output does not have, or has in another type, is not kept. A rule over an empty list is kept.
A failed case, and one of whose output nothing can be read, scores 0.0 with status `failed`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, Final

from shortlist.metrics.base import Case, FamilyScores, Material, Scorer, failed, ok
from shortlist.metrics.paths import every_string, reach
from shortlist.metrics.text import words
from shortlist.metrics.values import ABSENT, clip, show
from shortlist.scores import Loss
from shortlist.tasks.rules import DistinctOpenings, FlagsTrue, NoPhrases, Paragraphs, QualityRule, Words

VERSION = "1"

MAX_LOSSES: Final = 20  # of one rule in one case

_STRAY_WORDS = 2  # other words that may stand between a term's own

_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")
_ENDING = re.compile(r"(?:ications?|ations?|ied|ies|ings?|ers?|ed|es|s|e|y)$")
_DOUBLED = re.compile(r"([b-df-hj-np-tv-z])\1$")  # plann(ing), modell(ed)

Offence = tuple[str, str]
"""Where a rule is broken, and how."""


def scorer(material: Material) -> Scorer:
    """Judges cases by the task's quality rules."""
    rules = material.task.quality

    def judge(case: Case) -> FamilyScores:
        if case.unusable is not None:
            return FamilyScores({f"quality.{name}": failed(case.unusable) for name in rules})
        resume = material.pairs[case.record.case.pair].resume_text
        scores, losses = {}, []
        for name, rule in rules.items():
            offences = list(_offences(rule, case.value, resume))
            scores[f"quality.{name}"] = ok(float(not offences))
            losses += [Loss(f"quality.{name}", path, why) for path, why in offences[:MAX_LOSSES]]
        return FamilyScores(scores, tuple(losses))

    return judge


def _offences(rule: QualityRule, value: Any, resume: str) -> Iterator[Offence]:
    match rule:
        case Paragraphs():
            return _each_text(value, rule.field, lambda text: _paragraphs(rule, text))
        case Words():
            return _each_text(value, rule.field, lambda text: _length(rule, text))
        case NoPhrases():
            return _phrases(rule, value)
        case DistinctOpenings():
            return _openings(rule, value)
        case FlagsTrue():
            return _flags(rule, value, resume)


def _each_text(value: Any, field: str, why: Callable[[str], str | None]) -> Iterator[Offence]:
    for path, text in reach(value, field):
        reason = why(text) if isinstance(text, str) else f"{show(text)}, not a text"
        if reason is not None:
            yield path, reason


def _paragraphs(rule: Paragraphs, text: str) -> str | None:
    number = sum(bool(part.strip()) for part in _BLANK_LINE.split(text.replace("\r\n", "\n")))
    return None if number == rule.equals else f"{number} paragraphs, not {rule.equals}"


def _length(rule: Words, text: str) -> str | None:
    number = len(text.split())
    return None if rule.at_least <= number <= rule.at_most else f"{number} words, not {rule.at_least} to {rule.at_most}"


def _phrases(rule: NoPhrases, value: Any) -> Iterator[Offence]:
    if rule.field is None:
        texts = every_string(value)
    else:
        found = list(reach(value, rule.field))
        texts = (pair for path, inner in found for pair in every_string(inner, path))
        yield from ((path, "missing") for path, inner in found if inner is ABSENT)
    for path, text in texts:
        spoken = _spoken(text)
        for phrase in rule.phrases:
            if _spoken(phrase) in spoken:
                yield path, f"says {clip(phrase)!r}"


@lru_cache(maxsize=4096)
def _spoken(text: str) -> str:
    """The text's words with a space on either side of each, so that whole phrases are found as substrings."""
    return f" {' '.join(words(text))} "


def _openings(rule: DistinctOpenings, value: Any) -> Iterator[Offence]:
    for path, items in reach(value, rule.field.removesuffix("[]")):
        if not isinstance(items, list):
            yield path, f"{show(items)}, not a list"
            continue
        first: dict[str, int] = {}
        for index, item in enumerate(items):
            opening = next(iter(words(item)), None) if isinstance(item, str) else None
            if opening is None:
                continue
            if opening in first:
                yield f"{path}[{index}]", f"begins with {clip(opening)!r}, as does item {first[opening]}"
            else:
                first[opening] = index


def _flags(rule: FlagsTrue, value: Any, resume: str) -> Iterator[Offence]:
    for place, found in reach(value, rule.field.removesuffix("[]")):
        if not isinstance(found, list | dict):
            yield place, f"{show(found)}, not a list of objects"
            continue
        objects = enumerate(found) if isinstance(found, list) else [(None, found)]
        for index, item in objects:
            path = place if index is None else f"{place}[{index}]"
            term = item.get(rule.term) if isinstance(item, dict) else None
            flag = item.get(rule.flag) if isinstance(item, dict) else None
            if not isinstance(term, str) or not isinstance(flag, bool):
                yield path, f"has no text {rule.term!r} with a true or false {rule.flag!r}"
            elif flag and not _loosely_says(resume, term):
                yield f"{path}.{rule.flag}", f"true, but the résumé does not say {clip(term)!r}"
            elif not flag and _spoken(term) in _spoken(resume):
                yield f"{path}.{rule.flag}", f"false, but the résumé says {clip(term)!r}"


def _loosely_says(text: str, term: str) -> bool:
    """Whether the term's words stand together in the text, in any order, endings aside, few others between them."""
    wanted = set(_stems(term))
    stems = _stems(text)
    width = len(wanted) + _STRAY_WORDS
    return (
        any(wanted.issubset(stems[start : start + width]) for start, stem in enumerate(stems) if stem in wanted)
        or not wanted
    )


@lru_cache(maxsize=4096)
def _stems(text: str) -> tuple[str, ...]:
    """The text's words without their endings, as far as three letters remain."""
    return tuple(_stem(word) for word in words(text))


def _stem(word: str) -> str:
    ending = _ENDING.search(word, 3)
    return _DOUBLED.sub(r"\1", word[: ending.start()] if ending else word)
