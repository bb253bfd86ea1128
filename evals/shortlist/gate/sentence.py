"""Why a rule passed, failed or stays undecided, for the person who signs off."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN

from shortlist.gate.bound import Ends, measure_of
from shortlist.gate.evidence import Evidence
from shortlist.gate.words import (
    AS_SAID,
    RATIO,
    bound_said,
    count,
    digits_apart,
    figure,
    gap,
    percent,
    place,
    plain,
    signed_gap,
)
from shortlist.metric_names import MetricSpec, spec_of
from shortlist.results import Measure, MetricKind, RuleStatus
from shortlist.suite.model import Rule

NO_PROOF = "an alert passes unless a break is shown, so this proves nothing"
_TRUE = {MetricKind.RATE: "the true rate", MetricKind.MEAN: "the true mean"}


@dataclass(frozen=True, slots=True)
class Finding:
    """What the data say of one rule on one set of pairs."""

    rule: Rule
    incumbent: str | None
    evidence: Evidence
    ends: Ends
    status: RuleStatus
    confidence: float
    """Of the interval."""
    needed_n: int | None = None
    hopeless: bool = False
    """Whether no number of pairs would decide, if more look like those seen."""
    unlimited: str | None = None
    """Why an end of the interval is missing."""
    notes: tuple[str, ...] = ()

    @property
    def spec(self) -> MetricSpec:
        """How the figures are written."""
        return RATIO if measure_of(self.rule) is Measure.RATIO else spec_of(self.rule.metric)


def sentence(finding: Finding) -> str:
    """What was seen, what it leaves possible, and what that means for the bound."""
    rule, passed = finding.rule, finding.status is RuleStatus.PASS
    if spec_of(rule.metric).kind is MetricKind.TOTAL:
        # Money spent is a fact. A rate of this run on this day is not what the next run will show.
        unsure = " (as measured in this run, without an interval)" if rule.metric.startswith("throughput.") else ""
        meaning = f"{unsure}, which {'keeps' if passed else 'breaks'} {limit(rule)}"
    elif finding.status is RuleStatus.UNDECIDED:
        meaning = _open(finding)
    else:
        meaning = _closed(finding, passed=passed)
    return f"{_seen(finding)}{meaning}{_notes(finding)}"


def quiet(finding: Finding, *, possible: bool) -> str:
    """The sentence of an alert of which neither a break nor its contrary is shown.

    Args:
        finding: undecided.
        possible: whether so few pairs could have shown a break.
    """
    kept = finding.evidence.bound.kept_by(float(finding.evidence.value))
    side = _beside(finding.rule, kept=kept)
    pairs = count(finding.evidence.n, "pair")
    if not possible:
        why = f"{pairs} {'is' if finding.evidence.n == 1 else 'are'} too few for any alarm"
    elif finding.unlimited is not None and finding.ends == Ends():
        why = f"{finding.unlimited}, so no break is shown"
    else:
        why = "no break is shown"
    return f"{_seen(finding)}{side}; {why} ({NO_PROOF}){_notes(finding)}"


def by_chance(finding: Finding, adjusted_p: float, slices: str) -> str:
    """The sentence of a slice that looks broken by itself, but not among so many (`14 domains`)."""
    chance = f"among {slices} that may be chance (adjusted p {adjusted_p:.2g})"
    return f"{_seen(finding)}{_closed(finding, passed=False)}; but {chance}"


def _notes(finding: Finding) -> str:
    notes = (*finding.evidence.notes, *finding.notes)
    return f" ({'; '.join(notes)})" if notes else ""


def subject(rule: Rule) -> str:
    """What the rule is about: `p95 of latency.total in domain nurse`."""
    percentile = "" if rule.percentile is None else f"p{plain(rule.percentile)} of "
    return f"{percentile}{rule.metric}{place(rule)}"


def seen(finding: Finding) -> str:
    """The figure with what it was seen on: `71.2% of 12 pairs`, `3 points lower than old's over 12 pairs`."""
    rule, spec, value = finding.rule, finding.spec, float(finding.evidence.value)
    if not math.isfinite(value):
        return f"among the failed ones over {count(finding.evidence.n, 'pair')}"
    digits = digits_apart(value, finding.evidence.bound.at, spec, ROUND_HALF_EVEN)
    total = spec_of(rule.metric).kind is MetricKind.TOTAL
    pairs = count(finding.evidence.n, "pair")
    over = "" if total else f" over {pairs}"
    measure = measure_of(rule)
    if measure is Measure.DIFFERENCE:
        apart = "no different from" if value == 0 else f"{signed_gap(value, spec, digits)} than"
        return f"{apart} {finding.incumbent}'s{over}"
    if measure is Measure.RATIO:
        return f"{figure(value, spec, digits)} times {finding.incumbent}'s{over}"
    if spec.kind is MetricKind.RATE:
        return f"{figure(value, spec, digits)} of {pairs}"
    return f"{figure(value, spec, digits)}{over}"


def _seen(finding: Finding) -> str:
    rule = finding.rule
    if not math.isfinite(float(finding.evidence.value)):
        return f"{subject(rule)} over {count(finding.evidence.n, 'pair')} lies among the failed ones"
    mean = measure_of(rule) is Measure.VALUE and rule.percentile is None and finding.spec.kind is MetricKind.MEAN
    return f"{subject(rule)} {'averages' if mean else 'is'} {seen(finding)}"


def _closed(finding: Finding, *, passed: bool) -> str:
    # A pass shows its worst end, a fail its best: the end that settled it.
    rule, bound = finding.rule, finding.evidence.bound
    low = bound.lower == passed
    end = _known(finding.ends.low if low else finding.ends.high)
    sure = f"; at {percent(finding.confidence)} confidence {_truth(finding)}"
    if not math.isfinite(end):
        return f"{sure} lies among the failed pairs, which breaks {limit(rule)}"
    if measure_of(rule) is Measure.DIFFERENCE:
        extreme = "worst" if passed else "best"
        return f"{sure} is at {extreme} {_end(finding, end, low)}, {_side(rule, good=passed)}"
    most = f"at {'least' if low else 'most'} {_end(finding, end, low)}"
    return f"{sure} is {most}, which {'keeps' if passed else 'breaks'} {limit(rule)}"


def _open(finding: Finding) -> str:
    rule, bound, evidence = finding.rule, finding.evidence.bound, finding.evidence
    kept = bound.kept_by(float(evidence.value))
    difference = measure_of(rule) is Measure.DIFFERENCE
    start = "" if kept else _beside(rule, kept=False)
    pairs = count(evidence.n, "pair")
    # What stands against the figure as it looks: the bad end where it keeps the bound, else the good one.
    low = bound.lower == kept
    end = finding.ends.low if low else finding.ends.high
    if finding.unlimited is not None:
        doubt = f", but {finding.unlimited}"
    elif end is None or not math.isfinite(end):
        doubt = f", but with {pairs} {_truth(finding)} may lie among the failed pairs"
    elif difference:
        against = f", {_side(rule, good=False)}" if kept else ""
        doubt = f", but with {pairs} {_truth(finding)} may be {_end(finding, end, low)}{against}"
    else:
        against = f", {'under' if low else 'over'} {limit(rule)}" if kept else ""
        extreme = "low" if low else "high"
        doubt = f", but with {pairs} {_truth(finding)} may be as {extreme} as {_end(finding, end, low)}{against}"
    if finding.needed_n is not None:
        return f"{start}{doubt}; about {count(finding.needed_n, 'pair')}{place(rule)} would decide"
    hopeless = finding.hopeless and not finding.unlimited
    return f"{start}{doubt}" + ("; as long as it looks so, no number of pairs decides" if hopeless else "")


def _beside(rule: Rule, *, kept: bool) -> str:
    """Where the figure itself lies."""
    if rule.better_by is not None:
        return f", {_side(rule, good=kept)}"
    return f", on the {'right' if kept else 'wrong'} side of {limit(rule)}"


def _truth(finding: Finding) -> str:
    rule, measure = finding.rule, measure_of(finding.rule)
    if measure is Measure.DIFFERENCE:
        return "the true difference"
    if measure is Measure.RATIO:
        return "the true ratio"
    return _TRUE[finding.spec.kind] if rule.percentile is None else f"the true p{plain(rule.percentile)}"


def limit(rule: Rule) -> str:
    """What the figure is held against, in words."""
    spec, said = spec_of(rule.metric), float(bound_said(rule))
    if rule.no_worse_by is not None:
        return f"the margin of {gap(said, spec, AS_SAID)}"
    if rule.better_by is not None:
        return f"the lead of {gap(said, spec, AS_SAID)} that is asked for" if said else "the lead that is asked for"
    return f"the bound of {figure(said, RATIO if measure_of(rule) is Measure.RATIO else spec, AS_SAID)}"


def verbs(rule: Rule) -> tuple[str, str, str]:
    """What is done to the limit: keeps, breaks, to break."""
    return ("keeps", "breaks", "break") if rule.better_by is None else ("has", "misses", "miss")


def _side(rule: Rule, *, good: bool) -> str:
    """Where a difference lies."""
    if rule.no_worse_by is not None:
        return f"{'within' if good else 'beyond'} {limit(rule)}"
    if not rule.better_by:
        return "which is better" if good else "which is not better"
    return f"{'beyond' if good else 'short of'} {limit(rule)}"


def _end(finding: Finding, end: float, low: bool) -> str:
    """An end of the interval, rounded outwards: a low end of 75.76% is no 75.8%."""
    spec, rounding = finding.spec, ROUND_FLOOR if low else ROUND_CEILING
    digits = digits_apart(end, finding.evidence.bound.at, spec, rounding)
    if measure_of(finding.rule) is Measure.DIFFERENCE:
        return signed_gap(end, spec, digits, rounding) if end else "none"
    return figure(end, spec, digits, rounding)


def _known(end: float | None) -> float:
    if end is None:
        raise ValueError("a rule was decided by an end that is unknown")
    return end
