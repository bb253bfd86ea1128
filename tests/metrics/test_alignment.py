"""Which object is which: the pairing against scipy's assignment and against every permutation, and what bounds it."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from shortlist.metrics.assignment import assign
from shortlist.metrics.fields import compare_records
from shortlist.metrics.text import text_similarity
from shortlist.tasks.rules import FieldRule

COMPANIES = ("acme", "acme foods", "bolt", "bolt services", "acme bolt")
TITLES = ("head chef", "chef", "sous chef", "cook", "line cook")
ROLES = st.lists(
    st.builds(lambda c, t: {"c": c, "t": t}, st.sampled_from(COMPANIES), st.sampled_from(TITLES)),
    max_size=5,
    unique_by=lambda role: (role["c"], role["t"]),
)
BY_KEY = {"c": FieldRule(compare="text"), "t": FieldRule(compare="text")}
RULE = FieldRule(compare="objects", key=("c", "t"), fields=BY_KEY)


def likeness(a: dict[str, str], b: dict[str, str]) -> float:
    """By the definition: the mean over the key; too little is nothing."""
    parts = [text_similarity(a[name], b[name]) for name in ("c", "t")]
    mean = sum(parts) / 2
    return mean if mean > 0.5 or (mean == 0.5 and 1.0 in parts) else 0.0


def left_over(value: list[dict[str, str]], reference: list[dict[str, str]]) -> tuple[list[Any], list[Any]]:
    """What no equal was found for; equal ones are paired first."""
    return [v for v in value if v not in reference], [r for r in reference if r not in value]


def f1(equal: int, rest: float, total: int) -> float:
    return 2 * (equal + rest) / total if total else 1.0


@given(ROLES, ROLES)
def test_against_every_permutation(value: list[dict[str, str]], reference: list[dict[str, str]]) -> None:
    mine, its = left_over(value, reference)
    slots = [*its, *[None] * len(mine)]
    best = max(
        sum(likeness(v, r) for v, r in zip(mine, order, strict=True) if r is not None)
        for order in permutations(slots, len(mine))
    )
    score = compare_records({"f": RULE}, {"f": value}, {"f": reference}).fields["f"]
    assert score == pytest.approx(f1(len(value) - len(mine), best, len(value) + len(reference)))


@given(st.lists(ROLES, min_size=4, max_size=4), st.lists(ROLES, min_size=4, max_size=4))
def test_longer_lists_against_scipy(values: list[list[Any]], references: list[list[Any]]) -> None:
    value, reference = (
        list({(role["c"], role["t"]): role for roles in some for role in roles}.values())
        for some in (values, references)
    )
    mine, its = left_over(value, reference)
    weights = np.array([[likeness(v, r) for r in its] for v in mine]).reshape(len(mine), len(its))
    rows, columns = linear_sum_assignment(weights, maximize=True)
    score = compare_records({"f": RULE}, {"f": value}, {"f": reference}).fields["f"]
    best = float(weights[rows, columns].sum())
    assert score == pytest.approx(f1(len(value) - len(mine), best, len(value) + len(reference)))


@given(
    st.integers(1, 7).flatmap(
        lambda columns: st.lists(st.lists(st.floats(0, 1), min_size=columns, max_size=columns), min_size=1, max_size=7)
    )
)
def test_assign_against_scipy(weights: list[list[float]]) -> None:
    rows, columns = linear_sum_assignment(np.array(weights), maximize=True)
    expected = np.array(weights)[rows, columns].sum()
    assert sum(weights[row][column] for row, column in assign(weights)) == pytest.approx(expected)


def test_duplicates_on_both_sides() -> None:
    role = {"c": "acme", "t": "chef"}
    for mine, its in ((1, 1), (1, 3), (3, 1), (40, 40), (40, 1)):
        compared = compare_records({"f": RULE}, {"f": [role] * mine}, {"f": [role] * its})
        assert compared.score == pytest.approx(2 * min(mine, its) / (mine + its))
        assert len(compared.losses) == abs(mine - its)


def test_long_lists_are_paired_whole() -> None:
    """200 with 200, whose keys are all alike but no two equal: more than an answer can hold in its tokens."""
    reference = [{"c": f"acme {number}", "t": "chef"} for number in range(200)]
    value = [{"c": f"acme {number}!", "t": "head chef"} for number in reversed(range(200))]
    compared = compare_records({"f": RULE}, {"f": value}, {"f": reference})
    assert compared.score == pytest.approx((1 + 2 / 3) / 2)
    assert {loss.why for loss in compared.losses[:-1]} == {"head chef ≠ chef"}
