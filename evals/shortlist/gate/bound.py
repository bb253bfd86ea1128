"""What a rule asks: on which side of a bound a figure must lie."""

from __future__ import annotations

from dataclasses import dataclass

from shortlist.metric_names import MetricSpec
from shortlist.results import Measure
from shortlist.suite.model import Rule


@dataclass(frozen=True, slots=True)
class Ends:
    """The interval: what the data leave possible. None: no limit on that side. Infinite: among failed pairs."""

    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Bound:
    """Where a figure must lie: beyond the bound, on the side that is allowed, or on it."""

    at: float
    lower: bool
    """True when figures must not be below it, False when they must not be above it."""
    strict: bool = False
    """Whether the bound itself is on the wrong side: who must be better is not when equal."""

    def _slack(self) -> float:
        return 1e-12 * max(1.0, abs(self.at))  # a float's rounding, no more

    def kept_by(self, figure: float) -> bool:
        """Whether the figure is on the right side."""
        slack = -self._slack() if self.strict else self._slack()
        return figure >= self.at - slack if self.lower else figure <= self.at + slack

    def passes(self, ends: Ends) -> bool:
        """Whether all that is possible keeps the bound."""
        end = ends.low if self.lower else ends.high
        return end is not None and self.kept_by(end)

    def fails(self, ends: Ends) -> bool:
        """Whether all that is possible breaks it."""
        end = ends.high if self.lower else ends.low
        return end is not None and not self.kept_by(end)

    def decided_by(self, ends: Ends) -> bool:
        """Whether it passes or fails."""
        return self.passes(ends) or self.fails(ends)


def measure_of(rule: Rule) -> Measure:
    """What the rule's figures are."""
    if rule.no_worse_by is not None or rule.better_by is not None:
        return Measure.DIFFERENCE
    if rule.at_most_ratio is not None or rule.at_least_ratio is not None:
        return Measure.RATIO
    return Measure.VALUE


def bound_of(rule: Rule, spec: MetricSpec) -> Bound:
    """The rule's bound on its figures.

    A margin becomes a bound on candidate minus incumbent, of which the better side is above where higher is better and
    below elsewhere.

    Raises:
        ValueError: the rule sets no bound.
    """
    better = 1.0 if spec.higher_is_better else -1.0
    if rule.no_worse_by is not None:
        return Bound(-better * float(rule.no_worse_by) + 0.0, lower=spec.higher_is_better)
    if rule.better_by is not None:
        return Bound(better * float(rule.better_by) + 0.0, lower=spec.higher_is_better, strict=True)
    for said, lower in ((rule.at_least, True), (rule.at_least_ratio, True), (rule.at_most, False)):
        if said is not None:
            return Bound(float(said), lower=lower)
    if rule.at_most_ratio is None:
        raise ValueError(f"the rule on {rule.metric} sets no bound")
    return Bound(float(rule.at_most_ratio), lower=False)
