"""A wrong key and an unknown model: nothing else of the provider would work either, and asking again cannot help."""

from __future__ import annotations

import pytest

from shortlist_providers import FailureKind, FailureScope, Generation, Provider, ProviderUnavailable
from support.conformance import Backend, Place, Situation, Subject
from support.conformance.driving import conforms, opened, run


@conforms(Situation.WRONG_KEY)
def test_a_wrong_key_concerns_every_case_and_is_not_shown(subject: Subject, place: Place) -> None:
    async def once(backend: Backend) -> Generation:
        async with opened(backend) as provider:
            question = await subject.question(Situation.WRONG_KEY, provider.generate, place)
            return await provider.generate(question.request)

    with subject.backend(Situation.WRONG_KEY, place) as backend:
        generation = run(once(backend))
    permanent_for_all(generation)
    assert backend.keys
    assert all(key not in repr(generation) for key in backend.keys)


def permanent_for_all(generation: Generation) -> None:
    assert generation.failure is not None
    assert generation.failure.kind is FailureKind.PERMANENT
    assert generation.failure.scope is FailureScope.PROVIDER
    assert generation.text is None


@conforms(Situation.UNKNOWN_MODEL)
def test_an_unknown_model_is_named(subject: Subject, place: Place) -> None:
    async def once(provider: Provider) -> Generation:
        question = await subject.question(Situation.UNKNOWN_MODEL, provider.generate, place)
        return await provider.generate(question.request)

    async def answer(backend: Backend) -> Generation:
        async with opened(backend) as provider:
            return await once(provider)

    with subject.backend(Situation.UNKNOWN_MODEL, place) as backend:
        if subject.finds_model_at_startup:
            with pytest.raises(ProviderUnavailable) as unavailable:
                run(answer(backend))
            said = str(unavailable.value)
        else:
            generation = run(answer(backend))
            permanent_for_all(generation)
            said = generation.failure.message if generation.failure else ""
    assert subject.unknown_model in said
