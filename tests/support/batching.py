"""Providers that take many cases at once, by script, and a sitting of the real runner over one of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from time import perf_counter
from typing import Literal

from shortlist.cases import CaseKey, Record
from shortlist.pricing import Price
from shortlist.run.budget import Ledger
from shortlist.run.journal import BatchJournal
from shortlist.run.runner import Outside, Runner
from shortlist.suite.model import Budget
from shortlist_providers import (
    BatchLost,
    BatchState,
    DeferredBatchProvider,
    Failure,
    FailureKind,
    FailureScope,
    Generation,
    Provider,
    ProviderConfig,
    ProviderContext,
    Request,
    Sampling,
    Ticket,
    Timings,
    Usage,
    WholeBatchProvider,
)

TRANSIENT = Failure(FailureKind.TRANSIENT, "expired")
PERMANENT = Failure(FailureKind.PERMANENT, "bad request")
DOWN = Failure(FailureKind.PERMANENT, "wrong key", FailureScope.PROVIDER)


class Config(ProviderConfig):
    kind: Literal["batching"] = "batching"


def generation(failure: Failure | None = None, *, deferred: bool = False) -> Generation:
    now = perf_counter()
    text = None if failure else "{}"
    usage = Usage() if failure else Usage(input=10, output=5)
    return Generation(text, Timings(now - 0.01, None, now), usage, failure=failure, deferred=deferred)


Answer = Callable[[str, int], Failure | None]
"""(pair, number of the attempt from 0) -> what goes wrong."""


class Whole(WholeBatchProvider):
    Config = Config

    def __init__(self, config: ProviderConfig, answer: Answer, *, stops_after: int | None = None) -> None:
        super().__init__(config, ProviderContext(perf_counter, asyncio.sleep))
        self.answer = answer
        self.stops_after = stops_after
        self.rounds: list[list[str]] = []
        self.tries: dict[str, int] = {}
        self.hangs = False
        self.closed = 0

    async def generate(self, request: Request) -> Generation:
        raise AssertionError("a whole batch is never asked one by one")

    async def generate_all(self, requests: Sequence[Request]) -> AsyncGenerator[tuple[str, Generation], None]:
        self.rounds.append([request.key.split("/")[1] for request in requests])
        try:
            for number, request in enumerate(reversed(requests)):
                if number == self.stops_after:
                    if self.hangs:
                        await asyncio.sleep(60)
                    return
                pair = request.key.split("/")[1]
                tries = self.tries[pair] = self.tries.get(pair, -1) + 1
                await asyncio.sleep(0)
                yield request.key, generation(self.answer(pair, tries))
        finally:
            self.closed += 1


class Vendor(DeferredBatchProvider):
    """Keeps batches in `shelf`, which outlives it as a vendor's would."""

    Config = Config
    largest_batch = 4

    def __init__(self, config: ProviderConfig, answer: Answer, shelf: dict[str, list[str]]) -> None:
        super().__init__(config, ProviderContext(perf_counter, asyncio.sleep))
        self.answer = answer
        self.shelf = shelf
        self.submitted: list[list[str]] = []
        self.polls = 0
        self.polls_until_ended = 2
        self.submit_failures: list[Failure] = []
        self.poll_failures: list[Failure] = []
        self.lost: list[Failure] = []
        self.owes = 0

    @property
    def defers(self) -> bool:
        return True

    async def generate(self, request: Request) -> Generation:
        raise AssertionError("a deferring provider is never asked one by one")

    async def submit(self, requests: Sequence[Request]) -> Ticket | Failure:
        if self.submit_failures:
            return self.submit_failures.pop(0)
        keys = [request.key for request in requests]
        self.submitted.append([key.split("/")[1] for key in keys])
        name = f"batch-{len(self.shelf)}"
        self.shelf[name] = keys
        return Ticket(name, perf_counter())

    async def poll(self, ticket: Ticket) -> BatchState | Failure:
        if self.poll_failures:
            return self.poll_failures.pop(0)
        self.polls += 1
        return BatchState(ended=self.polls >= self.polls_until_ended, detail="in_progress")

    async def collect(
        self, ticket: Ticket, requests: Sequence[Request]
    ) -> AsyncGenerator[tuple[str, Generation], None]:
        if self.lost:
            raise BatchLost(self.lost.pop(0))
        wanted = {request.key for request in requests}
        there = [key for key in reversed(self.shelf[ticket.id]) if key in wanted]
        for key in there[self.owes :]:
            pair = key.split("/")[1]
            number = sum(pair in batch for batch in self.submitted) - 1
            yield key, generation(self.answer(pair, max(0, number)), deferred=True)

    async def cancel(self, ticket: Ticket) -> None:
        return


class LargeVendor(Vendor):
    largest_batch = 100


@dataclass
class Seen:
    records: list[Record] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def on_record(self, record: Record, spent: Decimal | None) -> None:
        self.records.append(record)

    def on_note(self, message: str) -> None:
        self.notes.append(message)


def fine(pair: str, number: int) -> None:
    return None


def config(**settings: object) -> Config:
    return Config.model_validate({"kind": "batching", **settings})


def case(pair: str) -> CaseKey:
    return CaseKey("t@1", pair, "p", 0)


def conduct(
    provider: Provider,
    pairs: Sequence[str],
    journal: BatchJournal | None = None,
    *,
    price: Price | None = None,
    budget: Budget | None = None,
    save: Callable[[Record], None] | None = None,
) -> tuple[Seen, Runner, Ledger]:
    seen = Seen()
    ledger = Ledger(budget or Budget(), {"p": price} if price else {})
    outside = Outside(save or (lambda record: None), seen, journal)
    runner = Runner({"p": provider}, lambda key: Request(str(key), (), Sampling(), "t@1"), ledger, outside)
    asyncio.run(runner.run([case(pair) for pair in pairs]))
    return seen, runner, ledger


PAIRS = [f"pair-{number}" for number in range(10)]


def outcomes(seen: Seen) -> dict[str, str]:
    assert len({record.case for record in seen.records}) == len(seen.records), "a case was finished twice"
    return {record.case.pair: record.outcome.value for record in seen.records}
