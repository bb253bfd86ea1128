"""Why a rule passed, failed or stays undecided, for the person who signs off."""

from __future__ import annotations

import math
from decimal import ROUND_CEILING, ROUND_FLOOR

from shortlist.gate.evidence import Bound, Evidence
from shortlist.gate.words import bound_of, count, digits_apart, figure, gap, plain, signed_gap
from shortlist.metric_names import MetricSpec, spec_of
from shortlist.results import MetricKind, RuleStatus
from shortlist.suite.model import Gate, Rule

_TRUE = {MetricKind.RATE: "the true rate", MetricKind.MEAN: "the true mean"}


def sentence(rule: Rule, gate: Gate, bound: Bound, status: RuleStatus, evidence: Evidence) -> str:
    """What was seen, what it leaves possible, and what that means for the bound."""
    spec = spec_of(rule.metric)
    if spec.kind is MetricKind.TOTAL:
        # Money spent is a fact. A rate of this run on this day is not what the next run will show.
        unsure = " (as measured in this run, without an interval)" if rule.metric.startswith("throughput.") else ""
        meaning = f"{unsure}, which {'keeps' if status is RuleStatus.PASS else 'breaks'} {_limit(rule, spec)}"
    elif status is RuleStatus.UNDECIDED:
        meaning = _open(rule, spec, bound, evidence)
    else:
        meaning = _closed(rule, spec, bound, evidence, status is RuleStatus.PASS, float(gate.confidence))
    notes = f" ({'; '.join(evidence.notes)})" if evidence.notes else ""
    return f"{_seen(rule, gate, spec, evidence)}{meaning}{notes}"


def _seen(rule: Rule, gate: Gate, spec: MetricSpec, evidence: Evidence) -> str:
    value, pairs = float(evidence.value), count(evidence.n, "pair")
    if rule.no_worse_by is not None:
        apart = "no different from" if value == 0 else f"{signed_gap(value, spec)} than"
        over = "" if spec.kind is MetricKind.TOTAL else f" over {pairs}"
        return f"{rule.metric} is {apart} {gate.incumbent}'s{over}"
    if rule.percentile is not None:
        name = f"p{plain(rule.percentile)} of {rule.metric}"
        if not math.isfinite(value):
            return f"{name} over {pairs} lies among the failed ones"
        return f"{name} is {figure(value, spec)} over {pairs}"
    if spec.kind is MetricKind.RATE:
        return f"{rule.metric} is {figure(value, spec)} of {pairs}"
    if spec.kind is MetricKind.TOTAL:
        return f"{rule.metric} is {figure(value, spec)}"
    return f"{rule.metric} averages {figure(value, spec)} over {pairs}"


def _closed(rule: Rule, spec: MetricSpec, bound: Bound, evidence: Evidence, passed: bool, confidence: float) -> str:
    # A pass shows its worst end, a fail its best: the end that settled it.
    low = bound.lower == passed
    end = _known(evidence.ends.low if low else evidence.ends.high)
    sure = f"; at {100 * confidence:g}% confidence {_truth(rule, spec)}"
    if not math.isfinite(end):
        return f"{sure} lies among the failed pairs, which breaks {_limit(rule, spec)}"
    if rule.no_worse_by is not None:
        extreme, place = ("worst", "within") if passed else ("best", "beyond")
        return f"{sure} is at {extreme} {_end(end, low, rule, bound)}, {place} {_limit(rule, spec)}"
    limit = f"at {'least' if low else 'most'} {_end(end, low, rule, bound)}"
    return f"{sure} is {limit}, which {'keeps' if passed else 'breaks'} {_limit(rule, spec)}"


def _open(rule: Rule, spec: MetricSpec, bound: Bound, evidence: Evidence) -> str:
    kept = bound.kept_by(float(evidence.value))
    start = "" if kept else f", on the wrong side of {_limit(rule, spec)}"
    pairs = count(evidence.n, "pair")
    # What stands against the figure as it looks: the bad end where it keeps the bound, else the good one.
    low = bound.lower == kept
    end = evidence.ends.low if low else evidence.ends.high
    if evidence.unlimited is not None:
        doubt = f", but {evidence.unlimited}"
    elif end is None or not math.isfinite(end):
        doubt = f", but with {pairs} {_truth(rule, spec)} may lie among the failed pairs"
    elif rule.no_worse_by is not None:
        place = f", beyond {_limit(rule, spec)}" if kept else ""
        doubt = f", but with {pairs} {_truth(rule, spec)} may be {_end(end, low, rule, bound)}{place}"
    else:
        place = f", {'under' if low else 'over'} {_limit(rule, spec)}" if kept else ""
        extreme = "low" if low else "high"
        doubt = f", but with {pairs} {_truth(rule, spec)} may be as {extreme} as {_end(end, low, rule, bound)}{place}"
    if evidence.needed_n is not None:
        return f"{start}{doubt}; about {count(evidence.needed_n, 'pair')} would decide"
    return f"{start}{doubt}" + ("" if evidence.unlimited else "; as long as it looks so, no number of pairs decides")


def _truth(rule: Rule, spec: MetricSpec) -> str:
    if rule.no_worse_by is not None:
        return "the true difference"
    return _TRUE[spec.kind] if rule.percentile is None else f"the true p{plain(rule.percentile)}"


def _limit(rule: Rule, spec: MetricSpec) -> str:
    if rule.no_worse_by is not None:
        return f"the margin of {gap(float(rule.no_worse_by), spec)}"
    return f"the bound of {figure(float(bound_of(rule)), spec)}"


def _end(end: float, low: bool, rule: Rule, bound: Bound) -> str:
    """An end of the interval, rounded outwards: a low end of 75.76% is no 75.8%."""
    spec = spec_of(rule.metric)
    rounding = ROUND_FLOOR if low else ROUND_CEILING
    digits = digits_apart(end, bound.at, spec, rounding)
    if rule.no_worse_by is None:
        return figure(end, spec, digits, rounding)
    return signed_gap(end, spec, digits, rounding)


def _known(end: float | None) -> float:
    if end is None:
        raise ValueError("a rule was decided by an end that is unknown")
    return end
