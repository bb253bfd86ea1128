"""What must be said of a judge's grades beside a rule on them: a judge is a model too."""

from __future__ import annotations

from shortlist.results import Comparison
from shortlist.suite.gate import JUDGE
from shortlist.suite.model import Rule


def judge_notes(rule: Rule, comparison: Comparison) -> tuple[str, ...]:
    """Why the grades that the rule is about may be worth little; empty for other metrics, and for a judge of worth.

    Nothing is known of a judge before the end of a run, so at a look there are no notes.
    """
    family, _, name = rule.metric.partition(".")
    judge = comparison.judges.get(name) if family == JUDGE else None
    if judge is None:
        return ()
    notes = []
    if judge.contestants:
        whose = " and ".join(judge.contestants)
        notes.append(f"the judge is the model of {whose} itself, and models tend to prefer what they wrote")
    if judge.kappa is None:
        notes.append(f"whether the judge agrees with people is not known: {judge.why_no_kappa or 'no kappa'}")
    elif judge.kappa_low is None or judge.kappa_low <= 0:
        low = "" if judge.kappa_low is None else f", at least {judge.kappa_low:.2f}"
        notes.append(f"the judge's agreement with people (kappa {judge.kappa:.2f}{low}) may be chance")
    return tuple(notes)
