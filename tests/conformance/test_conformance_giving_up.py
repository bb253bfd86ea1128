"""Time is up, Ctrl-C, a server that dies: the attempt ends cleanly, and the provider is as good as before."""

from __future__ import annotations

import asyncio
import gc
from dataclasses import replace

import pytest

from shortlist_providers import FailureKind, FailureScope, Generation, Provider, Request
from support.conformance import Backend, Place, Situation, Subject
from support.conformance.driving import conforms, opened, run
from support.conformance.processes import Family

pytestmark = pytest.mark.filterwarnings("error")


def again(request: Request) -> Request:
    """The same request for another case, and a short one, whatever was asked before."""
    task, _, rest = request.key.partition("/")
    short = replace(request.sampling, max_tokens=min(request.sampling.max_tokens, 16))
    return replace(request, key=f"{task}/again-{rest}", sampling=short)


async def still_serves(provider: Provider, request: Request) -> Generation:
    generation = await provider.generate(again(request))
    assert generation.failure is None or generation.failure.kind is FailureKind.TRUNCATED, generation.failure
    assert generation.text
    return generation


async def out_of_reach(provider: Provider, request: Request) -> None:
    """A provider that does not come back says so, and that it concerns every case."""
    failure = (await provider.generate(again(request))).failure
    assert failure is not None
    assert failure.scope is FailureScope.PROVIDER


async def left_alone(backend: Backend) -> None:
    """Waits until the backend has noticed that nobody listens any more."""
    if backend.idle is not None:
        async with asyncio.timeout(20):
            while not backend.idle():
                await asyncio.sleep(0.01)


@conforms(Situation.TIMEOUT)
def test_an_attempt_whose_time_is_up_ends_and_leaves_nothing_running(subject: Subject, place: Place) -> None:
    async def give_up(backend: Backend) -> None:
        async with opened(backend) as provider:
            question = await subject.question(Situation.TIMEOUT, provider.generate, place)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(subject.patience):
                    await provider.generate(question.request)
            await left_alone(backend)
            if subject.in_process:
                await family.falls_quiet()
            await still_serves(provider, question.request)

    with subject.backend(Situation.TIMEOUT, place) as backend:
        family = Family()
        run(give_up(backend))
        gc.collect()  # what was not closed warns, and warnings are errors
        assert not family.newcomers(), "processes were left behind"


@conforms(Situation.CANCELLATION)
def test_a_generation_that_is_cancelled_half_way_stops(subject: Subject, place: Place) -> None:
    async def cancel(backend: Backend) -> None:
        async with opened(backend) as provider:
            question = await subject.question(Situation.CANCELLATION, provider.generate, place)
            under_way = asyncio.ensure_future(provider.generate(question.request))
            await asyncio.sleep(subject.patience)
            assert not under_way.done(), "it was to be cancelled half-way"
            under_way.cancel()
            with pytest.raises(asyncio.CancelledError):
                await under_way
            await left_alone(backend)
            if subject.in_process:
                await family.falls_quiet()
            await still_serves(provider, question.request)

    with subject.backend(Situation.CANCELLATION, place) as backend:
        family = Family()
        run(cancel(backend))
        gc.collect()
        assert not family.newcomers(), "processes were left behind"


@conforms(Situation.SERVER_GONE)
def test_a_server_that_goes_away_mid_answer_is_a_transient_failure(subject: Subject, place: Place) -> None:
    async def lose(backend: Backend) -> Generation:
        family = Family()
        async with opened(backend) as provider:
            question = await subject.question(Situation.SERVER_GONE, provider.generate, place)
            under_way = asyncio.ensure_future(provider.generate(question.request))
            if backend.kill is not None or subject.in_process:
                await asyncio.sleep(subject.patience)
                assert not under_way.done(), "the server was to go away half-way"
                (backend.kill or family.kill_newcomers)()
            lost = await under_way
            if not subject.restarts:
                await out_of_reach(provider, question.request)
            elif backend.kill is None:
                await still_serves(provider, question.request)
            return lost

    with subject.backend(Situation.SERVER_GONE, place) as backend:
        lost = run(lose(backend))
    assert lost.failure is not None
    assert lost.failure.kind is FailureKind.TRANSIENT
    assert lost.timings.sent <= lost.timings.last_token
    if subject.streams and subject.keeps_partial_text:
        assert lost.text, "what had arrived is kept"
