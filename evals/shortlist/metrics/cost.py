"""`cost.per_generation`: USD that a case cost, as a Decimal, failed attempts included.

Priced by tokens, it is the sum over attempts, each priced alone, because prices that rise with the prompt's length
hold per request. Priced by time, it is the hourly price of the case's share of busy time (`throughput.busy`), so that
the costs of a provider's cases sum to the price of its busy hours; idle time and cold starts are not in it. Priced per
generation, every attempt that generated something counts.

An attempt that failed before anything was generated (a refused connection, a rate limit, a bad request: no usage, no
first token) costs nothing. One that may have been billed and reports no usage makes the case's cost unknown. Unknown
is missing with its reason, never 0; so is the cost of a case of which nothing was generated at all, which must not
make its provider look cheap.
"""

from __future__ import annotations

from decimal import Decimal

from shortlist.cases import Attempt
from shortlist.metrics.base import Case, Charges, FamilyScores, Material, Scorer, missing, ok
from shortlist.pricing import may_be_billed
from shortlist.scores import Score
from shortlist_providers.types import Usage

VERSION = "1"

_NO_USAGE = Usage()


def scorer(material: Material) -> Scorer:
    """Prices cases by their providers' prices."""

    def judge(case: Case) -> FamilyScores:
        return FamilyScores({"cost.per_generation": _cost(case, material)})

    return judge


def _cost(case: Case, material: Material) -> Score:
    record = case.record
    if record.generation.cached:
        return missing("cached")
    if not record.attempts:
        return missing("not sent")
    price = material.prices.get(record.case.provider)
    if price is None:
        return missing("no price known: add cost: to the provider")
    if price.by_time:
        charged = price.cost_of(_NO_USAGE, material.busy[record.case])
        return missing("busy time unknown") if charged is None else ok(charged)
    return _sum(record.attempts, price, case)


def _sum(attempts: tuple[Attempt, ...], price: Charges, case: Case) -> Score:
    billed = [attempt for attempt in attempts if may_be_billed(attempt)]
    if not billed:
        return missing(f"{case.failure or 'nothing sent'}; nothing was generated")
    total = Decimal(0)
    for attempt in billed:
        charged = price.cost_of(attempt.usage, None)
        if charged is None:
            ended = f" ({attempt.failure.kind.value})" if attempt.failure else ""
            return missing(f"usage not reported{ended}")
        total += charged
    return ok(total)
