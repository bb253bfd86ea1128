import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortlist import stats

p_values = st.lists(st.floats(0, 1), max_size=20)


# statsmodels 0.15.0: multipletests(p, method="holm")[1]
@pytest.mark.parametrize(
    ("p", "adjusted"),
    [
        ([0.01, 0.04, 0.03, 0.005, 0.5], [0.04, 0.09, 0.09, 0.025, 0.5]),
        ([0.02, 0.02, 0.2], [0.06, 0.06, 0.2]),
        ([0.4, 0.9], [0.8, 0.9]),
        ([0.03], [0.03]),
        ([], []),
    ],
)
def test_holm_equals_statsmodels(p: list[float], adjusted: list[float]) -> None:
    assert stats.holm(p) == pytest.approx(tuple(adjusted))


@given(p_values)
def test_holm_lies_between_nothing_and_bonferroni(p: list[float]) -> None:
    for before, after in zip(p, stats.holm(p), strict=True):
        assert before <= after <= min(1.0, len(p) * before)


@given(p_values)
def test_holm_keeps_the_order_of_the_p_values(p: list[float]) -> None:
    adjusted = stats.holm(p)
    assert [adjusted[i] for i in sorted(range(len(p)), key=p.__getitem__)] == sorted(adjusted)


@given(p_values, st.randoms(use_true_random=False))
def test_the_order_given_plays_no_part(p: list[float], random: object) -> None:
    order = list(range(len(p)))
    random.shuffle(order)  # type: ignore[attr-defined]  # hypothesis gives a random.Random, typed as object here
    adjusted = stats.holm(p)
    assert stats.holm([p[i] for i in order]) == pytest.approx(tuple(adjusted[i] for i in order))


@given(p_values, st.floats(0, 1))
def test_a_hypothesis_more_never_makes_another_easier_to_reject(p: list[float], another: float) -> None:
    for before, after in zip(stats.holm(p), stats.holm([*p, another]), strict=False):
        assert after >= before


@pytest.mark.parametrize("p", [-0.1, 1.1, float("nan")])
def test_what_is_no_probability_is_refused(p: float) -> None:
    with pytest.raises(ValueError, match="no p value"):
        stats.holm([0.5, p])
