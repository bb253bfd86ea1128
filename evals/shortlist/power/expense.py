"""Expected time and money of a run, from what an earlier run took."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from shortlist.plan import Estimate, Plan
from shortlist.power.pilot import Pilot
from shortlist.pricing import price_for
from shortlist.results import ProviderResult
from shortlist.suite.model import Suite
from shortlist_providers import Usage
from shortlist_providers.replay import ReplayConfig

LATENCY, COST, BUSY = "latency.total", "cost.per_generation", "throughput.busy"
NO_TIME = "unknown, a pilot shows it"


@dataclass(frozen=True, slots=True)
class Expense:
    """What one provider's share of a run is expected to take."""

    provider: str
    seconds: float | None
    """Wall time, when nobody else is in the way."""
    why_no_time: str | None
    usd: Decimal | None
    """None where an earlier run does not tell; the estimate by tokens then stands alone."""
    origin: str | None
    """The run that the figures come from."""

    def to_json(self) -> dict[str, Any]:
        """JSON-ready; money as text."""
        return {
            "seconds": self.seconds,
            "why_no_time": self.why_no_time,
            "usd": None if self.usd is None else format(self.usd, "f"),
            "origin": self.origin,
        }


def expenses(suite: Suite, planned: Plan, pilots: Sequence[Pilot]) -> tuple[Expense, ...]:
    """One for each planned provider, in the plan's order."""
    return tuple(_expense(suite, estimate, pilots) for estimate in planned.estimates)


def wall_time(suite: Suite, found: Sequence[Expense]) -> float | None:
    """Seconds for the whole run, in which providers work side by side unless the suite says otherwise.

    None where one provider's is unknown.
    """
    known = [expense.seconds for expense in found if expense.seconds is not None]
    if len(known) < len(found):
        return None
    return sum(known) if suite.one_at_a_time else max(known, default=0.0)


def _expense(suite: Suite, estimate: Estimate, pilots: Sequence[Pilot]) -> Expense:
    config = suite.config(estimate.provider)
    if isinstance(config, ReplayConfig):
        return Expense(estimate.provider, 0.0, None, None, None)  # nothing is sent, as the plan says
    role = _role(suite, estimate.provider)
    for pilot in pilots:
        found = pilot.side(estimate.provider, role)
        if found is None:
            continue
        name, result = found
        latency = _mean(result, LATENCY)
        if latency is None:
            continue
        at_once = min(config.concurrency, estimate.cases)
        # Whole rounds: five generations four at a time take two rounds, not one and a quarter.
        seconds = latency * math.ceil(estimate.cases / at_once)
        origin = pilot.name if name == estimate.provider else f"{pilot.name} ({name})"
        return Expense(estimate.provider, seconds, None, _usd(suite, estimate, result), origin)
    return Expense(estimate.provider, None, NO_TIME, None, None)


def _role(suite: Suite, provider: str) -> str | None:
    if suite.gate is None:
        return None
    return {suite.gate.candidate: "candidate", suite.gate.incumbent or "": "incumbent"}.get(provider)


def _usd(suite: Suite, estimate: Estimate, result: ProviderResult) -> Decimal | None:
    """Mean cost of a generation × cases; where time is charged, by the price that the suite has now."""
    price, busy = price_for(suite.config(estimate.provider)), _mean(result, BUSY)
    if price is not None and price.by_time and busy is not None:
        each = price.cost_of(Usage(), busy)
    else:
        mean = _mean(result, COST)
        each = None if mean is None else Decimal(f"{mean:.10g}")
    return None if each is None else each * estimate.cases


def _mean(result: ProviderResult, metric: str) -> float | None:
    summary = result.metrics.get(metric)
    return None if summary is None or summary.value is None else float(summary.value)
