"""What a number of pairs can decide: chances to pass a rule, the true figure it takes, the pairs it takes.

A rule passes when the whole two-sided interval keeps its bound, so every power here is that of a one-sided test at
`(1 - confidence)/2`. `n` is a number of independent pairs: pairs that share résumés, jobs or both are to be divided by
their design effect first. That few clusters know their own spread badly, so that the intervals of clustered data use
t with fewer degrees of freedom, is not in here: below about 30 clusters the true chances are some points lower. Where a
count must be whole, a fraction is rounded down.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np

from shortlist.stats.clusters import Grouping
from shortlist.stats.interval import LARGEST_N, Floats, crossing, t_quantile, z_quantile
from shortlist.stats.means import reach, unseen_share
from shortlist.stats.percentiles import ranks
from shortlist.stats.rates import tango_z

POWER = 0.8
"""The chance to pass that planning asks for, unless told otherwise."""

_NODES = 200
"""Quantiles of a sample's spread over which the power of a mean is averaged: more change no third digit."""
_TAIL = 1e-13
"""Of a distribution of counts, what is left out at each end."""


def power_rate(rate: float, at_least: float, n: float, confidence: float = 0.95) -> float:
    """Chance that Wilson's interval of one rate lies on or above a bound: exact, by the binomial distribution.

    Wilson's lower end reaches the bound b from `k >= nb + z√(nb(1-b))` successes on (the score test inverted), so the
    chance is P(B(n, rate) >= k). A bound from above is one on the other answer: 1 - rate and 1 - bound.

    Args:
        rate: the true rate.
        at_least: the bound.
        n: independent pairs.
        confidence: of the rule's two-sided interval.
    """
    from scipy.special import bdtrc  # noqa: PLC0415 - scipy costs more than all the rest

    whole = math.floor(n)
    if at_least <= 0:
        return 1.0
    fewest = math.ceil(whole * at_least + z_quantile(confidence) * math.sqrt(whole * at_least * (1 - at_least)) - 1e-9)
    if whole < 1 or fewest > whole or at_least >= 1:
        return 0.0
    return float(bdtrc(fewest - 1, whole, rate))


def fewest_for_rate(at_least: float, confidence: float = 0.95) -> int | None:
    """Pairs from which a rate without one failure passes a bound from below: `n/(n + z²) >= bound`, 73 for 0.95.

    None for a bound of 1, which no number reaches.
    """
    if at_least >= 1:
        return None
    return max(1, math.ceil(z_quantile(confidence) ** 2 * at_least / (1 - at_least) - 1e-9))


def fewest_for_mean(at_least: float, confidence: float = 0.95) -> int | None:
    """Pairs from which scores that are all 1 but for a hair pass a bound from below: see `unseen_share`; 72 for 0.95.

    None for a bound of 1, which no number reaches.
    """
    if at_least >= 1:
        return None
    return 2 if at_least <= 0 else max(2, math.ceil(math.log((1 - confidence) / 2) / math.log(at_least) - 1e-9))


def power_non_inferior_rate(
    n: float, margin: float, discordance: float, difference: float = 0.0, confidence: float = 0.95
) -> float:
    """Chance that Tango's interval of a difference of two rates on the same pairs lies on or above `-margin`.

    Exact, but for tails of 1e-13: given the number of discordant pairs, a binomial, the candidate's share of them is
    another, and `tango_z` (Tango 1998) says how many it must have right. With a margin of 3 points and a discordance
    of 10% an equal candidate passes 13% of the time with 100 pairs, and 83% with 1000.

    Args:
        n: independent pairs.
        margin: between -1 and 1 exclusive; below 0, the candidate must be better by so much.
        discordance: ψ, the share of pairs in which exactly one of the two is right. Raised to |difference|, below
            which it cannot be.
        difference: δ, the true difference candidate minus incumbent.
        confidence: of the rule's two-sided interval.
    """
    from scipy.special import bdtr, bdtrc, bdtrik  # noqa: PLC0415 - scipy costs more than all the rest

    whole = math.floor(n)
    if whole < 1:
        return 0.0
    psi = min(1.0, max(discordance, abs(difference)))
    won = 0.5 if psi == 0 else (psi + difference) / 2 / psi
    first, last = 0, whole
    if 0 < psi < 1:
        first = max(0, math.floor(bdtrik(_TAIL, whole, psi)) - 1) if bdtr(0, whole, psi) < _TAIL else 0
        last = min(whole, math.ceil(bdtrik(1 - _TAIL, whole, psi)) + 1)
    elif psi == 0:
        last = 0
    else:
        first = whole
    counts = np.arange(first, last + 1)
    at_most = bdtr(counts, whole, psi)
    weights = np.diff(at_most, prepend=bdtr(first - 1, whole, psi) if first else 0.0)
    gains = np.array([_fewest_gains(int(count), whole, margin, confidence) for count in counts], dtype=np.float64)
    passes = np.where(gains <= 0, 1.0, bdtrc(np.maximum(gains - 1, 0), counts, won))
    return float(min(1.0, np.sum(weights * np.where(gains > counts, 0.0, passes))))


@lru_cache(maxsize=100_000)
def _fewest_gains(discordant: int, n: int, margin: float, confidence: float) -> int:
    """The fewest discordant pairs that the candidate must have right to pass; one more than there are where none do."""
    wanted = z_quantile(confidence) * (1 - 1e-12)
    low, high = 0, discordant + 1
    while low < high:  # the statistic rises with b at a given b + c
        middle = (low + high) // 2
        if tango_z(middle, discordant - middle, n, margin) >= wanted:
            high = middle
        else:
            low = middle + 1
    return low


def power_mean(
    n: float,
    above: float,
    sd: float,
    confidence: float = 0.95,
    skewness: float = 0.0,
    floor: float | None = None,
) -> float:
    """Chance that the interval of a mean lies on or above a bound.

    Of `mean_interval`: the mean must exceed the bound by t standard errors, and by `unseen_share` of its distance from
    the far end of the scale. For values that are about normal, mean and spread of a sample are independent, so the
    chance is the normal one averaged over the spread's chi distribution; without `floor` it is that of the noncentral
    t. Skewed values without bounds are taken to be lognormal, for which see `power_skewed`.

    Serves one mean and a mean difference (`above`: difference plus margin).

    Args:
        n: independent pairs.
        above: how far the true mean lies above the bound, in the values' unit; below 0 where it breaks it.
        sd: of the values, in their unit, at least 0.
        confidence: of the rule's two-sided interval.
        skewness: of the values, above 0 where their tail points towards the bound; not looked at with a floor.
        floor: how far the far end of the scale lies below the bound; None for an unbounded metric.
    """
    from scipy.special import chdtri, ndtr  # noqa: PLC0415 - scipy costs more than all the rest

    if n < 2:
        return 0.0
    needed = 0.0
    if floor is not None:
        unseen = unseen_share(n, confidence)
        needed = floor * unseen / (1 - unseen)  # the mean must exceed the bound by this: m - u(m + floor) >= 0
    if sd <= 0:
        return 1.0 if above >= needed - 1e-12 else 0.0
    if floor is None and skewness != 0:
        variation = crossing(lambda v: _skewness(v) >= abs(skewness), 0.0, abs(skewness))
        parts = ((sd, variation), (0.0, 0.0))
        return power_skewed(n, above, parts if skewness > 0 else parts[::-1], confidence)
    t = t_quantile(confidence, n - 1)
    tails = (np.arange(_NODES) + 0.5) / _NODES
    spread = np.sqrt(chdtri(n - 1, tails) / (n - 1))  # the sample's standard deviation over the true one
    error = sd / math.sqrt(n)
    return float(np.mean(ndtr((above - np.maximum(needed, t * error * spread)) / error)))


def power_skewed(
    n: float, above: float, parts: tuple[tuple[float, float], tuple[float, float]], confidence: float = 0.95
) -> float:
    """Chance that the interval of a mean of skewed, unbounded values keeps a bound, by drawing samples.

    In a sample with a long tail mean, spread and skewness rise and fall together, and `mean_interval` widens by what it
    sees of the tail, so that no formula for normal values comes near: of 100 values with sd = mean, five standard
    errors below an upper bound, it foresees .99 where .74 pass. Samples are lognormal, 1000 of them up to n = 400,
    fewer above (always the same ones), so the chance is right to about 2 points, for values that are lognormal.

    Args:
        n: independent pairs.
        above: how far the true mean lies on the right side of the bound, in the values' unit.
        parts: of the values, which are the difference of two independent quantities: standard deviation in the values'
            unit, and standard deviation over mean (which gives the tail its length), of the one whose tail points
            towards the bound, then of the one whose tail points away from it. (0, 0) for one that is not there.
        confidence: of the rule's two-sided interval.
    """
    sd = math.hypot(parts[0][0], parts[1][0])
    whole = math.floor(n)
    if whole < 2:
        return 0.0
    if sd <= 0:
        return float(above >= -1e-12)
    # To 1/64 of a right angle, so that a search for a ratio does not draw new samples at each of its steps.
    angle = round(math.atan2(parts[1][0], parts[0][0]) * 128 / math.pi)
    found = _upper_ends(whole, angle, (round(parts[0][1], 3), round(parts[1][1], 3)), confidence)
    return float(np.searchsorted(found, above / sd, side="right")) / len(found)


@lru_cache(maxsize=256)
def _upper_ends(n: int, angle: int, variation: tuple[float, float], confidence: float) -> Floats:
    """Upper ends of means of made-up samples, whose true mean is 0 and whose standard deviation 1, in order."""
    drawn = min(n, _LARGEST_DRAWN)
    rng = np.random.default_rng(20261121)
    half = max(_FEWEST_SAMPLES, min(1000, _DRAWS // drawn)) // 2
    values = np.zeros((2 * half, drawn))
    for sign, part, weight in zip((1, -1), variation, (math.cos, math.sin), strict=True):
        share = weight(angle * math.pi / 128)
        if share > 1e-9:
            normal = rng.standard_normal((half, drawn))
            normal = np.concatenate([normal, -normal])  # every sample has its opposite, so that they balance
            sigma = math.sqrt(math.log1p(part**2))
            values += sign * share * (np.expm1(sigma * normal - sigma**2 / 2) / part if part else normal)
    way, means = Grouping(np.arange(drawn), drawn), values.mean(axis=1)
    ends = [
        mean / math.sqrt(n / drawn) + reach([way.spread(row - mean, 1.0)], confidence, n / drawn)[1]
        for row, mean in zip(values, means, strict=True)
    ]
    return np.sort(np.array(ends, dtype=np.float64))


_LARGEST_DRAWN = 2000
"""Values of a made-up sample; of more, the mean's tail is that of so many, scaled."""
_DRAWS = 400_000
"""Values of all made-up samples together, which takes some hundredths of a second."""
_FEWEST_SAMPLES = 300


def power_ratio(
    n: float, limit: float, ratio: float, variation: tuple[float, float], confidence: float = 0.95
) -> float:
    """Chance that Fieller's interval of a ratio of two means on the same pairs lies on or below `limit`.

    `high <= r` where the mean of `candidate - r · incumbent` is shown to be at most 0 (Fieller 1954), so it is the
    power of that mean, in units of the incumbent's, and both are taken as lognormal (`power_skewed`) and as
    independent, which is careful: figures that rise and fall together tell a ratio apart sooner.

    Args:
        n: independent pairs.
        limit: the bound, above 0.
        ratio: the true ratio.
        variation: standard deviation over mean of the candidate's and of the incumbent's values.
        confidence: of the rule's two-sided interval.
    """
    # Long tails of the candidate's figures point towards the bound, those of the incumbent's away from it.
    parts = (variation[0] * ratio, variation[0]), (variation[1] * limit, variation[1])
    return power_skewed(n, limit - ratio, parts, confidence)


def _skewness(variation: float) -> float:
    """Of a lognormal quantity with this coefficient of variation."""
    return variation**3 + 3 * variation


def power_percentile(
    share: float, percentile: float, n: float, confidence: float = 0.95, at_most: bool = True
) -> float:
    """Chance that the order-statistic interval of a percentile keeps a bound: exact, by the binomial distribution.

    No shape is assumed: what counts is how many values lie on the right side of the bound.

    Args:
        share: of the pairs whose value lies on the right side of the bound, in truth.
        percentile: between 0 and 100 exclusive.
        n: independent pairs.
        confidence: of the rule's two-sided interval.
        at_most: whether the bound is an upper one.
    """
    from scipy.special import bdtrc  # noqa: PLC0415 - scipy costs more than all the rest

    whole = math.floor(n)
    if whole < 1:
        return 0.0
    low, high = ranks(whole, percentile, confidence)
    rank = high if at_most else low
    if rank is None:
        return 0.0
    right = rank if at_most else whole - rank + 1
    return float(bdtrc(right - 1, whole, share))


def smallest_that_passes(
    power_at: Callable[[float], float], lowest: float, highest: float, power: float = POWER
) -> float | None:
    """The true figure from which on a rule passes with probability `power`: the smallest effect to be seen.

    Args:
        power_at: the chance to pass for a true figure between the two; it must not fall.
        lowest: where to begin, e.g. on the bound.
        highest: where to end.
        power: wanted.

    Returns:
        None where even `highest` would not do.
    """
    if power_at(highest) < power:
        return None
    if power_at(lowest) >= power:
        return lowest
    scale = highest - lowest
    return min(highest, crossing(lambda figure: power_at(figure) >= power, lowest, highest) + 1e-9 * scale)


def fewest_pairs(power_at: Callable[[int], float], power: float = POWER) -> int | None:
    """Pairs with which a rule passes with probability `power`.

    Counts make the power of a rate a saw: it falls a little before each step up. What is returned has the power, and
    one pair less has not; none that is smaller by a tenth has it either.

    Args:
        power_at: the chance to pass with so many pairs.
        power: wanted.

    Returns:
        None where `LARGEST_N` pairs would not do, e.g. because the true figure lies on the bound.
    """
    high = 2
    while power_at(high) < power:
        if high >= LARGEST_N:
            return None
        high = min(2 * high, LARGEST_N)
    low = high // 2 if high > 2 else 0  # does not do
    while high - low > 1:
        middle = (low + high) // 2
        if power_at(middle) >= power:
            high = middle
        else:
            low = middle
    return high
