"""One rule, judged."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from decimal import Decimal

from shortlist.cases import Outcome
from shortlist.compare.estimate import Estimates, in_unit, is_bounded
from shortlist.gate.bound import Bound, bound_of, measure_of
from shortlist.gate.evidence import Evidence, of_total
from shortlist.gate.of_judges import judge_notes
from shortlist.gate.of_pairs import of_both, of_mean
from shortlist.gate.of_percentile import of_percentile
from shortlist.gate.sentence import Finding, quiet, sentence
from shortlist.gate.sides import Sides, refusal, sides_of
from shortlist.gate.slices import within
from shortlist.gate.words import bound_said, condition, count, place
from shortlist.metric_names import MetricSpec, spec_of
from shortlist.results import Comparison, Measure, MetricKind, Number, RuleResult, RuleStatus
from shortlist.suite.model import Gate, Rule

_OWN_DOING = (Outcome.REFUSED, Outcome.TRUNCATED)


@dataclass(frozen=True, slots=True)
class Court:
    """Who is judged, on what, and how sure one has to be."""

    gate: Gate
    comparison: Comparison
    estimator: Estimates

    @property
    def alpha(self) -> float:
        """Chance at which one side of an interval errs."""
        return (1 - self.estimator.confidence) / 2


def judge(rule: Rule, court: Court) -> RuleResult:
    """Whether the candidate keeps the rule, which is about one set of pairs (`shortlist.gate.each` takes the others).

    Passes when the whole interval keeps the bound; fails when the whole interval breaks it, and when there is nothing
    to judge: no candidate, no case, no price, pairs that one side lacks; else undecided, where an alert passes.

    Raises:
        KeyError: no metric can have the rule's name.
    """
    finding = look_into(rule, court)
    if isinstance(finding, str):
        return result(rule, court.gate, RuleStatus.FAIL, finding)
    if finding.status is RuleStatus.UNDECIDED and rule.alert:
        possible = finding.evidence.can_break(court.estimator)
        return result(rule, court.gate, RuleStatus.PASS, quiet(finding, possible=possible), finding)
    if finding.status is RuleStatus.UNDECIDED:
        finding = with_needed(finding, court.estimator)
    return result(rule, court.gate, finding.status, sentence(finding), finding)


def with_needed(finding: Finding, estimator: Estimates) -> Finding:
    """The finding with the pairs that would decide, where that can be foreseen."""
    if not estimator.foresees:
        return finding
    needed = finding.evidence.needed_n(estimator)
    return replace(finding, needed_n=needed, hopeless=needed is None)


def look_into(rule: Rule, court: Court) -> Finding | str:
    """What the data say of the rule, without the pairs that would decide; or why it cannot be judged."""
    refused = refusal(rule, court.gate, court.comparison)
    if refused is not None:
        return refused
    part = within(rule, court.gate, court.comparison)
    sides = sides_of(rule, court.gate, part)
    if isinstance(sides, str):
        return sides
    evidence = _evidence(rule, sides, court.estimator)
    ends = evidence.ends(court.estimator)
    status = RuleStatus.UNDECIDED
    if evidence.bound.passes(ends):
        status = RuleStatus.PASS
    elif evidence.bound.fails(ends):
        status = RuleStatus.FAIL
    return Finding(
        rule=rule,
        incumbent=court.gate.incumbent,
        evidence=evidence,
        ends=ends,
        status=status,
        confidence=court.estimator.confidence,
        unlimited=evidence.unlimited(court.estimator, ends) if status is RuleStatus.UNDECIDED else None,
        notes=(*_own_doing(rule, sides, court.gate.incumbent, part), *judge_notes(rule, court.comparison)),
    )


def _evidence(rule: Rule, sides: Sides, estimator: Estimates) -> Evidence:
    spec, measure = spec_of(rule.metric), measure_of(rule)
    bound: Bound = bound_of(rule, spec)
    if spec.kind is MetricKind.TOTAL:
        return of_total(sides.ours, sides.theirs, spec, bound, measure)
    if sides.theirs is not None:
        return of_both(sides.ours, sides.theirs, spec, bound, measure)
    if rule.percentile is not None:
        return of_percentile(sides.ours, float(rule.percentile), bound, estimator)
    return of_mean(sides.ours, spec, bound)


def _own_doing(rule: Rule, sides: Sides, incumbent: str | None, comparison: Comparison) -> tuple[str, ...]:
    """The incumbent's refusals: a candidate is easily no worse than one that was cut off."""
    side = comparison.providers.get(incumbent or "")
    if sides.theirs is None or side is None or not is_bounded(spec_of(rule.metric)):
        return ()
    if side.metrics.get(rule.metric) is not sides.theirs:
        return ()  # parity with the incumbent itself
    pairs = {pair for outcome in _OWN_DOING for pair in side.failed_pairs.get(outcome, ())} & sides.theirs.values.keys()
    if not pairs:
        return ()
    return (f"{count(len(pairs), 'pair')} in which {incumbent} refused or was cut off, counted as its worst",)


def result(rule: Rule, gate: Gate, status: RuleStatus, why: str, finding: Finding | None = None) -> RuleResult:
    """The rule's line of the verdict, with the figures of the finding, where there is one."""
    spec = spec_of(rule.metric)
    measure, bound, said = measure_of(rule), bound_of(rule, spec), bound_said(rule)
    exact = spec.unit == "USD" and measure is not Measure.RATIO
    value, low, high = figures(finding)
    return RuleResult(
        metric=rule.metric,
        condition=condition(rule, spec, gate.incumbent),
        status=status,
        value=value,
        low=low,
        high=high,
        bound=said if exact else float(said),
        unit=None if measure is Measure.RATIO else spec.unit,
        measures=measure,
        limit=(said if bound.at >= 0 else -said) if exact else bound.at,
        passes_above=bound.lower,
        n=0 if finding is None else finding.evidence.n,
        needed_n=None if finding is None else finding.needed_n,
        why=why,
        among=place(rule).strip().removeprefix("in ").removeprefix("with ") or None,
        each=rule.each,
        alert=rule.alert,
    )


def figures(finding: Finding | None) -> tuple[Number | None, Number | None, Number | None]:
    """Value, low and high as results carry them."""
    if finding is None:
        return None, None, None
    spec = finding.spec
    value = _finite(finding.evidence.value, spec)
    if spec_of(finding.rule.metric).kind is MetricKind.TOTAL:
        return value, None, None
    return value, _finite(finding.ends.low, spec), _finite(finding.ends.high, spec)


def _finite(number: Number | None, spec: MetricSpec) -> Number | None:
    """None for what is unknown and for what lies among the failed pairs, which `why` says."""
    if number is None or not math.isfinite(number):
        return None
    return number if isinstance(number, Decimal) else in_unit(number, spec)
