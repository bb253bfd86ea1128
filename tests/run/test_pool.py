from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

import pytest
import uvloop

from shortlist.cases import CaseKey
from shortlist.run.pool import Pending, Pool


@pytest.mark.parametrize("new_loop", [uvloop.new_event_loop, asyncio.new_event_loop])
def test_a_closed_pool_opens_again_whatever_the_wait(new_loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    """A timer of uvloop fires up to half a millisecond early; a pool that then asked the clock stayed shut for ever."""
    generator = random.Random(1)

    async def put_off(wait: float) -> None:
        pool = Pool("key", 1)
        pool.add(Pending(CaseKey("t@1", "pair", "p", 0), 0.0))
        pending = await pool.take()
        assert pending is not None
        pool.close_for(wait)
        pool.add_later(pending, wait)
        pool.give_back()
        assert await pool.take() is pending

    async def main() -> None:
        async with asyncio.timeout(20):
            await asyncio.gather(*(put_off(generator.uniform(0.01, 0.2)) for _ in range(60)))

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(main())


def test_a_pool_stays_shut_for_the_longest_wait_that_was_asked() -> None:
    async def main() -> list[str]:
        pool = Pool("key", 1)
        pool.add(Pending(CaseKey("t@1", "pair", "p", 0), 0.0))
        events: list[str] = []
        asyncio.get_running_loop().call_later(0.05, events.append, "shorter wait over")
        pool.close_for(0.01)
        pool.close_for(0.1)
        pool.close_for(0.05)
        await pool.take()
        return [*events, "opened"]

    assert asyncio.run(main()) == ["shorter wait over", "opened"]


def test_a_chain_that_waits_for_a_place_comes_before_the_pools_own_cases() -> None:
    async def main() -> list[str]:
        pool = Pool("key", 1)
        for number in range(3):
            pool.add(Pending(CaseKey("t@1", f"pair-{number}", "p", 0), 0.0))
        order: list[str] = []

        async def own() -> None:
            while (pending := await pool.take()) is not None:
                order.append(pending.case.pair)
                await asyncio.sleep(0.01)
                pool.give_back()

        async def chain() -> None:
            await pool.reserve()
            order.append("chain")
            await asyncio.sleep(0.01)
            pool.give_back()

        first = asyncio.create_task(own())
        await asyncio.sleep(0)
        async with asyncio.timeout(20):
            await asyncio.gather(first, chain())
        return order

    assert asyncio.run(main()) == ["pair-0", "chain", "pair-1", "pair-2"]


def test_a_chain_that_stops_waiting_holds_nobody_up() -> None:
    async def main() -> None:
        pool = Pool("key", 1)
        await pool.reserve()
        for cancel_after_wake in (True, False):
            waiting = [asyncio.create_task(pool.reserve()) for _ in range(2)]
            await asyncio.sleep(0)
            if cancel_after_wake:
                pool.give_back()  # wakes the first, which is gone before it can take the place
            waiting[0].cancel()
            if not cancel_after_wake:
                pool.give_back()
            async with asyncio.timeout(20):
                await waiting[1]
            assert waiting[0].cancelled() or waiting[0].cancelling()
            assert pool.active == 1

    asyncio.run(main())


def test_a_chain_waits_while_the_pool_is_shut() -> None:
    async def main() -> list[str]:
        pool = Pool("key", 4)
        events: list[str] = []
        asyncio.get_running_loop().call_later(0.02, events.append, "still shut")
        pool.close_for(0.05)
        await pool.reserve()
        return [*events, "open"]

    assert asyncio.run(main()) == ["still shut", "open"]
