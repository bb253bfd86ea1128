"""`chain.answered.<provider>` and `chain.requests`: who answered a chain's cases, and after how many requests.

answered.<provider>
    1 where the output that the chain handed out is that provider's, else 0; for every provider that the chain asked in
    any case of the run, so that the shares of a chain's ok cases sum to 1. Failed cases were answered by nobody.
requests
    Requests that the chain made for the case, whatever came of them.

Cases of other kinds have none of these.
"""

from __future__ import annotations

from shortlist.metrics.base import Case, FamilyScores, Material, Scorer, failed, missing, ok

VERSION = "1"


def scorer(material: Material) -> Scorer:
    """Looks first at whom each chain asked in any of its cases."""
    asked: dict[str, dict[str, None]] = {}
    for case in material.cases:
        names = asked.setdefault(case.record.case.provider, {})
        names.update(dict.fromkeys(step.provider for step in case.record.generation.steps))

    def judge(case: Case) -> FamilyScores:
        names = asked[case.record.case.provider]
        if not names:
            return FamilyScores({})
        generation = case.record.generation
        if not generation.steps:  # nothing was sent, or the chain ran out of time
            why = case.failure or "not sent"
            return FamilyScores(
                {f"chain.answered.{name}": failed(why) for name in names} | {"chain.requests": missing(why)}
            )
        answered = None if case.failure else generation.answered_by
        scores = {f"chain.answered.{name}": ok(float(name == answered)) for name in names}
        return FamilyScores(scores | {"chain.requests": ok(float(len(generation.steps)))})

    return judge
