"""Real model servers as processes of their own, on loopback, with the tiny model."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from shortlist_providers.openai_compatible.presets import ServerName
from support.tiny_model import TinyModel

SECONDS_TO_START = 120
CONTEXT = 1024
"""Tokens of context of llama-cpp-python's server."""


@dataclass(frozen=True, slots=True)
class ModelServer:
    """A server that answers."""

    name: ServerName
    """The preset that describes it."""
    url: str
    model: str
    log: Path


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


@contextmanager
def serving(name: ServerName, tiny: TinyModel, folder: Path) -> Iterator[ModelServer]:
    """Starts the server of this preset, and ends it and its children, whatever happens."""
    port = free_port()
    command, model = _command(name, tiny, port)
    cache = folder / "cache"
    cache.mkdir()
    log = folder / "server.log"
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HUB_CACHE": str(cache), "OMP_NUM_THREADS": "1"}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, env=environment, start_new_session=True, cwd=folder
        )
    try:
        server = ModelServer(name, f"http://127.0.0.1:{port}", model, log)
        _wait(process, server)
        yield server
    finally:
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(5)


def _command(name: ServerName, tiny: TinyModel, port: int) -> tuple[Sequence[str], str]:
    where = ["--host", "127.0.0.1", "--port", str(port)]
    if name == "llama_cpp_python":
        options = ["--model", str(tiny.gguf), "--n_ctx", str(CONTEXT), "--n_threads", "1", "--n_threads_batch", "1"]
        return [sys.executable, "-m", "llama_cpp.server", *options, *where], "any-name"
    if name == "mlx":
        return [sys.executable, "-m", "mlx_lm.server", "--model", str(tiny.hf), *where], str(tiny.hf.resolve())
    script = Path(sys.executable).with_name("transformers")
    return [str(script), "serve", str(tiny.hf), "--device", "cpu", *where], str(tiny.hf)


def _wait(process: subprocess.Popen[bytes], server: ModelServer) -> None:
    until = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            with urllib.request.urlopen(f"{server.url}/v1/models", timeout=5) as answer:
                answer.read()
            return
        time.sleep(0.1)
    raise RuntimeError(f"{server.name} did not start:\n{server.log.read_text('utf-8', 'replace')[-3000:]}")
