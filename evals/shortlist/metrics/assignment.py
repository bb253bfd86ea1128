"""Optimal one-to-one pairing."""

from __future__ import annotations

from collections.abc import Sequence


def assign(weights: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    """Pairs rows with columns so that the sum of weights is greatest; a weight of 0 forbids a pair.

    Each row and each column occurs at most once; rows come in order. Where no row and no column has a choice, the
    answer is read off; else the assignment problem is solved by `scipy.optimize.linear_sum_assignment` (Crouse 2016).
    Weights must not be negative.
    """
    allowed = [(r, c) for r, row in enumerate(weights) for c, weight in enumerate(row) if weight > 0]
    if len({r for r, _ in allowed}) == len(allowed) == len({c for _, c in allowed}):
        return allowed
    if len(weights) == 1 or len(weights[0]) == 1:
        return [max(allowed, key=lambda pair: weights[pair[0]][pair[1]])]
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415 - most of a second

    rows, columns = linear_sum_assignment(weights, maximize=True)
    chosen = zip(rows.tolist(), columns.tolist(), strict=True)
    return [(row, column) for row, column in chosen if weights[row][column] > 0]
