"""A model server that acts by script, over real sockets, in a thread with a loop of its own.

    with ScriptedServer(lambda n, body: rate_limit(0) if n == 3 else ok('{"a": 1}')) as server:
        ...  # server.base_url speaks chat completions; server.url serves the rest
        assert [entry.behaviour for entry in server.log] == [...]

The script is either a callable `(number of the request from 1, body) -> Behaviour`, or a mapping from a marker in the
prompt to a behaviour, or to a sequence of them: the first for the first request with that marker, and so on, the last
for all that follow. It sees generations only; lists of models and the like are always answered and not logged.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from aiohttp import web

from support import replies
from support.behaviours import (
    DEFAULT_TEXT,
    DEFAULT_USAGE,
    Behaviour,
    bad_key,
    drop,
    empty_body,
    half_json,
    hang,
    html_200,
    ok,
    rate_limit,
    raw,
    raw_stream,
    refused,
    slow_chunks,
    status,
    truncated,
    wrong_content_type,
)
from support.threaded_server import ThreadedServer

__all__ = [
    "DEFAULT_TEXT",
    "DEFAULT_USAGE",
    "Behaviour",
    "LogEntry",
    "Script",
    "ScriptedServer",
    "bad_key",
    "drop",
    "empty_body",
    "half_json",
    "hang",
    "html_200",
    "ok",
    "rate_limit",
    "raw",
    "raw_stream",
    "refused",
    "slow_chunks",
    "status",
    "truncated",
    "wrong_content_type",
]

Body = Mapping[str, Any]
Script = Callable[[int, Body], Behaviour] | Mapping[str, Behaviour | Sequence[Behaviour]]

MAX_REQUEST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One request for a generation."""

    index: int
    """From 1, in order of arrival."""
    path: str
    body: Body
    headers: Mapping[str, str]
    """By lower-case name."""
    behaviour: str
    started: float
    """Monotonic seconds."""
    served: float | None = None
    """Monotonic seconds when the last byte of the answer was handed over; None while, or if, it never was."""

    @property
    def completed(self) -> bool:
        """Whether the whole answer, good or bad, went out."""
        return self.served is not None


class ScriptedServer(ThreadedServer):
    """A context manager. `key`: the only key that is let in. `models`: what /v1/models lists. `port`: 0 for any."""

    def __init__(
        self,
        script: Script | None = None,
        *,
        default: Behaviour | None = None,
        key: str | None = None,
        models: Sequence[str] = ("scripted",),
        port: int = 0,
    ) -> None:
        super().__init__(port)
        self._script = script
        self._default = default or ok()
        self._key = key
        self._models = tuple(models)
        self._lock = threading.Lock()
        self._log: list[LogEntry] = []
        self._seen: dict[str, int] = {}
        self._under_way = 0
        self.most_at_once = 0
        """The largest number of requests that were under way at the same time."""
        self._peers: set[Any] = set()

    @property
    def base_url(self) -> str:
        """Where chat completions live."""
        return f"{self.url}/v1"

    @property
    def log(self) -> tuple[LogEntry, ...]:
        """What was asked so far, in order of arrival."""
        with self._lock:
            return tuple(self._log)

    @property
    def connections(self) -> int:
        """Over how many connections generations were asked for."""
        with self._lock:
            return len(self._peers)

    def application(self) -> web.Application:
        """Generations, models, versions."""
        application = web.Application(client_max_size=MAX_REQUEST_BYTES)
        for path in ("/v1/chat/completions", "/v1/messages", "/generate", "/structured_generate"):
            application.router.add_post(path, self._generation)
        application.router.add_get("/v1/models", self._list_models)
        application.router.add_get("/version", _version)
        application.router.add_get("/health", _healthy)
        return application

    async def _list_models(self, request: web.Request) -> web.StreamResponse:
        if not self._let_in(request):
            return web.json_response({"error": {"message": "bad key", "type": "authentication_error"}}, status=401)
        entries = [
            # what OpenAI, vLLM and Anthropic say of a model, in one object
            {
                "id": name,
                "object": "model",
                "owned_by": "scripted",
                "created": 1,
                "max_model_len": 4096,
                "type": "model",
                "display_name": name,
                "created_at": "2026-01-01T00:00:00Z",
            }
            for name in self._models
        ]
        return web.json_response({"object": "list", "data": entries, "has_more": False})

    def _let_in(self, request: web.Request) -> bool:
        if self._key is None:
            return True
        given = request.headers.get("Authorization", "").removeprefix("Bearer ") or request.headers.get("x-api-key")
        return given == self._key

    async def _generation(self, request: web.Request) -> web.StreamResponse:
        body = json.loads(await request.read())
        with self._lock:
            index = len(self._log) + 1
            behaviour = self._choose(index, body) if self._let_in(request) else bad_key()
            headers = {name.lower(): value for name, value in request.headers.items()}
            self._log.append(LogEntry(index, request.path, body, headers, behaviour.name, time.monotonic()))
            self._under_way += 1
            self._peers.add(request.transport and request.transport.get_extra_info("peername"))
            self.most_at_once = max(self.most_at_once, self._under_way)
        try:
            return await self._answer(request, body, behaviour, index)
        except BaseException:
            self._mark(index, None)
            raise
        finally:
            with self._lock:
                self._under_way -= 1

    def _mark(self, index: int, served: float | None) -> None:
        with self._lock:
            self._log[index - 1] = replace(self._log[index - 1], served=served)

    def _choose(self, index: int, body: Body) -> Behaviour:
        if self._script is None:
            return self._default
        if callable(self._script):
            return self._script(index, body)
        contents = [message.get("content") for message in body.get("messages", ())]
        prompt = "\n".join(str(text) for text in (*contents, body.get("system"), body.get("prompt")))
        for marker, behaviour in self._script.items():
            if marker in prompt:
                nth = self._seen[marker] = self._seen.get(marker, 0) + 1
                return behaviour if isinstance(behaviour, Behaviour) else behaviour[min(nth, len(behaviour)) - 1]
        return self._default

    async def _answer(self, request: web.Request, body: Body, behaviour: Behaviour, index: int) -> web.StreamResponse:
        if behaviour.hangs:
            await self._never()
        if behaviour.delay:
            await asyncio.sleep(behaviour.delay)
        pieces = list(_pieces(request.path, body, behaviour, index))
        streaming = behaviour.body is None and bool(body.get("stream"))
        kind = behaviour.content_type or ("text/event-stream" if streaming else "application/json")
        headers = {"x-request-id": f"req-{index}", "request-id": f"req-{index}", **behaviour.headers}
        if behaviour.body is None or behaviour.content_type is not None:
            headers["Content-Type"] = kind
        response = web.StreamResponse(status=behaviour.status, headers=headers)
        if behaviour.drop_after == 0:
            await self._cut_off(request)
        if not streaming and behaviour.pieces is None:
            response.content_length = sum(map(len, pieces))
        await response.prepare(request)
        left = behaviour.drop_after
        for number, piece in enumerate(pieces):
            if number and behaviour.chunk_delay:
                await asyncio.sleep(behaviour.chunk_delay)
            if number == len(pieces) - 1:  # beforehand, since a client that has it all may look at the log at once
                self._mark(index, time.monotonic())
            await response.write(piece if left is None else piece[:left])
            left = None if left is None else left - len(piece)
            if left is not None and left <= 0:
                await asyncio.sleep(0.02)  # lets what was written leave before the connection is reset
                await self._cut_off(request)
        await response.write_eof()
        return response

    async def _cut_off(self, request: web.Request) -> None:
        if request.transport is not None:
            request.transport.abort()
        await self._never()

    async def _never(self) -> None:
        """Waits until aiohttp cancels the handler, which it does once the client is gone or the server stops."""
        await self._stopping.wait()
        raise ConnectionResetError("the server stopped")


def _pieces(path: str, body: Body, behaviour: Behaviour, index: int) -> Sequence[bytes]:
    """The reply, as the writes it is sent in."""
    if behaviour.pieces is not None:
        return behaviour.pieces
    if behaviour.body is not None:
        return [behaviour.body]
    if path in ("/generate", "/structured_generate"):
        return [replies.custom(behaviour, path)]
    claude = path == "/v1/messages"
    if body.get("stream"):
        stream = replies.messages_stream if claude else replies.chat_stream
        return list(stream(behaviour, body, index))
    whole = replies.messages if claude else replies.chat
    return [json.dumps(whole(behaviour, body, index)).encode()]


async def _version(request: web.Request) -> web.StreamResponse:
    return web.json_response({"version": "0.32.0"})


async def _healthy(request: web.Request) -> web.StreamResponse:
    return web.json_response({"status": "ok"})
