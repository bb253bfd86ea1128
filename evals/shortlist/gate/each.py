"""One rule, judged for every domain, tag or field."""

from __future__ import annotations

import math
from dataclasses import replace

from shortlist import stats
from shortlist.gate.bound import Ends
from shortlist.gate.each_sentence import Slice, State, each_sentence, nothing
from shortlist.gate.evidence import Evidence
from shortlist.gate.judge import Court, figures, look_into, result, with_needed
from shortlist.gate.sentence import Finding, by_chance, quiet, sentence
from shortlist.gate.sides import refusal
from shortlist.gate.slices import parts_of
from shortlist.gate.words import count
from shortlist.results import RuleResult, RuleStatus, SliceResult
from shortlist.suite.model import Rule

LEAST_P, MOST_P = 1e-9, 0.4
"""A p outside is taken for the nearer of 1e-9 and 1."""
_HALVINGS = 16  # of the logarithm of p: to three digits


def judge_each(rule: Rule, court: Court) -> RuleResult:
    """Whether the candidate keeps the rule in every domain, tag or field.

    Passes when it passes in each by itself, which needs no correction (an intersection-union test). Fails when it is
    shown to break the bound in one, with a p that Holm's method has adjusted for the number of slices: of twenty that
    are all exactly on the bound, one looks broken in every third run. Fails also where there is nothing to judge. An
    alert passes unless it fails.

    Raises:
        KeyError: no metric can have the rule's name.
    """
    refused = refusal(rule, court.gate, court.comparison)
    if refused is not None:
        return result(rule, court.gate, RuleStatus.FAIL, refused)
    rules, void = parts_of(rule, court.gate, court.comparison)
    if not rules:
        return result(rule, court.gate, RuleStatus.FAIL, nothing(rule, void))
    slices = _slices(rule, rules, court)
    status = RuleStatus.PASS
    if any(part.status is RuleStatus.FAIL for part in slices):
        status = RuleStatus.FAIL
    elif not rule.alert and any(part.status is RuleStatus.UNDECIDED for part in slices):
        status = RuleStatus.UNDECIDED
    pairs = {pair for part in slices if part.finding is not None for pair in part.finding.evidence.pairs}
    needed = _needed(slices, len(pairs)) if status is RuleStatus.UNDECIDED else None
    return result(rule, court.gate, status, each_sentence(rule, slices, void, needed)).model_copy(
        update={"n": len(pairs), "needed_n": needed, "slices": tuple(_line(part) for part in slices)}
    )


def _slices(rule: Rule, rules: dict[str, Rule], court: Court) -> list[Slice]:
    found = {name: look_into(part, court) for name, part in rules.items()}
    p_values = {
        name: None if isinstance(finding, str) else one_sided_p(finding.evidence, finding.ends, court)
        for name, finding in found.items()
    }
    # A slice that allows no test, or has nothing to judge, still counts among those that were looked at.
    adjusted = dict(zip(found, stats.holm([1.0 if p is None else p for p in p_values.values()]), strict=True))
    return [
        _slice(name, finding, None if p_values[name] is None else adjusted[name], rule, court, len(found))
        for name, finding in found.items()
    ]


def one_sided_p(evidence: Evidence, ends: Ends, court: Court) -> float | None:
    """The one-sided p against "the bound is kept": the smallest level at which the interval breaks it.

    The rule fails at level alpha when its interval at confidence 1 - 2·alpha lies beyond the bound, so p is found by
    trying levels: for whatever kind of metric, and with the very intervals that are shown.

    Args:
        evidence: of the slice.
        ends: its interval at the court's confidence.
        court: whose alpha it will be compared with.

    Returns:
        Between `LEAST_P` and `MOST_P`, rounded upwards to about three digits; 1 above that, and where the figure keeps
        the bound; None where the data allow no test.
    """
    bound = evidence.bound
    if (ends.high if bound.lower else ends.low) is None:
        return None
    if bound.kept_by(float(evidence.value)):
        return 1.0

    def broken(p: float) -> bool:
        return bound.fails(evidence.ends(court.estimator.at(1 - 2 * p)))

    if bound.fails(ends):
        low, high = LEAST_P, max(LEAST_P, court.alpha)
        if broken(LEAST_P):
            return LEAST_P
    elif broken(MOST_P):
        low, high = court.alpha, MOST_P
    else:
        return 1.0
    for _ in range(_HALVINGS):
        middle = math.sqrt(low * high)
        if broken(middle):
            high = middle
        else:
            low = middle
    return high


def _slice(name: str, finding: Finding | str, adjusted: float | None, rule: Rule, court: Court, slices: int) -> Slice:
    if isinstance(finding, str):
        return Slice(name, State.REFUSED, None, None, finding)
    if adjusted is not None and adjusted <= court.alpha:
        finding = replace(finding, status=RuleStatus.FAIL)
        return Slice(name, State.BROKEN, finding, adjusted, sentence(finding))
    if finding.status is RuleStatus.PASS:
        return Slice(name, State.KEPT, finding, adjusted, sentence(finding))
    # By itself it is judged at the level that Holm's method asks of the first of so many.
    strict = court.estimator.at(1 - 2 * court.alpha / slices)
    if finding.status is RuleStatus.UNDECIDED and rule.alert:
        possible = finding.evidence.can_break(strict)
        return Slice(
            name, State.QUIET if possible else State.POWERLESS, finding, adjusted, quiet(finding, possible=possible)
        )
    suspect = finding.status is RuleStatus.FAIL
    if not rule.alert:
        kept = finding.evidence.bound.kept_by(float(finding.evidence.value))
        finding = with_needed(finding, court.estimator if kept else strict)
    if suspect and adjusted is not None:
        why = by_chance(finding, adjusted, count(slices, rule.each or ""))
        return Slice(name, State.SUSPECT, finding, adjusted, why)
    return Slice(name, State.OPEN, finding, adjusted, sentence(finding))


def _needed(slices: list[Slice], n: int) -> int | None:
    """Pairs in all that would decide every open slice, if each slice's share of them stays."""
    most = 0
    for part in slices:
        if part.status is RuleStatus.UNDECIDED and part.finding is not None:
            if part.finding.needed_n is None:
                return None
            most = max(most, math.ceil(part.finding.needed_n * n / part.finding.evidence.n - 1e-9))
    return most


def _line(part: Slice) -> SliceResult:
    value, low, high = figures(part.finding)
    return SliceResult(
        name=part.name,
        status=part.status,
        value=value,
        low=low,
        high=high,
        n=0 if part.finding is None else part.finding.evidence.n,
        adjusted_p=part.adjusted_p,
        why=part.why,
    )
