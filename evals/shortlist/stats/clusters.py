"""Pairs that share a résumé or a job description are not independent: standard errors and design effects."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

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
    """G, the number of clusters: the textbook's degrees of freedom are G-1."""
    effective: float
    """How many clusters of equal size tell as much, at most G: see `Grouping.effective`."""


@dataclass(frozen=True)
class Grouping:
    """Which pairs belong together, as numbers."""

    codes: NDArray[np.int64]
    """Shape (n,), from 0."""
    clusters: int
    """At least two."""

    @property
    def n(self) -> int:
        """Pairs."""
        return len(self.codes)

    def sums(self, values: Floats) -> Floats:
        """The values' sum in each cluster, shape (clusters,)."""
        return np.bincount(self.codes, weights=values, minlength=self.clusters).astype(np.float64)

    def spread(self, sums: Floats, size: float) -> Spread:
        """The spread of a mean, from the sums of its values' residuals.

        Args:
            sums: of the residuals in each cluster.
            size: the largest of the values without its sign; what is smaller by twelve digits is rounding.
        """
        largest = float(np.max(np.abs(sums)))
        error = math.sqrt(self.clusters / (self.clusters - 1) * float(np.sum(sums**2))) / self.n
        if largest <= 1e-12 * max(1.0, size):
            return Spread(error, 0.0, 0.0, self.clusters, self.effective)
        second, third, fourth = _moments(sums / largest)  # so that no power of a small spread vanishes
        skewness, excess = third / second**1.5, fourth / second**2 - 3 / self.clusters
        return Spread(error, skewness, max(0.0, excess), self.clusters, self.effective)

    @cached_property
    def effective(self) -> float:
        """`n²/Σ n_g²`, the number of clusters of equal size that tell as much (Kish 1965, Survey Sampling, 8.2).

        A variance that hangs on a few large clusters is known as badly as one from few clusters, so that G-1 degrees
        of freedom are too many (Carter, Schnepel & Steigerwald 2017, Review of Economics and Statistics 99, 698-709).
        At least 2: by Satterthwaite's (1946) formula a variance never has less than one degree of freedom.
        """
        sizes = np.bincount(self.codes, minlength=self.clusters).astype(np.float64)
        return max(2.0, len(self.codes) ** 2 / float(np.sum(sizes**2)))


def groupings(n: int, clusterings: Clusterings) -> list[Grouping] | None:
    """Every pair by itself, then each clustering that groups any pairs; None where one has fewer than two clusters."""
    found = [Grouping(np.arange(n), n)]
    found += [Grouping(*_codes(labels)) for labels in _shared(n, clusterings)]
    return None if any(grouping.clusters < 2 for grouping in found) else found


@dataclass(frozen=True)
class Crossed:
    """Two ways of grouping at once, as where every résumé meets several jobs and every job several résumés."""

    first: Grouping
    second: Grouping
    both: Grouping
    """Pairs that share both."""

    @property
    def n(self) -> int:
        """Pairs."""
        return len(self.both.codes)

    def sums(self, values: Floats) -> Floats:
        """The values' sums in the clusters of the three, one after the other."""
        return np.concatenate([self.first.sums(values), self.second.sums(values), self.both.sums(values)])

    def spread(self, sums: Floats, size: float) -> Spread:
        """With the variance `V_first + V_second - V_both` (Cameron, Gelbach & Miller 2011, JBES 29, 238-249, eq. 2.11).

        Each V is the sum of squares of its clusters' sums, over n². What shares both is in V_first and in V_second,
        and counts once. The higher moments likewise. All three are enlarged by G/(G-1) of the way with fewer clusters,
        which also gives the degrees of freedom (Cameron & Miller 2015, Journal of Human Resources 50, 317-372, section
        V.A). Where that comes out below the larger of the two ways alone, as it may by chance, the larger counts.
        Arguments as for `Grouping.spread`.
        """
        first, second, both = self.first.clusters, self.second.clusters, self.both.clusters
        one, two, shared = np.split(sums, [first, first + second])
        alone = max((self.first.spread(one, size), self.second.spread(two, size)), key=lambda way: way.error)
        largest = float(np.max(np.abs(sums)))
        if largest <= 1e-12 * max(1.0, size):
            return alone
        every = [_moments(part / largest) for part in (one, two, shared)]
        second_moment, third, fourth = (a + b - c for a, b, c in zip(*every, strict=True))
        fewest = min(first, second)
        error = largest * math.sqrt(fewest / (fewest - 1) * max(0.0, second_moment)) / self.n
        if error <= alone.error:
            return alone
        # What independent normal effects of the clusters would have as their fourth moment.
        normal = sum(
            3 / clusters * moments[0] ** 2 * sign
            for clusters, moments, sign in zip((first, second, both), every, (1, 1, -1), strict=True)
        )
        excess = (fourth - normal) / second_moment**2
        effective = min(self.first.effective, self.second.effective)
        return Spread(error, third / second_moment**1.5, max(0.0, excess), fewest, effective)


def _moments(values: Floats) -> tuple[float, float, float]:
    """Sums of squares, of cubes and of fourth powers; products take a tenth of the time of powers."""
    squares = values * values
    return float(squares.sum()), float(squares @ values), float(squares @ squares)


def ways(n: int, clusterings: Clusterings) -> list[Grouping | Crossed] | None:
    """As `groupings`, and after them any two of them at once, where both group something."""
    found = groupings(n, clusterings)
    if found is None:
        return None
    return [*found, *(_crossed(first, second) for first, second in combinations(found[1:], 2))]


def _crossed(first: Grouping, second: Grouping) -> Crossed:
    _, codes = np.unique(np.stack([first.codes, second.codes]), axis=1, return_inverse=True)
    codes = codes.reshape(-1).astype(np.int64)
    return Crossed(first, second, Grouping(codes, int(codes.max()) + 1))


def spreads(values: Floats, clusterings: Clusterings) -> list[Spread] | None:
    """The spread of the mean under independence, then under each clustering that groups any pairs, then under both.

    Returns:
        None when one of them cannot be estimated (n < 2, or every pair in one cluster).
    """
    found = ways(len(values), clusterings)
    if found is None:
        return None
    residuals, size = values - values.mean(), float(np.max(np.abs(values)))
    return [way.spread(way.sums(residuals), size) for way in found]


def design_effect(values: Floats, clusterings: Clusterings, confidence: float) -> float | None:
    """By how much sharing shrinks n: the variance of the mean with clusters over that without, at least 1.

    A count divided by it may be treated as if its pairs were independent (Rao & Scott 1992, "A simple method for the
    analysis of clustered binary data"). Few clusters estimate a variance badly, so the effect is enlarged by (t/z)²
    with G-1 degrees of freedom, G the effective number of clusters (Korn & Graubard 1998). Of two clusterings the
    larger effect counts, or that of both together where they cross. Where all values are equal nothing can be
    estimated, and the worst is assumed: a cluster tells no more than one pair.

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
    found = ways(n, shared)
    return None if found is None else effect_in(values, found, confidence)


def effect_in(values: Floats, found: Sequence[Grouping | Crossed], confidence: float) -> float:
    """`design_effect` of values that are not all equal, given the `ways` in which pairs share."""
    residuals, size, z = values - values.mean(), float(np.max(np.abs(values))), z_quantile(confidence)
    independent, *clustered = (way.spread(way.sums(residuals), size) for way in found)
    effects = [(s.error / independent.error * t_quantile(confidence, s.effective - 1) / z) ** 2 for s in clustered]
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
