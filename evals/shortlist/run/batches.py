"""Providers that take many cases at once: an engine's whole batch, or a vendor's batch interface."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Protocol, TypeVar

from shortlist.cases import CaseKey
from shortlist.run.journal import BatchJournal
from shortlist.run.pool import Pending
from shortlist_providers import (
    BatchLost,
    DeferredBatchProvider,
    Failure,
    FailureKind,
    FailureScope,
    Generation,
    Request,
    Ticket,
    Timings,
    WholeBatchProvider,
)

SHORTEST_POLL, LONGEST_POLL = 1.0, 60.0
"""Seconds between two questions after a vendor's batch; they grow with the time that it has taken."""


LAST_WORD = 10.0
"""Seconds that an interrupted sitting waits for a vendor to name the batch that it is just being handed."""

_T = TypeVar("_T")

_TOO_LARGE = 413
"""The HTTP status of a batch of too many bytes."""


class Desk(Protocol):
    """What a batch needs of the runner."""

    def request_of(self, case: CaseKey) -> Request:
        """What is sent for a case."""

    def may_send(self, provider: str) -> bool:
        """Whether the budget allows more; says why not to whoever watches."""

    def began(self, provider: str) -> None:
        """An attempt is under way; `settle` ends it. Deferred attempts are not told: their time is the vendor's."""

    def settle(self, pending: Pending, generation: Generation) -> float | None:
        """Books an attempt. None when the case is over and saved, else the seconds to wait before another."""

    def give_up(self, provider: str, pendings: Iterable[Pending], failure: Failure) -> None:
        """Nothing more can be had of `provider`; `pendings` end with `failure`."""

    def wait_after(self, provider: str, failure: Failure, failures: int) -> float | None:
        """Seconds until a vendor may be asked again after `failures` failures in a row; None when that is over."""


def by_key(pendings: Iterable[Pending]) -> dict[str, Pending]:
    """Cases by the key that their requests carry."""
    return {str(pending.case): pending for pending in pendings}


async def work_whole(name: str, provider: WholeBatchProvider, pendings: Sequence[Pending], desk: Desk) -> None:
    """Hands all cases to an engine in this process, and what failed for a passing reason once more, in rounds."""
    while pendings:
        if not desk.may_send(name):
            return
        left = by_key(pendings)
        again: list[Pending] = []
        longest = 0.0
        for _ in left:
            desk.began(name)
        requests = [desk.request_of(pending.case) for pending in pendings]
        async with aclosing(_answers(provider, requests, left)) as answers:
            async for key, generation in answers:
                pending = left.pop(key)
                wait = desk.settle(pending, generation)
                if wait is not None:
                    again.append(pending)
                    longest = max(longest, wait)
        pendings = again
        if pendings:
            await asyncio.sleep(longest)


async def _answers(
    provider: WholeBatchProvider, requests: Sequence[Request], left: Mapping[str, Pending]
) -> AsyncGenerator[tuple[str, Generation], None]:
    """Every request's answer, exactly once: what the engine owes is made up for with a failure."""
    began = perf_counter()
    stream = provider.generate_all(requests)
    limit = provider.config.timeout
    patience = asyncio.timeout(None)
    try:
        while left:
            patience = asyncio.timeout(limit)
            async with patience:
                key, generation = await anext(stream)
            if key in left:
                yield key, generation
        return
    except StopAsyncIteration:
        failure = Failure(FailureKind.PERMANENT, "the engine ended the batch without an answer to this case")
    except Exception as bug:  # a provider's defect is the case's failure, not the run's
        if patience.expired():
            failure = Failure(FailureKind.TIMEOUT, f"the engine finished no case for {limit:g} s")
        else:
            failure = Failure(FailureKind.PERMANENT, f"the provider raised {type(bug).__name__}: {bug}")
    finally:
        close = getattr(stream, "aclose", None)
        if close is not None:
            await close()
    for key in list(left):
        yield key, Generation(text=None, timings=Timings(began, None, perf_counter()), failure=failure)


@dataclass(slots=True)
class _Handed:
    """A batch with the vendor, and the cases whose answers are wanted from it."""

    ticket: Ticket
    pendings: list[Pending]


class DeferredWork:
    """The cases of one provider that answers by batches: handed in, waited for, fetched; some of them again."""

    def __init__(self, name: str, provider: DeferredBatchProvider, desk: Desk, journal: BatchJournal) -> None:
        self._name = name
        self._provider = provider
        self._desk = desk
        self._journal = journal

    async def work(self, pendings: Sequence[Pending]) -> None:
        """Fetches what earlier sittings handed in, hands in the rest, and ends when every case is over."""
        left = by_key(pendings)
        handed = []
        for batch in self._journal.open_batches(self._name):
            wanted = [left.pop(key) for key in sorted(batch.keys & left.keys())]
            if wanted:
                handed.append(_Handed(Ticket(batch.id, perf_counter()), wanted))
            else:
                self._journal.closed(self._name, batch.id)
        handed += await self._hand_in(list(left.values()))
        while again := await self._fetch_all(handed):
            await asyncio.sleep(max(pending.waited for pending in again))
            handed = await self._hand_in(again)

    async def _fetch_all(self, handed: Sequence[_Handed]) -> list[Pending]:
        """The cases that are to be handed in again."""
        fetched = await asyncio.gather(*(self._fetch(batch) for batch in handed))
        return [pending for again in fetched for pending in again]

    async def _hand_in(self, pendings: Sequence[Pending]) -> list[_Handed]:
        handed = []
        size = self._provider.largest_batch
        parts = deque(pendings[start : start + size] for start in range(0, len(pendings), size))
        while parts and self._desk.may_send(self._name):
            part = parts.popleft()
            ticket = await self._submit([self._desk.request_of(pending.case) for pending in part])
            if isinstance(ticket, Ticket):
                handed.append(_Handed(ticket, list(part)))
            elif ticket.status == _TOO_LARGE and len(part) > 1:
                parts.extendleft((part[len(part) // 2 :], part[: len(part) // 2]))
            elif _is_about_these_cases(ticket):
                self._desk.give_up(self._name, part, ticket)
            else:
                unsent = [pending for those in (part, *parts) for pending in those]
                self._desk.give_up(self._name, unsent, _out_of_reach(ticket))
                break
        return handed

    async def _submit(self, requests: Sequence[Request]) -> Ticket | Failure:
        failures = 0
        while True:
            taken = await self._hand_over(requests)
            if isinstance(taken, Ticket):
                return taken
            failures += 1
            wait = self._desk.wait_after(self._name, taken, failures)
            if wait is None or taken.kind is FailureKind.MALFORMED:  # that may have meant that the batch was taken
                return taken
            await asyncio.sleep(wait)

    async def _hand_over(self, requests: Sequence[Request]) -> Ticket | Failure:
        """Hands in a batch and writes its name down, which an interruption waits for: else it would be paid twice."""

        async def submit() -> Ticket | Failure:
            taken = await _asked(self._provider.submit(requests))
            if isinstance(taken, Ticket):
                self._journal.submitted(self._name, taken.id, [request.key for request in requests])
            return taken

        task = asyncio.create_task(submit())
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.wait({task}, timeout=LAST_WORD)
            raise
        finally:
            task.cancel()

    async def _fetch(self, batch: _Handed) -> list[Pending]:
        """Waits for a batch and books its answers; returns what is to be handed in again."""
        left = by_key(batch.pendings)
        again: list[Pending] = []
        failure = await self._until_ended(batch.ticket)
        over = failure is None or _is_about_these_cases(failure)
        if failure is None:
            failure = await self._collect(batch.ticket, left, again)
            # What cannot be read now, after several tries, will never be.
            over = failure is None or _is_about_these_cases(failure) or failure.kind is FailureKind.MALFORMED
        if failure is not None and not over:
            # The batch stays open: its answers are paid for, and a resumed run may still fetch them.
            self._desk.give_up(self._name, [*left.values(), *again], _out_of_reach(failure))
            return []
        self._journal.closed(self._name, batch.ticket.id)
        if failure is not None:
            self._desk.give_up(self._name, left.values(), failure)
        return again

    async def _until_ended(self, ticket: Ticket) -> Failure | None:
        began, failures = perf_counter(), 0
        while True:
            state = await _asked(self._provider.poll(ticket))
            if isinstance(state, Failure):
                failures += 1
                wait = self._desk.wait_after(self._name, state, failures)
                if wait is None:
                    return state
            elif state.ended:
                return None
            else:
                failures = 0
                wait = min(LONGEST_POLL, max(SHORTEST_POLL, (perf_counter() - began) / 20))
            await asyncio.sleep(wait)

    async def _collect(self, ticket: Ticket, left: dict[str, Pending], again: list[Pending]) -> Failure | None:
        failures = 0
        while True:
            requests = [self._desk.request_of(pending.case) for pending in left.values()]
            try:
                async with aclosing(self._answers(ticket, requests)) as answers:
                    async for key, generation in answers:
                        pending = left.pop(key, None)
                        if pending is not None and self._desk.settle(pending, generation) is not None:
                            again.append(pending)
            except BatchLost as lost:
                failures += 1
                wait = self._desk.wait_after(self._name, lost.failure, failures)
                if wait is None:
                    return lost.failure
                await asyncio.sleep(wait)
                continue
            if left:
                return Failure(FailureKind.PERMANENT, f"batch {ticket.id} ended without answers to these cases")
            return None

    async def _answers(
        self, ticket: Ticket, requests: Sequence[Request]
    ) -> AsyncGenerator[tuple[str, Generation], None]:
        try:
            async with aclosing(self._provider.collect(ticket, requests)) as answers:
                async for answer in answers:
                    yield answer
        except BatchLost:
            raise
        except Exception as bug:  # the run, and other providers' cases, go on
            raise BatchLost(_defect(bug)) from bug


async def _asked(call: Awaitable[_T]) -> _T | Failure:
    try:
        return await call
    except Exception as bug:  # likewise
        return _defect(bug)


def _defect(bug: Exception) -> Failure:
    """A provider's defect says nothing of the cases: once it is mended, they can be had."""
    message = f"the provider raised {type(bug).__name__}: {bug}"
    return Failure(FailureKind.PERMANENT, message, FailureScope.PROVIDER)


def _is_about_these_cases(failure: Failure) -> bool:
    """Whether nothing will ever come of what was handed in; else the vendor was only not to be had."""
    return failure.kind in (FailureKind.PERMANENT, FailureKind.REFUSED) and failure.scope is FailureScope.REQUEST


def _out_of_reach(failure: Failure) -> Failure:
    """As a failure that leaves the cases to be done: a resumed run takes them up again."""
    return replace(failure, scope=FailureScope.PROVIDER)
