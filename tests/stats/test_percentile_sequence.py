from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shortlist import stats
from shortlist.stats.percentiles import percentile_sequence

values = st.lists(st.floats(0, 1e4), min_size=1, max_size=120)
percentiles = st.sampled_from([5.0, 50.0, 90.0, 95.0])


@settings(max_examples=20)  # a sequence of a rate takes milliseconds
@given(values, percentiles, st.integers(0, 9))
def test_it_is_never_narrower_than_the_interval_for_one_look(data: list[float], p: float, failed: int) -> None:
    array = np.array(data)
    array = np.append(array, np.full(failed, math.inf))
    often, once = (of(array, p) for of in (percentile_sequence, stats.percentile_interval))
    assert often.value == once.value
    assert often.low is None or (once.low is not None and often.low <= once.low)
    assert often.high is None or (once.high is not None and often.high >= once.high)


@settings(max_examples=20)  # a sequence of a rate takes milliseconds
@given(values, percentiles, st.floats(0, 1e4))
def test_it_decides_a_bound_as_the_rate_of_pairs_within_it_does(data: list[float], p: float, bound: float) -> None:
    array, n = np.array(data), len(data)
    found = percentile_sequence(array, p)
    within = stats.rate_sequence(int((array <= bound).sum()), n)
    below = stats.rate_sequence(int((array < bound).sum()), n)
    assert (found.high is not None and found.high <= bound) == (within.low >= p / 100 and bool((array <= bound).any()))
    if found.low is not None and found.low > bound:
        assert within.high <= p / 100
    if below.high > p / 100:
        assert found.low is None or found.low < bound


def test_failed_pairs_and_repeats_weigh_as_at_the_end() -> None:
    slow = percentile_sequence(np.append(np.arange(290.0), np.full(30, math.inf)), 95)
    assert slow.value == slow.high == math.inf
    once = np.arange(400.0)
    twice = percentile_sequence(np.repeat(once, 2), 90, pairs=[str(i // 2) for i in range(800)])
    assert twice == percentile_sequence(once, 90)


def test_all_its_looks_together_miss_the_truth_less_often_than_promised() -> None:
    """Looked at after every tenth of 300 values, the ordinary interval at 90% misses at some look far more often."""
    random = np.random.default_rng(5)
    truth = 0.5
    missed = {"often": 0, "once": 0}
    for _ in range(60):
        data = random.random(300)
        for name, of in (("often", percentile_sequence), ("once", stats.percentile_interval)):
            ends = [of(data[:n], 50.0, 0.9) for n in range(30, 301, 30)]
            missed[name] += any(
                (end.low is not None and end.low > truth) or (end.high is not None and end.high < truth) for end in ends
            )
    assert missed["often"] <= 13  # at most 6 expected, and three standard errors more are 13
    assert missed["once"] > 13


@settings(max_examples=20)  # a sequence of a mean takes milliseconds
@given(st.lists(st.integers(0, 20), min_size=2, max_size=60), percentiles, st.integers(2, 5), st.integers(0, 20))
def test_whole_units_decide_a_bound_as_their_bets_do(data: list[int], p: float, size: int, bound: int) -> None:
    array, units = np.array(data, dtype=float), [str(i // size) for i in range(len(data))]
    found = percentile_sequence(array, p, 0.9, units=units, largest_unit=size + 1)
    within = stats.bounded_sequence((array <= bound).astype(float), (0, 1), units, 0.9, size + 1)
    below = stats.bounded_sequence((array < bound).astype(float), (0, 1), units, 0.9, size + 1)
    assert (found.high is not None and found.high <= bound) == (within.low >= p / 100 and bool((array <= bound).any()))
    if found.low is not None and found.low >= bound:
        assert below.high <= p / 100
    assert found.value == percentile_sequence(array, p, 0.9).value
    assert found.effect == len(data) / len(set(units))


def test_units_of_one_pair_are_no_units() -> None:
    data = np.random.default_rng(3).exponential(30, 100)
    units = [str(i) for i in range(100)]
    assert percentile_sequence(data, 80, units=units) == percentile_sequence(data, 80)


def test_failed_pairs_and_repeats_weigh_as_much_in_units() -> None:
    data = np.append(np.arange(290.0), np.full(30, math.inf))
    units = [str(i // 4) for i in range(320)]
    slow = percentile_sequence(data, 95, units=units, largest_unit=4)
    assert slow.value == slow.high == math.inf or slow.high is None
    once, pairs = percentile_sequence(data, 60, units=units, largest_unit=4), [str(i // 2) for i in range(640)]
    twice = percentile_sequence(np.repeat(data, 2), 60, 0.95, pairs, [str(i // 8) for i in range(640)], 4)
    assert once.high is not None
    assert twice == once


def test_looks_at_shared_resumes_miss_no_more_often_than_promised() -> None:
    """Five jobs a résumé that are all alike: taken as independent pairs, the sequence at 90% misses at some look."""
    random, truth = np.random.default_rng(6), 0.5
    missed = {"units": 0, "pairs": 0}
    for _ in range(60):
        data, units = np.repeat(random.random(60), 5), [str(i // 5) for i in range(300)]
        for name in missed:
            ends = [
                percentile_sequence(data[:n], 50.0, 0.9, None, units[:n] if name == "units" else None, 5)
                for n in range(50, 301, 50)
            ]
            missed[name] += any(
                (end.low is not None and end.low > truth) or (end.high is not None and end.high < truth) for end in ends
            )
    assert missed["units"] <= 13  # at most 6 expected, and three standard errors more are 13
    assert missed["pairs"] > 13


def test_no_values_have_no_percentile() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile_sequence(np.array([]), 50)
