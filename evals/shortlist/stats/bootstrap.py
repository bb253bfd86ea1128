"""The cluster bootstrap: an alternative to `mean_interval`, to check it against."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from shortlist.stats.clusters import Grouping, all_equal, groupings
from shortlist.stats.interval import Clusterings, Floats, Interval, z_quantile

_BATCH = 200
"""Resamples drawn at once, so that memory stays small."""


def bca_interval(
    values: Floats,
    clusterings: Clusterings = (),
    confidence: float = 0.95,
    rng: np.random.Generator | None = None,
    resamples: int = 2000,
) -> Interval | None:
    """Bias-corrected and accelerated bootstrap interval of a mean (Efron 1987, JASA 82, 171-185).

    Whole clusters are drawn with replacement, as many as there are, and the mean is over the values of those drawn; the
    acceleration is from leaving out one cluster at a time. The ends are quantiles of the resampled means at
    `Φ(z0 + (z0 + z)/(1 - a(z0 + z)))`. Of several clusterings, and of pairs on their own, the outermost ends count.

    Only an alternative: with rare failures a bootstrap knows no failure that it has not seen. Three points worse at 3%
    discordance and 20 pairs, it promotes 54 times in a hundred at a margin of three points.

    Args:
        values: shape (n,), any unit.
        clusterings: labels of each way of grouping the pairs.
        confidence: two-sided.
        rng: the source of all chance; required, so that nobody's result hangs on a hidden seed.
        resamples: how many means are drawn.

    Returns:
        None where nothing can be resampled: n < 2, fewer than two clusters, or values that are all equal.

    Raises:
        ValueError: no values, or no generator.
    """
    if len(values) == 0:
        raise ValueError("no values have no mean")
    if rng is None:
        raise ValueError("bca_interval needs a generator, e.g. rng=numpy.random.default_rng(seed)")
    found = groupings(len(values), clusterings)
    if found is None or all_equal(values):
        return None
    z = z_quantile(confidence)
    ends = [_bca(values, grouping, z, rng, resamples) for grouping in found]
    return Interval(float(values.mean()), min(low for low, _ in ends), max(high for _, high in ends))


def _bca(values: Floats, grouping: Grouping, z: float, rng: np.random.Generator, resamples: int) -> tuple[float, float]:
    sums, sizes = grouping.sums(values), grouping.sums(np.ones(len(values)))
    g, drawn = grouping.clusters, np.empty(0)
    for start in range(0, resamples, _BATCH):
        picked = rng.integers(0, g, (min(_BATCH, resamples - start), g))
        drawn = np.append(drawn, sums[picked].sum(axis=1) / sizes[picked].sum(axis=1))
    mean = sums.sum() / sizes.sum()
    normal = NormalDist()
    rounding = 1e-12 * float(np.max(np.abs(values)))
    below = (np.count_nonzero(drawn < mean - rounding) + np.count_nonzero(drawn <= mean + rounding)) / (2 * resamples)
    bias = normal.inv_cdf(min(max(float(below), 0.5 / resamples), 1 - 0.5 / resamples))
    left_out = (sums.sum() - sums) / (sizes.sum() - sizes)
    residuals = left_out.mean() - left_out
    spread = float(np.sum(residuals**2))
    acceleration = float(np.sum(residuals**3)) / (6 * spread**1.5) if spread > 0 else 0.0

    def at(z: float) -> float:
        moved = bias + z
        # Towards that pole the share goes to the end of all resamples, and there is nothing beyond it.
        return normal.cdf(bias + moved / (1 - acceleration * moved)) if acceleration * moved < 1 else float(moved > 0)

    low, high = np.quantile(drawn, [at(-z), at(z)])
    return min(float(low), float(mean)), max(float(high), float(mean))
