import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from shortlist import stats

# Without a skewness or a kurtosis that the interval would add to: the residuals at both ends stay near symmetry.
COSTS = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0])
THEIRS = np.array([5.0, 4.0, 7.0, 6.0, 9.0, 8.0, 10.0, 13.0, 12.0, 15.0, 14.0, 17.0])
GROUPS = [str(g) for g in (0, 0, 0, 1, 1, 2, 2, 2, 3, 3, 4, 4)]
positive = st.floats(0.01, 100)
pairs = st.lists(st.tuples(positive, positive), min_size=3, max_size=30)


def _fieller(x: np.ndarray, y: np.ndarray, confidence: float) -> tuple[float, float]:
    """The textbook's closed form: the roots of (mean(x) - r mean(y))² = t² var(x - r y)/n."""
    n = len(x)
    cov = np.cov(x, y) / n
    t2 = float(scipy_stats.t.ppf((1 + confidence) / 2, n - 1)) ** 2
    roots = np.roots(
        [
            y.mean() ** 2 - t2 * cov[1, 1],
            -2 * (x.mean() * y.mean() - t2 * cov[0, 1]),
            x.mean() ** 2 - t2 * cov[0, 0],
        ]
    )
    return float(min(roots.real)), float(max(roots.real))


def test_fiellers_closed_form_is_never_wider_and_is_met_without_a_tail() -> None:
    ours = stats.ratio_interval(COSTS, THEIRS)
    low, high = _fieller(COSTS, THEIRS, 0.95)
    assert ours is not None
    assert ours.value == pytest.approx(78 / 120)
    assert ours.low <= low + 1e-9
    assert ours.high >= high - 1e-9
    # Residuals symmetric at every r: the candidate costs 1.5 times a constant, plus what is symmetric.
    even = np.array([1.0, -1.0, 2.0, -2.0, 1.5, -1.5, 1.2, -1.2])
    without_tail = stats.ratio_interval(15 + even, np.full(8, 10.0))
    assert without_tail is not None
    assert (without_tail.low, without_tail.high) == pytest.approx(_fieller(15 + even, np.full(8, 10.0), 0.95))


def test_a_constant_denominator_gives_the_interval_of_a_mean() -> None:
    ratio, mean = stats.ratio_interval(COSTS, np.full(12, 4.0), [GROUPS]), stats.mean_interval(COSTS, [GROUPS])
    assert ratio is not None
    assert mean is not None
    assert (ratio.low, ratio.value, ratio.high) == pytest.approx((mean.low / 4, mean.value / 4, mean.high / 4))


@given(pairs, st.floats(-5, 5), st.sampled_from([0.9, 0.95, 0.99]), st.booleans())
def test_the_interval_and_the_test_of_one_mean_agree(
    data: list[tuple[float, float]], bound: float, confidence: float, clustered: bool
) -> None:
    top, bottom = np.array(data).T
    labels = [[str(i % 3) for i in range(len(data))]] if clustered else []
    found = stats.ratio_interval(top, bottom, labels, confidence)

    def at(ratio: float) -> stats.Interval:
        tested = stats.mean_interval(top - ratio * bottom, labels, confidence)
        assert tested is not None
        return tested

    if found is not None and np.ptp(top - bound * bottom) > 1e-9 and found.high - found.low > 1e-6:
        # Beyond an end every ratio is refuted, and the end itself is where that begins.
        tested = at(bound)
        assert found.high > bound or tested.high <= 1e-9
        assert found.low < bound or tested.low >= -1e-9
        assert (at(found.high).high, at(found.low).low) == pytest.approx((0, 0), abs=1e-6 * (1 + top.max()))


def test_a_ratio_beyond_a_gap_is_not_refuted_either() -> None:
    top, bottom = np.array([1.0, 1.0, 2.0]), np.array([1.0, 3.0, 2.0])
    found = stats.ratio_interval(top, bottom, confidence=0.9)
    gap, beyond = (stats.mean_interval(top - ratio * bottom, confidence=0.9) for ratio in (0.0, -1.0))
    assert found is not None
    assert gap is not None
    assert beyond is not None
    assert gap.low > 0
    assert beyond.low < 0
    assert found.low < -1


@given(pairs, st.floats(1e-6, 1e6), st.floats(1e-6, 1e6))
def test_units_cancel(data: list[tuple[float, float]], unit: float, other: float) -> None:
    top, bottom = np.array(data).T
    assume(np.ptp(top / bottom) > 1e-3)
    for estimate in (stats.ratio_interval, stats.log_ratio_interval):
        before, after = estimate(top, bottom), estimate(top * unit, bottom * other)
        assert (before is None) == (after is None)
        if before is not None and after is not None:
            assert (after.low, after.high) == pytest.approx(
                (before.low * unit / other, before.high * unit / other), rel=1e-5
            )


@given(pairs, st.permutations(list("abcd")), st.randoms(use_true_random=False))
def test_neither_order_nor_labels_matter(data: list[tuple[float, float]], names: list[str], random: object) -> None:
    top, bottom = np.array(data).T
    assume(np.ptp(top / bottom) > 1e-3)
    order = list(range(len(data)))
    random.shuffle(order)  # type: ignore[attr-defined]  # hypothesis gives a random.Random, typed as object here
    plain = [["abcd"[i % 4] for i in range(len(data))]]
    renamed = [[names[i % 4] for i in order]]
    for estimate in (stats.ratio_interval, stats.log_ratio_interval):
        before, after = estimate(top, bottom, plain), estimate(top[order], bottom[order], renamed)
        assert (before is None) == (after is None)
        if before is not None and after is not None:
            assert (after.low, after.high) == pytest.approx((before.low, before.high), rel=1e-6)


@given(pairs, st.floats(1.01, 20))
def test_more_of_the_same_narrows(data: list[tuple[float, float]], scale: float) -> None:
    top, bottom = np.array(data).T
    now, later = stats.ratio_interval(top, bottom), stats.ratio_interval(top, bottom, scale=scale)
    if now is not None:
        assert later is not None
        assert now.low <= later.low + 1e-9 * abs(now.low)
        assert later.high <= now.high * (1 + 1e-9)


@given(pairs)
def test_the_log_scale_is_symmetric_under_exchange(data: list[tuple[float, float]]) -> None:
    top, bottom = np.array(data).T
    assume(np.ptp(top / bottom) > 1e-3)
    there, back = stats.log_ratio_interval(top, bottom), stats.log_ratio_interval(bottom, top)
    assert there is not None
    assert back is not None
    assert 0 < there.low <= there.value <= there.high
    assert (there.low, there.high) == pytest.approx((1 / back.high, 1 / back.low))


def test_the_log_scale_is_the_delta_method() -> None:
    # sd of log(mean x) - log(mean y) by the textbook's formula, from numpy's covariances of the means.
    cov = np.cov(COSTS, THEIRS) / 12
    x, y = COSTS.mean(), THEIRS.mean()
    error = np.sqrt(cov[0, 0] / x**2 + cov[1, 1] / y**2 - 2 * cov[0, 1] / (x * y))
    t = float(scipy_stats.t.ppf(0.975, 11))
    ours = stats.log_ratio_interval(COSTS, THEIRS)
    assert ours is not None
    assert (ours.low, ours.high) == pytest.approx((x / y * np.exp(-t * error), x / y * np.exp(t * error)))


def test_a_denominator_that_may_be_zero_bounds_nothing() -> None:
    wild = np.array([1.0, -1.0, 2.0, -1.5, 0.5, 0.1])
    assert stats.ratio_interval(np.ones(6) + wild, wild) is None
    assert stats.ratio_interval(np.ones(6), -np.ones(6)) is None
    assert stats.log_ratio_interval(np.ones(6), np.zeros(6)) is None


def test_one_and_the_same_ratio_is_believed_from_six_pairs_on() -> None:
    theirs = np.array([0.01, 0.02, 0.05, 0.01, 0.03, 0.04])
    for estimate in (stats.ratio_interval, stats.log_ratio_interval):
        exact = estimate(theirs / 4, theirs)
        assert exact is not None
        assert (exact.low, exact.high) == pytest.approx((0.25, 0.25))
        assert estimate(theirs[:5] / 4, theirs[:5]) is None
        assert estimate(theirs / 4, theirs, [["a", "a", "b", "b", "c", "c"]]) is None


@pytest.mark.parametrize("estimate", [stats.ratio_interval, stats.log_ratio_interval])
def test_no_spread_can_be_seen_in_one_pair_or_one_cluster(estimate: object) -> None:
    assert stats.ratio_interval(np.array([1.0]), np.array([2.0])) is None
    assert stats.ratio_interval(COSTS, THEIRS, [["same"] * 12]) is None
    assert stats.log_ratio_interval(COSTS, THEIRS, [["same"] * 12]) is None
    with pytest.raises(ValueError, match="2 denominators for 3 numerators"):
        estimate(np.ones(3), np.ones(2))  # type: ignore[operator]  # one of the two functions above
    with pytest.raises(ValueError, match="no ratio"):
        estimate(np.ones(0), np.ones(0))  # type: ignore[operator]


def test_free_candidates_cost_nothing_of_the_incumbent() -> None:
    free = stats.ratio_interval(np.zeros(12), THEIRS)
    assert free == stats.Interval(0.0, 0.0, 0.0)


def test_a_ratio_of_skewed_costs_is_covered() -> None:
    # Costs lognormal with sigma .8, the two models' correlated: how often "at most 0.5" passes when it is 0.5.
    rng = np.random.default_rng(20261121)
    passed = plain = 0
    for _ in range(1000):
        case = rng.normal(0, 0.6, 100)
        theirs = np.exp(case + rng.normal(0, 0.5, 100))
        ours = 0.5 * np.exp(case + rng.normal(0, 0.5, 100))
        found, log = stats.ratio_interval(ours, theirs), stats.log_ratio_interval(ours, theirs)
        assert found is not None
        assert log is not None
        passed += found.high <= 0.5
        plain += log.high <= 0.5
    assert passed / 1000 <= 0.025 + 0.015  # three standard errors of the simulation
    assert passed <= plain
