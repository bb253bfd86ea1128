"""Starts a provider against a scripted server and asks it once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from shortlist_providers import Generation, Message, Provider, ProviderContext, Request, Sampling, load_kind
from support.scripted_server import ScriptedServer

KEY_NAME = "A_TEST_KEY"
KEY = "sk-0123456789-do-not-show"

SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {"answer": {"type": "string"}},
    "required": ["answer"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True)
class Variant:
    """A way of asking a kind that has code of its own."""

    kind: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    streams: bool = False

    @property
    def chats(self) -> bool:
        """Whether it speaks chat completions."""
        return self.kind in ("openai_compatible", "openai", "vllm")


VARIANTS = {
    "openai_compatible": Variant("openai_compatible", {"stream": False}),
    "openai_compatible-stream": Variant("openai_compatible", {"stream": True}, streams=True),
    "vllm": Variant("vllm", {"stream": False}),
    "vllm-stream": Variant("vllm", {"stream": True}, streams=True),
    "custom_http": Variant("custom_http", {"endpoint": "generate"}),
    "custom_http-structured": Variant("custom_http", {"endpoint": "structured_generate"}),
    "openai": Variant("openai", {"stream": False}),
    "openai-stream": Variant("openai", {"stream": True}, streams=True),
    "claude": Variant("claude", {"stream": False}),
    "claude-stream": Variant("claude", {"stream": True}, streams=True),
    "claude-tool": Variant("claude", {"structured": "tool"}),
    "claude-tool-stream": Variant("claude", {"structured": "tool", "stream": True}, streams=True),
}


def request(prompt: str = "Hello", key: str = "task@1/pair-1/candidate/0", **changes: Any) -> Request:
    """A request with the small schema, unless `schema` says otherwise."""
    sampling = Sampling(**{"temperature": 0.0, "max_tokens": 100, **changes.pop("sampling", {})})
    options: dict[str, Any] = {"schema": SCHEMA, **changes}
    messages = (Message("system", "Answer."), Message("user", prompt))
    return Request(key=key, messages=messages, sampling=sampling, task="task@1", **options)


def context(**environment: str) -> ProviderContext:
    """A context with real time and a key in its environment."""
    return ProviderContext(clock=time.monotonic, sleep=asyncio.sleep, environment={KEY_NAME: KEY, **environment})


def build(kind: str, url: str, **settings: Any) -> Provider:
    """A provider of `kind` at the server's root `url`, with a key."""
    provider = load_kind(kind)
    base = url if kind in ("custom_http", "claude") else f"{url}/v1"
    raw: dict[str, Any] = {"kind": kind, "base_url": base, "api_key_env": KEY_NAME, "model": "scripted", **settings}
    return provider(provider.Config(**raw), context())


@asynccontextmanager
async def started(provider: Provider) -> AsyncIterator[Provider]:
    """Starts the provider as a run does, and shuts it down."""
    await provider.startup()
    try:
        await provider.warm_up()
        yield provider
    finally:
        await provider.shutdown()


def ask(variant: Variant, server: ScriptedServer | str, asked: Request | None = None, **settings: Any) -> Generation:
    """One attempt, from startup to shutdown."""
    url = server if isinstance(server, str) else server.url

    async def once() -> Generation:
        async with started(build(variant.kind, url, **{**variant.settings, **settings})) as provider:
            return await provider.generate(asked or request())

    return asyncio.run(once())
