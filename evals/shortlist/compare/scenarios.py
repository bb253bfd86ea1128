"""What values may be that nobody knows: a decision must hold whatever they are.

Rates and scores only. Where a scale has no end, a value that is unknown may be any, and no interval can hold it.
"""

from __future__ import annotations

from collections.abc import Iterable

from shortlist import stats
from shortlist.compare.estimate import Values, best, is_bounded, worst
from shortlist.metric_names import MetricSpec
from shortlist.results import MetricSummary


def alone(ours: MetricSummary, spec: MetricSpec) -> list[Values]:
    """A side's values as they are known, and with each unknown one at either end of the scale."""
    if not (is_bounded(spec) and ours.missing_pairs):
        return [ours.values]
    ends = (worst(spec), best(spec))
    return [ours.values, *({**ours.values, **dict.fromkeys(ours.missing_pairs, end)} for end in ends)]


def scenarios(ours: MetricSummary, theirs: MetricSummary, spec: MetricSpec) -> list[tuple[Values, Values]]:
    """Both sides' values as they are known, and as they may be where that is worst and best for the candidate.

    Unknown: the values of `missing_pairs`, and what the incumbent would have answered where it ended in an error, which
    as known counts as its worst: an outage of its API makes no candidate better. The candidate's errors are failures,
    for it asks to be promoted.

    Returns:
        Candidate's and incumbent's values, one to three times.
    """
    known = (ours.values, theirs.values)
    if not is_bounded(spec) or not (ours.missing_pairs or theirs.missing_pairs or theirs.errored_at_best):
        return [known]
    bad, good = worst(spec), best(spec)
    hostile = (
        {**ours.values, **dict.fromkeys(ours.missing_pairs, bad)},
        {**theirs.values, **theirs.errored_at_best, **dict.fromkeys(theirs.missing_pairs, good)},
    )
    if not (ours.missing_pairs or theirs.missing_pairs):
        return [known, hostile]
    kind = (
        {**ours.values, **dict.fromkeys(ours.missing_pairs, good)},
        {**theirs.values, **dict.fromkeys(theirs.missing_pairs, bad)},
    )
    return [known, hostile, kind]


def hull(intervals: Iterable[stats.Interval | None]) -> stats.Interval | None:
    """The interval that holds them all, with the value of the first; none when one of them is none."""
    found = list(intervals)
    known = [interval for interval in found if interval is not None]
    if not known or len(known) < len(found):
        return None
    return stats.Interval(
        known[0].value, min(interval.low for interval in known), max(interval.high for interval in known)
    )
