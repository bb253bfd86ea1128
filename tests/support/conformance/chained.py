"""The subject of the kind `chain`: one step, which has a subject of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

from shortlist_providers import Generation
from support.conformance.scripted import Scripted
from support.conformance.subject import Ask, Backend, Place, Question, Situation, Subject

STEP = "step"


@dataclass(frozen=True)
class Chained(Subject):
    """A chain that asks one provider; what is right for that one is right for the chain."""

    step: Scripted
    absent: Mapping[Situation, str]
    id: str = "chain"
    kind: str = "chain"
    oracle: str = "scripted server, behind a step"
    streams: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "unknown_model", self.step.unknown_model)

    @contextmanager
    def backend(self, situation: Situation, place: Place) -> Iterator[Backend]:
        with self.step.backend(situation, place) as behind:
            settings = {"kind": "chain", "steps": [STEP], "accept": "complete"}
            yield replace(behind, settings=settings, others={STEP: behind.settings})

    async def question(self, situation: Situation, ask: Ask, place: Place) -> Question:
        return await self.step.question(situation, ask, place)

    def questions(self, count: int, place: Place) -> list[Question]:
        return self.step.questions(count, place)

    def asked_by_suite(self, number: int) -> Question:
        return self.step.asked_by_suite(number)

    def check(self, question: Question, generation: Generation, place: Place) -> None:
        self.step.check(question, generation, place)
        (step,) = generation.steps
        assert step.provider == STEP
        assert step.usage == generation.usage
        assert generation.answered_by == (None if generation.failure else STEP)
