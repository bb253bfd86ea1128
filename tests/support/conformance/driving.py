"""Driving a provider as the runner does, with a clock that is nobody else's."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import pytest

from shortlist_providers import Generation, Provider, ProviderContext, Request, load_kind
from shortlist_providers.base import Ask as AskByName
from support.conformance.subject import Backend, Place, Question, Situation, Subject
from support.conformance.subjects import SUBJECTS

_ORIGIN = 1_000_000_000.0
_T = TypeVar("_T")


def clock() -> float:
    """Monotonic seconds from an origin that only the context tells."""
    return time.monotonic() + _ORIGIN


def conforms(situation: Situation, *, once_a_kind: bool = False) -> pytest.MarkDecorator:
    """Runs a test for every subject that the situation means something for.

    With `once_a_kind`, for one of each kind and oracle: where what differs between the others is not what is tested.
    """
    subjects = [one for one in SUBJECTS if one.meets(situation)]
    if once_a_kind:
        subjects = list({(one.kind, one.oracle): one for one in reversed(subjects)}.values())[::-1]
    return pytest.mark.parametrize("subject", [pytest.param(one, id=one.id, marks=one.marks) for one in subjects])


def build(backend: Backend, settings: Mapping[str, Any] | None = None, ask: AskByName | None = None) -> Provider:
    """The provider of these settings, or the one that is tested; not yet started."""
    settings = backend.settings if settings is None else settings
    kind = load_kind(settings["kind"])
    context = ProviderContext(clock, asyncio.sleep, backend.environment, backend.base_dir)
    return kind(kind.Config(**settings), context if ask is None else replace(context, ask=ask))


@asynccontextmanager
async def opened(backend: Backend) -> AsyncIterator[Provider]:
    """The provider and those that it asks, started, and shut down whatever happens."""
    others = {name: build(backend, settings) for name, settings in backend.others.items()}

    async def ask(name: str, request: Request) -> Generation:
        return await others[name].generate(request)

    provider = build(backend, ask=ask)
    try:
        for one in (*others.values(), provider):
            await one.startup()
        yield provider
    finally:
        for one in (provider, *others.values()):
            await one.shutdown()


@dataclass(frozen=True, slots=True)
class Answered:
    """A question and what came of it."""

    question: Question
    generation: Generation
    bodies: tuple[str, ...]
    """The requests that had arrived by then, where requests are sent."""


def answered(subject: Subject, situation: Situation, place: Place) -> Answered:
    """One question in the situation, and what holds of every generation asserted."""

    async def once(backend: Backend) -> Answered:
        async with opened(backend) as provider:
            question = await subject.question(situation, provider.generate, place)
            generation = await timed(provider, question.request, subject)
            return Answered(question, generation, tuple(backend.bodies() if backend.bodies else ()))

    with subject.backend(situation, place) as backend:
        done = run(once(backend))
    check(subject, done.question, done.generation, place)
    return done


def check(subject: Subject, question: Question, generation: Generation, place: Place) -> None:
    """Asserts outcome, finish reason, usage, model and what was not honoured."""
    failure = generation.failure
    assert (failure and failure.kind) == question.failure, failure
    assert generation.finish_reason is question.finish
    if question.text is not None:
        assert generation.text == question.text
    subject.check(question, generation, place)


async def timed(provider: Provider, request: Request, subject: Subject) -> Generation:
    """One attempt, whose timings must be in order and on the context's clock."""
    before = clock()
    generation = await provider.generate(request)
    after = clock()
    if subject.live:
        sent, first, last = generation.timings.sent, generation.timings.first_token, generation.timings.last_token
        assert before <= sent <= (sent if first is None else first) <= last <= after
        if generation.text:
            assert (first is not None) == subject.streams, "the time of the first token"
    return generation


def run(coroutine: Coroutine[Any, Any, _T]) -> _T:
    """Runs it to its end on a loop of its own, in asyncio's debug mode."""
    return asyncio.run(coroutine, debug=True)
