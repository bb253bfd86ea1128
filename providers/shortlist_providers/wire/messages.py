"""The Messages protocol: Anthropic's replies, whole or as events."""

from __future__ import annotations

from typing import Any

import orjson

from shortlist_providers.types import Failure, FailureKind, FinishReason, Usage
from shortlist_providers.wire.decode import count, sound, string
from shortlist_providers.wire.exchange import Reply, WrongShape
from shortlist_providers.wire.failures import MAX_MESSAGE_CHARS, bounded

_FINISH = {
    "end_turn": FinishReason.STOP,
    "stop_sequence": FinishReason.STOP,
    "max_tokens": FinishReason.LENGTH,
    "model_context_window_exceeded": FinishReason.LENGTH,
    "tool_use": FinishReason.TOOL_CALL,
    "pause_turn": FinishReason.UNKNOWN,
    "refusal": FinishReason.REFUSAL,
}


def usage_of(usage: dict[str, Any]) -> Usage:
    """Token counts in our terms. `input_tokens` leaves the cache out already."""
    details = usage.get("output_tokens_details")
    return Usage(
        input=count(usage.get("input_tokens")),
        cached_read=count(usage.get("cache_read_input_tokens")),
        cached_write=count(usage.get("cache_creation_input_tokens")),
        output=count(usage.get("output_tokens")),
        reasoning=count(details.get("thinking_tokens")) if isinstance(details, dict) else None,
    )


class MessagesReply(Reply):
    """A message. Text blocks make the output; with a forced tool, that tool's input does, if it was called."""

    def __init__(self, tool: bool = False) -> None:
        super().__init__()
        self._tool = tool
        self._text: list[str] = []
        self._input: list[str] = []
        self._usage: dict[str, Any] = {}
        self._stop: str | None = None
        self._explanation: str | None = None

    def whole(self, data: dict[str, Any]) -> None:
        """Takes a `message` object."""
        content = data.get("content")
        if not isinstance(content, list):
            raise WrongShape("content is not a list")
        self._envelope(data)
        for block in content:
            if not isinstance(block, dict):
                raise WrongShape("a block of content is not an object")
            if block.get("type") == "text":
                self._take(self._text, block.get("text"))
            elif block.get("type") == "tool_use" and self._tool:
                self._take(self._input, orjson.dumps(block.get("input")).decode())
        if self._stop is None:
            raise WrongShape("stop_reason is not given")
        self._settle()

    def event(self, data: dict[str, Any]) -> bool:
        """Takes one event of a stream."""
        kind = data.get("type")
        if kind == "message_start":
            message = data.get("message")
            if not isinstance(message, dict):
                raise WrongShape("message_start has no message")
            self._envelope(message)
        elif kind == "content_block_delta":
            delta = data.get("delta")
            if not isinstance(delta, dict):
                raise WrongShape("content_block_delta has no delta")
            if delta.get("type") == "text_delta":
                return self._take(self._text, delta.get("text"))
            if delta.get("type") == "input_json_delta" and self._tool:
                return self._take(self._input, delta.get("partial_json"))
        elif kind == "message_delta":
            delta = data.get("delta")
            self._ending(delta if isinstance(delta, dict) else {})
            self._count(data.get("usage"))
        elif kind == "message_stop":
            self.ended = True
        return False

    def _take(self, into: list[str], text: Any) -> bool:
        if not isinstance(text, str):
            raise WrongShape(f"output is not text but {type(text).__name__}")
        if text:
            into.append(text)
            self._settle()
        return bool(text)

    def _settle(self) -> None:
        self.parts = self._input or self._text

    def _envelope(self, message: dict[str, Any]) -> None:
        self.model = string(message.get("model"))
        self.request_id = string(message.get("id"))
        self._ending(message)
        self._count(message.get("usage"))

    def _ending(self, said: dict[str, Any]) -> None:
        reason = said.get("stop_reason")
        if isinstance(reason, str):
            self._stop = reason
            self.finish = _FINISH.get(reason, FinishReason.UNKNOWN)
        details = said.get("stop_details")
        if isinstance(details, dict):
            self._explanation = string(details.get("explanation")) or string(details.get("category"))

    def _count(self, usage: Any) -> None:
        if isinstance(usage, dict):  # a stream counts input at its start and output at its end
            self._usage.update((key, value) for key, value in usage.items() if value is not None)
            self.usage = usage_of(self._usage)

    def failure(self) -> Failure | None:
        """Truncated, refused, put off, or None."""
        if self.finish is FinishReason.REFUSAL:
            said = bounded(sound(self._explanation or "no explanation"), MAX_MESSAGE_CHARS)
            return Failure(FailureKind.REFUSED, f"the model refused: {said}", received=said)
        if self.finish is FinishReason.LENGTH:
            return Failure(FailureKind.TRUNCATED, f"a token limit cut the output (stop_reason {self._stop})")
        if self._stop == "pause_turn":
            return Failure(FailureKind.TRANSIENT, "the server paused before the output was complete (pause_turn)")
        return None
