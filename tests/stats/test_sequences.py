import itertools
import math
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate
from scipy import stats as scipy_stats

from shortlist import stats
from shortlist.stats.sequences import FEWEST_UNITS, STAKES

SEED = 20261121
LOOKS = range(10, 201, 10)  # twenty
shares = st.lists(st.floats(0, 1), min_size=1, max_size=60)
counts = st.integers(1, 1000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
confidences = st.sampled_from([0.9, 0.95, 0.99])


# One rate.


@pytest.mark.parametrize(("k", "n", "p"), [(8, 10, 0.5), (99, 100, 0.9), (3, 40, 0.02), (20, 20, 0.7)])
def test_the_rates_capital_is_the_mixture_over_all_higher_rates(k: int, n: int, p: float) -> None:
    # The closed form against scipy's quadrature of the likelihood ratios.
    def ratio(q: float) -> float:
        return math.exp(scipy_stats.binom.logpmf(k, n, q) - scipy_stats.binom.logpmf(k, n, p))

    capital = integrate.quad(ratio, p, 1, epsabs=1e-12)[0] / (1 - p)
    if capital > 2:
        # The confidence at which this rate is just refuted.
        assert stats.rate_sequence(k, n, 1 - 2 / capital).low == pytest.approx(p, abs=1e-6)


@given(counts, confidences)
def test_a_rates_bounds_and_symmetry(count: tuple[int, int], confidence: float) -> None:
    k, n = count
    found, mirrored = stats.rate_sequence(k, n, confidence), stats.rate_sequence(n - k, n, confidence)
    assert 0 <= found.low <= found.value == k / n <= found.high <= 1
    assert found.low < found.high
    assert (found.low, found.high) == pytest.approx((1 - mirrored.high, 1 - mirrored.low), abs=1e-9)


@given(counts)
def test_one_more_success_moves_a_rate_up(count: tuple[int, int]) -> None:
    k, n = count
    if k < n:
        before, after = stats.rate_sequence(k, n), stats.rate_sequence(k + 1, n)
        assert before.low <= after.low
        assert before.high <= after.high


@given(counts)
def test_looking_always_costs_width(count: tuple[int, int]) -> None:
    once, always = stats.wilson(*count), stats.rate_sequence(*count)
    if 5 < count[0] < count[1] - 5:
        assert always.low < once.low
        assert always.high > once.high


def test_a_rate_ends_where_the_scale_ends() -> None:
    assert stats.rate_sequence(0, 7).low == 0
    assert stats.rate_sequence(7, 7).high == 1
    with pytest.raises(ValueError, match="is no rate"):
        stats.rate_sequence(1, 0)
    with pytest.raises(ValueError, match="between 0 and 1"):
        stats.rate_sequence(1, 2, 95)


# Bounded means.


def _refuted(sums: np.ndarray, sizes: np.ndarray, m: float, confidence: float) -> bool:
    """The portfolio's capital against "at most m", multiplied out."""
    capital = [float(np.prod(1 + stake / m * (sums - sizes * m))) for stake in STAKES]
    return float(np.mean(capital)) >= 2 / (1 - confidence)


@given(shares, confidences)
@settings(max_examples=50)
def test_the_ends_are_where_the_capital_is_enough(values: list[float], confidence: float) -> None:
    data = np.array(values)
    found = stats.bounded_sequence(data, (0.0, 1.0), confidence=confidence)
    ones = np.ones(len(data))
    if found.low > 1e-3:
        assert _refuted(data, ones, found.low - 1e-6, confidence)
    if found.low + 1e-6 < data.mean():
        assert not _refuted(data, ones, found.low + 1e-6, confidence)
    if found.high < 1 - 1e-3:
        assert _refuted(1 - data, ones, 1 - found.high - 1e-6, confidence)


@given(shares, confidences, st.randoms(use_true_random=False))
@settings(max_examples=50)
def test_bounds_symmetry_and_order(values: list[float], confidence: float, random: object) -> None:
    data = np.array(values)
    found = stats.bounded_sequence(data, (0.0, 1.0), confidence=confidence)
    random.shuffle(values)  # type: ignore[attr-defined]  # hypothesis gives a random.Random, typed as object here
    mirrored = stats.bounded_sequence(1 - np.array(values), (0.0, 1.0), confidence=confidence)
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert found.low < found.high
    assert (found.low, found.high) == pytest.approx((1 - mirrored.high, 1 - mirrored.low), abs=1e-7)


@given(shares, st.integers(0, 59), st.floats(0, 1))
@settings(max_examples=50)
def test_a_better_value_moves_a_mean_up(values: list[float], at: int, better: float) -> None:
    data = np.array(values)
    improved = data.copy()
    improved[at % len(data)] = max(better, data[at % len(data)])
    before, after = stats.bounded_sequence(data, (0.0, 1.0)), stats.bounded_sequence(improved, (0.0, 1.0))
    assert before.low <= after.low + 1e-7
    assert before.high <= after.high + 1e-7


@given(st.lists(st.sampled_from([-1.0, 0.0, 1.0]), min_size=1, max_size=60))
@settings(max_examples=50)
def test_the_scale_carries_over(differences: list[float]) -> None:
    data = np.array(differences)
    found, moved = stats.bounded_sequence(data, (-1.0, 1.0)), stats.bounded_sequence(data / 2 + 0.5, (0.0, 1.0))
    assert (found.low, found.high) == pytest.approx((moved.low * 2 - 1, moved.high * 2 - 1), abs=1e-7)


@given(st.lists(st.tuples(st.integers(1, 4), st.floats(0, 1)), min_size=1, max_size=15))
@settings(max_examples=50)
def test_units_of_equal_values_are_bets_of_their_size(units: list[tuple[int, float]]) -> None:
    data = np.concatenate([np.full(size, value) for size, value in units])
    labels = [f"u{i}" for i, (size, _) in enumerate(units) for _ in range(size)]
    found = stats.bounded_sequence(data, (0.0, 1.0), labels, largest_unit=4)
    sizes = np.array([size for size, _ in units]) / 4
    sums = sizes * np.array([value for _, value in units])
    assert found.value == pytest.approx(data.mean())
    assert found.low <= found.value <= found.high
    if found.low > 1e-3:
        assert _refuted(sums, sizes, found.low - 1e-6, 0.95)
    if found.low + 1e-6 < data.mean():
        assert not _refuted(sums, sizes, found.low + 1e-6, 0.95)
    renamed = [f"other {label}" for label in labels]
    assert stats.bounded_sequence(data, (0.0, 1.0), renamed, largest_unit=4) == found


def test_units_of_one_are_no_units() -> None:
    data = np.random.default_rng(SEED).random(50)
    alone = stats.bounded_sequence(data, (0.0, 1.0), [str(i) for i in range(50)])
    assert alone == stats.bounded_sequence(data, (0.0, 1.0))
    # A larger unit that may yet come makes all bets smaller.
    later = stats.bounded_sequence(data, (0.0, 1.0), largest_unit=5)
    assert later.high - later.low > alone.high - alone.low


def test_equal_scores_of_one_unit_say_little() -> None:
    together = stats.bounded_sequence(np.ones(60), (0.0, 1.0), ["same"] * 60)
    assert together.low < 0.1
    assert stats.bounded_sequence(np.ones(60), (0.0, 1.0)).low > 0.85


def test_what_is_decided_early() -> None:
    # A rate of .99 against .90, and no difference with 5% discordance against a margin of .05, at confidence .99.
    good = np.ones(100)
    good[40] = 0.0
    assert stats.bounded_sequence(good, (0.0, 1.0), confidence=0.99).low > 0.90
    differences = np.zeros(400)
    differences[::40], differences[20::40] = 1.0, -1.0
    assert stats.bounded_sequence(differences, (-1.0, 1.0), confidence=0.99).low > -0.05


def test_the_smallest_number_is_no_division_by_zero() -> None:
    assert stats.bounded_sequence(np.array([5e-324]), (0.0, 1.0)).low == 0


def test_impossible_values_and_units_are_refused() -> None:
    with pytest.raises(ValueError, match=r"1\.5 is not between 0\.0 and 1\.0"):
        stats.bounded_sequence(np.array([0.5, 1.5]), (0.0, 1.0))
    with pytest.raises(ValueError, match="nan is not between"):
        stats.bounded_sequence(np.array([0.5, np.nan]), (0.0, 1.0))
    with pytest.raises(ValueError, match="no mean"):
        stats.bounded_sequence(np.array([]), (0.0, 1.0))
    with pytest.raises(ValueError, match="1 unit labels for 2 values"):
        stats.bounded_sequence(np.ones(2), (0.0, 1.0), ["a"])
    with pytest.raises(ValueError, match=r"a unit has 2 values, more than the largest was to have \(1\)"):
        stats.bounded_sequence(np.ones(2), (0.0, 1.0), ["a", "a"], largest_unit=1)


# Unbounded means.


def test_the_asymptotic_ends_are_the_papers() -> None:
    # Values without skewness and without excess kurtosis, so that only Student's t is added to the paper's formula.
    data = np.tile([1.0, -1.0], 500)
    found = stats.asymptotic_sequence(data, confidence=0.95, tuned_for=100)
    n, alpha = 1000, 0.025  # each side
    rho2 = (-2 * math.log(2 * alpha) + math.log(-2 * math.log(2 * alpha) + 1)) / 100
    paper = math.sqrt(2 * (n * rho2 + 1) / (n**2 * rho2) * math.log(1 + math.sqrt(n * rho2 + 1) / (2 * alpha)))
    assert found is not None
    assert found.high == pytest.approx(paper, rel=0.01)
    assert found.high >= paper
    assert found.low == pytest.approx(-found.high)


def test_nothing_is_said_of_few_units() -> None:
    data = np.random.default_rng(SEED).lognormal(0, 0.5, FEWEST_UNITS)
    assert stats.asymptotic_sequence(data[1:]) is None
    assert stats.asymptotic_sequence(data) is not None
    assert stats.asymptotic_sequence(data, [str(i // 2) for i in range(len(data))]) is None
    assert stats.asymptotic_sequence(np.array([])) is None


def test_equal_prices_are_believed() -> None:
    assert stats.asymptotic_sequence(np.full(60, 0.004)) == stats.Interval(0.004, 0.004, 0.004)


@given(st.lists(st.floats(-100, 100), min_size=FEWEST_UNITS, max_size=90), confidences)
@settings(max_examples=50)
def test_the_asymptotic_sequence_is_wider_than_an_interval_and_symmetric(
    values: list[float], confidence: float
) -> None:
    data = np.array(values)
    found, mirrored = (stats.asymptotic_sequence(x, confidence=confidence) for x in (data, -data[::-1]))
    once = stats.mean_interval(data, confidence=confidence)
    assert found is not None
    assert mirrored is not None
    assert once is not None
    assert found.low <= once.low + 1e-9
    assert once.high <= found.high + 1e-9
    assert (found.low, found.high) == pytest.approx((-mirrored.high, -mirrored.low), abs=1e-6)


def test_pairs_that_share_a_unit_widen_the_asymptotic_sequence() -> None:
    data = np.repeat(np.random.default_rng(SEED).normal(0, 1, 80), 4)
    labels = [str(i // 4) for i in range(320)]
    apart, together = stats.asymptotic_sequence(data), stats.asymptotic_sequence(data, labels)
    assert apart is not None
    assert together is not None
    assert together.high - together.low > 1.8 * (apart.high - apart.low)


# What they promise, by simulation with a fixed seed.


def test_twenty_looks_mislead_mcnemar_and_not_the_sequences() -> None:
    # Two equal models, 10% discordance, a look after every 10 of 200 pairs.
    draws = np.random.default_rng(SEED).choice([-1, 0, 1], size=(600, 200), p=[0.05, 0.9, 0.05])
    wins, losses = np.cumsum(draws > 0, axis=1), np.cumsum(draws < 0, axis=1)
    mcnemar = cache(lambda b, c, _: stats.mcnemar(b, c, mid_p=True) <= 0.05)

    @cache
    def sequence(b: int, c: int, n: int) -> bool:
        found = stats.bounded_sequence(np.repeat([1.0, -1.0, 0.0], [b, c, n - b - c]), (-1.0, 1.0))
        return found.low > 0 or found.high < 0

    def misled(refutes: Callable[[int, int, int], bool]) -> float:
        hits = [any(refutes(int(b[n - 1]), int(c[n - 1]), n) for n in LOOKS) for b, c in zip(wins, losses, strict=True)]
        return float(np.mean(hits))

    assert misled(mcnemar) > 0.13
    assert misled(sequence) <= 0.05


@pytest.mark.parametrize("p", [0.5, 0.9, 0.98])
def test_a_rate_is_missed_no_more_often_than_promised_at_any_look(p: float) -> None:
    successes = np.cumsum(np.random.default_rng(SEED).random((800, 300)) < p, axis=1)
    found = cache(lambda k, n: stats.rate_sequence(k, n, 0.9))
    above = below = 0
    for run in successes:
        looks = [found(int(run[n - 1]), n) for n in range(10, 301, 10)]
        above += any(look.low > p for look in looks)
        below += any(look.high < p for look in looks)
    assert above / 800 <= 0.05
    assert below / 800 <= 0.05


def test_pairs_that_fail_together_do_not_mislead_units() -> None:
    # Résumés with one to five pairs each, which pass or fail together; a true rate of .8; a look after every ten.
    rng = np.random.default_rng(SEED)
    apart = together = 0
    for _ in range(80):
        sizes = rng.integers(1, 6, 60)
        data = np.repeat((rng.random(60) < 0.8).astype(float), sizes)
        labels = [str(i) for i, size in enumerate(sizes) for _ in range(size)]
        ends = list(itertools.accumulate(int(size) for size in sizes))[9::10]
        looks = [stats.bounded_sequence(data[:n], (0.0, 1.0), labels[:n], 0.9, 5) for n in ends]
        naive = [stats.bounded_sequence(data[:n], (0.0, 1.0), confidence=0.9) for n in ends]
        together += any(not look.low <= 0.8 <= look.high for look in looks)
        apart += any(not look.low <= 0.8 <= look.high for look in naive)
    assert together / 80 <= 0.1
    assert apart / 80 > 0.2


@pytest.mark.parametrize("sigma", [0.5, 1.0])
def test_costs_are_missed_no_more_often_than_promised_at_any_look(sigma: float) -> None:
    # At 0.9 for both sides together; twelve looks from the first allowed one on.
    rng, true = np.random.default_rng(SEED), math.exp(sigma**2 / 2)
    looks = np.unique(np.geomspace(FEWEST_UNITS, 1000, 12).astype(int))
    low = high = 0
    for _ in range(250):
        data = rng.lognormal(0, sigma, 1000)
        found = [stats.asymptotic_sequence(data[:n], confidence=0.9) for n in looks]
        high += any(look is not None and look.high < true for look in found)
        low += any(look is not None and look.low > true for look in found)
    assert high / 250 <= 0.05 + 0.02  # one and a half standard errors of the simulation
    assert low / 250 <= 0.05
