"""OpenAI's Responses API by script: its replies, whole and as events, and a server that gives them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from aiohttp import web

from support.behaviours import Behaviour
from support.scripted_server import MAX_REQUEST_BYTES, ScriptedServer

_REASONS = {"length": "max_output_tokens", "content_filter": "content_filter"}


def usage_of(usage: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """A behaviour's usage, which speaks chat, in this API's words."""
    if usage is None:
        return None
    read = usage.get("prompt_tokens_details") or {}
    spent = usage.get("completion_tokens_details") or {}
    return {
        "input_tokens": usage.get("prompt_tokens", 0),
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0, **read},
        "output_tokens": usage.get("completion_tokens", 0),
        "output_tokens_details": {"reasoning_tokens": 0, **spent},
        "total_tokens": usage.get("total_tokens", 0),
    }


def _part(behaviour: Behaviour, text: str) -> dict[str, Any]:
    if behaviour.refusal:
        return {"type": "refusal", "refusal": text}
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def _status(behaviour: Behaviour) -> str:
    if behaviour.finish in _REASONS:
        return "incomplete"
    return "completed" if behaviour.finish == "stop" else str(behaviour.finish)


def response(behaviour: Behaviour, body: Mapping[str, Any], index: int) -> dict[str, Any]:
    """A `response`. `finish`: stop, length, content_filter, or a status such as `failed` or `cancelled`."""
    status = _status(behaviour)
    reason = _REASONS.get(behaviour.finish or "")
    text = behaviour.refusal or behaviour.text
    message = {
        "id": f"msg_{index}",
        "type": "message",
        "role": "assistant",
        "status": "incomplete" if status == "incomplete" else "completed",
        "content": [_part(behaviour, text)],
    }
    thought = {"id": f"rs_{index}", "type": "reasoning", "summary": []}
    return {
        "id": f"resp_{index}",
        "object": "response",
        "created_at": 1,
        "status": status,
        "error": {"code": "server_error", "message": "the model failed"} if status == "failed" else None,
        "incomplete_details": {"reason": reason} if reason else None,
        "instructions": None,
        "metadata": {},
        "model": body.get("model", "scripted"),
        "output": [thought, message] if text and status != "failed" else [],
        "parallel_tool_calls": True,
        "temperature": 1.0,
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "usage": usage_of(behaviour.usage),
    }


def events(behaviour: Behaviour, body: Mapping[str, Any], index: int) -> Iterator[dict[str, Any]]:
    """The events of a streamed `response`."""
    whole = response(behaviour, body, index)
    opening = {**whole, "status": "in_progress", "error": None, "incomplete_details": None, "output": [], "usage": None}
    yield {"type": "response.created", "response": opening}
    yield {"type": "response.in_progress", "response": opening}
    at = {"item_id": f"msg_{index}", "output_index": 1, "content_index": 0}
    text = behaviour.refusal or behaviour.text
    if whole["output"]:
        thought, message = whole["output"]
        yield {"type": "response.output_item.added", "output_index": 0, "item": thought}
        yield {"type": "response.output_item.done", "output_index": 0, "item": thought}
        begun = {**message, "status": "in_progress", "content": []}
        yield {"type": "response.output_item.added", "output_index": 1, "item": begun}
        yield {"type": "response.content_part.added", **at, "part": _part(behaviour, "")}
        size = max(1, -(-len(text) // max(1, behaviour.chunks)))
        for start in range(0, len(text), size):
            piece = text[start : start + size]
            if behaviour.refusal:
                yield {"type": "response.refusal.delta", **at, "delta": piece}
            else:
                yield {"type": "response.output_text.delta", **at, "delta": piece, "logprobs": []}
        if behaviour.refusal:
            yield {"type": "response.refusal.done", **at, "refusal": text}
        else:
            yield {"type": "response.output_text.done", **at, "text": text, "logprobs": []}
        yield {"type": "response.content_part.done", **at, "part": _part(behaviour, text)}
        yield {"type": "response.output_item.done", "output_index": 1, "item": message}
    if whole["status"] in ("completed", "incomplete", "failed"):
        yield {"type": f"response.{whole['status']}", "response": whole}


def stream(behaviour: Behaviour, body: Mapping[str, Any], index: int) -> Iterator[bytes]:
    """The events as they go over the wire."""
    for number, event in enumerate(events(behaviour, body, index)):
        numbered = {**event, "sequence_number": number}
        yield f"event: {event['type']}\ndata: {json.dumps(numbered)}\n\n".encode()


class OpenAIServer(ScriptedServer):
    """A `ScriptedServer` that also serves /v1/responses, and says of its models when they end.

    `shutdown`: the day on which the model `scripted` ends.
    """

    def __init__(self, *arguments: Any, shutdown: str | None = None, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._shutdown = shutdown

    def routes(self) -> list[web.AbstractRouteDef]:
        """What is served."""
        return [
            web.post("/v1/chat/completions", self._generation),
            web.post("/v1/responses", self._generation),
            web.get("/v1/models", self._with_shutdown),
        ]

    def application(self) -> web.Application:
        """The routes."""
        application = web.Application(client_max_size=MAX_REQUEST_BYTES)
        application.add_routes(self.routes())
        return application

    async def _with_shutdown(self, request: web.Request) -> web.StreamResponse:
        if not self._let_in(request):
            return web.json_response({"error": {"message": "bad key", "type": "authentication_error"}}, status=401)
        model = {"id": "scripted", "object": "model", "owned_by": "scripted", "created": 1}
        entry = {**model, "shutdown_date": self._shutdown}
        return web.json_response({"object": "list", "data": [entry, {**model, "id": "another"}]})

    def _choose(self, index: int, body: Mapping[str, Any]) -> Behaviour:
        if "input" not in body:
            return super()._choose(index, body)
        behaviour = super()._choose(index, {**body, "messages": body["input"]})
        if behaviour.body is not None or behaviour.pieces is not None or behaviour.hangs:
            return behaviour
        if body.get("stream"):
            return replace(behaviour, pieces=tuple(stream(behaviour, body, index)))
        return replace(behaviour, pieces=(json.dumps(response(behaviour, body, index)).encode(),))


async def pause() -> None:
    """Lets what was written leave."""
    await asyncio.sleep(0.02)
