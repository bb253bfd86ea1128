"""Bounded concurrency per endpoint or account, shared by every provider behind it."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field

from shortlist.cases import Attempt, CaseKey


@dataclass(slots=True)
class Pending:
    """A case on its way: not yet sent, or waiting for another attempt."""

    case: CaseKey
    queued: float
    """Seconds on the session's clock."""
    attempts: list[Attempt] = field(default_factory=list)
    waited: float = 0.0
    """Seconds that the next attempt was put off because of the last one."""
    rate_limited: int = 0
    transient: int = 0


class Pool:
    """Hands out cases so that at most `limit` are under way.

    The limit starts at `ceiling`, halves when the server says that it is asked too much, and grows by one after as
    many successes in a row as it has places (additive increase, multiplicative decrease: Chiu & Jain 1989). One
    burst of refusals counts once: only a request sent after the last cut can cut again.
    """

    def __init__(self, key: str, ceiling: int) -> None:
        self.key = key
        self.ceiling = ceiling
        self.limit = ceiling
        self.active = 0
        self._ready: deque[Pending] = deque()
        self._delayed: dict[int, tuple[asyncio.TimerHandle, Pending]] = {}
        self._waiters: deque[asyncio.Future[None]] = deque()
        self._borrowers: deque[asyncio.Future[None]] = deque()
        """Chains that wait for a place; they come first, since each holds up a case that has begun."""
        self._closed_until = 0.0
        self._reopening: asyncio.TimerHandle | None = None
        """Set while the pool is closed. The clock is not asked: a loop's timers may fire a little before their time."""
        self._cut_at = float("-inf")
        self._successes = 0
        self.refusals = 0
        """How often in a row the server has asked those who wait for less, without a success between."""
        self._stopped = False

    def add(self, pending: Pending) -> None:
        """Queues a case; it is handed out after those queued before it."""
        self._ready.append(pending)
        self._wake()

    def add_later(self, pending: Pending, delay: float) -> None:
        """Queues a case again after `delay` seconds, without holding a place meanwhile."""
        handle = asyncio.get_running_loop().call_later(delay, self._ripen, id(pending))
        self._delayed[id(pending)] = (handle, pending)

    async def take(self) -> Pending | None:
        """The next case that may be sent now, with a place reserved for it; None when there is nothing left."""
        while True:
            if self._stopped or self._drained:
                self._wake_all()
                return None
            if self._may_send:
                self.active += 1
                return self._ready.popleft()
            waiter = asyncio.get_running_loop().create_future()
            self._waiters.append(waiter)
            try:
                await waiter
            finally:
                waiter.cancel()

    async def reserve(self) -> None:
        """Waits for a place for a request that is not among the pool's own cases; `give_back` frees it.

        A place that becomes free is handed over at once: the pool's own workers, who never pause, would take it.
        """
        if self._has_place and not self._borrowers:
            self.active += 1
            return
        waiter = asyncio.get_running_loop().create_future()
        self._borrowers.append(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                self.give_back()
            raise

    def give_back(self) -> None:
        """Frees a place that `take` or `reserve` reserved."""
        self.active -= 1
        if self._drained:
            self._wake_all()
        else:
            self._wake()

    def succeeded(self) -> None:
        """Notes a request that the server took; enough of them in a row widen the pool."""
        self._successes += 1
        self.refusals = 0
        if self.limit < self.ceiling and self._successes >= self.limit:
            self.limit += 1
            self._successes = 0

    def rate_limited(self, sent: float, now: float, *, waits: bool = True) -> None:
        """Narrows the pool after a request that was sent at `sent` and refused at `now`.

        Only of those who wait before they ask again (`waits`) do so many refusals in a row mean that waiting is no
        use; a chain, which does not, could use them all up in a moment.
        """
        self._successes = 0
        if sent > self._cut_at:
            self.limit = max(1, self.limit // 2)
            self._cut_at = now
            self.refusals += waits

    def close_for(self, wait: float) -> None:
        """Hands out nothing for `wait` seconds."""
        loop = asyncio.get_running_loop()
        until = loop.time() + wait
        if self._reopening is not None:
            if until <= self._closed_until:
                return
            self._reopening.cancel()
        self._closed_until = until
        self._reopening = loop.call_later(wait, self._reopen)

    def remove(self, provider: str) -> list[Pending]:
        """Takes every case of `provider` that is not under way out of the pool and returns them in order."""
        gone = [pending for pending in self._ready if pending.case.provider == provider]
        self._ready = deque(pending for pending in self._ready if pending.case.provider != provider)
        for key, (handle, pending) in list(self._delayed.items()):
            if pending.case.provider == provider:
                handle.cancel()
                del self._delayed[key]
                gone.append(pending)
        self._wake_all()
        return gone

    def stop(self) -> None:
        """Hands out nothing more."""
        self._stopped = True
        for handle, _ in self._delayed.values():
            handle.cancel()
        self._delayed.clear()
        self._wake_all()

    @property
    def _drained(self) -> bool:
        return not (self._ready or self._delayed or self.active)

    @property
    def _has_place(self) -> bool:
        return self.active < self.limit and self._reopening is None

    @property
    def _may_send(self) -> bool:
        return bool(self._ready) and self._has_place

    def _reopen(self) -> None:
        self._reopening = None
        self._wake_all()

    def _ripen(self, key: int) -> None:
        _, pending = self._delayed.pop(key)
        self.add(pending)

    def _wake(self) -> None:
        self._hand_over()
        _wake_some(self._waiters, min(len(self._ready), self.limit - self.active))

    def _wake_all(self) -> None:
        self._hand_over()
        _wake_some(self._waiters, len(self._waiters))

    def _hand_over(self) -> None:
        while self._borrowers and self._has_place:
            waiter = self._borrowers.popleft()
            if not waiter.done():
                self.active += 1
                waiter.set_result(None)


def _wake_some(waiters: deque[asyncio.Future[None]], room: int) -> None:
    while room > 0 and waiters:
        waiter = waiters.popleft()
        if not waiter.done():
            waiter.set_result(None)
            room -= 1
