"""One judge over one suite: which questions an output leads to, and what the answers to them say."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property

import orjson

from shortlist.cases import CaseKey, Record
from shortlist.judges.answers import Answer, Graded, of_one, of_two, read_answer
from shortlist.judges.prompt import answer_schema, judge_messages
from shortlist.suite.model import Judge
from shortlist.suite.signature import config_hash
from shortlist_datasets import Pair
from shortlist_providers import Message, Request

_NOT_ASKED = "not judged yet"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to a judge: one output, or two in this order, of one pair."""

    pair: str
    outputs: tuple[str, ...]


def runner_name(judge: str) -> str:
    """What a judge is called where it stands beside providers: none of them can have this name."""
    return f"judge:{judge}"


class Grader:
    """Asks nobody itself: it says what is to be asked, and reads what was answered.

    A judgement goes by what was asked, word for word, of which model: so another rubric, another model or another
    output never meets an old answer, and the same question is never paid for twice.

    Args:
        judge: whose rubric and model.
        pairs: by id.
        seed: the suite's; samples differ in theirs.
        answered: every judgement made so far, by its key.
    """

    def __init__(self, judge: Judge, pairs: Mapping[str, Pair], seed: int, answered: Mapping[CaseKey, Record]) -> None:
        self.judge = judge
        self._pairs = pairs
        self._seed = seed
        self._answered = answered
        self._schema = answer_schema(judge)
        self._keys: dict[Asked, str] = {}

    @cached_property
    def version(self) -> str:
        """Changes with all that may change a grade: the model, the rubric, the scale, and the wording around them."""
        nothing = Pair("", "", "", "", {}, (), None)
        outputs = ("",) if self.judge.against is None else ("", "")
        return self._digest(judge_messages(self.judge, nothing, outputs))[:12] + f"x{self.judge.samples}"

    def questions(self, pair: str, outputs: tuple[str, ...]) -> tuple[Asked, ...]:
        """What is asked about one output, or about the first of two: they are shown in both orders."""
        return (Asked(pair, outputs),) if len(outputs) == 1 else (Asked(pair, outputs), Asked(pair, outputs[::-1]))

    def keys(self, asked: Asked) -> Iterator[CaseKey]:
        """The judgements that a question leads to, one a sample; their `pair` begins with the pair's id."""
        place = self._keys.get(asked)
        if place is None:
            place = self._keys[asked] = f"{asked.pair}~{self._digest(self._messages(asked))[:16]}"
        name = runner_name(self.judge.name)
        return (CaseKey(f"judge.{self.judge.name}", place, name, sample) for sample in range(self.judge.samples))

    def request(self, key: CaseKey, asked: Asked) -> Request:
        """What is sent."""
        return Request(
            key=str(key),
            messages=self._messages(asked),
            sampling=replace(self.judge.sampling, seed=self._seed + key.repeat),
            task=key.task,
            schema=self._schema,
            schema_name="judgement",
        )

    def answers(self, asked: Asked) -> list[Answer | str]:
        """What came of a question, one a sample: an answer, or why there is none."""
        return [self.answer(self._answered.get(key)) for key in self.keys(asked)]

    def answer(self, record: Record | None) -> Answer | str:
        """What came of one judgement."""
        if record is None:
            return _NOT_ASKED
        failure = record.generation.failure
        if failure is not None:
            return f"the judge failed: {failure.message}"
        return read_answer(self.judge, record.generation.text)

    def grade(self, pair: str, outputs: tuple[str, ...]) -> Graded:
        """What the judge says of an output of `pair`, or of the first of two."""
        answers = [self.answers(asked) for asked in self.questions(pair, outputs)]
        return of_one(self.judge, answers[0]) if len(answers) == 1 else of_two(self.judge, answers[0], answers[1])

    def _messages(self, asked: Asked) -> tuple[Message, ...]:
        return judge_messages(self.judge, self._pairs[asked.pair], asked.outputs)

    def _digest(self, messages: Sequence[Message]) -> str:
        parts = {
            "messages": [(message.role, message.content) for message in messages],
            "schema": self._schema,
            "sampling": asdict(self.judge.sampling),
            "by": config_hash(self.judge.by),
        }
        return hashlib.sha256(orjson.dumps(parts)).hexdigest()
