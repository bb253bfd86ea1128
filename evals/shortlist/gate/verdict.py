"""All rules together."""

from __future__ import annotations

import math

from shortlist.compare.estimate import Estimator
from shortlist.errors import InputError
from shortlist.gate.each import judge_each
from shortlist.gate.judge import Court, judge
from shortlist.gate.look import Look
from shortlist.gate.words import count
from shortlist.metric_names import spec_of
from shortlist.results import Comparison, RuleResult, RuleStatus, Verdict, VerdictWord
from shortlist.suite.model import Gate
from shortlist.suite.signature import gate_hash


def gate(
    comparison: Comparison, conditions: Gate | None, *, incomplete_why: str | None = None, look: Look | None = None
) -> Verdict:
    """Judge every rule, and the candidate by all of them.

    All pass: PROMOTE. Any fails: REJECT. Else INCONCLUSIVE. That all must pass needs no correction for their number
    (an intersection-union test): a candidate that breaks any one bound is promoted with at most that rule's own
    probability of error, half of one minus the confidence. Alerts prove nothing: a gate of nothing else is at best
    INCONCLUSIVE.

    Args:
        comparison: of the run; its own confidence is not used, the gate has one.
        conditions: the suite's gate; without one there is no verdict.
        incomplete_why: why the run stopped early, if it did. Then nothing is judged: looking before the end and
            stopping when it suits raises the rate of false promotions.
        look: where the run is, if its verdict was to be looked at before the end: then that is provided for.

    Raises:
        InputError: a rule is on a metric that does not exist.
    """
    judged: tuple[RuleResult, ...] = ()
    word: VerdictWord | None = None
    if incomplete_why is not None:
        why = f"The run is incomplete, so nothing is judged: {incomplete_why}"
    elif conditions is None:
        why = "The suite has no gate, so there is no verdict."
    else:
        _refuse_unknown(conditions)
        confidence = float(conditions.confidence)
        estimator = look.estimates(comparison, confidence) if look else Estimator(comparison.pairs, confidence)
        court = Court(conditions, comparison, estimator)
        judged = tuple(judge_each(rule, court) if rule.each else judge(rule, court) for rule in conditions.rules)
        if look is not None:
            rules = zip(conditions.rules, judged, strict=True)
            judged = tuple(look.so_far(rule, result, comparison) for rule, result in rules)
        word, why = _verdict(judged, len(comparison.pairs))
    return Verdict(run_id=comparison.run_id, gate_hash=gate_hash(conditions), verdict=word, rules=judged, why=why)


def _refuse_unknown(conditions: Gate) -> None:
    for rule in conditions.rules:
        try:
            spec_of(rule.metric)
        except KeyError:
            raise InputError(f"the gate has a rule on {rule.metric!r}, which is no metric's name") from None


def _verdict(judged: tuple[RuleResult, ...], pairs: int) -> tuple[VerdictWord, str]:
    rules = count(len(judged), "rule")
    if not judged:
        return VerdictWord.INCONCLUSIVE, "The gate has no rules, so it proves nothing."
    failed = [rule for rule in judged if rule.status is RuleStatus.FAIL]
    if failed:
        how_many = "The one rule" if len(judged) == 1 else f"{len(failed)} of {rules}"
        return VerdictWord.REJECT, f"{how_many} failed: {_named(failed)}."
    undecided = [rule for rule in judged if rule.status is RuleStatus.UNDECIDED]
    alerts = sum(rule.alert for rule in judged)
    if alerts == len(judged):
        return VerdictWord.INCONCLUSIVE, "No alert was raised, but a gate of alerts alone proves nothing."
    if not undecided:
        passed = f"All {rules} passed" if len(judged) > 1 else "The one rule passed"
        return VerdictWord.PROMOTE, f"{passed}{_quiet(alerts)}."
    hope = _hope(undecided, pairs)
    if len(judged) == 1:
        return VerdictWord.INCONCLUSIVE, f"The one rule cannot be decided: {_named(undecided)}{hope}."
    return (
        VerdictWord.INCONCLUSIVE,
        f"No rule failed, but {len(undecided)} of {rules} cannot be decided: {_named(undecided)}{hope}.",
    )


def _hope(undecided: list[RuleResult], pairs: int) -> str:
    """Pairs in all that would decide; nothing where one rule's cannot be told."""
    most = 0
    for rule in undecided:
        if rule.needed_n is None:
            return ""
        # Of a rule on a part of the pairs, so many of that part: if it keeps its share of them.
        most = max(most, rule.needed_n if rule.among is None else math.ceil(rule.needed_n * pairs / rule.n - 1e-9))
    shared = any(rule.among is not None for rule in undecided)
    return f"; about {most:,} pairs {'in all ' if shared else ''}would decide"


def _quiet(alerts: int) -> str:
    if alerts == 0:
        return ""
    return f" ({alerts} of them {'an alert, which proves' if alerts == 1 else 'alerts, which prove'} nothing)"


def _named(rules: list[RuleResult]) -> str:
    return ", ".join(f"{rule.metric} {rule.condition}{' (alert)' if rule.alert else ''}" for rule in rules)
