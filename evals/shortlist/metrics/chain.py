"""`chain.answered.<provider>` and `chain.requests`: who answered a chain's cases, and after how many requests.

answered.<provider>
    1 where the output that the chain handed out is that provider's, else 0; for every provider that the chain may ask,
    so that the shares of a chain's ok cases sum to 1, and a fallback that was never needed has a share of 0. Failed
    cases were answered by nobody.
requests
    Requests that the chain made for the case, whatever came of them.

Cases of other kinds have none of these.
"""

from __future__ import annotations

from shortlist.metrics.base import Case, FamilyScores, Material, Scorer, failed, missing, ok

VERSION = "1"


def scorer(material: Material) -> Scorer:
    """Says who answered, of those whom the suite lets each chain ask."""

    def judge(case: Case) -> FamilyScores:
        names = material.backends.chains.get(case.record.case.provider)
        if names is None:
            return FamilyScores({})
        generation = case.record.generation
        if not generation.steps:  # nothing was sent
            why = case.failure or "not sent"
            return FamilyScores(
                {f"chain.answered.{name}": failed(why) for name in names} | {"chain.requests": missing(why)}
            )
        answered = None if case.failure else generation.answered_by
        scores = {f"chain.answered.{name}": ok(float(name == answered)) for name in names}
        return FamilyScores(scores | {"chain.requests": ok(float(len(generation.steps)))})

    return judge
