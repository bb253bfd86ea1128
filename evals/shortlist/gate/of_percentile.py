"""Evidence of a percentile, where each generation counts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from shortlist import stats
from shortlist.compare.estimate import Estimates
from shortlist.gate.bound import Bound, Ends
from shortlist.gate.evidence import note
from shortlist.gate.words import count, percent
from shortlist.results import MetricSummary, Number, PairRepeats


@dataclass(frozen=True, slots=True)
class OfPercentile:
    """A percentile of the candidate's generations, of which at least one has a value.

    Failed cases lie beyond every value on the bad side; cases whose value is unknown lie wherever it hurts.
    """

    bound: Bound
    percentile: float
    value: Number
    cases: Mapping[str, PairRepeats]
    """By pair."""
    notes: Sequence[str]

    @property
    def n(self) -> int:
        """Pairs behind the figure."""
        return len(self.cases)

    @property
    def pairs(self) -> Sequence[str]:
        """Those."""
        return sorted(self.cases)

    def ends(self, estimator: Estimates) -> Ends:
        """Values that were seen; None where n allows no end."""
        worst = self._interval(estimator, _bad(self.bound))
        if not any(of.unknown for of in self.cases.values()):
            return Ends(worst.low, worst.high)
        best = self._interval(estimator, -_bad(self.bound))
        return Ends(worst.low, best.high) if self.bound.lower else Ends(best.low, worst.high)

    def _interval(self, estimator: Estimates, unknown_is: float) -> stats.PercentileInterval:
        return estimator.percentile(*_generations(self.cases, _bad(self.bound), unknown_is, self.percentile))

    def needed_n(self, estimator: Estimates) -> int | None:
        """By the binomial probability of as many pairs on the right side."""
        kept = (sum(self.bound.kept_by(float(value)) for value in of.values) / _size(of) for of in self.cases.values())
        right, n = math.fsum(kept), self.n
        sharing = self._interval(estimator, _bad(self.bound)).effect, estimator.clusters(self.pairs)
        upper = not self.bound.lower
        return stats.needed_n_for_percentile(right, n, self.percentile, upper, estimator.confidence, sharing)

    def unlimited(self, estimator: Estimates, ends: Ends) -> str | None:
        """How many pairs the end takes that stands against the figure as it looks: a bad one for a good figure."""
        low = self.bound.lower == self.bound.kept_by(float(self.value))
        if (ends.low if low else ends.high) is not None:
            return None
        side = "lower" if low else "upper"
        if not estimator.foresees:
            return f"before the run's last pair {count(self.n, 'pair')} give p{self.percentile:g} no {side} limit"
        fewest = stats.fewest_for_percentile(self.percentile, estimator.confidence, upper=not low)
        sure = f"at {percent(estimator.confidence)} confidence"
        return f"{sure} p{self.percentile:g} has no {side} limit below {fewest} pairs{self._sharing(estimator)}"

    def _sharing(self, estimator: Estimates) -> str:
        effect = self._interval(estimator, _bad(self.bound)).effect
        told = math.floor(min(estimator.clusters(self.pairs), self.n / effect) + 1e-9)
        if told == self.n:
            return ""
        return f" that share no résumé and no job description, and these tell no more than {told}"

    def can_break(self, estimator: Estimates) -> bool:
        """By asking as many pairs what they would say, had they all failed."""
        found = estimator.percentile(np.full(self.n, _bad(self.bound)), self.percentile, self.pairs)
        return self.bound.fails(Ends(found.low, found.high))


def of_percentile(summary: MetricSummary, percentile: float, bound: Bound, estimator: Estimates) -> OfPercentile:
    """The percentile and its generations."""
    cases = summary.repeats or _one_case_each(summary)
    what = "case" if summary.repeats else "pair"
    return OfPercentile(
        bound=bound,
        percentile=percentile,
        value=estimator.percentile(*_generations(cases, _bad(bound), _bad(bound), percentile)).value,
        cases=cases,
        notes=(
            *note(sum(of.failed for of in cases.values()), "that failed, counted as worse than any value", what),
            *note(sum(of.unknown for of in cases.values()), "without a known value, counted where it hurts", what),
        ),
    )


def _bad(bound: Bound) -> float:
    """The bad end of the scale."""
    return -math.inf if bound.lower else math.inf


def _size(of: PairRepeats) -> int:
    return len(of.values) + of.failed + of.unknown


def _generations(
    cases: Mapping[str, PairRepeats], failed_is: float, unknown_is: float, percentile: float
) -> tuple[stats.Floats, float, list[str]]:
    """What an estimator is asked: every generation's value, the percentile, and every generation's pair."""
    values = [[*map(float, of.values), *[failed_is] * of.failed, *[unknown_is] * of.unknown] for of in cases.values()]
    pairs = [pair for pair, of in cases.items() for _ in range(_size(of))]
    return np.array([value for each in values for value in each], dtype=np.float64), percentile, pairs


def _one_case_each(summary: MetricSummary) -> Mapping[str, PairRepeats]:
    return {
        **{pair: PairRepeats(values=(value,)) for pair, value in summary.values.items()},
        **{pair: PairRepeats(values=(), failed=1) for pair in summary.failed_pairs},
        **{pair: PairRepeats(values=(), unknown=1) for pair in summary.missing_pairs},
    }
