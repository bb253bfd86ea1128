"""A pool under everything at once: its own cases, chains that borrow and give up, rate limits, removals."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress

import pytest
import uvloop

from shortlist.cases import CaseKey
from shortlist.run.pool import Pending, Pool

CASES, CHAINS = 60, 8


class Bustle:
    """One pool, and everybody who wants something of it."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.pool = Pool("key", self.random.randint(1, 6))
        self.active = 0
        self.fits = True
        self.done: list[str] = []
        self.borrowed = 0

    async def hold(self) -> bool:
        """Uses a place for a moment; whether the server took the request."""
        self.active += 1
        self.fits &= self.active <= self.pool.active <= self.pool.ceiling
        now = asyncio.get_running_loop().time()
        try:
            await asyncio.sleep(self.random.choice([0, 0, 0.0005, 0.001]))
        finally:
            self.active -= 1
        if self.random.random() < 0.15:
            self.pool.rate_limited(now, now + 0.001, waits=self.random.random() < 0.5)
            return False
        self.pool.succeeded()
        return True

    async def worker(self) -> None:
        while (pending := await self.pool.take()) is not None:
            try:
                if await self.hold():
                    self.done.append(pending.case.pair)
                else:
                    wait = self.random.choice([0.0, 0.001, 0.003])
                    self.pool.close_for(wait)
                    self.pool.add_later(pending, wait)
            finally:
                self.pool.give_back()

    async def chain(self) -> None:
        """Asks now and then, and sometimes has no more time while it waits or holds a place."""
        for _ in range(15):
            with suppress(TimeoutError):
                async with asyncio.timeout(self.random.choice([0, 0.0005, 0.001, 0.5])):
                    await self.pool.reserve()
                    try:
                        self.borrowed += 1
                        await self.hold()
                    finally:
                        self.pool.give_back()
            await asyncio.sleep(self.random.choice([0, 0.001]))

    async def run(self) -> None:
        for number in range(CASES):
            self.pool.add(Pending(CaseKey("t@1", f"pair-{number}", "pq"[number % 2], 0), 0.0))
        asyncio.get_running_loop().call_later(0.02, self.take_out)
        async with asyncio.timeout(60), asyncio.TaskGroup() as everybody:
            for _ in range(self.pool.ceiling):
                everybody.create_task(self.worker())
            for _ in range(CHAINS):
                everybody.create_task(self.chain())

    def take_out(self) -> None:
        self.done += [pending.case.pair for pending in self.pool.remove("q")]


@pytest.mark.parametrize("new_loop", [uvloop.new_event_loop, asyncio.new_event_loop])
def test_nobody_waits_for_ever_nothing_is_lost_and_the_limit_holds(
    new_loop: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    with asyncio.Runner(loop_factory=new_loop) as runner:
        for seed in range(40):
            bustle = Bustle(seed)
            runner.run(bustle.run())
            assert sorted(bustle.done) == sorted(f"pair-{number}" for number in range(CASES)), seed
            assert (bustle.active, bustle.pool.active) == (0, 0), seed
            assert bustle.fits, seed
            assert bustle.borrowed > 0, seed
