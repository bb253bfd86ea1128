"""Chances that need no simulation: where a verdict hangs on one or two counts, every count is put before the gate.

The gate is asked where the verdict turns, and the binomial or multinomial distribution does the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.stats import binom

from gate.calibration.designs import Design, alone
from gate.calibration.through import Sides, judged
from shortlist.suite.model import Rule

Verdict = str
FAR = 6.5
"""Standard deviations beyond which no count is looked at (a chance of 1e-10),"""
NEVER = 1e-8
"""nor one that is so unlikely."""


@dataclass(frozen=True, slots=True)
class Chances:
    """Of the gate's verdict."""

    promote: float
    reject: float


def of_rate(rule: Rule, n: int, rate: float) -> Chances:
    """`at_least` on a yes/no metric, when so large a share of all pairs is right."""
    promote_from, reject_to = turns_of_rate(rule, n)
    return Chances(float(binom.sf(promote_from - 1, n, rate)), float(binom.cdf(reject_to, n, rate)))


@lru_cache(maxsize=256)
def turns_of_rate(rule: Rule, n: int) -> tuple[int, int]:
    """Fewest right pairs that promote (n + 1: none does), most that reject (-1)."""

    def word(right: int) -> Verdict:
        return _word(alone(n), rule, (np.repeat([1.0, 0.0], [right, n - right]), None))

    return _turns(word, n)


def of_percentile(rule: Rule, n: int, below: float) -> Chances:
    """`at_most` on a percentile, when so large a share of all generations keeps the bound."""
    promote_from, reject_to = turns_of_percentile(rule, n)
    return Chances(float(binom.sf(promote_from - 1, n, below)), float(binom.cdf(reject_to, n, below)))


@lru_cache(maxsize=64)
def turns_of_percentile(rule: Rule, n: int) -> tuple[int, int]:
    """Fewest pairs within the bound that promote, most that reject."""
    assert rule.at_most is not None
    bound = float(rule.at_most)

    def word(kept: int) -> Verdict:
        return _word(alone(n), rule, (np.repeat([bound * 0.5, bound * 2], [kept, n - kept]), None))

    return _turns(word, n)


def of_difference(rule: Rule, n: int, gained: float, lost: float) -> Chances:
    """A paired rule on a yes/no metric: shares of pairs that the candidate alone, and that the incumbent alone, has."""
    promote = reject = 0.0
    spread = FAR * np.sqrt(n * gained * (1 - gained)) + FAR
    for b in range(max(0, int(n * gained - spread)), min(n, int(n * gained + spread)) + 1):
        of_b = float(binom.pmf(b, n, gained))
        if of_b < NEVER:
            continue
        most, least = turns_of_difference(rule, n, b)
        promote += of_b * float(binom.cdf(most, n - b, lost / (1 - gained)))
        reject += of_b * float(binom.sf(least - 1, n - b, lost / (1 - gained)))
    return Chances(promote, reject)


@lru_cache(maxsize=20_000)
def turns_of_difference(rule: Rule, n: int, b: int) -> tuple[int, int]:
    """Beside b gained pairs: most lost ones that promote (-1: none), fewest that reject (n - b + 1: none)."""

    def word(kept: int) -> Verdict:
        counts = [b, n - b - kept, kept]
        return _word(alone(n), rule, (np.repeat([1.0, 0.0, 1.0], counts), np.repeat([0.0, 1.0, 1.0], counts)))

    # One more gain goes with about one more loss: the search begins where the last one ended.
    known = _found.get((rule, n, b - 1))
    promote_from, reject_to = _turns(word, n - b, None if known is None else (n - b - known[0] - 1, n - b - known[1]))
    found = n - b - promote_from, n - b - reject_to
    _found[rule, n, b] = found
    return found


_found: dict[tuple[Rule, int, int], tuple[int, int]] = {}


def _turns(word: Callable[[int], Verdict], n: int, near: tuple[int, int] | None = None) -> tuple[int, int]:
    """Smallest count in 0..n that promotes (n + 1: none), and largest that rejects (-1: none). More is better."""
    promote, reject = (None, None) if near is None else near
    return (
        _first(lambda count: word(count) == "PROMOTE", n, promote),
        _first(lambda count: word(count) != "REJECT", n, reject) - 1,
    )


def _first(holds: Callable[[int], bool], n: int, near: int | None) -> int:
    """The first count in 0..n for which it holds, n + 1 when none; `near` is a guess."""
    low, high = 0, n + 1
    if near is not None:
        guess, step = min(max(near, 0), n), 2
        if holds(guess):
            high = guess
            while high > low and (guess := max(low, high - step)) < high and holds(guess):
                high, step = guess, 2 * step
            low = guess + 1 if guess < high else low
        else:
            low = guess + 1
            while low < high and (guess := min(high, low + step)) < high and not holds(guess):
                low, step = guess + 1, 2 * step
            high = guess
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low


def _word(design: Design, rule: Rule, sides: Sides) -> Verdict:
    return str(judged(design, rule, sides).verdict)
