"""All rules together."""

from __future__ import annotations

from shortlist.compare.estimate import Estimator
from shortlist.errors import InputError
from shortlist.gate.judge import judge
from shortlist.gate.words import count
from shortlist.metric_names import spec_of
from shortlist.results import Comparison, RuleResult, RuleStatus, Verdict, VerdictWord
from shortlist.suite.model import Gate
from shortlist.suite.signature import gate_hash


def gate(comparison: Comparison, conditions: Gate | None, *, incomplete_why: str | None = None) -> Verdict:
    """Judge every rule, and the candidate by all of them.

    All pass: PROMOTE. Any fails: REJECT. Else INCONCLUSIVE. That all must pass needs no correction for their number
    (an intersection-union test): a candidate that breaks any one bound is promoted with at most that rule's own
    probability of error, half of one minus the confidence.

    Args:
        comparison: of the run; its own confidence is not used, the gate has one.
        conditions: the suite's gate; without one there is no verdict.
        incomplete_why: why the run stopped early, if it did. Then nothing is judged: looking before the end and
            stopping when it suits raises the rate of false promotions.

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
        estimator = Estimator(comparison.pairs, conditions.confidence)
        judged = tuple(judge(rule, conditions, comparison, estimator) for rule in conditions.rules)
        word, why = _verdict(judged)
    return Verdict(run_id=comparison.run_id, gate_hash=gate_hash(conditions), verdict=word, rules=judged, why=why)


def _refuse_unknown(conditions: Gate) -> None:
    for rule in conditions.rules:
        try:
            spec_of(rule.metric)
        except KeyError:
            raise InputError(f"the gate has a rule on {rule.metric!r}, which is no metric's name") from None


def _verdict(judged: tuple[RuleResult, ...]) -> tuple[VerdictWord, str]:
    rules = count(len(judged), "rule")
    if not judged:
        return VerdictWord.INCONCLUSIVE, "The gate has no rules, so it proves nothing."
    failed = [rule for rule in judged if rule.status is RuleStatus.FAIL]
    if failed:
        return VerdictWord.REJECT, f"{len(failed)} of {rules} failed: {_named(failed)}."
    undecided = [rule for rule in judged if rule.status is RuleStatus.UNDECIDED]
    if not undecided:
        return VerdictWord.PROMOTE, f"All {rules} passed." if len(judged) > 1 else "The one rule passed."
    needed = [rule.needed_n for rule in undecided]
    hope = f"; about {max(n for n in needed if n is not None):,} pairs would decide" if None not in needed else ""
    return (
        VerdictWord.INCONCLUSIVE,
        f"No rule failed, but {len(undecided)} of {rules} cannot be decided: {_named(undecided)}{hope}.",
    )


def _named(rules: list[RuleResult]) -> str:
    return ", ".join(f"{rule.metric} {rule.condition}" for rule in rules)
