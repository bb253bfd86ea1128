"""Made-up truths: what candidate and incumbent would score on every pair there could be, whose means are known exactly.

Each side's score of a pair is a quantile function of a normal draw. So the mean is a closed formula, while draws may be
correlated between the two sides and within résumés without changing it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from scipy.special import ndtr, ndtri

from gate.calibration.designs import Design
from shortlist.stats import Floats


class Marginal(Protocol):
    """The values of one side."""

    @property
    def mean(self) -> float: ...

    def of(self, normal: Floats) -> Floats:
        """Values for standard normal draws: the higher the draw, the higher the value."""
        ...


@dataclass(frozen=True, slots=True)
class YesNo:
    rate: float

    @property
    def mean(self) -> float:
        return self.rate

    def of(self, normal: Floats) -> Floats:
        return (normal >= ndtri(1 - self.rate)).astype(np.float64)


@dataclass(frozen=True, slots=True)
class Scores:
    """Some failed at 0, some perfect at 1, the others Beta(a, 1): most of them near 1."""

    failed: float
    perfect: float
    a: float = 4.0

    @property
    def mean(self) -> float:
        return self.perfect + (1 - self.failed - self.perfect) * self.a / (self.a + 1)

    def of(self, normal: Floats) -> Floats:
        between = np.clip((ndtr(normal) - self.failed) / (1 - self.failed - self.perfect), 0.0, 1.0)
        return np.asarray(between ** (1 / self.a), dtype=np.float64)

    def failing_more(self, loss: float) -> Scores:
        """The same scores with so much lower a mean, because more of the others failed."""
        return replace(self, failed=self.failed + loss * (self.a + 1) / self.a)

    def blurred(self, loss: float) -> Scores:
        """The same with so much lower a mean, because fewer are perfect."""
        return replace(self, perfect=self.perfect - loss * (self.a + 1))


@dataclass(frozen=True, slots=True)
class LogNormal:
    mean: float
    sigma: float

    def of(self, normal: Floats) -> Floats:
        return np.asarray(self.mean * np.exp(self.sigma * normal - self.sigma**2 / 2), dtype=np.float64)

    def percentile(self, percentile: float) -> float:
        return float(self.of(np.array([ndtri(percentile / 100)]))[0])


@dataclass(frozen=True, slots=True)
class Drawn:
    """Values of both sides, each of shape (runs, n), or (runs, n, repeats)."""

    new: Floats
    old: Floats | None = None


Population = Callable[[np.random.Generator, Design, int], Drawn]
"""Draws so many runs over the pairs of a design."""


def one(side: Marginal) -> Population:
    """The candidate alone."""
    return lambda random, design, runs: Drawn(side.of(design.normal(random, runs)))


def two(new: Marginal, old: Marginal, alike: float) -> Population:
    """Both sides; `alike` is the correlation of their normal draws, and below 0 one is good where the other is bad."""

    def draw(random: np.random.Generator, design: Design, runs: int) -> Drawn:
        common = np.sqrt(abs(alike)) * design.normal(random, runs)
        ours, theirs = (np.sqrt(1 - abs(alike)) * design.normal(random, runs) for _ in range(2))
        return Drawn(new.of(common + ours), old.of((common if alike >= 0 else -common) + theirs))

    return draw


def discordant(gained: float, lost: float) -> Population:
    """Yes or no: shares of pairs that the candidate alone, and that the incumbent alone, has right."""

    def draw(random: np.random.Generator, design: Design, runs: int) -> Drawn:
        normal = design.normal(random, runs)
        gain, loss = normal > ndtri(1 - gained), normal < ndtri(lost)
        return Drawn((~loss).astype(np.float64), (~gain).astype(np.float64))

    return draw


def rare_losses(share: float, size: float, hair: float = 0.01) -> Population:
    """Scores that differ by a hair, except for a few pairs of which the candidate loses much."""

    def draw(random: np.random.Generator, design: Design, runs: int) -> Drawn:
        old = 0.90 + 0.05 * ndtr(design.normal(random, runs))
        lost = design.normal(random, runs) < ndtri(share)
        close = old + hair * (2 * ndtr(design.normal(random, runs)) - 1)
        # What a loss takes beside the hair is `size` on average, so that the mean difference is -share * size.
        return Drawn(np.where(lost, close - size, close), old)

    return draw


def repeated(once: Marginal, repeats: int, alike: float) -> Population:
    """Every pair asked several times; `alike` is the correlation between repeats of a pair."""

    def draw(random: np.random.Generator, design: Design, runs: int) -> Drawn:
        pair = np.sqrt(alike) * design.normal(random, runs)
        asked = [once.of(pair + np.sqrt(1 - alike) * design.normal(random, runs)) for _ in range(repeats)]
        return Drawn(np.stack(asked, axis=-1))

    return draw


def both_repeated(new: Marginal, old: Marginal, repeats: int, alike: float) -> Population:
    """Both sides asked several times, independently of each other."""
    ours, theirs = repeated(new, repeats, alike), repeated(old, repeats, alike)
    return lambda random, design, runs: Drawn(ours(random, design, runs).new, theirs(random, design, runs).new)
