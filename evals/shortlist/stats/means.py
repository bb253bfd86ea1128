"""Means of per-pair values and of per-pair differences."""

from __future__ import annotations

import math
from collections.abc import Sequence

from shortlist.stats.clusters import Spread, all_equal, fewest_clusters, spreads
from shortlist.stats.interval import Clusterings, Floats, Interval, t_quantile

HEAVY = 10
"""Weight of the second term for a long tail of unbounded values in `mean_interval`, set by simulation.

How often the upper end lies below the true mean without `bounds`, in percent, where 2.5 is promised; by simulation
of 40 000 samples or more (in brackets with the first term alone):

| n | lognormal sigma .5 | lognormal sigma 1 | gamma(1) | 10% five times as large | 5% ten times as large |
|---|---|---|---|---|---|
| 20 | 3.1 (4.6) | 4.5 (9.2) | 2.4 (4.9) | 8.3 (13) | 22 (30) |
| 50 | 2.2 (3.6) | 2.7 (6.4) | 1.6 (3.6) | 2.4 (6.5) | 7.8 (13) |
| 100 | 2.0 (3.1) | 2.1 (5.1) | 1.5 (3.1) | 1.1 (4.6) | 1.6 (6.7) |
| 200 | 1.9 (2.7) | 1.7 (4.2) | 1.6 (2.7) | 0.7 (3.2) | 0.5 (4.5) |

So it holds from 50 pairs on (to 0.2 points), as long as a sample has about five of the kind of values that makes up
the tail. No interval can know of huge values of which it has seen none: with 1% of values a hundred times as large
it misses in 36% of samples of 100. At n=100 the upper end is 2.0 times as far away as Student's for lognormal costs
with sigma 1, 1.3 times with sigma .5, 1.01 times for normal values.
"""


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

    Each end is the furthest of: t with n-1 degrees of freedom; for each clustering, and for both where two cross, t
    with G-1 on the cluster-robust standard error (Miller 2024, arXiv 2411.00640; `Crossed`), G the effective number of
    clusters (`Grouping.effective`), which is their number where they are equal in size. Two things mislead a t
    interval, and both widen this one:

    * a long tail. Scores near 1 with a few failed pairs at 0, costs with a few huge ones: a sample that happened to
      catch few of the tail has too good a mean and too small a spread, so that a nominal 2.5% becomes up to 6%. The end
      on the side of the tail moves outwards by the first term of the Studentised mean's Cornish-Fisher expansion, its
      skewness · (2t² + 1)/6 standard errors (Johnson 1978, JASA 73, 536-544; Hall 1992, JRSS B 54, 221-228). Without
      `bounds` the tail may be longer than any sample shows: of n values none has a skewness above √n, and among 100
      lognormal costs (sigma 1) it is half of the true one. There a second term, of order 1/n, is added: `HEAVY` ·
      (2t² + 1)/6 times the squared skewness or the excess kurtosis of the mean, whichever is larger; on the other side
      the kurtosis that the skewness does not account for;
    * values that do not vary, for twelve values of 1.0 would give [1, 1]. With `bounds`, no interval is narrower than
      one that allows a share `unseen_share` of the clusters, unlike any seen, to lie on the far end of the scale: with
      equal values that limit is exact, and a value that differs by a hair does not do away with it. Whole clusters,
      because of what was never seen nothing tells how it clusters. Without `bounds` nothing limits the unseen, and
      equal values are believed from `fewest_equal` clusters on (a price per generation never varies).

    How often that misses is written at `HEAVY`.

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
    below, above = reach(found, confidence, scale, heavy=bounds is None)
    if bounds is None:
        return Interval(mean, mean - below, mean + above)
    unseen = unseen_share(clusters, confidence)
    low = max(bounds[0], min(mean - below, mean - unseen * (mean - bounds[0])))
    high = min(bounds[1], max(mean + above, mean + unseen * (bounds[1] - mean)))
    return Interval(mean, min(low, mean), max(high, mean))


def reach(spreads: Sequence[Spread], confidence: float, scale: float = 1.0, heavy: bool = True) -> tuple[float, float]:
    """How far below and above a mean its interval reaches: the widest of the spreads, at `scale` times the pairs."""
    reaches = []
    for spread in spreads:
        t, error = t_quantile(confidence, spread.effective * scale - 1), spread.error / math.sqrt(scale)
        below, above = tail(t, spread, scale, heavy)
        reaches.append((error * (t + below), error * (t + above)))
    return max(below for below, _ in reaches), max(above for _, above in reaches)


def tail(t: float, spread: Spread, scale: float = 1.0, heavy: bool = True) -> tuple[float, float]:
    """By how many standard errors a long tail moves the lower and the upper end outwards; see `mean_interval`.

    Args:
        t: standard errors that the end is away without a tail.
        spread: of the mean.
        scale: for so many times the same data.
        heavy: the values have no bounds, so the second term counts too.
    """
    skewness, excess = spread.skewness / math.sqrt(scale), spread.excess / scale
    below, above = (_side(skew, excess, heavy) * (2 * t * t + 1) / 6 for skew in (-skewness, skewness))
    return below, above


def _side(skewness: float, excess: float, heavy: bool) -> float:
    """The tail of one side, `skewness` positive where it is on this side."""
    first, square = max(0.0, skewness), skewness**2
    second = max(square, excess) if skewness > 0 else max(0.0, excess - square)
    return first + HEAVY * second if heavy else first


def paired_t(differences: Floats, clusterings: Clusterings = (), margin: float = 0.0) -> float | None:
    """One-sided p of the clustered paired t test against "the mean difference is -margin or less".

    t = (mean + margin)/SE with the cluster-robust standard error (Miller 2024, arXiv 2411.00640, eq. 4) and G-1 degrees
    of freedom, G the number of clusters as it is; the largest p of independence, of every clustering, and of both where
    two cross. Without clusters and margin it is scipy's
    `ttest_rel(alternative="greater")`. It assumes that the mean is about normal. `mean_interval` does not, so the
    verdicts use that; this is the textbook test beside it.

    Args:
        differences: candidate minus incumbent, shape (n,), positive where the candidate is better.
        clusterings: labels of each way of grouping the pairs.
        margin: by how much worse it may be, in the values' unit; 0 tests superiority.

    Returns:
        None where no spread can be estimated: n < 2, fewer than two clusters, or values that are all equal.
    """
    from scipy.special import stdtr  # noqa: PLC0415 - scipy costs more than all the rest

    if len(differences) == 0:
        raise ValueError("no values have no mean")
    found = spreads(differences, clusterings)
    if found is None or all_equal(differences):
        return None
    excess = float(differences.mean()) + margin
    return max(float(stdtr(s.clusters - 1, -excess / s.error)) if s.error else float(excess <= 0) for s in found)
