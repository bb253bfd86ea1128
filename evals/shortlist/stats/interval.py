"""The interval type, and the few numerical tools that every interval here needs."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
"""Values, one a pair, shape (n,)."""
Clusterings = Sequence[Sequence[str]]
"""Ways of grouping the pairs: each a sequence of n labels, equal for pairs that share a résumé (or a job)."""

LARGEST_N = 1_000_000
"""`needed_n` looks no further: nobody collects more pairs than this."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A point estimate with a two-sided interval; `low <= value <= high`."""

    value: float
    low: float
    high: float


def z_quantile(confidence: float) -> float:
    """The normal quantile of a two-sided interval, 1.96 at a confidence of 0.95.

    Raises:
        ValueError: the confidence is not strictly between 0 and 1.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is {confidence}, and must be between 0 and 1, e.g. 0.95")
    return NormalDist().inv_cdf((1 + confidence) / 2)


def t_quantile(confidence: float, df: float) -> float:
    """Student's quantile of a two-sided interval at `df` degrees of freedom (any real number above 0)."""
    from scipy.special import stdtrit  # noqa: PLC0415 - scipy costs more than all the rest

    return float(stdtrit(df, (1 + confidence) / 2))


def crossing(above: Callable[[float], bool], low: float, high: float) -> float:
    """Where `above` turns from False (at `low`) to True (at `high`), to the precision of a float.

    A dozen lines instead of `scipy.optimize.brentq`, whose import takes longer than a whole comparison. Each halving
    gains one bit, so 200 are more than any float can use.
    """
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if above(middle):
            high = middle
        else:
            low = middle
    return (low + high) / 2


def needed_n(decides: Callable[[float], bool], n: int) -> int | None:
    """Pairs that would decide, if more pairs look like those seen.

    Args:
        decides: whether `scale` times the same data would decide. Every interval here takes such a `scale`: the
            estimate stays, its width shrinks. It must be monotone.
        n: pairs seen, at least one; they do not decide.

    Returns:
        The smallest such number of pairs, or None where `LARGEST_N` would not do (the estimate lies on the bound, or
        the data allow no interval at all). An estimate from an estimate: it takes the value seen as the true one, so
        with that many pairs the chance to decide is about one half.
    """
    if n >= LARGEST_N or not decides(LARGEST_N / n):
        return None
    more = range(n + 1, LARGEST_N + 1)
    return more[bisect_left(more, True, key=lambda m: decides(m / n))]
