"""Ratios of two means over the same pairs: cost and latency against the incumbent's."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from shortlist.stats.clusters import Spread, all_equal, fewest_clusters, ways
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
    inside. So `high <= r` means the same as `mean_interval(numerators - r · denominators).high <= 0`, with the same
    clusters and the same terms for a long tail, and the rule "at most 0.2 of the incumbent's cost" is a test of one
    mean, without a logarithm or the delta method. The ends are asymmetric, as a ratio's should be.

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
    tops = [way.sums(numerators - top) for way in found]
    bottoms = [way.sums(denominators - bottom) for way in found]
    sizes = float(np.max(np.abs(numerators))), float(np.max(np.abs(denominators)))

    def reaches(up: float, down: float) -> tuple[float, float]:
        """How far the interval of the mean of `up · numerator - down · denominator` reaches below and above it."""
        size = up * sizes[0] + abs(down) * sizes[1]
        sums = (up * a - down * b for a, b in zip(tops, bottoms, strict=True))
        return reach([way.spread(of, n, size) for way, of in zip(found, sums, strict=True)], confidence, scale)

    if bottom <= reaches(0.0, 1.0)[1]:  # of the mean of -1 · denominator: is it surely below 0?
        return None
    step = max(abs(ratio), 1e-9)
    low = _outward(lambda r: top - r * bottom - reaches(1.0, r)[0], ratio, -step)
    high = _outward(lambda r: top - r * bottom + reaches(1.0, r)[1], ratio, step)
    return Interval(ratio, min(low, ratio), max(high, ratio))


def _outward(distance: Callable[[float], float], start: float, step: float) -> float:
    """Where `distance` changes its sign, going from `start` in the direction of `step`.

    By the Illinois method (Dowell & Jarratt 1971, BIT 11), which needs a tenth of the evaluations of halving.
    """
    a, at_a = start, distance(start)
    b, at_b = start + step, distance(start + step)
    while at_a * at_b > 0 and math.isfinite(b):
        step *= 2
        a, at_a, b, at_b = b, at_b, b + step, distance(b + step)
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
    well), t with G-1 degrees of freedom of the widest clustering. No term for a long tail: with few pairs and skewed
    costs `ratio_interval` holds its level better.

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
    spreads: list[Spread] = [way.spread(way.sums(residuals), n, 1.0) for way in found]
    half = max(s.error * t_quantile(confidence, s.clusters - 1) for s in spreads)
    return Interval(top / bottom, top / bottom * math.exp(-half), top / bottom * math.exp(half))


def _check(numerators: Floats, denominators: Floats) -> None:
    if len(numerators) != len(denominators):
        raise ValueError(f"{len(denominators)} denominators for {len(numerators)} numerators")
    if len(numerators) == 0:
        raise ValueError("no values have no ratio")
