"""Servers that a run starts: awaited until they are ready, and always stopped (`guard` does that part)."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TypeVar
from urllib.parse import urlsplit

from shortlist.run import guard
from shortlist_providers import Health, ProviderUnavailable
from shortlist_providers.launch import Launch
from shortlist_providers.wire.settings import origin

TAIL_LINES = 30
"""How much of its log is shown of a server that did not start."""
HEALTH_TIMEOUT = 10.0
"""Seconds that a server has to say how it is, each time it is asked."""
NEWS_EVERY = 30.0
"""Seconds between two notes while a server loads."""

_CONNECT_SECONDS = 2.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 2.0
_TAIL_BYTES = 64 * 1024
_TAIL_COLUMNS = 400
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_GUARD_GRACE = 10.0
"""Seconds that the guard has beyond the server's own, before the group is killed from here."""

IsReady = Callable[[], Awaitable[Health]]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class LaunchSite:
    """Where and how a server is started."""

    base_url: str
    """Where it will answer."""
    base_dir: Path
    """The suite's folder."""
    environment: Mapping[str, str]
    log_path: Path | None = None
    """Takes what the server prints; None: a temporary file, gone with the server."""
    scrub: Callable[[str], str] = str
    """Blacks out what must not be shown, in what is shown of the log."""
    note: Callable[[str], None] = lambda text: None
    """Is told what is being waited for."""


class Launched:
    """A server that was started and is ready."""

    def __init__(self, pid: int, load_seconds: float, log_path: Path, server: _Server) -> None:
        self.pid = pid
        """Of the command; also its process group's."""
        self.load_seconds = load_seconds
        """From the start of the command to the first time it was found ready: exact to 5%, or 0.25 s."""
        self.log_path = log_path
        self.base_url = server.base_url
        self._server = server

    def ended(self) -> str | None:
        """How the server ended, in a sentence with the end of its log, if it did so unasked; else None."""
        return self._server.ended()


@asynccontextmanager
async def launch(name: str, config: Launch, site: LaunchSite, is_ready: IsReady) -> AsyncIterator[Launched]:
    """Starts the server of the provider `name`, waits until `is_ready` says so, and stops it when the block ends.

    Raises:
        ProviderUnavailable: the command cannot be started, ended, or was not ready in time (each with the end of its
            log); or something else answers at its address already.
    """
    folder = site.base_dir / config.cwd
    if not hasattr(os, "killpg"):
        raise ProviderUnavailable("launch: needs Linux or macOS; start the server yourself, and leave launch: out")
    if not folder.is_dir():
        raise ProviderUnavailable(f"launch.cwd: there is no folder {folder}")
    await _refuse_taken(site.base_url)
    log_path = site.log_path or _temporary_log(name)
    log_path.parent.mkdir(parents=True, exist_ok=True)
    server = _Server(config, site, log_path)
    try:
        began = perf_counter()
        await server.start(folder)
        site.note(f"{name}: starts {config.command[0]} (process {server.pid}, log {log_path})")
        await _ready(name, server, is_ready, began)
        load_seconds = perf_counter() - began
        site.note(f"{name}: its server is ready after {load_seconds:.1f} s")
        yield Launched(server.pid, load_seconds, log_path, server)
    finally:
        await _to_the_end(server.stop())
        if site.log_path is None:
            log_path.unlink(missing_ok=True)


def scrubber(names: Iterable[str], environment: Mapping[str, str]) -> Callable[[str], str]:
    """Blacks out the values of these variables, longest first, since one may hold another."""
    values = sorted({environment.get(name, "").strip() for name in names} - {""}, key=len, reverse=True)

    def scrub(text: str) -> str:
        for value in values:
            text = text.replace(value, "[redacted]")
        return text

    return scrub


async def _refuse_taken(base_url: str) -> None:
    parts = urlsplit(origin(base_url))
    host, port = parts.hostname or "", parts.port
    try:
        async with asyncio.timeout(_CONNECT_SECONDS):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError):
        return
    writer.transport.abort()
    raise ProviderUnavailable(
        f"something answers at {origin(base_url)} already, and would be measured in place of the server that launch: "
        f"starts; find it with: lsof -nP -iTCP:{port} -sTCP:LISTEN, and stop it, or give another port in both base_url "
        "and the command, or leave launch: out to measure the server that is there"
    )


def _temporary_log(name: str) -> Path:
    descriptor, path = tempfile.mkstemp(prefix=f"shortlist-{name}-", suffix=".log")
    os.close(descriptor)
    return Path(path)


async def _to_the_end(ending: Awaitable[None]) -> None:
    """Waits for it, whoever cancels: the second Ctrl-C must not leave a server behind."""
    task = asyncio.ensure_future(ending)
    cancelled = False
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            cancelled = True
    task.result()
    if cancelled:
        raise asyncio.CancelledError


async def _ready(name: str, server: _Server, is_ready: IsReady, began: float) -> None:
    """Waits until the server says that it is ready. Raises `ProviderUnavailable` where it will not be."""
    told = began
    while True:
        left = server.config.ready_timeout - (perf_counter() - began)
        health = await server.while_alive(_ask(server, is_ready, min(HEALTH_TIMEOUT, max(left, _FIRST_PAUSE))))
        if health.ok:
            return
        now = perf_counter()
        if now - began >= server.config.ready_timeout:
            raise ProviderUnavailable(
                f"the server that launch: started was not ready within {server.config.ready_timeout:g} s "
                f"(ready_timeout): {server.scrub(health.detail)}\n{server.tail()}"
            )
        if now - told >= NEWS_EVERY:
            told = now
            server.note(f"{name}: still waits for its server, after {now - began:.0f} s: {server.scrub(health.detail)}")
        pause = min(max(_FIRST_PAUSE, (now - began) / 20), _LONGEST_PAUSE)
        await server.while_alive(asyncio.sleep(pause))


async def _ask(server: _Server, is_ready: IsReady, patience: float) -> Health:
    try:
        async with asyncio.timeout(patience):
            if server.config.ready_path is not None:
                page = await _page(origin(server.base_url) + server.config.ready_path)
                if not page.ok:
                    return page
            return await is_ready()
    except TimeoutError:
        return Health(ok=False, detail=f"does not say how it is within {patience:.3g} s")
    except Exception as failed:  # a server that is still loading may answer anything
        return Health(ok=False, detail=f"health check failed: {failed!r}")


async def _page(url: str) -> Health:
    import aiohttp  # noqa: PLC0415 - takes a tenth of a second to import, and few runs launch a server

    try:
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            return Health(ok=200 <= response.status < 300, detail=f"{url} answers with HTTP {response.status}")
    except (aiohttp.ClientError, OSError) as error:
        return Health(ok=False, detail=f"{url}: {error}")


class _Server:
    """The command under its guard, and what the guard says of it."""

    def __init__(self, config: Launch, site: LaunchSite, log_path: Path) -> None:
        self.config = config
        self.base_url = site.base_url
        self.scrub = site.scrub
        self.note = site.note
        self.pid = 0
        self._environment = {**site.environment, **config.env}
        self._log_path = log_path
        self._log_from = 0
        self._guard: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._watch: asyncio.Task[str] | None = None
        self._stopping = False
        self._ended: str | None = None

    async def start(self, folder: Path) -> None:
        """Starts the command under a guard. Raises `ProviderUnavailable`."""
        self._channel, theirs = socket.socketpair()
        with theirs, self._log_path.open("ab") as log:
            self._log_from = log.tell()
            # -I -S: nothing of the user's Python may delay or break the guard.
            own = [sys.executable, "-I", "-S", guard.__file__, str(os.getpid()), str(self.config.stop_timeout)]
            try:
                self._guard = subprocess.Popen(
                    [*own, *self.config.command],
                    stdin=theirs.fileno(),
                    stdout=log,
                    stderr=log,
                    cwd=folder,
                    env=self._environment,
                    start_new_session=True,  # Ctrl-C at the terminal is for us alone
                )
            except OSError as error:
                self._channel.close()
                raise ProviderUnavailable(f"launch.command cannot be started: {error}") from None
        self._reader, self._writer = await asyncio.open_unix_connection(sock=self._channel)
        self._writer.write(b"go\n")  # not before: a guard that is lost until here has started nothing
        word, _, rest = (await self._reader.readline()).decode().strip().partition(" ")
        if word != "started":
            why = rest if word == "failed" else f"its guard ended; {self.tail()}"
            raise ProviderUnavailable(f"launch.command cannot be started: {why}  ({shlex.join(self.config.command)})")
        self.pid = int(rest)
        self._watch = asyncio.create_task(self._until_exit(self._reader))

    async def _until_exit(self, reader: asyncio.StreamReader) -> str:
        """How the command ended."""
        with suppress(ConnectionError):
            word, _, status = (await reader.readline()).decode().strip().partition(" ")
            if word == "exited":
                return _how(int(status))
        return "was lost with its guard, which somebody killed"

    async def while_alive(self, work: Awaitable[_T]) -> _T:
        """What `work` brings. Raises `ProviderUnavailable` as soon as the server has ended."""
        assert self._watch is not None
        task = asyncio.ensure_future(work)
        try:
            await asyncio.wait({task, self._watch}, return_when=asyncio.FIRST_COMPLETED)
            if self._watch.done():
                raise ProviderUnavailable(f"the server that launch: started {self.ended()}")
            return task.result()
        finally:
            task.cancel()

    def ended(self) -> str | None:
        """How the server ended and what it printed last, if nobody had asked it to end."""
        if self._watch is None or not self._watch.done() or self._stopping:
            return self._ended
        return f"{self._watch.result()}\n{self.tail()}"

    def tail(self) -> str:
        """The last lines of the log, fit to be shown."""
        try:
            with self._log_path.open("rb") as log:
                size = log.seek(0, os.SEEK_END)
                log.seek(max(self._log_from, size - _TAIL_BYTES))
                text = log.read().decode("utf-8", "replace")
        except OSError as error:
            return f"its log cannot be read: {error}"
        lines = [line for line in self.scrub(_ESCAPES.sub("", text)).splitlines() if line.strip()]
        if not lines:
            return "it printed nothing"
        shown = "\n".join(f"  | {line[:_TAIL_COLUMNS]}" for line in lines[-TAIL_LINES:])
        return f"the end of what it printed:\n{shown}"

    async def stop(self) -> None:
        """Ends the server and everything it has started, and waits until they are gone."""
        self._ended = self.ended()
        self._stopping = True
        if self._guard is None:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(self.config.stop_timeout + _GUARD_GRACE):
                await self._let_guard_stop()
        if self._writer is not None:
            self._writer.close()
        elif self._channel is not None:
            self._channel.close()
        try:
            status = self._guard.wait(_GUARD_GRACE if self._writer is None else 1.0)
        except subprocess.TimeoutExpired:
            self._guard.kill()
            status = self._guard.wait()
        if status != 0 and self.pid:  # the guard was killed, so that its work is left to us
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)

    async def _let_guard_stop(self) -> None:
        if self._reader is None or self._writer is None:
            return
        with suppress(OSError):
            self._writer.write_eof()
        if self._watch is not None:
            await self._watch
        with suppress(ConnectionError):
            await self._reader.read()  # up to the guard's own end


def _how(status: int) -> str:
    if status < 0:
        return f"was ended by {signal.Signals(-status).name}"
    foreground = "; a server must stay in the foreground (docker run without -d)" if status == 0 else ""
    return f"ended with status {status}{foreground}"
