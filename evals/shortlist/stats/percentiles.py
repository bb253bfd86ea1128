"""Percentiles with order-statistic intervals, in which a failed pair is worse than any value."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Self

import numpy as np
from numpy.typing import NDArray

from shortlist.stats.clusters import Crossed, Grouping, all_equal, effect_in, fewest_clusters, ways
from shortlist.stats.interval import Clusterings, Floats, Interval, needed_n, t_quantile, z_quantile
from shortlist.stats.sequences import bounded_sequence, rate_sequence


@dataclass(frozen=True, slots=True)
class PercentileInterval:
    """A percentile with its interval. Infinite where it falls among the failed pairs; None where n allows no end."""

    value: float
    low: float | None
    high: float | None
    effect: float = 1.0
    """Pairs that tell as much as one that shares nothing, at the percentile itself; 1 where none share."""


def percentile_interval(
    values: Floats,
    percentile: float,
    confidence: float = 0.95,
    pairs: Sequence[str] | None = None,
    clusterings: Clusterings = (),
) -> PercentileInterval:
    """The percentile and an interval whose ends are values that were seen; no shape of distribution is assumed.

    The number of pairs below the true percentile is binomial(n, p), so the l-th smallest value, with l the largest
    rank that `P(B < l) <= alpha/2` allows, is a lower limit, and the u-th, with u the smallest rank with
    `P(B >= u) <= alpha/2`, an upper one (David & Nagaraja, Order Statistics, 7.1).

    Where pairs share a résumé or a job, a value is an end when the rate of pairs at or below it (below it, for the
    lower end) is shown to be on the right side of p, as for a clustered proportion (Woodruff 1952, JASA 47, 635-646):
    counts are divided by a design effect d, and the binomial tail is taken in its beta form (Korn & Graubard 1998,
    Survey Methodology 24, 193-201). d is the `design_effect`, against a binomial variance, of "at or below this value",
    or of "at or below the sample's percentile" where that is larger: a few values beyond the end say little of how they
    cluster, while values that lie together far out, as those of a huge résumé do, are not seen at the percentile.
    Beyond all values a cluster tells no more than one pair, so that `fewest_for_percentile` clusters are needed. How
    often an end lies on the wrong side of the truth, in percent, where 2.5 is promised, by simulation of 1000 to 2000
    samples of 5 pairs a résumé (in brackets the upper end as if they were independent):

    | n | p95, ICC .2 | p95, ICC .5 | p95, ICC 1 | p50, ICC .5 | p50, ICC 1 |
    |---|---|---|---|---|---|
    | 100 | 0.0, 1.2 (1.2) | 0.0, 1.2 (3.0) | 0.0, 0.2 (36) | 0.6, 1.6 (8.5) | 0.4, 1.1 (13) |
    | 200 | 0.0, 1.3 (1.5) | 0.0, 1.3 (4.1) | 0.0, 1.0 (15) | 2.1, 1.5 (8.0) | 2.5, 1.9 (21) |
    | 400 | 1.9, 1.9 (3.0) | 1.7, 1.5 (5.9) | 1.7, 1.1 (23) | 2.0, 2.4 (8.6) | 1.8, 2.1 (15) |
    | 1000 | 2.0, 2.2 (4.2) | 1.6, 2.4 (6.2) | 0.6, 2.4 (21) | 1.2, 1.4 (7.6) | 1.2, 1.6 (19) |

    Repeats of a pair share its weight of one, and ranks count pairs: as if repeats told nothing that the first did not,
    which at worst is so. Then ends move outwards to the next value.

    Args:
        values: shape (n,), any unit; infinite on the bad side (a latency: `math.inf`) for what failed.
        percentile: between 0 and 100 exclusive.
        confidence: two-sided.
        pairs: labels, equal for values that are repeats of one pair. Every value by itself without them.
        clusterings: labels of each way of grouping the values, equal for repeats.

    Returns:
        value: the smallest value with at least p·n of the pairs at or below it (the inverse of the empirical
        distribution, which needs no arithmetic between a number and an infinity).
    """
    sample = _Sample.of(values, pairs)
    value = sample.at(percentile / 100 * sample.n)
    labels = [each for each in sample.of_pairs(clusterings) if len(set(each)) < len(each)]
    if labels:
        found = ways(sample.n, labels)
        return _Shared(sample, percentile / 100, confidence, labels, found).interval(value)
    low, high = ranks(sample.n, percentile, confidence)
    return PercentileInterval(
        value=value,
        low=None if low is None else sample.at(low - 1 + 2e-9),
        high=None if high is None else sample.at(high),
    )


def percentile_sequence(
    values: Floats,
    percentile: float,
    confidence: float = 0.95,
    pairs: Sequence[str] | None = None,
    units: Sequence[str] | None = None,
    largest_unit: int = 1,
) -> PercentileInterval:
    """The percentile and its ends, which hold at every look together (Howard & Ramdas 2022, Bernoulli 28, 1704-1728).

    A value is an upper limit once the rate of pairs at or below it is surely at least p, and a lower limit once the
    rate of those below it is surely at most p: by `rate_sequence` where pairs share nothing, else by
    `bounded_sequence`, whole units being the bets. Whether a limit lies below a given bound is a question to the one
    rate at that bound, so all values share one error.

    Args:
        values: as for `percentile_interval`; in the order seen where there are units.
        percentile: between 0 and 100 exclusive.
        confidence: two-sided, of all looks together.
        pairs: as for `percentile_interval`.
        units: labels of the values, equal ones beside each other; not looked at where no unit can have two pairs.
        largest_unit: the most pairs that any unit will have, fixed before the first look.

    Returns:
        As `percentile_interval`; effect: pairs a unit.
    """
    sample, share = _Sample.of(values, pairs), percentile / 100
    n, value = sample.n, sample.at(share * sample.n)
    if units is None or largest_unit == 1:
        upper = bisect_left(range(1, n + 1), True, key=lambda k: rate_sequence(k, n, confidence).low >= share)
        lower = bisect_left(range(n), True, key=lambda k: rate_sequence(k, n, confidence).high > share)
        return PercentileInterval(
            value=value,
            low=sample.at(lower - 1 + 2e-9) if lower else None,
            high=sample.at(upper + 1) if upper < n else None,
        )
    (labels,) = sample.of_pairs([units])

    def within(kept: NDArray[np.bool_]) -> Interval:
        return bounded_sequence(sample.shares(kept), (0.0, 1.0), labels, confidence, largest_unit)

    seen = np.unique(values)
    first = bisect_left(range(len(seen)), True, key=lambda i: within(values <= seen[i]).low >= share)
    beyond = bisect_left(range(len(seen)), True, key=lambda i: within(values < seen[i]).high > share)
    return PercentileInterval(
        value=value,
        low=float(seen[beyond - 1]) if beyond else None,
        high=float(seen[first]) if first < len(seen) else None,
        effect=n / len(set(labels)),
    )


@dataclass(frozen=True, slots=True)
class _Sample:
    """Values, of which repeats share the weight of their pair."""

    values: Floats
    codes: NDArray[np.int64]
    """Pair of each value, from 0 in order of appearance."""
    first: NDArray[np.int64]
    """Where each pair appears first, shape (n,)."""
    weights: Floats
    order: NDArray[np.int64]
    reached: Floats
    """Pairs at or below each value, in that order."""

    @classmethod
    def of(cls, values: Floats, pairs: Sequence[str] | None) -> Self:
        """Raises ValueError without values, or with as many labels as there are not values."""
        if len(values) == 0:
            raise ValueError("no values have no percentile")
        labels = range(len(values)) if pairs is None else pairs
        if len(labels) != len(values):
            raise ValueError(f"{len(labels)} pair labels for {len(values)} values")
        index: dict[str | int, int] = {}
        codes = np.array([index.setdefault(label, len(index)) for label in labels], dtype=np.int64)
        _, first = np.unique(codes, return_index=True)
        weights = 1 / np.bincount(codes)[codes]
        order = np.argsort(values, kind="stable")
        return cls(values, codes, first, weights, order, np.cumsum(weights[order]))

    @property
    def n(self) -> int:
        """Pairs."""
        return len(self.first)

    def at(self, rank: float) -> float:
        """The smallest value with at least so many pairs at or below it."""
        place = int(np.searchsorted(self.reached, rank - 1e-9))
        return float(self.values[self.order[min(place, len(self.order) - 1)]])

    def shares(self, kept: NDArray[np.bool_]) -> Floats:
        """The share of each pair's values that are among those kept, shape (n,)."""
        return np.minimum(1.0, np.bincount(self.codes, weights=self.weights * kept, minlength=self.n))

    def of_pairs(self, clusterings: Clusterings) -> list[list[str]]:
        """Labels of the pairs, from those of the values."""
        for labels in clusterings:
            if len(labels) != len(self.values):
                raise ValueError(f"{len(labels)} cluster labels for {len(self.values)} values")
        return [[labels[place] for place in self.first] for labels in clusterings]


@dataclass(frozen=True, slots=True)
class _Shared:
    """Pairs that share a résumé or a job description, and a share of them that a percentile is to have below it."""

    sample: _Sample
    share: float
    confidence: float
    labels: list[list[str]]
    """Of the pairs, some of them equal in each way of grouping."""
    found: Sequence[Grouping | Crossed] | None
    """Those as `ways`."""

    def interval(self, value: float) -> PercentileInterval:
        """Whose ends are values; `value` is the sample's percentile."""
        values = self.sample.values
        seen, here = np.unique(values), self._effect_here(value)
        high = self._last(seen[::-1], lambda x: values <= x, self.share, here)
        low = self._last(seen, lambda x: values >= x, 1 - self.share, here)
        return PercentileInterval(value, low, high, here)

    def _last(
        self, seen: Floats, side: Callable[[float], NDArray[np.bool_]], wanted: float, here: float
    ) -> float | None:
        """The last value, going inwards, up to which a share `wanted` is shown to lie on its side at every value."""
        most = max(here, self._largest_effect())

        def holds(within: Floats, effect: float) -> bool:
            right = float(within.sum())
            tail = (1 - self.confidence) / 2
            return _is_kept(right / effect, (self.sample.n - right) / effect, wanted, tail)

        def shown(x: float) -> bool:
            within = self.sample.shares(side(x))
            return holds(within, here) and holds(within, self._effect(within))

        # As far as it holds whatever the effect may be, none need be looked for.
        sure = bisect_left(seen, True, key=lambda x: not holds(self.sample.shares(side(x)), most))
        more = sum(1 for _ in takewhile(shown, seen[sure:]))
        return float(seen[sure + more - 1]) if sure + more else None

    def _effect_here(self, value: float) -> float:
        """Of "at or below the percentile", or of "below it" where all are."""
        within = self.sample.shares(self.sample.values <= value)
        return self._effect(self.sample.shares(self.sample.values < value) if all_equal(within) else within)

    def _effect(self, within: Floats) -> float:
        """Pairs that tell as much as one that shares nothing of how many are `within`; the worst where all are."""
        if self.found is None or all_equal(within):
            return self.sample.n / fewest_clusters(self.sample.n, self.labels)
        rate, effect = float(within.mean()), effect_in(within, self.found, self.confidence)
        # Against a binomial variance, for ranks count pairs: repeats of a pair that differ are less spread than that.
        return max(1.0, effect * float(within.var()) / (rate * (1 - rate)))

    def _largest_effect(self) -> float:
        """What none exceeds: every cluster of the size of the largest, and its pairs all alike."""
        sizes = [np.unique(each, return_counts=True)[1] for each in self.labels]
        fewest = min(len(each) for each in sizes)
        if fewest < 2:
            return float(self.sample.n)
        effective = min(max(2.0, self.sample.n**2 / float(np.sum(each**2))) for each in sizes)
        enlarged = (t_quantile(self.confidence, effective - 1) / z_quantile(self.confidence)) ** 2
        return float(sum(each.max() for each in sizes)) * fewest / (fewest - 1) * enlarged


def _is_kept(right: float, wrong: float, wanted: float, tail: float) -> bool:
    """Whether so many pairs on the right side show that a share `wanted` of all lies there.

    `P(B(n, wanted) >= right) = I_wanted(right, wrong + 1)` (I: the regularised incomplete beta function, which bridges
    whole numbers).
    """
    from scipy.special import betainc  # noqa: PLC0415 - scipy costs more than all the rest

    return right > 0 and bool(betainc(right, wrong + 1, wanted) <= tail * (1 + 1e-12))


def ranks(n: int, percentile: float, confidence: float = 0.95) -> tuple[int | None, int | None]:
    """Ranks (from 1) of the order statistics that limit a percentile from below and above; None where n is too small.

    See `percentile_interval`.
    """
    from scipy.special import bdtr  # noqa: PLC0415 - scipy costs more than all the rest

    if not 0 < percentile < 100:
        raise ValueError(f"percentile is {percentile}, and must be between 0 and 100, e.g. 95")
    tail = (1 - confidence) / 2 * (1 + 1e-12)
    at_most = bdtr(np.arange(n, dtype=np.float64), n, percentile / 100)  # P(B <= k), k = 0..n-1
    low = int(np.searchsorted(at_most, tail, side="right"))  # as many k as have P(B <= k) <= tail
    above = np.flatnonzero(1 - at_most <= tail)
    return low or None, int(above[0]) + 1 if len(above) else None


def fewest_for_percentile(percentile: float, confidence: float = 0.95, upper: bool = True) -> int:
    """Pairs from which a percentile has an upper (or a lower) limit: 72 for p95, 368 for p99 at confidence 0.95."""
    share = (percentile if upper else 100 - percentile) / 100
    return math.ceil(math.log((1 - confidence) / 2) / math.log(share) - 1e-9)


def needed_n_for_percentile(
    right: float,
    n: int,
    percentile: float,
    at_most: bool = True,
    confidence: float = 0.95,
    sharing: tuple[float, int] | None = None,
) -> int | None:
    """Pairs that would decide a bound on a percentile, if more pairs look like those seen.

    An upper bound holds when at least a share p of all pairs lies at or below it (a lower one: 1 - p at or above). So
    the ranks of `percentile_interval` decide as soon as the binomial probability of as many pairs on the right side, or
    on the wrong side, is at most alpha/2.

    Args:
        right: pairs on the right side of the bound, failed ones not among them; repeats of a pair count as its parts.
        n: all pairs.
        percentile: between 0 and 100 exclusive.
        at_most: whether the bound is an upper one.
        confidence: two-sided.
        sharing: the effect of `percentile_interval`, and the clusters behind the n pairs; None where none share.

    Returns:
        None when the share of pairs is that of the percentile, so that no number would decide.
    """
    wanted = (percentile if at_most else 100 - percentile) / 100
    tail = (1 - confidence) / 2
    effect, clusters = sharing or (1.0, n)
    to_keep = fewest_for_percentile(percentile, confidence, upper=at_most)
    to_break = fewest_for_percentile(percentile, confidence, upper=not at_most)

    def decides(scale: float) -> bool:
        k, rest = right * scale / effect, (n - right) * scale / effect
        kept = clusters * scale >= to_keep - 1e-9 and _is_kept(k, rest, wanted, tail)
        broken = clusters * scale >= to_break - 1e-9 and _is_kept(rest, k, 1 - wanted, tail)
        return kept or broken

    return needed_n(decides, n)
