"""Drives the batch interface of the kind `openai` against a scripted server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from shortlist_providers import BatchState, DeferredBatchProvider, Generation, Request, Ticket
from support.openai_batches import BatchServer
from support.providers import build, request, started

Out = TypeVar("Out")


def wishes(*prompts: str) -> list[Request]:
    return [request(prompt, key=f"task@1/{prompt}/candidate/0") for prompt in prompts]


def using(server: BatchServer | str, what: Callable[[DeferredBatchProvider], Awaitable[Out]], **settings: Any) -> Out:
    """What `what` makes of a started provider in batch mode."""

    async def once() -> Out:
        url = server if isinstance(server, str) else server.url
        async with started(build("openai", url, **{"mode": "batch", **settings})) as provider:
            assert isinstance(provider, DeferredBatchProvider)
            return await what(provider)

    return asyncio.run(once())


async def collected(
    provider: DeferredBatchProvider, ticket: Ticket, wanted: Sequence[Request]
) -> dict[str, Generation]:
    found: dict[str, Generation] = {}
    async for key, generation in provider.collect(ticket, wanted):
        assert key not in found, "each key at most once"
        found[key.split("/")[1]] = generation
    return found


async def handed_in(provider: DeferredBatchProvider, requests: Sequence[Request]) -> Ticket:
    ticket = await provider.submit(requests)
    assert isinstance(ticket, Ticket), ticket
    return ticket


async def ended(provider: DeferredBatchProvider, ticket: Ticket) -> list[str]:
    """The states on the way to the end."""
    seen = []
    for _ in range(20):
        state = await provider.poll(ticket)
        assert isinstance(state, BatchState), state
        seen.append(state.detail)
        if state.ended:
            break
    return seen


def whole_way(server: BatchServer, requests: Sequence[Request], **settings: Any) -> dict[str, Generation]:
    async def go(provider: DeferredBatchProvider) -> dict[str, Generation]:
        ticket = await handed_in(provider, requests)
        await ended(provider, ticket)
        return await collected(provider, ticket, requests)

    return using(server, go, **settings)


def kinds_of(found: dict[str, Generation]) -> dict[str, Any]:
    return {name: generation.failure and generation.failure.kind for name, generation in found.items()}
