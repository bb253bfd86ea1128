import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.special import xlogy
from scipy.stats import binom, binomtest, norm

from shortlist import stats

counts = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
tables = st.integers(1, 300).flatmap(
    lambda n: st.integers(0, n).flatmap(lambda b: st.tuples(st.just(b), st.integers(0, n - b), st.just(n)))
)
confidences = st.sampled_from([0.8, 0.9, 0.95, 0.99])


@given(counts, confidences)
def test_wilson_equals_scipy(count: tuple[int, int], confidence: float) -> None:
    ours = stats.wilson(*count, confidence)
    theirs = binomtest(*count).proportion_ci(confidence, method="wilson")
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


# statsmodels 0.15.0, proportion_confint(method="wilson")
@pytest.mark.parametrize(
    ("k", "n", "confidence", "low", "high"),
    [
        (0, 12, 0.95, 0.0, 0.24249400665524085),
        (12, 12, 0.95, 0.7575059933447592, 1.0),
        (58, 60, 0.95, 0.886362257256914, 0.9908106807438021),
        (98, 100, 0.99, 0.9041830170229076, 0.9960851227699025),
        (1, 3, 0.90, 0.07826573632733876, 0.746466131718776),
    ],
)
def test_wilson_equals_statsmodels(k: int, n: int, confidence: float, low: float, high: float) -> None:
    interval = stats.wilson(k, n, confidence)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=1e-8)


@given(counts, confidences)
def test_wilson_keeps_its_bounds_and_its_symmetry(count: tuple[int, int], confidence: float) -> None:
    k, n = count
    interval, mirrored = stats.wilson(k, n, confidence), stats.wilson(n - k, n, confidence)
    assert 0 <= interval.low <= interval.value <= interval.high <= 1
    assert interval.high - interval.low > 0
    assert (interval.low, interval.high) == pytest.approx((1 - mirrored.high, 1 - mirrored.low), abs=1e-12)


@given(st.integers(1, 3000), confidences)
def test_wilson_ends_where_the_scale_ends(n: int, confidence: float) -> None:
    assert stats.wilson(0, n, confidence).low == 0
    assert stats.wilson(n, n, confidence).high == 1


@given(counts)
def test_one_more_success_moves_wilson_up(count: tuple[int, int]) -> None:
    k, n = count
    if k < n:
        before, after = stats.wilson(k, n), stats.wilson(k + 1, n)
        assert before.low < after.low
        assert before.high < after.high


@pytest.mark.parametrize(("k", "n"), [(1, 0), (-1, 3), (4, 3)])
def test_impossible_counts_are_refused(k: int, n: int) -> None:
    with pytest.raises(ValueError, match="is no rate"):
        stats.wilson(k, n)


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95.0])
def test_impossible_confidences_are_refused(confidence: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        stats.wilson(1, 2, confidence)


def test_tango_gives_the_stated_figures() -> None:
    interval = stats.tango(12, 8, 100)
    assert (interval.low, interval.high) == pytest.approx((-0.051, 0.133), abs=5e-4)
    assert stats.tango(0, 0, 200).low == pytest.approx(-0.019, abs=5e-4)


@pytest.mark.parametrize(("b", "c", "n"), [(12, 8, 100), (1, 0, 44), (3, 20, 60), (30, 2, 50)])
@pytest.mark.parametrize("margin", [0.03, 0.2, -0.1])
def test_tangos_z_is_the_score_at_the_most_likely_table(b: int, c: int, n: int, margin: float) -> None:
    # The closed form against a search for the q that makes the table most likely when p_b = q - margin, p_c = q.
    def unlikely(q: float) -> float:
        return -float(xlogy(b, q - margin) + xlogy(c, q) + xlogy(n - b - c, 1 - 2 * q + margin))

    q = minimize_scalar(
        unlikely, bounds=(max(0.0, margin) + 1e-12, (1 + margin) / 2 - 1e-12), options={"xatol": 1e-12}
    ).x
    z = (b - c + n * margin) / math.sqrt(n * (2 * q - margin - margin**2))
    assert stats.tango_z(b, c, n, margin) == pytest.approx(z, rel=1e-4)


@pytest.mark.parametrize("n", [1, 12, 200, 2000])
def test_without_discordance_tango_has_its_closed_form(n: int) -> None:
    z2 = 1.959963984540054**2
    interval = stats.tango(0, 0, n)
    assert (interval.low, interval.high) == pytest.approx((-z2 / (n + z2), z2 / (n + z2)), abs=1e-9)


@given(tables, confidences)
def test_tango_keeps_its_bounds_and_its_symmetry(table: tuple[int, int, int], confidence: float) -> None:
    b, c, n = table
    interval, swapped = stats.tango(b, c, n, confidence), stats.tango(c, b, n, confidence)
    assert -1 <= interval.low <= interval.value <= interval.high <= 1
    assert interval.low < interval.high
    assert (interval.low, interval.high) == pytest.approx((-swapped.high, -swapped.low), abs=1e-9)


@given(tables)
def test_one_more_win_moves_tango_up(table: tuple[int, int, int]) -> None:
    b, c, n = table
    if c:
        assert stats.tango(b, c, n).low < stats.tango(b + 1, c - 1, n).low + 1e-12


@given(tables, st.floats(0.001, 0.5))
def test_the_interval_and_the_test_agree(table: tuple[int, int, int], margin: float) -> None:
    interval = stats.tango(*table)
    if abs(interval.low + margin) > 1e-9:
        assert (interval.low > -margin) == (stats.tango_z(*table, margin) > 1.959963984540054)


@pytest.mark.parametrize("n", [3, 12, 300])
def test_tango_is_symmetric_where_neither_side_leads(n: int) -> None:
    # at D = b/n the linear term of the quadratic is 0, and its root must not vanish with it
    found = stats.tango(n // 4, n // 4, n)
    assert found.low == pytest.approx(-found.high, abs=1e-12)
    assert stats.tango_z(n // 4, n // 4, n, -(n // 4) / n) == pytest.approx(
        -stats.tango_z(n // 4, n // 4, n, (n // 4) / n)
    )


def test_tango_grows_with_the_root_of_the_table() -> None:
    assert stats.tango_z(12, 8, 100, 0.1) == pytest.approx(stats.tango_z(3, 2, 25, 0.1) * 2)


def test_no_table_is_refused() -> None:
    with pytest.raises(ValueError, match="no table"):
        stats.tango(3, 3, 5)


# statsmodels 0.15.0, mcnemar(exact=True)
@pytest.mark.parametrize(
    ("b", "c", "p"), [(12, 8, 0.5034446716308594), (0, 0, 1.0), (5, 0, 0.0625), (1, 9, 0.021484375), (30, 30, 1.0)]
)
def test_mcnemar_equals_statsmodels(b: int, c: int, p: float) -> None:
    assert stats.mcnemar(b, c) == pytest.approx(p)


@given(st.integers(0, 200), st.integers(0, 200))
def test_mcnemar_equals_scipy(b: int, c: int) -> None:
    if b + c:
        assert stats.mcnemar(b, c) == pytest.approx(binomtest(b, b + c).pvalue, rel=1e-9)
    assert stats.mcnemar(b, c) == stats.mcnemar(c, b)


@given(st.integers(0, 200), st.integers(0, 200))
def test_mid_p_counts_the_table_seen_by_half(b: int, c: int) -> None:
    if b + c:
        exact, seen = binomtest(b, b + c).pvalue, binom.pmf(b, b + c, 0.5)
        # Where both sides are equal the exact p is cut at 1, and the table seen counts on one side alone.
        assert stats.mcnemar(b, c, mid_p=True) == pytest.approx(1.0 if b == c else exact - seen, rel=1e-9)
    assert stats.mcnemar(b, c, mid_p=True) == stats.mcnemar(c, b, mid_p=True) <= stats.mcnemar(b, c)


def test_the_papers_mid_p() -> None:
    # Fagerland, Lydersen & Laake 2013, Table 1 (Bentur et al.): 1 and 7 discordant pairs, mid-p .039; exact .070.
    assert stats.mcnemar(1, 7, mid_p=True) == pytest.approx(0.039, abs=5e-4)
    assert stats.mcnemar(1, 7) == pytest.approx(0.070, abs=5e-4)


@given(tables, st.floats(-0.9, 0.9))
def test_tangos_p_is_the_tail_of_its_z(table: tuple[int, int, int], margin: float) -> None:
    p = stats.tango_test(*table, margin)
    assert p == pytest.approx(norm.sf(stats.tango_z(*table, margin)), abs=1e-12)
    interval = stats.tango(*table, confidence=0.95)
    if abs(interval.low + margin) > 1e-9:
        assert (p < 0.025) == (interval.low > -margin)


def test_the_square_of_a_tiny_margin_does_not_vanish() -> None:
    # It did, and then the variance too: z was infinite for a pair on which both agree.
    assert stats.tango_z(0, 0, 1, 1e-200) < 1e-90


def test_tangos_p_falls_with_the_margin() -> None:
    p = [stats.tango_test(5, 8, 100, margin) for margin in (0.0, 0.03, 0.06, 0.1, 0.2)]
    assert p == sorted(p, reverse=True)
    assert p[0] > 0.5
    assert p[-1] < 0.025
    assert stats.tango_test(0, 0, 10, 0.0) == 0.5


@pytest.mark.parametrize(
    ("margin", "discordance", "pairs"),
    [(0.03, 0.05, 437), (0.03, 0.1, 873), (0.03, 0.2, 1745), (0.05, 0.05, 157), (0.05, 0.1, 314), (0.05, 0.2, 628)],
)
def test_pairs_for_power(margin: float, discordance: float, pairs: int) -> None:
    assert stats.pairs_for_power(margin, discordance) == pairs


def test_clusters_widen_a_rate() -> None:
    # Ten résumés, five jobs each; two résumés fail everywhere.
    values = np.repeat([1.0] * 8 + [0.0] * 2, 5)
    resumes = [f"r{i // 5}" for i in range(50)]
    naive, clustered = stats.rate_interval(values), stats.rate_interval(values, [resumes])
    assert naive is not None
    assert clustered is not None
    assert clustered.value == naive.value == 0.8
    # All five agree, so 50 pairs are worth hardly more than ten.
    assert clustered.low < stats.wilson(8, 10).low + 0.01 < naive.low
    assert clustered.high > naive.high


def test_clusters_that_happen_to_balance_do_not_narrow_a_rate() -> None:
    values, labels = np.array([1.0, 0.0] * 20), [f"r{i // 2}" for i in range(40)]
    assert stats.rate_interval(values, [labels]) == stats.rate_interval(values)


def test_equal_values_in_clusters_count_each_cluster_once() -> None:
    interval = stats.rate_interval(np.ones(50), [[f"r{i // 5}" for i in range(50)]])
    assert interval is not None
    assert interval.low == pytest.approx(stats.wilson(10, 10).low)


@pytest.mark.parametrize("failures", [1, 2, 3])
def test_failures_in_clusters_prove_no_more_than_none(failures: int) -> None:
    # A single failure shows no clustering at all; taken at its word it would make 100 pairs of 20 clusters count whole.
    labels = [[f"r{i % 20}" for i in range(100)]]
    values = np.ones(100)
    values[:failures] = 0.0
    one, none = stats.rate_interval(values, labels), stats.rate_interval(np.ones(100), labels)
    worse, equal = stats.paired_rate_interval(values - 1, labels), stats.paired_rate_interval(np.zeros(100), labels)
    better = stats.paired_rate_interval(1 - values, labels)
    assert one is not None
    assert none is not None
    assert worse is not None
    assert equal is not None
    assert better is not None
    assert one.low <= none.low
    assert worse.low <= equal.low
    assert (better.low, better.high) == pytest.approx((-worse.high, -worse.low))


def test_one_cluster_says_nothing_of_others() -> None:
    assert stats.rate_interval(np.ones(9), [["same"] * 9]) is None
    assert stats.paired_rate_interval(np.zeros(9), [["same"] * 9]) is None
    assert stats.rate_interval(np.ones(1), [["alone"]]) is not None


@given(st.lists(st.sampled_from([-1.0, 0.0, 1.0]), min_size=2, max_size=40), st.randoms(use_true_random=False))
def test_neither_order_nor_labels_matter(differences: list[float], random: object) -> None:
    labels = [str(i % 3) for i in range(len(differences))]
    order = list(range(len(differences)))
    random.shuffle(order)  # type: ignore[attr-defined]
    shuffled = np.array([differences[i] for i in order])
    before = stats.paired_rate_interval(np.array(differences), [labels])
    after = stats.paired_rate_interval(shuffled, [[f"name-{labels[i]}" for i in order]])
    assert before is not None
    assert after is not None
    assert (after.low, after.high) == pytest.approx((before.low, before.high), abs=1e-9)


def test_needed_n_is_where_wilson_clears_the_bound() -> None:
    def clears(scale: float) -> bool:
        return stats.wilson(12 * scale, 12 * scale).low >= 0.9

    assert stats.needed_n(clears, 12) == 35
    assert stats.wilson(35, 35).low >= 0.9 > stats.wilson(34, 34).low
    assert stats.needed_n(lambda _: False, 12) is None


def test_mcnemars_power() -> None:
    # +4 points, n=500, 8% discordance.
    rng = np.random.default_rng(11)
    draws = rng.multinomial(500, [0.06, 0.02, 0.92], size=4000)
    power = np.mean([stats.mcnemar(int(b), int(c)) < 0.05 for b, c, _ in draws])
    assert power == pytest.approx(0.877, abs=0.03)
