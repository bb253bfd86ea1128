"""Percentiles with order-statistic intervals, in which a failed pair is worse than any value."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from shortlist.stats.interval import Floats, needed_n
from shortlist.stats.sequences import rate_sequence


@dataclass(frozen=True, slots=True)
class PercentileInterval:
    """A percentile with its interval. Infinite where it falls among the failed pairs; None where n allows no end."""

    value: float
    low: float | None
    high: float | None


def percentile_interval(
    values: Floats,
    percentile: float,
    confidence: float = 0.95,
    failed: float = 0,
    failed_is: float = math.inf,
    weights: Floats | None = None,
) -> PercentileInterval:
    """The percentile and an interval whose ends are values that were seen; no shape of distribution is assumed.

    The number of pairs below the true percentile is binomial(n, p), so the l-th smallest value, with l the largest
    rank that `P(B < l) <= alpha/2` allows, is a lower limit, and the u-th, with u the smallest rank with
    `P(B >= u) <= alpha/2`, an upper one (David & Nagaraja, Order Statistics, 7.1). The ends hold for pairs that are
    independent; sharing of résumés is not corrected for.

    Repeats of a pair share its weight of one, and ranks count pairs: as if repeats told nothing that the first did not,
    which at worst is so. Then ends move outwards to the next value.

    Args:
        values: shape (n,), any unit.
        percentile: between 0 and 100 exclusive.
        confidence: two-sided.
        failed: weight of what failed and has no value, on top of `values`.
        failed_is: which end of the scale is worse: `math.inf` (a latency) or `-math.inf`.
        weights: of the values, in pairs; all of them with `failed` sum to a whole number. 1 each when left out.

    Returns:
        value: the smallest value with at least p·n of the pairs at or below it (the inverse of the empirical
        distribution, which needs no arithmetic between a number and an infinity).
    """
    n, at = _ordered(values, failed, failed_is, weights)
    low, high = ranks(n, percentile, confidence)
    return PercentileInterval(
        value=at(percentile / 100 * n),
        low=None if low is None else at(low - 1 + 2e-9),
        high=None if high is None else at(high),
    )


def percentile_sequence(
    values: Floats,
    percentile: float,
    confidence: float = 0.95,
    failed: float = 0,
    failed_is: float = math.inf,
    weights: Floats | None = None,
) -> PercentileInterval:
    """The percentile and its ends, which hold at every look together (Howard & Ramdas 2022, Bernoulli 28, 1704-1728).

    As `percentile_interval`, but with ranks from `rate_sequence`: a value is an upper limit once the rate of pairs at
    or below it is surely at least p, and a lower limit once the rate of those below it is surely at most p. Whether a
    limit lies below a given bound is a question to the one rate at that bound, so all values share one error.

    Args and returns as there. `confidence` is that of all looks together.
    """
    n, at = _ordered(values, failed, failed_is, weights)
    share = percentile / 100
    upper = bisect_left(range(1, n + 1), True, key=lambda k: rate_sequence(k, n, confidence).low >= share)
    lower = bisect_left(range(n), True, key=lambda k: rate_sequence(k, n, confidence).high > share)
    return PercentileInterval(
        value=at(share * n),
        low=at(lower - 1 + 2e-9) if lower else None,
        high=at(upper + 1) if upper < n else None,
    )


def _ordered(
    values: Floats, failed: float, failed_is: float, weights: Floats | None
) -> tuple[int, Callable[[float], float]]:
    """The number of pairs, and the smallest value with at least so many pairs at or below it."""
    every = np.append(np.ones(len(values)) if weights is None else weights, failed)
    n = round(float(every.sum()))
    if n == 0:
        raise ValueError("no values have no percentile")
    order = np.argsort(np.append(values, failed_is), kind="stable")
    order = order[every[order] > 0]
    ordered, reached = np.append(values, failed_is)[order], np.cumsum(every[order])

    def at(rank: float) -> float:
        return float(ordered[min(int(np.searchsorted(reached, rank - 1e-9)), len(ordered) - 1)])

    return n, at


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
    right: float, n: int, percentile: float, at_most: bool = True, confidence: float = 0.95
) -> int | None:
    """Pairs that would decide a bound on a percentile, if more pairs look like those seen.

    An upper bound holds when at least a share p of all pairs lies at or below it (a lower one: 1 - p at or above). So
    the ranks of `percentile_interval` decide as soon as the binomial probability of as many pairs on the right side,
    `I_p(k, n-k+1)`, or on the wrong side, `I_{1-p}(n-k, k+1)`, is at most alpha/2 (I: the regularised incomplete beta
    function, which bridges whole numbers).

    Args:
        right: pairs on the right side of the bound, failed ones not among them; repeats of a pair count as its parts.
        n: all pairs.
        percentile: between 0 and 100 exclusive.
        at_most: whether the bound is an upper one.
        confidence: two-sided.

    Returns:
        None when the share of pairs is that of the percentile, so that no number would decide.
    """
    from scipy.special import betainc  # noqa: PLC0415 - scipy costs more than all the rest

    wanted = (percentile if at_most else 100 - percentile) / 100
    tail = (1 - confidence) / 2

    def decides(scale: float) -> bool:
        k, rest = right * scale, (n - right) * scale
        kept = k > 0 and betainc(k, rest + 1, wanted) <= tail
        broken = rest > 0 and betainc(rest, k + 1, 1 - wanted) <= tail
        return bool(kept or broken)

    return needed_n(decides, n)
