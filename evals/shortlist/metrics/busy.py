"""How a provider's busy time is shared out among its cases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from shortlist.cases import CaseKey, Record


def busy_shares(records: Sequence[Record]) -> dict[CaseKey, float]:
    """Seconds of busy time that fall to each case that was sent and not cached.

    A case's share is the integral of 1/(attempts of its provider under way) over its attempts;
    `shortlist.metrics.throughput` says why.

    One sweep over the attempts' ends, O(n log n): it carries T(t), the integral of 1/k up to t, and an attempt's
    share is the difference of T at its two ends.
    """
    sittings: dict[tuple[str, int], list[tuple[float, float, CaseKey]]] = defaultdict(list)
    shares: dict[CaseKey, float] = {}
    for record in records:
        if record.generation.cached or not record.attempts:
            continue
        shares[record.case] = 0.0
        spans = sittings[record.case.provider, record.session]
        spans.extend((a.timings.sent, a.timings.last_token, record.case) for a in record.attempts)
    for spans in sittings.values():
        progress = _progress([(start, end) for start, end, _ in spans])
        for start, end, case in spans:
            if end > start:
                shares[case] += progress[end] - progress[start]
    return shares


def _progress(spans: Sequence[tuple[float, float]]) -> Mapping[float, float]:
    """T(t), the integral of 1/(spans under way), at every end of a span of some length."""
    steps: dict[float, int] = defaultdict(int)
    for start, end in spans:
        if end > start:
            steps[start] += 1
            steps[end] -= 1
    progress: dict[float, float] = {}
    total, under_way, before = 0.0, 0, 0.0
    for moment in sorted(steps):
        if under_way:
            total += (moment - before) / under_way
        progress[moment] = total
        under_way += steps[moment]
        before = moment
    return progress
