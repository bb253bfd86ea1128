from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from shortlist.stats.components import components

label_pairs = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=40)


@given(label_pairs)
def test_components_are_scipys(labels: list[tuple[int, int]]) -> None:
    """Résumés and jobs as a graph's nodes, pairs as its edges."""
    ours = components([[f"r{r}" for r, _ in labels], [f"j{j}" for _, j in labels]])
    ends = np.array(labels, dtype=int).reshape(-1, 2)
    graph = coo_array((np.ones(len(labels)), (ends[:, 0], 13 + ends[:, 1])), shape=(26, 26))
    _, theirs = connected_components(graph, directed=False)
    of_pairs = [int(theirs[r]) for r, _ in labels]
    assert len(set(ours)) == len(set(of_pairs)) == len(set(zip(ours, of_pairs, strict=True)))
    assert [*dict.fromkeys(ours)] == [*range(len(set(ours)))], "numbered in order of appearance"


def test_a_third_pair_joins_two_that_share_nothing() -> None:
    assert components([["a", "b", "a"], ["x", "y", "y"]]) == [0, 0, 0]
    assert components([["a", "b"], ["x", "y"]]) == [0, 1]
    assert components([]) == []


def test_labels_must_match() -> None:
    with pytest.raises(ValueError, match="1 cluster labels for 2 pairs"):
        components([["a", "b"], ["x"]])
