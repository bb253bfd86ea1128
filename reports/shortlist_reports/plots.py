"""Places a value, its interval and a bound on a small drawing."""

from __future__ import annotations

from dataclasses import dataclass

from shortlist.results import RuleResult
from shortlist_reports.directions import limit_of

WIDTH = 220
"""Units of the drawing's own width; the page scales it."""
INSET = 12


@dataclass(frozen=True, slots=True)
class IntervalPlot:
    """Horizontal places, 0 to `WIDTH`; an interval without a low or high end runs to the edge."""

    bound: float
    value: float
    low: float | None
    high: float | None
    open_low: bool
    open_high: bool
    good_from: float
    """The shaded side of the bound, where the rule passes: from here …"""
    good_to: float
    """… to here."""


def interval_plot(rule: RuleResult) -> IntervalPlot | None:
    """The drawing of a rule; None when it has no value."""
    if rule.value is None:
        return None
    limit = limit_of(rule)
    points = [float(x) for x in (rule.value, limit, rule.low, rule.high) if x is not None]
    left, right = min(points), max(points)
    span = (right - left) or abs(left) or 1.0

    def place(x: float) -> float:
        return round(INSET + (x - left) / span * (WIDTH - 2 * INSET), 1)

    bound = place(float(limit))
    one_sided = (rule.low is None) != (rule.high is None)
    good_from, good_to = (bound, float(WIDTH)) if rule.passes_above else (0.0, bound)
    return IntervalPlot(
        bound=bound,
        value=place(float(rule.value)),
        low=0.0 if one_sided and rule.low is None else None if rule.low is None else place(float(rule.low)),
        high=float(WIDTH)
        if one_sided and rule.high is None
        else None
        if rule.high is None
        else place(float(rule.high)),
        open_low=one_sided and rule.low is None,
        open_high=one_sided and rule.high is None,
        good_from=good_from,
        good_to=good_to,
    )
