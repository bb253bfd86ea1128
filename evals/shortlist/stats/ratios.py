"""Ratios of two means over the same pairs: cost and latency against the incumbent's."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from shortlist.stats.clusters import Crossed, Grouping, Spread, all_equal, fewest_clusters, ways
from shortlist.stats.interval import Clusterings, Floats, Interval, t_quantile
from shortlist.stats.means import fewest_equal, reach


def ratio_interval(
    numerators: Floats,
    denominators: Floats,
    clusterings: Clusterings = (),
    confidence: float = 0.95,
    scale: float = 1.0,
) -> Interval | None:
    """Fieller's interval of mean(numerators) / mean(denominators) on the same pairs (Fieller 1954, JRSS B 16, 175-185).

    A ratio r is inside when the interval that `mean_interval` gives to the mean of `numerator - r · denominator` has 0
    inside, or when a ratio further out is. So `high <= r0` means that `mean_interval(numerators - r · denominators)`
    lies below 0 for every r from r0 on, with the same clusters and the same terms for a long tail, and the rule "at
    most 0.2 of the incumbent's cost" is a test of one mean, without a logarithm or the delta method. Without a term for
    a tail the ratios that are not refuted hang together, and r0 alone would do; with one, a few very uneven values can
    leave a gap, and what lies beyond it is not refuted either. The ends are asymmetric, as a ratio's should be.

    Args:
        numerators: shape (n,), e.g. the candidate's cost of each pair.
        denominators: shape (n,), same pairs, same unit.
        clusterings: labels of each way of grouping the pairs.
        confidence: two-sided.
        scale: the interval that so many times the same data would give.

    Returns:
        A share without unit. None where the mean of the denominators is not surely above 0 at this confidence (then
        the set of ratios has no end), or where no spread can be estimated: n < 2, fewer than two clusters, too few
        pairs with one and the same ratio.

    Raises:
        ValueError: no values, or not as many denominators as numerators.
    """
    _check(numerators, denominators)
    n, found = len(numerators), ways(len(numerators), clusterings)
    top, bottom = float(numerators.mean()), float(denominators.mean())
    if found is None or bottom <= 0:
        return None
    ratio = top / bottom
    if all_equal(numerators - ratio * denominators):
        clusters = fewest_clusters(n, clusterings) * scale
        return Interval(ratio, ratio, ratio) if clusters >= fewest_equal(confidence) else None
    size = float(np.max(np.abs(numerators))), float(np.max(np.abs(denominators)))
    ends = []
    for way in found:
        line = _Line(way, way.sums(numerators - top), way.sums(denominators - bottom), (top, bottom), size)
        if bottom <= line.reaches(0.0, 1.0, confidence, scale)[1]:  # of -1 · denominator: is it surely below 0?
            return None
        ends.append(line.ends(confidence, scale))
    return Interval(ratio, min(low for low, _ in ends), max(high for _, high in ends))


@dataclass(frozen=True, slots=True)
class _Line:
    """The means of `numerator - r · denominator` for every r, under one way of grouping."""

    way: Grouping | Crossed
    tops: Floats
    """The numerators' residuals, summed in each cluster."""
    bottoms: Floats
    means: tuple[float, float]
    """Of numerators and denominators."""
    sizes: tuple[float, float]
    """The largest numerator and the largest denominator."""

    def reaches(self, up: float, down: float, confidence: float, scale: float) -> tuple[float, float]:
        """How far the interval of the mean of `up · numerator - down · denominator` reaches below and above it."""
        size = up * self.sizes[0] + abs(down) * self.sizes[1]
        spread = self.way.spread(up * self.tops - down * self.bottoms, size)
        return reach([spread], confidence, scale)

    def ends(self, confidence: float, scale: float) -> tuple[float, float]:
        """The smallest and the largest ratio that is not refuted."""
        top, bottom = self.means
        ratio = top / bottom
        below, above = self._turning_points(ratio)
        return (
            _outermost(lambda r: r * bottom - top + self.reaches(1.0, r, confidence, scale)[0], ratio, below),
            _outermost(lambda r: top - r * bottom + self.reaches(1.0, r, confidence, scale)[1], ratio, above),
        )

    def _turning_points(self, ratio: float) -> tuple[list[float], list[float]]:
        """Ratios at which to look, below and above `ratio`, going outwards."""
        length = float(np.linalg.norm(self.bottoms))
        slope = float(self.tops @ self.bottoms) / length**2 if length else ratio
        apart = float(np.linalg.norm(self.tops - slope * self.bottoms)) / length if length else 0.0
        step = max(abs(ratio), 1e-9)
        every = [ratio - step, ratio + step, *(float(slope + apart * direction) for direction in _DIRECTIONS)]
        return sorted((r for r in every if r < ratio), reverse=True), sorted(r for r in every if r > ratio)


_DIRECTIONS = np.tan(np.linspace(-np.pi / 2, np.pi / 2, 26)[1:-1])
"""Of `top - r · bottom` in the plane of the two, evenly around: no moment of it up to the fourth turns any faster."""


def _outermost(inside: Callable[[float], float], start: float, points: Sequence[float]) -> float:
    """Where `inside`, above 0 for ratios that are not refuted, becomes negative for good, going out through `points`.

    `start` where it is not above 0 even there: the clusters balance, so that they say nothing against anything.
    """
    places = [start, *points]
    step = places[-1] - start
    while inside(places[-1]) > 0 and math.isfinite(step):
        places.append(places[-1] + step)
        step *= 2
    for inner, outer in reversed(list(pairwise(places))):
        if inside(inner) > 0:
            return _between(inside, inner, outer)
    return start


def _between(distance: Callable[[float], float], a: float, b: float) -> float:
    """Where `distance` is 0 between two places where it has different signs.

    By the Illinois method (Dowell & Jarratt 1971, BIT 11), which needs a tenth of the evaluations of halving.
    """
    at_a, at_b = distance(a), distance(b)
    for _ in range(200):
        if abs(b - a) <= 1e-13 * max(abs(a), abs(b)) or at_a == at_b:
            break
        middle = b - at_b * (b - a) / (at_b - at_a)
        at_middle = distance(middle)
        if at_middle * at_b <= 0:
            a, at_a = b, at_b
        else:
            at_a /= 2
        b, at_b = middle, at_middle
    return b


def log_ratio_interval(
    numerators: Floats,
    denominators: Floats,
    clusterings: Clusterings = (),
    confidence: float = 0.95,
) -> Interval | None:
    """The ratio of two means by the delta method on the log scale: the alternative to `ratio_interval`.

    `exp(log r ± t · SE)`, SE the standard error of the mean of `x/mean(x) - y/mean(y)`, the first-order error of
    log r (Cox 1990, Journal of Clinical Epidemiology 43; Fieller's interval agrees with it where both means are known
    well), t with the degrees of freedom of the widest clustering, as in `mean_interval`. No term for a long tail: with
    few pairs and skewed costs `ratio_interval` holds its level better.

    Args:
        numerators: shape (n,), e.g. the candidate's cost of each pair.
        denominators: shape (n,), same pairs, same unit.
        clusterings: labels of each way of grouping the pairs.
        confidence: two-sided.

    Returns:
        A share without unit, above 0. None where one of the means is not above 0 or no spread can be estimated.

    Raises:
        ValueError: no values, or not as many denominators as numerators.
    """
    _check(numerators, denominators)
    n, found = len(numerators), ways(len(numerators), clusterings)
    top, bottom = float(numerators.mean()), float(denominators.mean())
    if found is None or top <= 0 or bottom <= 0:
        return None
    residuals = numerators / top - denominators / bottom
    if all_equal(residuals):
        clusters = fewest_clusters(n, clusterings)
        return Interval(top / bottom, top / bottom, top / bottom) if clusters >= fewest_equal(confidence) else None
    spreads: list[Spread] = [way.spread(way.sums(residuals), 1.0) for way in found]
    half = max(s.error * t_quantile(confidence, s.effective - 1) for s in spreads)
    return Interval(top / bottom, top / bottom * math.exp(-half), top / bottom * math.exp(half))


def _check(numerators: Floats, denominators: Floats) -> None:
    if len(numerators) != len(denominators):
        raise ValueError(f"{len(denominators)} denominators for {len(numerators)} numerators")
    if len(numerators) == 0:
        raise ValueError("no values have no ratio")
