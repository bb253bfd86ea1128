from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortlist import stats
from shortlist.stats.kappa import Weights

grades = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), min_size=2, max_size=60)
weightings = st.sampled_from(["none", "quadratic"])


def _of_table(table: Sequence[Sequence[int]]) -> tuple[list[int], list[int]]:
    cells = [(i, j) for i, row in enumerate(table) for j, count in enumerate(row) for _ in range(count)]
    return [i for i, _ in cells], [j for _, j in cells]


# statsmodels 0.15.0: cohens_kappa(table) and cohens_kappa(table, wt="quadratic")
@pytest.mark.parametrize(
    ("table", "weights", "kappa", "low", "high"),
    [
        ([[20, 5], [10, 15]], "none", 0.4, 0.151092290476661, 0.6489077095233389),
        ([[11, 3, 1], [2, 9, 4], [0, 3, 12]], "none", 0.5666666666666668, 0.368320920667189, 0.7650124126661445),
        ([[11, 3, 1], [2, 9, 4], [0, 3, 12]], "quadratic", 0.7333333333333333, 0.5709810182597223, 0.8956856484069443),
    ],
)
def test_kappa_equals_statsmodels(
    table: list[list[int]], weights: Weights, kappa: float, low: float, high: float
) -> None:
    found = stats.cohens_kappa(*_of_table(table), weights=weights)
    assert found is not None
    assert (found.value, found.low, found.high) == pytest.approx((kappa, low, high))


def test_words_and_numbers_give_the_same() -> None:
    first, second = _of_table([[20, 5], [10, 15]])
    words = ["bad", "good"]
    named = stats.cohens_kappa([words[i] for i in first], [words[j] for j in second])
    assert named == stats.cohens_kappa(first, second)


def test_full_agreement_of_twelve_is_no_proof_of_a_perfect_judge() -> None:
    labels = ["good", "bad"] * 6
    found = stats.cohens_kappa(labels, labels)
    assert found is not None
    assert (found.value, found.high) == (1.0, 1.0)
    # A share of 26% unlike any of the twelve may disagree: 1 - 0.2646/(1 - 0.5).
    assert found.low == pytest.approx(1 - 0.2646 / 0.5, abs=1e-4)


def test_one_label_throughout_shows_nothing() -> None:
    assert stats.cohens_kappa(["good"] * 9, ["good"] * 9) is None
    assert stats.cohens_kappa(["good"], ["bad"]) is None
    never = stats.cohens_kappa(["good"] * 9, ["bad"] * 9)
    assert never is not None
    assert never.value == 0


@given(grades, weightings)
def test_bounds_and_symmetry(pairs: list[tuple[int, int]], weights: Weights) -> None:
    first, second = [a for a, _ in pairs], [b for _, b in pairs]
    found, swapped = stats.cohens_kappa(first, second, weights), stats.cohens_kappa(second, first, weights)
    if found is not None:
        assert swapped is not None
        assert -1 <= found.low <= found.value <= found.high <= 1
        assert found.low < found.high
        assert (found.low, found.value, found.high) == pytest.approx((swapped.low, swapped.value, swapped.high))


@given(grades, weightings, st.randoms(use_true_random=False))
def test_neither_the_order_nor_the_names_matter(pairs: list[tuple[int, int]], weights: Weights, random: object) -> None:
    found = stats.cohens_kappa([a for a, _ in pairs], [b for _, b in pairs], weights)
    shuffled = list(pairs)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a random.Random, typed as object here
    # Other names, or for numbers another scale.
    after = stats.cohens_kappa([10 * a + 3 for a, _ in shuffled], [10 * b + 3 for _, b in shuffled], weights)
    assert (found is None) == (after is None)
    if found is not None and after is not None:
        assert (after.low, after.value, after.high) == pytest.approx((found.low, found.value, found.high))


def test_a_near_miss_counts_less_with_quadratic_weights() -> None:
    first = [1, 2, 3, 4, 5] * 4
    near, far = [2, 2, 3, 4, 5] * 4, [5, 2, 3, 4, 5] * 4
    kappas = [stats.cohens_kappa(first, second, "quadratic") for second in (near, far)]
    assert kappas[0] is not None
    assert kappas[1] is not None
    assert kappas[0].value > 0.9 > kappas[1].value


def test_the_interval_covers() -> None:
    # Agreement .85 of yes/no labels that are even, so a kappa of .7; n=60.
    rng = np.random.default_rng(20261121)
    missed = 0
    for _ in range(1000):
        first = rng.random(60) < 0.5
        second = first ^ (rng.random(60) < 0.15)
        found = stats.cohens_kappa(first.astype(float).tolist(), second.astype(float).tolist())
        assert found is not None
        missed += not found.low <= 0.7 <= found.high
    assert missed / 1000 <= 0.05 + 0.021  # three standard errors of the simulation


def test_labels_must_match_and_weights_need_numbers() -> None:
    with pytest.raises(ValueError, match="1 labels of the second grader for 2 of the first"):
        stats.cohens_kappa(["a", "b"], ["a"])
    with pytest.raises(ValueError, match='"bad" is none'):
        stats.cohens_kappa(["bad", "good"], ["good", "bad"], "quadratic")
