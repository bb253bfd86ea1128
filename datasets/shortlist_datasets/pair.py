"""The pair: one résumé and one job description, as the rest of Shortlist sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Pair:
    """One résumé and one job description; the sampling unit of every statistic.

    `gold` maps a task's name to the truth that is known for this pair without any model, in the
    shape of that task's output (possibly only a part of it); it is empty when nothing is known.
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
