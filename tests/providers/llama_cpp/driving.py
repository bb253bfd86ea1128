"""Asks providers on the tiny model, and looks after their workers."""

from __future__ import annotations

import asyncio
import gc
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from shortlist_providers import Generation, Message, Provider, ProviderContext, Request, Sampling, load_kind

Result = TypeVar("Result")

ONE_THREAD: Mapping[str, Any] = {"n_threads": 1, "n_threads_batch": 1, "n_ctx": 2048}

NESTED: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 3, "maxLength": 20},
        "level": {"enum": ["junior", "mid", "señor", "staff 🚀"]},
        "years": {"type": "integer", "minimum": 3, "maximum": 50},
        "score": {"type": "number", "minimum": 0, "maximum": 1, "multipleOf": 0.25},
        "ended": {"type": ["string", "null"], "maxLength": 6},
        "roles": {
            "type": "array",
            "minItems": 1,
            "maxItems": 3,
            "items": {
                "type": "object",
                "properties": {
                    "company": {"type": "string", "maxLength": 16},
                    "start_year": {"type": "integer", "minimum": 1990, "maximum": 2030},
                    "highlights": {"type": "array", "maxItems": 2, "items": {"type": "string", "maxLength": 12}},
                },
                "required": ["company", "start_year", "highlights"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["name", "level", "years", "score", "ended", "roles"],
    "additionalProperties": False,
}


def asked(prompt: str = "Hello", *, schema: Mapping[str, Any] | None = None, **sampling: Any) -> Request:
    """A request; greedy and of 40 tokens, unless `sampling` says otherwise."""
    settings = Sampling(**{"temperature": 0.0, "max_tokens": 40, **sampling})
    return Request("t@1/p/a/0", (Message("user", prompt),), settings, "t@1", schema=schema)


def built(gguf: Path | str, *, base: Path = Path(), **settings: Any) -> Provider:
    """A provider that has not been started."""
    kind = load_kind("llama_cpp")
    context = ProviderContext(clock=time.monotonic, sleep=asyncio.sleep, base_dir=base)
    return kind(kind.Config(**{"kind": "llama_cpp", "model_path": str(gguf), **ONE_THREAD, **settings}), context)


@asynccontextmanager
async def running(gguf: Path | str, **settings: Any) -> AsyncIterator[Provider]:
    """A started provider."""
    provider = built(gguf, **settings)
    try:
        await provider.startup()
        yield provider
    finally:
        await provider.shutdown()


def using(
    gguf: Path | str, work: Callable[[Provider], Awaitable[Result]], *, factory: Any = None, **settings: Any
) -> Result:
    """Does `work` with a started provider, on a loop that complains; afterwards no worker is left."""
    before = children()

    async def main() -> Result:
        async with running(gguf, **settings) as provider:
            return await work(provider)

    with asyncio.Runner(debug=True, loop_factory=factory) as loop:
        result = loop.run(main())
    gc.collect()
    assert children() == before
    return result


def ask(gguf: Path | str, *requests: Request, **settings: Any) -> list[Generation]:
    """Asks one after another."""

    async def work(provider: Provider) -> list[Generation]:
        return [await provider.generate(request) for request in requests]

    return using(gguf, work, **settings)


def text_of(generation: Generation) -> str:
    """What a generation that went well, or was cut, holds."""
    assert generation.failure is None or generation.failure.kind == "truncated", generation.failure
    assert generation.text is not None
    return generation.text


_others: set[int] = set()
"""What other tests of this session have started and keep, such as servers."""


def begin() -> None:
    """From now on, `children` leaves out what this process has started before."""
    _others.clear()
    _others.update(children())


def children(of: int | None = None) -> set[int]:
    """The processes that a process has started and that are still there; of our own, those since `begin`."""
    tasks = Path(f"/proc/{of or os.getpid()}/task")
    there = {int(pid) for task in tasks.glob("*") for pid in (task / "children").read_text().split() if alive(int(pid))}
    return there if of else there - _others


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and was only not yet collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False
