"""How a scripted server treats one request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

DEFAULT_TEXT = '{"answer": "yes"}'
DEFAULT_USAGE: Mapping[str, Any] = {"prompt_tokens": 20, "completion_tokens": 5, "total_tokens": 25}


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One way to answer. Build it with the functions below; `name` is what the log shows."""

    name: str
    text: str = DEFAULT_TEXT
    usage: Mapping[str, Any] | None = field(default_factory=lambda: DEFAULT_USAGE)
    finish: str | None = "stop"
    refusal: str | None = None
    delay: float = 0.0
    """Seconds before the first byte."""
    chunks: int = 3
    """Into how many deltas a streamed text is cut."""
    chunk_delay: float = 0.0
    """Seconds between deltas."""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    """Sent as it is, in place of a reply."""
    pieces: tuple[bytes, ...] | None = None
    """Sent as they are, chunked and so of no announced length, in place of a reply."""
    content_type: str | None = None
    drop_after: int | None = None
    """Bytes of the reply after which the connection is cut; 0 cuts it before the status line."""
    hangs: bool = False


def ok(text: str = DEFAULT_TEXT, **options: Any) -> Behaviour:
    """A complete answer. Options: usage, delay, chunks, chunk_delay, finish."""
    return Behaviour("ok", text=text, **options)


def slow_chunks(text: str = DEFAULT_TEXT, chunk_delay: float = 0.02, chunks: int = 4) -> Behaviour:
    """A complete answer that trickles in."""
    return Behaviour("slow_chunks", text=text, chunks=chunks, chunk_delay=chunk_delay)


def status(code: int, body: bytes | str = b"", headers: Mapping[str, str] | None = None) -> Behaviour:
    """An HTTP status; without a body, with the error object that fits it."""
    raw = body.encode() if isinstance(body, str) else body
    raw = raw or b'{"error": {"message": "scripted", "type": "scripted_error"}}'
    return Behaviour(f"status_{code}", status=code, headers=headers or {}, body=raw, content_type="application/json")


def rate_limit(retry_after: float | str | None = 1) -> Behaviour:
    """429, with `Retry-After` unless None."""
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    body = b'{"error": {"message": "slow down", "type": "rate_limit_error"}}'
    return Behaviour("rate_limit", status=429, headers=headers, body=body, content_type="application/json")


def bad_key(echoed: str = "") -> Behaviour:
    """401, whose message may echo a key, as real servers do."""
    body = f'{{"error": {{"message": "Incorrect API key provided: {echoed}", "type": "authentication_error"}}}}'
    return Behaviour("bad_key", status=401, body=body.encode(), content_type="application/json")


def raw(body: bytes, content_type: str | None = "application/json", name: str = "raw") -> Behaviour:
    """Any bytes with status 200."""
    return Behaviour(name, body=body, content_type=content_type)


def raw_stream(*pieces: bytes, delay: float = 0.01) -> Behaviour:
    """Any bytes as an event stream, with pauses where they are cut."""
    return Behaviour("raw_stream", pieces=pieces, content_type="text/event-stream", chunk_delay=delay)


def html_200() -> Behaviour:
    """A proxy's page with status 200."""
    return raw(b"<html><body>It works!</body></html>", "text/html", "html_200")


def empty_body() -> Behaviour:
    """Status 200 and nothing else."""
    return raw(b"", None, "empty_body")


def half_json() -> Behaviour:
    """JSON that stops in the middle, under a correct Content-Length."""
    return raw(b'{"id": "x", "choices": [{"message": {"content": "{\\"ans', name="half_json")


def wrong_content_type() -> Behaviour:
    """A good reply under the wrong name."""
    return Behaviour("wrong_content_type", content_type="text/plain")


def drop(after: int = 0) -> Behaviour:
    """The connection is cut after this many bytes of the reply's body; 0: before the status line."""
    return Behaviour("drop", drop_after=after)


def hang() -> Behaviour:
    """No answer until the client gives up or the server stops."""
    return Behaviour("hang", hangs=True)


def truncated(text: str = '{"answer": "ye') -> Behaviour:
    """Cut by the token limit."""
    return Behaviour("truncated", text=text, finish="length")


def refused(why: str = "I cannot help with that.") -> Behaviour:
    """The model declines."""
    return Behaviour("refused", text="", refusal=why)
