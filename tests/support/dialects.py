"""Servers of products that cannot be installed here, scripted from their documentation.

They answer as the documentation says, and refuse what it says they refuse: a request in the wrong dialect fails.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from support.threaded_server import ThreadedServer

TEXT = '{"answer": "yes"}'


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, of any kind."""

    method: str
    path: str
    body: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    """By lower-case name."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server says to it."""

    pieces: Sequence[bytes]
    status: int = 200
    content_type: str = "application/json"
    delay: float = 0.0
    """Seconds before the first byte."""
    stalls: bool = False
    """After the pieces nothing follows, and the connection stays open."""


Dialect = Callable[[Asked], Answer]


def said(value: Any, status: int = 200, delay: float = 0.0) -> Answer:
    """A JSON document."""
    return Answer([json.dumps(value).encode()], status, delay=delay)


def lines(*values: Any) -> Answer:
    """Newline-delimited JSON."""
    return Answer([json.dumps(value).encode() + b"\n" for value in values], content_type="application/x-ndjson")


def events(*values: Any) -> Answer:
    """Server-sent events, and the one that ends them."""
    sent = [f"data: {json.dumps(value)}\n\n".encode() for value in values]
    return Answer([*sent, b"data: [DONE]\n\n"], content_type="text/event-stream")


NOWHERE = said({"detail": "Not Found"}, 404)


class DialectServer(ThreadedServer):
    """A context manager: one dialect, served on loopback from a thread of its own. `log` holds what was asked."""

    def __init__(self, dialect: Dialect) -> None:
        super().__init__()
        self._dialect = dialect
        self.log: list[Asked] = []

    @property
    def generations(self) -> list[Asked]:
        """What was posted."""
        return [asked for asked in self.log if asked.method == "POST"]

    def application(self) -> web.Application:
        """Everything goes to the dialect."""
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._answer)
        return application

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        asked = Asked(request.method, request.path, json.loads(body) if body else {}, headers)
        self.log.append(asked)
        answer = self._dialect(asked)
        if answer.delay:
            await asyncio.sleep(answer.delay)
        response = web.StreamResponse(status=answer.status, headers={"Content-Type": answer.content_type})
        await response.prepare(request)
        for piece in answer.pieces:
            await response.write(piece)
            await asyncio.sleep(0)
        if answer.stalls:
            await self._stopping.wait()
        await response.write_eof()
        return response


def completion(asked: Asked, text: str = TEXT, usage: Mapping[str, Any] | None = None) -> Answer:
    """A chat completion in OpenAI's form; a stream tells its usage where it was asked to."""
    usage = {"prompt_tokens": 20, "completion_tokens": 5, "total_tokens": 25} if usage is None else usage
    base = {"id": "chatcmpl-1", "created": 1, "model": asked.body["model"]}
    if not asked.body.get("stream"):
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        return said({**base, "object": "chat.completion", "choices": [choice], "usage": usage})
    chunk = {**base, "object": "chat.completion.chunk"}
    parts = [
        {**chunk, "choices": [{"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": None}]},
        {**chunk, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
    ]
    if (asked.body.get("stream_options") or {}).get("include_usage"):
        parts.append({**chunk, "choices": [], "usage": usage})
    return events(*parts)


def model_list(*names: str) -> Answer:
    """`GET /v1/models`."""
    return said({"object": "list", "data": [{"id": name, "object": "model"} for name in names]})


# Ollama: docs/api.md, docs/api/errors.mdx, docs/api/usage.mdx, docs/api/openai-compatibility.mdx

OLLAMA_KEYS = {"model", "messages", "stream", "format", "options", "keep_alive", "think", "truncate", "shift", "tools"}
OLLAMA_OPTIONS = {"num_ctx", "num_predict", "temperature", "top_p", "top_k", "seed", "stop"}
OLLAMA_COUNTS = {
    "total_duration": 3_000_000_000,
    "load_duration": 2_000_000_000,
    "prompt_eval_count": 26,
    "prompt_eval_duration": 100_000_000,
    "eval_count": 7,
    "eval_duration": 500_000_000,
}
OLLAMA_MODEL = {
    "name": "resumemate:latest",
    "model": "resumemate:latest",
    "digest": "a80c4f17acd5",
    "size": 9_000_000_000,
    "details": {"format": "gguf", "family": "qwen2", "parameter_size": "14.8B", "quantization_level": "Q4_K_M"},
}


def ollama(asked: Asked) -> Answer:
    """Ollama with one model, whose context is 4096 tokens unless `num_ctx` says otherwise; a word is a token."""
    if asked.path == "/api/chat":
        return _ollama_chat(asked.body)
    if asked.path == "/v1/chat/completions":
        return completion(asked)
    loaded = {**OLLAMA_MODEL, "context_length": 4096, "size_vram": 1024, "expires_at": "2026-11-20T12:00:00Z"}
    pages = {
        "/api/version": said({"version": "0.32.9"}),
        "/api/tags": said({"models": [OLLAMA_MODEL]}),
        "/api/ps": said({"models": [loaded]}),
        "/v1/models": model_list("resumemate:latest"),
    }
    return pages.get(asked.path, said({"error": "404 page not found"}, 404))


def _ollama_chat(body: Mapping[str, Any]) -> Answer:
    options = body.get("options") or {}
    if unknown := (set(body) - OLLAMA_KEYS) | (set(options) - OLLAMA_OPTIONS):
        return said({"error": f"unknown: {sorted(unknown)}"}, 400)
    if body["model"].removesuffix(":latest") != "resumemate":
        return said({"error": f"model '{body['model']}' not found"}, 404)
    context = options.get("num_ctx", 4096)
    words = sum(len(message["content"].split()) for message in body["messages"])
    if words > context and body.get("truncate") is False:
        return said({"error": f"the input length {words} exceeds the context length {context}"}, 400)
    base = {"model": body["model"], "created_at": "2026-11-20T12:00:00Z"}
    text = TEXT if body.get("format") else "yes"
    end = {"done_reason": "stop", "done": True, **OLLAMA_COUNTS}
    if body.get("stream") is False:
        return said({**base, "message": {"role": "assistant", "content": text}, **end})
    said_so_far = [
        {**base, "message": {"role": "assistant", "content": "", "thinking": "well"}, "done": False},
        *({**base, "message": {"role": "assistant", "content": part}, "done": False} for part in (text[:2], text[2:])),
    ]
    return lines(*said_so_far, {**base, "message": {"role": "assistant", "content": ""}, **end})


# llama-server: tools/server/README.md


def llama_server(asked: Asked) -> Answer:
    """llama-server with one model."""
    match asked.path:
        case "/props":
            settings = {"id": 0, "n_ctx": 16384, "params": {"temperature": 0.8}}
            return said(
                {
                    "default_generation_settings": settings,
                    "total_slots": 2,
                    "model_path": "../models/resumemate-14b.Q4_K_M.gguf",
                    "chat_template": "{{ long }}",
                    "build_info": "b8681-abc",
                    "is_sleeping": False,
                }
            )
        case "/v1/models":
            return model_list("resumemate-14b.Q4_K_M.gguf")
        case "/v1/chat/completions":
            form = asked.body.get("response_format")
            if form and "schema" not in form.get("json_schema", form):
                return said({"error": {"code": 400, "message": "no schema", "type": "invalid_request_error"}}, 400)
            return completion(asked)
    return said({"error": {"code": 404, "message": "File Not Found", "type": "not_found_error"}}, 404)


def llama_server_loading(asked: Asked) -> Answer:
    """llama-server before its model is in memory."""
    return said({"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}, 503)


# TGI: router/src, docs: guidance, messages API


def tgi(asked: Asked) -> Answer:
    """TGI: its grammar stands under `value`, and OpenAI's `json_schema` is not deserialised."""
    match asked.path:
        case "/info":
            return said(
                {
                    "model_id": "teknium/OpenHermes",
                    "model_sha": "abc123",
                    "model_dtype": "torch.float16",
                    "max_concurrent_requests": 128,
                    "max_input_tokens": 16000,
                    "max_total_tokens": 16384,
                    "version": "3.3.4",
                }
            )
        case "/v1/models":
            return model_list("teknium/OpenHermes")
        case "/v1/chat/completions":
            form = asked.body.get("response_format")
            if form and "value" not in form:
                return Answer([b"Failed to deserialize the JSON body: response_format: missing field `value`"], 422)
            return completion(asked)
    return NOWHERE


# SGLang: docs of its native and OpenAI-compatible APIs


def sglang(deterministic: bool, page: str = "/server_info") -> Dialect:
    """SGLang, started with or without --enable-deterministic-inference; older releases have another page."""

    def dialect(asked: Asked) -> Answer:
        if asked.path == page:
            return said(
                {
                    "version": "0.5.9",
                    "model_path": "Qwen/Qwen2.5-14B-Instruct",
                    "context_length": None,
                    "max_total_num_tokens": 60000,
                    "grammar_backend": "xgrammar",
                    "enable_deterministic_inference": deterministic,
                    "api_key": "sk-0123456789-do-not-show",
                    "internal_states": [{"load": 1}],
                }
            )
        if asked.path == "/v1/models":
            return model_list("Qwen/Qwen2.5-14B-Instruct")
        return completion(asked) if asked.path == "/v1/chat/completions" else NOWHERE

    return dialect


# RunPod: docs "Send API requests", "OpenAI API compatibility guide"


def runpod(workers: Mapping[str, int], chat: Dialect = completion) -> Dialect:
    """A serverless endpoint of this id, behind the host that serves all of them."""

    def dialect(asked: Asked) -> Answer:
        if asked.path == "/v2/abc123/health":
            jobs = {"completed": 1, "failed": 0, "inProgress": 0, "inQueue": 0, "retried": 0}
            return said({"jobs": jobs, "workers": dict(workers)})
        if asked.path == "/v2/abc123/openai/v1/chat/completions":
            return chat(asked)
        if asked.path == "/v2/abc123/openai/v1/models":
            return model_list("resumemate-14b")
        return NOWHERE

    return dialect
