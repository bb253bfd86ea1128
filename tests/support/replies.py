"""A behaviour's reply in each protocol, whole and as a stream of pieces."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from support.behaviours import Behaviour

_CLAUDE_STOPS = {"stop": "end_turn", "length": "max_tokens"}


def _cut(text: str, pieces: int) -> list[str]:
    size = max(1, -(-len(text) // max(1, pieces)))
    return [text[at : at + size] for at in range(0, len(text), size)]


def _data(value: Any, event: str | None = None) -> bytes:
    named = f"event: {event}\n" if event else ""
    return f"{named}data: {json.dumps(value)}\n\n".encode()


def chat(behaviour: Behaviour, body: Mapping[str, Any], index: int) -> dict[str, Any]:
    """A `chat.completion`."""
    message = {
        "role": "assistant",
        "content": None if behaviour.refusal else behaviour.text,
        "refusal": behaviour.refusal,
    }
    reply: dict[str, Any] = {
        "id": f"chatcmpl-{index}",
        "object": "chat.completion",
        "created": 1,
        "model": body.get("model", "scripted"),
        "choices": [{"index": 0, "message": message, "finish_reason": behaviour.finish, "logprobs": None}],
    }
    return reply if behaviour.usage is None else {**reply, "usage": dict(behaviour.usage)}


def chat_stream(behaviour: Behaviour, body: Mapping[str, Any], index: int) -> Iterator[bytes]:
    """`chat.completion.chunk` events; the usage comes last, and only if it was asked for."""
    base = {
        "id": f"chatcmpl-{index}",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": body.get("model", "scripted"),
    }

    def chunk(delta: Mapping[str, Any], finish: str | None = None) -> bytes:
        return _data({**base, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})

    yield chunk({"role": "assistant", "content": ""})
    for piece in _cut(behaviour.refusal or behaviour.text, behaviour.chunks):
        yield chunk({"refusal" if behaviour.refusal else "content": piece})
    if behaviour.finish is not None:
        yield chunk({}, behaviour.finish)
    if behaviour.usage is not None and (body.get("stream_options") or {}).get("include_usage"):
        yield _data({**base, "choices": [], "usage": dict(behaviour.usage)})
    if behaviour.finish is not None:
        yield b"data: [DONE]\n\n"


def _claude_usage(usage: Mapping[str, Any] | None) -> dict[str, Any]:
    usage = usage or {}
    plain = {"input_tokens": usage.get("prompt_tokens", 1), "output_tokens": usage.get("completion_tokens", 1)}
    return {**plain, **{key: value for key, value in usage.items() if not key.endswith("_tokens") or "_input" in key}}


def messages(behaviour: Behaviour, body: Mapping[str, Any], index: int) -> dict[str, Any]:
    """A `message`. A forced tool is called with the text, read as JSON."""
    stop = "refusal" if behaviour.refusal else _CLAUDE_STOPS.get(behaviour.finish or "", behaviour.finish)
    content: list[dict[str, Any]] = [{"type": "text", "text": behaviour.text, "citations": None}]
    if behaviour.refusal:
        content = []
    elif body.get("tools") and stop == "end_turn":
        called = {"type": "tool_use", "id": "toolu_1", "name": body["tools"][0]["name"], "caller": {"type": "direct"}}
        content = [{**called, "input": json.loads(behaviour.text)}]
        stop = "tool_use"
    details = {"type": "refusal", "category": None, "explanation": behaviour.refusal} if behaviour.refusal else None
    return {
        "id": f"msg_{index}",
        "type": "message",
        "role": "assistant",
        "model": body.get("model", "scripted"),
        "content": content,
        "stop_reason": stop,
        "stop_sequence": None,
        "stop_details": details,
        "usage": _claude_usage(behaviour.usage),
    }


def messages_stream(behaviour: Behaviour, body: Mapping[str, Any], index: int) -> Iterator[bytes]:
    """The events of a `message`."""
    whole = messages(behaviour, body, index)
    usage = whole["usage"]
    start = {**whole, "content": [], "stop_reason": None, "usage": {**usage, "output_tokens": 1}}
    yield _data({"type": "message_start", "message": start}, "message_start")
    yield _data({"type": "ping"}, "ping")
    for at, block in enumerate(whole["content"]):
        tool = block["type"] == "tool_use"
        opening = {**block, "input": {}} if tool else {**block, "text": ""}
        yield _data({"type": "content_block_start", "index": at, "content_block": opening}, "content_block_start")
        for piece in _cut(behaviour.text, behaviour.chunks):
            delta = (
                {"type": "input_json_delta", "partial_json": piece} if tool else {"type": "text_delta", "text": piece}
            )
            yield _data({"type": "content_block_delta", "index": at, "delta": delta}, "content_block_delta")
        yield _data({"type": "content_block_stop", "index": at}, "content_block_stop")
    if whole["stop_reason"] is not None:
        ending = {key: whole[key] for key in ("stop_reason", "stop_sequence", "stop_details")}
        counted = {"output_tokens": usage["output_tokens"]}
        yield _data({"type": "message_delta", "delta": ending, "usage": counted}, "message_delta")
        yield _data({"type": "message_stop"}, "message_stop")


def custom(behaviour: Behaviour, path: str) -> bytes:
    """The replies of the custom protocol."""
    if path.endswith("structured_generate"):
        return behaviour.text.encode()
    reply: dict[str, Any] = {"generated_text": behaviour.text}
    if behaviour.usage is not None:
        reply["usage"] = dict(behaviour.usage)
    if behaviour.finish == "length":
        reply["finish_reason"] = "length"
    return json.dumps(reply).encode()
