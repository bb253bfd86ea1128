"""Providers that take many cases at once, through the real runner."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path
from time import perf_counter

import orjson
import pytest

from shortlist.cases import Outcome, Record
from shortlist.pricing import HourlyPrice, TokenPrice
from shortlist.run import batches
from shortlist.run.budget import Ledger
from shortlist.run.completion import is_complete
from shortlist.run.journal import BatchJournal
from shortlist.run.runner import Outside, Runner
from shortlist.suite.model import Budget
from shortlist_providers import Failure, FailureKind, Request, Sampling
from support.batching import (
    DOWN,
    PAIRS,
    PERMANENT,
    TRANSIENT,
    LargeVendor,
    Seen,
    Vendor,
    Whole,
    case,
    conduct,
    config,
    fine,
    outcomes,
)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "SHORTEST_POLL", 0.001)
    monkeypatch.setattr("shortlist.run.backoff.FIRST_WAIT", 0.001)


# an engine's whole batch


def test_an_engine_gets_all_its_cases_at_once() -> None:
    provider = Whole(config(), fine)
    seen, runner, _ = conduct(provider, PAIRS)
    assert provider.rounds == [PAIRS]
    assert outcomes(seen) == dict.fromkeys(PAIRS, "ok")
    assert runner.stops.reasons == []
    assert provider.closed == 1


def test_what_failed_in_passing_is_tried_again_in_another_round_and_no_oftener_than_allowed() -> None:
    def answer(pair: str, number: int) -> Failure | None:
        if pair == "pair-3":
            return TRANSIENT
        if pair == "pair-4":
            return TRANSIENT if number == 0 else None
        return PERMANENT if pair == "pair-5" else None

    provider = Whole(config(retries=2), answer)
    seen, _, _ = conduct(provider, PAIRS)
    assert [sorted(batch) for batch in provider.rounds[1:]] == [["pair-3", "pair-4"], ["pair-3"]]
    assert outcomes(seen) == {**dict.fromkeys(PAIRS, "ok"), "pair-3": "error", "pair-5": "error"}
    attempts = {record.case.pair: len(record.attempts) for record in seen.records}
    assert (attempts["pair-3"], attempts["pair-4"], attempts["pair-5"]) == (3, 2, 1)


def test_an_engine_that_owes_answers_fails_those_cases_and_no_others() -> None:
    seen, _, _ = conduct(Whole(config(), fine, stops_after=7), PAIRS)
    failed = [record for record in seen.records if record.outcome is not Outcome.OK]
    assert sorted(record.case.pair for record in failed) == PAIRS[:3]
    assert all("without an answer" in (r.generation.failure or PERMANENT).message for r in failed)


def test_an_engine_that_falls_silent_is_not_waited_for() -> None:
    provider = Whole(config(timeout=0.2), fine, stops_after=8)
    provider.hangs = True
    seen, _, _ = conduct(provider, PAIRS)
    assert outcomes(seen) == {**dict.fromkeys(PAIRS, "ok"), "pair-0": "timeout", "pair-1": "timeout"}
    assert provider.closed == 1


def test_an_engine_with_a_defect_fails_its_cases_and_not_the_run() -> None:
    def broken(pair: str, number: int) -> Failure | None:
        raise RuntimeError("no such tensor")

    seen, _, _ = conduct(Whole(config(), broken), PAIRS)
    assert outcomes(seen) == dict.fromkeys(PAIRS, "error")
    assert "RuntimeError: no such tensor" in (seen.records[0].generation.failure or PERMANENT).message


def test_whoever_keeps_the_records_and_cannot_ends_the_batch() -> None:
    provider = Whole(config(), fine)

    def full(record: Record) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        conduct(provider, PAIRS, save=full)
    assert provider.closed == 1


def test_the_machine_of_a_whole_batch_is_charged_for_its_busy_time_once() -> None:
    began = perf_counter()
    _, _, ledger = conduct(Whole(config(), fine), PAIRS, price=HourlyPrice(Decimal(3600), "test"))
    assert 0 < ledger.spent <= Decimal(perf_counter() - began)


# a vendor's batches


def test_a_vendor_is_handed_batches_no_larger_than_it_takes(tmp_path: Path) -> None:
    shelf: dict[str, list[str]] = {}
    provider = Vendor(config(), fine, shelf)
    journal = BatchJournal(tmp_path / "batches.jsonl")
    price = TokenPrice(Decimal(1), Decimal(1), Decimal(1), Decimal(1), "test")
    seen, runner, ledger = conduct(provider, PAIRS, journal, price=price)
    assert provider.submitted == [PAIRS[:4], PAIRS[4:8], PAIRS[8:]]
    assert outcomes(seen) == dict.fromkeys(PAIRS, "ok")
    assert all(record.generation.deferred for record in seen.records)
    assert ledger.spent == Decimal("0.00015"), "ten times fifteen tokens"
    assert journal.open_batches("p") == ()
    assert runner.stops.reasons == []


def test_expired_requests_are_handed_in_again(tmp_path: Path) -> None:
    def answer(pair: str, number: int) -> Failure | None:
        return TRANSIENT if pair in PAIRS[:2] and number == 0 else None

    provider = Vendor(config(), answer, {})
    seen, _, _ = conduct(provider, PAIRS, BatchJournal(tmp_path / "batches.jsonl"))
    assert [sorted(batch) for batch in provider.submitted[3:]] == [PAIRS[:2]]
    assert outcomes(seen) == dict.fromkeys(PAIRS, "ok")


def test_a_resumed_sitting_fetches_what_was_handed_in_and_pays_nothing_twice(tmp_path: Path) -> None:
    shelf: dict[str, list[str]] = {}
    journal = BatchJournal(tmp_path / "batches.jsonl")
    first = Vendor(config(), fine, shelf)
    first.polls_until_ended = 10**9

    async def interrupted() -> None:
        ledger = Ledger(Budget(), {})
        outside = Outside(lambda record: None, Seen(), journal)
        runner = Runner({"p": first}, lambda key: Request(str(key), (), Sampling(), "t@1"), ledger, outside)
        task = asyncio.create_task(runner.run([case(pair) for pair in PAIRS]))
        while first.polls < 5:
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(interrupted())
    assert len(shelf) == 3
    second = Vendor(config(), fine, shelf)
    # one case of the first batch was saved before the interruption; another pair has been added since
    seen, _, _ = conduct(second, [*PAIRS[1:], "pair-new"], journal)
    assert second.submitted == [["pair-new"]]
    assert outcomes(seen) == dict.fromkeys([*PAIRS[1:], "pair-new"], "ok")
    assert journal.open_batches("p") == ()


def test_a_batch_of_too_many_bytes_is_halved(tmp_path: Path) -> None:
    provider = Vendor(config(), fine, {})
    provider.submit_failures = [Failure(FailureKind.PERMANENT, "too large", status=413)] * 2
    seen, _, _ = conduct(provider, PAIRS[:4], BatchJournal(tmp_path / "batches.jsonl"))
    assert provider.submitted == [PAIRS[:1], PAIRS[1:2], PAIRS[2:4]]
    assert outcomes(seen) == dict.fromkeys(PAIRS[:4], "ok")


@pytest.mark.parametrize("where", ["submit_failures", "poll_failures", "lost"])
def test_a_vendor_that_stumbles_is_asked_again(tmp_path: Path, where: str) -> None:
    provider = Vendor(config(), fine, {})
    setattr(provider, where, [TRANSIENT, TRANSIENT])
    seen, _, _ = conduct(provider, PAIRS[:3], BatchJournal(tmp_path / "batches.jsonl"))
    assert outcomes(seen) == dict.fromkeys(PAIRS[:3], "ok")
    assert len(provider.submitted) == 1


@pytest.mark.parametrize("where", ["submit_failures", "poll_failures"])
def test_a_vendor_that_lets_nobody_in_leaves_the_run_incomplete_and_the_batch_to_be_fetched(
    tmp_path: Path, where: str
) -> None:
    provider = Vendor(config(), fine, {})
    setattr(provider, where, [DOWN])
    journal = BatchJournal(tmp_path / "batches.jsonl")
    seen, runner, _ = conduct(provider, PAIRS[:3], journal)
    assert outcomes(seen) == dict.fromkeys(PAIRS[:3], "error")
    assert not any(is_complete(record) for record in seen.records)
    assert runner.stops.reasons == ["p is out of reach: wrong key"]
    assert len(journal.open_batches("p")) == (0 if where == "submit_failures" else 1)


def test_a_batch_that_is_lost_for_good_fails_its_cases_once(tmp_path: Path) -> None:
    provider = Vendor(config(), fine, {})
    provider.lost = [PERMANENT]
    journal = BatchJournal(tmp_path / "batches.jsonl")
    seen, runner, _ = conduct(provider, PAIRS[:3], journal)
    assert outcomes(seen) == dict.fromkeys(PAIRS[:3], "error")
    assert all(is_complete(record) for record in seen.records)
    assert journal.open_batches("p") == ()
    assert runner.stops.reasons == []


def test_answers_that_a_batch_owes_are_failures(tmp_path: Path) -> None:
    provider = Vendor(config(), fine, {})
    provider.owes = 1
    seen, _, _ = conduct(provider, PAIRS[:3], BatchJournal(tmp_path / "batches.jsonl"))
    assert sorted(outcomes(seen).values()) == ["error", "ok", "ok"]


def test_no_batch_is_handed_in_when_the_money_is_spent(tmp_path: Path) -> None:
    price = TokenPrice(Decimal(1), Decimal(1), Decimal(1), Decimal(1), "test")

    def answer(pair: str, number: int) -> Failure | None:
        return TRANSIENT if pair == "pair-0" and number == 0 else None

    provider = LargeVendor(config(), answer, {})
    budget = Budget(usd=Decimal("0.00001"))
    seen, runner, _ = conduct(provider, PAIRS, BatchJournal(tmp_path / "batches.jsonl"), price=price, budget=budget)
    assert len(provider.submitted) == 1
    assert len(seen.records) == 9
    assert runner.stops.reasons == ["the money of `budget.usd` is spent"]


# the journal


def test_a_torn_line_is_passed_over_and_mended(tmp_path: Path) -> None:
    path = tmp_path / "batches.jsonl"
    journal = BatchJournal(path)
    journal.submitted("p", "one", ["a", "b"])
    with path.open("ab") as torn:
        torn.write(b'{"event": "submitted", "provi')
    assert [batch.id for batch in journal.open_batches("p")] == ["one"]
    journal.submitted("q", "two", ["c"])
    journal.closed("p", "one")
    assert journal.open_batches("p") == ()
    assert [(batch.id, batch.keys) for batch in journal.open_batches("q")] == [("two", frozenset({"c"}))]
    assert all(orjson.loads(line) for line in path.read_bytes().splitlines())
