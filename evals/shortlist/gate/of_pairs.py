"""Evidence of one number a pair: rates and means, differences and ratios."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from shortlist import stats
from shortlist.compare.estimate import Estimates, Values, common, differences, is_bounded, mean
from shortlist.compare.scenarios import alone, hull, scenarios
from shortlist.gate.bound import Bound, Ends
from shortlist.gate.evidence import known, note
from shortlist.gate.needed import pairs_to_decide
from shortlist.gate.words import count
from shortlist.metric_names import MetricSpec
from shortlist.results import Measure, MetricSummary, Number

_A_HAIR = 1e-15
"""What an end that lies on a bound is short of it, where the bound itself is on the wrong side."""


@dataclass(frozen=True, slots=True)
class OfPairs:
    """A rate, a mean, a difference or a ratio: one number a pair and side."""

    bound: Bound
    measure: Measure
    spec: MetricSpec
    value: Number
    pairs: Sequence[str]
    """In order of their ids."""
    sides: Sequence[tuple[Values, ...]]
    """The candidate's values, and the incumbent's, as known and as they may be; the interval holds them all."""
    failed: int
    """Pairs that the candidate failed without a value, on a scale without ends: worse than any."""
    unknown: int
    """Pairs of unknown value on such a scale: no mean can hold them."""
    notes: Sequence[str]

    @property
    def n(self) -> int:
        """Pairs behind the figure."""
        return len(self.pairs)

    def ends(self, estimator: Estimates) -> Ends:
        """The interval, without the ends that failed and unknown pairs take away."""
        return self._ends(estimator, 1.0)

    def _ends(self, estimator: Estimates, scale: float) -> Ends:
        if self.unknown:
            return Ends()
        found = hull(self._interval(estimator, sides, scale) for sides in self.sides)
        if found is None:
            return Ends()
        low, high = found.low, found.high
        if self.failed:
            return Ends(None, high) if self.bound.lower else Ends(low, None)
        return Ends(low, high)

    def _interval(self, estimator: Estimates, sides: tuple[Values, ...], scale: float) -> stats.Interval | None:
        if self.measure is Measure.VALUE:
            return estimator.interval(sides[0], self.spec, scale)
        ask = estimator.difference if self.measure is Measure.DIFFERENCE else estimator.ratio
        return ask(sides[0], sides[1], self.spec, scale)

    def needed_n(self, estimator: Estimates) -> int | None:
        """Found by trying scales."""
        return self._needed_for_ratio(estimator) if self.measure is Measure.RATIO else self._needed_n(estimator)

    def _needed_n(self, estimator: Estimates) -> int | None:
        bound, kept = self.bound, self.bound.kept_by(float(self.value))

        def beyond(scale: float) -> float | None:
            # The figure stays where it is, so the end that will decide is the bad one where it keeps the bound.
            ends = self._ends(estimator, scale)
            end = ends.low if bound.lower == kept else ends.high
            if end is None:
                return None
            distance = abs(end - bound.at)
            decided = bound.passes(ends) if kept else bound.fails(ends)
            return distance if decided else -max(distance, _A_HAIR)

        return pairs_to_decide(beyond, len(self.pairs))

    def _needed_for_ratio(self, estimator: Estimates) -> int | None:
        """A ratio is above r when the mean of candidate - r · incumbent is above 0 (Fieller), which is cheaper to ask.

        And there is no ratio before the incumbent's own mean is surely above 0. Where the tails are so long that the
        ratios which the data allow are no single stretch, its interval is wider than that: then it is asked itself.
        """
        ratio, n = self.bound.at, len(self.pairs)
        ours = {pair: float(self.sides[0][0][pair]) for pair in self.pairs}
        theirs = {pair: float(self.sides[0][1][pair]) for pair in self.pairs}
        against = {pair: ratio * value for pair, value in theirs.items()}
        gap = (math.fsum(ours.values()) - math.fsum(against.values())) / n
        as_difference = replace(
            self,
            bound=Bound(0.0, self.bound.lower),
            measure=Measure.DIFFERENCE,
            value=gap,
            sides=[(ours, against)],
        )
        base = replace(
            self,
            bound=Bound(0.0, lower=True, strict=True),
            measure=Measure.VALUE,
            value=math.fsum(theirs.values()) / n,
            sides=[(theirs,)],
        )
        needed = [n]
        for part in (as_difference, base):
            if not part.bound.decided_by(part.ends(estimator)):
                more = part.needed_n(estimator)
                if more is None:
                    return None
                needed.append(more)
        return max(needed) if max(needed) > n else self._needed_n(estimator)

    def unlimited(self, estimator: Estimates, ends: Ends) -> str | None:
        """Why ends are missing."""
        if self.unknown:
            return f"the value of {count(self.unknown, 'pair')} is unknown"
        if self.failed:
            return (
                f"{count(self.failed, 'pair')} failed without a value, which is worse than any and which no mean can "
                "hold: a rule on a percentile can"
            )
        return None if ends != Ends() else self._why_no_interval(estimator)

    def _why_no_interval(self, estimator: Estimates) -> str:
        n = len(self.pairs)
        if not estimator.foresees:
            return f"before the run's last pair {count(n, 'pair')} give no interval"
        if n == 1:
            return "one pair shows no spread, so no interval can be given"
        if estimator.clusters(self.pairs) < 2:
            return f"all {n} pairs share one résumé or one job description, so nothing is known of others"
        if self.measure is Measure.RATIO:
            theirs = {pair: self.sides[0][1][pair] for pair in self.pairs}
            if estimator.interval(theirs, self.spec) is not None:
                return "the incumbent's mean over these pairs is not surely above 0, so that a ratio to it has no limit"
            return (
                f"too few of {n} pairs to trust one and the same ratio: {stats.fewest_equal(estimator.confidence)} do"
            )
        few = stats.fewest_equal(estimator.confidence)
        return f"{n} equal values show no spread: fewer than {few} say nothing of others"

    def can_break(self, estimator: Estimates) -> bool:
        """By asking the same pairs what they would say at their worst; without ends two clusters may say anything."""
        if not is_bounded(self.spec):
            return estimator.clusters(self.pairs) >= 2
        bad, good = (0.0, 1.0) if self.bound.lower else (1.0, 0.0)
        sides = tuple(dict.fromkeys(self.pairs, end) for end in (bad, good)[: len(self.sides[0])])
        found = self._interval(estimator, sides, 1.0)
        return found is not None and self.bound.fails(Ends(found.low, found.high))


def of_mean(summary: MetricSummary, spec: MetricSpec, bound: Bound) -> OfPairs:
    """A rate or a mean of the candidate, which has a value for at least one pair.

    A pair whose value is unknown may have any: on a bounded scale the interval is widened to hold both extremes,
    elsewhere it has no ends. A failed pair without a value is worse than any, so on that side there is no end.
    """
    unknown = len(summary.missing_pairs)
    return OfPairs(
        bound=bound,
        measure=Measure.VALUE,
        spec=spec,
        value=known(summary.value),
        pairs=sorted(summary.values),
        sides=[(values,) for values in alone(summary, spec)],
        failed=len(summary.failed_pairs),
        unknown=0 if is_bounded(spec) else unknown,
        notes=_unknown_notes(unknown, spec),
    )


def of_both(ours: MetricSummary, theirs: MetricSummary, spec: MetricSpec, bound: Bound, measure: Measure) -> OfPairs:
    """Candidate minus incumbent, or over it, on their common pairs, of which there is at least one.

    Unknown and failed pairs as in `of_mean`; what an incumbent's errors leave unknown as in `scenarios`. On a scale
    without ends a pair that the incumbent alone failed without a value is left out, and noted.

    Raises:
        ZeroDivisionError: a ratio to an incumbent whose mean is 0.
    """
    pairs = common(ours.values, theirs.values)
    unknown = {*ours.missing_pairs, *theirs.missing_pairs}
    left_out = ours.values.keys() ^ theirs.values.keys()
    by_failure = left_out & set(theirs.failed_pairs)
    inapplicable = left_out - by_failure - set(ours.failed_pairs) - unknown
    errored = len(theirs.errored_at_best.keys() & set(pairs))
    value: Number
    if measure is Measure.RATIO:
        means = [math.fsum(float(side.values[pair]) for pair in pairs) / len(pairs) for side in (ours, theirs)]
        value = means[0] / means[1]
    else:
        value = mean(differences(ours.values, theirs.values, spec), spec)
    return OfPairs(
        bound=bound,
        measure=measure,
        spec=spec,
        value=value,
        pairs=pairs,
        sides=scenarios(ours, theirs, spec),
        failed=len(ours.failed_pairs),
        unknown=0 if is_bounded(spec) else len(unknown),
        notes=(
            *_unknown_notes(len(unknown), spec),
            *note(
                errored,
                "where the incumbent ended in an error, a time-out or a malformed reply, counted as anything from its "
                "worst to its best",
            ),
            *note(len(by_failure), "left out because the incumbent failed and has no value there"),
            *note(len(inapplicable), "left out because only one of the two has a value there"),
        ),
    )


def _unknown_notes(unknown: int, spec: MetricSpec) -> list[str]:
    return note(unknown, "without a known value, counted as anything from 0 to 1") if is_bounded(spec) else []
