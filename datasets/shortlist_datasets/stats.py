"""What a set holds, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shortlist_datasets.duplicates import Repeats, repeats
from shortlist_datasets.pair import Pair

LANGUAGE_TAGS = ("english", "spanish", "french", "german", "portuguese", "en", "es", "fr", "de", "pt")
"""Tags that say in which language a pair's résumé is; a pair without one counts as `untagged`."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How long texts are, in words (parted by white space)."""

    least: int
    median: int
    p90: int
    most: int


@dataclass(frozen=True, slots=True)
class Stats:
    """The counts of `shortlist dataset stats`."""

    pairs: int
    splits: Mapping[str, int]
    """`none` for pairs of no split."""
    domains: Mapping[str, int]
    languages: Mapping[str, int]
    tags: Mapping[str, int]
    resume_words: Spread
    job_description_words: Spread
    gold: Mapping[str, int]
    """Task -> pairs with gold for it."""
    roles: int
    """In the gold of `bulletsByRole`, over all pairs that have it."""
    bullets: int
    inferred: int
    """Facts of gold that do not stand in the texts, and say why they are true."""
    injections: int
    """Pairs with a planted instruction."""
    repeats: Repeats


def stats(pairs: Sequence[Pair]) -> Stats:
    """What the pairs (at least one) hold. Counts are sorted, the most frequent first."""
    roles = [role for pair in pairs for role in _roles(pair.gold)]
    languages = ([tag for tag in pair.tags if _language(tag)] or ["untagged"] for pair in pairs)
    return Stats(
        pairs=len(pairs),
        splits=_counts(pair.split or "none" for pair in pairs),
        domains=_counts(pair.domain for pair in pairs),
        languages=_counts(tag for tags in languages for tag in tags),
        tags=_counts(tag for pair in pairs for tag in pair.tags),
        resume_words=spread([len(pair.resume_text.split()) for pair in pairs]),
        job_description_words=spread([len(pair.job_description_text.split()) for pair in pairs]),
        gold=_counts(task for pair in pairs for task in pair.gold),
        roles=len(roles),
        bullets=sum(len(role.get("bullets") or ()) for role in roles),
        inferred=sum(len(pair.inferred) for pair in pairs),
        injections=sum(pair.injection is not None for pair in pairs),
        repeats=repeats(pairs),
    )


def spread(counts: Sequence[int]) -> Spread:
    """Least, median, 90th percentile and most, each a value that occurs (nearest rank)."""
    ordered = sorted(counts)

    def at(share: float) -> int:
        return ordered[max(0, -(-len(ordered) * round(share * 100) // 100) - 1)]

    return Spread(ordered[0], at(0.5), at(0.9), ordered[-1])


def _language(tag: str) -> bool:
    return tag.removeprefix("lang-").removeprefix("language-") in LANGUAGE_TAGS


def _counts(values: Iterable[str]) -> dict[str, int]:
    counted = Counter(values)
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def _roles(gold: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The roles in the gold of any task that lists them."""
    found = [part.get("bulletsByRole") for part in gold.values() if isinstance(part, dict)]
    return [role for roles in found if isinstance(roles, list) for role in roles if isinstance(role, dict)]
