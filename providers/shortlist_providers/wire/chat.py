"""The chat-completions protocol: OpenAI's own, and that of vLLM, llama-server, Ollama, TGI, SGLang and MLX."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

import orjson

from shortlist_providers.types import Failure, FailureKind, FinishReason, Message, Usage
from shortlist_providers.wire.decode import count, sound, string
from shortlist_providers.wire.exchange import Reply, WrongShape
from shortlist_providers.wire.failures import MAX_MESSAGE_CHARS, Failed, bounded

_FINISH = {
    "stop": FinishReason.STOP,
    "length": FinishReason.LENGTH,
    "tool_calls": FinishReason.TOOL_CALL,
    "function_call": FinishReason.TOOL_CALL,
    "content_filter": FinishReason.CONTENT_FILTER,
    "eos_token": FinishReason.STOP,  # TGI's names
    "stop_sequence": FinishReason.STOP,
}
_ABORTED = frozenset({"abort", "error", "cancelled"})
"""What vLLM and gateways write when the server, not the model, ended the generation."""

SchemaPassing = Literal["json_schema", "json_object_schema", "json_object_value", "alone", "json_object", "none"]
"""How a schema is passed on: as OpenAI does; beside `json_object` under `schema` (llama-cpp-python) or under `value`
(TGI); the schema alone (Ollama's own `format`); as a bare request for JSON; not at all."""

_UNFIT_FOR_A_NAME = re.compile(r"[^A-Za-z0-9_-]")


def schema_name(name: str) -> str:
    """`name` as the protocol allows it: letters, digits, `_` and `-`, at most 64."""
    return _UNFIT_FOR_A_NAME.sub("_", name)[:64] or "output"


def encode(body: dict[str, Any]) -> bytes:
    """A request's body as bytes; lone surrogates in the prompt are replaced, since UTF-8 has none.

    Raises:
        Failed: it cannot be written as JSON at all.
    """
    try:
        return orjson.dumps(body)
    except TypeError:
        pass
    mended = {
        **body,
        "messages": [Message(message.role, sound(message.content)) for message in body.get("messages", ())],
    }
    if isinstance(body.get("prompt"), str):
        mended["prompt"] = sound(body["prompt"])
    try:
        return orjson.dumps(mended)
    except TypeError as wrong:
        raise Failed(Failure(FailureKind.PERMANENT, f"the request cannot be written as JSON: {wrong}")) from None


class SchemaCache:
    """Schemas encoded once, since one schema serves every request of a task."""

    __slots__ = ("_encoded",)

    def __init__(self) -> None:
        self._encoded: dict[tuple[int, str], tuple[object, orjson.Fragment]] = {}

    def response_format(
        self, schema: Mapping[str, Any], name: str, passing: SchemaPassing = "json_schema"
    ) -> orjson.Fragment:
        """`response_format` for `schema`, ready for `orjson.dumps`. A cache serves one way of passing schemas on."""
        known = self._encoded.get((id(schema), name))
        if known is not None:
            return known[1]
        try:
            fragment = orjson.Fragment(orjson.dumps(_format(schema, name, passing), default=dict))
        except TypeError as wrong:
            raise Failed(Failure(FailureKind.PERMANENT, f"the schema cannot be written as JSON: {wrong}")) from None
        if len(self._encoded) > 64:
            self._encoded.clear()
        self._encoded[id(schema), name] = (schema, fragment)  # holding the schema keeps its id from being reused
        return fragment


def _format(schema: Mapping[str, Any], name: str, passing: SchemaPassing) -> dict[str, Any]:
    if passing == "json_object_schema":
        return {"type": "json_object", "schema": schema}
    if passing == "json_object_value":
        return {"type": "json_object", "value": schema}
    if passing == "alone":
        return dict(schema)
    if passing == "json_object":
        return {"type": "json_object"}
    # `strict` is no news to local engines; gateways to hosted models guide the output only with it.
    return {"type": "json_schema", "json_schema": {"name": schema_name(name), "schema": schema, "strict": True}}


def usage_of(usage: Any) -> Usage:
    """Token counts in our terms. `prompt_tokens` includes the cached ones here; ours keeps them apart.

    Counts that are missing, or that contradict each other, are unknown.
    """
    if not isinstance(usage, dict):
        return Usage()
    prompt, output = count(usage.get("prompt_tokens")), count(usage.get("completion_tokens"))
    details = usage.get("prompt_tokens_details")
    details = details if isinstance(details, dict) else {}
    read, written = count(details.get("cached_tokens")), count(details.get("cache_write_tokens"))
    spent = usage.get("completion_tokens_details")
    reasoning = count(spent.get("reasoning_tokens")) if isinstance(spent, dict) else None
    fresh = None if prompt is None else prompt - (read or 0) - (written or 0)
    if reasoning is not None and output is not None and reasoning > output:
        output = None  # some gateways count reasoning beside the output, and others do not
    return Usage(
        input=fresh if fresh is not None and fresh >= 0 else None,
        cached_read=read,
        cached_write=written,
        output=output,
        reasoning=reasoning,
    )


class ChatReply(Reply):
    """A chat completion, whole or in chunks. Only the first choice counts; more are never asked for."""

    def __init__(self) -> None:
        super().__init__()
        self._refusal: list[str] = []
        self._aborted: str | None = None

    def whole(self, data: dict[str, Any]) -> None:
        """Takes a `chat.completion` object."""
        self._envelope(data)
        choice = self._choice(data)
        if choice is None:
            raise WrongShape("choices is empty")
        message = choice.get("message")
        if not isinstance(message, dict):
            raise WrongShape("choices[0].message is not an object")
        self._finish(choice)
        if not self._content(message) and message.get("content") is None and self.finish is None and not self._refusal:
            raise WrongShape("choices[0] has neither content nor finish_reason")

    def event(self, data: dict[str, Any]) -> bool:
        """Takes a `chat.completion.chunk` object."""
        self._envelope(data)
        choice = self._choice(data)
        if choice is None:  # the chunk that carries the usage
            return False
        delta = choice.get("delta")
        brought = self._content(delta) if isinstance(delta, dict) else False
        self._finish(choice)
        return brought

    def _envelope(self, data: dict[str, Any]) -> None:
        if self.model is None:
            self.model = string(data.get("model"))
        if self.request_id is None:
            self.request_id = string(data.get("id"))
        if (usage := data.get("usage")) is not None:
            self.usage = usage_of(usage)

    def _choice(self, data: dict[str, Any]) -> dict[str, Any] | None:
        choices = data.get("choices")
        if not isinstance(choices, list):
            if choices is None and "usage" in data:
                return None
            raise WrongShape("choices is not a list")
        if not choices:
            return None
        if not isinstance(choices[0], dict):
            raise WrongShape("choices[0] is not an object")
        return choices[0]

    def _finish(self, choice: dict[str, Any]) -> None:
        reason = choice.get("finish_reason")
        if not isinstance(reason, str):
            return
        self.finish = _FINISH.get(reason, FinishReason.UNKNOWN)
        if reason in _ABORTED:
            self._aborted = reason

    def _content(self, message: dict[str, Any]) -> bool:
        """Takes the text of a message or delta and says whether there was any."""
        refusal = message.get("refusal")
        if isinstance(refusal, str) and refusal:
            self._refusal.append(refusal)
        content = message.get("content")
        if isinstance(content, list):  # content parts
            content = "".join(
                part["text"] for part in content if isinstance(part, dict) and isinstance(part.get("text"), str)
            )
        if content is None:
            return False
        if not isinstance(content, str):
            raise WrongShape(f"content is neither text nor null but {type(content).__name__}")
        if content:
            self.parts.append(content)
        return bool(content)

    def failure(self) -> Failure | None:
        """Truncated, refused, aborted by the server, or None."""
        if self._refusal:
            said = bounded(sound("".join(self._refusal)), MAX_MESSAGE_CHARS)
            return Failure(FailureKind.REFUSED, f"the model refused: {said}", received=said)
        if self.finish is FinishReason.CONTENT_FILTER:
            return Failure(FailureKind.REFUSED, "a content filter stopped the output (finish_reason content_filter)")
        if self.finish is FinishReason.LENGTH:
            return Failure(FailureKind.TRUNCATED, "a token limit cut the output (finish_reason length)")
        if self._aborted:
            message = f"the server broke off the generation (finish_reason {self._aborted})"
            return Failure(FailureKind.TRANSIENT, message)
        return None
