"""Means of per-pair values and of per-pair differences."""

from __future__ import annotations

import math

from shortlist.stats.clusters import all_equal, design_effect, fewest_clusters, standard_errors
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
    """Student's interval of a mean, with clusters, and honest about values that do not vary.

    The widest of: t with n-1 degrees of freedom; for each clustering, t with G-1 on the cluster-robust standard error
    (Miller 2024, arXiv 2411.00640). A t interval trusts the spread that it sees, so twelve values of 1.0 would give
    [1, 1]. Therefore

    * with `bounds`, no interval is narrower than one that allows a share `unseen_share(n)` of the pairs, unlike any
      seen, to lie on the far end of the scale: with equal values that limit is exact, and a value that differs by a
      hair does not do away with it. n is divided by the design effect of the clusters;
    * without `bounds` nothing limits the unseen, and equal values are believed from `fewest_equal` clusters on (a
      price per generation never varies).

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
    errors = standard_errors(values, clusterings)
    if errors is None:
        return None
    mean = float(values.mean())
    if bounds is None and all_equal(values):
        enough = fewest_clusters(len(values), clusterings) * scale >= fewest_equal(confidence)
        return Interval(mean, mean, mean) if enough else None
    half = max(error / math.sqrt(scale) * t_quantile(confidence, groups * scale - 1) for error, groups in errors)
    if bounds is None:
        return Interval(mean, mean - half, mean + half)
    effect = design_effect(values, clusterings, confidence)
    if effect is None:
        return None
    unseen = unseen_share(len(values) * scale / effect, confidence)
    low = max(bounds[0], min(mean - half, mean - unseen * (mean - bounds[0])))
    high = min(bounds[1], max(mean + half, mean + unseen * (bounds[1] - mean)))
    return Interval(mean, min(low, mean), max(high, mean))
