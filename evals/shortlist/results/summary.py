"""`summary.json`, also what `--format json` prints."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from shortlist.cases import Outcome
from shortlist.results.base import RESULT_SCHEMA_VERSION, Number, ResultModel
from shortlist.results.judges import JudgeResult
from shortlist.results.manifest import EarlyStop
from shortlist.results.verdict import RuleResult, VerdictWord


class SummaryMetric(ResultModel):
    """A metric in `summary.json`."""

    value: Number | None
    n: int
    low: Number | None
    high: Number | None
    unit: str | None


class SummaryProvider(ResultModel):
    """A provider in `summary.json`."""

    kind: str
    model: str | None
    planned: int
    """Cases that the run set out to do."""
    cases: int
    """Cases with a record; equals `planned` when the run is complete."""
    skipped: str | None = None
    """Why this optional provider was left out; None when it was not."""
    outcomes: Mapping[Outcome, int]
    metrics: Mapping[str, SummaryMetric]


class Summary(ResultModel):
    """`summary.json`, also what `--format json` prints."""

    schema_version: int = RESULT_SCHEMA_VERSION
    run_id: str
    path: str
    suite: str
    signature: str
    complete: bool
    incomplete_why: str | None = None
    verdict: VerdictWord | None
    why: str
    rules: tuple[RuleResult, ...]
    providers: Mapping[str, SummaryProvider]
    early_stop: EarlyStop | None = None
    """What looking before the end did; None where the gate did not ask for it."""
    judges: Mapping[str, JudgeResult] = Field(default_factory=dict)
    """By name; empty without judges."""
