import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from shortlist import stats

DIFFERENCES = np.array([0.02, -0.05, 0.1, 0.0, -0.02, 0.07, 0.03, -0.11, 0.04, 0.01, 0.06, -0.03])
GROUPS = [str(g) for g in (0, 0, 0, 1, 1, 2, 2, 2, 2, 3, 3, 4)]
# Not the smallest of floats, over which scipy's own moments warn.
thousandths = st.integers(-(10**6), 10**6).map(lambda value: value / 1000)
scores = st.lists(st.floats(0, 1), min_size=2, max_size=60)


def test_cluster_se_equals_statsmodels() -> None:
    # statsmodels 0.15.0: OLS(d, ones).fit(cov_type="cluster", cov_kwds={"groups": g, "use_correction": True}).bse
    assert stats.cluster_se(DIFFERENCES, GROUPS) == pytest.approx(0.00801474, abs=1e-8)
    assert stats.cluster_se(DIFFERENCES, [str(i) for i in range(12)]) == pytest.approx(0.01656027, abs=1e-8)


def test_sharing_never_narrows() -> None:
    # These clusters happen to balance, so the interval without them is the wider one (statsmodels 0.15.0, use_t). Its
    # lower end, -0.0264489, moves out further: the tail is there.
    interval = stats.mean_interval(DIFFERENCES, [GROUPS])
    assert interval is not None
    assert interval.high == pytest.approx(0.0464489, abs=1e-6)
    assert interval.low < -0.0264489


def test_the_wider_of_two_clusterings_counts() -> None:
    values = np.array([0.0, 0.1, 5.0, 5.1, 9.0, 9.1])
    resumes, jobs = ["a", "a", "b", "b", "c", "c"], ["x", "y", "x", "y", "x", "y"]
    both = stats.mean_interval(values, [resumes, jobs])
    assert both is not None
    for labels in (resumes, jobs):
        one = stats.mean_interval(values, [labels])
        assert one is not None
        assert both.high - both.low >= one.high - one.low


@given(st.lists(thousandths, min_size=3, max_size=40), st.sampled_from([0.9, 0.95]))
def test_without_clusters_and_tails_it_is_scipys_t_interval(values: list[float], confidence: float) -> None:
    data = np.array([*values, *(-value for value in values)])
    if np.ptp(data) > 1e-6:
        ours = stats.mean_interval(data, confidence=confidence)
        theirs = scipy_stats.t.interval(confidence, len(data) - 1, data.mean(), scipy_stats.sem(data))
        assert ours is not None
        if scipy_stats.kurtosis(data) <= 0:
            assert (ours.low, ours.high) == pytest.approx(theirs, rel=1e-9, abs=1e-9)
        else:
            assert ours.low <= theirs[0] + 1e-9
            assert ours.high >= theirs[1] - 1e-9


@given(st.lists(thousandths, min_size=3, max_size=40), st.sampled_from([0.9, 0.95]), st.booleans())
def test_the_ends_move_out_by_skewness_and_kurtosis(values: list[float], confidence: float, bounded: bool) -> None:
    data = np.array(values)
    n = len(data)
    if np.ptp(data) > 1e-6:
        ours = stats.mean_interval(data, confidence=confidence, bounds=(-1e3, 1e3) if bounded else None)
        error = scipy_stats.sem(data)
        low, high = scipy_stats.t.interval(confidence, n - 1, data.mean(), error)
        t = scipy_stats.t.ppf((1 + confidence) / 2, n - 1)
        skew = scipy_stats.skew(data) / np.sqrt(n)
        excess = max(0.0, scipy_stats.kurtosis(data) / n)
        unit = (2 * t**2 + 1) / 6 * error

        def out(skew: float) -> float:
            second = max(skew**2, excess) if skew > 0 else max(0.0, excess - skew**2)
            return float(unit * (max(0.0, skew) + (0 if bounded else 10 * second)))

        low, high = low - out(-skew), high + out(skew)
        if bounded:
            unseen = stats.unseen_share(n, confidence)
            low = max(-1e3, min(low, data.mean() - unseen * (data.mean() + 1e3)))
            high = min(1e3, max(high, data.mean() + unseen * (1e3 - data.mean())))
        assert ours is not None
        assert ours.low == pytest.approx(low, rel=1e-6, abs=1e-6)
        assert ours.high == pytest.approx(high, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("bounds", [None, (0.0, 1.0)])
def test_no_spread_can_be_seen_in_one_value_or_one_cluster(bounds: tuple[float, float] | None) -> None:
    assert stats.mean_interval(np.array([0.5]), bounds=bounds) is None
    assert stats.mean_interval(np.array([0.5, 0.7, 0.6]), [["a", "a", "a"]], bounds=bounds) is None
    assert stats.cluster_se(np.array([0.5]), ["a"]) is None


@pytest.mark.parametrize("n", [2, 12, 200])
def test_equal_scores_prove_no_more_than_that_nothing_else_was_seen(n: int) -> None:
    interval = stats.mean_interval(np.ones(n), bounds=(0.0, 1.0))
    assert interval is not None
    # Clopper-Pearson for 0 of n, by scipy.
    unseen = scipy_stats.binomtest(0, n).proportion_ci(0.95, method="exact").high
    assert (interval.low, interval.high) == pytest.approx((1 - unseen, 1.0))


def test_equal_differences_are_open_on_both_sides() -> None:
    interval = stats.mean_interval(np.zeros(12), bounds=(-1.0, 1.0))
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx((-0.2646, 0.2646), abs=1e-4)


def test_a_hairs_breadth_does_not_do_away_with_the_unseen() -> None:
    values = np.ones(12)
    values[0] -= 1e-9
    interval = stats.mean_interval(values, bounds=(0.0, 1.0))
    assert interval is not None
    assert interval.low < 0.74


def test_equal_scores_in_clusters_count_each_cluster_once() -> None:
    labels = [str(i // 10) for i in range(60)]
    interval = stats.mean_interval(np.ones(60), [labels], bounds=(0.0, 1.0))
    assert interval is not None
    assert interval.low == pytest.approx(1 - stats.unseen_share(6))


def test_a_hairs_breadth_does_not_do_away_with_the_unseen_in_clusters() -> None:
    # One value of a hundred: the design effect that it gives, 1.1, would count nearly every pair as a cluster.
    values = np.full(100, 0.97)
    values[0] -= 1e-9
    interval = stats.mean_interval(values, [[str(i % 20) for i in range(100)]], bounds=(0.0, 1.0))
    assert interval is not None
    assert interval.low == pytest.approx(0.97 * (1 - stats.unseen_share(20)))


def test_equal_prices_are_believed_from_six_on() -> None:
    assert stats.fewest_equal(0.95) == 6
    assert stats.fewest_equal(0.5) == 2
    assert stats.mean_interval(np.full(5, 0.004)) is None
    assert stats.mean_interval(np.full(6, 0.004)) == stats.Interval(0.004, 0.004, 0.004)
    assert stats.mean_interval(np.full(8, 0.004), [["a", "a", "b", "b", "c", "c", "d", "d"]]) is None


@given(scores)
def test_scores_stay_on_their_scale(values: list[float]) -> None:
    interval = stats.mean_interval(np.array(values), bounds=(0.0, 1.0))
    assert interval is not None
    assert 0 <= interval.low <= interval.value + 1e-12
    assert interval.value - 1e-12 <= interval.high <= 1
    assert interval.high - interval.low > 0


@given(scores)
def test_symmetry_and_order(values: list[float]) -> None:
    data = np.array(values)
    interval = stats.mean_interval(data, bounds=(0.0, 1.0))
    mirrored = stats.mean_interval(1 - data[::-1], bounds=(0.0, 1.0))
    assert interval is not None
    assert mirrored is not None
    assert (interval.low, interval.high) == pytest.approx((1 - mirrored.high, 1 - mirrored.low), abs=1e-9)


@given(scores, st.floats(1.01, 50))
def test_more_of_the_same_narrows(values: list[float], scale: float) -> None:
    data = np.array(values)
    now = stats.mean_interval(data, bounds=(0.0, 1.0))
    later = stats.mean_interval(data, bounds=(0.0, 1.0), scale=scale)
    assert now is not None
    assert later is not None
    assert now.low <= later.low + 1e-12
    assert later.high <= now.high + 1e-12


@given(st.lists(st.floats(-5, 5), min_size=4, max_size=40), st.permutations(list("abcd")))
def test_relabelling_clusters_changes_nothing(values: list[float], names: list[str]) -> None:
    data = np.array(values)
    plain = stats.mean_interval(data, [["abcd"[i % 4] for i in range(len(values))]])
    renamed = stats.mean_interval(data, [[names[i % 4] for i in range(len(values))]])
    assert plain == renamed


def test_labels_must_match_values() -> None:
    with pytest.raises(ValueError, match="2 cluster labels for 3 values"):
        stats.mean_interval(np.array([1.0, 2.0, 3.0]), [["a", "b"]])
    with pytest.raises(ValueError, match="no mean"):
        stats.mean_interval(np.array([]))


@given(st.lists(st.floats(0.001, 1e3), min_size=3, max_size=40), st.floats(1.01, 50))
def test_more_of_the_same_narrows_without_bounds_too(values: list[float], scale: float) -> None:
    data = np.array(values)
    now, later = stats.mean_interval(data), stats.mean_interval(data, scale=scale)
    if now is not None:
        assert later is not None
        assert now.low <= later.low + 1e-9
        assert later.high <= now.high + 1e-9


@given(st.lists(st.floats(-1e3, 1e3), min_size=6, max_size=40), st.floats(-100, 100), st.floats(0.01, 100))
def test_without_bounds_shift_and_unit_carry_over(values: list[float], shift: float, unit: float) -> None:
    data = np.array(values)
    found, moved = stats.mean_interval(data), stats.mean_interval(data * unit + shift)
    if np.ptp(data) > 1e-3:
        assert found is not None
        assert moved is not None
        assert (moved.low, moved.high) == pytest.approx(
            (found.low * unit + shift, found.high * unit + shift), rel=1e-5, abs=1e-5
        )


# The paired t test.


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=40), st.floats(-0.5, 0.5))
def test_paired_t_is_scipys(values: list[float], margin: float) -> None:
    data = np.array(values)
    if np.ptp(data) > 1e-6:
        theirs = scipy_stats.ttest_rel(data + margin, np.zeros(len(data)), alternative="greater")
        assert stats.paired_t(data, margin=margin) == pytest.approx(theirs.pvalue, abs=1e-9)


def test_clustered_paired_t_is_statsmodels() -> None:
    # statsmodels 0.15.0, half of the two-sided p: OLS(d + .03, ones).fit(cov_type="cluster", cov_kwds={"groups": g,
    # "use_correction": True}, use_t=True).pvalues; sorted, the values of a group are alike.
    alike = np.sort(DIFFERENCES)
    assert stats.paired_t(alike, [GROUPS], margin=0.03) == pytest.approx(0.09458781, abs=1e-8)
    alone = stats.paired_t(alike, margin=0.03)
    assert alone == pytest.approx(0.01714192, abs=1e-8)
    # In their own order the groups happen to balance (clustered p .0038), and the larger p counts.
    assert stats.paired_t(DIFFERENCES, [GROUPS], margin=0.03) == pytest.approx(alone)


def test_paired_t_has_no_answer_without_a_spread() -> None:
    assert stats.paired_t(np.array([0.5])) is None
    assert stats.paired_t(np.zeros(9)) is None
    assert stats.paired_t(DIFFERENCES, [["same"] * 12]) is None
    with pytest.raises(ValueError, match="no mean"):
        stats.paired_t(np.array([]))


@given(st.lists(st.floats(-1, 1), min_size=4, max_size=40), st.floats(0, 0.5), st.floats(0, 0.5))
def test_a_wider_margin_is_easier_to_keep(values: list[float], margin: float, more: float) -> None:
    data, labels = np.array(values), [[str(i % 3) for i in range(len(values))]]
    narrow, wide = stats.paired_t(data, labels, margin), stats.paired_t(data, labels, margin + more)
    if narrow is not None and wide is not None:
        assert 0 <= wide <= narrow <= 1
