"""Protocols that the scripted server does not speak by itself: OpenAI's Responses, Ollama's own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from aiohttp import web

from shortlist_providers import Usage
from support import openai_responses
from support.behaviours import Behaviour
from support.conformance.scripted import CHAT, Dialect
from support.openai_responses import OpenAIServer
from support.scripted_server import ScriptedServer

Body = Mapping[str, Any]

RESPONSES = Dialect(
    lambda *reply: json.dumps(openai_responses.response(*reply)).encode(),
    CHAT.usage_sent,
    replace(CHAT.usage, cached_write=0),
    stream=openai_responses.stream,
    server=OpenAIServer,
)


def _line(body: Body, content: str, **more: Any) -> dict[str, Any]:
    message = {"role": "assistant", "content": content}
    return {"model": body["model"], "created_at": "2026-11-20T12:00:00Z", "message": message, **more}


def _end(behaviour: Behaviour) -> dict[str, Any]:
    usage = behaviour.usage or {}
    return {
        "done": True,
        "done_reason": behaviour.finish,
        "prompt_eval_count": usage.get("prompt_tokens"),
        "eval_count": usage.get("completion_tokens"),
        "total_duration": 3_000_000,
    }


def _whole(behaviour: Behaviour, body: Body, index: int) -> bytes:
    return json.dumps(_line(body, behaviour.text, **_end(behaviour))).encode()


def _lines(behaviour: Behaviour, body: Body, index: int) -> Iterator[bytes]:
    text, count = behaviour.text, max(1, behaviour.chunks)
    size = max(1, -(-len(text) // count))
    for at in range(0, len(text), size):
        yield json.dumps(_line(body, text[at : at + size], done=False)).encode() + b"\n"
    yield json.dumps(_line(body, "", **_end(behaviour))).encode() + b"\n"


class OllamaServer(OpenAIServer):
    """A `ScriptedServer` that speaks Ollama's own protocol (docs/api.md)."""

    def routes(self) -> list[web.AbstractRouteDef]:
        """What is served."""
        return [web.post("/api/chat", self._generation)]

    def _choose(self, index: int, body: Body) -> Behaviour:
        behaviour = ScriptedServer._choose(self, index, body)
        if behaviour.body is not None or behaviour.pieces is not None or behaviour.hangs:
            return behaviour
        if not body.get("stream"):
            return replace(behaviour, pieces=(_whole(behaviour, body, index),), content_type="application/json")
        return replace(behaviour, pieces=tuple(_lines(behaviour, body, index)), content_type="application/x-ndjson")


OLLAMA = Dialect(
    _whole,
    CHAT.usage_sent,
    Usage(input=20, output=5),
    stream=_lines,
    stream_type="application/x-ndjson",
    server=OllamaServer,
)
