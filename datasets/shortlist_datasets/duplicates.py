"""Texts that several pairs of one set have in common, word for word or nearly."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from shortlist_datasets.overlap import NEAR_FROM, THRESHOLD, TextIndex
from shortlist_datasets.pair import Pair
from shortlist_datasets.shingles import words_of

Twins = dict[tuple[int, int], float]
"""Positions of two pairs (the first is smaller) -> how much of either text is in the other, at least; 1 is equality."""


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Two pairs whose résumés and job descriptions are both the same, or nearly."""

    pairs: tuple[str, str]
    splits: tuple[str | None, str | None]
    score: float
    """The smallest of the four shares of one text's trigrams in the other; 1 where both texts are equal."""
    exact: bool
    meant: bool
    """Whether one has a planted instruction, and so is a variant of the other on purpose, or their splits differ."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Pairs that share one text: they are no independent observations, and widen intervals."""

    pairs: tuple[str, ...]
    exact: bool
    score: float
    """Of the least alike of the neighbours that link the cluster; 1 where all are equal."""


@dataclass(frozen=True, slots=True)
class Repeats:
    """What is in a set more than once."""

    pairs: tuple[Duplicate, ...]
    resumes: tuple[Cluster, ...]
    jobs: tuple[Cluster, ...]


def repeats(pairs: Sequence[Pair]) -> Repeats:
    """What occurs more than once in a set. Near means that each of two texts has `THRESHOLD` of the other's trigrams.

    Empty texts are like no other, and texts of fewer than `NEAR_FROM` trigrams only like their equals.
    """
    resumes = _twins(pairs, lambda pair: pair.resume_text)
    jobs = _twins(pairs, lambda pair: pair.job_description_text)
    found = [
        Duplicate(
            pairs=(pairs[a].id, pairs[b].id),
            splits=(pairs[a].split, pairs[b].split),
            score=min(resumes[a, b], jobs[a, b]),
            exact=resumes[a, b] == jobs[a, b] == 1.0,
            meant=pairs[a].split != pairs[b].split or pairs[a].injection is not None or pairs[b].injection is not None,
        )
        for a, b in sorted(resumes.keys() & jobs.keys())
    ]
    return Repeats(tuple(found), _clusters(pairs, resumes), _clusters(pairs, jobs))


def _twins(pairs: Sequence[Pair], text_of: Callable[[Pair], str]) -> Twins:
    texts = [tuple(words_of(text_of(pair))) for pair in pairs]
    same: dict[tuple[bytes, ...], list[int]] = {}
    for number, words in enumerate(texts):
        if words:
            same.setdefault(words, []).append(number)
    index = TextIndex(list(same))
    groups = list(same.values())
    found: Twins = {(a, b): 1.0 for group in groups for a in group for b in group if a < b}
    into = [index.scores(keys) for keys in index.of_text]
    for one in range(len(groups)):
        if index.sizes[one] < NEAR_FROM:
            continue
        for other in (into[one] >= THRESHOLD).nonzero()[0]:
            score = min(float(into[one][other]), float(into[other][one]))
            if other > one and score >= THRESHOLD and index.sizes[other] >= NEAR_FROM:
                # Equal trigrams in another order are no equality.
                near = min(score, 0.999)
                found |= {(min(a, b), max(a, b)): near for a in groups[one] for b in groups[other]}
    return found


def _clusters(pairs: Sequence[Pair], twins: Twins) -> tuple[Cluster, ...]:
    group = list(range(len(pairs)))

    def top(number: int) -> int:
        while group[number] != number:
            number = group[number]
        return number

    for a, b in twins:
        first, second = sorted((top(a), top(b)))
        group[second] = first
    members: dict[int, list[int]] = {}
    for number in range(len(pairs)):
        members.setdefault(top(number), []).append(number)
    return tuple(_cluster(pairs, numbers, twins) for numbers in members.values() if len(numbers) > 1)


def _cluster(pairs: Sequence[Pair], numbers: Iterable[int], twins: Twins) -> Cluster:
    inside = set(numbers)
    score = min(score for (a, _), score in twins.items() if a in inside)
    return Cluster(tuple(pairs[number].id for number in sorted(inside)), score == 1.0, score)
