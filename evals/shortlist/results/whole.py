"""Everything of a run that a report is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shortlist.cases import CaseKey, Record
from shortlist.results.comparison import Comparison
from shortlist.results.manifest import Manifest
from shortlist.results.summary import Summary
from shortlist.results.verdict import Verdict
from shortlist.scores import CaseScores


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case as the report and `show` present it."""

    case: CaseKey
    domain: str
    record: Record
    scores: CaseScores
    parsed: Any
    """The output as the strictest reading that worked gave it; None when none did."""


@dataclass(frozen=True, slots=True)
class RunResults:
    """Everything a report is made from."""

    manifest: Manifest
    comparison: Comparison
    verdict: Verdict
    summary: Summary
    cases: tuple[CaseView, ...]
    gold: Mapping[str, Any]
    """Pair id -> gold for the run's task, where known."""
