"""Which interval a metric gets. Both the comparison and the gate ask here, so that they cannot disagree."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from decimal import Context, Decimal
from typing import Protocol, Self

import numpy as np

from shortlist import stats
from shortlist.metric_names import MetricSpec
from shortlist.results import MetricKind, Number, PairFacts

SCALE = (0.0, 1.0)
"""Ends of the scale of rates and scores."""

Values = Mapping[str, Number]
"""Pair id -> value."""
_Prepared = tuple[list[stats.Floats], list[list[str]]]


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


class Estimates(Protocol):
    """What a rule asks of the data: intervals over the pairs of one comparison, at one confidence.

    `Estimator` answers for a finished run; an estimator of another kind answers while a run goes on, with intervals
    that may be looked at as often as one likes. A rule cannot tell them apart. Every interval is two-sided, holds its
    own `value`, and is the narrower the smaller the confidence is: the gate finds a p by trying confidences.
    """

    @property
    def confidence(self) -> float:
        """Of every two-sided interval, between 0 and 1."""

    @property
    def foresees(self) -> bool:
        """Whether it can say what more data of the same kind would bring: whether `scale` is heeded."""

    def at(self, confidence: Number) -> Self:
        """The same data at another confidence."""

    def clusters(self, pairs: Iterable[str]) -> int:
        """Independent units among the pairs."""

    def interval(self, values: Values, spec: MetricSpec, scale: float = 1.0) -> stats.Interval | None:
        """The mean of `values` (at least one), in the metric's unit; None where they allow no interval.

        `scale`: the interval that so many times the same data would give; ignored where that cannot be told.
        """

    def difference(
        self, candidate: Values, incumbent: Values, spec: MetricSpec, scale: float = 1.0
    ) -> stats.Interval | None:
        """The mean of candidate minus incumbent over the pairs that both have, at least one; else as `interval`."""

    def ratio(
        self, candidate: Values, incumbent: Values, spec: MetricSpec, scale: float = 1.0
    ) -> stats.Interval | None:
        """The candidate's mean over the incumbent's, over the pairs that both have, at least one; else as `interval`.

        None also where the incumbent's mean is not surely above 0. For metrics with a unit, none of whose values is
        below 0.
        """

    def percentile(self, values: stats.Floats, percentile: float, pairs: Sequence[str]) -> stats.PercentileInterval:
        """A percentile (0-100, exclusive) of at least one value: see `stats.percentile_interval`.

        `pairs`: the pair of each value; repeats of a pair share its weight of one. What failed is infinite.
        """


class Estimator:
    """Intervals over the pairs of one comparison, at one confidence, when all of them are there.

    Rates and scores of which every value is 0 or 1 get Wilson's interval, their paired differences Tango's; all else
    gets Student's, ratios Fieller's. All are widened by clusters that share a résumé or a job description.
    """

    foresees: bool = True

    def __init__(self, pairs: Iterable[PairFacts], confidence: Number) -> None:
        self.confidence = float(confidence)
        self._clusters = {pair.id: (pair.resume_cluster, pair.job_cluster) for pair in pairs}
        # A rule asks for the same values at many scales and confidences. By identity, so the values are kept with it.
        self._prepared: dict[tuple[int, int], tuple[Values, Values | None, _Prepared]] = {}

    def at(self, confidence: Number) -> Self:
        """The same pairs at another confidence."""
        other = type(self)((), confidence)
        other._clusters, other._prepared = self._clusters, self._prepared
        return other

    def clusters(self, pairs: Iterable[str]) -> int:
        """Independent units among the pairs: the number of résumés or of job descriptions, whichever is smaller."""
        ids = list(pairs)
        return stats.fewest_clusters(len(ids), self._shared(ids))

    def interval(self, values: Values, spec: MetricSpec, scale: float = 1.0) -> stats.Interval | None:
        """The metric's mean over the pairs, in its unit.

        Args:
            values: at least one.
            spec: what the metric means.
            scale: the interval that so many times the same data would give.

        Returns:
            None where the values allow no interval: see `stats.rate_interval` and `stats.mean_interval`.
        """
        (data,), labels = self._prepare(values)
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
        (ours, theirs), labels = self._prepare(candidate, incumbent)
        if not is_bounded(spec):
            return stats.mean_interval(ours - theirs, labels, self.confidence, scale=scale)
        if _yes_no(ours) and _yes_no(theirs):
            return stats.paired_rate_interval(ours - theirs, labels, self.confidence, scale)
        span = SCALE[1] - SCALE[0]
        return stats.mean_interval(ours - theirs, labels, self.confidence, (-span, span), scale)

    def ratio(
        self, candidate: Values, incumbent: Values, spec: MetricSpec, scale: float = 1.0
    ) -> stats.Interval | None:
        """The candidate's mean over the incumbent's, over the pairs that both have, of which there must be one.

        Args:
            candidate: none below 0.
            incumbent: likewise.
            spec: of a metric with a unit; a share or a score has differences.
            scale: as for `interval`.

        Returns:
            A ratio, at least 0; None also where the incumbent's mean is not surely above 0: see
            `stats.ratio_interval`.
        """
        if is_bounded(spec):
            raise ValueError("rates and scores have no ratios: their ends at 0 and 1 would be lost")
        (ours, theirs), labels = self._prepare(candidate, incumbent)
        found = stats.ratio_interval(ours, theirs, labels, self.confidence, scale)
        return found and stats.Interval(found.value, max(0.0, found.low), found.high)

    def percentile(self, values: stats.Floats, percentile: float, pairs: Sequence[str]) -> stats.PercentileInterval:
        """A percentile with its order-statistic interval, of values in any order: see `stats.percentile_interval`."""
        return stats.percentile_interval(values, percentile, self.confidence, pairs, self._shared(pairs))

    def _prepare(self, values: Values, others: Values | None = None) -> _Prepared:
        """Both sides' values over their common pairs, and the ways in which these share anything."""
        known = self._prepared.get((id(values), id(others)))
        if known is not None:
            return known[2]
        ids = sorted(values) if others is None else common(values, others)
        sides = [np.array([float(side[pair]) for pair in ids]) for side in (values, others) if side is not None]
        prepared = (sides, self._shared(ids))
        self._prepared[id(values), id(others)] = (values, others, prepared)
        return prepared

    def _shared(self, ids: Sequence[str]) -> list[list[str]]:
        """Labels by résumé and by job description, without a way in which no two pairs share."""
        ways, pairs = ([self._clusters[pair][way] for pair in ids] for way in (0, 1)), len(set(ids))
        return [labels for labels in ways if len(set(labels)) < pairs]


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
