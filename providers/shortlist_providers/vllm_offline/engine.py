"""The worker process, as the provider sees it: started, asked, told to drop, ended."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any

import orjson

from shortlist_providers.errors import ProviderUnavailable
from shortlist_providers.wire.failures import bounded

_LONGEST_LINE = 64 * 1024 * 1024
_TAIL_BYTES = 16 * 1024
_TAIL_CHARS = 400
_LONGEST_REASON = 1000
_SHUTDOWN_SECONDS = 7.0
"""An engine ends in 1 to 5 s. The runner waits for 10."""
_AN_ERROR = re.compile(r"\b\w*(?:Error|Exception)\b.*: ")

Reply = Mapping[str, Any]
Sink = Callable[[Reply], None]
"""Takes the one reply to an ask; `{"lost": why}` where the engine died, with `late` where it was dead before."""


class Engine:
    """One worker. Belongs to the event loop that started it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._sinks: dict[int, Sink] = {}
        self._ids = count()
        self._tail = bytearray()
        self._ready: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._tasks = [asyncio.create_task(self._hear())]
        if process.stderr is not None:
            self._tasks.append(asyncio.create_task(self._keep_tail(process.stderr)))
        self.lost: str | None = None
        """Why the engine died, if it did."""

    @classmethod
    async def start(cls, quiet: bool) -> Engine:
        """Starts the process; `load` makes it an engine. `quiet` keeps what it prints for a failure's message."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "shortlist_providers.vllm_offline.worker"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE if quiet else None,
            limit=_LONGEST_LINE,
            start_new_session=True,  # Ctrl-C is ours to hear; and one signal reaches all that vLLM starts
        )
        return cls(process)

    async def load(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Loads the model and returns the engine's facts.

        Raises:
            ProviderUnavailable: vLLM cannot.
        """
        self._say({"load": arguments})
        reply = await asyncio.shield(self._ready)  # whoever gives up waiting leaves it unknown, for `stop`
        if "ready" not in reply:
            why = " ".join(f"{reply.get('failed') or reply.get('lost')}{self._last_words()}".split())
            model = arguments["arguments"]["model"]
            raise ProviderUnavailable(f"vLLM cannot load {model!r}: {bounded(why, _LONGEST_REASON)}")
        facts: Mapping[str, Any] = reply["ready"]
        return facts

    def ask(self, request: Mapping[str, Any], sink: Sink) -> int:
        """Hands in a request; `sink` is called once, with the reply. Returns the number to `drop` it by."""
        number = next(self._ids)
        if self.lost is not None:
            sink({"lost": self.lost, "late": True})
            return number
        self._sinks[number] = sink
        self._say({"ask": number, **request})
        return number

    async def drain(self) -> None:
        """Waits while the process is behind with reading what it was asked."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # `_hear` knows why
            await self._process.stdin.drain()

    def drop(self, numbers: Sequence[int]) -> None:
        """Abandons requests; those that have been replied to are passed over."""
        dropped = [number for number in numbers if self._sinks.pop(number, None) is not None]
        if dropped and self.lost is None:
            self._say({"drop": dropped})

    async def stop(self) -> None:
        """Ends the process and everything that it started: kindly where it has loaded, else at once."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            if self._ready.done():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(asyncio.shield(self._process.wait()), _SHUTDOWN_SECONDS)
        finally:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _say(self, message: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(_line(message))

    async def _hear(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            reply = orjson.loads(line)
            if "answer" in reply:
                sink = self._sinks.pop(reply["answer"], None)
                if sink is not None:
                    sink(reply)
            elif "lost" in reply:
                self._mourn(reply["lost"])
            elif not self._ready.done():
                self._ready.set_result(reply)
        code = await self._process.wait()
        self._mourn(f"its process was killed by signal {-code}" if code < 0 else f"its process ended with {code}")

    def _mourn(self, why: str) -> None:
        if self.lost is None:
            self.lost = why
        if not self._ready.done():
            self._ready.set_result({"lost": why})
        sinks = list(self._sinks.values())
        self._sinks.clear()
        for sink in sinks:
            sink({"lost": self.lost})

    async def _keep_tail(self, stream: asyncio.StreamReader) -> None:
        while piece := await stream.read(65_536):
            self._tail += piece
            del self._tail[:-_TAIL_BYTES]

    def _last_words(self) -> str:
        """The last line of what the process printed that tells of an error."""
        lines = [line.strip() for line in self._tail.decode("utf-8", "replace").splitlines() if line.strip()]
        told = next((line for line in reversed(lines) if _AN_ERROR.search(line)), "")
        return f" ({told[-_TAIL_CHARS:]})" if told else ""


def _line(message: Mapping[str, Any]) -> bytes:
    return orjson.dumps(message, option=orjson.OPT_APPEND_NEWLINE, default=dict)
