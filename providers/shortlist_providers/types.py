"""What goes into a provider and what comes out: plain, frozen values.

All times are seconds on the one monotonic clock that the runner hands to every provider. `None` means
*unknown*; it is never replaced by 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

MAX_RECEIVED_CHARS = 2000
"""How much of a reply that broke the protocol is kept in the record."""


class FailureKind(StrEnum):
    """How the runner must treat a failure (DESIGN §4). The provider classifies; the runner acts."""

    PERMANENT = "permanent"  # asking again cannot help: bad request, wrong key, unknown model
    TRANSIENT = "transient"  # asking again may help: refused connection, 5xx, a dropped stream
    RATE_LIMITED = "rate_limited"  # asking again later helps; `retry_after` says when
    REFUSED = "refused"  # the model declined
    TRUNCATED = "truncated"  # a token limit cut the output; what arrived is kept
    MALFORMED = "malformed"  # the reply broke the protocol: HTML, empty body, wrong shape
    TIMEOUT = "timeout"  # set by the runner alone, when the case's time was up


class FailureScope(StrEnum):
    """Whom a failure concerns: this request only, or every request to the provider."""

    REQUEST = "request"
    PROVIDER = "provider"  # nothing was generated and nothing else would be: server down, wrong key


class FinishReason(StrEnum):
    """Why the model stopped, in one vocabulary for every backend."""

    STOP = "stop"
    LENGTH = "length"
    TOOL_CALL = "tool_call"
    REFUSAL = "refusal"
    CONTENT_FILTER = "content_filter"
    UNKNOWN = "unknown"  # the backend did not say


@dataclass(frozen=True, slots=True)
class Failure:
    """A typed failure of one attempt."""

    kind: FailureKind
    message: str
    scope: FailureScope = FailureScope.REQUEST
    status: int | None = None
    """HTTP status, where there was one."""
    retry_after: float | None = None
    """Seconds that the server asked us to wait."""
    received: str | None = None
    """What arrived instead of a reply, at most `MAX_RECEIVED_CHARS` characters."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one attempt. The five counts never overlap, except that reasoning is part of output."""

    input: int | None = None
    """Prompt tokens that were neither read from nor written to a cache."""
    cached_read: int | None = None
    cached_write: int | None = None
    output: int | None = None
    """All generated tokens, reasoning included."""
    reasoning: int | None = None


@dataclass(frozen=True, slots=True)
class Timings:
    """When things happened: seconds on the runner's monotonic clock."""

    sent: float
    first_token: float | None
    """None where the backend does not stream."""
    last_token: float


@dataclass(frozen=True, slots=True)
class Message:
    """One chat message."""

    role: str
    """`system`, `user` or `assistant`."""
    content: str


@dataclass(frozen=True, slots=True)
class Sampling:
    """How to sample. None leaves the backend's default."""

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int = 8192
    seed: int | None = None
    stop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """One thing asked of a provider."""

    key: str
    """The case key, `task/pair/provider/repeat`; used by replay and by scripted backends, never sent."""
    messages: tuple[Message, ...]
    sampling: Sampling
    task: str
    """`name@version` of the task."""
    schema: Mapping[str, Any] | None = None
    """JSON Schema of the output; None asks for plain text."""
    schema_name: str = "output"
    inputs: Mapping[str, str] = field(default_factory=dict)
    """The pair's own texts (`resume_text`, `job_description_text`, `domain`) for backends that read no prompt."""


@dataclass(frozen=True, slots=True)
class Step:
    """One request that a chain made on the way to its answer."""

    provider: str
    """The name, in the suite, of the provider that was asked."""
    timings: Timings
    usage: Usage = field(default_factory=Usage)
    failure: Failure | None = None
    """Why the provider itself failed, if it did."""
    rejected: str | None = None
    """Why a complete answer was not taken, if it was not: what is wrong with it, in one sentence."""


@dataclass(frozen=True, slots=True)
class Generation:
    """What one attempt brought back. Either `failure` is None and `text` is complete, or `failure` says why not."""

    text: str | None
    timings: Timings
    usage: Usage = field(default_factory=Usage)
    finish_reason: FinishReason = FinishReason.UNKNOWN
    model: str | None = None
    """The model that answered, as the backend names it."""
    request_id: str | None = None
    failure: Failure | None = None
    unhonoured: tuple[str, ...] = ()
    """What was asked and could not be given (`seed`, `temperature`, a schema keyword …)."""
    cached: bool = False
    """True for replayed or cached output: it never enters latency or throughput, and its cost is that of when it was
    made."""
    deferred: bool = False
    """True for what a vendor's batch brought: it waited in the vendor's queue, so it enters neither latency nor
    throughput. It is paid for."""
    steps: tuple[Step, ...] = ()
    """Of a chain: every request it made, in order."""
    answered_by: str | None = None
    """Of a chain: the provider whose output this is."""
