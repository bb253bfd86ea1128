"""How long a server that scales to zero takes to wake, told apart from how long it takes to answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from shortlist_providers.types import Failure, FailureKind, Generation, Message, Request, Sampling

_REQUEST = Request(
    key="warm-up", messages=(Message("user", "Say OK."),), sampling=Sampling(max_tokens=1), task="warm-up"
)
_ANSWERED = frozenset({FailureKind.TRUNCATED, FailureKind.REFUSED})


@dataclass(frozen=True, slots=True)
class WarmUp:
    """What waking the server brought."""

    awake: bool
    failure: Failure | None = None
    facts: dict[str, Any] = field(default_factory=dict)


async def measure(generate: Callable[[Request], Awaitable[Generation]], limit: float) -> WarmUp:
    """Asks twice for one token. The first request also waits for the server; the second tells what a request takes.

    Args:
        generate: makes one attempt.
        limit: seconds that each of the two may take.
    """
    first = await _seconds(generate, limit)
    if isinstance(first, Failure):
        return WarmUp(awake=False, failure=first, facts={"cold_start_failure": first.message})
    second = await _seconds(generate, limit)
    if isinstance(second, Failure):  # it is awake; how long it took cannot be told from one request
        return WarmUp(awake=True, facts={"first_request_seconds": first, "cold_start_failure": second.message})
    return WarmUp(
        awake=True,
        facts={
            "cold_start_seconds": round(max(first - second, 0.0), 3),
            "first_request_seconds": round(first, 3),
            "warm_request_seconds": round(second, 3),
        },
    )


async def _seconds(generate: Callable[[Request], Awaitable[Generation]], limit: float) -> float | Failure:
    try:
        async with asyncio.timeout(limit):
            generation = await generate(_REQUEST)
    except TimeoutError:
        return Failure(FailureKind.TIMEOUT, f"no answer within {limit:g} s")
    if generation.failure is not None and generation.failure.kind not in _ANSWERED:
        return generation.failure
    return generation.timings.last_token - generation.timings.sent
