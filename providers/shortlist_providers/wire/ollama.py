"""The replies of Ollama's own protocol, `/api/chat`: whole, or as newline-delimited JSON."""

from __future__ import annotations

from typing import Any, ClassVar

from shortlist_providers.types import Failure, FailureKind, FinishReason, Usage
from shortlist_providers.wire.decode import count, string
from shortlist_providers.wire.exchange import Reply, WrongShape
from shortlist_providers.wire.ndjson import LineReader

_FINISH = {"stop": FinishReason.STOP, "length": FinishReason.LENGTH}
_WROTE_NOTHING = frozenset({"load", "unload"})
"""What Ollama writes when it was only asked to take a model into memory, or to drop it."""
_NANOSECONDS = 1e-9


class OllamaReply(Reply):
    """A chat reply. What a model thinks aloud (`thinking`) is no output, but counts as output tokens."""

    stream_type: ClassVar[str] = "application/x-ndjson"
    stream_reader = LineReader

    def __init__(self) -> None:
        super().__init__()
        self.load_seconds: float | None = None
        """How long the model took to be loaded for this reply, as Ollama says."""
        self._wrote_nothing: str | None = None

    def whole(self, data: dict[str, Any]) -> None:
        """Takes a reply that came in one piece."""
        if not isinstance(data.get("message"), dict):
            raise WrongShape("message is not an object")
        if data.get("done") is not True:
            raise WrongShape("done is not true")
        self.event(data)

    def event(self, data: dict[str, Any]) -> bool:
        """Takes one line; the one that says `done` brings the counts."""
        if self.model is None:
            self.model = string(data.get("model"))
        brought = self._content(data.get("message"))
        if data.get("done") is True:
            self._end(data)
        return brought

    def _content(self, message: Any) -> bool:
        if message is None:
            return False
        content = message.get("content", "") if isinstance(message, dict) else None
        if not isinstance(content, str):
            raise WrongShape("message.content is not text")
        if content:
            self.parts.append(content)
        return bool(content)

    def _end(self, data: dict[str, Any]) -> None:
        self.ended = True
        reason = data.get("done_reason")
        self.finish = _FINISH.get(reason, FinishReason.UNKNOWN) if isinstance(reason, str) else FinishReason.UNKNOWN
        if reason in _WROTE_NOTHING:
            self._wrote_nothing = reason
        self.usage = _usage(data)
        loading = count(data.get("load_duration"))
        self.load_seconds = None if loading is None else loading * _NANOSECONDS

    def failure(self) -> Failure | None:
        """Truncated, nothing written, or None."""
        if self.finish is FinishReason.LENGTH:
            return Failure(FailureKind.TRUNCATED, "a token limit cut the output (done_reason length)")
        if self._wrote_nothing:
            message = f"Ollama generated nothing (done_reason {self._wrote_nothing})"
            return Failure(FailureKind.TRANSIENT, message)
        return None


def _usage(data: dict[str, Any]) -> Usage:
    """Ollama leaves a count out where it is 0, so what is missing is unknown. The prompt's count includes the cache."""
    prompt, cached = count(data.get("prompt_eval_count")), count(data.get("prompt_eval_cached_count"))
    fresh = None if prompt is None else prompt - (cached or 0)
    return Usage(
        input=fresh if fresh is not None and fresh >= 0 else None,
        cached_read=cached,
        output=count(data.get("eval_count")),
    )
