import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import quantile_test

from shortlist import stats

values = st.lists(st.floats(0, 1e4), min_size=1, max_size=200)
percentiles = st.sampled_from([5.0, 50.0, 90.0, 95.0])


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
    slow = stats.percentile_interval(data, 95, failed=10)
    assert slow.value == math.inf
    assert slow.high == math.inf
    low_is_bad = stats.percentile_interval(data, 5, failed=10, failed_is=-math.inf)
    assert low_is_bad.value == -math.inf


@given(values, percentiles, st.integers(0, 20))
def test_another_failure_never_helps(data: list[float], percentile: float, failed: int) -> None:
    array = np.array(data)
    fewer = stats.percentile_interval(array, percentile, failed=failed)
    # The failed pair takes the place of the best one, so that n stays.
    more = stats.percentile_interval(np.sort(array)[1:], percentile, failed=failed + 1)
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
    assert stats.percentile_interval(
        again, percentile, weights=np.full(len(again), 1 / repeats)
    ) == stats.percentile_interval(np.array(data), percentile)


def test_a_failed_repeat_weighs_as_much_as_its_share_of_a_pair() -> None:
    # 99 pairs of two fast repeats and one with a fast and a failed one: half a percent of what was generated.
    data, weights = np.arange(199.0), np.full(199, 0.5)
    known = stats.percentile_interval(data, 99, failed=0.5, weights=weights)
    assert (known.value, stats.percentile_interval(data, 99.9, failed=0.5, weights=weights).value) == (197.0, np.inf)


def test_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 100"):
        stats.percentile_interval(np.array([1.0]), 100)
    with pytest.raises(ValueError, match="no percentile"):
        stats.percentile_interval(np.array([]), 50)
