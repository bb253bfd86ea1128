import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from shortlist import stats

SEED = 20261121
SCORES = np.random.default_rng(SEED).lognormal(0, 0.7, 40)


def test_without_clusters_it_is_scipys_bca() -> None:
    ours = stats.bca_interval(SCORES, rng=np.random.default_rng(1), resamples=20_000)
    theirs = scipy_stats.bootstrap(
        (SCORES,), np.mean, n_resamples=20_000, method="BCa", rng=np.random.default_rng(2)
    ).confidence_interval
    assert ours is not None
    # Both are draws: ends of 20 000 resamples vary by about a hundredth of the interval.
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.03 * (ours.high - ours.low))
    assert ours.value == pytest.approx(SCORES.mean())


def test_few_values_with_a_long_tail_show_bias_and_acceleration() -> None:
    # Their bootstrap distribution lies 4% of the interval off its median, which the 40 scores above hide.
    few = np.random.default_rng(3).lognormal(0, 1, 14)
    ours = stats.bca_interval(few, rng=np.random.default_rng(1), resamples=60_000)
    theirs = scipy_stats.bootstrap(
        (few,), np.mean, n_resamples=60_000, method="BCa", rng=np.random.default_rng(2)
    ).confidence_interval
    assert ours is not None
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.012 * (ours.high - ours.low))


def test_one_outlier_and_certainty_leave_the_range_of_what_was_drawn() -> None:
    found = stats.bca_interval(np.append(np.zeros(39), 1.0), confidence=1 - 1e-10, rng=np.random.default_rng(1))
    assert found is not None
    assert found.low == 0.0
    assert found.value == pytest.approx(1 / 40)
    assert 4 / 40 <= found.high <= 1


def test_it_is_as_wide_as_the_standard_error_says() -> None:
    # Others divide the bootstrap's standard deviation by √resamples, which makes it 30 times too small.
    found = stats.bca_interval(SCORES, rng=np.random.default_rng(1), resamples=2000)
    error = scipy_stats.sem(SCORES)
    assert found is not None
    assert 2 * 1.7 * error < found.high - found.low < 2 * 2.6 * error


def test_more_resamples_do_not_narrow() -> None:
    few, many = (stats.bca_interval(SCORES, rng=np.random.default_rng(3), resamples=n) for n in (1000, 16_000))
    assert few is not None
    assert many is not None
    assert many.high - many.low == pytest.approx(few.high - few.low, rel=0.15)


def test_whole_clusters_are_drawn() -> None:
    # Ten clusters of five equal values: as if there were ten values, so √5 times as wide as with fifty.
    rng = np.random.default_rng(SEED)
    values = np.repeat(rng.normal(0, 1, 10), 5)
    labels = [[str(i // 5) for i in range(50)]]
    apart = stats.bca_interval(values, rng=np.random.default_rng(1))
    together = stats.bca_interval(values, labels, rng=np.random.default_rng(1))
    assert apart is not None
    assert together is not None
    assert (together.high - together.low) / (apart.high - apart.low) == pytest.approx(np.sqrt(5), rel=0.15)


def test_chance_comes_from_the_generator_alone() -> None:
    state = np.random.get_state(legacy=False)["state"]["key"].copy()
    first = stats.bca_interval(SCORES, rng=np.random.default_rng(5))
    again = stats.bca_interval(SCORES, rng=np.random.default_rng(5))
    assert first == again
    assert np.array_equal(state, np.random.get_state(legacy=False)["state"]["key"])
    with pytest.raises(ValueError, match="needs a generator"):
        stats.bca_interval(SCORES)


@given(st.lists(st.floats(-10, 10), min_size=2, max_size=30), st.floats(-5, 5), st.floats(0.1, 10))
def test_shifting_and_stretching_carry_over(values: list[float], shift: float, stretch: float) -> None:
    data = np.array(values)
    found = stats.bca_interval(data, rng=np.random.default_rng(0), resamples=200)
    moved = stats.bca_interval(data * stretch + shift, rng=np.random.default_rng(0), resamples=200)
    if found is not None and moved is not None and np.ptp(data) > 1e-3:
        assert data.min() - 1e-9 <= found.low <= found.value <= found.high <= data.max() + 1e-9
        assert (moved.low, moved.high) == pytest.approx(
            (found.low * stretch + shift, found.high * stretch + shift), abs=1e-2 * stretch * np.ptp(data)
        )


def test_nothing_can_be_drawn_from_one_value_or_one_cluster() -> None:
    rng = np.random.default_rng(0)
    assert stats.bca_interval(np.array([0.5]), rng=rng) is None
    assert stats.bca_interval(SCORES, [["same"] * 40], rng=rng) is None
    assert stats.bca_interval(np.ones(9), rng=rng) is None
    with pytest.raises(ValueError, match="no mean"):
        stats.bca_interval(np.array([]), rng=rng)


def test_it_promotes_where_tango_does_not() -> None:
    # Three points worse at 3% discordance, 20 pairs, margin 3 points: more than half of all samples hold no discordant
    # pair, and a bootstrap takes that for certainty. Ours gives None there; Tango decides nothing.
    rng = np.random.default_rng(SEED)
    blind = sum(bool(np.ptp(rng.choice([-1.0, 0.0], 20, p=[0.03, 0.97])) == 0) for _ in range(2000)) / 2000
    assert blind == pytest.approx(0.54, abs=0.04)
    assert stats.bca_interval(np.zeros(20), rng=rng) is None
    assert stats.tango(0, 0, 20).low < -0.03
