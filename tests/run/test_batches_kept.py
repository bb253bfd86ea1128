"""What vendors' batches have cost is never thrown away: not by outages, defects or Ctrl-C."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from shortlist.metrics.busy import busy_shares
from shortlist.pricing import HourlyPrice, Price, TokenPrice
from shortlist.run import batches
from shortlist.run.budget import Ledger
from shortlist.run.completion import is_complete
from shortlist.run.journal import BatchJournal
from shortlist.run.runner import Outside, Runner
from shortlist.suite.model import Budget
from shortlist_providers import (
    BatchState,
    Failure,
    FailureKind,
    FailureScope,
    Generation,
    Request,
    Sampling,
    Ticket,
)
from support.batching import PAIRS, PERMANENT, TRANSIENT, Seen, Vendor, Whole, case, conduct, config, fine, outcomes

OUTAGE = Failure(FailureKind.TRANSIENT, "HTTP 503", status=503)
BUSY = Failure(FailureKind.RATE_LIMITED, "HTTP 429", status=429)
HTML = Failure(FailureKind.MALFORMED, "not JSON: <html>")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "SHORTEST_POLL", 0.001)
    monkeypatch.setattr("shortlist.run.backoff.FIRST_WAIT", 0.001)
    monkeypatch.setattr("shortlist.run.backoff.LONGEST_WAIT", 0.002)


class Defective(Vendor):
    """Raises where a provider returns failures."""

    broken = ""

    async def submit(self, requests: Sequence[Request]) -> Ticket | Failure:
        if self.broken == "submit":
            raise RuntimeError("no such attribute")
        return await super().submit(requests)

    async def poll(self, ticket: Ticket) -> BatchState | Failure:
        if self.broken == "poll":
            raise RuntimeError("no such attribute")
        return await super().poll(ticket)

    async def collect(
        self, ticket: Ticket, requests: Sequence[Request]
    ) -> AsyncGenerator[tuple[str, Generation], None]:
        async for answer in super().collect(ticket, requests):
            yield answer
            if self.broken == "collect":
                raise RuntimeError("no such attribute")


class Slow(Vendor):
    """Takes its time to name a batch that it has long since taken."""

    def __init__(self, shelf: dict[str, list[str]]) -> None:
        super().__init__(config(), fine, shelf)
        self.taken = asyncio.Event()

    async def submit(self, requests: Sequence[Request]) -> Ticket | Failure:
        ticket = await super().submit(requests)
        self.taken.set()
        await asyncio.sleep(0.05)
        return ticket


@pytest.mark.parametrize(
    ("where", "failure"),
    [("poll_failures", OUTAGE), ("poll_failures", HTML), ("poll_failures", BUSY), ("lost", OUTAGE), ("lost", BUSY)],
)
def test_an_outage_that_outlasts_our_patience_leaves_the_batch_to_be_fetched(
    tmp_path: Path, where: str, failure: Failure
) -> None:
    shelf: dict[str, list[str]] = {}
    journal = BatchJournal(tmp_path / "batches.jsonl")
    first = Vendor(config(), fine, shelf)
    setattr(first, where, [failure] * 100)
    seen, runner, _ = conduct(first, PAIRS[:3], journal)
    assert not any(is_complete(record) for record in seen.records)
    assert runner.stops.reasons == [f"p is out of reach: {failure.message}"]
    second = Vendor(config(), fine, shelf)
    seen, _, _ = conduct(second, PAIRS[:3], journal)
    assert second.submitted == [], "it had been paid for"
    assert outcomes(seen) == dict.fromkeys(PAIRS[:3], "ok")


def test_a_vendor_is_asked_for_longer_than_a_moment(tmp_path: Path) -> None:
    provider = Vendor(config(retries=0), fine, {})
    provider.poll_failures = [OUTAGE] * 8
    seen, _, _ = conduct(provider, PAIRS[:3], BatchJournal(tmp_path / "batches.jsonl"))
    assert outcomes(seen) == dict.fromkeys(PAIRS[:3], "ok")


def test_answers_that_can_never_be_read_fail_their_cases_for_good(tmp_path: Path) -> None:
    provider = Vendor(config(), fine, {})
    provider.lost = [HTML] * 100
    journal = BatchJournal(tmp_path / "batches.jsonl")
    seen, runner, _ = conduct(provider, PAIRS[:3], journal)
    assert outcomes(seen) == dict.fromkeys(PAIRS[:3], "malformed")
    assert all(is_complete(record) for record in seen.records)
    assert journal.open_batches("p") == ()
    assert runner.stops.reasons == []


def test_a_vendor_that_takes_no_batch_leaves_every_case_to_be_done(tmp_path: Path) -> None:
    provider = Vendor(config(), fine, {})
    provider.submit_failures = [OUTAGE] * 9
    seen, runner, _ = conduct(provider, PAIRS, BatchJournal(tmp_path / "batches.jsonl"))
    assert provider.submitted == [], "the second part waited as long as the first"
    assert len(seen.records) == len(PAIRS)
    assert not any(is_complete(record) for record in seen.records)
    assert runner.stops.reasons == ["p is out of reach: HTTP 503"]


def test_a_batch_that_may_have_been_taken_is_not_handed_in_again(tmp_path: Path) -> None:
    provider = Vendor(config(), fine, {})
    provider.submit_failures = [HTML]
    seen, _, _ = conduct(provider, PAIRS[:3], BatchJournal(tmp_path / "batches.jsonl"))
    assert provider.submitted == []
    assert not any(is_complete(record) for record in seen.records)


def test_a_part_that_is_refused_says_nothing_of_the_next(tmp_path: Path) -> None:
    provider = Vendor(config(), fine, {})
    provider.submit_failures = [PERMANENT]
    seen, _, _ = conduct(provider, PAIRS, BatchJournal(tmp_path / "batches.jsonl"))
    assert outcomes(seen) == {**dict.fromkeys(PAIRS, "ok"), **dict.fromkeys(PAIRS[:4], "error")}


def test_an_expired_case_is_handed_in_again_though_its_batch_owes_another(tmp_path: Path) -> None:
    def answer(pair: str, number: int) -> Failure | None:
        return TRANSIENT if pair == PAIRS[0] and number == 0 else None

    provider = Vendor(config(), answer, {})
    provider.owes = 1
    seen, _, _ = conduct(provider, PAIRS[:2], BatchJournal(tmp_path / "batches.jsonl"))
    assert outcomes(seen)[PAIRS[1]] == "error"
    assert provider.submitted == [PAIRS[:2], PAIRS[:1]]


@pytest.mark.parametrize("broken", ["submit", "poll", "collect"])
def test_a_defect_of_the_provider_ends_no_run_and_loses_no_batch(tmp_path: Path, broken: str) -> None:
    shelf: dict[str, list[str]] = {}
    journal = BatchJournal(tmp_path / "batches.jsonl")
    provider = Defective(config(), fine, shelf)
    provider.broken = broken
    seen, runner, _ = conduct(provider, PAIRS[:3], journal)
    assert runner.stops.reasons == ["p is out of reach: the provider raised RuntimeError: no such attribute"]
    assert sorted(outcomes(seen).values()) == (["error", "error", "ok"] if broken == "collect" else ["error"] * 3)
    undone = [record.case.pair for record in seen.records if not is_complete(record)]
    mended = Vendor(config(), fine, shelf)
    seen, _, _ = conduct(mended, undone, journal)
    assert outcomes(seen) == dict.fromkeys(undone, "ok")
    assert mended.submitted == ([PAIRS[:3]] if broken == "submit" else [])


def test_ctrl_c_while_a_batch_is_being_handed_in_waits_for_its_name(tmp_path: Path) -> None:
    journal = BatchJournal(tmp_path / "batches.jsonl")
    shelf: dict[str, list[str]] = {}

    async def interrupted() -> None:
        vendor = Slow(shelf)
        outside = Outside(lambda record: None, Seen(), journal)
        ledger = Ledger(Budget(), {})
        runner = Runner({"p": vendor}, lambda key: Request(str(key), (), Sampling(), "t@1"), ledger, outside)
        task = asyncio.create_task(runner.run([case(pair) for pair in PAIRS]))
        await vendor.taken.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(interrupted())
    assert len(shelf) == 1
    second = Vendor(config(), fine, shelf)
    seen, _, _ = conduct(second, PAIRS, journal)
    assert second.submitted == [PAIRS[4:8], PAIRS[8:]]
    assert outcomes(seen) == dict.fromkeys(PAIRS, "ok")


def test_ctrl_c_does_not_wait_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "LAST_WORD", 0.01)

    class Silent(Slow):
        async def submit(self, requests: Sequence[Request]) -> Ticket | Failure:
            self.taken.set()
            await asyncio.sleep(3600)
            raise AssertionError

    async def interrupted() -> None:
        vendor = Silent({})
        outside = Outside(lambda record: None, Seen(), BatchJournal(tmp_path / "batches.jsonl"))
        runner = Runner(
            {"p": vendor}, lambda key: Request(str(key), (), Sampling(), "t@1"), Ledger(Budget(), {}), outside
        )
        task = asyncio.create_task(runner.run([case(pair) for pair in PAIRS]))
        await vendor.taken.wait()
        task.cancel()
        async with asyncio.timeout(20):
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(interrupted())


def test_what_was_added_to_a_run_does_not_wait_for_the_batches_of_earlier_sittings(tmp_path: Path) -> None:
    journal = BatchJournal(tmp_path / "batches.jsonl")
    journal.submitted("p", "batch-0", [str(case(pair)) for pair in PAIRS[:2]])
    submitted: list[int] = []

    class Watched(Vendor):
        async def poll(self, ticket: Ticket) -> BatchState | Failure:
            submitted.append(len(self.submitted))
            return await super().poll(ticket)

    provider = Watched(config(), fine, {"batch-0": [str(case(pair)) for pair in PAIRS[:2]]})
    seen, _, _ = conduct(provider, PAIRS[:4], journal)
    assert submitted[0] == 1
    assert outcomes(seen) == dict.fromkeys(PAIRS[:4], "ok")


def test_a_case_that_a_batch_failed_and_nobody_took_again_was_not_busy_meanwhile(tmp_path: Path) -> None:
    provider = Vendor(config(), lambda pair, number: TRANSIENT, {})

    class Gone(Vendor):
        async def submit(self, requests: Sequence[Request]) -> Ticket | Failure:
            if self.submitted:
                return Failure(FailureKind.PERMANENT, "wrong key", FailureScope.PROVIDER)
            return await super().submit(requests)

    provider = Gone(config(), lambda pair, number: TRANSIENT, {})
    seen, _, _ = conduct(provider, PAIRS[:2], BatchJournal(tmp_path / "batches.jsonl"))
    assert [len(record.attempts) for record in seen.records] == [1, 1]
    assert busy_shares(seen.records) == {}


def test_a_time_out_that_the_engine_raises_itself_is_its_defect() -> None:
    def answer(pair: str, number: int) -> Failure | None:
        raise TimeoutError("its own")

    seen, _, _ = conduct(Whole(config(), answer), PAIRS[:2])
    assert outcomes(seen) == dict.fromkeys(PAIRS[:2], "error")
    assert "TimeoutError: its own" in (seen.records[0].generation.failure or PERMANENT).message


@pytest.mark.parametrize(
    "price", [HourlyPrice(Decimal(3600), "test"), TokenPrice(Decimal(1), Decimal(1), Decimal(1), Decimal(1), "test")]
)
def test_a_resumed_sitting_counts_what_batches_have_cost_as_the_first_did(tmp_path: Path, price: Price) -> None:
    seen, _, ledger = conduct(Vendor(config(), fine, {}), PAIRS, BatchJournal(tmp_path / "batches.jsonl"), price=price)
    resumed = Ledger(Budget(), {"p": price})
    resumed.restore(seen.records)
    assert resumed.spent == ledger.spent
