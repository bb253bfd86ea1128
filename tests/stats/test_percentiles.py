import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, quantile_test

from shortlist import stats

values = st.lists(st.floats(0, 1e4), min_size=1, max_size=200)
percentiles = st.sampled_from([5.0, 50.0, 90.0, 95.0])


def with_failed(data: np.ndarray, failed: int) -> np.ndarray:
    return np.append(data, np.full(failed, math.inf))


@given(values, percentiles)
def test_ends_equal_scipys_order_statistics(data: list[float], percentile: float) -> None:
    ours = stats.percentile_interval(np.array(data), percentile)
    theirs: Any = quantile_test(data, p=percentile / 100).confidence_interval(0.95)
    assert ours.low == (None if math.isnan(theirs.low) else theirs.low)
    assert ours.high == (None if math.isnan(theirs.high) else theirs.high)


@given(values, percentiles)
def test_the_value_is_numpys(data: list[float], percentile: float) -> None:
    ours = stats.percentile_interval(np.array(data), percentile)
    assert ours.value == np.percentile(data, percentile, method="inverted_cdf")


@pytest.mark.parametrize(
    ("percentile", "confidence", "pairs"), [(99, 0.95, 368), (99, 0.90, 299), (95, 0.95, 72), (50, 0.95, 6)]
)
def test_from_which_n_there_is_an_upper_limit(percentile: float, confidence: float, pairs: int) -> None:
    assert stats.fewest_for_percentile(percentile, confidence) == pairs
    rising = np.arange(pairs, dtype=float)
    assert stats.percentile_interval(rising, percentile, confidence).high is not None
    assert stats.percentile_interval(rising[1:], percentile, confidence).high is None


def test_a_lower_percentile_needs_its_pairs_below() -> None:
    assert stats.fewest_for_percentile(5, upper=False) == 72
    assert stats.percentile_interval(np.arange(72.0), 5).low is not None
    assert stats.percentile_interval(np.arange(71.0), 5).low is None


def test_failed_pairs_are_worse_than_any_value() -> None:
    data = np.arange(90.0)
    slow = stats.percentile_interval(with_failed(data, 10), 95)
    assert slow.value == math.inf
    assert slow.high == math.inf
    low_is_bad = stats.percentile_interval(np.append(data, np.full(10, -math.inf)), 5)
    assert low_is_bad.value == -math.inf


@given(values, percentiles, st.integers(0, 20))
def test_another_failure_never_helps(data: list[float], percentile: float, failed: int) -> None:
    array = np.array(data)
    fewer = stats.percentile_interval(with_failed(array, failed), percentile)
    # The failed pair takes the place of the best one, so that n stays.
    more = stats.percentile_interval(with_failed(np.sort(array)[1:], failed + 1), percentile)
    assert more.value >= fewer.value
    if fewer.low is not None and more.low is not None:
        assert more.low >= fewer.low


@given(values, percentiles)
def test_order_does_not_matter(data: list[float], percentile: float) -> None:
    assert stats.percentile_interval(np.array(data), percentile) == stats.percentile_interval(
        np.array(data[::-1]), percentile
    )


def test_needed_pairs_are_those_with_which_the_ranks_decide() -> None:
    assert stats.needed_n_for_percentile(12, 12, 95) == 72
    # 58 of 60 under the bound of p95: as many more of the same have an upper limit under it only later.
    needed = stats.needed_n_for_percentile(58, 60, 95)
    assert needed is not None
    good = round(needed * 58 / 60)
    data = np.concatenate([np.zeros(good), np.ones(needed - good)])
    assert stats.percentile_interval(data, 95).high == 0
    assert stats.needed_n_for_percentile(95, 100, 95) is None
    assert stats.needed_n_for_percentile(5, 100, 5, at_most=False) is not None


@given(values, percentiles, st.integers(2, 4))
def test_repeats_that_say_the_same_change_nothing(data: list[float], percentile: float, repeats: int) -> None:
    again = np.repeat(data, repeats)
    pairs = [str(i // repeats) for i in range(len(again))]
    assert stats.percentile_interval(again, percentile, pairs=pairs) == stats.percentile_interval(
        np.array(data), percentile
    )


def test_a_failed_repeat_weighs_as_much_as_its_share_of_a_pair() -> None:
    # 99 pairs of two fast repeats and one with a fast and a failed one: half a percent of what was generated.
    data, pairs = with_failed(np.arange(199.0), 1), [str(i // 2) for i in range(200)]
    known = stats.percentile_interval(data, 99, pairs=pairs)
    assert (known.value, stats.percentile_interval(data, 99.9, pairs=pairs).value) == (197.0, np.inf)


# Pairs that share a résumé or a job description.


def by_five(n: int) -> list[list[str]]:
    return [[str(i // 5) for i in range(n)]]


def by_beta(data: np.ndarray, percentile: float) -> tuple[float | None, float | None]:
    """Ends by scipy's beta distribution and the design effect, asked of every value in turn."""
    n, labels, seen = len(data), by_five(len(data)), np.unique(data)
    here = stats.design_effect(
        (data <= np.percentile(data, percentile, method="inverted_cdf")).astype(float), labels, 0.95
    )
    assert here is not None

    def shown(within: np.ndarray, wanted: float) -> bool:
        effect, k = stats.design_effect(within.astype(float), labels, 0.95), float(within.sum())
        assert effect is not None
        effect = max(here, effect)
        return bool(beta.cdf(wanted, k / effect, (n - k) / effect + 1) <= 0.025)

    low = high = None
    for value in seen[::-1]:
        if not shown(data <= value, percentile / 100):
            break
        high = float(value)
    for value in seen:
        if not shown(data >= value, 1 - percentile / 100):
            break
        low = float(value)
    return low, high


@pytest.mark.parametrize(("percentile", "icc", "n"), [(50, 0.5, 100), (80, 0.2, 200), (95, 0.5, 500), (90, 1.0, 400)])
def test_shared_ends_are_where_a_clustered_rate_is_shown(percentile: float, icc: float, n: int) -> None:
    rng = np.random.default_rng(n)
    data = np.sqrt(icc) * np.repeat(rng.normal(size=n // 5), 5) + np.sqrt(1 - icc) * rng.normal(size=n)
    found, alone = (
        stats.percentile_interval(data, percentile, clusterings=by_five(n)),
        stats.percentile_interval(data, percentile),
    )
    effect = stats.design_effect((data <= found.value).astype(float), by_five(n), 0.95)
    assert found.effect == pytest.approx(effect)
    assert found.effect > 1.05
    assert (found.low, found.high) == by_beta(data, percentile)
    assert found.value == alone.value
    assert None not in (found.low, found.high)
    assert (found.low, found.high) != (alone.low, alone.high)


def test_a_few_huge_resumes_far_out_are_not_overlooked() -> None:
    # 5% of the résumés are slow in all their five jobs, the others alike: p95 is exactly there. Whoever looks for
    # clusters at the sample's percentile sees none, and lets one in four such samples of 100 résumés pass.
    rng, runs, passed = np.random.default_rng(20261121), 400, 0
    for _ in range(runs):
        data = rng.normal(10, 1, 500) + np.repeat(np.where(rng.random(100) < 0.05, 100.0, 0.0), 5)
        found = stats.percentile_interval(data, 95, clusterings=by_five(500))
        passed += found.high is not None and found.high < 50
    assert passed / runs <= 0.025 + 0.024  # three standard errors of the simulation


@given(st.lists(st.integers(0, 30), min_size=2, max_size=120), percentiles, st.integers(2, 6), st.booleans())
def test_sharing_never_narrows_a_percentile(data: list[int], percentile: float, size: int, crossed: bool) -> None:
    array = np.array(data, dtype=float)
    labels = [[str(i // size) for i in range(len(data))]]
    if crossed:
        labels.append([str(i % size) for i in range(len(data))])
    shared, alone = (
        stats.percentile_interval(array, percentile, clusterings=labels),
        stats.percentile_interval(array, percentile),
    )
    assert shared.value == alone.value
    assert shared.effect >= 1
    assert shared.low is None or (alone.low is not None and shared.low <= alone.low)
    assert shared.high is None or (alone.high is not None and shared.high >= alone.high)
    assert shared == stats.percentile_interval(array, percentile, clusterings=labels[::-1])


def test_sharing_that_nobody_does_changes_nothing() -> None:
    data = np.random.default_rng(1).normal(size=100)
    labels = [[str(i) for i in range(100)]]
    assert stats.percentile_interval(data, 90, clusterings=labels) == stats.percentile_interval(data, 90)
    # Repeats of a pair share its résumé, and that alone is not sharing.
    again, pairs = np.repeat(data, 2), [str(i // 2) for i in range(200)]
    assert stats.percentile_interval(again, 90, pairs=pairs, clusterings=[pairs]) == stats.percentile_interval(data, 90)


def test_copies_of_a_pair_under_one_resume_tell_no_more_than_the_pair() -> None:
    data = np.random.default_rng(2).normal(size=80)
    once, copied = stats.percentile_interval(data, 80), np.repeat(data, 5)
    found = stats.percentile_interval(copied, 80, clusterings=by_five(400))
    assert found.effect >= 5
    assert found.low is not None
    assert once.low is not None
    assert found.high is not None
    assert once.high is not None
    assert found.low <= once.low
    assert found.high >= once.high


@pytest.mark.parametrize(("resumes", "limited"), [(71, False), (72, True)])
def test_a_cluster_makes_up_for_no_other(resumes: int, limited: bool) -> None:
    # However independent the pairs of one résumé look here, p95 takes 72 of them.
    n = resumes * 5
    found = stats.percentile_interval(np.arange(float(n)) % 97, 95, clusterings=by_five(n))
    assert (found.high is not None) is limited


def test_clusters_that_say_one_thing_say_it_once() -> None:
    # All lie at the percentile: nothing tells how values beyond it would cluster.
    found = stats.percentile_interval(np.zeros(400), 95, clusterings=by_five(400))
    assert (found.effect, found.high) == (5.0, 0.0)
    one = stats.percentile_interval(np.arange(400.0), 95, clusterings=[["same"] * 400])
    assert (one.effect, one.low, one.high) == (400.0, None, None)


def test_the_effect_of_many_failed_pairs_is_seen_in_who_failed() -> None:
    # Whole résumés fail, more than the percentile leaves room for: everything is "at or below" it.
    failed = np.where(np.arange(400) // 5 % 4 == 0, math.inf, 1.0)
    assert stats.percentile_interval(failed, 95, clusterings=by_five(400)).effect > 4.5
    one_each = np.where(np.arange(400) % 5 == 0, math.inf, 1.0)
    assert stats.percentile_interval(one_each, 95, clusterings=by_five(400)).effect == pytest.approx(1)


def test_repeats_that_differ_are_no_more_clustered_than_pairs() -> None:
    # Two repeats a pair, five pairs a résumé: a pair with one repeat on each side is less than a whole pair off.
    rng = np.random.default_rng(3)
    data, pairs = rng.normal(size=400) + np.repeat(rng.normal(size=40), 10), [str(i // 2) for i in range(400)]
    labels = [[str(i // 10) for i in range(400)]]
    found = stats.percentile_interval(data, 50, pairs=pairs, clusterings=labels)
    within = np.array([np.mean(data[i : i + 2] <= found.value) for i in range(0, 400, 2)])
    effect = stats.design_effect(within, [labels[0][::2]], 0.95)
    assert effect is not None
    assert found.effect == pytest.approx(effect * within.var() / 0.25, rel=1e-3)
    assert 1.2 < found.effect < 0.9 * effect


def test_needed_pairs_are_those_with_which_shared_ranks_decide() -> None:
    # 392 of 400 pairs of 80 résumés are fast, and all five of a slow résumé are slow.
    slow = np.where(np.arange(400) // 5 < 2, 1.0, 0.0)
    found = stats.percentile_interval(slow, 97, clusterings=by_five(400))
    clusters = 80
    needed = stats.needed_n_for_percentile(390, 400, 95, sharing=(found.effect, clusters))
    alone = stats.needed_n_for_percentile(390, 400, 95)
    assert needed is not None
    assert alone is None or needed > alone
    k = 390 / 400 * needed / found.effect
    assert beta.cdf(0.95, k, needed / found.effect - k + 1) <= 0.025
    assert beta.cdf(0.95, k * (needed - 1) / needed, (needed / found.effect - k) * (needed - 1) / needed + 1) > 0.025
    # Without one slow pair it is the clusters that are missing: 72 of them.
    assert stats.needed_n_for_percentile(200, 200, 95, sharing=(1.0, 40)) == 360


def test_shared_resumes_do_not_flatter_an_upper_limit() -> None:
    # p90, 5 jobs a résumé with a correlation of .5: taken as independent, the limit lies below the truth too often.
    rng, true, runs = np.random.default_rng(20261121), 1.2815515655446004, 1500
    below = plain = 0
    for _ in range(runs):
        data = np.sqrt(0.5) * (np.repeat(rng.normal(size=60), 5) + rng.normal(size=300))
        shared, alone = (
            stats.percentile_interval(data, 90, clusterings=by_five(300)),
            stats.percentile_interval(data, 90),
        )
        below += shared.high is not None and shared.high < true
        plain += alone.high is not None and alone.high < true
    assert below / runs <= 0.025 + 0.012  # three standard errors of the simulation
    assert plain / runs > 0.05


def test_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 100"):
        stats.percentile_interval(np.array([1.0]), 100)
    with pytest.raises(ValueError, match="no percentile"):
        stats.percentile_interval(np.array([]), 50)
    with pytest.raises(ValueError, match="2 pair labels for 3 values"):
        stats.percentile_interval(np.ones(3), 50, pairs=["a", "b"])
    with pytest.raises(ValueError, match="2 cluster labels for 3 values"):
        stats.percentile_interval(np.ones(3), 50, clusterings=[["a", "b"]])
