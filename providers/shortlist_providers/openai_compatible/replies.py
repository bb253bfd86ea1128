"""Replies of servers that depart from the protocol."""

from __future__ import annotations

from typing import Any

from shortlist_providers.types import Failure, FailureKind
from shortlist_providers.wire.chat import ChatReply

_UNFINISHED = frozenset({"IN_QUEUE", "IN_PROGRESS", "CANCELLED", "FAILED", "TIMED_OUT"})
_UNAVAILABLE = 503


class RunPodReply(ChatReply):
    """A chat completion. A job that ended otherwise, or not in time, arrives with status 200 and is no completion."""

    def error_in(self, data: dict[str, Any]) -> Any:
        """The error object, or one that tells the job's state."""
        state = data.get("status")
        if "choices" in data or state not in _UNFINISHED:
            return super().error_in(data)
        said = data.get("error")
        why = f": {said}" if isinstance(said, str) and said else ""
        return {"message": f"RunPod's job is {state}{why}", "code": _UNAVAILABLE}


class LlamaCppPythonReply(ChatReply):
    """A chat completion. A stream that makes way for another request ends in good order, but without a reason."""

    def failure(self) -> Failure | None:
        """As for any other server, or that it was broken off."""
        if self.ended and self.finish is None:
            message = "the server broke the stream off for another request; start it with --interrupt_requests false"
            return Failure(FailureKind.TRANSIENT, message)
        return super().failure()
