from __future__ import annotations

import itertools
from collections import Counter
from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Indel

from shortlist.metrics.assignment import assign
from shortlist.metrics.text import NEAR_WORD, bag_similarity, paragraphs, says, text_similarity, words

PROSE = st.lists(
    st.sampled_from(
        ["chef", "chefs", "Chef,", "sous", "programme", "program", "2019", "2018", "C++", "C#", "Ärzte", "-"]
    ),
    max_size=7,
).map(" ".join)
MATRICES = st.integers(1, 5).flatmap(
    lambda columns: st.lists(
        st.lists(st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]), min_size=columns, max_size=columns),
        min_size=1,
        max_size=5,
    )
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ACME, Inc.", ("acme", "inc")),
        ("C++ / C# / .NET", ("c++", "c#", "net")),
        ("grew 10% to 3.5 m", ("grew", "10%", "to", "3.5", "m")),
        ("Master's", ("masters",)),
        ("Straße \ufb01n", ("strasse", "fin")),
        ("e\u0301tat", ("état",)),
        ("YILDIZ İnşaat yıldız", ("yildiz", "inşaat", "yildiz")),
        ("資格ある東京タワー", ("資", "格", "あ", "る", "東", "京", "タワー")),
        ("\u2014 \u2026", ()),
    ],
)
def test_words(text: str, expected: tuple[str, ...]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("Acme, Inc.", "ACME INC", 1.0),
        ("Product Manager", "Manager, Product", 1.0),
        ("Acme", "Acme Inc", 2 / 3),
        ("Google", "Amazon", 0.0),
        ("class of 2019", "class of 2018", 2 / 3),
        ("room 12345", "room 12346", 1 / 2),
        ("C++", "C#", 0.0),
        ("programme", "program", 2 * 7 / 16),
        ("\u2014", "\u2026", 0.0),
        ("\u2014", " \u2014 ", 1.0),
        ("", "x", 0.0),
    ],
)
def test_text_similarity(a: str, b: str, expected: float) -> None:
    assert text_similarity(a, b) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("", 0),
        (" \n \n ", 0),
        ("one\nand the same", 1),
        ("one\n\ntwo", 2),
        ("one\r\n\r\ntwo\r\rthree", 3),
        ("\n\none\n \t\n\n\ntwo\n\n", 2),
    ],
)
def test_paragraphs(text: str, number: int) -> None:
    assert paragraphs(text) == number


@pytest.mark.parametrize(
    ("text", "term", "expected"),
    [
        ("Led KPI reviews", "KPIs", True),
        ("caches and boxes, cases and movies", "cache", True),
        ("caches and boxes, cases and movies", "box", True),
        ("caches and boxes, cases and movies", "case", True),
        ("caches and boxes, cases and movies", "movie", True),
        ("many companies", "company", True),
        ("a master's degree", "Master degrees", True),
        ("classes and businesses", "class", True),
        ("classes and businesses", "business", True),
        ("the business", "busines", False),
        ("project-management", "project management", True),
        ("management of projects", "project management", False),
        ("rust", "trust", False),
        ("we hire → now", "→", True),
        ("we hire now", "→", False),
    ],
)
def test_a_text_says_a_term(text: str, term: str, expected: bool) -> None:
    assert says(text, term) is expected


@given(PROSE, PROSE)
def test_similarities_are_symmetric_bounded_and_one_on_equality(a: str, b: str) -> None:
    for similarity in (bag_similarity, text_similarity):
        assert similarity(a, b) == similarity(b, a)
        assert 0.0 <= similarity(a, b) <= 1.0
        assert similarity(a, a) == 1.0
    assert text_similarity(a, b) >= bag_similarity(a, b)


@given(PROSE, PROSE)
def test_bag_similarity_is_rouge_1(a: str, b: str) -> None:
    mine, theirs = Counter(words(a)), Counter(words(b))
    if not mine or not theirs:
        return
    overlap = sum(min(count, theirs[word]) for word, count in mine.items())
    precision, recall = overlap / mine.total(), overlap / theirs.total()
    f1 = 2 * precision * recall / (precision + recall) if overlap else 0.0
    assert bag_similarity(a, b) == pytest.approx(f1)


def _best_pairing(mine: list[str], theirs: list[str]) -> float:
    """The same definition by brute force: try every pairing of the left-over words."""
    if len(mine) > len(theirs):
        mine, theirs = theirs, mine

    def likeness(a: str, b: str) -> float:
        if any(char.isdigit() for char in a + b):
            return 0.0
        value = Indel.normalized_similarity(a, b)
        return value if value >= NEAR_WORD else 0.0

    return max(
        sum(likeness(a, b) for a, b in zip(mine, order, strict=True))
        for order in itertools.permutations(theirs, len(mine))
    )


@given(PROSE, PROSE)
def test_text_similarity_against_brute_force(a: str, b: str) -> None:
    mine, theirs = Counter(words(a)), Counter(words(b))
    if not mine or not theirs:
        return
    shared = mine & theirs
    credit = shared.total() + _best_pairing(list((mine - shared).elements()), list((theirs - shared).elements()))
    assert isclose(text_similarity(a, b), 2 * credit / (mine.total() + theirs.total()))


@given(MATRICES)
def test_assignment_against_brute_force(weights: list[list[float]]) -> None:
    rows, columns = len(weights), len(weights[0])
    pairs = assign(weights)
    assert len({row for row, _ in pairs}) == len({column for _, column in pairs}) == len(pairs)
    assert all(weights[row][column] > 0 for row, column in pairs)
    width = max(rows, columns)
    padded = [[weights[r][c] if r < rows and c < columns else 0.0 for c in range(width)] for r in range(width)]
    best = max(sum(padded[r][c] for r, c in enumerate(order)) for order in itertools.permutations(range(width)))
    assert isclose(sum(weights[row][column] for row, column in pairs), best)
