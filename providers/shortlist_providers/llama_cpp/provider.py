"""The kind `llama_cpp`: slots of worker processes, timings, what a failure means."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from itertools import count
from typing import Any, ClassVar

import orjson

from shortlist_providers.base import Capabilities, Health, Provider, ProviderContext
from shortlist_providers.errors import ProviderUnavailable
from shortlist_providers.llama_cpp.config import LlamaCppConfig
from shortlist_providers.llama_cpp.process import JobFailed, LoadFailed, Worker, WorkerDied
from shortlist_providers.llama_cpp.protocol import Job, Output, Settings
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
from shortlist_providers.wire.decode import sound

_PATIENCE = 2.0
"""Seconds that a worker has to drop a generation that was given up, or to end, before it is killed."""


class LlamaCpp(Provider):
    """A GGUF model, loaded once in each slot and kept.

    An output's tokens are counted without the token that ends it, as llama-cpp-python counts them.
    """

    Config: ClassVar[type[LlamaCppConfig]] = LlamaCppConfig
    capabilities = Capabilities(structured_output=True, streaming=True, seeds=True)
    extra = "llama"
    requires = ("llama_cpp", "llguidance")

    def __init__(self, config: LlamaCppConfig, context: ProviderContext) -> None:
        super().__init__(config, context)
        self.settings = config
        self._path = (context.base_dir / config.model_path).absolute()
        self._facts: Mapping[str, Any] | None = None
        self._workers: list[Worker] = []
        self._idle: asyncio.Queue[Worker] = asyncio.Queue()
        self._settling: set[asyncio.Task[None]] = set()
        self._numbers = count()

    @property
    def pool_key(self) -> str:
        """The model's file: two providers with the same model share this machine's processors."""
        return f"llama_cpp:{self._path}"

    async def startup(self) -> None:
        """Loads the model in every slot. Raises `ProviderUnavailable` where it does not load."""
        self._idle = asyncio.Queue()
        self._workers = [Worker(self._worker_settings()) for _ in range(self.settings.slots)]
        try:
            first, *others = self._workers
            facts = await first.start()  # alone, so that a file that does not load is read once
            await asyncio.gather(*(worker.start() for worker in others))
        except (LoadFailed, WorkerDied) as failed:
            raise ProviderUnavailable(f"llama_cpp: {failed}") from None
        for worker in self._workers:
            self._idle.put_nowait(worker)
        self._facts = facts

    async def health(self) -> Health:
        """What the engine said of itself and of the model when it was loaded."""
        facts = self._started()
        detail = f"llama-cpp-python {facts['llama_cpp_python']} has loaded {self._path.name} ({facts['model']})"
        return Health(ok=True, detail=detail, facts=facts)

    async def generate(self, request: Request) -> Generation:
        """One generation, in the first slot that is free. Waiting for a slot is no latency: the slot's time counts."""
        self._started()
        worker = await self._idle.get()
        try:
            generation = await self._attempt(worker, request)
        except BaseException:
            # The slot is free when its worker has let go of this, which the runner need not wait for.
            settling = asyncio.create_task(self._settle(worker))
            self._settling.add(settling)
            settling.add_done_callback(self._settling.discard)
            raise
        self._idle.put_nowait(worker)
        return generation

    async def shutdown(self) -> None:
        """Ends the workers."""
        self._facts = None
        for settling in list(self._settling):
            settling.cancel()
        await asyncio.gather(*self._settling, return_exceptions=True)
        workers, self._workers = self._workers, []
        await asyncio.gather(*(worker.end(_PATIENCE) for worker in workers))

    def _started(self) -> Mapping[str, Any]:
        if self._facts is None:
            raise ProviderUnavailable("llama_cpp: it has not been started, or has been shut down")
        return self._facts

    async def _settle(self, worker: Worker) -> None:
        await worker.settle(_PATIENCE)
        self._idle.put_nowait(worker)

    async def _attempt(self, worker: Worker, request: Request) -> Generation:
        sent = self.context.clock()
        first: float | None = None

        def on_first() -> None:
            nonlocal first
            first = self.context.clock()

        def failed(kind: FailureKind, message: str, scope: FailureScope = FailureScope.REQUEST) -> Generation:
            timings = Timings(sent, first, self.context.clock())
            return Generation(text=None, timings=timings, failure=Failure(kind, message, scope))

        try:
            job = self._job(request)
            if not worker.running:  # it died over an earlier request; loading again is no latency of this one
                await worker.start()
                sent = self.context.clock()
            output = await worker.do(job, on_first)
        except TypeError as wrong:
            return failed(FailureKind.PERMANENT, f"the request cannot be written as JSON: {wrong}")
        except LoadFailed as gone:
            message = f"the model cannot be loaded again: {gone}"
            return failed(FailureKind.TRANSIENT, message, FailureScope.PROVIDER)
        except JobFailed as refused:
            return failed(FailureKind.PERMANENT if refused.permanent else FailureKind.TRANSIENT, str(refused))
        except WorkerDied as died:
            # Most often memory ran out or somebody killed it, and another attempt is answered. Where the request itself
            # is what llama.cpp crashes over, the runner's retries end it: each has a fresh process.
            return failed(FailureKind.TRANSIENT, str(died))
        return self._generation(output, Timings(sent, first, self.context.clock()))

    def _job(self, request: Request) -> Job:
        sampling, schema = request.sampling, request.schema
        return Job(
            number=next(self._numbers),
            messages=tuple((message.role, sound(message.content)) for message in request.messages),
            max_tokens=sampling.max_tokens,
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            seed=sampling.seed,
            stop=sampling.stop,
            schema=None if schema is None else orjson.dumps(schema, default=dict).decode(),
        )

    def _generation(self, output: Output, timings: Timings) -> Generation:
        usage = Usage(
            input=output.prompt_tokens - output.cached_tokens,
            cached_read=output.cached_tokens,
            output=output.output_tokens,
        )
        failure = None
        if output.finish == "n_ctx":
            full = output.prompt_tokens + output.output_tokens
            why = f"cut after {output.output_tokens} tokens, when the context of {full} was full (n_ctx)"
            failure = Failure(FailureKind.TRUNCATED, why)
        elif output.finish == "max_tokens":
            failure = Failure(FailureKind.TRUNCATED, f"cut at max_tokens, after {output.output_tokens} tokens")
        return Generation(
            text=output.text,
            timings=timings,
            usage=usage,
            finish_reason=FinishReason.STOP if failure is None else FinishReason.LENGTH,
            model=self.settings.model_name(),
            failure=failure,
            unhonoured=tuple(output.unhonoured),
        )

    def _worker_settings(self) -> Settings:
        config, folder = self.settings, self.context.base_dir
        return Settings(
            model_path=str(self._path),
            lora=tuple((str((folder / lora.path).absolute()), lora.scale) for lora in config.lora),
            slots=config.slots,
            n_ctx=config.n_ctx,
            n_gpu_layers=config.n_gpu_layers,
            n_threads=config.n_threads,
            n_threads_batch=config.n_threads_batch,
            n_batch=config.n_batch,
            flash_attn=config.flash_attn,
            chat_format=config.chat_format,
            structured=config.structured,
            prompt_cache=config.prompt_cache,
        )
