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
