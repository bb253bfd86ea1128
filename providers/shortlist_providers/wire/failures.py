"""From what a server answered to a typed failure. Statuses, error objects and `Retry-After`, in one place."""

from __future__ import annotations

import email.utils
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from shortlist_providers.types import MAX_RECEIVED_CHARS, Failure, FailureKind, FailureScope
from shortlist_providers.wire.decode import decode, sound
from shortlist_providers.wire.secret import Secret

MAX_MESSAGE_CHARS = 500
"""How much of a server's own words enters a failure's message."""

_PROVIDER_WIDE = frozenset({401, 402, 403, 404, 405, 407})
_TRANSIENT = frozenset({408, 409, 424, 425})  # 424: how TGI says that a generation failed
_REFUSALS = frozenset({"content_filter", "content_policy_violation"})
_EXHAUSTED = frozenset({"insufficient_quota", "billing_error", "billing_hard_limit_reached"})

# Statuses for error objects that come without one: inside a stream, or with status 200.
_STATUS_OF_TYPE = {
    "invalid_request_error": 400,
    "badrequesterror": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "notfounderror": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "overloaded_error": 529,
}


class Failed(Exception):
    """Carries a failure from where it is seen to where the generation is built. Never leaves this package."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        super().__init__(failure.message)


def bounded(text: str, limit: int = MAX_RECEIVED_CHARS) -> str:
    """The first `limit` characters of `text`."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def received(body: bytes | str, secret: Secret) -> str:
    """A reply that broke the protocol, as the record may keep it: no key, no broken characters, not too long."""
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else sound(body)
    return bounded(secret.scrub(text))


def malformed(message: str, body: bytes | str, secret: Secret, status: int | None = 200) -> Failure:
    """The reply broke the protocol."""
    return Failure(FailureKind.MALFORMED, message, status=status, received=received(body, secret))


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that a server asks us to wait, from `retry-after-ms` or `Retry-After` (seconds or an HTTP date).

    A date is measured against the reply's own `Date`, so that neither clock need be right; without one it is unknown.
    See RFC 9110, 10.2.3.
    """
    for name, scale in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) * scale
        except ValueError:
            continue
        return seconds if math.isfinite(seconds) and seconds >= 0 else None
    try:
        until = email.utils.parsedate_to_datetime(headers.get("retry-after", ""))
        now = email.utils.parsedate_to_datetime(headers.get("date", ""))
        return max(0.0, (until - now).total_seconds())
    except (ValueError, TypeError):  # TypeError: one date says its zone, the other does not
        return None


def _words_of(error: Any) -> str:
    """What an error object says, in whichever of the usual places it says it."""
    if isinstance(error, Mapping):
        for key in ("message", "detail", "error", "msg"):
            if error.get(key):
                return _words_of(error[key])
        return ""
    if isinstance(error, list):
        return "; ".join(words for words in map(_words_of, error[:5]) if words)
    return error if isinstance(error, str) else ""


def _labels_of(error: Any) -> set[str]:
    if not isinstance(error, Mapping):
        return set()
    inner = error.get("error")
    labels = {value for key in ("code", "type") if isinstance(value := error.get(key), str)}
    return labels | (_labels_of(inner) if isinstance(inner, Mapping) else set())


def from_status(status: int, headers: Mapping[str, str], body: bytes, secret: Secret) -> Failure:
    """Classifies a reply whose HTTP status is not 200.

    Args:
        status: the HTTP status.
        headers: the reply's headers; looked up in lower case.
        body: the reply's body, of which at most `MAX_RECEIVED_CHARS` characters are kept.
        secret: the key that must not appear in the failure.
    """
    try:
        error = decode(body)
    except ValueError:
        error = None
    said = bounded(secret.scrub(sound(_words_of(error))), MAX_MESSAGE_CHARS)
    if 300 <= status < 400:
        said = f"redirects to {bounded(secret.scrub(headers.get('location', 'nowhere')), 200)}; put that into base_url"
    message = f"HTTP {status}: {said}" if said else f"HTTP {status}"
    kind, scope = _classify(status, _labels_of(error))
    waits = kind in (FailureKind.RATE_LIMITED, FailureKind.TRANSIENT)
    return Failure(
        kind=kind,
        message=message,
        scope=scope,
        status=status,
        retry_after=retry_after(headers) if waits else None,
        received=received(body, secret) or None,
    )


def nowhere(failure: Failure, url: str) -> Failure:
    """`failure`, telling where nothing was found if the server did not say what it misses (an unknown model, say)."""
    if failure.status not in (404, 405) or failure.message != f"HTTP {failure.status}":
        return failure
    return replace(
        failure, message=f"{failure.message}: nothing answers at {url}; look at base_url, which may lack /v1"
    )


def _classify(status: int, labels: set[str]) -> tuple[FailureKind, FailureScope]:
    if labels & _REFUSALS:
        return FailureKind.REFUSED, FailureScope.REQUEST
    if labels & _EXHAUSTED:  # OpenAI sends 429 for an empty account, too, and no waiting fills it
        return FailureKind.PERMANENT, FailureScope.PROVIDER
    if status == 429 or status in _TRANSIENT or status >= 500:
        return FailureKind.RATE_LIMITED if status == 429 else FailureKind.TRANSIENT, FailureScope.REQUEST
    if status < 300:
        return FailureKind.MALFORMED, FailureScope.REQUEST
    wide = status in _PROVIDER_WIDE or status < 400
    return FailureKind.PERMANENT, FailureScope.PROVIDER if wide else FailureScope.REQUEST


def from_error_object(error: Any, body: bytes, secret: Secret) -> Failure:
    """Classifies an error that came in a stream, or with status 200.

    It may name an HTTP status (`code: 503`) or a known type; failing both it is transient, since the server had
    accepted the request.
    """
    code = error.get("code", error.get("status_code")) if isinstance(error, Mapping) else None
    if isinstance(code, str) and code.isdigit():
        code = int(code)
    status = code if isinstance(code, int) and not isinstance(code, bool) and 400 <= code < 600 else None
    labels = _labels_of(error)
    for label in sorted(labels):
        status = status or _STATUS_OF_TYPE.get(label.lower())
    kind, scope = _classify(status or 500, labels)
    said = bounded(secret.scrub(sound(_words_of(error))), MAX_MESSAGE_CHARS) or "no message"
    return Failure(
        kind=kind,
        message=f"the server reported an error in its reply: {said}",
        scope=scope,
        status=status,
        received=received(body, secret) or None,
    )
