from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from shortlist.cases import Record
from shortlist.pricing import FlatPrice, HourlyPrice, Price, TokenPrice
from shortlist.scores import Score, ScoreStatus
from shortlist_providers.types import FailureKind, Usage
from support.cases import attempt, record, score

TOKENS = TokenPrice(Decimal(3), Decimal("0.3"), Decimal("3.75"), Decimal(15), "test")
HOUR = HourlyPrice(Decimal(36), "test")
FLAT = FlatPrice(Decimal("0.05"), "test")
USAGE = Usage(input=1000, output=100)


def cost(price: Price | None, *records: Record) -> list[Score]:
    scores = score(records, ["cost"], prices={"candidate": price})
    return [case.scores["cost.per_generation"] for case in scores]


def test_tokens_are_paid_for_every_attempt() -> None:
    spent = record("{}", attempt(usage=USAGE, failure=FailureKind.TRANSIENT), attempt(usage=USAGE))
    assert cost(TOKENS, spent) == [Score(Decimal("0.009"))]
    truncated = record("", attempt(usage=USAGE, failure=FailureKind.TRUNCATED))
    assert cost(TOKENS, truncated) == [Score(Decimal("0.0045"))]


def test_an_attempt_that_never_generated_is_free() -> None:
    for kind in (FailureKind.RATE_LIMITED, FailureKind.TRANSIENT, FailureKind.PERMANENT):
        assert cost(TOKENS, record("{}", attempt(failure=kind), attempt(usage=USAGE))) == [Score(Decimal("0.0045"))]
        assert cost(FLAT, record("{}", attempt(failure=kind), attempt())) == [Score(Decimal("0.05"))]
    assert cost(FLAT, record("{}", attempt(failure=FailureKind.TIMEOUT), attempt())) == [Score(Decimal("0.10"))]


def test_unknown_is_missing_and_never_nought() -> None:
    cases = {
        "no price known: add cost: to the provider": (None, record("{}", attempt(usage=USAGE))),
        "usage not reported": (TOKENS, record("{}")),
        "usage not reported (timeout)": (
            TOKENS,
            record("{}", attempt(failure=FailureKind.TIMEOUT), attempt(usage=USAGE)),
        ),
        "usage not reported (transient)": (
            TOKENS,
            record("{}", attempt(first=0.5, failure=FailureKind.TRANSIENT), attempt(usage=USAGE)),
        ),
        "failed: error; nothing was generated": (TOKENS, record("", attempt(failure=FailureKind.PERMANENT))),
        "cached": (TOKENS, record("{}", attempt(usage=USAGE), cached=True)),
    }
    for reason, (price, one) in cases.items():
        assert cost(price, one) == [Score(None, ScoreStatus.MISSING, reason)]


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 20)), min_size=1, max_size=8))
def test_costs_by_time_sum_to_the_price_of_the_busy_hours(spans: list[tuple[int, int]]) -> None:
    records = [
        record("{}", attempt(start / 4, (start + length) / 4), key=(f"p{number}", "candidate", 0))
        for number, (start, length) in enumerate(spans)
    ]
    quarters = {quarter for start, length in spans for quarter in range(start, start + length)}
    total = sum(one.value for one in cost(HOUR, *records) if isinstance(one.value, Decimal))
    assert abs(total - Decimal(len(quarters)) / 4 * Decimal("0.01")) < Decimal("1e-10")
