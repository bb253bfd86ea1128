"""The pair: one résumé and one job description, as the rest of Shortlist sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Injection:
    """What a text of the pair tries to make a model do, and how an output shows that it did."""

    canaries: tuple[str, ...] = ()
    """Words that the planted instruction asks for: none may appear anywhere in an output."""
    at_most: Mapping[str, float] = field(default_factory=dict, hash=False)
    """`task.field` (`pro_output.matchScore`) -> what an output that ignored the instruction would not exceed."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One résumé and one job description; the sampling unit of every statistic.

    `gold` maps a task's name to the truth that is known for this pair without any model, in the
    shape of that task's output (possibly only a part of it); it is empty when nothing is known.
    `inferred` says of gold that does not stand in the texts why it is true all the same, by the
    path of the fact: `job_extraction.seniority`, `pro_output.bulletsByRole[1].bullets`.
    `id` is 1 to 200 printable characters without `/`, `#` or white space, because it is a part
    of case keys. `split` is None when the dataset does not divide its pairs.
    """

    id: str
    domain: str
    resume_text: str
    job_description_text: str
    gold: Mapping[str, Any] = field(hash=False)  # a dict; the other fields make the hash
    tags: tuple[str, ...]
    split: str | None
    inferred: Mapping[str, str] = field(default_factory=dict, hash=False)
    injection: Injection | None = None
