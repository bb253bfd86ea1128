"""`quality.<rule>`: 1.0 when the output keeps the task's rule, else 0.0 with the places where it does not.

paragraphs
    The field has exactly that many paragraphs; a blank line parts two.
words
    The field's length in words (stretches without white space) lies within the bounds, which are allowed themselves.
items
    The list's length lies within the bounds, which are allowed themselves.
no_phrases
    None of the phrases occurs as whole words. Case, accents, punctuation and line breaks do not matter.
distinct_openings
    In no list do two strings begin with the same word; case, accents, punctuation and endings do not matter: "Managing"
    after "Managed" is the same verb, and reads like it. Words of one stem that are not one verb ("Planned", "Plants")
    would count as well; in lists of bullets they hardly meet.
flags_true
    Each object's flag says rightly whether its term occurs in the résumé. Where the pair's gold for the task lists the
    term, its flag is right and the other is wrong: gold knows "fret aérien" for "air freight", and "no SAP" for "SAP".
    Of other terms, one that occurs word by word must be flagged true, and one that `support` does not find as a term
    false. In between (`plan labor` for `labor planning`) either flag is right, but not both for one term.
names_gold
    The text says what gold knows, as a name (`support`): "Calder Ridge Foods" for "CALDER RIDGE FOODS, Inc." is enough,
    and "Calder Ridge" is not. Of several things that gold knows each must be said. Not applicable to a pair whose gold
    states nothing there.
as_many_as_gold
    At least as many items stand at the field as gold has. Over lists in lists only the total counts: which role lost a
    bullet is for `parity` to say. Not applicable to a pair whose gold states nothing there.

A rule whose field the output does not have, or has in another type, is not kept. A rule over an empty list is kept.
A failed case, and one of whose output nothing can be read, scores 0.0 with status `failed`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from shortlist.metrics.base import Case, FamilyScores, Material, Scorer, failed, not_applicable, ok
from shortlist.metrics.paths import every_string, reach
from shortlist.metrics.spellings import stem
from shortlist.metrics.support import Source, source_of
from shortlist.metrics.text import paragraphs
from shortlist.metrics.tokens import Words as Folded
from shortlist.metrics.tokens import words_of
from shortlist.metrics.values import ABSENT, clip, show
from shortlist.scores import Loss, Score
from shortlist.tasks.rules import (
    AsManyAsGold,
    DistinctOpenings,
    FlagsTrue,
    Items,
    NamesGold,
    NoPhrases,
    Paragraphs,
    QualityRule,
    Words,
)
from shortlist_datasets import Pair

VERSION = "3"

MAX_LOSSES: Final = 20  # of one rule in one case

Offence = tuple[str, str]
"""Where a rule is broken, and how."""


def scorer(material: Material) -> Scorer:
    """Judges cases by the task's quality rules."""
    rules = material.task.quality

    def judge(case: Case) -> FamilyScores:
        pair = material.pairs[case.record.case.pair]
        scores: dict[str, Score] = {}
        losses: list[Loss] = []
        for name, rule in rules.items():
            if isinstance(rule, NamesGold | AsManyAsGold) and not _in_gold(rule.gold, pair):
                scores[f"quality.{name}"] = not_applicable(f"the pair's gold does not state {rule.gold}")
                continue
            if case.unusable is not None:
                scores[f"quality.{name}"] = failed(case.unusable)
                continue
            offences = list(_offences(rule, case.value, pair, material.gold(pair.id)))
            scores[f"quality.{name}"] = ok(float(not offences))
            losses += [Loss(f"quality.{name}", path, why) for path, why in offences[:MAX_LOSSES]]
        return FamilyScores(scores, tuple(losses))

    return judge


def _in_gold(path: str, pair: Pair) -> list[Any]:
    """What the pair's gold states at a path that begins with a task's name; missing, null and empty text left out."""
    return [value for _, value in reach(dict(pair.gold), path) if value not in (ABSENT, None, "")]


def _offences(rule: QualityRule, value: Any, pair: Pair, gold: Any) -> Iterator[Offence]:  # noqa: PLR0911 - one a rule
    match rule:
        case Paragraphs():
            return _each_text(value, rule.field, lambda text: _paragraphs(rule, text))
        case Words():
            return _each_text(value, rule.field, lambda text: _length(rule, text))
        case Items():
            return _items(rule, value)
        case NoPhrases():
            return _phrases(rule, value)
        case DistinctOpenings():
            return _openings(rule, value)
        case FlagsTrue():
            return _flags(rule, value, source_of(pair.resume_text), _known_flags(rule, gold))
        case NamesGold():
            names = [name for name in _in_gold(rule.gold, pair) if isinstance(name, str)]
            return _each_text(value, rule.field, lambda text: _unnamed(names, text))
        case AsManyAsGold():
            return _lost(rule, value, len(_in_gold(rule.gold, pair)))


def _each_text(value: Any, field: str, why: Callable[[str], str | None]) -> Iterator[Offence]:
    for path, text in reach(value, field):
        reason = why(text) if isinstance(text, str) else f"{show(text)}, not a text"
        if reason is not None:
            yield path, reason


def _paragraphs(rule: Paragraphs, text: str) -> str | None:
    number = paragraphs(text)
    return None if number == rule.equals else f"{number} paragraphs, not {rule.equals}"


def _length(rule: Words, text: str) -> str | None:
    number = len(text.split())
    return None if rule.at_least <= number <= rule.at_most else f"{number} words, not {rule.at_least} to {rule.at_most}"


def _items(rule: Items, value: Any) -> Iterator[Offence]:
    for path, items in reach(value, rule.field.removesuffix("[]")):
        if not isinstance(items, list):
            yield path, f"{show(items)}, not a list"
        elif not rule.at_least <= len(items) <= rule.at_most:
            yield path, f"{len(items)} items, not {rule.at_least} to {rule.at_most}"


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


def _spoken(text: str) -> str:
    """The text's words with a space on either side of each, so that whole phrases are found as substrings."""
    return _as_phrase(words_of(text))


def _as_phrase(words: Folded) -> str:
    return f" {' '.join(words.folded)} "


def _openings(rule: DistinctOpenings, value: Any) -> Iterator[Offence]:
    for path, items in reach(value, rule.field.removesuffix("[]")):
        if not isinstance(items, list):
            yield path, f"{show(items)}, not a list"
            continue
        first: dict[str, int] = {}
        for index, item in enumerate(items):
            opening = next(iter(words_of(item).folded), None) if isinstance(item, str) else None
            if opening is None:
                continue
            verb = stem(opening)
            if verb in first:
                yield f"{path}[{index}]", f"begins with {clip(opening)!r}, as does item {first[verb]}"
            else:
                first[verb] = index


def _known_flags(rule: FlagsTrue, gold: Any) -> Mapping[str, bool]:
    """The flags that gold knows, by their terms' words."""
    objects = (item for _, item in reach(gold, rule.field) if isinstance(item, dict))
    flags = ((item.get(rule.term), item.get(rule.flag)) for item in objects)
    return {_spoken(term): flag for term, flag in flags if isinstance(term, str) and isinstance(flag, bool)}


def _flags(rule: FlagsTrue, value: Any, resume: Source, known: Mapping[str, bool]) -> Iterator[Offence]:
    for place, found in reach(value, rule.field.removesuffix("[]")):
        if not isinstance(found, list | dict):
            yield place, f"{show(found)}, not a list of objects"
            continue
        objects = enumerate(found) if isinstance(found, list) else [(None, found)]
        given: dict[str, bool] = {}
        for index, item in objects:
            path = place if index is None else f"{place}[{index}]"
            term = item.get(rule.term) if isinstance(item, dict) else None
            flag = item.get(rule.flag) if isinstance(item, dict) else None
            if not isinstance(term, str) or not isinstance(flag, bool):
                yield path, f"has no text {rule.term!r} with a true or false {rule.flag!r}"
                continue
            why = _untrue(term, flag, resume, known.get(_spoken(term)))
            if why is None and given.setdefault(_spoken(term), flag) != flag:
                why = f"{str(flag).lower()}, and elsewhere {str(not flag).lower()}, for {clip(term)!r}"
            if why is not None:
                yield f"{path}.{rule.flag}", why


def _untrue(term: str, flag: bool, resume: Source, known: bool | None) -> str | None:
    """Why the flag is wrong; None when it is right, or when one could argue."""
    if known is not None:
        says = "shows" if known else "does not show"
        return None if flag == known else f"{str(flag).lower()}, but gold knows that the résumé {says} {clip(term)!r}"
    if flag and not resume.bears_out(term, "term"):
        return f"true, but the résumé does not say {clip(term)!r}"
    if not flag and _spoken(term) in _as_phrase(resume.words):
        return f"false, but the résumé says {clip(term)!r}"
    return None


def _unnamed(names: list[str], text: str) -> str | None:
    letter = Source(text)
    missing = [name for name in names if not letter.bears_out(name, "name")]
    return f"does not name {', '.join(repr(clip(name)) for name in missing)}" if missing else None


def _lost(rule: AsManyAsGold, value: Any, wanted: int) -> Iterator[Offence]:
    found = list(reach(value, rule.field))
    missing = [path for path, item in found if item is ABSENT]
    number = len(found) - len(missing)
    yield from ((path, "missing") for path in missing)
    if not missing and number < wanted:
        yield rule.field, f"{number} items, and gold has {wanted}"
