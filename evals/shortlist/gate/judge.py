"""One rule, judged."""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal

from shortlist.cases import Outcome
from shortlist.compare.estimate import Estimator, in_unit, is_bounded
from shortlist.gate.evidence import Bound, Evidence, of_difference, of_mean, of_percentile, of_total
from shortlist.gate.sentence import sentence
from shortlist.gate.sides import Sides, sides_of
from shortlist.gate.words import bound_of, condition, count
from shortlist.metric_names import MetricSpec, spec_of
from shortlist.results import Comparison, MetricKind, Number, RuleResult, RuleStatus
from shortlist.suite.model import Gate, Rule


def judge(rule: Rule, gate: Gate, comparison: Comparison, estimator: Estimator) -> RuleResult:
    """Whether the candidate keeps the rule.

    Passes when the whole interval keeps the bound (which the bound itself does); fails when the whole interval breaks
    it, and when there is nothing to judge: no candidate, no case, no price, pairs that one side lacks; else undecided.

    Raises:
        KeyError: no metric can have the rule's name.
    """
    spec = spec_of(rule.metric)
    sides = sides_of(rule, gate, comparison)
    if isinstance(sides, str):
        return _result(rule, gate, RuleStatus.FAIL, None, sides)
    bound = _bound(rule, spec)
    evidence = _evidence(rule, sides, bound, estimator)
    if is_bounded(spec):
        evidence = replace(
            evidence, notes=(*evidence.notes, *_failures(sides, rule.metric, gate.incumbent, comparison))
        )
    status = RuleStatus.UNDECIDED
    if bound.passes(evidence.ends):
        status = RuleStatus.PASS
    elif bound.fails(evidence.ends):
        status = RuleStatus.FAIL
    return _result(rule, gate, status, evidence, sentence(rule, gate, bound, status, evidence))


def _bound(rule: Rule, spec: MetricSpec) -> Bound:
    """A margin becomes a bound on candidate minus incumbent: below 0 where higher is better, above 0 elsewhere."""
    at = float(bound_of(rule))
    if rule.no_worse_by is None:
        return Bound(at, lower=rule.at_least is not None)
    return Bound(-at, lower=True) if spec.higher_is_better else Bound(at, lower=False)


def _evidence(rule: Rule, sides: Sides, bound: Bound, estimator: Estimator) -> Evidence:
    spec = spec_of(rule.metric)
    if spec.kind is MetricKind.TOTAL:
        return of_total(sides.ours, sides.theirs, spec)
    if sides.theirs is not None:
        return of_difference(sides.ours, sides.theirs, spec, bound, estimator)
    if rule.percentile is not None:
        return of_percentile(sides.ours, float(rule.percentile), bound, estimator)
    return of_mean(sides.ours, spec, bound, estimator)


def _failures(sides: Sides, metric: str, incumbent: str | None, comparison: Comparison) -> tuple[str, ...]:
    """The incumbent's failed cases: a candidate is easily no worse than one that was cut off."""
    side = comparison.providers.get(incumbent or "")
    if sides.theirs is None or side is None or side.metrics.get(metric) != sides.theirs:
        return ()  # an absolute rule, or parity with the incumbent itself
    failed = side.cases - side.outcomes[Outcome.OK]
    return (
        (f"{incumbent} failed {failed:,} of its {count(side.cases, 'case')}, which count as its worst",)
        if failed
        else ()
    )


def _result(rule: Rule, gate: Gate, status: RuleStatus, evidence: Evidence | None, why: str) -> RuleResult:
    spec = spec_of(rule.metric)
    bound = bound_of(rule)
    has_interval = evidence is not None and spec.kind is not MetricKind.TOTAL
    return RuleResult(
        metric=rule.metric,
        condition=condition(rule, spec, gate.incumbent),
        status=status,
        value=_finite(evidence.value, spec) if evidence else None,
        low=_finite(evidence.ends.low, spec) if evidence and has_interval else None,
        high=_finite(evidence.ends.high, spec) if evidence and has_interval else None,
        bound=bound if spec.unit == "USD" else float(bound),
        unit=spec.unit,
        n=evidence.n if evidence else 0,
        needed_n=evidence.needed_n if evidence else None,
        why=why,
    )


def _finite(number: Number | None, spec: MetricSpec) -> Number | None:
    """None for what is unknown and for what lies among the failed pairs, which `why` says."""
    if number is None or not math.isfinite(number):
        return None
    return number if isinstance(number, Decimal) else in_unit(number, spec)
