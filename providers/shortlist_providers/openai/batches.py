"""OpenAI's batch interface: the lines of its files, the states of a batch, and what has become of a request."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from shortlist_providers.base import BatchState
from shortlist_providers.types import Failure, FailureKind, Request
from shortlist_providers.wire.decode import count, decode, string
from shortlist_providers.wire.exchange import Exchange
from shortlist_providers.wire.failures import Failed, bounded, from_error_object, from_status, malformed
from shortlist_providers.wire.secret import Secret

LARGEST_FILE = 200_000_000
"""Bytes. OpenAI takes 200 MB and does not say which megabyte it means; this is the smaller."""

_TOO_LARGE = 413
"""What OpenAI would answer, said before it is sent: the runner then hands in fewer at once."""
_ENDED = frozenset({"completed", "failed", "expired", "cancelled"})
_UNSERVED = frozenset({"batch_expired", "batch_cancelled", "request_timeout"})
"""What OpenAI writes of a request that it did not come to."""


def custom_id(request: Request) -> str:
    """The request's name in a batch: the same in every sitting, and telling nothing of the case."""
    return hashlib.sha256(request.key.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def input_line(request: Request, endpoint: str, body: Mapping[str, Any]) -> bytes:
    """A line of a batch's input file.

    Raises:
        Failed: the request cannot be written as JSON.
    """
    line = {"custom_id": custom_id(request), "method": "POST", "url": endpoint, "body": body}
    try:
        return json.dumps(line, ensure_ascii=False, separators=(",", ":"), default=dict).encode() + b"\n"
    except (TypeError, ValueError) as wrong:
        raise Failed(Failure(FailureKind.PERMANENT, f"the request cannot be written as JSON: {wrong}")) from None


def state_of(batch: Mapping[str, Any]) -> BatchState:
    """How far a batch is."""
    status = str(batch["status"])
    counts = batch.get("request_counts")
    done: int | None = None
    if isinstance(counts, dict):
        answered = [count(counts.get("completed")), count(counts.get("failed"))]
        done = sum(number or 0 for number in answered) if answered != [None, None] else None
    return BatchState(ended=status in _ENDED, done=done, detail=status)


def files_of(batch: Mapping[str, Any], *keys: str) -> list[str]:
    """The files that a batch names under `keys`."""
    return [name for key in keys if (name := string(batch.get(key)))]


def unanswered(batch: Mapping[str, Any], unreadable: bytes | None, secret: Secret) -> Failure:
    """Why an ended batch holds no answer to a request."""
    status = str(batch["status"])
    if status == "failed":
        return _rejected(batch, secret)
    if unreadable is not None:
        return malformed("a line of the batch's files cannot be read, and this answer is missing", unreadable, secret)
    return Failure(FailureKind.TRANSIENT, f"the batch holds no answer to this request (batch {status})")


def _rejected(batch: Mapping[str, Any], secret: Secret) -> Failure:
    """OpenAI read the input file and took none of it."""
    errors = batch.get("errors")
    listed = errors.get("data") if isinstance(errors, dict) else None
    error = listed[0] if isinstance(listed, list) and listed and isinstance(listed[0], dict) else {}
    code = string(error.get("code"))
    said = bounded(secret.scrub(string(error.get("message")) or code or "it does not say why"), 500)
    # More tokens are queued than the account's tier allows; there is room once other batches have ended.
    waits = code == "token_limit_exceeded"
    return Failure(
        FailureKind.RATE_LIMITED if waits else FailureKind.PERMANENT,
        f"OpenAI did not accept the batch: {said}",
        received=secret.scrub(json.dumps(error)) or None,
    )


def parsed(line: bytes) -> dict[str, Any] | None:
    """A line of an output or error file, if it is one."""
    try:
        data = decode(line)
    except ValueError:
        return None
    return data if isinstance(data, dict) and isinstance(data.get("custom_id"), str) else None


def take(line: Mapping[str, Any], exchange: Exchange, secret: Secret) -> None:
    """Takes a line of an output or error file as the reply that a single request would have had.

    Raises:
        Failed: it reports a failure, or is no reply.
    """
    response, error = line.get("response"), line.get("error")
    if isinstance(response, dict):
        exchange.reply.request_id = string(response.get("request_id"))
        body = _bytes(response.get("body"))
        status = count(response.get("status_code"))
        if status is None:
            raise Failed(malformed("the reply has the wrong shape: status_code is not a number", body, secret))
        if status != 200:
            raise Failed(from_status(status, {}, body, secret))
        exchange.take_whole(body)
    elif isinstance(error, dict) and error.get("code") in _UNSERVED:
        said = bounded(secret.scrub(string(error.get("message")) or str(error["code"])), 500)
        raise Failed(Failure(FailureKind.TRANSIENT, f"OpenAI did not come to this request: {said}"))
    elif error:
        raise Failed(from_error_object(error, _bytes(error), secret))
    else:
        raise Failed(malformed("the reply has the wrong shape: neither response nor error", _bytes(dict(line)), secret))


def _bytes(value: Any) -> bytes:
    return json.dumps(value).encode()  # ASCII, since a lone surrogate has no UTF-8


def input_file(requests: Sequence[Request], lines: Iterator[bytes]) -> bytes:
    """The lines as one file.

    Raises:
        Failed: it is larger than OpenAI takes.
    """
    content = b"".join(lines)
    if len(content) > LARGEST_FILE:
        size = len(content) / 1_000_000
        message = (
            f"{len(requests)} requests make a batch file of {size:.0f} MB, and OpenAI takes 200 MB; "
            "shorten the task's prompt, or say mode: single"
        )
        raise Failed(Failure(FailureKind.PERMANENT, message, status=_TOO_LARGE))
    return content
