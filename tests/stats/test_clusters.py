"""Standard errors of pairs that share: unequal clusters, and résumés crossed with job descriptions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from shortlist import stats
from shortlist.stats.clusters import Spread, spreads, ways

designs = st.lists(
    st.tuples(st.floats(-1e3, 1e3), st.integers(0, 5), st.integers(0, 5)), min_size=4, max_size=60
).filter(lambda rows: len({row[1] for row in rows}) > 1 and len({row[2] for row in rows}) > 1)
Rows = list[tuple[float, int, int]]


def columns(rows: Rows) -> tuple[np.ndarray, list[str], list[str]]:
    values, resumes, jobs = zip(*rows, strict=True)
    return np.array(values), [f"r{r}" for r in resumes], [f"j{j}" for j in jobs]


def plain_variance(values: np.ndarray, *labels: list[str]) -> float:
    """Of the mean: the products of the residuals of all pairs of pairs that share one of the labels."""
    residuals = values - values.mean()
    shared = np.zeros((len(values), len(values)), dtype=bool)
    for each in labels:
        shared |= np.equal.outer(np.array(each), np.array(each))
    return float(residuals @ shared @ residuals) / len(values) ** 2


def found_of(values: np.ndarray, *labels: list[str]) -> list[Spread]:
    found = spreads(values, labels)
    assert found is not None
    return found


@given(designs)
def test_two_ways_at_once_count_every_pair_of_pairs_that_shares_anything(rows: Rows) -> None:
    values, resumes, jobs = columns(rows)
    found = found_of(values, resumes, jobs)
    fewest = min(len(set(resumes)), len(set(jobs)))
    joint = plain_variance(values, resumes, jobs) * fewest / (fewest - 1)
    if len(found) == 4:
        size = float(np.abs(values).max())
        alone = max(spread.error for spread in found[1:3])
        assert found[3].error == pytest.approx(max(alone, math.sqrt(max(0.0, joint))), rel=1e-6, abs=1e-9 * (1 + size))
        assert found[3].error >= alone - 1e-12 * size


@given(designs)
def test_the_two_ways_may_change_places(rows: Rows) -> None:
    values, resumes, jobs = columns(rows)
    there, back = found_of(values, resumes, jobs), found_of(values, jobs, resumes)
    if len(there) == 4:
        assert back[:4] == [there[0], there[2], there[1], back[3]]
        numbers = (there[3].error, there[3].effective, there[3].skewness, there[3].excess)
        if there[1].error != there[2].error:
            assert (back[3].error, back[3].effective, back[3].skewness, back[3].excess) == pytest.approx(
                numbers, rel=1e-6, abs=1e-6
            )


@given(designs, st.permutations([f"r{i}" for i in range(6)]), st.permutations([f"j{i}" for i in range(6)]))
def test_names_of_crossed_clusters_do_not_matter(rows: Rows, first: list[str], second: list[str]) -> None:
    values, resumes, jobs = columns(rows)
    renamed = [first[row[1]] for row in rows], [second[row[2]] for row in rows]
    before, after = found_of(values, resumes, jobs), found_of(values, *renamed)
    for one, other in zip(before, after, strict=True):
        assert (one.error, one.effective) == pytest.approx((other.error, other.effective), rel=1e-9, abs=1e-9)


@given(designs)
def test_the_same_grouping_twice_is_that_grouping(rows: Rows) -> None:
    values, resumes, _ = columns(rows)
    once, twice = found_of(values, resumes), found_of(values, resumes, resumes)
    for spread in twice[1:]:
        assert (spread.error, spread.clusters, spread.effective) == pytest.approx(
            (once[-1].error, once[-1].clusters, once[-1].effective)
        )
        assert (spread.skewness, spread.excess) == pytest.approx((once[-1].skewness, once[-1].excess), abs=1e-6)
    one, two = stats.mean_interval(values, [resumes]), stats.mean_interval(values, [resumes, resumes])
    assert one is not None or two is None
    if one is not None and two is not None:
        assert (one.low, one.high) == pytest.approx((two.low, two.high), rel=1e-6, abs=1e-6)


def test_a_jobs_share_in_every_resume_is_seen() -> None:
    # Every résumé meets every job once, and a value is the sum of what the two give: the variance of the mean is known.
    rng = np.random.default_rng(20261121)
    errors = []
    resumes, jobs = [str(i // 30) for i in range(900)], [str(i % 30) for i in range(900)]
    for _ in range(300):
        values = np.add.outer(rng.normal(size=30), rng.normal(size=30)).ravel()
        errors.append([spread.error for spread in found_of(values, resumes, jobs)])
    independent, resume, job, both = np.sqrt(np.mean(np.square(errors), axis=0))
    true = math.sqrt(2 / 30)
    assert both == pytest.approx(true, rel=0.03)
    assert (resume, job) == pytest.approx((true / math.sqrt(2), true / math.sqrt(2)), rel=0.05)
    assert independent < true / 5


def test_crossed_clusters_are_covered_where_the_wider_of_the_two_is_not() -> None:
    rng, runs = np.random.default_rng(20261121), 1000
    resumes, jobs = [str(i // 20) for i in range(400)], [str(i % 20) for i in range(400)]
    missed = np.zeros(4)
    for _ in range(runs):
        values = (np.add.outer(rng.normal(size=20), rng.normal(size=20)) + rng.normal(size=(20, 20))).ravel()
        one, two, both = (stats.mean_interval(values, ways_) for ways_ in ([resumes], [jobs], [resumes, jobs]))
        assert one is not None
        assert two is not None
        assert both is not None
        missed += [both.high < 0, both.low > 0, max(one.high, two.high) < 0, min(one.low, two.low) > 0]
    assert np.all(missed[:2] / runs <= 0.025 + 0.015)  # three standard errors of the simulation
    assert np.all(missed[2:] / runs > 0.035)


def test_crossed_yes_and_no_have_a_larger_design_effect_than_either() -> None:
    rng = np.random.default_rng(3)
    resumes, jobs = [str(i // 20) for i in range(400)], [str(i % 20) for i in range(400)]
    passed = (np.add.outer(rng.normal(size=20), rng.normal(size=20)).ravel() > -1).astype(float)
    alone = [stats.design_effect(passed, [labels], 0.95) for labels in (resumes, jobs)]
    both = stats.design_effect(passed, [resumes, jobs], 0.95)
    assert both is not None
    assert all(effect is not None and both > 1.2 * effect for effect in alone)


def test_a_normal_effect_of_both_has_no_excess_of_its_own() -> None:
    # The excess of a mean of normal effects is that of few clusters, which is subtracted: about 0, and never below.
    rng, excess = np.random.default_rng(4), []
    resumes, jobs = [str(i // 40) for i in range(1600)], [str(i % 40) for i in range(1600)]
    heavy = []
    for _ in range(100):
        normal, other = rng.normal(size=(2, 40))
        excess.append(found_of(np.add.outer(normal, other).ravel(), resumes, jobs)[3].excess)
        heavy.append(found_of(np.add.outer(normal**3, other**3).ravel(), resumes, jobs)[3].excess)
    assert np.median(excess) < 0.01
    assert np.median(heavy) == pytest.approx(0.148, abs=0.01)  # .110 if those of a single way were subtracted


# Clusters of unequal size.


@given(st.lists(st.integers(1, 30), min_size=2, max_size=30))
def test_effective_clusters_are_no_more_than_there_are(sizes: list[int]) -> None:
    labels = [str(i) for i, size in enumerate(sizes) for _ in range(size)]
    n = len(labels)
    found = ways(n, [labels])
    assert found is not None
    effective = found[-1].spread(np.ones(len(sizes)), 1.0).effective
    assert effective == pytest.approx(max(2.0, n**2 / sum(size**2 for size in sizes)))
    assert 2 <= effective <= len(sizes) + 1e-9
    if len(set(sizes)) == 1:
        assert effective == pytest.approx(len(sizes))


def test_one_huge_cluster_leaves_one_degree_of_freedom_and_an_interval() -> None:
    labels = ["huge"] * 97 + ["a", "b", "c"]
    values = np.random.default_rng(1).normal(size=100)
    (_, spread) = found_of(values, labels)
    assert (spread.clusters, spread.effective) == (4, 2.0)
    interval = stats.mean_interval(values, [labels], bounds=(-5, 5))
    assert interval is not None
    assert interval.high >= values.mean() + scipy_stats.t.ppf(0.975, 1) * spread.error - 1e-9
    assert stats.rate_interval((values > 0).astype(float), [labels]) is not None


def test_unequal_clusters_cost_degrees_of_freedom() -> None:
    sizes = [20, 20, 1, 1, 1, 1]
    labels = [str(i) for i, size in enumerate(sizes) for _ in range(size)]
    values = np.repeat([1.0, -1.0, 0.5, -0.5, 0.2, -0.2], sizes)  # symmetric, so without a tail
    df, error = 44**2 / sum(size**2 for size in sizes) - 1, stats.cluster_se(values, labels)
    interval = stats.mean_interval(values, [labels], bounds=(-1e3, 1e3))
    assert interval is not None
    assert error is not None
    unseen = stats.unseen_share(6) * 1e3
    assert interval.high == pytest.approx(max(scipy_stats.t.ppf(0.975, df) * error, unseen))
    wide = stats.mean_interval(values, [labels], bounds=(-1.0, 1.0))
    assert wide is not None
    assert wide.high == pytest.approx(min(1.0, scipy_stats.t.ppf(0.975, df) * error))
    scaled = stats.mean_interval(values, [labels], bounds=(-1.0, 1.0), scale=10)
    assert scaled is not None
    reach = scipy_stats.t.ppf(0.975, 10 * (df + 1) - 1) * error / np.sqrt(10)
    assert scaled.high == pytest.approx(max(reach, stats.unseen_share(60)))
    passed = (values > 0).astype(float)
    found, naive = stats.cluster_se(passed, labels), stats.cluster_se(passed, [str(i) for i in range(44)])
    assert found is not None
    assert naive is not None
    effect = (found / naive * scipy_stats.t.ppf(0.975, df) / scipy_stats.norm.ppf(0.975)) ** 2
    assert stats.design_effect(passed, [labels], 0.95) == pytest.approx(effect)


def test_unequal_clusters_are_covered() -> None:
    # One résumé in seven has twenty jobs, the others one each, and all jobs of a résumé score alike.
    rng, runs = np.random.default_rng(20261121), 1500
    sizes = [20, 1, 1, 1, 1, 1, 1] * 6
    labels = [str(i) for i, size in enumerate(sizes) for _ in range(size)]
    missed = textbook = 0
    for _ in range(runs):
        values = np.repeat(rng.normal(size=len(sizes)), sizes)
        found = stats.mean_interval(values, [labels], bounds=(-20, 20))
        error = stats.cluster_se(values, labels)
        assert found is not None
        assert error is not None
        missed += found.low > 0
        textbook += values.mean() - scipy_stats.t.ppf(0.975, len(sizes) - 1) * error > 0
    assert textbook / runs > 0.05
    assert missed / runs <= 0.035
