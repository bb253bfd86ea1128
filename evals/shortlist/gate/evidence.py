"""What the comparison has to say to one rule: a figure and what the data leave possible around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from shortlist.compare.estimate import Estimates, in_unit
from shortlist.gate.bound import Bound, Ends
from shortlist.gate.words import count
from shortlist.metric_names import MetricSpec
from shortlist.results import Measure, MetricSummary, Number


class Evidence(Protocol):
    """A figure, and what can be known around it at any confidence."""

    @property
    def bound(self) -> Bound:
        """That the figure is held against."""

    @property
    def value(self) -> Number:
        """The figure; infinite: among failed pairs."""

    @property
    def pairs(self) -> Sequence[str]:
        """Behind the figure; none is named for a total."""

    @property
    def n(self) -> int:
        """How many they are."""

    @property
    def notes(self) -> Sequence[str]:
        """What happened to pairs without a value."""

    def ends(self, estimator: Estimates) -> Ends:
        """The interval at the estimator's confidence."""

    def needed_n(self, estimator: Estimates) -> int | None:
        """Pairs that would decide, where these do not: see `stats.needed_n`."""

    def unlimited(self, estimator: Estimates, ends: Ends) -> str | None:
        """Why one of the `ends` is None, to be read after "but"; None where there is nothing to say."""

    def can_break(self, estimator: Estimates) -> bool:
        """Whether so few pairs could show at all that the bound is broken, were they as bad as can be."""


@dataclass(frozen=True, slots=True)
class OfTotal:
    """One figure for the provider (less the incumbent's, or over it): known exactly, judged as it stands."""

    bound: Bound
    value: Number
    n: int
    pairs: Sequence[str] = ()
    notes: Sequence[str] = ()

    def ends(self, estimator: Estimates) -> Ends:
        """The figure twice."""
        return Ends(float(self.value), float(self.value))

    def needed_n(self, estimator: Estimates) -> int | None:
        """Never asked."""
        return None

    def unlimited(self, estimator: Estimates, ends: Ends) -> str | None:
        """Nothing to say."""
        return None

    def can_break(self, estimator: Estimates) -> bool:
        """Always."""
        return True


def of_total(
    ours: MetricSummary, theirs: MetricSummary | None, spec: MetricSpec, bound: Bound, measure: Measure
) -> OfTotal:
    """The figure of the whole run.

    Raises:
        ZeroDivisionError: a ratio to an incumbent whose total is 0.
    """
    value = known(ours.value)
    if theirs is not None and measure is Measure.RATIO:
        value = float(value) / float(known(theirs.value))
    elif theirs is not None:
        value = in_unit(float(value) - float(known(theirs.value)), spec)
    return OfTotal(bound, value, ours.n)


def note(n: int, what: str, noun: str = "pair") -> list[str]:
    """A note of so many pairs (or cases), none of none."""
    return [f"{count(n, noun)} {what}"] if n else []


def known(value: Number | None) -> Number:
    """A value that a side was not refused without."""
    if value is None:
        raise ValueError("a side without a value was not refused")
    return value
