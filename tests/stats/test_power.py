"""Power: against the figures of facts/statistics.md, against scipy, and against the intervals themselves."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as peer

from shortlist.stats import (
    Floats,
    fewest_for_percentile,
    mean_interval,
    pairs_for_power,
    percentile_interval,
    ratio_interval,
    tango,
    wilson,
)
from shortlist.stats.power import (
    fewest_for_mean,
    fewest_for_rate,
    fewest_pairs,
    power_mean,
    power_non_inferior_rate,
    power_percentile,
    power_rate,
    power_ratio,
    power_skewed,
    smallest_that_passes,
)

SHARES = st.floats(0.01, 0.99)
COUNTS = st.integers(2, 400)


@pytest.mark.parametrize(("n", "power"), [(100, 0.13), (200, 0.24), (500, 0.55), (1000, 0.83), (2000, 0.99)])
def test_tango_has_the_power_of_the_facts(n: int, power: float) -> None:
    assert power_non_inferior_rate(n, margin=0.03, discordance=0.1) == pytest.approx(power, abs=0.012)


def test_at_the_margin_tango_errs_as_promised() -> None:
    for n in (20, 50, 100, 200, 500, 1000, 2000):
        for discordance in (0.03, 0.05, 0.1, 0.2):
            assert power_non_inferior_rate(n, 0.03, discordance, difference=-0.03) <= 0.028


def test_mcnemar_with_four_points_has_the_power_of_the_facts() -> None:
    """Superiority is non-inferiority without a margin; its score statistic is near to McNemar's exact test."""
    assert power_non_inferior_rate(500, margin=0.0, discordance=0.08, difference=0.04) == pytest.approx(0.877, abs=0.03)


@pytest.mark.parametrize(("margin", "discordance"), [(0.03, 0.1), (0.03, 0.2), (0.05, 0.2)])
def test_the_normal_formula_is_near_where_there_is_enough_discordance(margin: float, discordance: float) -> None:
    exact = fewest_pairs(lambda n: power_non_inferior_rate(n, margin, discordance))
    assert exact is not None
    assert exact == pytest.approx(pairs_for_power(margin, discordance), rel=0.04)


def test_the_normal_formula_is_too_hopeful_where_there_is_little_discordance() -> None:
    n = pairs_for_power(0.05, 0.05)
    assert n == 157
    rng = np.random.default_rng(1)
    tables = rng.multinomial(n, (0.025, 0.025, 0.95), size=4000)
    seen = np.mean([tango(int(b), int(c), n).low >= -0.05 for b, c, _ in tables])
    assert seen == pytest.approx(power_non_inferior_rate(n, 0.05, 0.05), abs=0.03)
    assert seen < 0.75


@pytest.mark.parametrize(
    ("n", "margin", "psi", "delta"),
    [
        (30, 0.1, 0.2, 0.0),
        (72, 0.05, 0.1, 0.02),
        (72, 0.03, 0.0, 0.0),
        (150, -0.02, 0.15, 0.1),
        (150, 0.03, 0.02, -0.01),
    ],
)
def test_tango_passes_as_often_as_foreseen(n: int, margin: float, psi: float, delta: float) -> None:
    rng = np.random.default_rng(n)
    chances = ((psi + delta) / 2, (psi - delta) / 2, 1 - psi)
    tables, counts = np.unique(rng.multinomial(n, chances, size=4000), axis=0, return_counts=True)
    passes = [tango(int(b), int(c), n).low >= -margin for b, c, _ in tables]
    expected = power_non_inferior_rate(n, margin, psi, delta)
    assert float(np.dot(passes, counts)) / 4000 == pytest.approx(expected, abs=0.025)


@given(rate=SHARES | st.sampled_from([0.0, 1.0]), bound=SHARES, n=st.integers(1, 300))
def test_wilson_passes_exactly_as_often_as_foreseen(rate: float, bound: float, n: int) -> None:
    passing = [k for k in range(n + 1) if wilson(k, n).low >= bound - 1e-12]
    exact = float(np.sum(peer.binom.pmf(passing, n, rate)))
    assert power_rate(rate, bound, n) == pytest.approx(exact, abs=1e-9)


def test_rates_and_means_that_cannot_pass() -> None:
    assert (fewest_for_rate(0.95), fewest_for_rate(0.9), fewest_for_rate(1.0)) == (73, 35, None)
    assert power_rate(1.0, 0.95, 72) == 0
    assert power_rate(1.0, 0.95, 73) == 1
    fewest = fewest_for_mean(0.95)
    assert fewest is not None
    almost_one: Floats = 1 - 1e-9 * np.arange(1, 200, dtype=np.float64)
    for n, passes in ((fewest, True), (fewest - 1, False)):
        found = mean_interval(almost_one[:n], bounds=(0.0, 1.0))
        assert found is not None
        assert (found.low >= 0.95) is passes


@given(n=st.integers(3, 300), effect=st.floats(-1, 1), sd=st.floats(0.05, 3))
@settings(deadline=None)
def test_without_a_scale_the_power_of_a_mean_is_that_of_the_noncentral_t(n: int, effect: float, sd: float) -> None:
    exact = float(peer.nct.sf(peer.t.ppf(0.975, n - 1), n - 1, effect / sd * math.sqrt(n)))
    assert power_mean(n, effect, sd) == pytest.approx(exact, abs=2e-3)


@pytest.mark.parametrize(
    ("n", "difference", "margin"), [(72, 0.0, 0.03), (150, 0.0, 0.03), (150, 0.02, 0.03), (40, 0.0, 0.1)]
)
def test_score_differences_pass_as_often_as_foreseen(n: int, difference: float, margin: float) -> None:
    rng = np.random.default_rng(n)
    passed = 0
    for _ in range(1500):
        found = mean_interval(rng.normal(difference, 0.15, n), bounds=(-1.0, 1.0))
        passed += found is not None and found.low >= -margin
    assert passed / 1500 == pytest.approx(power_mean(n, difference + margin, 0.15, floor=1 - margin), abs=0.05)


@pytest.mark.parametrize(("n", "variation"), [(30, 0.5), (100, 1.0), (100, 0.3), (400, 1.0), (2500, 1.0)])
@pytest.mark.parametrize("upper", [True, False])
def test_skewed_means_pass_as_often_as_foreseen(n: int, variation: float, upper: bool) -> None:
    rng, runs = np.random.default_rng([n, upper]), 600
    sigma = math.sqrt(math.log1p(variation**2))
    found = [mean_interval(rng.lognormal(-(sigma**2) / 2, sigma, n)) for _ in range(runs)]
    skewness = (1 if upper else -1) * (variation**3 + 3 * variation)
    for errors in (0.0, 1.5, 3.0, 5.0):
        above = errors * variation / math.sqrt(n)
        passed = sum(
            each is not None and (each.high <= 1 + above if upper else each.low >= 1 - above) for each in found
        )
        assert passed / runs == pytest.approx(power_mean(n, above, variation, 0.95, skewness), abs=0.07)


@pytest.mark.parametrize("ratio", [0.9, 1.0, 1.1, 1.2])
@pytest.mark.parametrize(("n", "variation"), [(100, (0.5, 0.5)), (60, (1.0, 0.4)), (200, (0.4, 1.0))])
def test_ratios_pass_as_often_as_foreseen(ratio: float, n: int, variation: tuple[float, float]) -> None:
    rng = np.random.default_rng(7)
    passed, runs = 0, 600
    sigmas = [math.sqrt(math.log1p(each**2)) for each in variation]
    for _ in range(runs):
        ours, theirs = (rng.lognormal(-(sigma**2) / 2, sigma, n) for sigma in sigmas)
        found = ratio_interval(ours * ratio, theirs)
        passed += found is not None and found.high <= 1.2
    assert passed / runs == pytest.approx(power_ratio(n, 1.2, ratio, variation), abs=0.07)


def test_differences_of_skewed_figures_pass_as_often_as_foreseen() -> None:
    # Seconds of two equal models, sd 10 and mean 20 each, margin 5.
    rng, runs, sigma = np.random.default_rng(8), 600, math.sqrt(math.log1p(0.25))
    passed = 0
    for _ in range(runs):
        ours, theirs = 20 * rng.lognormal(-(sigma**2) / 2, sigma, (2, 100))
        found = mean_interval(ours - theirs)
        passed += found is not None and found.high <= 5
    foreseen = power_skewed(100, 5, ((10, 0.5), (10, 0.5)))
    assert passed / runs == pytest.approx(foreseen, abs=0.06)
    assert foreseen < power_mean(100, 5, math.hypot(10, 10)) - 0.02  # what values about normal would have


def test_the_power_of_skewed_values_in_the_limit() -> None:
    assert power_skewed(1, 5, ((1, 1), (0, 0))) == 0
    assert power_skewed(50, 0.0, ((0, 0), (0, 0))) == 1
    assert power_skewed(50, -0.1, ((0, 0), (0, 0))) == 0
    # Without a tail it is the mean of normal values, but for what little of a tail their samples seem to have.
    assert power_skewed(200, 0.2, ((1, 0), (0, 0))) == pytest.approx(power_mean(200, 0.2, 1), abs=0.04)
    assert power_skewed(100_000, 0.01, ((1, 1), (0, 0))) == pytest.approx(power_mean(100_000, 0.01, 1), abs=0.06)


@pytest.mark.parametrize(
    ("n", "percentile", "share", "at_most"), [(72, 95, 0.99, True), (150, 95, 0.99, True), (60, 50, 0.6, False)]
)
def test_percentiles_pass_as_often_as_foreseen(n: int, percentile: float, share: float, at_most: bool) -> None:
    rng = np.random.default_rng(n)
    passed = 0
    for _ in range(2000):
        found = percentile_interval(rng.random(n), percentile)
        end = found.high if at_most else found.low
        passed += end is not None and (end <= share if at_most else end >= 1 - share)
    assert passed / 2000 == pytest.approx(power_percentile(share, percentile, n, at_most=at_most), abs=0.035)


def test_a_p99_cannot_pass_below_368_pairs() -> None:
    assert fewest_for_percentile(99) == 368
    assert power_percentile(1.0, 99, 367) == 0
    assert power_percentile(1.0, 99, 368) == 1


@given(n=COUNTS, margin=st.floats(0.005, 0.3), psi=st.floats(0.01, 0.5), more=st.floats(0.001, 0.2))
@settings(deadline=None, max_examples=60)
def test_more_is_easier(n: int, margin: float, psi: float, more: float) -> None:
    at = power_non_inferior_rate(n, margin, psi)
    assert 0 <= at <= 1
    assert power_non_inferior_rate(n, min(0.99, margin + more), psi) >= at - 1e-9
    assert power_non_inferior_rate(n, margin, psi, difference=min(more, psi)) >= at - 1e-9
    assert power_rate(min(1.0, 0.9 + more / 2), 0.9, n) >= power_rate(0.9, 0.9, n)
    assert power_mean(n, margin + more, 0.2, floor=0.9) >= power_mean(n, margin, 0.2, floor=0.9)
    assert power_mean(n + 1, margin, 0.2) >= power_mean(n, margin, 0.2) - 1e-9
    assert power_mean(n, margin + more, 0.2, skewness=1) >= power_mean(n, margin, 0.2, skewness=1) >= 0
    assert power_mean(n, margin + more, 0.2, skewness=-1) >= power_mean(n, margin, 0.2, skewness=-1) >= 0
    assert power_percentile(min(1.0, 0.9 + more / 2), 90, n) >= power_percentile(0.9, 90, n)
    assert power_ratio(n, 1 + more, 1.0, (0.5, 0.5)) >= power_ratio(n, 1.0, 1.0, (0.5, 0.5))


@given(bound=st.floats(0.5, 0.97), n=st.integers(20, 500))
def test_the_smallest_rate_that_passes_is_the_smallest(bound: float, n: int) -> None:
    found = smallest_that_passes(lambda rate: power_rate(rate, bound, n), bound, 1.0)
    if found is None:
        assert power_rate(1.0, bound, n) < 0.8
        return
    assert power_rate(found, bound, n) >= 0.8
    assert power_rate(found - 1e-6, bound, n) < 0.8


@given(margin=st.floats(0.02, 0.2), sd=st.floats(0.05, 0.4))
@settings(deadline=None, max_examples=50)
def test_with_the_pairs_it_takes_the_smallest_difference_is_none(margin: float, sd: float) -> None:
    n = fewest_pairs(lambda n: power_mean(n, margin, sd, floor=1 - margin))
    assert n is not None
    assert power_mean(n, margin, sd, floor=1 - margin) >= 0.8 > power_mean(n - 1, margin, sd, floor=1 - margin)
    smallest = smallest_that_passes(lambda d: power_mean(n, d + margin, sd, floor=1 - margin), -margin, 1.0)
    assert smallest is not None
    assert -0.1 * margin < smallest <= 1e-6


def test_on_the_bound_no_number_of_pairs_does() -> None:
    assert fewest_pairs(lambda n: power_mean(n, 0.0, 0.1)) is None
    assert fewest_pairs(lambda n: power_rate(0.9, 0.95, n)) is None
    assert smallest_that_passes(lambda rate: power_rate(rate, 0.95, 20), 0.95, 1.0) is None


def test_without_spread_a_mean_is_known() -> None:
    assert power_mean(10, 0.1, 0.0) == 1
    assert power_mean(10, -0.1, 0.0) == 0
    assert power_mean(1, 0.1, 0.1) == 0
    assert power_mean(20, 0.02, 0.0, floor=0.98) == 0  # twenty equal scores do not rule out an unlike one
