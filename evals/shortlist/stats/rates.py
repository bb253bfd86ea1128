"""Yes/no metrics: one rate, and two rates on the same pairs."""

from __future__ import annotations

import math

import numpy as np

from shortlist.stats.clusters import design_effect, fewest_clusters
from shortlist.stats.interval import Clusterings, Floats, Interval, crossing, z_quantile


def wilson(successes: float, n: float, confidence: float = 0.95) -> Interval:
    """Wilson's score interval of one rate (Wilson 1927; equals scipy's `proportion_ci(method="wilson")`).

    Never Wald's: at a true rate of .99 and n=300 a nominal 95% Wald interval covers 80%, Wilson's 97%.

    Args:
        successes: between 0 and n; a fraction is allowed, for counts divided by a design effect.
        n: independent trials, above 0.
        confidence: two-sided.

    Returns:
        Shares between 0 and 1.
    """
    if n <= 0 or not 0 <= successes <= n:
        raise ValueError(f"{successes} successes of {n} is no rate")
    z2 = z_quantile(confidence) ** 2
    rate = successes / n
    centre = (successes + z2 / 2) / (n + z2)
    half = math.sqrt(z2 * (successes * (1 - rate) + z2 / 4)) / (n + z2)
    # Rounding must not move an end past the rate or past the end of the scale.
    low, high = min(rate, max(0.0, centre - half)), max(rate, min(1.0, centre + half))
    return Interval(rate, low, high)


def tango_z(b: float, c: float, n: float, margin: float) -> float:
    """Tango's score statistic against "the candidate is worse by `margin`" (Tango 1998, Statistics in Medicine 17).

    Non-inferior at level alpha when it is at least z(1-alpha). With D = -margin the hypothetical difference, A = 2n,
    B = -b - c + (2n - b + c)D, C = -cD(1-D): q = (√(B²-4AC) - B)/(2A) is the most likely share of pairs that the
    incumbent alone has right, and z = (b - c - nD)/√(n(2q + D(1-D))).

    Args:
        b: pairs that the candidate alone has right.
        c: pairs that the incumbent alone has right.
        n: all pairs. The three may be fractions, for counts divided by a design effect.
        margin: a share, between -1 and 1 exclusive.

    Returns:
        The statistic: positive when the data speak for the candidate, 0 where they lie on the margin, infinite where
        they are impossible under the hypothesis.
    """
    if n <= 0 or b < 0 or c < 0 or b + c > n * (1 + 1e-12):
        raise ValueError(f"b={b}, c={c} of n={n} pairs is no table")
    d = -margin
    linear = -b - c + (2 * n - b + c) * d
    constant = -c * d * (1 - d)
    # √(linear² - 8n constant), so that the square of a tiny margin does not vanish.
    if constant <= 0:
        root = math.hypot(linear, math.sqrt(-8 * n * constant))
    else:  # the margin is above 0 and the incumbent alone has some right, so that linear is below 0
        root = abs(linear) * math.sqrt(max(0.0, 1 - 8 * n * constant / linear / linear))
    q = (root - linear) / (4 * n)
    variance = n * (2 * q + d * (1 - d))
    numerator = b - c - n * d
    if variance <= 0:
        return 0.0 if numerator == 0 else math.copysign(math.inf, numerator)
    return numerator / math.sqrt(variance)


def tango(b: float, c: float, n: float, confidence: float = 0.95) -> Interval:
    """Tango's score interval of the difference of two rates on the same pairs: `tango_z` inverted.

    Well defined without any discordance, where it is ±z²/(n+z²): a bootstrap there gives [0, 0] and passes at any n.

    Args:
        b: pairs that the candidate alone has right.
        c: pairs that the incumbent alone has right.
        n: all pairs.
        confidence: two-sided.

    Returns:
        Candidate minus incumbent, between -1 and 1.
    """
    z = z_quantile(confidence)
    difference = (b - c) / n
    tango_z(b, c, n, 0.0)  # refuses what is no table
    low = high = difference
    if difference > -1:
        low = crossing(lambda d: tango_z(b, c, n, -d) <= z, -1.0, difference)
    if difference < 1:
        high = crossing(lambda d: tango_z(b, c, n, -d) <= -z, difference, 1.0)
    return Interval(difference, low, high)


def tango_test(b: float, c: float, n: float, margin: float) -> float:
    """One-sided p of Tango's test against "the candidate is worse by `margin` or more": `tango_z` as a tail.

    Small when the candidate is shown to be non-inferior. At most alpha exactly when `tango(b, c, n, 1 - 2 · alpha)`
    lies above -margin.

    Args:
        b: pairs that the candidate alone has right.
        c: pairs that the incumbent alone has right.
        n: all pairs. The three may be fractions, for counts divided by a design effect.
        margin: a share, between -1 and 1 exclusive; 0 tests superiority.

    Returns:
        A probability, 0 where the table is impossible under the hypothesis.
    """
    return 0.5 * math.erfc(tango_z(b, c, n, margin) / math.sqrt(2))


def mcnemar(b: int, c: int, mid_p: bool = False) -> float:
    """Two-sided p of McNemar's test that two models are right equally often; 1 when b + c is 0.

    Exact: the b + c discordant pairs fall to either side like a fair coin (McNemar 1947, Psychometrika 12). A large p
    is *never* parity: at n=100 it "promotes" a model that is three points worse nine times in ten.

    Args:
        b: pairs that the first alone has right.
        c: pairs that the second alone has right.
        mid_p: count the table seen by half only (Fagerland, Lydersen & Laake 2013, BMC Medical Research Methodology
            13:91): nearer to its level than the exact test, which stays far below, and with some designs above it.
    """
    from scipy.special import bdtr  # noqa: PLC0415 - scipy costs more than all the rest

    if b + c == 0:
        return 1.0
    fewer = min(b, c)
    exact = 2 * float(bdtr(fewer, b + c, 0.5))
    if not mid_p:
        return min(1.0, exact)
    seen = exact / 2 - (float(bdtr(fewer - 1, b + c, 0.5)) if fewer else 0.0)
    return min(1.0, exact - seen)


def pairs_for_power(
    margin: float, discordance: float, difference: float = 0.0, confidence: float = 0.95, power: float = 0.8
) -> int:
    """Pairs with which a non-inferiority rule on a yes/no metric passes with probability `power`.

    `(z_a + z_b)² (ψ - δ²) / (margin + δ)²`, the normal approximation for paired proportions.

    Args:
        margin: above 0, a share.
        discordance: ψ, the share of pairs in which exactly one of the two is right.
        difference: δ, the true difference candidate minus incumbent.
        confidence: of the rule's two-sided interval.
        power: wanted.

    Returns:
        Pairs.
    """
    z = z_quantile(confidence) + z_quantile(2 * power - 1)
    return math.ceil(z**2 * (discordance - difference**2) / (margin + difference) ** 2 - 1e-9)


def rate_interval(
    values: Floats, clusterings: Clusterings = (), confidence: float = 0.95, scale: float = 1.0
) -> Interval | None:
    """Wilson's interval on pairs that may share résumés or job descriptions.

    No end is better than with not one pair on the bad side and clusters that tell no more than one pair each. A few
    failures say little of how failures cluster; taken at their word, one failure among 100 pairs of 20 résumés would
    pass what none does not.

    Args:
        values: 0 or 1, shape (n,), n >= 1.
        clusterings: labels of each way of grouping; counts are divided by the larger design effect.
        confidence: two-sided.
        scale: the interval that so many times the same data would give.

    Returns:
        None when n > 1 pairs all share one cluster: of others they say nothing.
    """
    effect = design_effect(values, clusterings, confidence)
    if effect is None:
        return None
    rate, n = float(values.mean()), len(values) * scale / effect
    interval = wilson(rate * n, n, confidence)
    clusters = fewest_clusters(len(values), clusterings) * scale
    highest_low, lowest_high = wilson(clusters, clusters, confidence).low, wilson(0, clusters, confidence).high
    return Interval(rate, min(interval.low, highest_low), max(interval.high, lowest_high))


def paired_rate_interval(
    differences: Floats, clusterings: Clusterings = (), confidence: float = 0.95, scale: float = 1.0
) -> Interval | None:
    """Tango's interval on pairs that may share résumés or job descriptions.

    No end is better than without the pairs that speak against it and with clusters that tell no more than one pair
    each, as in `rate_interval`.

    Args:
        differences: candidate minus incumbent, -1, 0 or 1, shape (n,), n >= 1.
        clusterings: labels of each way of grouping; counts are divided by the larger design effect.
        confidence: two-sided.
        scale: the interval that so many times the same data would give.

    Returns:
        None when n > 1 pairs all share one cluster: of others they say nothing.
    """
    effect = design_effect(differences, clusterings, confidence)
    if effect is None:
        return None
    n = len(differences)
    b, c = int(np.count_nonzero(differences > 0)), int(np.count_nonzero(differences < 0))
    weight = scale / effect
    interval = tango(b * weight, c * weight, n * weight, confidence)
    low, high = interval.low, interval.high
    clusters = fewest_clusters(n, clusterings)
    if clusters < n:
        fewest = scale * clusters / n
        low = min(low, tango(b * fewest, 0, n * fewest, confidence).low)
        high = max(high, tango(0, c * fewest, n * fewest, confidence).high)
    return Interval(float(differences.mean()), low, high)
