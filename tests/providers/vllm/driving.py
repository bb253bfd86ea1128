"""Starts vLLM, as a server and offline, on the tiny model."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from shortlist_providers import (
    Generation,
    Message,
    Provider,
    ProviderContext,
    Request,
    Sampling,
    WholeBatchProvider,
)
from shortlist_providers.vllm import Vllm, VllmConfig
from shortlist_providers.vllm_offline import VllmOffline, VllmOfflineConfig
from support.tiny_model import TinyModel

T = TypeVar("T")

ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",
    "OMP_NUM_THREADS": "1",
    "VLLM_CPU_KVCACHE_SPACE": "1",  # GiB; a tenth of the machine's memory is taken otherwise
    "VLLM_NO_USAGE_STATS": "1",
}
_UP_SECONDS = 240.0


@dataclass(frozen=True, slots=True)
class VllmServer:
    """A server in a process group of its own."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def kill(self) -> None:
        """Ends it and its engine at once, as the kernel does where memory runs out."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)

    def stop(self) -> None:
        """Ends it as `docker stop` does."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()


def start_server(tiny: TinyModel, folder: Path) -> VllmServer:
    """A server of the tiny model and its adapter, as `vllm serve` would start it, and its port when it is up.

    `-P` since the checkout's `datasets/` would hide Hugging Face's package of that name.
    """
    with socket.create_server(("127.0.0.1", 0)) as held:
        port: int = held.getsockname()[1]
    command = [
        *(sys.executable, "-P", "-m", "vllm.entrypoints.openai.api_server", "--model", str(tiny.hf)),
        *("--served-model-name", "tiny", "--host", "127.0.0.1", "--port", str(port)),
        *("--dtype", "float32", "--enforce-eager", "--gpu-memory-utilization", "0.2"),
        *("--enable-lora", "--lora-modules", f"adapter={tiny.lora}", "--enable-prompt-tokens-details"),
        *("--structured-outputs-config", '{"backend": "guidance", "disable_any_whitespace": true}'),
    ]
    log = folder / f"vllm-{port}.log"
    environment = {**os.environ, **ENVIRONMENT, "PYTHONSAFEPATH": "1", "VLLM_SERVER_DEV_MODE": "1"}
    with log.open("wb") as out:
        process = subprocess.Popen(
            command,
            stdout=out,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )
    server = VllmServer(f"http://127.0.0.1:{port}", process, log)
    until = time.monotonic() + _UP_SECONDS

    async def up() -> bool:
        probe = served(server)
        await probe.startup()
        try:
            return (await probe.health()).ok
        finally:
            await probe.shutdown()

    try:
        while process.poll() is None and time.monotonic() < until:
            if asyncio.run(up()):
                return server
            time.sleep(0.5)
    except BaseException:  # Ctrl-C while it loads must not leave it behind
        server.kill()
        raise
    server.stop()
    raise RuntimeError(f"vLLM is not up: {log.read_text(errors='replace')[-3000:]}")


def context(base_dir: Path = Path(), environment: Mapping[str, str] | None = None) -> ProviderContext:
    return ProviderContext(time.perf_counter, asyncio.sleep, environment or {}, base_dir)


def served(server: VllmServer, model: str = "tiny", **settings: Any) -> Vllm:
    """The `vllm` kind at `server`."""
    return Vllm(VllmConfig(base_url=f"{server.url}/v1", model=model, **settings), context())


def offline(tiny: TinyModel, **settings: Any) -> VllmOffline:
    """The `vllm_offline` kind with the tiny model, which lies in the suite's folder."""
    small: dict[str, Any] = {"dtype": "float32", "enforce_eager": True, "gpu_memory_utilization": 0.2}
    config = VllmOfflineConfig(**{"model": tiny.hf.name, **small, **settings})
    return VllmOffline(config, context(tiny.hf.parent))


class Alongside:
    """An event loop in a thread, for providers that outlive a test."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()

    def __call__(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(240)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@dataclass(frozen=True, slots=True)
class OfflineEngine:
    """A loaded engine and the loop that it lives on."""

    provider: VllmOffline
    run: Alongside

    def one(self, request: Request) -> Generation:
        return self.run(self.provider.generate(request))

    def all(self, requests: list[Request]) -> dict[str, Generation]:
        return self.run(collected(self.provider, requests))


async def collected(provider: WholeBatchProvider, requests: list[Request]) -> dict[str, Generation]:
    """All answers, in the order in which they came."""
    return {key: generation async for key, generation in provider.generate_all(requests)}


@asynccontextmanager
async def running(provider: Provider) -> AsyncIterator[Provider]:
    """Starts the provider and shuts it down."""
    try:
        await provider.startup()
        yield provider
    finally:
        await provider.shutdown()


WORDS = ("Résumé 🎉", "job description", "nurse", "electrician", "accountant", "2026", "skills", "日本語")


def asked(prompt: str = "Hello", **sampling: Any) -> Request:
    """A request for plain text at temperature 0 under a key of its own."""
    return constrained(None, prompt, **sampling)


def constrained(schema: Mapping[str, Any] | None, prompt: str = "Hello", **sampling: Any) -> Request:
    """The same, held to a schema."""
    chosen = Sampling(**{"temperature": 0.0, "max_tokens": 48, "seed": 1, **sampling})
    messages = (Message("system", "Answer."), Message("user", prompt))
    return Request(f"task@1/{next(_NUMBERS)}/candidate/0", messages, chosen, "task@1", schema=schema)


_NUMBERS = count()

# Room for what a random model makes of it: short strings, few items, ranges on every number.
NESTED: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 12},
        "score": {"type": "integer", "minimum": 0, "maximum": 100},
        "level": {"enum": ["junior", "senior", None]},
        "roles": {
            "type": "array",
            "minItems": 1,
            "maxItems": 2,
            "items": {
                "type": "object",
                "properties": {
                    "company": {"type": "string", "minLength": 1, "maxLength": 10},
                    "years": {"type": "integer", "minimum": 1, "maximum": 40},
                    "bullets": {"type": "array", "maxItems": 2, "items": {"type": "string", "maxLength": 10}},
                },
                "required": ["company", "years", "bullets"],
                "additionalProperties": False,
            },
        },
        "radar": {
            "type": "object",
            "properties": {"technical": {"type": "integer", "minimum": 10, "maximum": 20}},
            "required": ["technical"],
            "additionalProperties": False,
        },
    },
    "required": ["name", "score", "level", "roles", "radar"],
    "additionalProperties": False,
}


def processes(of_group: int) -> set[int]:
    """The living processes of a process group."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, _, group = (folder / "stat").read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(group) == of_group and state != "Z":
            found.add(int(folder.name))
    return found


def workers(parent: int) -> set[int]:
    """The workers that `parent` has started, which lead groups of their own."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            mother = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if mother == parent and b"shortlist_providers.vllm_offline.worker" in command:
            found.add(int(folder.name))
    return found
