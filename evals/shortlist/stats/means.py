"""Means of per-pair values and of per-pair differences."""

from __future__ import annotations

import math

from shortlist.stats.clusters import Spread, all_equal, fewest_clusters, spreads
from shortlist.stats.interval import Clusterings, Floats, Interval, t_quantile


def unseen_share(n: float, confidence: float = 0.95) -> float:
    """The largest share of pairs of a kind that none of n independent pairs was: `1 - (alpha/2)^(1/n)`.

    Clopper & Pearson's (1934) two-sided upper limit for 0 of n, the exact form of the "rule of three". 26% at n=12,
    6% at n=60, 1.8% at n=200.
    """
    return float(-math.expm1(math.log((1 - confidence) / 2) / n))


def fewest_equal(confidence: float = 0.95) -> int:
    """Equal values from which the mean of an unbounded metric is taken as known: the n with `2 · 0.5^n <= alpha`.

    From that n on (6 at 0.95) an interval for the median exists, and it is that one value.
    """
    return math.ceil(1 + math.log2(1 / (1 - confidence)) - 1e-9)


def mean_interval(
    values: Floats,
    clusterings: Clusterings = (),
    confidence: float = 0.95,
    bounds: tuple[float, float] | None = None,
    scale: float = 1.0,
) -> Interval | None:
    """Student's interval of a mean, with clusters, and honest about skewness and about values that do not vary.

    Each end is the furthest of: t with n-1 degrees of freedom; for each clustering, t with G-1 on the cluster-robust
    standard error (Miller 2024, arXiv 2411.00640). Two things mislead a t interval, and both widen this one:

    * a long tail. Scores near 1 with a few failed pairs at 0, costs with a few huge ones: a sample that happened to
      catch few of the tail has too good a mean and too small a spread, so that a nominal 2.5% becomes up to 6%. The end
      on the side of the tail moves outwards by the first term of the Studentised mean's Cornish-Fisher expansion, its
      skewness · (2t² + 1)/6 standard errors (Johnson 1978, JASA 73, 536-544; Hall 1992, JRSS B 54, 221-228);
    * values that do not vary, for twelve values of 1.0 would give [1, 1]. With `bounds`, no interval is narrower than
      one that allows a share `unseen_share` of the clusters, unlike any seen, to lie on the far end of the scale: with
      equal values that limit is exact, and a value that differs by a hair does not do away with it. Whole clusters,
      because of what was never seen nothing tells how it clusters. Without `bounds` nothing limits the unseen, and
      equal values are believed from `fewest_equal` clusters on (a price per generation never varies).

    Args:
        values: shape (n,), any unit.
        clusterings: labels of each way of grouping the pairs.
        confidence: two-sided.
        bounds: smallest and largest possible value; the interval is clipped to them.
        scale: the interval that so many times the same data would give.

    Returns:
        In the values' unit; None where no spread can be estimated: n < 2, fewer than two clusters, or too few equal
        values.
    """
    if len(values) == 0:
        raise ValueError("no values have no mean")
    found = spreads(values, clusterings)
    if found is None:
        return None
    mean, clusters = float(values.mean()), fewest_clusters(len(values), clusterings) * scale
    if bounds is None and all_equal(values):
        return Interval(mean, mean, mean) if clusters >= fewest_equal(confidence) else None
    reaches = [_reach(spread, confidence, scale) for spread in found]
    below, above = max(below for below, _ in reaches), max(above for _, above in reaches)
    if bounds is None:
        return Interval(mean, mean - below, mean + above)
    unseen = unseen_share(clusters, confidence)
    low = max(bounds[0], min(mean - below, mean - unseen * (mean - bounds[0])))
    high = min(bounds[1], max(mean + above, mean + unseen * (bounds[1] - mean)))
    return Interval(mean, min(low, mean), max(high, mean))


def _reach(spread: Spread, confidence: float, scale: float) -> tuple[float, float]:
    """How far below and above the mean the interval reaches, when there are `scale` times as many pairs."""
    t = t_quantile(confidence, spread.clusters * scale - 1)
    tail = spread.skewness / math.sqrt(scale) * (2 * t * t + 1) / 6
    error = spread.error / math.sqrt(scale)
    return error * (t + max(0.0, -tail)), error * (t + max(0.0, tail))
