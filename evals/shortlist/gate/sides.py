"""Whom a rule judges, and on what; or why it cannot be judged, which is a fail and never silence."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from shortlist.compare.estimate import best, common, is_bounded
from shortlist.gate.bound import measure_of
from shortlist.gate.slices import is_sliced
from shortlist.gate.words import count, place, plain, some
from shortlist.metric_names import spec_of
from shortlist.results import Comparison, Measure, MetricKind, MetricSummary
from shortlist.scores import RECORDED
from shortlist.suite.model import Gate, Rule

REPLAYED = (
    "a step of the chain was replayed, so what the chain costs is not known: judge by a run in which all of it was made"
)
HOW_TO_PRICE_RECORDED = (
    "give the replaying provider a `cost:` in the suite and run again, or bring the recorded run back and score again "
    "with `shortlist score`"
)
HOW_TO_PRICE = (
    "say its price in the suite, e.g. `cost: {gpu_hour: 0.44}` or "
    "`cost: {input_per_million: 3, output_per_million: 15}`, and score the run again with `shortlist score`"
)


@dataclass(frozen=True, slots=True)
class Sides:
    """The candidate's figures for the rule's metric; with a paired rule, the incumbent's too."""

    ours: MetricSummary
    theirs: MetricSummary | None


def refusal(rule: Rule, gate: Gate, comparison: Comparison) -> str | None:
    """Why the rule cannot be judged at all, whatever the figures; None where it can."""
    spec = spec_of(rule.metric)
    measure = measure_of(rule)
    if spec.kind is MetricKind.TOTAL and (is_sliced(rule) or rule.each):
        return f"{rule.metric} is one figure for a whole run and has no slices"
    if measure is Measure.RATIO and is_bounded(spec):
        return f"{rule.metric} lies between 0 and 1, so that a ratio says little: say no_worse_by or better_by"
    if rule.percentile is not None and (measure is not Measure.VALUE or spec.kind is not MetricKind.MEAN):
        return f"a percentile of {rule.metric} goes with at_least or at_most, and with means alone"
    incumbent = gate.incumbent if rule.is_paired else None
    if rule.is_paired and incumbent is None:
        return f"{rule.metric} is to be compared with the incumbent, and the gate names none: add `incumbent:` to it"
    return _absent(gate.candidate, incumbent, comparison) or _outdated(incumbent, gate, comparison)


def sides_of(rule: Rule, gate: Gate, comparison: Comparison) -> Sides | str:
    """What the rule is about.

    Args:
        rule: that `refusal` does not refuse.
        gate: who is judged.
        comparison: of the rule's pairs alone.

    Returns:
        The sides, each with a value; or, as a sentence, why the rule cannot be judged.
    """
    incumbent = gate.incumbent if rule.is_paired else None
    if not comparison.pairs:
        return f"no pair{place(rule)} was run, so there is nothing to judge"
    ours = _lacking(gate, incumbent, comparison) or _figures(rule, gate.candidate, comparison)
    if isinstance(ours, str) or incumbent is None:
        return ours if isinstance(ours, str) else Sides(ours, None)
    reference = _reference(rule, ours, incumbent, comparison)
    if reference is not None and rule.better_by is not None:
        return f"{rule.metric} is agreement with {incumbent}, whose own is 1 by definition: nobody can be better"
    theirs = reference or _figures(rule, incumbent, comparison)
    if isinstance(theirs, str):
        return theirs
    return _unlike(rule, gate, ours, theirs) or Sides(ours, theirs)


def _unlike(rule: Rule, gate: Gate, ours: MetricSummary, theirs: MetricSummary) -> str | None:
    """Why two sides cannot be held against each other."""
    if ours.kind is not MetricKind.TOTAL and not common(ours.values, theirs.values):
        return f"no pair{place(rule)} has a value of {rule.metric} for both {gate.candidate} and {gate.incumbent}"
    if measure_of(rule) is Measure.RATIO and _is_zero(ours, theirs):
        return f"{rule.metric} of {gate.incumbent} is 0{place(rule)}, and there is no ratio to 0"
    return None


def _is_zero(ours: MetricSummary, theirs: MetricSummary) -> bool:
    if theirs.kind is MetricKind.TOTAL:
        return not theirs.value
    return not any(theirs.values[pair] for pair in common(ours.values, theirs.values))


def _absent(candidate: str, incumbent: str | None, comparison: Comparison) -> str | None:
    for name in (candidate, incumbent):
        if name is not None and name not in comparison.providers:
            there = ", ".join(comparison.providers) or "none"
            return f"{name} has no case here, so nothing can be said of it (providers with cases: {there})"
    return None


def _outdated(incumbent: str | None, gate: Gate, comparison: Comparison) -> str | None:
    """A recorded incumbent of long ago: the hosted model, its price and its speed may be others by now."""
    recorded = None if incumbent is None else comparison.providers[incumbent].recorded
    if recorded is None or recorded.age_days <= float(gate.incumbent_max_age_days):
        return None
    return (
        f"{incumbent} is a recorded run ({recorded.run_id}) that was {recorded.age_days:,.0f} days old, and the gate "
        f"allows {plain(gate.incumbent_max_age_days)}: record it again, or raise `incumbent_max_age_days`"
    )


def _lacking(gate: Gate, incumbent: str | None, comparison: Comparison) -> str | None:
    """Pairs that only one of the two was asked: a renamed or dropped pair must not pass a gate."""
    ours = set(comparison.unmatched.get(gate.candidate, ()))
    theirs = set(comparison.unmatched.get(gate.incumbent or "", ()))
    found = [
        f"{name} has no case of {count(len(pairs), 'pair')} that the other side has ({some(sorted(pairs))})"
        for name, pairs in ((gate.candidate, ours - theirs), (incumbent, theirs - ours))
        if name is not None and pairs
    ]
    return f"{' and '.join(found)}: run both on the same pairs" if found else None


def _figures(rule: Rule, provider: str, comparison: Comparison) -> MetricSummary | str:
    """The provider's figures for the metric, or why it has none that may be used."""
    summary = comparison.providers[provider].metrics.get(rule.metric)
    if summary is None:
        family = rule.metric.partition(".")[0]
        return f"no case of {provider} has a score of {rule.metric}: is `{family}` among the suite's `metrics`?"
    where = place(rule)
    reasons = some([f"{why}, {count(cases, 'case')}" for why, cases in summary.missing.items()]) or "no reason given"
    if where:
        reasons = f"in the whole run: {reasons}"  # of single pairs no reasons are kept
    if rule.metric.startswith("cost.") and (
        summary.missing_pairs or (summary.value is None and not summary.failed_pairs)
    ):
        return f"{rule.metric} of {provider} is unknown{where} ({reasons}): {_how_to_price(summary.missing)}"
    some_known = any(cases.values for cases in summary.repeats.values())
    if summary.value is not None or (rule.percentile is not None and some_known):
        return summary
    if some_known:
        return f"no pair of {provider}{where} has a value of {rule.metric} in each of its repeats ({reasons})"
    if summary.failed_pairs:
        failed = count(len(summary.failed_pairs), "pair")
        return f"no case of {provider}{where} has a value of {rule.metric}, for {failed} failed ({reasons})"
    return f"no case of {provider}{where} has a value of {rule.metric} ({reasons})"


def _how_to_price(reasons: Collection[str]) -> str:
    """What makes the cost known that is missing for these reasons."""
    if any(why.startswith(RECORDED) for why in reasons):
        return HOW_TO_PRICE_RECORDED
    return REPLAYED if any(why.startswith("cached") for why in reasons) else HOW_TO_PRICE


def _reference(rule: Rule, ours: MetricSummary, incumbent: str, comparison: Comparison) -> MetricSummary | None:
    """The incumbent's parity where it is itself what parity is measured against: 1 by definition.

    Then it has no value, for that would say nothing, while the candidate has some.
    """
    theirs = comparison.providers[incumbent].metrics.get(rule.metric)
    nothing = theirs is None or not (theirs.values or theirs.failed_pairs or theirs.missing_pairs)
    if not (nothing and rule.metric.startswith("parity.")):
        return None
    perfect = best(spec_of(rule.metric))
    return ours.model_copy(
        update={
            "value": perfect,
            "values": dict.fromkeys((*ours.values, *ours.missing_pairs), perfect),
            "missing_pairs": (),
            "errored_at_best": {},
        }
    )
