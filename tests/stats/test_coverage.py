"""What the intervals promise, checked by simulation with a fixed seed: seconds, not the full calibration."""

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from shortlist import stats

SEED = 20261120


@pytest.mark.parametrize(("p", "n", "covered"), [(0.99, 300, 0.967), (0.95, 50, 0.962)])
def test_wilson_covers_as_stated(p: float, n: int, covered: float) -> None:
    successes = np.random.default_rng(SEED).binomial(n, p, size=20_000)
    hits = [interval.low <= p <= interval.high for interval in map(_wilson(n), map(int, successes))]
    assert np.mean(hits) == pytest.approx(covered, abs=0.005)


def _wilson(n: int) -> Callable[[int], stats.Interval]:
    return cache(lambda k: stats.wilson(k, n))


def _promoted(n: int, better: float, worse: float, size: int = 4000) -> float:
    """Share of simulated runs that Tango promotes at a margin of 3 points, alpha .025."""
    draws = np.random.default_rng(SEED).multinomial(n, [better, worse, 1 - better - worse], size=size)
    passed = cache(lambda b, c: stats.tango_z(b, c, n, 0.03) >= 1.959963984540054)
    return float(np.mean([passed(int(b), int(c)) for b, c, _ in draws]))


@pytest.mark.parametrize("n", [100, 200, 500, 1000])
def test_a_candidate_at_the_margin_is_seldom_promoted(n: int) -> None:
    assert _promoted(n, 0.035, 0.065) <= 0.028 + 0.005  # three points worse, 10% discordance; Monte-Carlo error


@pytest.mark.parametrize(("n", "power"), [(100, 0.13), (200, 0.24), (500, 0.55), (1000, 0.83), (2000, 0.99)])
def test_tangos_power_when_equal(n: int, power: float) -> None:
    assert _promoted(n, 0.05, 0.05) == pytest.approx(power, abs=0.03)


def test_clusters_are_covered_where_a_naive_interval_is_not() -> None:
    # 40 clusters of 5, intra-cluster correlation .5.
    rng = np.random.default_rng(SEED)
    labels = [str(i // 5) for i in range(200)]
    naive = clustered = 0
    for _ in range(1500):
        data = np.repeat(rng.normal(0, np.sqrt(0.5), 40), 5) + rng.normal(0, np.sqrt(0.5), 200)
        without, within = stats.mean_interval(data), stats.mean_interval(data, [labels])
        assert without is not None
        assert within is not None
        naive += without.low <= 0 <= without.high
        clustered += within.low <= 0 <= within.high
    assert naive / 1500 == pytest.approx(0.758, abs=0.03)
    assert clustered / 1500 == pytest.approx(0.957, abs=0.02)


def test_scores_with_rare_failures_are_covered_where_a_t_interval_is_not() -> None:
    # Near-perfect outputs and 3% that failed: among 30 pairs most samples hold no failure at all.
    rng = np.random.default_rng(SEED)
    true = 0.97 * 0.95
    ours = plain = 0
    for _ in range(1500):
        data = rng.uniform(0.93, 0.97, 30) * (rng.random(30) >= 0.03)
        bounded, unbounded = stats.mean_interval(data, bounds=(0.0, 1.0)), stats.mean_interval(data)
        assert bounded is not None
        assert unbounded is not None
        ours += bounded.low <= true <= bounded.high
        plain += unbounded.low <= true <= unbounded.high
    assert plain / 1500 < 0.7
    assert ours / 1500 >= 0.95


@pytest.mark.parametrize(("n", "failing"), [(60, 0.1), (100, 0.1), (200, 0.05), (500, 0.02)])
def test_failed_cases_among_scores_do_not_flatter_the_lower_end(n: int, failing: float) -> None:
    # Outputs near .93 and failed cases at 0. A t interval lies above the truth up to 6 times in a hundred.
    rng = np.random.default_rng(SEED)
    true = 0.93 * (1 - failing)
    above = plain = 0
    for _ in range(2000):
        data = rng.uniform(0.89, 0.97, n) * (rng.random(n) >= failing)
        interval = stats.mean_interval(data, bounds=(0.0, 1.0))
        assert interval is not None
        above += interval.low > true
        plain += data.mean() - 1.96 * data.std(ddof=1) / np.sqrt(n) > true
    assert above / 2000 <= 0.025 + 0.011  # three standard errors of the simulation
    assert plain / 2000 > 0.036


@pytest.mark.parametrize("together", [0.3, 0.6, 1.0])
def test_clusters_that_fail_together_do_not_flatter_the_lower_end(together: float) -> None:
    # 20 résumés with 5 pairs each, a true rate of .9; the failures of a résumé are correlated by `together`.
    rng = np.random.default_rng(SEED)
    labels = [str(i // 5) for i in range(100)]
    above = np.zeros(3)
    for _ in range(1000):
        scale = 1 / together - 1
        rates = rng.beta(0.9 * scale, 0.1 * scale, 20) if scale else (rng.random(20) < 0.9).astype(float)
        passed = (rng.random(100) < np.repeat(rates, 5)).astype(float)
        scores = np.where(passed, rng.uniform(0.98, 1.0, 100), 0.4)
        found = [
            stats.rate_interval(passed, [labels]),
            stats.paired_rate_interval(passed - 1, [labels]),
            stats.mean_interval(scores, [labels], bounds=(0.0, 1.0)),
        ]
        for i, (interval, true) in enumerate(zip(found, (0.9, -0.1, 0.931), strict=True)):
            assert interval is not None
            above[i] += interval.low > true
    assert np.all(above / 1000 <= 0.025 + 0.015)


@pytest.mark.parametrize(("sigma", "n"), [(1.0, 100), (0.5, 50), (1.0, 500)])
def test_costs_with_a_long_tail_do_not_flatter_an_upper_bound(sigma: float, n: int) -> None:
    # Lognormal costs: with Johnson's term alone an upper end lies below the truth in 5% of samples of 100 at sigma 1.
    rng, true = np.random.default_rng([SEED, n]), np.exp(sigma**2 / 2)
    below = plain = 0
    for _ in range(2000):
        data = rng.lognormal(0, sigma, n)
        interval = stats.mean_interval(data)
        assert interval is not None
        below += interval.high < true
        plain += data.mean() + 1.96 * data.std(ddof=1) / np.sqrt(n) < true
    assert below / 2000 <= 0.025 + 0.0105  # three standard errors of the simulation
    assert plain / 2000 > 0.035


def test_normal_differences_pay_little_for_it() -> None:
    rng = np.random.default_rng(SEED)
    widths = []
    for _ in range(500):
        data = rng.normal(0, 1, 50)
        interval = stats.mean_interval(data)
        assert interval is not None
        widths.append((interval.high - interval.low) / (2 * 2.0096 * data.std(ddof=1) / np.sqrt(50)))  # t with 49
    assert np.median(widths) < 1.05
