"""Confidence sequences: intervals that hold at every look, however many, and whenever one stops.

An ordinary interval, looked at twenty times, misleads at one look or another seven times as often as it promises. These
are wider, and the chance that any of all their intervals, from the first value to the last, misses the truth is at most
`1 - confidence`; half of it on each side, so that a rule that asks for one side errs in at most `(1 - confidence)/2`.
They rest on Ville's inequality: a bet against a true hypothesis multiplies its stake by 1/alpha with a chance of at
most alpha, ever.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from shortlist.stats.clusters import Spread, spreads
from shortlist.stats.interval import Floats, Interval, crossing
from shortlist.stats.means import tail


def rate_sequence(successes: int, n: int, confidence: float = 0.95) -> Interval:
    """A confidence sequence of one rate, at its n-th trial: a mixture of likelihood ratios in closed form.

    Against "the rate is at most p" bets the likelihood ratio of q to p, averaged over all q above p (Robbins 1970,
    Annals of Mathematical Statistics 41, 1397-1409, with a uniform mixture):
    `M(p) = B(k+1, n-k+1) · (1 - I_p(k+1, n-k+1)) / ((1-p) · p^k (1-p)^(n-k))`, which is a supermartingale at every rate
    that is at most p and falls with p as long as it is large. The lower end is where it is 2/(1-confidence). The upper
    end likewise. Exact at every n and at every stopping time.

    Args:
        successes: between 0 and n.
        n: independent trials so far, at least one.
        confidence: two-sided, of all looks together.

    Returns:
        Shares between 0 and 1.
    """
    if n <= 0 or not 0 <= successes <= n:
        raise ValueError(f"{successes} successes of {n} is no rate")
    rate = successes / n
    low = _lowest_rate(successes, n, confidence)
    high = 1 - _lowest_rate(n - successes, n, confidence)
    return Interval(rate, min(low, rate), max(high, rate))


def _lowest_rate(successes: int, n: int, confidence: float) -> float:
    from scipy.special import betainc, betaln, xlog1py, xlogy  # noqa: PLC0415 - scipy costs more than all the rest

    wanted = _log_stake(confidence)
    k, rest = successes, n - successes

    def refuted(p: float) -> bool:
        above = 1 - betainc(k + 1, rest + 1, p)
        mixture = betaln(k + 1, rest + 1) + math.log(above) - math.log1p(-p) if above > 0 else -math.inf
        return bool(mixture - xlogy(k, p) - xlog1py(rest, -p) >= wanted)

    return crossing(lambda p: not refuted(p), 0.0, k / n) if k else 0.0


STAKES = 1 / (1 + np.exp(-np.linspace(-3.0, 5.0, 17)))
"""The bets of `bounded_sequence`, as shares of the largest that cannot lose more than it has: 0.05 to 0.993.

Measured against bets that follow what was seen (aGRAPA of Waudby-Smith & Ramdas, cut at 0.5, at 0.9 or at 0.99 of the
largest, and their predictable plug-in), values until a decision at confidence 0.99, the median of 100 runs: a rate of
.99 against .90: 60 (118, 63, 58; 56); .95 against .90: 369 (325, 812, never; 580); a difference of 0 with 5%
discordance against a margin of .05: 301 (289, 342, 496; 318), with 20%: 1068 (1059, 1209, 1188; 1974). Each of the
others is slow somewhere.
"""


def bounded_sequence(
    values: Floats,
    bounds: tuple[float, float],
    units: Sequence[str] | None = None,
    confidence: float = 0.95,
    largest_unit: int | None = None,
) -> Interval:
    """A confidence sequence of the mean of bounded values, at the last of them, by betting.

    Whoever holds that the mean is at most m must accept bets on each value x, scaled to [0, 1]: a stake is multiplied
    by `1 + θ(x/m - 1)`, for any θ in [0, 1]. The capital of a portfolio of such bets (`STAKES`), each with its own θ
    throughout, is a supermartingale, so m is refuted once it is 2/(1-confidence) times the stake (Waudby-Smith & Ramdas
    2024, JRSS B 86, 1-27; the portfolio in place of their predictable bets: Orabona & Jun 2024, IEEE Transactions on
    Information Theory 70, 436-455). The capital falls with m, so what is left is an interval; the upper end bets
    likewise on 1 - x. Exact for independent units at every n and at every stopping time, whatever the distribution; the
    order of the values plays no part.

    Values of one unit are one bet: `1 + θ(Σ x - n_g m)/(n_max m)`, n_g the values of the unit and n_max those of the
    largest that there will be. So the values of one unit may depend on each other as they like, and the mean is that of
    values (a unit counts by its size).

    Args:
        values: shape (n,), in the order seen, n at least 1.
        bounds: the smallest and the largest possible value.
        units: n labels; adjacent equal ones are one unit, which must be complete. Every value by itself without them.
        confidence: two-sided, of all looks together.
        largest_unit: the most values that any unit will have, fixed before the first look; the largest seen without it,
            which is right only where that cannot grow.

    Returns:
        In the values' unit, inside the bounds.

    Raises:
        ValueError: no values, one out of bounds, labels that do not match, or a unit larger than the largest.
    """
    sums, sizes = _units(values, bounds, units)
    most = int(sizes.max()) if largest_unit is None else largest_unit
    if most < sizes.max():
        raise ValueError(f"a unit has {int(sizes.max())} values, more than the largest was to have ({most})")
    wanted, mean = _log_stake(confidence), float(sums.sum() / sizes.sum())
    low = _lowest_mean(sums / most, sizes / most, mean, wanted)
    high = 1 - _lowest_mean((sizes - sums) / most, sizes / most, 1 - mean, wanted)
    start, span = bounds[0], bounds[1] - bounds[0]
    value = float(values.mean())
    return Interval(value, min(value, start + span * low), max(value, start + span * high))


def _lowest_mean(sums: Floats, sizes: Floats, mean: float, wanted: float) -> float:
    """The smallest mean that the bets on large values do not refute; sums and sizes are shares of the largest unit."""
    kinds, counts = np.unique(np.stack([sums, sizes]), axis=1, return_counts=True)  # equal bets are made at once
    kept = 1 - STAKES[:, None] * kinds[1]
    won = STAKES[:, None] * kinds[0]

    def refuted(m: float) -> bool:
        capital = np.log(kept + won / m) @ counts
        best = float(capital.max())
        return best + math.log(float(np.exp(capital - best).mean())) >= wanted

    return _falling(refuted, mean) if mean > 0 else 0.0


def _falling(refuted: Callable[[float], bool], mean: float) -> float:
    """The end of the refuted means below `mean`, to nine digits, on the side of caution."""
    low, high = 0.0, mean
    while high - low > 1e-9 * mean:
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if refuted(middle):
            low = middle
        else:
            high = middle
    return low


def _units(values: Floats, bounds: tuple[float, float], units: Sequence[str] | None) -> tuple[Floats, Floats]:
    """The sum, on a scale from 0 to 1, and the size of every unit."""
    if len(values) == 0:
        raise ValueError("no values have no mean")
    low, high = bounds
    outside = values[~((values >= low - 1e-9 * (high - low)) & (values <= high + 1e-9 * (high - low)))]
    if len(outside):
        raise ValueError(f"{float(outside[0])} is not between {low} and {high}")
    scaled = np.clip((values - low) / (high - low), 0.0, 1.0)
    runs = _runs(units, len(values))
    starts, sizes = [start for start, _ in runs], [size for _, size in runs]
    return np.add.reduceat(scaled, starts), np.array(sizes, dtype=np.float64)


def _runs(units: Sequence[str] | None, n: int) -> list[tuple[int, int]]:
    """Where each unit begins and how many values it has: adjacent equal labels are one unit."""
    if units is None:
        return [(i, 1) for i in range(n)]
    if len(units) != n:
        raise ValueError(f"{len(units)} unit labels for {n} values")
    starts = [i for i in range(n) if i == 0 or units[i] != units[i - 1]]
    return [(start, end - start) for start, end in zip(starts, [*starts[1:], n], strict=True)]


FEWEST_UNITS = 50
"""`asymptotic_sequence` says nothing below it: the theorem is about large n."""


def asymptotic_sequence(
    values: Floats, units: Sequence[str] | None = None, confidence: float = 0.95, tuned_for: int = 100
) -> Interval | None:
    """A confidence sequence of the mean of unbounded values (costs, seconds), at the last of them.

    Each end is `SE · √((n + 1/ρ²)/n · 2 log(1 + √(nρ² + 1)/(1 - confidence)))` away from the mean (Waudby-Smith,
    Arbour, Sinha, Kennedy & Ramdas 2024, Annals of Statistics 52, 2613-2640, arXiv 2103.06476: the one-sided sequence,
    with half of the error on each side), ρ such that it is tightest near n = `tuned_for`. It holds as n grows, as the
    central-limit theorem does, not exactly. So it says nothing below `FEWEST_UNITS`, and both ends are widened as those
    of `mean_interval` are: by Student's t in place of the normal distribution, and by both terms for a long tail.

    How often one of its upper ends from n=50 to 2000 lies below the true mean, where 0.5% is promised, by simulation
    (20 000 runs of up to 60 looks each): lognormal with sigma .5 0.2%, with sigma 1 0.3%, gamma(1) 0.2%, normal 0.2%,
    lognormal with 5% of zeros 0.3%. With 5% of values ten times as large as the rest it is about 5%, with 2% twenty
    times as large about 25%: a tail of which the first 50 values show too little is not known yet.

    Args:
        values: shape (n,), in the order seen.
        units: n labels; adjacent equal ones are one unit, which must be complete. Every value by itself without them.
        confidence: two-sided, of all looks together.
        tuned_for: units at which it should be tightest, fixed before the first look.

    Returns:
        In the values' unit; None below `FEWEST_UNITS` units.
    """
    n = len(values)
    labels = [str(start) for start, size in _runs(units, n) for _ in range(size)]
    count = len(set(labels))
    if count < FEWEST_UNITS:
        return None
    found = spreads(values, [labels])
    if found is None:
        return None
    each = [_ends(spread, confidence, tuned_for) for spread in found]
    mean = float(values.mean())
    return Interval(mean, mean - max(below for below, _ in each), mean + max(above for _, above in each))


def _ends(spread: Spread, confidence: float, tuned_for: int) -> tuple[float, float]:
    """How far below and above the mean the sequence reaches."""
    from scipy.special import ndtr, stdtrit  # noqa: PLC0415 - scipy costs more than all the rest

    n, alpha = spread.effective, 1 - confidence
    rho2 = (math.log(1 / alpha**2) + math.log(math.log(1 / alpha**2) + 1)) / tuned_for
    z = math.sqrt((n + 1 / rho2) / n * 2 * math.log1p(math.sqrt(n * rho2 + 1) / alpha))
    t = -float(stdtrit(n - 1, float(ndtr(-z))))
    below, above = tail(t, spread)
    return spread.error * (t + below), spread.error * (t + above)


def _log_stake(confidence: float) -> float:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is {confidence}, and must be between 0 and 1, e.g. 0.95")
    return math.log(2 / (1 - confidence))
