"""Pairs that hang together, directly or through others: what a confidence sequence takes as one unit."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from shortlist.stats.interval import Clusterings


def components(clusterings: Clusterings) -> list[int]:
    """The connected component of each pair, when pairs with an equal label in any of the clusterings are connected.

    Two pairs of one component may have nothing in common but a third that shares a résumé with one and a job with the
    other. Pairs of different components share nothing, so components are independent of each other.

    Args:
        clusterings: each a sequence of n labels.

    Returns:
        n numbers, from 0 in order of first appearance; equal ones mean the same component.

    Raises:
        ValueError: the clusterings are not of equal length.
    """
    n = len(clusterings[0]) if clusterings else 0
    parents = list(range(n))

    def root(pair: int) -> int:
        while parents[pair] != pair:
            parents[pair] = pair = parents[parents[pair]]
        return pair

    for labels in clusterings:
        _connect(labels, n, parents, root)
    numbers: dict[int, int] = {}
    return [numbers.setdefault(root(pair), len(numbers)) for pair in range(n)]


def _connect(labels: Sequence[str], n: int, parents: list[int], root: Callable[[int], int]) -> None:
    if len(labels) != n:
        raise ValueError(f"{len(labels)} cluster labels for {n} pairs")
    first: dict[str, int] = {}
    for pair, label in enumerate(labels):
        parents[root(pair)] = root(first.setdefault(label, pair))
