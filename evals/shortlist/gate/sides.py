"""Whom a rule judges, and on what; or why it cannot be judged, which is a fail and never silence."""

from __future__ import annotations

from dataclasses import dataclass

from shortlist.compare.estimate import best, common
from shortlist.gate.words import count, some
from shortlist.metric_names import spec_of
from shortlist.results import Comparison, MetricKind, MetricSummary
from shortlist.suite.model import Gate, Rule

REPLAYED = "a generation that was cached or replayed costs nothing now: judge by a run in which it was made"
HOW_TO_PRICE = (
    "say its price in the suite, e.g. `cost: {gpu_hour: 0.44}` or "
    "`cost: {input_per_million: 3, output_per_million: 15}`, and score the run again with `shortlist score`"
)


@dataclass(frozen=True, slots=True)
class Sides:
    """The candidate's figures for the rule's metric; with a paired rule, the incumbent's too."""

    ours: MetricSummary
    theirs: MetricSummary | None


def sides_of(rule: Rule, gate: Gate, comparison: Comparison) -> Sides | str:
    """What the rule is about.

    Returns:
        The sides, each with a value; or, as a sentence, why the rule cannot be judged.
    """
    paired = rule.no_worse_by is not None
    if paired and gate.incumbent is None:
        return f"{rule.metric} is to be compared with the incumbent, and the gate names none: add `incumbent:` to it"
    incumbent = gate.incumbent if paired else None
    refusal = _absent(gate.candidate, incumbent, comparison) or _lacking(gate, incumbent, comparison)
    if refusal:
        return refusal
    ours = _figures(rule, gate.candidate, comparison)
    if isinstance(ours, str) or incumbent is None:
        return ours if isinstance(ours, str) else Sides(ours, None)
    theirs = _reference(rule, ours, incumbent, comparison) or _figures(rule, incumbent, comparison)
    if isinstance(theirs, str):
        return theirs
    if ours.kind is not MetricKind.TOTAL and not common(ours.values, theirs.values):
        return f"no pair has a value of {rule.metric} for both {gate.candidate} and {incumbent}"
    return Sides(ours, theirs)


def _absent(candidate: str, incumbent: str | None, comparison: Comparison) -> str | None:
    for name in (candidate, incumbent):
        if name is not None and name not in comparison.providers:
            there = ", ".join(comparison.providers) or "none"
            return f"{name} has no case here, so nothing can be said of it (providers with cases: {there})"
    return None


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
    reasons = some([f"{why}, {count(cases, 'case')}" for why, cases in summary.missing.items()]) or "no reason given"
    if rule.metric.startswith("cost.") and (
        summary.missing_pairs or (summary.value is None and not summary.failed_pairs)
    ):
        remedy = REPLAYED if "cached" in summary.missing else HOW_TO_PRICE
        return f"{rule.metric} of {provider} is unknown ({reasons}): {remedy}"
    some_known = any(cases.values for cases in summary.repeats.values())
    if summary.value is not None or (rule.percentile is not None and some_known):
        return summary
    if some_known:
        return f"no pair of {provider} has a value of {rule.metric} in each of its repeats ({reasons})"
    if summary.failed_pairs:
        failed = count(len(summary.failed_pairs), "pair")
        return f"no case of {provider} has a value of {rule.metric}, for {failed} failed ({reasons})"
    return f"no case of {provider} has a value of {rule.metric} ({reasons})"


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
        }
    )
