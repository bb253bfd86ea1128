"""`comparison.json`: every provider's figures, and the differences between candidate and incumbent."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from pydantic import Field

from shortlist.cases import Outcome
from shortlist.results.base import RESULT_SCHEMA_VERSION, Finite, Number, ResultModel
from shortlist.results.judges import JudgeResult
from shortlist.results.manifest import Recording


class MetricKind(StrEnum):
    """What a metric's value over many cases is, which fixes its interval."""

    RATE = "rate"  # share of yes among yes/no values
    MEAN = "mean"  # mean of per-case values
    TOTAL = "total"  # one figure for the provider: no interval


class PairFacts(ResultModel):
    """What slices and clusters need to know of a pair."""

    id: str
    domain: str
    tags: tuple[str, ...] = ()
    resume_cluster: str
    """Equal for pairs that share a résumé (a hash of its normalised text)."""
    job_cluster: str
    """Equal for pairs that share a job description."""


class PairRepeats(ResultModel):
    """The cases of one pair, one by one."""

    values: tuple[Number, ...]
    """Of those that have one, in the order of the repeats."""
    failed: int = 0
    """Cases that failed and have no value: worse than any."""
    unknown: int = 0
    """Cases whose value should exist and cannot be known."""


class MetricSummary(ResultModel):
    """One metric of one provider over all its cases."""

    kind: MetricKind
    unit: str | None
    """`s`, `USD`, `tokens`, `1/s`, or None for a share or a score between 0 and 1."""
    value: Number | None
    """None when no case has one; `missing` then says why."""
    low: Number | None = None
    high: Number | None = None
    """Two-sided interval at the comparison's confidence; None where none can be had (n too small, a total)."""
    n: int
    """Pairs behind the value."""
    missing: Mapping[str, int] = Field(default_factory=dict)
    """Reason -> how many cases have no value for it."""
    values: Mapping[str, Number] = Field(default_factory=dict)
    """Pair id -> the mean over its repeats: what statistics work on, so that comparing never re-scores."""
    repeats: Mapping[str, PairRepeats] = Field(default_factory=dict)
    """Pair id -> its cases, for means where some pair has several: a percentile is one of generations, and a mean over
    repeats would hide the slow ones. Empty where each pair has one case."""
    failed_pairs: tuple[str, ...] = ()
    """Pairs with a failed case and no value for this metric (a timeout has no latency): worse than any value."""
    missing_pairs: tuple[str, ...] = ()
    """Pairs whose value should exist and cannot be known (status `missing`): rules must not pass over them. Outside the
    scale from 0 to 1 one unknown repeat suffices: the others say nothing of it."""
    errored_at_best: Mapping[str, Finite] = Field(default_factory=dict)
    """Rates and scores: pair id -> what its value would be, had those of its cases that ended as `error`, `timeout` or
    `malformed` been perfect. In `values` they count as the worst, but such an end says nothing of how good a model is,
    so nothing may be concluded from an incumbent's. Pairs without such a case are left out."""


class ProviderResult(ResultModel):
    """One provider's side of a comparison."""

    kind: str
    model: str | None
    cases: int
    outcomes: Mapping[Outcome, int]
    """Every outcome, also those that did not occur; sums to `cases`."""
    failed_pairs: Mapping[Outcome, tuple[str, ...]] = Field(default_factory=dict)
    """Outcome -> pairs with a case that ended so; without `ok` and outcomes that did not occur."""
    failures: Mapping[str, int] = Field(default_factory=dict)
    """Schema failure category -> cases."""
    metrics: Mapping[str, MetricSummary]
    recorded: Recording | None = None
    """The run whose generations these are, where they were not made in this one."""


class Difference(ResultModel):
    """Candidate minus incumbent in one metric, over the pairs that both have."""

    metric: str
    value: Number | None
    low: Number | None = None
    high: Number | None = None
    """Rates and scores: wide enough for whatever the values may be that are unknown, or that an incumbent's errors took
    the place of (`MetricSummary.errored_at_best`)."""
    n: int
    candidate_only_right: int | None = None
    """Yes/no metrics: pairs that the candidate alone has right (Tango's b)."""
    incumbent_only_right: int | None = None
    """Yes/no metrics: pairs that the incumbent alone has right (Tango's c)."""
    better: bool | None = None
    """Whether the whole interval is on the candidate's side; None while it holds zero or is unknown, and where pairs
    without a value, because that side failed them, would speak against it."""


class Comparison(ResultModel):
    """`comparison.json`."""

    schema_version: int = RESULT_SCHEMA_VERSION
    run_id: str
    signature: str
    confidence: Number
    candidate: str | None
    incumbent: str | None
    pairs: tuple[PairFacts, ...]
    """In the order in which they were run: looks before the end need it."""
    providers: Mapping[str, ProviderResult]
    differences: tuple[Difference, ...] = ()
    unmatched: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    """Provider -> pairs that others have and it has not."""
    judges: Mapping[str, JudgeResult] = Field(default_factory=dict)
    """The judges behind the metrics `judge.<name>`, by name."""
