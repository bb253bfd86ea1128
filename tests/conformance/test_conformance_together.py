"""Several at once: each gets its own answer."""

from __future__ import annotations

import asyncio
import itertools

from shortlist_providers import Generation
from support.conformance import Backend, Place, Question, Situation, Subject
from support.conformance.driving import check, conforms, opened, run, timed

AT_ONCE = 8


@conforms(Situation.CONCURRENCY)
def test_calls_at_the_same_time_are_kept_apart(subject: Subject, place: Place) -> None:
    questions = subject.questions(AT_ONCE, place)

    async def all_at_once(backend: Backend) -> list[Generation]:
        async with opened(backend) as provider:
            return await asyncio.gather(*(timed(provider, question.request, subject) for question in questions))

    with subject.backend(Situation.CONCURRENCY, place) as backend:
        generations = run(all_at_once(backend))
    for question, generation in zip(questions, generations, strict=True):
        check(subject, question, generation, place)
    can_be_told_apart(questions, generations)
    if subject.one_at_a_time:
        in_turn(generations)


def can_be_told_apart(questions: list[Question], generations: list[Generation]) -> None:
    """Whether swapped answers would have been noticed: by their text, or by the length of their prompts."""
    marks = {
        (generation.text, (generation.usage.input or 0) + (generation.usage.cached_read or 0))
        for generation in generations
    }
    assert len(marks) == len(questions)


def in_turn(generations: list[Generation]) -> None:
    """Waiting for one's turn is no part of one's latency."""
    times = sorted((generation.timings.sent, generation.timings.last_token) for generation in generations)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(times))
