"""Real model servers, started once a session on free ports and stopped by their process."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

_UP_SECONDS = 180.0


@dataclass(frozen=True, slots=True)
class Serving:
    """A server that is up."""

    url: str
    """`http://127.0.0.1:port`."""
    process: subprocess.Popen[bytes]

    def kill(self) -> None:
        """Ends it and what it has started at once, as the kernel does where memory runs out."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        port: int = held.getsockname()[1]
        return port


def serve(command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None) -> Serving:
    """Starts `command`, in which PORT stands for the port, and waits until it answers GET /v1/models.

    Raises:
        RuntimeError: it ended, or is not up after three minutes; says what it wrote.
    """
    port = free_port()
    with log.open("wb") as out:
        process = subprocess.Popen(
            [part.replace("PORT", str(port)) for part in command],
            stdout=out,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # a group of its own, to be ended whole
            env={**os.environ, **(environment or {})},
        )
    url = f"http://127.0.0.1:{port}"
    until = time.monotonic() + _UP_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/v1/models", timeout=5):
                return Serving(url, process)
        except urllib.error.HTTPError as answered:  # 401: it wants a key, so it is up
            answered.close()
            return Serving(url, process)
        except OSError:
            time.sleep(0.1)
    Serving(url, process).kill()
    raise RuntimeError(f"{command[:3]} is not up: {log.read_text(errors='replace')[-2000:]}")


class Servers:
    """Servers by name. A context manager that stops what it has started."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._up: dict[str, Serving] = {}
        self._started: list[Serving] = []

    def get(self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None) -> Serving:
        """The server of that name; started if it is not up yet."""
        serving = self._up.get(name)
        if serving is None or serving.process.poll() is not None:
            serving = self._up[name] = self.fresh(name, command, environment)
        return serving

    def fresh(self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None) -> Serving:
        """A server of its own, for a test that ends it."""
        log = self._folder / f"{name}-{len(self._started)}.log"
        serving = serve(command, log, environment)
        self._started.append(serving)
        return serving

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for serving in self._started:
            if serving.process.poll() is None:
                serving.process.terminate()
        for serving in self._started:
            try:
                serving.process.wait(10)
            except subprocess.TimeoutExpired:
                serving.kill()
