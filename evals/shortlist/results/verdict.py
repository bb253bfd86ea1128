"""`verdict.json`: every rule of the gate, judged, and what they say together."""

from __future__ import annotations

from enum import StrEnum

from shortlist.results.base import RESULT_SCHEMA_VERSION, Finite, Number, ResultModel
from shortlist.results.manifest import EarlyStop


class Measure(StrEnum):
    """What a rule's figures are."""

    VALUE = "value"  # the candidate's own
    DIFFERENCE = "difference"  # candidate minus incumbent
    RATIO = "ratio"  # candidate over incumbent


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


class SliceResult(ResultModel):
    """One part of a rule that is judged for each domain, tag or field."""

    name: str
    """The domain, the tag or the field."""
    status: RuleStatus
    value: Number | None
    low: Number | None
    high: Number | None
    n: int
    adjusted_p: Finite | None = None
    """Chance of data that speak as strongly against this slice or another, were none beyond the bound: one-sided p,
    Holm-adjusted for the number of slices. None where the slice allows no test."""
    why: str
    """One plain sentence."""


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
    measures: Measure
    """What `value`, `low` and `high` are."""
    limit: Number
    """What they are held against: the bound, but of a margin with its sign, e.g. -0.03 where higher is better."""
    passes_above: bool
    """Whether the rule passes above the limit (True) or below it."""
    n: int
    needed_n: int | None
    """Pairs that would decide if things stay as they look; None when it is decided or cannot be told."""
    why: str
    """One plain sentence."""
    among: str | None = None
    """The pairs that it is about, e.g. `domain nurse` or `tag ocr`; None for all."""
    each: str | None = None
    """`domain`, `tag` or `field` where it is judged for every one of them: see `slices`."""
    alert: bool = False
    """Whether it passes unless something worse is shown, which proves nothing."""
    slices: tuple[SliceResult, ...] = ()
    """What it says of each; empty for a rule that is judged as a whole."""


class Verdict(ResultModel):
    """`verdict.json`."""

    schema_version: int = RESULT_SCHEMA_VERSION
    run_id: str
    gate_hash: str | None
    verdict: VerdictWord | None
    """None without a gate, and for a run that is incomplete."""
    rules: tuple[RuleResult, ...] = ()
    early_stop: EarlyStop | None = None
    """What looking before the end did; None where the gate did not ask for it."""
    why: str
    """One plain sentence."""
