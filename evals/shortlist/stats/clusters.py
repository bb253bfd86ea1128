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
    clusters: int


def spreads(values: Floats, clusterings: Clusterings) -> list[Spread] | None:
    """The spread of the mean under independence, then under each clustering that groups any pairs.

    Returns:
        None when one of them cannot be estimated (n < 2, or every pair in one cluster).
    """
    n = len(values)
    independent: list[str] = [str(i) for i in range(n)]
    found: list[Spread] = []
    for labels in (independent, *_shared(n, clusterings)):
        error = cluster_se(values, labels)
        if error is None:
            return None
        found.append(Spread(error, _skewness(values, labels), len(set(labels))))
    return found


def _skewness(values: Floats, labels: Sequence[str]) -> float:
    codes, clusters = _codes(labels)
    sums: Floats = np.bincount(codes, weights=values - values.mean(), minlength=clusters).astype(np.float64)
    largest = float(np.max(np.abs(sums)))
    if largest <= 1e-12 * max(1.0, float(np.max(np.abs(values)))):
        return 0.0
    sums = sums / largest  # so that no power of a small spread vanishes
    return float(np.sum(sums**3) / np.sum(sums**2) ** 1.5)


def design_effect(values: Floats, clusterings: Clusterings, confidence: float) -> float | None:
    """By how much sharing shrinks n: the variance of the mean with clusters over that without, at least 1.

    A count divided by it may be treated as if its pairs were independent (Rao & Scott 1992, "A simple method for the
    analysis of clustered binary data"). Few clusters estimate a variance badly, so the effect is enlarged by (t/z)²
    with G-1 degrees of freedom (Korn & Graubard 1998). The larger effect of two clusterings counts. Where all values
    are equal nothing can be estimated, and the worst is assumed: a cluster tells no more than one pair.

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
