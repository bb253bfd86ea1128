"""Subjects that need no server and no model: `fake`, `rules` and `replay`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson
import yaml

from shortlist.cases import CaseKey, Outcome, Record
from shortlist_providers import Failure, FailureKind, FinishReason, Generation, Request, Timings, Usage
from support.commands import shortlist
from support.conformance.subject import Ask, Backend, Place, Question, Situation, Subject
from support.conformance.suites import PAIRS, small_suite
from support.conformance.texts import ANSWER, SCHEMA, UNICODE, long_prompt
from support.providers import request

NO_KEY = "it takes no key: nothing leaves the process"
_CASES = 8


@dataclass(frozen=True)
class Acting(Subject):
    """`fake`, whose script is the backend."""

    id: str = "fake"
    kind: str = "fake"
    oracle: str = "its own script"
    streams: bool = True
    keeps_partial_text: bool = False
    absent: Mapping[Situation, str] = field(
        default_factory=lambda: {
            Situation.LONG_PROMPT: "it reads no prompt, so none is too long for it",
            Situation.WRONG_KEY: NO_KEY,
            Situation.UNKNOWN_MODEL: "it has no model; `model` is a name for reports",
            Situation.LEAKS: NO_KEY,
        }
    )

    @contextmanager
    def backend(self, situation: Situation, place: Place) -> Iterator[Backend]:
        by_situation: dict[Situation, Mapping[str, Any]] = {
            Situation.PLAIN_TEXT: {"output": "A plain answer."},
            Situation.UNICODE: {"output": UNICODE},
            Situation.EMPTY: {"output": ""},
            Situation.TRUNCATION: {"output": "12345678", "faults": [{"on": "every:1", "kind": "truncated"}]},
            Situation.TIMEOUT: {"faults": [{"on": "first:1", "kind": "hang", "attempts": 1}]},
            Situation.CANCELLATION: {"first_token": 0.01, "latency": 0.5},
            Situation.SERVER_GONE: {"faults": [{"on": "first:1", "kind": "transient", "attempts": 1}]},
            Situation.CONCURRENCY: {"outputs": {f"case-{number}": f"case-{number}" for number in range(_CASES)}},
        }
        settings = {
            "kind": "fake",
            "model": "scripted",
            "first_token": 0.001,
            "latency": 0.01,
            "usage": {"input": 20, "output": 5},
            **by_situation.get(situation, {"output": ANSWER}),
        }
        yield Backend(settings)

    async def question(self, situation: Situation, ask: Ask, place: Place) -> Question:
        asked = request(schema=SCHEMA if situation is Situation.SCHEMA else None)
        if situation is Situation.TRUNCATION:
            return Question(asked, "1234", FinishReason.LENGTH, FailureKind.TRUNCATED)
        texts = {Situation.PLAIN_TEXT: "A plain answer.", Situation.UNICODE: UNICODE, Situation.EMPTY: ""}
        return Question(asked, texts.get(situation))

    def questions(self, count: int, place: Place) -> list[Question]:
        return [Question(request(key=f"task@1/case-{number}/candidate/0"), f"case-{number}") for number in range(count)]

    def check(self, question: Question, generation: Generation, place: Place) -> None:
        assert generation.usage == Usage(input=20, output=5)
        assert generation.model == "scripted"
        assert generation.unhonoured == ()


@dataclass(frozen=True)
class Ruled(Subject):
    """`rules`, which reads the pair itself and knows one task."""

    id: str = "rules"
    kind: str = "rules"
    oracle: str = "the bundled task's schema, and the pair's own words"
    absent: Mapping[Situation, str] = field(
        default_factory=lambda: {
            Situation.PLAIN_TEXT: "the one task that it knows has a schema",
            Situation.TRUNCATION: "it counts no tokens; its outputs are as long as the pair makes them",
            Situation.EMPTY: "it always fills the schema, also from empty texts (tests/providers/rules)",
            Situation.TIMEOUT: "it computes for milliseconds in a thread and waits for nobody",
            Situation.CANCELLATION: "it computes for milliseconds in a thread; there is nothing to stop",
            Situation.WRONG_KEY: NO_KEY,
            Situation.UNKNOWN_MODEL: "it has no model",
            Situation.SERVER_GONE: "it has no server",
            Situation.LEAKS: NO_KEY,
        }
    )

    @contextmanager
    def backend(self, situation: Situation, place: Place) -> Iterator[Backend]:
        yield Backend({"kind": "rules"})

    async def question(self, situation: Situation, ask: Ask, place: Place) -> Question:
        return Question(self._asked(long_prompt(place.tiny) if situation is Situation.LONG_PROMPT else ""))

    def _asked(self, more: str = "", number: int = 0) -> Request:
        resume = _RESUME.format(company=f"Café Zoë 🎉 {number}", dishes=UNICODE, more=more)
        inputs = {"resume_text": resume, "job_description_text": _JOB, "domain": "conformance"}
        key = f"pro_output@1/case-{number}/candidate/0"
        schema = json.loads((_TASKS / "pro_output@1" / "schema.json").read_text())
        return replace(request(key=key, schema=schema), task="pro_output@1", inputs=inputs)

    def questions(self, count: int, place: Place) -> list[Question]:
        return [Question(self._asked(number=number + 1)) for number in range(count)]

    def check(self, question: Question, generation: Generation, place: Place) -> None:
        assert generation.usage == Usage(), "it counts no tokens, and does not make any up"
        assert generation.model == "rules"
        assert generation.unhonoured == ()
        company = question.request.inputs["resume_text"].splitlines()[5].removeprefix("Head Cook, ")
        roles = json.loads(generation.text or "")["bulletsByRole"]
        assert [role["company"] for role in roles] == [company]

    def suite(self, backend: Backend, folder: Path) -> Path:
        suite = {
            "name": "conformance",
            "task": "pro_output@1",
            "dataset": "pairs.jsonl",
            "providers": {"candidate": dict(backend.settings)},
        }
        pairs = [{"id": f"pair-{number}", **self.asked_by_suite(number).request.inputs} for number in range(PAIRS)]
        (folder / "pairs.jsonl").write_text("".join(json.dumps(pair) + "\n" for pair in pairs))
        path = folder / "suite.yaml"
        path.write_text(yaml.safe_dump(suite))
        return path

    def asked_by_suite(self, number: int) -> Question:
        return Question(self._asked(number=number + 1))


_TASKS = Path(__file__).parents[3] / "evals" / "tasks"
_RESUME = """\
Zoë Müller
Cook

EXPERIENCE

Head Cook, {company}
2014 - 2019
- Cooked {dishes} for 12 people
{more}
"""
_JOB = "Head cook wanted\n\nRequirements\n- leading a kitchen\n- hygiene rules\n"


@dataclass(frozen=True)
class Replayed(Subject):
    """`replay`, on a run that was recorded for the situation."""

    id: str = "replay"
    kind: str = "replay"
    oracle: str = "the recorded run"
    live: bool = False
    finds_model_at_startup: bool = True
    unknown_model: str = "nobody"
    absent: Mapping[Situation, str] = field(
        default_factory=lambda: {
            Situation.LONG_PROMPT: "it reads no prompt, so none is too long for it",
            Situation.TIMEOUT: "it has all answers in memory and waits for nobody",
            Situation.CANCELLATION: "it has all answers in memory; there is nothing to stop",
            Situation.WRONG_KEY: NO_KEY,
            Situation.SERVER_GONE: "it has no server; what a lost server left in the record is replayed as permanent "
            "(tests/providers/test_replay.py)",
            Situation.LEAKS: NO_KEY,
        }
    )

    @contextmanager
    def backend(self, situation: Situation, place: Place) -> Iterator[Backend]:
        recorded = place.folder / "recorded"
        if situation is Situation.RUN:
            _record_a_run(place.folder, recorded)
        else:
            recorded.mkdir()
            lines = [_record(situation, pair) for pair in _pairs(situation)]
            (recorded / "records.jsonl").write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))
        provider = "nobody" if situation is Situation.UNKNOWN_MODEL else "candidate"
        yield Backend({"kind": "replay", "run": str(recorded), "provider": provider}, base_dir=place.folder)

    async def question(self, situation: Situation, ask: Ask, place: Place) -> Question:
        return _question(situation, "pair-1")

    def questions(self, count: int, place: Place) -> list[Question]:
        return [_question(Situation.CONCURRENCY, f"case-{number}") for number in range(count)]

    def check(self, question: Question, generation: Generation, place: Place) -> None:
        assert generation.cached, "or a replayed answer would enter latency and cost"
        assert generation.model == "recorded-model"
        if question.request.task == "conformance@1":  # of the run that the command recorded
            assert generation.usage == Usage(input=_USAGE.input, output=_USAGE.output)
            return
        assert generation.usage == _USAGE
        assert generation.timings == _TIMINGS
        assert generation.unhonoured == ("seed",)

    def asked_by_suite(self, number: int) -> Question:
        return replace(super().asked_by_suite(number), text=ANSWER)


_USAGE = Usage(input=12, cached_read=8, output=5)
_TIMINGS = Timings(1.0, 2.0, 3.0)


def _pairs(situation: Situation) -> list[str]:
    return [f"case-{number}" for number in range(_CASES)] if situation is Situation.CONCURRENCY else ["pair-1"]


def _question(situation: Situation, pair: str) -> Question:
    asked = request(key=f"task@1/{pair}/candidate/0", schema=SCHEMA if situation is Situation.SCHEMA else None)
    if situation is Situation.TRUNCATION:
        return Question(asked, "half a", FinishReason.LENGTH, FailureKind.TRUNCATED)
    texts = {
        Situation.PLAIN_TEXT: "A plain answer.",
        Situation.UNICODE: UNICODE,
        Situation.EMPTY: "",
        Situation.CONCURRENCY: pair,
    }
    return Question(asked, texts.get(situation, ANSWER))


def _record(situation: Situation, pair: str) -> Record:
    question = _question(situation, pair)
    generation = Generation(
        text=question.text,
        timings=_TIMINGS,
        usage=_USAGE,
        finish_reason=question.finish,
        model="recorded-model",
        failure=None if question.failure is None else Failure(question.failure, "a token limit cut the output"),
        unhonoured=("seed",),
    )
    case = CaseKey("task@1", pair, "candidate", 0)
    return Record(case, Outcome.of(generation.failure), generation, (), 0.0, 0, "2026-11-20T00:00:00+00:00")


def _record_a_run(folder: Path, out: Path) -> None:
    """A whole run of `fake`, by the command, for the command to replay."""
    usage = {"input": _USAGE.input, "output": _USAGE.output}
    (folder / "made").mkdir()
    suite = small_suite(folder / "made", {"kind": "fake", "model": "recorded-model", "output": ANSWER, "usage": usage})
    done = shortlist("run", suite, "--out", out, cwd=folder)
    assert done.code == 0, done.err
