"""The estimator of looks: which sequence each metric gets, in which order, with which clusters."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shortlist import stats
from shortlist.compare.estimate import Estimates
from shortlist.compare.sequential import SequentialEstimator
from shortlist.metric_names import spec_of
from shortlist.results import PairFacts
from shortlist.stats.percentiles import percentile_sequence

RATE, SCORE, SECONDS = spec_of("schema.pass"), spec_of("gold.score"), spec_of("latency.total")


def planned(resumes: list[int], jobs: list[int] | None = None) -> list[PairFacts]:
    return [
        PairFacts(id=f"p{i}", domain="nurse", resume_cluster=f"r{resume}", job_cluster=f"j{job}")
        for i, (resume, job) in enumerate(zip(resumes, jobs or range(len(resumes)), strict=True))
    ]


def values_of(data: stats.Floats) -> dict[str, float]:
    return {f"p{i}": float(value) for i, value in enumerate(data)}


def test_bounded_means_get_the_bets_whatever_their_values() -> None:
    random = np.random.default_rng(1)
    estimator: Estimates = SequentialEstimator(planned([*range(100)]), 0.99)
    for data, spec in ((random.random(60).round(), RATE), (random.random(60), SCORE)):
        assert estimator.interval(values_of(data), spec) == stats.bounded_sequence(data, (0, 1), None, 0.99)
    ours, theirs = random.random(60).round(), random.random(60)
    found = estimator.difference(values_of(ours), values_of(theirs), SCORE)
    assert found == stats.bounded_sequence(ours - theirs, (-1, 1), None, 0.99)


def test_seconds_get_the_asymptotic_sequence_or_nothing() -> None:
    data = np.random.default_rng(2).exponential(30, 80)
    estimator = SequentialEstimator(planned([*range(100)]), 0.99)
    expected = stats.asymptotic_sequence(data, None, 0.99)
    found = estimator.interval(values_of(data), SECONDS)
    assert expected is not None
    assert found == stats.Interval(expected.value, max(0.0, expected.low), expected.high)
    assert estimator.interval(values_of(data[:20]), SECONDS) is None


def test_what_hangs_together_is_one_bet_of_the_size_that_it_will_have() -> None:
    """Pairs 0 to 2 hang together by a résumé and a job; the largest cluster is still to come."""
    facts = planned([0, 0, 1, 2, 3, 3, 3, 3], [0, 1, 1, 3, 4, 5, 6, 7])
    data = np.array([1.0, 0.0, 1.0, 1.0])
    estimator = SequentialEstimator(facts, 0.9)
    expected = stats.bounded_sequence(data, (0, 1), ["a", "a", "a", "b"], 0.9, largest_unit=4)
    assert estimator.interval(values_of(data), RATE) == expected
    assert estimator.clusters(["p0", "p2", "p3"]) == 2
    assert estimator.at(0.9).interval(values_of(data), RATE) == expected
    wider = estimator.at(0.99).interval(values_of(data), RATE)
    assert wider is not None
    assert wider.low < expected.low


def test_values_are_taken_in_the_order_of_the_run_and_not_of_their_ids() -> None:
    """p10 sorts before p2; taken by id, clusters would fall apart."""
    facts = planned([i // 4 for i in range(60)])
    data = np.random.default_rng(3).random(60)
    shuffled = dict(sorted(values_of(data).items()))
    expected = stats.bounded_sequence(data, (0, 1), [str(i // 4) for i in range(60)], 0.99, largest_unit=4)
    assert SequentialEstimator(facts, 0.99).interval(shuffled, SCORE) == expected


@settings(max_examples=20)
@given(st.integers(0, 1000), st.floats(0.3, 3))
def test_a_ratio_keeps_a_bound_when_the_mean_of_what_is_above_it_does(seed: int, bound: float) -> None:
    random = np.random.default_rng(seed)
    theirs = random.gamma(4, 1, 120)
    ours = theirs * random.gamma(4, 0.25, 120) * random.choice([0.3, 1.0, 2.0])
    estimator = SequentialEstimator(planned([i // 2 for i in range(120)]), 0.95)
    found = estimator.ratio(values_of(ours), values_of(theirs), SECONDS)
    assert found is not None
    assert found.value == pytest.approx(ours.mean() / theirs.mean())
    assert found.low <= found.value <= found.high
    units = [str(i // 2) for i in range(120)]
    over = stats.asymptotic_sequence(ours - bound * theirs, units, 0.95)
    assert over is not None
    assert (found.high <= bound) == (over.high <= 0)
    assert (found.low >= bound) == (over.low >= 0)


def test_a_ratio_to_next_to_nothing_has_no_interval() -> None:
    random = np.random.default_rng(4)
    theirs = random.choice([0.0, 1.0], 100, p=[0.98, 0.02])
    estimator = SequentialEstimator(planned([*range(100)]), 0.99)
    assert estimator.ratio(values_of(np.ones(100)), values_of(theirs), SECONDS) is None
    with pytest.raises(ValueError, match="no ratios"):
        estimator.ratio({"p0": 1.0}, {"p0": 1.0}, SCORE)


def test_prices_that_never_vary_have_an_exact_ratio() -> None:
    estimator = SequentialEstimator(planned([*range(100)]), 0.99)
    found = estimator.ratio(values_of(np.full(80, 0.2)), values_of(np.full(80, 0.8)), spec_of("cost.per_generation"))
    assert found is not None
    assert (found.low, found.value, found.high) == pytest.approx((0.25, 0.25, 0.25))


def test_percentiles_get_their_sequence() -> None:
    data = np.append(np.random.default_rng(5).exponential(30, 300), [np.inf, np.inf])
    pairs = [f"p{i}" for i in range(302)]
    found = SequentialEstimator(planned([*range(302)]), 0.99).percentile(data, 95, pairs)
    assert found == percentile_sequence(data, 95, 0.99)
    mixed = np.random.default_rng(6).permutation(302)
    assert (
        SequentialEstimator(planned([*range(302)]), 0.99).percentile(data[mixed], 95, [pairs[i] for i in mixed])
        == found
    )


def test_percentiles_of_shared_resumes_bet_on_whole_units() -> None:
    data, resumes = np.random.default_rng(7).exponential(30, 300), [i // 5 for i in range(400)]
    pairs, mixed = [f"p{i}" for i in range(300)], np.random.default_rng(8).permutation(300)
    found = SequentialEstimator(planned(resumes), 0.99).percentile(data[mixed], 50, [pairs[i] for i in mixed])
    units = [str(i // 5) for i in range(300)]
    assert found == percentile_sequence(data, 50, 0.99, units=units, largest_unit=5)
    assert found != percentile_sequence(data, 50, 0.99)
