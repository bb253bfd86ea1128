"""Requests and answers in the four dialects: `/generate`, `/structured_generate`, chat completions and messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import orjson

CHARS_PER_TOKEN = 4
"""A rough count, the same for every model: there is no tokenizer here."""

_NO_LIMIT = 1_000_000
_DONE = b"data: [DONE]\n\n"

Dialect = Literal["generate", "structured_generate", "chat", "messages"]
PATHS: dict[str, Dialect] = {
    "/generate": "generate",
    "/structured_generate": "structured_generate",
    "/v1/chat/completions": "chat",
    "/v1/messages": "messages",
}


class BadRequest(ValueError):
    """The request breaks its dialect's contract; the message says how."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, whatever its dialect."""

    dialect: Dialect
    prompt: str
    model: str | None
    max_tokens: int
    schema: Mapping[str, Any] | None = None
    tool: str | None = None
    """The tool whose input is to be the output."""
    stream: bool = False
    usage_in_stream: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered, whatever the dialect."""

    number: int
    model: str
    text: str
    prompt_tokens: int
    cut: bool = False
    """A token limit ended it."""
    refusal: str | None = None

    @property
    def tokens(self) -> list[str]:
        """The text, in pieces of one token."""
        return [self.text[at : at + CHARS_PER_TOKEN] for at in range(0, len(self.text), CHARS_PER_TOKEN)]


@dataclass(frozen=True, slots=True)
class Stream:
    """An answer as events: one for each token, and what goes before and after."""

    head: bytes
    tokens: list[bytes]
    tail: bytes


def tokens_in(text: str) -> int:
    """Tokens, by a rough count; a text that is not empty has one at least."""
    return -(-len(text) // CHARS_PER_TOKEN)


def asked(dialect: Dialect, raw: bytes) -> Asked:
    """Reads a request.

    Raises:
        BadRequest: it breaks the contract.
    """
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError as wrong:
        raise BadRequest(f"the body is not JSON: {wrong}") from None
    if not isinstance(body, dict):
        raise BadRequest("the body is not an object")
    temperature = body.get("temperature")
    if temperature is not None and (isinstance(temperature, bool) or not isinstance(temperature, int | float)):
        raise BadRequest("temperature is not a number")
    if dialect == "generate" and not isinstance(body.get("prompt"), str):
        raise BadRequest("prompt is not a string")
    if dialect == "structured_generate" and not isinstance(body.get("response_model"), dict):
        raise BadRequest("response_model is not a JSON Schema")
    tools = body.get("tools") if dialect == "messages" else None
    tool = tools[0] if isinstance(tools, list) and tools and isinstance(tools[0], dict) else {}
    return Asked(
        dialect=dialect,
        prompt=body["prompt"] if dialect == "generate" else _prompt_of(body),
        model=body["model"] if isinstance(body.get("model"), str) else None,
        max_tokens=_limit(body),
        schema=None if dialect == "generate" else _schema_of(body, tool),
        tool=tool.get("name"),
        stream=dialect in ("chat", "messages") and body.get("stream") is True,
        usage_in_stream=_within(body, "stream_options", "include_usage") is True,
    )


def _limit(body: Mapping[str, Any]) -> int:
    limit = body.get("max_tokens", body.get("max_completion_tokens", _NO_LIMIT))
    if not isinstance(limit, int) or isinstance(limit, bool) or limit < 1:
        raise BadRequest("max_tokens is not a whole number from 1")
    return limit


def _schema_of(body: Mapping[str, Any], tool: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The schema of the output, from wherever a dialect puts it."""
    places = (
        body.get("response_model"),
        _within(body, "response_format", "json_schema", "schema"),
        tool.get("input_schema"),
        _within(body, "output_config", "format", "schema"),
        {"type": "object"} if _within(body, "response_format", "type") == "json_object" else None,
    )
    return next((schema for schema in places if isinstance(schema, dict)), None)


def _prompt_of(body: Mapping[str, Any]) -> str:
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise BadRequest("messages is not a list of messages")
    texts = [_text(body.get("system"))]
    for message in messages:
        if not isinstance(message, dict) or not isinstance(message.get("role"), str) or "content" not in message:
            raise BadRequest("a message has no role or no content")
        texts.append(_text(message["content"]))
    return "\n\n".join(text for text in texts if text)


def _text(content: Any) -> str:
    if isinstance(content, list):  # content parts
        return "".join(_text(part.get("text")) for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""


def _within(value: Any, *keys: str) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def error(status: int, message: str) -> bytes:
    """An error object that OpenAI's and Anthropic's clients both understand."""
    kind = {
        400: "invalid_request_error", 401: "authentication_error", 404: "not_found_error", 429: "rate_limit_error",
        503: "overloaded_error",
    }.get(status, "api_error")  # fmt: skip
    return orjson.dumps({"type": "error", "error": {"type": kind, "message": message}})


def refusal(message: str) -> bytes:
    """What the custom contract, which has no word for a refusal, answers with status 400."""
    return orjson.dumps({"error": {"code": "content_policy_violation", "message": message}})


def whole(request: Asked, answer: Answer) -> bytes:
    """The answer in one piece."""
    if request.dialect == "structured_generate":
        return answer.text.encode()
    if request.dialect == "generate":
        body: dict[str, Any] = {"generated_text": answer.text, "usage": _usage(answer), "model": answer.model}
        body["finish_reason"] = _finish(answer)
    elif request.dialect == "chat":
        message = {"role": "assistant", "content": None if answer.refusal else answer.text, "refusal": answer.refusal}
        choice = {"index": 0, "message": message, "finish_reason": _finish(answer), "logprobs": None}
        body = {**_chat(answer, "chat.completion"), "choices": [choice], "usage": _usage(answer)}
    else:
        body = _message(request, answer)
    return orjson.dumps(body)


def streamed(request: Asked, answer: Answer) -> Stream:
    """The answer as events."""
    return _chat_events(request, answer) if request.dialect == "chat" else _message_events(request, answer)


def _finish(answer: Answer) -> str:
    return "length" if answer.cut else "stop"


def _usage(answer: Answer) -> dict[str, int]:
    output = len(answer.tokens)
    return {
        "prompt_tokens": answer.prompt_tokens,
        "completion_tokens": output,
        "total_tokens": answer.prompt_tokens + output,
    }


def _chat(answer: Answer, kind: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{answer.number}", "object": kind, "created": 0, "model": answer.model}


def _chat_events(request: Asked, answer: Answer) -> Stream:
    base = _chat(answer, "chat.completion.chunk")

    def event(delta: Mapping[str, Any], finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return _event({**base, "choices": [choice]})

    tail = event({}, _finish(answer))
    if request.usage_in_stream:
        tail += _event({**base, "choices": [], "usage": _usage(answer)})
    if answer.refusal:
        return Stream(event({"role": "assistant", "content": ""}), [event({"refusal": answer.refusal})], tail + _DONE)
    tokens = [event({"content": token}) for token in answer.tokens]
    return Stream(event({"role": "assistant", "content": ""}), tokens, tail + _DONE)


def _message(request: Asked, answer: Answer) -> dict[str, Any]:
    stop = "max_tokens" if answer.cut else "end_turn"
    content: list[dict[str, Any]] = [{"type": "text", "text": answer.text}]
    details = None
    if answer.refusal:
        stop, content = "refusal", []
        details = {"type": "refusal", "category": None, "explanation": answer.refusal}
    elif request.tool and not answer.cut:
        stop = "tool_use"
        content = [{"type": "tool_use", "id": "toolu_1", "name": request.tool, "input": orjson.loads(answer.text)}]
    return {
        "id": f"msg_{answer.number}",
        "type": "message",
        "role": "assistant",
        "model": answer.model,
        "content": content,
        "stop_reason": stop,
        "stop_sequence": None,
        "stop_details": details,
        "usage": {"input_tokens": answer.prompt_tokens, "output_tokens": len(answer.tokens)},
    }


def _message_events(request: Asked, answer: Answer) -> Stream:
    message = _message(request, answer)
    usage = {**message["usage"], "output_tokens": 0}
    head = _named("message_start", message={**message, "content": [], "stop_reason": None, "usage": usage})
    tokens: list[bytes] = []
    tail = b""
    for block in message["content"]:
        tool = block["type"] == "tool_use"
        opening = {**block, "input": {}} if tool else {**block, "text": ""}
        head += _named("content_block_start", index=0, content_block=opening)
        name, field = ("input_json_delta", "partial_json") if tool else ("text_delta", "text")
        tokens = [_named("content_block_delta", index=0, delta={"type": name, field: token}) for token in answer.tokens]
        tail = _named("content_block_stop", index=0)
    ending = {key: message[key] for key in ("stop_reason", "stop_sequence", "stop_details")}
    tail += _named("message_delta", delta=ending, usage={"output_tokens": len(answer.tokens)})
    return Stream(head, tokens, tail + _named("message_stop"))


def _event(data: Mapping[str, Any]) -> bytes:
    return b"data: " + orjson.dumps(data) + b"\n\n"


def _named(name: str, **data: Any) -> bytes:
    return b"event: " + name.encode() + b"\n" + _event({"type": name, **data})
