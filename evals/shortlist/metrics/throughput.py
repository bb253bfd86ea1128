"""`throughput.busy`: the seconds of its provider's busy time that fall to a case.

A provider is busy while at least one of its attempts is under way, from `sent` to `last_token`. While k attempts are
under way, each takes up 1/k of the time, so a case's share is the integral of 1/k over all its attempts, failed and
repeated ones included. The shares of a provider's cases sum to the time in which it was busy. Sittings of a run are
counted apart, because each has a clock of its own. Cached and replayed generations take no part: they took no time;
nor do those that a vendor's batch brought, whose time is that of the vendor's queue.

`throughput.generations` and `throughput.output_tokens` are derived from the shares when runs are compared.
"""

from __future__ import annotations

from shortlist.metrics.base import Case, FamilyScores, Material, Scorer, missing, ok

VERSION = "1"


def scorer(material: Material) -> Scorer:
    """Hands out each case's share of busy time."""

    def judge(case: Case) -> FamilyScores:
        share = material.busy.get(case.record.case)
        reason = case.untimed or "not sent"
        return FamilyScores({"throughput.busy": missing(reason) if share is None else ok(share)})

    return judge
