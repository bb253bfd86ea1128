from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from decimal import Decimal
from time import perf_counter
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shortlist.cases import Attempt, CaseKey, Outcome, Record
from shortlist.pricing import FlatPrice, HourlyPrice, Price, TokenPrice
from shortlist.run import backoff
from shortlist.run.budget import Ledger
from shortlist.run.completion import is_complete
from shortlist.run.runner import Outside, Runner
from shortlist.suite.model import Budget
from shortlist_providers import (
    Failure,
    FailureKind,
    FailureScope,
    Generation,
    Provider,
    ProviderConfig,
    ProviderContext,
    Request,
    Sampling,
    Timings,
    Usage,
)

Answer = Failure | str


class ScriptedConfig(ProviderConfig):
    kind: Literal["scripted"] = "scripted"


class Scripted(Provider):
    """Answers each attempt at a case as the test says."""

    Config = ScriptedConfig

    def __init__(self, config: ProviderConfig, answer: Callable[[str, int], Awaitable[Answer] | Answer]) -> None:
        super().__init__(config, ProviderContext(perf_counter, asyncio.sleep))
        self._answer = answer
        self.attempts: Counter[str] = Counter()
        self.active = 0
        self.most_active = 0

    @property
    def pool_key(self) -> str:
        return "scripted"

    async def generate(self, request: Request) -> Generation:
        number = self.attempts[request.key]
        self.attempts[request.key] += 1
        self.active += 1
        self.most_active = max(self.most_active, self.active)
        sent = perf_counter()
        try:
            answer = self._answer(request.key.split("/")[1], number)
            if not isinstance(answer, Failure | str):
                answer = await answer
        finally:
            self.active -= 1
        timings = Timings(sent, None, perf_counter())
        if isinstance(answer, Failure):
            return Generation(None, timings, failure=answer)
        return Generation(answer, timings, usage=Usage(input=10, output=5))


@dataclass
class Seen:
    records: list[Record] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def on_record(self, record: Record, spent: Decimal | None) -> None:
        self.records.append(record)

    def on_note(self, message: str) -> None:
        self.notes.append(message)


def case(pair: str, provider: str = "p") -> CaseKey:
    return CaseKey("t@1", pair, provider, 0)


def request_of(key: CaseKey) -> Request:
    return Request(str(key), (), Sampling(), "t@1")


def run(
    answer: Callable[[str, int], Awaitable[Answer] | Answer],
    cases: int = 20,
    *,
    budget: Budget | None = None,
    price: Decimal | Price | None = None,
    **config: object,
) -> tuple[Scripted, Seen, Runner]:
    provider = Scripted(ScriptedConfig.model_validate({"kind": "scripted", **config}), answer)
    seen = Seen()
    known = FlatPrice(price, "test") if isinstance(price, Decimal) else price
    prices = {} if known is None else {"p": known}
    saved: list[Record] = []

    async def main() -> Runner:
        runner = Runner({"p": provider}, request_of, Ledger(budget or Budget(), prices), Outside(saved.append, seen))
        await runner.run([case(f"{n:03d}") for n in range(cases)])
        return runner

    runner = asyncio.run(main())
    assert saved == seen.records
    return provider, seen, runner


TRANSIENT = Failure(FailureKind.TRANSIENT, "503", status=503)


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backoff, "FIRST_WAIT", 0.001)


def test_every_case_is_saved_once_and_no_more_than_the_pool_allows_is_under_way() -> None:
    async def slow(pair: str, attempt: int) -> Answer:
        await asyncio.sleep(0.002)
        return pair

    provider, seen, runner = run(slow, 50, concurrency=4)
    assert sorted(record.case.pair for record in seen.records) == [f"{n:03d}" for n in range(50)]
    assert {record.generation.text for record in seen.records} == {f"{n:03d}" for n in range(50)}
    assert provider.most_active == 4
    assert runner.stops.reasons == []


def test_a_transient_failure_is_mended_and_every_attempt_is_kept() -> None:
    provider, seen, _ = run(lambda pair, attempt: TRANSIENT if attempt < 2 else "fine", 3, retries=2)
    for record in seen.records:
        assert record.outcome is Outcome.OK
        assert [attempt.failure for attempt in record.attempts] == [TRANSIENT, TRANSIENT, None]
        assert record.attempts[0].waited == 0.0
        assert record.attempts[1].waited > 0.0
        assert is_complete(record)
    assert set(provider.attempts.values()) == {3}


def test_a_transient_failure_that_lasts_is_an_error_after_the_retries() -> None:
    provider, seen, runner = run(lambda pair, attempt: TRANSIENT, 3, retries=1)
    assert [record.outcome for record in seen.records] == [Outcome.ERROR] * 3
    assert set(provider.attempts.values()) == {2}
    assert runner.stops.reasons == []


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        (FailureKind.PERMANENT, Outcome.ERROR),
        (FailureKind.MALFORMED, Outcome.MALFORMED),
        (FailureKind.TRUNCATED, Outcome.TRUNCATED),
        (FailureKind.REFUSED, Outcome.REFUSED),
    ],
)
def test_what_asking_again_cannot_mend_is_asked_once(kind: FailureKind, outcome: Outcome) -> None:
    provider, seen, _ = run(lambda pair, attempt: Failure(kind, "no"), 2)
    assert [record.outcome for record in seen.records] == [outcome] * 2
    assert set(provider.attempts.values()) == {1}


def test_a_rate_limited_server_is_given_time_until_everything_is_done() -> None:
    busy = 0

    async def strict(pair: str, attempt: int) -> Answer:
        nonlocal busy
        if busy >= 2:
            return Failure(FailureKind.RATE_LIMITED, "429", retry_after=0.01)
        busy += 1
        await asyncio.sleep(0.002)
        busy -= 1
        return "fine"

    _, seen, _ = run(strict, 40, concurrency=16)
    assert Counter(record.outcome for record in seen.records) == {Outcome.OK: 40}
    assert any(len(record.attempts) > 1 for record in seen.records)


def test_a_server_that_only_ever_says_slow_down_is_given_up() -> None:
    provider, seen, runner = run(lambda pair, attempt: Failure(FailureKind.RATE_LIMITED, "429"), 30, concurrency=4)
    assert len(seen.records) == 30
    assert not any(is_complete(record) for record in seen.records)
    assert sum(provider.attempts.values()) < 30
    assert runner.stops.reasons == ["p is out of reach: 429"]


def test_a_server_that_asks_to_wait_a_day_is_not_waited_for() -> None:
    limited = Failure(FailureKind.RATE_LIMITED, "429", retry_after=86_400.0)
    _, seen, _ = run(lambda pair, attempt: limited if pair == "001" else "fine", 3, concurrency=1)
    assert [record.outcome for record in seen.records] == [Outcome.OK, Outcome.ERROR, Outcome.OK]


def test_a_wrong_key_is_tried_once_and_the_rest_is_recorded_unsent() -> None:
    wrong = Failure(FailureKind.PERMANENT, "401 wrong key", FailureScope.PROVIDER, status=401)
    provider, seen, runner = run(lambda pair, attempt: wrong, 20, concurrency=2)
    assert len(seen.records) == 20
    assert {record.outcome for record in seen.records} == {Outcome.ERROR}
    assert sum(provider.attempts.values()) <= 2
    unsent = [record for record in seen.records if not record.attempts]
    assert len(unsent) >= 18
    assert unsent[0].generation.failure is not None
    assert unsent[0].generation.failure.message == (
        "not sent, because an earlier case found the provider out of reach: 401 wrong key"
    )
    assert runner.stops.reasons == seen.notes == ["p is out of reach: 401 wrong key"]
    assert not any(is_complete(record) for record in seen.records)


def test_a_server_that_is_down_is_retried_and_then_spared() -> None:
    down = Failure(FailureKind.TRANSIENT, "connection refused", FailureScope.PROVIDER)
    provider, seen, runner = run(lambda pair, attempt: down, 40, concurrency=2, retries=1)
    assert len(seen.records) == 40
    assert sum(provider.attempts.values()) < 60
    assert runner.stops.reasons == ["p is out of reach: connection refused"]


def test_a_provider_that_raises_costs_one_case_and_not_the_run() -> None:
    def broken(pair: str, attempt: int) -> Answer:
        if pair == "001":
            raise ZeroDivisionError("oops")
        return "fine"

    _, seen, _ = run(broken, 3)
    outcomes = {record.case.pair: record for record in seen.records}
    assert outcomes["001"].outcome is Outcome.ERROR
    assert outcomes["001"].generation.failure == Failure(
        FailureKind.PERMANENT, "the provider raised ZeroDivisionError: oops"
    )
    assert [outcomes[pair].outcome for pair in ("000", "002")] == [Outcome.OK] * 2


def test_a_time_out_of_the_providers_own_is_its_defect_and_not_the_cases_time() -> None:
    def raises(pair: str, attempt: int) -> Answer:
        raise TimeoutError("a socket of mine")

    _, seen, _ = run(raises, 2)
    assert [record.outcome for record in seen.records] == [Outcome.ERROR] * 2
    failure = seen.records[0].generation.failure
    assert failure is not None
    assert failure.message == "the provider raised TimeoutError: a socket of mine"


def test_a_stopped_provider_is_not_asked_again_for_a_case_that_was_to_be_retried() -> None:
    async def answer(pair: str, attempt: int) -> Answer:
        if pair == "000":
            await asyncio.sleep(0.02)  # fails when the other cases have already stopped the provider
            return TRANSIENT
        return Failure(FailureKind.MALFORMED, "html")

    provider, seen, _ = run(answer, 4, concurrency=4, retries=3, budget=Budget(errors=1))
    assert provider.attempts["t@1/000/p/0"] == 1
    assert {record.case.pair for record in seen.records} <= {"001", "002", "003"}


def test_a_hanging_case_times_out_and_is_not_asked_again() -> None:
    async def hang(pair: str, attempt: int) -> Answer:
        await asyncio.sleep(60 if pair == "001" else 0)
        return "fine"

    provider, seen, _ = run(hang, 3, timeout=0.05)
    assert Counter(record.outcome for record in seen.records) == {Outcome.OK: 2, Outcome.TIMEOUT: 1}
    assert set(provider.attempts.values()) == {1}


def test_too_many_errors_stop_a_provider_and_leave_the_rest_undone() -> None:
    _, seen, runner = run(
        lambda pair, attempt: Failure(FailureKind.MALFORMED, "html"), 30, concurrency=1, budget=Budget(errors=4)
    )
    assert len(seen.records) == 5
    assert runner.stops.reasons == ["p: 5 cases failed, more than budget.errors allows"]


def resumed(earlier: Failure | None, budget: Budget) -> tuple[Scripted, Runner]:
    """A sitting of three cases, after one in which five ended as `earlier`."""
    provider = Scripted(ScriptedConfig(concurrency=1), lambda pair, attempt: "fine")
    ledger = Ledger(budget, {})
    generation = Generation(None, Timings(0.0, None, 1.0), failure=earlier)
    ledger.restore(Record(case(str(n)), Outcome.of(earlier), generation, (), 0.0, 0, "") for n in range(5))
    runner = Runner({"p": provider}, request_of, ledger, Outside(lambda record: None, Seen()), session=1)
    asyncio.run(runner.run([case(f"{n:03d}") for n in range(3)]))
    return provider, runner


def test_a_resumed_provider_that_failed_too_often_is_sent_nothing_more() -> None:
    provider, runner = resumed(Failure(FailureKind.MALFORMED, "html"), Budget(errors=4))
    assert sum(provider.attempts.values()) == 0
    assert runner.stops.reasons == ["p: 5 cases failed, more than budget.errors allows"]


@pytest.mark.parametrize(
    "earlier",
    [
        Failure(FailureKind.TRANSIENT, "connection refused", FailureScope.PROVIDER),
        Failure(FailureKind.RATE_LIMITED, "429"),
    ],
)
def test_cases_that_are_sent_again_are_no_errors_of_the_budget(earlier: Failure) -> None:
    provider, runner = resumed(earlier, Budget(errors=4))
    assert sum(provider.attempts.values()) == 3
    assert runner.stops.reasons == []


def test_one_more_generation_that_would_pass_the_budget_is_not_sent() -> None:
    _, seen, _ = run(
        lambda pair, attempt: "fine", 30, concurrency=1, budget=Budget(usd=Decimal("1.00")), price=Decimal("0.30")
    )
    assert len(seen.records) == 3


def test_attempts_that_share_a_machine_are_not_each_expected_to_cost_the_hour() -> None:
    """At 1 USD a second: eight at once for a second cost 1 USD together, and eight more another."""
    ledger = Ledger(Budget(usd=Decimal(5)), {"p": HourlyPrice(Decimal(3600), "test")})
    for _ in range(8):
        ledger.began("p", 0.0)
    for _ in range(4):
        ledger.ended("p", Attempt(Timings(0.0, None, 1.0), Usage(), None, 0.0), 1.0)
    assert ledger.spent == 1
    assert not ledger.money_is_up("p")
    for second in range(2, 6):
        assert not ledger.money_is_up("p"), second
        ledger.ended("p", Attempt(Timings(second - 1.0, None, float(second)), Usage(), None, 0.0), float(second))
    assert ledger.spent == 5
    assert ledger.money_is_up("p")


def test_money_stops_the_run_before_the_budget_is_passed() -> None:
    _, seen, runner = run(
        lambda pair, attempt: "fine", 30, concurrency=1, budget=Budget(usd=Decimal("1.00")), price=Decimal("0.10")
    )
    assert len(seen.records) == 10
    assert runner.stops.reasons == ["the money of `budget.usd` is spent"]


def test_what_was_never_generated_is_not_paid_for() -> None:
    """A flat price is per generation: the attempts that a 503 ended cost nothing."""
    price = Decimal("0.10")
    _, seen, _ = run(
        lambda pair, attempt: TRANSIENT if attempt == 0 else "fine", 8, budget=Budget(usd=Decimal(1)), price=price
    )
    assert len(seen.records) == 8


def test_a_time_out_that_may_have_been_billed_counts_at_the_mean() -> None:
    async def hang_at_first(pair: str, attempt: int) -> Answer:
        await asyncio.sleep(60 if pair in ("001", "002") else 0)
        return "fine"

    tokens = TokenPrice(Decimal(10_000), Decimal(0), Decimal(0), Decimal(0), "test")  # 10 tokens in: 0.10 USD a case
    _, seen, _ = run(hang_at_first, 30, concurrency=1, timeout=0.02, budget=Budget(usd=Decimal(1)), price=tokens)
    assert Counter(record.outcome for record in seen.records) == {Outcome.OK: 8, Outcome.TIMEOUT: 2}


def test_two_providers_of_one_account_share_the_smaller_pool() -> None:
    active = most = 0

    async def slow(pair: str, attempt: int) -> Answer:
        nonlocal active, most
        active += 1
        most = max(most, active)
        await asyncio.sleep(0.002)
        active -= 1
        return "fine"

    providers = {
        name: Scripted(ScriptedConfig(kind="scripted", concurrency=limit), slow) for name, limit in [("a", 8), ("b", 3)]
    }
    seen = Seen()

    async def main() -> None:
        runner = Runner(providers, request_of, Ledger(Budget(), {}), Outside(lambda record: None, seen))
        await runner.run([case(f"{n}", name) for n in range(20) for name in providers])

    asyncio.run(main())
    assert len(seen.records) == 40
    assert most == 3


faults = st.sampled_from(
    [
        None,
        TRANSIENT,
        Failure(FailureKind.RATE_LIMITED, "429"),
        Failure(FailureKind.MALFORMED, "html"),
        Failure(FailureKind.REFUSED, "no"),
    ]
)


@settings(deadline=None)
@given(script=st.lists(st.lists(faults, max_size=4), max_size=12), concurrency=st.integers(1, 6))
def test_whatever_the_faults_every_case_has_one_record_and_its_attempts_add_up(
    script: list[list[Failure | None]], concurrency: int
) -> None:
    def answer(pair: str, attempt: int) -> Answer:
        of_case = script[int(pair)]
        return (of_case[attempt] or "fine") if attempt < len(of_case) else "fine"

    provider, seen, _ = run(answer, len(script), concurrency=concurrency)
    assert Counter(record.case.pair for record in seen.records) == Counter(f"{n:03d}" for n in range(len(script)))
    assert sum(len(record.attempts) for record in seen.records) == sum(provider.attempts.values())
    for record in seen.records:
        assert record.outcome is Outcome.of(record.generation.failure)
        if is_complete(record):
            assert record.attempts[-1].failure == record.generation.failure
        elif "not sent" in (record.generation.failure or TRANSIENT).message:  # so many refusals end it for all
            again = "again" in (record.generation.failure or TRANSIENT).message
            assert again == bool(record.attempts)


def test_a_case_that_was_sent_before_its_provider_was_lost_does_not_say_that_it_was_not() -> None:
    refused = Failure(FailureKind.RATE_LIMITED, "429")
    _, seen, _ = run(lambda pair, attempt: refused if attempt < 4 else "fine", 3, concurrency=1)
    said = {(record.generation.failure or TRANSIENT).message for record in seen.records if record.attempts}
    assert any(message.startswith("not sent again, because") for message in said)
    assert not any(message.startswith("not sent,") for message in said)


def test_waits_double_stay_bounded_and_obey_the_server() -> None:
    generator = random.Random(1)
    for tries in range(1, 20):
        ceiling = min(backoff.LONGEST_WAIT, 0.001 * 2 ** (tries - 1))
        for wait in (
            backoff.wait_after_transient(TRANSIENT, tries, 20, generator),
            backoff.wait_after_rate_limit(TRANSIENT, 1, min(tries, 7), generator),
        ):
            assert wait is not None
            assert 0 < wait <= ceiling
    assert backoff.wait_after_transient(TRANSIENT, 21, 20, generator) is None
    assert backoff.wait_after_rate_limit(TRANSIENT, 1, backoff.MOST_RATE_LIMITED, generator) is None
    asked = Failure(FailureKind.TRANSIENT, "503", retry_after=7.5)
    assert backoff.wait_after_transient(asked, 1, 3, generator) == 7.5


@given(
    spans=st.lists(st.tuples(st.floats(0, 100), st.floats(0, 10)), min_size=1, max_size=20),
    rate=st.integers(1, 50),
)
def test_a_machine_paid_by_the_hour_is_charged_its_busy_time_exactly(
    spans: list[tuple[float, float]], rate: int
) -> None:
    ledger = Ledger(Budget(), {"p": HourlyPrice(Decimal(3600 * rate), "test")})
    ledger.restore(
        Record(
            case(str(number)),
            Outcome.OK,
            Generation("x", Timings(start, None, start + length)),
            (Attempt(Timings(start, None, start + length), Usage(), None, 0.0),),
            0.0,
            0,
            "",
        )
        for number, (start, length) in enumerate(spans)
    )
    busy = 0.0
    until = float("-inf")
    for start, length in sorted(spans):
        busy += max(0.0, start + length - max(start, until))
        until = max(until, start + length)
    assert float(ledger.spent) == pytest.approx(busy * rate, abs=1e-6)
