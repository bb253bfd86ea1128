"""The Message Batches API: what is handed in, and what its answers mean."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any

from shortlist_providers.base import BatchState, Ticket
from shortlist_providers.types import Failure, FailureKind, FailureScope, Generation, Timings
from shortlist_providers.wire.decode import count, decode, string
from shortlist_providers.wire.exchange import Exchange
from shortlist_providers.wire.failures import Failed, from_error_object, malformed
from shortlist_providers.wire.secret import Secret

MOST_BYTES = 256_000_000
"""Of one batch's requests together; Anthropic takes no more."""

_ENDED_EARLY = {
    "expired": "the batch expired before this request was answered",
    "canceled": "the batch was cancelled before this request was answered",
}


def custom_id(key: str) -> str:
    """The name of a request within its batch: the same in every sitting, 64 characters of those that are allowed."""
    return sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def size_of(entry: Mapping[str, Any]) -> int:
    """Bytes that an entry of a batch takes, written as the SDK writes it.

    Raises:
        TypeError, ValueError: JSON cannot say it.
    """
    return len(json.dumps(entry, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode())


def too_large(size: int, entries: int) -> Failure:
    """What Anthropic would answer, said before some hundred megabytes are sent."""
    message = f"HTTP 413: {entries} requests take {size} bytes, and a batch takes {MOST_BYTES}; hand in fewer at once"
    return Failure(FailureKind.PERMANENT, message, status=413)


def ticket_for(batch: Mapping[str, Any], submitted: float, secret: Secret) -> Ticket:
    """The ticket of a batch that was just taken.

    Raises:
        Failed: the reply names no batch.
    """
    name = string(batch.get("id"))
    if name is None:
        raise Failed(malformed("the reply names no batch", json.dumps(batch), secret))
    return Ticket(name, submitted)


def state_of(batch: Mapping[str, Any], secret: Secret) -> BatchState:
    """How far a batch is.

    Raises:
        Failed: the reply does not say.
    """
    status = string(batch.get("processing_status"))
    if status is None:
        raise Failed(malformed("the reply does not say how far the batch is", json.dumps(batch), secret))
    ended = status == "ended"
    counts = batch.get("request_counts")
    each = counts if isinstance(counts, Mapping) else {}
    done = [count(each.get(name)) for name in ("succeeded", "errored", "canceled", "expired")]
    known = None if None in done else sum(number or 0 for number in done)
    # Anthropic may count nothing until all has ended, so that 0 says nothing before.
    return BatchState(ended, known if ended or known else None, status)


def not_fetchable(batch: Mapping[str, Any], ticket: Ticket, secret: Secret) -> Failure | None:
    """Why a batch has no answers to fetch, or None where it has."""
    if archived := string(batch.get("archived_at")):
        message = f"Anthropic has thrown the answers of batch {ticket.id} away (it keeps them for 29 days): {archived}"
        return Failure(FailureKind.PERMANENT, secret.scrub(message))
    if not state_of(batch, secret).ended:
        return Failure(FailureKind.TRANSIENT, f"batch {ticket.id} has not ended")
    return None


def about(failure: Failure, ticket: Ticket) -> Failure:
    """`failure`, which asking after a batch ended in. An unknown batch says nothing against the next one."""
    if failure.status != 404:
        return failure
    message = f"Anthropic knows no batch {ticket.id} for this key: {failure.message}"
    return replace(failure, message=message, scope=FailureScope.REQUEST)


def answer_in(line: bytes, secret: Secret) -> tuple[str, Any]:
    """The `custom_id` and the result that a line of a batch's answers holds.

    Raises:
        Failed: it holds no answer.
    """
    try:
        data = decode(line)
    except ValueError as wrong:
        raise Failed(malformed(f"a line of the batch's answers is not JSON: {wrong}", line, secret)) from None
    if not isinstance(data, dict) or not isinstance(data.get("custom_id"), str):
        raise Failed(malformed("a line of the batch's answers names no request", line, secret))
    return data["custom_id"], data.get("result")


def judged(result: Any, exchange: Exchange, ticket: Ticket, secret: Secret) -> Generation:
    """The generation that a result makes; a message is judged like the reply to a single call."""
    try:
        _take(result, exchange, secret)
        generation = exchange.generation()
    except Failed as failed:
        generation = exchange.generation(failed.failure)
    ended = max(ticket.submitted, generation.timings.last_token)
    return replace(generation, timings=Timings(ticket.submitted, None, ended), deferred=True)


def _take(result: Any, exchange: Exchange, secret: Secret) -> None:
    kind = result.get("type") if isinstance(result, dict) else None
    if kind == "succeeded":
        exchange.take_whole(json.dumps(result.get("message")).encode())
    elif kind == "errored":
        _report(result.get("error"), exchange, secret)
    elif kind in _ENDED_EARLY:
        raise Failed(Failure(FailureKind.TRANSIENT, _ENDED_EARLY[kind]))
    else:
        raise Failed(malformed("the batch's answer has the wrong shape", json.dumps(result), secret))


def _report(response: Any, exchange: Exchange, secret: Secret) -> None:
    error = response
    if isinstance(response, dict):
        exchange.reply.request_id = string(response.get("request_id"))
        error = response.get("error", response)
    raise Failed(from_error_object(error, json.dumps(response).encode(), secret))
