"""Pairs that share a résumé or a job description are not independent: standard errors and design effects."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shortlist.stats.interval import Clusterings, Floats, t_quantile, z_quantile


def all_equal(values: Floats) -> bool:
    """Whether the values differ by no more than rounding: then they say nothing of their spread."""
    return bool(np.ptp(values) <= 1e-12 * max(1.0, float(np.max(np.abs(values)))))


def fewest_clusters(n: int, clusterings: Clusterings) -> int:
    """Independent units in the worst case: the number of clusters of the coarsest clustering, n without any."""
    return min([n, *(len(set(labels)) for labels in clusterings)])


def cluster_se(values: Floats, labels: Sequence[str]) -> float | None:
    """Standard error of the mean when pairs with equal labels may be correlated.

    `sqrt(G/(G-1) · Σ_g (Σ_{i in g} (x_i - mean))²) / n`, the sandwich estimate with the small-sample factor (Miller
    2024, "Adding Error Bars to Evals", arXiv 2411.00640, eq. 4; Liang & Zeger 1986). With labels all different it is
    the usual s/√n.

    Args:
        values: shape (n,), any unit.
        labels: n labels.

    Returns:
        The standard error in the values' unit, or None below two clusters, where none can be estimated (never 0).
    """
    codes, clusters = _codes(labels)
    if clusters < 2:
        return None
    sums = np.bincount(codes, weights=values - values.mean(), minlength=clusters)
    return math.sqrt(clusters / (clusters - 1) * float(np.sum(sums**2))) / len(values)


@dataclass(frozen=True, slots=True)
class Spread:
    """How far a mean may be off, and to which side."""

    error: float
    """Standard error, in the values' unit."""
    skewness: float
    """Of the mean, not of the values: their skewness over √n when they are independent; 0 without any spread."""
    excess: float
    """Excess kurtosis of the mean: that of the values over n when they are independent; 0 where it is below 0."""
    clusters: int


@dataclass(frozen=True, slots=True)
class Grouping:
    """Which pairs belong together, as numbers."""

    codes: NDArray[np.int64]
    """Shape (n,), from 0."""
    clusters: int

    def sums(self, values: Floats) -> Floats:
        """The values' sum in each cluster, shape (clusters,)."""
        return np.bincount(self.codes, weights=values, minlength=self.clusters).astype(np.float64)

    def spread(self, sums: Floats, n: int, size: float) -> Spread:
        """The spread of the mean of n values, from the sums of their residuals; `size` as in `_spread`."""
        return _spread(sums, n, size)


def groupings(n: int, clusterings: Clusterings) -> list[Grouping] | None:
    """Every pair by itself, then each clustering that groups any pairs; None where one has fewer than two clusters."""
    found = [Grouping(np.arange(n), n)]
    found += [Grouping(*_codes(labels)) for labels in _shared(n, clusterings)]
    return None if any(grouping.clusters < 2 for grouping in found) else found


@dataclass(frozen=True, slots=True)
class Crossed:
    """Two ways of grouping at once, as where every résumé meets several jobs and every job several résumés."""

    first: Grouping
    second: Grouping
    both: Grouping
    """Pairs that share both."""

    def sums(self, values: Floats) -> Floats:
        """The values' sums in the clusters of the three, one after the other."""
        return np.concatenate([self.first.sums(values), self.second.sums(values), self.both.sums(values)])

    def spread(self, sums: Floats, n: int, size: float) -> Spread:
        """With the variance `V_first + V_second - V_both` (Cameron, Gelbach & Miller 2011, JBES 29, 238-249, eq. 2.11).

        Their covariance is what the two have in common, counted once. The higher moments likewise. Where that comes out
        below the larger of the two, as it may by chance, the larger counts.
        """
        ways = (self.first, self.second, self.both)
        one, two, shared = np.split(sums, np.cumsum([way.clusters for way in ways])[:2])
        alone = max((_spread(part, n, size) for part in (one, two)), key=lambda spread: spread.error)
        joint = np.array([np.sum(one**k) + np.sum(two**k) - np.sum(shared**k) for k in (2, 3, 4)])
        clusters = min(len(one), len(two))
        error = math.sqrt(clusters / (clusters - 1) * max(0.0, float(joint[0]))) / n
        if error <= alone.error or alone.error == 0:
            return alone
        skewness = float(joint[1] / joint[0] ** 1.5)
        return Spread(error, skewness, max(0.0, float(joint[2] / joint[0] ** 2) - 3 / clusters), clusters)


def ways(n: int, clusterings: Clusterings) -> list[Grouping | Crossed] | None:
    """As `groupings`, and after them both at once where two of them group something."""
    found = groupings(n, clusterings)
    if found is None or len(found) < 3:
        return None if found is None else list(found)
    first, second = found[1], found[2]
    _, codes = np.unique(np.stack([first.codes, second.codes]), axis=1, return_inverse=True)
    both = Grouping(codes.astype(np.int64), int(codes.max()) + 1)
    return [*found, Crossed(first, second, both)]


def spreads(values: Floats, clusterings: Clusterings) -> list[Spread] | None:
    """The spread of the mean under independence, then under each clustering that groups any pairs, then under both.

    Returns:
        None when one of them cannot be estimated (n < 2, or every pair in one cluster).
    """
    found = ways(len(values), clusterings)
    if found is None:
        return None
    residuals, size = values - values.mean(), float(np.max(np.abs(values)))
    return [way.spread(way.sums(residuals), len(values), size) for way in found]


def _spread(sums: Floats, n: int, size: float) -> Spread:
    """The spread of a mean, from the sums of its residuals.

    Args:
        sums: of the residuals in each cluster, at least two.
        n: values.
        size: the largest of the values without its sign; what is smaller by twelve digits is rounding.
    """
    clusters = len(sums)
    largest = float(np.max(np.abs(sums)))
    error = math.sqrt(clusters / (clusters - 1) * float(np.sum(sums**2))) / n
    if largest <= 1e-12 * max(1.0, size):
        return Spread(error, 0.0, 0.0, clusters)
    shares = sums / largest  # so that no power of a small spread vanishes
    second = float(np.sum(shares**2))
    skewness = float(np.sum(shares**3)) / second**1.5
    excess = float(np.sum(shares**4)) / second**2 - 3 / clusters
    return Spread(error, skewness, max(0.0, excess), clusters)


def design_effect(values: Floats, clusterings: Clusterings, confidence: float) -> float | None:
    """By how much sharing shrinks n: the variance of the mean with clusters over that without, at least 1.

    A count divided by it may be treated as if its pairs were independent (Rao & Scott 1992, "A simple method for the
    analysis of clustered binary data"). Few clusters estimate a variance badly, so the effect is enlarged by (t/z)²
    with G-1 degrees of freedom (Korn & Graubard 1998). Of two clusterings the larger effect counts, or that of
    both together where they cross. Where all values are equal nothing can be estimated, and the worst is assumed: a
    cluster tells no more than one pair.

    Args:
        values: shape (n,): yes/no values or their paired differences.
        clusterings: labels of each way of grouping.
        confidence: of the interval that will use the effect.

    Returns:
        The effect; 1 when no pair shares anything; None when every pair is in one cluster.
    """
    n = len(values)
    shared = list(_shared(n, clusterings))
    if not shared:
        return 1.0
    if any(len(set(labels)) < 2 for labels in shared):
        return None
    if all_equal(values):
        return n / fewest_clusters(n, shared)
    found = spreads(values, shared)
    if found is None:
        return None
    independent, *clustered = found
    z = z_quantile(confidence)
    effects = [(s.error / independent.error * t_quantile(confidence, s.clusters - 1) / z) ** 2 for s in clustered]
    return max(1.0, *effects)


def _shared(n: int, clusterings: Clusterings) -> Iterator[Sequence[str]]:
    """The clusterings in which some pairs share a cluster."""
    for labels in clusterings:
        if len(labels) != n:
            raise ValueError(f"{len(labels)} cluster labels for {n} values")
        if len(set(labels)) < n:
            yield labels


def _codes(labels: Sequence[str]) -> tuple[NDArray[np.int64], int]:
    """Labels as numbers from 0, in order of appearance, and how many there are."""
    index: dict[str, int] = {}
    codes = [index.setdefault(label, len(index)) for label in labels]
    return np.asarray(codes, dtype=np.int64), len(index)
