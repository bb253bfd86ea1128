"""Several hypotheses at once."""

from __future__ import annotations

from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Holm's adjusted p values (Holm 1979, Scandinavian Journal of Statistics 6, 65-70).

    The i-th smallest of m becomes `max over j <= i of (m - j + 1) · p_(j)`, at most 1. Rejecting where an adjusted one
    is at most alpha makes any false rejection at all a chance of at most alpha, whatever the dependence.

    Args:
        p_values: each between 0 and 1, in any order; none is fine.

    Returns:
        As many, in the order given.

    Raises:
        ValueError: a value is no probability.
    """
    for p in p_values:
        if not 0 <= p <= 1:
            raise ValueError(f"{p} is no p value: it must be between 0 and 1")
    adjusted, smallest = [0.0] * len(p_values), 0.0
    for rank, i in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        smallest = max(smallest, (len(p_values) - rank) * p_values[i])
        adjusted[i] = min(1.0, smallest)
    return tuple(adjusted)
