"""A worker process, as the provider sees it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import IO, Any

from shortlist_providers.llama_cpp import protocol
from shortlist_providers.llama_cpp.protocol import Job, Output, Settings

_COMMAND = ("-P", "-m", "shortlist_providers.llama_cpp.worker")
"""Without the working directory on the path: a folder there may be called as one of the engine's modules is."""
_MOMENT = 2.0
"""Seconds between the end of a process's output and its own."""
_TAIL_BYTES = 4096
_TAIL_LINES = 4


class WorkerDied(Exception):
    """The process ended, which it does only when llama.cpp crashes or somebody ends it."""


class LoadFailed(Exception):
    """The worker says why it cannot load the model."""


class JobFailed(Exception):
    """The worker says why it cannot do a job."""

    def __init__(self, message: str, *, permanent: bool) -> None:
        self.permanent = permanent
        super().__init__(message)


class Worker:
    """One process with the model loaded; does one job at a time."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._process: Process | None = None
        self._log: IO[bytes] | None = None
        self._loaded = False
        self._busy_with: int | None = None

    @property
    def running(self) -> bool:
        """Whether there is a process, as far as is known."""
        return self._process is not None

    async def start(self) -> Mapping[str, Any]:
        """Starts the process and loads the model; returns what the engine says of itself. Cancelled, needs `settle`.

        Raises:
            LoadFailed: the model cannot be loaded.
            WorkerDied: llama.cpp crashed over it.
        """
        self._loaded = False
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `end`
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            *_COMMAND,
            stdin=PIPE,
            stdout=PIPE,
            stderr=self._log,
            start_new_session=True,  # Ctrl-C in a terminal is for the runner, which then ends us in order
        )
        await self._send(protocol.frame("settings", self._settings))
        kind, content = await self._receive()
        if kind == "ready":
            self._loaded = True
            facts: Mapping[str, Any] = content
            return facts
        said = self._last_lines()
        await self.end()
        raise LoadFailed(f"{content} ({said})" if said else content)

    async def do(self, job: Job, on_first: Callable[[], None]) -> Output:
        """Does a job; calls `on_first` when the first token is there. Once cancelled, needs `settle`.

        Raises:
            JobFailed: it cannot be done.
            WorkerDied: the process ended over it.
        """
        self._busy_with = job.number
        await self._send(protocol.frame("job", job))
        while True:
            kind, content = await self._receive()
            if kind == "first":
                on_first()
                continue
            self._busy_with = None
            if kind == "done":
                return Output(**content)
            raise JobFailed(content["message"], permanent=content["permanent"])

    async def settle(self, patience: float) -> None:
        """Stops the job that was abandoned; ends the process where that takes longer than `patience` seconds.

        A process that was abandoned while it loaded is ended, too: nothing stops it there.
        """
        if self._process is not None and not self._loaded:
            await self.end()
        if self._process is None or self._busy_with is None:
            return
        try:
            async with asyncio.timeout(patience):
                await self._send(protocol.frame("cancel", self._busy_with))
                while (await self._receive())[0] == "first":
                    pass
        except TimeoutError:
            await self.end(patience=0)
        except WorkerDied:
            pass
        self._busy_with = None

    async def end(self, patience: float = 0.0) -> None:
        """Ends the process: asked to, and after `patience` seconds made to. May be called twice."""
        process, self._process = self._process, None
        log, self._log = self._log, None
        self._busy_with = None
        if process is not None:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.close()  # upon which it ends itself
            if patience > 0:
                with suppress(TimeoutError):
                    await asyncio.wait_for(process.wait(), patience)
            await _killed(process)
            await process.stdout.read()  # to its end, which is what closes our side of it
            with suppress(OSError):
                await process.stdin.wait_closed()
        if log is not None:
            log.close()

    async def _send(self, frame: bytes) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(frame)
            await self._process.stdin.drain()
        except OSError:
            raise await self._death() from None

    async def _receive(self) -> tuple[str, Any]:
        assert self._process is not None
        assert self._process.stdout is not None
        try:
            header = await self._process.stdout.readexactly(protocol.HEADER_BYTES)
            length = protocol.body_length(header)
            if length > protocol.MOST_BYTES:  # something printed before the worker could put its pipes away
                await self.end()
                raise WorkerDied(f"the worker process printed {header!r} where a message was due")
            body = await self._process.stdout.readexactly(length)
        except (asyncio.IncompleteReadError, OSError):
            raise await self._death() from None
        return protocol.content_of(body)

    async def _death(self) -> WorkerDied:
        """How the process ended; clears it away."""
        process = self._process
        assert process is not None
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), _MOMENT)
        status = await _killed(process)  # where it has closed its pipes and goes on
        said = self._last_lines()
        await self.end()
        return WorkerDied(f"the worker process {_ending(status)}" + (f"; its last words: {said}" if said else ""))

    def _last_lines(self) -> str:
        if self._log is None:
            return ""
        size = self._log.seek(0, 2)
        self._log.seek(max(0, size - _TAIL_BYTES))
        lines = [line.strip() for line in self._log.read().decode("utf-8", "replace").splitlines() if line.strip()]
        return " | ".join(lines[-_TAIL_LINES:])


async def _killed(process: Process) -> int:
    """Ends a process that has not ended; returns its status."""
    if process.returncode is None:
        # Not by `process.kill`, which first looks whether the process has ended, and then takes its status away from
        # the event loop, which would have to make one up.
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
    return await process.wait()


def _ending(status: int) -> str:
    if status >= 0:
        return f"ended by itself (exit code {status})"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    if name == "SIGKILL":
        return (
            "was killed (SIGKILL), as a system does that runs out of memory: fewer slots or a smaller n_ctx need less"
        )
    return f"crashed ({name})"
