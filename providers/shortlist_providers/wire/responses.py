"""The Responses protocol: OpenAI's replies, whole or as events."""

from __future__ import annotations

from typing import Any

import orjson

from shortlist_providers.types import Failure, FailureKind, FinishReason, Usage
from shortlist_providers.wire import chat
from shortlist_providers.wire.decode import sound, string
from shortlist_providers.wire.exchange import Reply, WrongShape
from shortlist_providers.wire.failures import MAX_MESSAGE_CHARS, bounded, from_error_object
from shortlist_providers.wire.secret import NO_SECRET

_ENDINGS = frozenset({"response.completed", "response.incomplete", "response.failed"})
_CUT = {
    "max_output_tokens": FinishReason.LENGTH,
    "content_filter": FinishReason.CONTENT_FILTER,
}
_KNOWN_AS = {
    "invalid_prompt": "invalid_request_error",
    "bio_policy": "content_policy_violation",
    "misalignment_policy_violation": "content_policy_violation",
    "image_content_policy_violation": "content_policy_violation",
}
"""Codes of this protocol alone, by the names under which every protocol's errors are classified."""


def usage_of(usage: Any) -> Usage:
    """Token counts in our terms. `input_tokens` includes the cached ones here; ours keeps them apart."""
    if not isinstance(usage, dict):
        return Usage()
    return chat.usage_of(
        {
            "prompt_tokens": usage.get("input_tokens"),
            "completion_tokens": usage.get("output_tokens"),
            "prompt_tokens_details": usage.get("input_tokens_details"),
            "completion_tokens_details": usage.get("output_tokens_details"),
        }
    )


class ResponsesReply(Reply):
    """A response. The text parts of its messages, joined, are the output, as for the SDK's `output_text`."""

    def __init__(self) -> None:
        super().__init__()
        self._refusal: list[str] = []
        self._status: str | None = None
        self._reason: str | None = None
        self._error: Any = None

    def error_in(self, data: dict[str, Any]) -> Any:
        """The error that came in place of a response. A response that failed is one: it tells its usage."""
        if data.get("type") == "error":
            return _known(data.get("error") or data)
        if data.get("object") == "response" or "response" in data:
            return None
        return super().error_in(data)

    def whole(self, data: dict[str, Any]) -> None:
        """Takes a `response` object."""
        self._envelope(data)
        if self._status is None:
            raise WrongShape("status is not given")
        if not isinstance(data.get("output"), list):
            raise WrongShape("output is not a list")
        self._output(data["output"])

    def event(self, data: dict[str, Any]) -> bool:
        """Takes one event of a stream."""
        kind = data.get("type")
        if kind == "response.output_text.delta":
            return self._take(self.parts, data.get("delta"))
        if kind == "response.refusal.delta":
            return self._take(self._refusal, data.get("delta"))
        response = data.get("response")
        if kind in _ENDINGS and not isinstance(response, dict):
            raise WrongShape(f"{kind} has no response")
        if isinstance(response, dict):
            self._envelope(response)
        if kind in _ENDINGS and isinstance(response, dict):
            if not self.parts and not self._refusal and isinstance(response.get("output"), list):
                self._output(response["output"])  # a gateway that streams the ending alone
            self.ended = True
        return False

    def _envelope(self, response: dict[str, Any]) -> None:
        if self.model is None:
            self.model = string(response.get("model"))
        if self.request_id is None:
            self.request_id = string(response.get("id"))
        if (usage := response.get("usage")) is not None:
            self.usage = usage_of(usage)
        details = response.get("incomplete_details")
        self._reason = string(details.get("reason")) if isinstance(details, dict) else None
        self._error = response.get("error")
        self._status = string(response.get("status"))
        if self._status == "completed":
            self.finish = FinishReason.STOP
        elif self._status == "incomplete":
            self.finish = _CUT.get(self._reason or "", FinishReason.UNKNOWN)

    def _output(self, items: list[Any]) -> None:
        for item in items:
            if not isinstance(item, dict):
                raise WrongShape("an item of output is not an object")
            if item.get("type") != "message":  # reasoning, tool calls
                continue
            content = item.get("content")
            for part in content if isinstance(content, list) else ():
                if not isinstance(part, dict):
                    raise WrongShape("a part of a message is not an object")
                if part.get("type") == "output_text":
                    self._take(self.parts, part.get("text"))
                elif part.get("type") == "refusal":
                    self._take(self._refusal, part.get("refusal"))

    def _take(self, into: list[str], text: Any) -> bool:
        if not isinstance(text, str):
            raise WrongShape(f"output is not text but {type(text).__name__}")
        if text:
            into.append(text)
        return bool(text)

    def failure(self) -> Failure | None:
        """Failed, refused, cut, left unfinished, or None."""
        if self._status == "failed":
            return from_error_object(_known(self._error), orjson.dumps(self._error, default=str), NO_SECRET)
        if self._refusal:
            said = bounded(sound("".join(self._refusal)), MAX_MESSAGE_CHARS)
            return Failure(FailureKind.REFUSED, f"the model refused: {said}", received=said)
        if self.finish is FinishReason.CONTENT_FILTER:
            return Failure(FailureKind.REFUSED, "a content filter stopped the output (incomplete: content_filter)")
        if self._status == "incomplete":
            return Failure(FailureKind.TRUNCATED, f"the output was cut (incomplete: {self._reason or 'no reason'})")
        if self._status in ("cancelled", "queued") or (self._status == "in_progress" and self.raw):
            return Failure(FailureKind.TRANSIENT, f"the server left the response unfinished (status {self._status})")
        return None


def _known(error: Any) -> Any:
    code = error.get("code") if isinstance(error, dict) else None
    label = _KNOWN_AS.get(code) if isinstance(code, str) else None
    return {**error, "code": None, "type": label} if label else error
