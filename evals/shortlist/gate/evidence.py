"""What the comparison has to say to one rule: a figure and what the data leave possible around it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from shortlist import stats
from shortlist.compare.estimate import Estimator, best, common, differences, in_unit, is_bounded, mean, worst
from shortlist.gate.words import count
from shortlist.metric_names import MetricSpec
from shortlist.results import MetricSummary, Number, PairRepeats


@dataclass(frozen=True, slots=True)
class Bound:
    """Where a figure must lie: on or beyond the bound, on the side that is allowed."""

    at: float
    lower: bool
    """True when figures must not be below it, False when they must not be above it."""

    def _slack(self) -> float:
        return 1e-12 * max(1.0, abs(self.at))  # a float's rounding, no more

    def kept_by(self, figure: float) -> bool:
        """Whether the figure is on the right side; the bound itself is."""
        return figure >= self.at - self._slack() if self.lower else figure <= self.at + self._slack()

    def passes(self, ends: Ends) -> bool:
        """Whether all that is possible keeps the bound."""
        end = ends.low if self.lower else ends.high
        return end is not None and self.kept_by(end)

    def fails(self, ends: Ends) -> bool:
        """Whether all that is possible breaks it."""
        end = ends.high if self.lower else ends.low
        return end is not None and not self.kept_by(end)

    def decided_by(self, ends: Ends) -> bool:
        """Whether it passes or fails."""
        return self.passes(ends) or self.fails(ends)


@dataclass(frozen=True, slots=True)
class Ends:
    """The interval: what the data leave possible. None: no limit on that side. Infinite: among failed pairs."""

    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """A figure, its interval and what a reader has to know about them."""

    value: Number
    """Infinite: among failed pairs."""
    ends: Ends
    n: int
    """Pairs behind the figure."""
    needed_n: int | None = None
    unlimited: str | None = None
    """Why an end of the interval is None, to be read after "but"."""
    notes: tuple[str, ...] = ()
    """What happened to pairs without a value."""


def of_mean(summary: MetricSummary, spec: MetricSpec, bound: Bound, estimator: Estimator) -> Evidence:
    """A rate or a mean of the candidate, which has a value for at least one pair.

    A pair whose value is unknown may have any: on a bounded scale the interval is widened to hold both extremes,
    elsewhere it has no ends. A failed pair without a value is worse than any, so on that side there is no end.
    """
    unknown = summary.missing_pairs
    scenarios = [summary.values]
    if is_bounded(spec):
        scenarios += [{**summary.values, **dict.fromkeys(unknown, end)} for end in _extremes(spec, unknown)]
    obstacle = _Obstacle(bound, failed=len(summary.failed_pairs), unknown=0 if is_bounded(spec) else len(unknown))
    return _evidence(
        _known(summary.value),
        sorted(summary.values),
        lambda scale: obstacle.hide(_hull(estimator.interval(values, spec, scale) for values in scenarios)),
        estimator,
        obstacle,
        _unknown_notes(len(unknown), spec),
    )


def of_difference(
    ours: MetricSummary, theirs: MetricSummary, spec: MetricSpec, bound: Bound, estimator: Estimator
) -> Evidence:
    """Candidate minus incumbent over their common pairs, of which there is at least one.

    Unknown and failed pairs as in `of_mean`. A pair that the incumbent alone failed without a value is left out, which
    can only hurt the candidate.
    """
    unknown = sorted({*ours.missing_pairs, *theirs.missing_pairs})
    scenarios = [(ours.values, theirs.values)]
    extremes = _extremes(spec, unknown) if is_bounded(spec) else ()
    for end, other in zip(extremes, reversed(extremes), strict=True):
        scenarios.append(
            (
                {**ours.values, **dict.fromkeys(ours.missing_pairs, end)},
                {**theirs.values, **dict.fromkeys(theirs.missing_pairs, other)},
            )
        )
    obstacle = _Obstacle(bound, failed=len(ours.failed_pairs), unknown=0 if is_bounded(spec) else len(unknown))
    pairs = common(ours.values, theirs.values)
    left_out = ours.values.keys() ^ theirs.values.keys()
    by_failure = left_out & set(theirs.failed_pairs)
    inapplicable = left_out - by_failure - set(ours.failed_pairs) - set(unknown)
    notes = [
        *_unknown_notes(len(unknown), spec),
        *_note(len(by_failure), "left out because the incumbent failed and has no value there"),
        *_note(len(inapplicable), "left out because only one of the two has a value there"),
    ]
    return _evidence(
        mean(differences(ours.values, theirs.values, spec), spec),
        pairs,
        lambda scale: obstacle.hide(_hull(estimator.difference(*sides, spec, scale) for sides in scenarios)),
        estimator,
        obstacle,
        notes,
    )


def of_percentile(summary: MetricSummary, percentile: float, bound: Bound, estimator: Estimator) -> Evidence:
    """A percentile of the candidate's generations, of which at least one has a value.

    Failed cases lie beyond every value on the bad side; cases whose value is unknown lie wherever it hurts.
    """
    bad = -math.inf if bound.lower else math.inf
    cases = summary.repeats or _one_case_each(summary)
    size = {pair: len(of.values) + of.failed + of.unknown for pair, of in cases.items()}
    values = np.array([float(value) for of in cases.values() for value in of.values])
    weights = np.array([1 / size[pair] for pair, of in cases.items() for _ in of.values])
    failed = math.fsum(of.failed / size[pair] for pair, of in cases.items())
    unknown = math.fsum(of.unknown / size[pair] for pair, of in cases.items())
    confidence = estimator.confidence
    at_worst = stats.percentile_interval(values, percentile, confidence, failed + unknown, bad, weights)
    charitable, its_weights = np.append(values, -bad), np.append(weights, unknown)
    at_best = stats.percentile_interval(charitable, percentile, confidence, failed, bad, its_weights)
    ends = Ends(at_worst.low, at_best.high) if bound.lower else Ends(at_best.low, at_worst.high)
    n = len(cases)
    right = math.fsum(weight for value, weight in zip(values, weights, strict=True) if bound.kept_by(float(value)))
    what = "case" if summary.repeats else "pair"
    fewest = stats.fewest_for_percentile(percentile, confidence, upper=not bound.lower)
    unlimited = None
    if (ends.low if bound.lower else ends.high) is None:
        side = "lower" if bound.lower else "upper"
        unlimited = f"at {100 * confidence:g}% confidence p{percentile:g} has no {side} limit below {fewest} pairs"
    decided = bound.decided_by(ends)
    return Evidence(
        value=at_worst.value,
        ends=ends,
        n=n,
        needed_n=None if decided else stats.needed_n_for_percentile(right, n, percentile, not bound.lower, confidence),
        unlimited=unlimited,
        notes=(
            *_note(sum(of.failed for of in cases.values()), "that failed, counted as worse than any value", what),
            *_note(sum(of.unknown for of in cases.values()), "without a known value, counted where it hurts", what),
        ),
    )


def _one_case_each(summary: MetricSummary) -> dict[str, PairRepeats]:
    return {
        **{pair: PairRepeats(values=(value,)) for pair, value in summary.values.items()},
        **{pair: PairRepeats(values=(), failed=1) for pair in summary.failed_pairs},
        **{pair: PairRepeats(values=(), unknown=1) for pair in summary.missing_pairs},
    }


def of_total(ours: MetricSummary, theirs: MetricSummary | None, spec: MetricSpec) -> Evidence:
    """One figure for the provider (less the incumbent's): known exactly, without an interval, judged as it stands."""
    value = float(_known(ours.value)) - (0.0 if theirs is None else float(_known(theirs.value)))
    exact = _known(ours.value) if theirs is None else in_unit(value, spec)
    return Evidence(value=exact, ends=Ends(value, value), n=ours.n)


@dataclass(frozen=True, slots=True)
class _Obstacle:
    """Pairs of an unbounded metric that no mean can hold."""

    bound: Bound
    failed: int
    unknown: int

    def hide(self, ends: Ends) -> Ends:
        """The ends that are left."""
        if self.unknown:
            return Ends()
        if self.failed:
            return Ends(None, ends.high) if self.bound.lower else Ends(ends.low, None)
        return ends

    def words(self) -> str | None:
        """Why ends are hidden."""
        if self.unknown:
            return f"the value of {count(self.unknown, 'pair')} is unknown"
        if self.failed:
            return (
                f"{count(self.failed, 'pair')} failed without a value, which is worse than any and which no mean can "
                "hold: a rule on a percentile can"
            )
        return None


def _evidence(
    value: Number,
    pairs: list[str],
    ends: Callable[[float], Ends],
    estimator: Estimator,
    obstacle: _Obstacle,
    notes: Iterable[str],
) -> Evidence:
    bound, n, now = obstacle.bound, len(pairs), ends(1.0)
    needed = None
    if not bound.decided_by(now):
        needed = stats.needed_n(lambda scale: bound.decided_by(ends(scale)), n)
    unlimited = obstacle.words()
    if unlimited is None and now == Ends():
        unlimited = _why_no_interval(n, estimator.clusters(pairs), estimator.confidence)
    return Evidence(value=value, ends=now, n=n, needed_n=needed, unlimited=unlimited, notes=tuple(notes))


def _why_no_interval(n: int, clusters: int, confidence: float) -> str:
    if n == 1:
        return "one pair shows no spread, so no interval can be given"
    if clusters < 2:
        return f"all {n} pairs share one résumé or one job description, so nothing is known of others"
    return f"{n} equal values show no spread: fewer than {stats.fewest_equal(confidence)} say nothing of others"


def _hull(intervals: Iterable[stats.Interval | None]) -> Ends:
    """The interval that holds them all; none when one of them is none."""
    found = list(intervals)
    known = [interval for interval in found if interval is not None]
    if len(known) < len(found):
        return Ends()
    return Ends(min(interval.low for interval in known), max(interval.high for interval in known))


def _extremes(spec: MetricSpec, unknown: Sequence[str]) -> tuple[float, ...]:
    return (worst(spec), best(spec)) if unknown else ()


def _unknown_notes(unknown: int, spec: MetricSpec) -> list[str]:
    return _note(unknown, "without a known value, counted as anything from 0 to 1") if is_bounded(spec) else []


def _note(n: int, what: str, noun: str = "pair") -> list[str]:
    return [f"{count(n, noun)} {what}"] if n else []


def _known(value: Number | None) -> Number:
    if value is None:
        raise ValueError("a side without a value was not refused")
    return value
