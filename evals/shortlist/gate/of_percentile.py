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
from shortlist.results import MetricSummary, Number, PairRepeats


@dataclass(frozen=True, slots=True)
class OfPercentile:
    """A percentile of the candidate's generations, of which at least one has a value.

    Failed cases lie beyond every value on the bad side; cases whose value is unknown lie wherever it hurts.
    """

    bound: Bound
    percentile: float
    value: Number
    pairs: Sequence[str]
    values: stats.Floats
    weights: stats.Floats
    """Pairs that each value stands for: a pair's repeats share it."""
    failed: float
    """In pairs, as `unknown`."""
    unknown: float
    notes: Sequence[str]

    @property
    def n(self) -> int:
        """Pairs behind the figure."""
        return len(self.pairs)

    def ends(self, estimator: Estimates) -> Ends:
        """Values that were seen; None where n allows no end."""
        bad = -math.inf if self.bound.lower else math.inf
        worst = estimator.percentile(self.values, self.percentile, self.failed + self.unknown, bad, self.weights)
        if not self.unknown:
            return Ends(worst.low, worst.high)
        charitable, its_weights = np.append(self.values, -bad), np.append(self.weights, self.unknown)
        best = estimator.percentile(charitable, self.percentile, self.failed, bad, its_weights)
        return Ends(worst.low, best.high) if self.bound.lower else Ends(best.low, worst.high)

    def needed_n(self, estimator: Estimates) -> int | None:
        """By the binomial probability of as many pairs on the right side."""
        kept = (weight for value, weight in zip(self.values, self.weights, strict=True) if self.bound.kept_by(value))
        n, upper = len(self.pairs), not self.bound.lower
        return stats.needed_n_for_percentile(math.fsum(kept), n, self.percentile, upper, estimator.confidence)

    def unlimited(self, estimator: Estimates, ends: Ends) -> str | None:
        """How many pairs a limit takes."""
        if (ends.low if self.bound.lower else ends.high) is not None:
            return None
        fewest = stats.fewest_for_percentile(self.percentile, estimator.confidence, upper=not self.bound.lower)
        side = "lower" if self.bound.lower else "upper"
        sure = f"at {100 * estimator.confidence:g}% confidence"
        return f"{sure} p{self.percentile:g} has no {side} limit below {fewest} pairs"

    def can_break(self, estimator: Estimates) -> bool:
        """By asking as many pairs what they would say, had they all failed."""
        bad = -math.inf if self.bound.lower else math.inf
        found = estimator.percentile(np.array([]), self.percentile, len(self.pairs), bad)
        return self.bound.fails(Ends(found.low, found.high))


def of_percentile(summary: MetricSummary, percentile: float, bound: Bound, estimator: Estimates) -> OfPercentile:
    """The percentile and its generations."""
    cases = summary.repeats or _one_case_each(summary)
    size = {pair: len(of.values) + of.failed + of.unknown for pair, of in cases.items()}
    values = np.array([float(value) for of in cases.values() for value in of.values])
    weights = np.array([1 / size[pair] for pair, of in cases.items() for _ in of.values])
    failed = math.fsum(of.failed / size[pair] for pair, of in cases.items())
    unknown = math.fsum(of.unknown / size[pair] for pair, of in cases.items())
    bad = -math.inf if bound.lower else math.inf
    what = "case" if summary.repeats else "pair"
    return OfPercentile(
        bound=bound,
        percentile=percentile,
        value=estimator.percentile(values, percentile, failed + unknown, bad, weights).value,
        pairs=sorted(cases),
        values=values,
        weights=weights,
        failed=failed,
        unknown=unknown,
        notes=(
            *note(sum(of.failed for of in cases.values()), "that failed, counted as worse than any value", what),
            *note(sum(of.unknown for of in cases.values()), "without a known value, counted where it hurts", what),
        ),
    )


def _one_case_each(summary: MetricSummary) -> Mapping[str, PairRepeats]:
    return {
        **{pair: PairRepeats(values=(value,)) for pair, value in summary.values.items()},
        **{pair: PairRepeats(values=(), failed=1) for pair in summary.failed_pairs},
        **{pair: PairRepeats(values=(), unknown=1) for pair in summary.missing_pairs},
    }
