"""How a provider's busy time is shared out among its cases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

from shortlist.cases import CaseKey, Record
from shortlist_providers.types import Timings

Key = TypeVar("Key", bound=Hashable)


def busy_shares(records: Sequence[Record]) -> dict[CaseKey, float]:
    """Seconds of busy time that fall to each case that was sent and neither cached nor deferred.

    A case's share is the integral of 1/(attempts of its provider under way) over its attempts;
    `shortlist.metrics.throughput` says why.
    """
    return _shares(
        (record.case, (record.case.provider, record.session), [attempt.timings for attempt in record.attempts])
        for record in records
        if record.attempts and not (record.generation.cached or record.generation.deferred)
    )


def step_shares(records: Sequence[Record]) -> dict[tuple[CaseKey, str], float]:
    """The same for chains, by whom they asked: seconds of a case's requests to one provider.

    A chain has its steps' machines for itself: what other providers of the suite do at the same time is not counted,
    as it is not between any two providers.
    """
    asked: list[tuple[tuple[CaseKey, str], Hashable, list[Timings]]] = []
    for record in records:
        for name in dict.fromkeys(step.provider for step in record.generation.steps):
            spans = [step.timings for step in record.generation.steps if step.provider == name]
            asked.append(((record.case, name), (record.case.provider, name, record.session), spans))
    return _shares(asked)


def _shares(asked: Iterable[tuple[Key, Hashable, Sequence[Timings]]]) -> dict[Key, float]:
    """Each key's share of the time of its machine, where spans of several keys overlap.

    One sweep over the spans' ends, O(n log n): it carries T(t), the integral of 1/k up to t, and a span's share is the
    difference of T at its two ends.
    """
    machines: dict[Hashable, list[tuple[float, float, Key]]] = defaultdict(list)
    shares: dict[Key, float] = {}
    for key, machine, spans in asked:
        shares[key] = 0.0
        machines[machine].extend((span.sent, span.last_token, key) for span in spans)
    for spans_of in machines.values():
        progress = _progress([(start, end) for start, end, _ in spans_of])
        for start, end, key in spans_of:
            if end > start:
                shares[key] += progress[end] - progress[start]
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
