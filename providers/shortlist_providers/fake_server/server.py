"""The server itself."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, replace
from time import monotonic
from types import TracebackType
from typing import NoReturn, Self

import orjson
from aiohttp import web

from shortlist_providers.fake_server import dialects
from shortlist_providers.fake_server.dialects import Answer, Asked, BadRequest
from shortlist_providers.fake_server.play import Play, ServedFault
from shortlist_providers.script import Script, written

_MAX_REQUEST_BYTES = 64 * 1024 * 1024
_SHUTDOWN_SECONDS = 0.1
"""How long open requests are waited for when the server stops: it is stopped, not drained."""
_FLUSH_SECONDS = 0.02
"""Lets what was written leave before the connection is reset."""
_A_DAY = 86_400.0
_JSON = "application/json"
_EVENTS = "text/event-stream"
_STATUS = {"rate_limited": 429, "transient": 503, "permanent": 400, "crash": 500}
_MALFORMED = {
    "html": (b"<html><body><h1>It works!</h1></body></html>", "text/html"),
    "empty": (b"", _JSON),
    "half_json": (b'{"generated_text": "half of an ans', _JSON),
}
_REFUSAL = "The model declines, as scripted."


@dataclass(frozen=True, slots=True)
class LogLine:
    """One request that was answered, or was not. What was asked is not kept: prompts hold people's data."""

    number: int
    """Of the request, from 1."""
    path: str
    model: str | None
    case: int
    """From 1; requests that ask the same word for word are attempts at one case."""
    attempt: int
    fault: str | None
    status: int | None
    """Of HTTP; None where the connection was cut, by either side, before there was one."""
    output_tokens: int | None
    """Of an answer without a fault."""
    seconds: float
    """From request to the last byte of the answer."""


class FakeServer:
    """An async context manager: serves inside its block, at `url`."""

    def __init__(self, play: Play, host: str, port: int, log: Callable[[LogLine], None] = lambda line: None) -> None:
        self._play = play
        self._script = Script[ServedFault](play.faults)
        self._host, self._port = host, port
        self._log = log
        self._number = 0
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """`http://host:port`."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    async def __aenter__(self) -> Self:
        application = web.Application(client_max_size=_MAX_REQUEST_BYTES)
        for path in dialects.PATHS:
            application.router.add_post(path, self._serve)
        application.router.add_get("/v1/models", self._list_models)
        application.router.add_get("/health", _healthy)
        self._runner = web.AppRunner(
            application, access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS, handler_cancellation=True
        )
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port, backlog=1024).start()
        except OSError:
            await self._runner.cleanup()
            raise
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    def _lets_in(self, request: web.Request) -> bool:
        if self._play.key is None:
            return True
        given = request.headers.get("Authorization", "").removeprefix("Bearer ") or request.headers.get("x-api-key", "")
        return hmac.compare_digest(given.encode(), self._play.key.encode())

    async def _list_models(self, request: web.Request) -> web.Response:
        if not self._lets_in(request):
            return _reply(401, dialects.error(401, "wrong key"))
        models = [
            {
                "id": name, "object": "model", "created": 0, "owned_by": "shortlist", "type": "model",
                "display_name": name, "created_at": "1970-01-01T00:00:00Z",
            }
            for name in self._play.models
        ]  # fmt: skip
        return web.json_response({"object": "list", "data": models, "has_more": False})

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        if not self._lets_in(request):
            return _reply(401, dialects.error(401, "wrong key"))
        began = monotonic()
        self._number += 1
        number = self._number
        raw = await request.read()
        try:
            asked = dialects.asked(dialects.PATHS[request.path], raw)
            answer = self._answer(number, asked)
        except ValueError as wrong:
            return _reply(400, dialects.error(400, str(wrong)))
        digest = hashlib.sha256(raw).hexdigest()
        arrival = self._script.arrive(f"{request.path} {digest}", asked.prompt)
        fault = arrival.fault
        status: int | None = None
        try:
            response = await self._act(request, asked, answer, fault, began)
            status = response.status
            return response
        finally:
            self._log(
                LogLine(
                    number=number,
                    path=request.path,
                    model=asked.model,
                    case=arrival.ordinal,
                    attempt=arrival.attempt,
                    fault=fault.kind if fault else None,
                    status=status,
                    output_tokens=len(answer.tokens) if fault is None and status == 200 else None,
                    seconds=round(monotonic() - began, 6),
                )
            )

    def _answer(self, number: int, asked: Asked) -> Answer:
        scripted = next((output for marker, output in self._play.outputs.items() if marker in asked.prompt), None)
        text = written(scripted, asked.schema, f"A made-up answer to request {number}.")
        longest = asked.max_tokens * dialects.CHARS_PER_TOKEN
        answer = Answer(
            number=number,
            model=asked.model or self._play.models[0],
            text=text[:longest],
            prompt_tokens=dialects.tokens_in(asked.prompt),
            cut=len(text) > longest,
        )
        if asked.tool and not answer.cut:
            _check_tool_input(answer.text)
        return answer

    async def _act(
        self, request: web.Request, asked: Asked, answer: Answer, fault: ServedFault | None, began: float
    ) -> web.StreamResponse:
        kind = fault.kind if fault else None
        if fault and fault.kind in _STATUS:
            headers = {} if fault.retry_after is None else {"Retry-After": f"{fault.retry_after:g}"}
            status = _STATUS[fault.kind]
            return _reply(status, dialects.error(status, f"scripted fault: {fault.kind}"), headers=headers)
        if fault and fault.kind == "malformed":
            body, content_type = _MALFORMED[fault.form or "html"]
            return _reply(200, body, content_type)
        if kind == "hang":
            await _never()
        if kind == "refused":
            if asked.dialect in ("generate", "structured_generate"):
                return _reply(400, dialects.refusal(_REFUSAL))
            answer = replace(answer, text="", refusal=_REFUSAL)
        if kind == "truncated":
            answer = replace(answer, text=answer.text[: len(answer.text) // 2], cut=True)
        if asked.stream:
            return await self._stream(request, asked, answer, began, drops=kind == "drop")
        await _until(began + self._play.pace.last_token(len(answer.tokens)))
        body = dialects.whole(asked, answer)
        if kind == "drop":
            response = web.StreamResponse(headers={"Content-Type": _JSON})
            response.content_length = len(body)
            await response.prepare(request)
            await response.write(body[: len(body) // 2])
            await _cut_off(request)
        return _reply(200, body)

    async def _stream(
        self, request: web.Request, asked: Asked, answer: Answer, began: float, drops: bool
    ) -> web.StreamResponse:
        pace, stream = self._play.pace, dialects.streamed(asked, answer)
        last = pace.last_token(len(stream.tokens))
        step = (last - pace.first_token) / max(1, len(stream.tokens) - 1)
        response = web.StreamResponse(headers={"Content-Type": _EVENTS, "Cache-Control": "no-store"})
        await _until(began + pace.first_token)
        await response.prepare(request)
        await response.write(stream.head)
        for number, token in enumerate(stream.tokens):
            if drops and number >= len(stream.tokens) // 2:
                await _cut_off(request)
            await _until(began + pace.first_token + number * step)
            await response.write(token)
        await response.write(stream.tail)
        await response.write_eof()
        return response


def _check_tool_input(text: str) -> None:
    try:
        if isinstance(orjson.loads(text), dict):
            return
    except ValueError:
        pass
    raise BadRequest("the scripted output is no JSON object, so no tool can be called with it")


def _reply(status: int, body: bytes, content_type: str = _JSON, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(status=status, body=body, headers={"Content-Type": content_type, **(headers or {})})


async def _until(moment: float) -> None:
    left = moment - monotonic()
    if left > 0:
        await asyncio.sleep(left)


async def _cut_off(request: web.Request) -> NoReturn:
    await asyncio.sleep(_FLUSH_SECONDS)
    if request.transport is not None:
        request.transport.abort()
    await _never()


async def _never() -> NoReturn:
    """Waits until aiohttp cancels the handler, once the client is gone or the server stops."""
    while True:
        await asyncio.sleep(_A_DAY)


async def _healthy(request: web.Request) -> web.Response:
    return web.json_response({"status": "ok", "server": "shortlist serve-fake"})
