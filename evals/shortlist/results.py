"""The files that a finished run leaves, as types: manifest, comparison, verdict, summary.

These are contracts with the outside (DESIGN §5, §6): each has a published JSON Schema and a `schema_version`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from shortlist.cases import CaseKey, Outcome, Record
from shortlist.scores import CaseScores

RESULT_SCHEMA_VERSION = 1

Finite = Annotated[float, Field(allow_inf_nan=False)]
ExactDecimal = Annotated[
    Decimal, Field(allow_inf_nan=False), PlainSerializer(lambda d: format(d, "f"), return_type=str, when_used="json")
]
Number = Finite | ExactDecimal
"""A finite float; money is a Decimal, written as text."""


class ResultModel(BaseModel):
    """Frozen, and strict about unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


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


class ProviderResult(ResultModel):
    """One provider's side of a comparison."""

    kind: str
    model: str | None
    cases: int
    outcomes: Mapping[Outcome, int]
    """Every outcome, also those that did not occur; sums to `cases`."""
    failures: Mapping[str, int] = Field(default_factory=dict)
    """Schema failure category -> cases."""
    metrics: Mapping[str, MetricSummary]


class Difference(ResultModel):
    """Candidate minus incumbent in one metric, over the pairs that both have."""

    metric: str
    value: Number | None
    low: Number | None = None
    high: Number | None = None
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
    providers: Mapping[str, ProviderResult]
    differences: tuple[Difference, ...] = ()
    unmatched: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    """Provider -> pairs that others have and it has not."""


class RuleStatus(StrEnum):
    """What a rule says."""

    PASS = "pass"
    FAIL = "fail"
    UNDECIDED = "undecided"


class VerdictWord(StrEnum):
    """What the gate says."""

    PROMOTE = "PROMOTE"
    REJECT = "REJECT"
    INCONCLUSIVE = "INCONCLUSIVE"


class RuleResult(ResultModel):
    """One rule of the gate, judged."""

    metric: str
    condition: str
    """The rule in words, e.g. `at least 0.9`, `p95 at most 30 s`, `no worse by 0.03 than incumbent`."""
    status: RuleStatus
    value: Number | None
    low: Number | None
    high: Number | None
    bound: Number
    unit: str | None = None
    n: int
    needed_n: int | None
    """Pairs that would decide if things stay as they look; None when it is decided or cannot be told."""
    why: str
    """One plain sentence."""


class Verdict(ResultModel):
    """`verdict.json`."""

    schema_version: int = RESULT_SCHEMA_VERSION
    run_id: str
    gate_hash: str | None
    verdict: VerdictWord | None
    """None without a gate, and for a run that is incomplete."""
    rules: tuple[RuleResult, ...] = ()
    why: str
    """One plain sentence."""


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


class ProviderFacts(ResultModel):
    """A provider in the manifest."""

    kind: str
    model: str | None
    hash: str
    planned: int
    pool: str | None = None
    healthy: bool | None = None
    """None until it was asked."""
    detail: str | None = None
    facts: Mapping[str, Any] = Field(default_factory=dict)
    """As the server reports them."""
    closing_facts: Mapping[str, Mapping[str, Any]] = Field(default_factory=dict)
    """Number of the sitting, from 0 -> what the server said at its end about what happened in it."""
    skipped: str | None = None
    """Why this optional provider was left out of the last sitting; None when it was not."""
    capabilities: Mapping[str, bool] = Field(default_factory=dict)
    price: str | None = None
    """Where the price comes from and of which date it is; None when it is unknown."""


class Sitting(ResultModel):
    """One stretch of work on a run; a resumed run has several."""

    started_at: str
    """UTC, ISO 8601."""
    shortlist: str
    python: str
    platform: str
    machine: str
    cpus: int | None
    git_commit: str | None
    git_dirty: bool | None
    packages: Mapping[str, str]


class ContaminatedPair(ResultModel):
    """A pair of the run, and a line of the training data that holds a text of it."""

    pair: str
    side: str
    """`resume`, `job_description`, `both`, or `resume_sentences` (its bullets and sentences without the rest)."""
    score: Finite
    """Share of the text's word trigrams that the line has, rare ones counting for more; of both texts, the smaller."""
    exact: bool
    """Whether the text stands there word for word."""
    part: str
    """The part of the line that holds most of it, e.g. `user`, `assistant`, `text`, `résumé`."""
    file: str
    line: int
    """Counted from 1."""
    id: str | None
    """As the line itself says."""

    @property
    def what(self) -> str:
        """Which text was found, in words."""
        sides = {
            "both": "résumé and job description",
            "resume": "résumé",
            "job_description": "job description",
            "resume_sentences": "sentences of the résumé",
        }
        return sides.get(self.side, self.side)

    @property
    def how_much(self) -> str:
        """`word for word`, or the share that was found."""
        return "word for word" if self.exact else f"{self.score:.0%} of its word trigrams"


class Contamination(ResultModel):
    """What became of looking for the run's pairs in the suite's `training_data`."""

    files: tuple[str, ...]
    lines: int
    """Training lines that were read."""
    threshold: Finite
    """Score from which on a line is said to hold a text."""
    found: tuple[ContaminatedPair, ...] = ()
    """Empty when the pairs are clean; else the run was told to go on all the same (`--allow-contaminated`)."""


class Manifest(ResultModel):
    """`manifest.json`: what was run, on what, with what."""

    schema_version: int = RESULT_SCHEMA_VERSION
    run_id: str
    suite: str
    suite_path: str
    suite_source: Mapping[str, Any]
    """The suite after `${VAR}` expansion; secrets are only ever named in it."""
    signature: str
    gate_hash: str | None
    task: str
    task_hash: str
    dataset: str
    dataset_path: str
    dataset_hash: str
    split: str | None
    seed: int
    repeats: int
    limit: int | None
    selected: tuple[str, ...]
    """The providers that this run set out to run."""
    providers: Mapping[str, ProviderFacts]
    sittings: tuple[Sitting, ...]
    incomplete_why: str | None = None
    """Why the last sitting stopped early; None when it did not."""
    contamination: Contamination | None = None
    """None when the suite names no training data, so that nothing was looked for."""


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
