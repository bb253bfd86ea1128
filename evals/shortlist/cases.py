"""The unit of work and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from shortlist_providers.types import Failure, FailureKind, Generation, Timings, Usage

RECORD_SCHEMA_VERSION = 1


class Outcome(StrEnum):
    """How a case ended (DESIGN §6). Every case has exactly one."""

    OK = "ok"
    MALFORMED = "malformed"
    TRUNCATED = "truncated"
    REFUSED = "refused"
    TIMEOUT = "timeout"
    ERROR = "error"

    @classmethod
    def of(cls, failure: Failure | None) -> Self:
        """The outcome of a case whose last attempt ended with `failure`, or with none."""
        if failure is None:
            return cls("ok")
        by_kind = {
            FailureKind.MALFORMED: "malformed",
            FailureKind.TRUNCATED: "truncated",
            FailureKind.REFUSED: "refused",
            FailureKind.TIMEOUT: "timeout",
        }
        return cls(by_kind.get(failure.kind, "error"))


UNHEARD = frozenset({Outcome.ERROR, Outcome.TIMEOUT, Outcome.MALFORMED})
"""Ends of a case that say nothing of how good the model is, for it was not heard; a refusal is its own doing."""


@dataclass(frozen=True, slots=True)
class CaseKey:
    """Names a case; its text form is `task/pair/provider/repeat`."""

    task: str
    """`name@version`."""
    pair: str
    provider: str
    repeat: int
    """Counted from 0."""

    def __str__(self) -> str:
        """The text form that requests and messages carry."""
        return f"{self.task}/{self.pair}/{self.provider}/{self.repeat}"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at a case, as the record keeps it."""

    timings: Timings
    usage: Usage
    failure: Failure | None
    waited: float
    """Seconds waited before this attempt because of the one before."""


@dataclass(frozen=True, slots=True)
class Record:
    """One line of `records.jsonl`: a case, its last generation and every attempt behind it."""

    case: CaseKey
    outcome: Outcome
    generation: Generation
    attempts: tuple[Attempt, ...]
    """In order; empty when the provider was known to be out of reach and nothing was sent."""
    queued: float
    """Seconds on the session's monotonic clock when the case could have been sent."""
    session: int
    """Which sitting of the run made it, from 0: a resumed run has a clock with another origin."""
    finished_at: str
    """UTC, ISO 8601."""
    schema_version: int = RECORD_SCHEMA_VERSION
