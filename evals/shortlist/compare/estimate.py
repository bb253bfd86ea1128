"""Which interval a metric gets. Both the comparison and the gate ask here, so that they cannot disagree."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from decimal import Context, Decimal

import numpy as np

from shortlist import stats
from shortlist.metric_names import MetricSpec
from shortlist.results import MetricKind, Number, PairFacts

SCALE = (0.0, 1.0)
"""Ends of the scale of rates and scores."""

Values = Mapping[str, Number]
"""Pair id -> value."""


def is_bounded(spec: MetricSpec) -> bool:
    """Whether a value lies between 0 and 1: rates and scores, which have no unit."""
    return spec.unit is None and spec.kind is not MetricKind.TOTAL


def worst(spec: MetricSpec) -> float:
    """The worst value of a bounded metric."""
    return SCALE[0] if spec.higher_is_better else SCALE[1]


def best(spec: MetricSpec) -> float:
    """The best value of a bounded metric."""
    return SCALE[1] if spec.higher_is_better else SCALE[0]


def in_unit(value: float, spec: MetricSpec) -> Number:
    """A computed figure as results carry it: money as a Decimal of ten significant digits."""
    return Decimal(f"{value:.10g}") if spec.unit == "USD" else value


def mean(values: Iterable[Number], spec: MetricSpec) -> Number:
    """The mean, whatever the order of the values; money to twelve significant digits."""
    found = list(values)
    if spec.unit == "USD":
        return Context(prec=12).divide(sum((Decimal(v) for v in found), Decimal()), Decimal(len(found)))
    return math.fsum(float(v) for v in found) / len(found)


class Estimator:
    """Intervals over the pairs of one comparison, at one confidence.

    Rates and scores of which every value is 0 or 1 get Wilson's interval, their paired differences Tango's; all else
    gets Student's. All are widened by clusters that share a résumé or a job description.
    """

    def __init__(self, pairs: Iterable[PairFacts], confidence: Number) -> None:
        self.confidence = float(confidence)
        self._clusters = {pair.id: (pair.resume_cluster, pair.job_cluster) for pair in pairs}

    def clusters(self, pairs: Iterable[str]) -> int:
        """Independent units among the pairs: the number of résumés or of job descriptions, whichever is smaller."""
        ids = list(pairs)
        return stats.fewest_clusters(len(ids), self._clusterings(ids))

    def interval(self, values: Values, spec: MetricSpec, scale: float = 1.0) -> stats.Interval | None:
        """The metric's mean over the pairs, in its unit.

        Args:
            values: at least one.
            spec: what the metric means.
            scale: the interval that so many times the same data would give.

        Returns:
            None where the values allow no interval: see `stats.rate_interval` and `stats.mean_interval`.
        """
        ids = sorted(values)
        data = np.array([float(values[pair]) for pair in ids])
        labels = self._clusterings(ids)
        if not is_bounded(spec):
            found = stats.mean_interval(data, labels, self.confidence, scale=scale)
            # Seconds, tokens and money have no negative values.
            return found and stats.Interval(found.value, max(0.0, found.low), found.high)
        if _yes_no(data):
            return stats.rate_interval(data, labels, self.confidence, scale)
        return stats.mean_interval(data, labels, self.confidence, SCALE, scale)

    def difference(
        self, candidate: Values, incumbent: Values, spec: MetricSpec, scale: float = 1.0
    ) -> stats.Interval | None:
        """Candidate minus incumbent over the pairs that both have, of which there must be one; else as `interval`."""
        ids = common(candidate, incumbent)
        ours = np.array([float(candidate[pair]) for pair in ids])
        theirs = np.array([float(incumbent[pair]) for pair in ids])
        labels = self._clusterings(ids)
        if not is_bounded(spec):
            return stats.mean_interval(ours - theirs, labels, self.confidence, scale=scale)
        if _yes_no(ours) and _yes_no(theirs):
            return stats.paired_rate_interval(ours - theirs, labels, self.confidence, scale)
        span = SCALE[1] - SCALE[0]
        return stats.mean_interval(ours - theirs, labels, self.confidence, (-span, span), scale)

    def _clusterings(self, ids: list[str]) -> list[list[str]]:
        return [[self._clusters[pair][way] for pair in ids] for way in (0, 1)]


def common(candidate: Values, incumbent: Values) -> list[str]:
    """Pairs that both have a value for, in order of their ids."""
    return sorted(candidate.keys() & incumbent.keys())


def differences(candidate: Values, incumbent: Values, spec: MetricSpec) -> list[Number]:
    """Candidate minus incumbent for each common pair, money exactly."""
    ids = common(candidate, incumbent)
    if spec.unit == "USD":
        return [Decimal(candidate[pair]) - Decimal(incumbent[pair]) for pair in ids]
    return [float(candidate[pair]) - float(incumbent[pair]) for pair in ids]


def discordant(candidate: Values, incumbent: Values) -> tuple[int, int] | None:
    """Tango's b and c: pairs that the candidate alone, and that the incumbent alone, has right.

    Returns:
        None unless every value is yes or no.
    """
    ids = common(candidate, incumbent)
    if not all(float(side[pair]) in SCALE for pair in ids for side in (candidate, incumbent)):
        return None
    gains = [float(candidate[pair]) - float(incumbent[pair]) for pair in ids]
    return sum(gain > 0 for gain in gains), sum(gain < 0 for gain in gains)


def _yes_no(data: stats.Floats) -> bool:
    return bool(np.isin(data, SCALE).all())
