"""`cost.per_generation`: USD that a case cost, as a Decimal, failed attempts included.

Priced by tokens, it is the sum over attempts, each priced alone, because prices that rise with the prompt's length
hold per request. Priced by time, it is the hourly price of the case's share of busy time (`throughput.busy`), so that
the costs of a provider's cases sum to the price of its busy hours; idle time and cold starts are not in it. Priced per
generation, every attempt that generated something counts. A chain costs what its requests cost, each at the price of
the provider that it went to.

An attempt that failed before anything was generated (a refused connection, a rate limit, a bad request: no usage, no
first token) costs nothing. One that may have been billed and reports no usage makes the case's cost unknown. Unknown
is missing with its reason, never 0; so is the cost of a case of which nothing was generated at all, which must not
make its provider look cheap.

A replayed generation costs what it cost when it was made, at the prices of that day, and its score's reason says so
(`as recorded on …`): such a cost was not paid again, and no total has it.
"""

from __future__ import annotations

from decimal import Decimal

from shortlist.cases import Attempt
from shortlist.metrics.base import Case, Charges, FamilyScores, Material, Scorer, missing, ok
from shortlist.pricing import may_be_billed
from shortlist.scores import Score
from shortlist_providers.types import Usage

VERSION = "3"

_NO_USAGE = Usage()


def scorer(material: Material) -> Scorer:
    """Prices cases by their providers' prices."""

    def judge(case: Case) -> FamilyScores:
        return FamilyScores({"cost.per_generation": _cost(case, material)})

    return judge


def _cost(case: Case, material: Material) -> Score:
    record = case.record
    if record.generation.cached:
        return material.backends.recorded.get(record.case, missing(_why_cached(case)))
    if not record.attempts:
        return missing("not sent")
    if record.generation.steps:
        return _of_chain(case, material)
    price = material.backends.prices.get(record.case.provider)
    if price is None:
        is_chain = record.case.provider in material.backends.chains  # one that had no time to ask anybody
        why = f"{case.failure}; nothing was generated" if is_chain else "no price known: add cost: to the provider"
        return missing(why)
    if price.by_time:
        charged = price.cost_of(_NO_USAGE, material.busy[record.case])
        return missing("busy time unknown") if charged is None else ok(charged)
    return _sum(record.attempts, price, case)


def _why_cached(case: Case) -> str:
    return "cached: a step of the chain was replayed" if case.record.generation.steps else "cached"


def _of_chain(case: Case, material: Material) -> Score:
    """The sum over whom the chain asked."""
    steps = case.record.generation.steps
    total, billed = Decimal(0), False
    for name in dict.fromkeys(step.provider for step in steps):
        price = material.backends.prices.get(name)
        if price is None:
            return missing(f"no price known for {name}, whom the chain asked: add cost: to it")
        requests = tuple(Attempt(s.timings, s.usage, s.failure, 0.0) for s in steps if s.provider == name)
        if price.by_time:
            charged = price.cost_of(_NO_USAGE, material.busy_in_steps[case.record.case, name])
            score = missing("busy time unknown") if charged is None else ok(charged)
        elif any(map(may_be_billed, requests)):
            score = _sum(requests, price, case)
        else:
            continue  # it failed before anything was generated: that costs nothing
        if score.value is None:
            return missing(f"{name}: {score.reason}")
        billed = True
        total += Decimal(score.value)
    return ok(total) if billed else missing(f"{case.failure or 'nothing sent'}; nothing was generated")


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
