"""Sends every case, waits, retries, and hands each finished case on: the only code that does so."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from time import perf_counter
from typing import Protocol

from shortlist.cases import Attempt, CaseKey, Outcome, Record
from shortlist.run.backoff import MOST_RATE_LIMITED, wait_after_rate_limit, wait_after_transient
from shortlist.run.batches import DeferredWork, work_whole
from shortlist.run.budget import Ledger
from shortlist.run.journal import BatchJournal
from shortlist.run.pool import Pending, Pool
from shortlist_providers import (
    DeferredBatchProvider,
    Failure,
    FailureKind,
    FailureScope,
    Generation,
    Provider,
    Request,
    Step,
    Timings,
    WholeBatchProvider,
)

FAILURES_UNTIL_OUT_OF_REACH = 3
"""Cases in a row that must find a provider out of reach before the rest are spared the wait."""

MONEY_IS_UP = "the money of `budget.usd` is spent"

RequestOf = Callable[[CaseKey], Request]


class Observer(Protocol):
    """Is told what happens while a run goes on."""

    def on_record(self, record: Record, spent: Decimal | None) -> None:
        """A case is finished and saved; its provider has cost `spent` USD so far, None where that is unknown."""

    def on_note(self, message: str) -> None:
        """Something that the user should know."""


@dataclass(frozen=True, slots=True)
class Outside:
    """Whom a sitting reports to."""

    save: Callable[[Record], None]
    """Keeps a finished record; returns when it is safe."""
    observer: Observer
    journal: BatchJournal | None = None
    """Keeps what vendors' batch interfaces were handed; needed where a provider defers."""


@dataclass(slots=True)
class _Reach:
    """Whether a provider can be reached."""

    failures_in_a_row: int = 0
    lost: Failure | None = None
    """Set once, when nothing more is sent to it."""


@dataclass(slots=True)
class Stops:
    """Why cases were left undone, in the order in which it happened."""

    reasons: list[str] = field(default_factory=list)


class Runner:
    """One sitting of a run over providers that have been started.

    Args:
        providers: started providers by name, those that only chains ask among them.
        request_of: makes the request of a case; called once per attempt.
        ledger: budget and spend; already holds what earlier sittings spent.
        outside: keeps each finished record, then tells who watches.
        seed: of the jitter between attempts.
        session: number of this sitting.
    """

    def __init__(
        self,
        providers: Mapping[str, Provider],
        request_of: RequestOf,
        ledger: Ledger,
        outside: Outside,
        *,
        seed: int = 0,
        session: int = 0,
    ) -> None:
        self._providers = providers
        self._request_of = request_of
        self._ledger = ledger
        self._save = outside.save
        self._observer = outside.observer
        self._journal = outside.journal
        self._random = random.Random(seed)
        self._session = session
        self._reach: dict[str, _Reach] = defaultdict(_Reach)
        self._stopped_providers: set[str] = set()
        self._asked: dict[str, list[Step]] = defaultdict(list)
        """What chains have asked for the cases that are under way, by the cases' keys."""
        self._pools: dict[str, Pool] = {}
        self._pool_of: dict[str, Pool] = {}
        for name, provider in providers.items():
            pool = self._pools.get(provider.pool_key)
            if pool is None:
                pool = self._pools[provider.pool_key] = Pool(provider.pool_key, provider.config.concurrency)
            else:
                pool.ceiling = pool.limit = min(pool.ceiling, provider.config.concurrency)
            self._pool_of[name] = pool
        self.stops = Stops()

    async def run(self, cases: Iterable[CaseKey]) -> None:
        """Works through `cases`, in order within each pool, until all are saved or the run has to stop.

        Cancelling it abandons the generations under way and nothing else. Afterwards `stops.reasons` says why
        cases were left undone, if any were. What `save` or the observer raises ends the run.
        """
        now = perf_counter()
        together: dict[str, list[Pending]] = defaultdict(list)
        for case in cases:
            pending = Pending(case, queued=now)
            if _takes_batches(self._providers[case.provider]):
                together[case.provider].append(pending)
            else:
                self._pool_of[case.provider].add(pending)
        for name in self._providers:  # earlier sittings may have used up what the suite allows
            self._stop_after_too_many_errors(name)
        try:
            async with asyncio.TaskGroup() as workers:
                for name, pendings in together.items():
                    workers.create_task(self._work_together(name, pendings))
                for pool in self._pools.values():
                    for _ in range(pool.ceiling):
                        workers.create_task(self._work(pool))
        except BaseExceptionGroup as failed:
            raise failed.exceptions[0] from None  # one worker's is enough: the others met the same, or were cancelled

    async def ask(self, name: str, request: Request) -> Generation:
        """One attempt of the provider `name` for a chain: in that provider's pool, on its account, in its time.

        Nothing is tried again here: what to do about a failure is the chain's business.
        """
        pool = self._pool_of[name]
        case, chain, repeat = request.key.rsplit("/", 2)
        await pool.reserve()
        sent = perf_counter()
        self._ledger.began(name, sent, chain=chain)
        try:
            generation = await self._generate(self._providers[name], replace(request, key=f"{case}/{name}/{repeat}"))
            self._book_step(request.key, name, generation)
            failure = generation.failure
            if failure is None:
                pool.succeeded()
            elif failure.kind is FailureKind.RATE_LIMITED:
                pool.rate_limited(generation.timings.sent, perf_counter(), waits=False)
            return generation
        except asyncio.CancelledError:
            failure = Failure(FailureKind.TIMEOUT, "given up, since the time of the chain that asked was up")
            self._book_step(request.key, name, Generation(None, Timings(sent, None, perf_counter()), failure=failure))
            raise
        finally:
            pool.give_back()

    def _book_step(self, case: str, name: str, generation: Generation) -> None:
        """Charges a chain's request to whom it asked, and keeps it in case the chain comes to no end of its own."""
        timings, usage, failure = generation.timings, generation.usage, generation.failure
        attempt = Attempt(timings, usage, failure, 0.0)
        self._ledger.ended(name, attempt, perf_counter(), cached=generation.cached)
        rejected = None if failure else "not taken"  # what is read from here was not the end of the chain
        self._asked[case].append(Step(name, timings, usage, failure, rejected))

    async def _work_together(self, name: str, pendings: list[Pending]) -> None:
        provider = self._providers[name]
        if isinstance(provider, WholeBatchProvider):
            await work_whole(name, provider, pendings, self)
        elif isinstance(provider, DeferredBatchProvider):
            assert self._journal is not None  # whoever starts a deferring provider keeps its journal
            await DeferredWork(name, provider, self, self._journal).work(pendings)

    def request_of(self, case: CaseKey) -> Request:
        """What is sent for a case."""
        return self._request_of(case)

    def may_send(self, provider: str) -> bool:
        """Whether budget and provider allow more."""
        if self._ledger.money_is_up(provider):
            self._stop_all(MONEY_IS_UP)
        return MONEY_IS_UP not in self.stops.reasons and provider not in self._stopped_providers

    def began(self, provider: str) -> None:
        """An attempt of a batch is under way."""
        self._ledger.began(provider, perf_counter())

    def settle(self, pending: Pending, generation: Generation) -> float | None:
        """Books an attempt of a batch. None when the case is over and saved, else the seconds before another."""
        name, failure = pending.case.provider, generation.failure
        attempt = Attempt(generation.timings, generation.usage, failure, pending.waited)
        if generation.deferred:
            self._ledger.deferred(name, attempt)
        else:
            self._ledger.ended(name, attempt, perf_counter(), cached=generation.cached)
        pending.attempts.append(attempt)
        if failure is not None and failure.kind in (FailureKind.TRANSIENT, FailureKind.RATE_LIMITED):
            pending.transient += 1
            retries = self._providers[name].config.retries
            wait = wait_after_transient(failure, pending.transient, retries, self._random)
            if wait is not None:
                pending.waited = wait
                return wait
        self._finish(pending, generation)
        return None

    def wait_after(self, provider: str, failure: Failure, failures: int) -> float | None:
        """Seconds until a vendor may be asked after a batch again; None when it has failed too often, or for good."""
        if failure.kind in (FailureKind.PERMANENT, FailureKind.REFUSED):
            return None
        retries = max(self._providers[provider].config.retries, MOST_RATE_LIMITED)
        return wait_after_transient(failure, failures, retries, self._random)

    def give_up(self, provider: str, pendings: Iterable[Pending], failure: Failure) -> None:
        """Ends cases of a batch that nothing can be had of."""
        for pending in pendings:
            now = perf_counter()
            self._finish(pending, Generation(None, Timings(now, None, now), failure=failure, deferred=True))
        if failure.scope is FailureScope.PROVIDER:
            self._note_stop(f"{provider} is out of reach: {failure.message}")

    async def _work(self, pool: Pool) -> None:
        while (pending := await pool.take()) is not None:
            try:
                if self._ledger.money_is_up(pending.case.provider):
                    self._stop_all(MONEY_IS_UP)
                    return
                await self._attempt(pool, pending)
            finally:
                pool.give_back()

    async def _attempt(self, pool: Pool, pending: Pending) -> None:
        name = pending.case.provider
        lost = self._reach[name].lost
        if lost is not None:
            self._finish_unsent(pending, lost)
            return
        if name in self._stopped_providers:
            return  # it was under way when its provider was stopped, and was to be tried again: left undone
        self._ledger.began(name, perf_counter())
        generation = await self._generate(self._providers[name], self._request_of(pending.case))
        failure = generation.failure
        attempt = Attempt(generation.timings, generation.usage, failure, pending.waited)
        self._ledger.ended(name, attempt, perf_counter(), cached=generation.cached)
        pending.attempts.append(attempt)
        if failure is None:
            pool.succeeded()
            self._reach[name].failures_in_a_row = 0
            self._finish(pending, generation)
            return
        wait = self._wait_after(pool, pending, failure, generation.timings)
        if wait is None:
            self._finish(pending, generation)
            self._judge_reach(name, failure)
        else:
            pending.waited = wait
            pool.add_later(pending, wait)

    async def _generate(self, provider: Provider, request: Request) -> Generation:
        sent = perf_counter()
        limit = asyncio.timeout(provider.config.timeout)
        try:
            async with limit:
                return await provider.generate(request)
        except Exception as bug:  # a provider's defect is the case's failure, not the run's
            if limit.expired():
                why = f"no complete answer within {provider.config.timeout:g} s"
                failure = Failure(FailureKind.TIMEOUT, why)
            else:
                failure = Failure(FailureKind.PERMANENT, f"the provider raised {type(bug).__name__}: {bug}")
        finally:
            steps = tuple(self._asked.pop(request.key, ()))
        return Generation(text=None, timings=Timings(sent, None, perf_counter()), failure=failure, steps=steps)

    def _wait_after(self, pool: Pool, pending: Pending, failure: Failure, timings: Timings) -> float | None:
        """Seconds until this case is tried again, or None when it is over."""
        if failure.kind is FailureKind.TRANSIENT:
            pending.transient += 1
            retries = self._providers[pending.case.provider].config.retries
            return wait_after_transient(failure, pending.transient, retries, self._random)
        if failure.kind is FailureKind.RATE_LIMITED:
            pending.rate_limited += 1
            pool.rate_limited(timings.sent, perf_counter())
            wait = wait_after_rate_limit(failure, pending.rate_limited, pool.refusals, self._random)
            if wait is not None:
                pool.close_for(wait)
            return wait
        return None

    def _finish(self, pending: Pending, generation: Generation) -> None:
        record = Record(
            case=pending.case,
            outcome=Outcome.of(generation.failure),
            generation=generation,
            attempts=tuple(pending.attempts),
            queued=pending.queued,
            session=self._session,
            finished_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        )
        self._save(record)
        self._ledger.finished(record)
        name = pending.case.provider
        self._observer.on_record(record, self._ledger.spent_by(name))
        self._stop_after_too_many_errors(name)

    def _finish_unsent(self, pending: Pending, lost: Failure) -> None:
        now = perf_counter()
        sent = "not sent again" if pending.attempts else "not sent"
        message = f"{sent}, because an earlier case found the provider out of reach: {lost.message}"
        failure = replace(lost, message=message, received=None)
        self._finish(pending, Generation(text=None, timings=Timings(now, None, now), failure=failure))

    def _judge_reach(self, name: str, failure: Failure) -> None:
        """Spares the remaining cases when every one of them would fail alike."""
        reach = self._reach[name]
        pool = self._pool_of[name]
        if failure.kind is FailureKind.RATE_LIMITED:
            hopeless = pool.refusals >= MOST_RATE_LIMITED
        elif failure.scope is FailureScope.PROVIDER:
            reach.failures_in_a_row += 1
            in_a_row = reach.failures_in_a_row
            hopeless = failure.kind is FailureKind.PERMANENT or in_a_row >= FAILURES_UNTIL_OUT_OF_REACH
        else:
            reach.failures_in_a_row = 0
            hopeless = False
        if hopeless and reach.lost is None:
            reach.lost = failure
            self._note_stop(f"{name} is out of reach: {failure.message}")
            for pending in pool.remove(name):
                self._finish_unsent(pending, failure)

    def _stop_after_too_many_errors(self, name: str) -> None:
        if name in self._stopped_providers or not self._ledger.too_many_errors(name):
            return
        self._stopped_providers.add(name)
        why = f"{name}: {self._ledger.errors(name)} cases failed, more than budget.errors allows"
        self._note_stop(why)
        self._pool_of[name].remove(name)

    def _stop_all(self, why: str) -> None:
        self._note_stop(why)
        for pool in self._pools.values():
            pool.stop()

    def _note_stop(self, why: str) -> None:
        if why not in self.stops.reasons:
            self.stops.reasons.append(why)
            self._observer.on_note(why)


def _takes_batches(provider: Provider) -> bool:
    """Whether a provider gets all its cases at once, and not one by one from a pool."""
    return isinstance(provider, WholeBatchProvider) or (isinstance(provider, DeferredBatchProvider) and provider.defers)
