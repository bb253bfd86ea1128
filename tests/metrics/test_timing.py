from __future__ import annotations

from dataclasses import replace
from math import isclose
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shortlist.cases import Attempt, Record
from shortlist.metrics.base import REPLAYED
from shortlist.metrics.busy import busy_shares
from shortlist.scores import ScoreStatus
from shortlist_providers.types import FailureKind, Usage
from support.cases import attempt, record, score

SPANS = st.tuples(st.integers(0, 40), st.integers(0, 15)).map(
    lambda span: attempt(span[0] / 4, (span[0] + span[1]) / 4)
)
CASES = st.lists(
    st.tuples(st.lists(SPANS, min_size=1, max_size=3), st.sampled_from("ab"), st.integers(0, 1)), max_size=12
)


def of(output: Record, *metrics: str) -> list[tuple[Any, str | None]]:
    scores = score([output], sorted({metric.partition(".")[0] for metric in metrics}))[0].scores
    return [(scores[metric].value, scores[metric].reason) for metric in metrics]


LATENCY = ("latency.total", "latency.first_token", "latency.per_output_token")


def test_latency_is_the_last_attempts_own_time() -> None:
    early = attempt(0.0, 9.0, failure=FailureKind.TRANSIENT)
    last = attempt(10.0, 14.0, first=11.0, usage=Usage(output=7))
    assert of(record("{}", early, last), *LATENCY) == [(4.0, None), (1.0, None), (0.5, None)]


def test_latency_that_is_not_known_is_missing() -> None:
    plain = record("{}", attempt(0.0, 2.0, usage=Usage(output=5)))
    assert of(plain, *LATENCY) == [(2.0, None), (None, "not streamed"), (None, "not streamed")]
    unreported = record("{}", attempt(0.0, 2.0, first=1.0))
    assert of(unreported, *LATENCY) == [(2.0, None), (1.0, None), (None, "usage not reported")]
    single = record("{}", attempt(0.0, 2.0, first=2.0, usage=Usage(output=1)))
    assert of(single, *LATENCY)[2] == (None, "no second token")


def test_failed_and_cached_cases_have_no_latency() -> None:
    timed_out = record("", attempt(0.0, 30.0, first=1.0, failure=FailureKind.TIMEOUT))
    assert of(timed_out, *LATENCY) == [(None, "failed: timeout")] * 3
    cached = record("{}", attempt(0.0, 30.0, first=1.0), cached=True)
    assert of(cached, *LATENCY, "throughput.busy") == [(None, REPLAYED)] * 4


def test_usage_sums_over_every_attempt_that_reports() -> None:
    spent = Usage(input=10, cached_read=3, output=5)
    records = record(
        "{}",
        attempt(usage=spent, failure=FailureKind.TRANSIENT),
        attempt(failure=FailureKind.RATE_LIMITED),
        attempt(usage=Usage(input=20, output=0)),
    )
    metrics = ("usage.input", "usage.cached", "usage.output", "usage.reasoning")
    assert of(records, *metrics) == [(30.0, None), (3.0, None), (5.0, None), (None, "usage not reported")]


def test_a_case_that_was_never_sent() -> None:
    unsent = replace(record("", attempt(failure=FailureKind.TRANSIENT)), attempts=())
    assert of(unsent, "usage.input", "throughput.busy", "latency.total") == [
        (None, "not sent"),
        (None, "not sent"),
        (None, "failed: error"),
    ]


def test_busy_time_is_shared_while_attempts_overlap() -> None:
    records = [
        record("{}", attempt(0.0, 4.0), key=("p1", "a", 0)),
        record("{}", attempt(2.0, 6.0), key=("p2", "a", 0)),
        record("{}", attempt(2.0, 6.0), key=("p2", "b", 0)),  # another provider's time
        record("{}", attempt(2.0, 6.0), key=("p3", "a", 0), session=1),  # another sitting's clock
        record("{}", attempt(2.0, 6.0), key=("p4", "a", 0), cached=True),
    ]
    scores = [case.scores["throughput.busy"] for case in score(records, ["throughput"])]
    assert [one.value for one in scores] == [3.0, 3.0, 4.0, 4.0, None]
    assert scores[4].status is ScoreStatus.MISSING


def test_a_failed_attempt_takes_time_too() -> None:
    failed = record("", attempt(0.0, 3.0, failure=FailureKind.TIMEOUT), key=("p1", "a", 0))
    retried = record("{}", attempt(1.0, 2.0, failure=FailureKind.TRANSIENT), attempt(5.0, 6.0), key=("p2", "a", 0))
    assert busy_shares([failed, retried]) == {failed.case: 2.5, retried.case: 1.5}


def _union(attempts: list[Attempt]) -> float:
    """Length of the union of intervals, the slow way: quarter by quarter."""
    quarters = {
        quarter for one in attempts for quarter in range(round(one.timings.sent * 4), round(one.timings.last_token * 4))
    }
    return len(quarters) / 4


@given(CASES)
def test_shares_sum_to_the_time_in_which_the_provider_was_busy(cases: list[tuple[list[Attempt], str, int]]) -> None:
    records = [
        record("{}", *attempts, key=(f"p{number}", provider, 0), session=session)
        for number, (attempts, provider, session) in enumerate(cases)
    ]
    shares = busy_shares(records)
    assert set(shares) == {one.case for one in records}
    assert all(share >= 0 for share in shares.values())
    for provider in "ab":
        busy = sum(
            _union([one for r in records if (r.case.provider, r.session) == (provider, session) for one in r.attempts])
            for session in (0, 1)
        )
        assert isclose(sum(share for key, share in shares.items() if key.provider == provider), busy, abs_tol=1e-9)
