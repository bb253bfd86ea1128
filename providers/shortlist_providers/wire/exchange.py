"""One attempt over the wire: what is sent and received when, and the generation that comes of it."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from typing import Any, ClassVar, Protocol

from shortlist_providers.types import Failure, FailureKind, FinishReason, Generation, Timings, Usage
from shortlist_providers.wire.decode import MAX_BODY_BYTES, decode, sound
from shortlist_providers.wire.failures import Failed, from_error_object, malformed
from shortlist_providers.wire.secret import Secret
from shortlist_providers.wire.sse import Event, EventReader

_HEAD_BYTES = 8192
_DRAIN_SECONDS = 0.25
"""How long the closing bytes of a finished stream may take before its connection is given up."""

UNKNOWN_USAGE = Usage()


def is_delimited(headers: Mapping[str, str]) -> bool:
    """Whether HTTP itself marks the end of a body with these headers (any mapping that knows no case)."""
    return "transfer-encoding" in headers or "content-length" in headers


class WrongShape(ValueError):
    """The JSON is not what the protocol says."""


class StreamReader(Protocol):
    """Takes a stream in pieces cut anywhere and gives back whole events."""

    def feed(self, chunk: bytes) -> list[Event]:
        """The events that `chunk` completes."""

    def flush(self) -> list[Event]:
        """The event that the end of the stream left open, if any."""


class Reply(ABC):
    """What arrives for one request, put together by the rules of one protocol."""

    stream_type: ClassVar[str] = "text/event-stream"
    """The content type of its streams."""
    stream_reader: ClassVar[Callable[[], StreamReader]] = EventReader
    """Takes such a stream apart."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.finish: FinishReason | None = None
        self.usage = UNKNOWN_USAGE
        self.model: str | None = None
        self.request_id: str | None = None
        self.any_json = False
        """Whether a whole reply may be something else than an object."""
        self.raw = b""
        """The body of a reply that came in one piece."""
        self.ended = False
        """The stream said that nothing follows."""

    @abstractmethod
    def whole(self, data: dict[str, Any]) -> None:
        """Takes a complete reply. Raises `WrongShape`."""

    @abstractmethod
    def event(self, data: dict[str, Any]) -> bool:
        """Takes one event of a stream and says whether it brought output. Raises `WrongShape`."""

    @abstractmethod
    def failure(self) -> Failure | None:
        """Judges what has arrived, once all has."""

    def error_in(self, data: dict[str, Any]) -> Any:
        """The error object that came in place of a reply, or None."""
        return data.get("error") or (data if data.get("object") == "error" else None)

    def text(self) -> str:
        """The output so far, free of lone surrogates."""
        return sound(self.parts[0] if len(self.parts) == 1 else "".join(self.parts))


class Exchange:
    """Times one attempt and feeds what arrives to a `Reply`."""

    __slots__ = ("_clock", "_head", "_last", "_secret", "first_token", "reply", "sent", "unhonoured")

    def __init__(
        self, clock: Callable[[], float], secret: Secret, reply: Reply, unhonoured: tuple[str, ...] = ()
    ) -> None:
        self._clock = clock
        self._secret = secret
        self._head = b""
        self._last: float | None = None
        self.reply = reply
        self.unhonoured = unhonoured
        self.first_token: float | None = None
        self.sent = clock()

    def check_type(self, content_type: str, streaming: bool) -> bool:
        """Whether the reply is a stream of events (True) or one JSON document (False).

        A server that ignores `stream: true` and answers in one piece is taken at its word, and recorded.
        A server that names no type is believed to have done what it was asked.

        Raises:
            Failed: the type is neither.
        """
        kind = content_type.partition(";")[0].strip().lower()
        if streaming and kind in (self.reply.stream_type, ""):
            return True
        if kind in ("application/json", "") or kind.endswith("+json"):
            if streaming:
                self.unhonoured = (*self.unhonoured, "stream")
            return False
        expected = self.reply.stream_type if streaming else "application/json"
        raise Failed(Failure(FailureKind.MALFORMED, f"the reply is {kind}, not {expected}", status=200))

    def take_whole(self, body: bytes) -> None:
        """Takes a reply that came in one piece.

        Raises:
            Failed: it is not a reply.
        """
        self._last = self._clock()
        if not body:
            raise Failed(malformed("the reply's body is empty", body, self._secret))
        try:
            data = decode(body)
        except ValueError as wrong:
            raise Failed(malformed(f"the reply is not JSON: {wrong}", body, self._secret)) from None
        self.reply.raw = body
        self._dispatch(data, body, self.reply.whole)

    async def take_stream(self, chunks: AsyncIterator[bytes], *, delimited: bool = True) -> None:
        """Takes a reply that comes as events, up to the one that ends it.

        `delimited`: HTTP marks the end of the body. Where only the end of the connection does (RFC 9112, section 6.3),
        a server that died looks like one that has finished.

        Raises:
            Failed: it breaks the protocol or reports an error.
        """
        reader = type(self.reply).stream_reader()
        total = 0
        async for chunk in chunks:
            total += len(chunk)
            if total > MAX_BODY_BYTES:
                raise Failed(malformed(f"the reply exceeds {MAX_BODY_BYTES} bytes", self._head, self._secret))
            if len(self._head) < _HEAD_BYTES:
                self._head += chunk[:_HEAD_BYTES]
            self._events(reader.feed(chunk))
            if self.reply.ended:
                break
        else:
            self._events(reader.flush())
        self._last = self._clock()
        if self.reply.finish is not None or (self.reply.ended and self.reply.parts) or self.reply.failure():
            return
        if self.reply.parts and not delimited:
            why = "the connection was closed before the answer was complete"
            raise Failed(Failure(FailureKind.TRANSIENT, why))
        message = "the stream ended before the model did" if total else "the reply's body is empty"
        raise Failed(malformed(message, self._head, self._secret))

    def _events(self, events: list[Event]) -> None:
        for event in events:
            if event.data == b"[DONE]":
                self.reply.ended = True
                return
            try:
                data = decode(event.data)
            except ValueError as wrong:
                message = f"an event of the stream is not JSON: {wrong}"
                raise Failed(malformed(message, event.data, self._secret)) from None
            if event.name == "error":
                error = data.get("error", data) if isinstance(data, dict) else data
                raise Failed(from_error_object(error, event.data, self._secret))
            if self._dispatch(data, event.data, self.reply.event) and self.first_token is None:
                self.first_token = self._clock()

    def _dispatch(self, data: Any, raw: bytes, take: Callable[[dict[str, Any]], bool | None]) -> bool:
        if not isinstance(data, dict) and not self.reply.any_json:
            raise Failed(malformed("the reply is JSON, but not an object", raw, self._secret))
        try:
            error = self.reply.error_in(data) if isinstance(data, dict) else None
            if error is None:
                return bool(take(data))
        except WrongShape as wrong:
            raise Failed(malformed(f"the reply has the wrong shape: {wrong}", raw, self._secret)) from None
        raise Failed(from_error_object(error, raw, self._secret))

    def generation(self, failure: Failure | None = None) -> Generation:
        """What came of the attempt: `failure` where something went wrong on the way, else what the reply says."""
        reply = self.reply
        now = self._last if self._last is not None else self._clock()
        if failure is None:
            failure = reply.failure()
            if failure is not None and failure.received is not None:
                failure = _scrubbed(failure, self._secret)
        return Generation(
            text=self._secret.scrub_output(reply.text()) if reply.parts or failure is None else None,
            timings=Timings(self.sent, self.first_token, max(now, self.first_token or now)),
            usage=reply.usage,
            finish_reason=reply.finish or FinishReason.UNKNOWN,
            model=reply.model,
            request_id=reply.request_id,
            failure=failure,
            unhonoured=self.unhonoured,
        )


def _scrubbed(failure: Failure, secret: Secret) -> Failure:
    return replace(failure, message=secret.scrub(failure.message), received=secret.scrub(failure.received or ""))


async def drain(chunks: AsyncIterator[bytes]) -> None:
    """Reads the closing bytes of a finished stream, so that its connection can serve the next request.

    Leaving them unread would open a connection per request, and its handshake would be measured as the model's latency.
    """
    try:
        async with asyncio.timeout(_DRAIN_SECONDS):
            async for _ in chunks:
                pass
    except TimeoutError:
        return
