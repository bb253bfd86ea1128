"""Intervals for looks before the end: they hold at every look together, wherever one stops.

What each kind of rule gets at a look, and why that keeps the promised error rate:

* rates, scores, and their paired differences (non-inferiority, superiority): `stats.bounded_sequence`, exact at any n,
  whole clusters being the bets. A rate of independent pairs could have `stats.rate_sequence`, which is hardly narrower;
  one kind of interval for all means that the data cannot choose the kind;
* percentiles: `stats.percentile_sequence`, exact at any n; whole clusters are the bets where the plan has clusters of
  more than one pair;
* means, differences and ratios of what has no upper end (seconds, money, tokens): `stats.asymptotic_sequence`, which
  says nothing below fifty clusters. A ratio r is inside when 0 is inside the sequence of `candidate - r · incumbent`,
  as in Fieller's interval;
* totals have no interval, here as at the end: `shortlist.gate.look` says what may be made of them before the end;
* pairs that are missing, failed or unknown are the gate's business: it asks for the interval of each extreme that they
  allow and takes the hull, whoever answers. So are slices and their Holm correction, by way of `at`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Self

import numpy as np

from shortlist import stats
from shortlist.compare.estimate import SCALE, Values, common, is_bounded
from shortlist.metric_names import MetricSpec
from shortlist.results import Number, PairFacts
from shortlist.stats.interval import crossing
from shortlist.stats.percentiles import percentile_sequence
from shortlist.suite.order import units


class SequentialEstimator:
    """Intervals over the pairs that have been run so far, at one confidence for all looks together.

    Args:
        planned: every pair that the run set out to do, in the order in which they are run, pairs of one cluster beside
            each other. Those that have no value yet are not looked at; they say how large clusters will become.
        confidence: two-sided, between 0 and 1.
    """

    foresees = False

    def __init__(self, planned: Iterable[PairFacts], confidence: Number) -> None:
        self.confidence = float(confidence)
        facts = tuple(planned)
        labels = units(facts)
        self._place = {pair.id: place for place, pair in enumerate(facts)}
        self._unit = {pair.id: str(label) for pair, label in zip(facts, labels, strict=True)}
        self._largest = max(Counter(labels).values(), default=1)

    def at(self, confidence: Number) -> Self:
        """The same pairs at another confidence."""
        other = type(self)((), confidence)
        other._place, other._unit, other._largest = self._place, self._unit, self._largest
        return other

    def clusters(self, pairs: Iterable[str]) -> int:
        """Independent units among the pairs: what is connected by shared résumés and job descriptions is one."""
        return len({self._unit[pair] for pair in pairs})

    def interval(self, values: Values, spec: MetricSpec, scale: float = 1.0) -> stats.Interval | None:
        """The metric's mean over the pairs, of which there must be one, in its unit. `scale` is not looked at.

        Returns:
            None where the values allow no interval: see `stats.asymptotic_sequence`.
        """
        ids = self._in_order(values)
        data = _floats(values, ids)
        if is_bounded(spec):
            return self._bounded(data, ids, SCALE)
        found = self._unbounded(data, ids)
        # Seconds, tokens and money have no negative values.
        return found and stats.Interval(found.value, max(0.0, found.low), found.high)

    def difference(
        self, candidate: Values, incumbent: Values, spec: MetricSpec, scale: float = 1.0
    ) -> stats.Interval | None:
        """Candidate minus incumbent over the pairs that both have, of which there must be one; else as `interval`."""
        ids = self._in_order(common(candidate, incumbent))
        gains = _floats(candidate, ids) - _floats(incumbent, ids)
        span = SCALE[1] - SCALE[0]
        return self._bounded(gains, ids, (-span, span)) if is_bounded(spec) else self._unbounded(gains, ids)

    def ratio(
        self, candidate: Values, incumbent: Values, spec: MetricSpec, scale: float = 1.0
    ) -> stats.Interval | None:
        """The candidate's mean over the incumbent's, over the pairs that both have, of which there must be one.

        Returns:
            A ratio, at least 0; None also where the incumbent's mean is not surely above 0.
        """
        if is_bounded(spec):
            raise ValueError("rates and scores have no ratios: their ends at 0 and 1 would be lost")
        ids = self._in_order(common(candidate, incumbent))
        ours, theirs = _floats(candidate, ids), _floats(incumbent, ids)
        known = self._unbounded(theirs, ids)
        if known is None or known.low <= 0:
            return None
        ratio = max(0.0, float(ours.mean() / theirs.mean()))

        def gap(r: float) -> stats.Interval:
            found = self._unbounded(ours - r * theirs, ids)
            assert found is not None  # as many values, and as many clusters, as behind `known`
            return found

        low = crossing(lambda r: gap(r).low < 0, 0.0, ratio) if gap(0.0).low >= 0 else 0.0
        high = _beyond(lambda r: gap(r).high <= 0, ratio)
        return stats.Interval(ratio, min(low, ratio), max(high, ratio))

    def percentile(self, values: stats.Floats, percentile: float, pairs: Sequence[str]) -> stats.PercentileInterval:
        """A percentile (0-100, exclusive) of at least one value, `pairs` that of each: see `percentile_sequence`."""
        order = sorted(range(len(pairs)), key=lambda i: self._place[pairs[i]])
        ids = [pairs[i] for i in order]
        labels = [self._unit[pair] for pair in ids]
        return percentile_sequence(values[order], percentile, self.confidence, ids, labels, self._largest)

    def _in_order(self, pairs: Iterable[str]) -> list[str]:
        return sorted(pairs, key=self._place.__getitem__)

    def _bounded(self, data: stats.Floats, ids: list[str], bounds: tuple[float, float]) -> stats.Interval:
        return stats.bounded_sequence(data, bounds, [self._unit[pair] for pair in ids], self.confidence, self._largest)

    def _unbounded(self, data: stats.Floats, ids: list[str]) -> stats.Interval | None:
        return stats.asymptotic_sequence(data, [self._unit[pair] for pair in ids], self.confidence)


def _floats(values: Values, ids: list[str]) -> stats.Floats:
    return np.array([float(values[pair]) for pair in ids])


def _beyond(refuted: Callable[[float], bool], start: float) -> float:
    """The smallest ratio above `start` that is refuted; infinite where none is."""
    step = max(start, 1e-9)
    while not refuted(start + step):
        step *= 2
        if not math.isfinite(start + step):
            return math.inf
    return crossing(refuted, start, start + step)
