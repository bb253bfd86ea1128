"""How many pairs would decide, if more pairs look like those seen."""

from __future__ import annotations

import math
from collections.abc import Callable

from shortlist.stats.interval import LARGEST_N


def pairs_to_decide(beyond: Callable[[float], float | None], n: int) -> int | None:
    """The smallest number of pairs above `n` that would decide: what `stats.needed_n` finds, with fewer questions.

    An interval is about as wide as 1/√n, so a straight line in 1/√n guesses well where its end meets the bound. Every
    third guess halves the range instead, so that a bad line costs little.

    Args:
        beyond: by how much the deciding end is beyond the bound at so many times the pairs, at least 0 once it decides;
            None where there is no end. Its sign must be monotone.
        n: pairs seen, at least one; they do not decide.

    Returns:
        None where `LARGEST_N` would not do.
    """

    def ask(pairs: int) -> float | None:
        return beyond(pairs / n)

    if n >= LARGEST_N:
        return None
    low, high = n, LARGEST_N
    at_low, at_high = ask(low), ask(high)
    if at_high is None or at_high < 0:
        return None
    guesses = 0
    while high - low > 1:
        guess = None if at_low is None or guesses % 3 == 2 else _meeting(low, at_low, high, at_high)
        middle = round(math.sqrt(low * high)) if guess is None else guess
        middle = min(max(middle, low + 1), high - 1)
        found = ask(middle)
        if found is not None and found >= 0:
            high, at_high = middle, found
        else:
            low, at_low = middle, found
        guesses += 1
    return high


def _meeting(low: int, at_low: float, high: int, at_high: float) -> int | None:
    """Where a straight line in 1/√n through both points crosses 0, rounded upwards."""
    rise = at_high - at_low
    if not (math.isfinite(rise) and rise > 0):
        return None
    left, right = 1 / math.sqrt(low), 1 / math.sqrt(high)
    place = left + (right - left) * -at_low / rise
    return math.ceil(1 / place**2) if place > 0 else None
