"""The words of the conformance suite."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

from shortlist.cases import Outcome
from shortlist_providers import FailureKind, FinishReason, Generation, Request
from support.conformance.serving import Servers
from support.conformance.texts import UNICODE
from support.tiny_model import TinyModel


class Situation(StrEnum):
    """What can happen to a backend."""

    PLAIN_TEXT = "plain text"
    SCHEMA = "schema-constrained JSON"
    UNICODE = "unicode and emoji"
    LONG_PROMPT = "12k-token prompt"
    TRUNCATION = "truncation by max_tokens"
    EMPTY = "empty output"
    TIMEOUT = "timeout"
    CANCELLATION = "cancellation mid-stream"
    CONCURRENCY = "concurrent calls"
    WRONG_KEY = "wrong key"
    UNKNOWN_MODEL = "unknown model"
    SERVER_GONE = "server gone mid-answer"
    LEAKS = "nothing leaks"
    RUN = "the run stage"


@dataclass(frozen=True, slots=True)
class Place:
    """What a subject may build its backend with."""

    folder: Path
    """Of this test alone."""
    tiny: TinyModel
    servers: Servers
    """Real model servers, each started once a session."""


@dataclass(frozen=True, slots=True)
class Backend:
    """A backend in a situation, and what the test may ask about it."""

    settings: Mapping[str, Any]
    """The provider's keys, as a suite would hold them."""
    environment: Mapping[str, str] = field(default_factory=dict)
    base_dir: Path = Path()
    others: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Further providers of the suite, by name, for kinds that are made of them."""
    bodies: Callable[[], list[str]] | None = None
    """The requests that arrived, as JSON; None where no request is sent."""
    sent_keys: Callable[[], set[str]] | None = None
    """The keys that came with the requests; None where the backend cannot tell."""
    idle: Callable[[], bool] | None = None
    """Whether the backend is serving nobody; None where it cannot tell."""
    kill: Callable[[], None] | None = None
    """Ends the server while it answers; None where the backend drops the connection by itself."""

    @property
    def keys(self) -> set[str]:
        """The keys that the providers were given."""
        named = [settings.get("api_key_env") for settings in (self.settings, *self.others.values())]
        return {self.environment[name] for name in named if name is not None}


Ask = Callable[[Request], Awaitable[Generation]]


@dataclass(frozen=True, slots=True)
class Question:
    """A request and what is right about its generation."""

    request: Request
    text: str | None = None
    """The right output; None where only its form is known."""
    finish: FinishReason = FinishReason.STOP
    failure: FailureKind | None = None


class Subject(ABC):
    """A kind with a backend behind it."""

    id: str
    kind: str
    oracle: str
    """Where the right answers come from, in a few words."""
    absent: Mapping[Situation, str]
    """Situations that mean nothing for this subject, each with the reason."""
    streams: bool = False
    """Whether it can tell the time of its first token."""
    one_at_a_time: bool = False
    """Whether it works through one request after the other."""
    in_process: bool = False
    """Whether its engine runs in this process, or in processes that the provider starts."""
    patience: float = 0.3
    """Seconds after which its generations are given up half-way."""
    keeps_partial_text: bool = True
    """Whether what had arrived before the server went away is still there."""
    restarts: bool = True
    """Whether it can be asked again after its backend went away."""
    unicode: str = UNICODE
    """What it is made to write to show that no character is lost."""
    finds_model_at_startup: bool = False
    """Whether an unknown model keeps it from starting, rather than failing its cases."""
    unknown_model: str = "no-such-model"
    """What is asked for in `UNKNOWN_MODEL`, and has to be named."""
    echoes: int = 1
    """How many different answers its backend has in `LEAKS`."""
    live: bool = True
    """Whether it generates now, by the context's clock."""
    enforces: bool = True
    """Whether what it writes for a schema is valid."""
    honours_schema: bool = True
    """Whether the schema reaches the backend."""
    outcome: Outcome = Outcome.OK
    """How the cases of a small suite end."""
    marks: tuple[pytest.MarkDecorator, ...] = ()
    """Of its tests."""

    @abstractmethod
    def backend(self, situation: Situation, place: Place) -> AbstractContextManager[Backend]:
        """A backend that is about to meet the situation."""

    @abstractmethod
    async def question(self, situation: Situation, ask: Ask, place: Place) -> Question:
        """What to ask in the situation. May ask the provider something else before."""

    def questions(self, count: int, place: Place) -> list[Question]:
        """Questions that can be told apart by their answers, to be asked all at once."""
        raise NotImplementedError

    @abstractmethod
    def check(self, question: Question, generation: Generation, place: Place) -> None:
        """Asserts what only the subject knows: usage, model, what could not be honoured."""

    def suite(self, backend: Backend, folder: Path) -> Path:
        """A suite of three pairs for the run stage."""
        from support.conformance.suites import small_suite  # noqa: PLC0415 - it needs this module

        return small_suite(folder, backend.settings, backend.others)

    def asked_by_suite(self, number: int) -> Question:
        """What the run stage asks for pair `number` of that suite."""
        from support.conformance.suites import asked  # noqa: PLC0415 - likewise

        return asked(number)

    def meets(self, situation: Situation) -> bool:
        """Whether the situation means something here."""
        return situation not in self.absent
