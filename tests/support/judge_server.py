"""A judge behind a real server: it tells what it was shown, and grades by script."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.commands import Done, shortlist
from support.scripted_server import Behaviour, Body, ScriptedServer, ok

_BLOCK = re.compile(
    r"\[(?P<name>[^\[\]\n]+) begins: (?P<code>[0-9a-f]{16})\]\n(?P<text>.*?)\n\[(?P=name) ends: (?P=code)\]", re.S
)
PRICE = {"input_per_million": 10, "output_per_million": 100}
"""With the server's usage of 20 and 5 tokens, 0.0007 USD a judgement."""
A_JUDGEMENT = 0.0007


@dataclass(frozen=True, slots=True)
class Shown:
    """What one request showed the judge."""

    system: str
    user: str
    texts: Mapping[str, str]
    """By what they are called: `résumé`, `job description`, `output`, or `output A` and `output B`."""
    schema: Any
    body: Body

    @property
    def answer(self) -> Any:
        """The `answer` of the one output."""
        return json.loads(self.texts["output"])["answer"]


Grades = Callable[[Shown], Behaviour | Mapping[str, Any]]


def shown_in(body: Body) -> Shown:
    """What a request of OpenAI's form says."""
    system, user = (message["content"] for message in body["messages"])
    texts = {found["name"]: found["text"] for found in _BLOCK.finditer(user)}
    schema = body.get("response_format", {}).get("json_schema", {}).get("schema")
    return Shown(system, user, texts, schema, body)


class JudgeServer(ScriptedServer):
    """Grades by `grades`: what it gives back is the answer, or how the server behaves instead."""

    def __init__(self, grades: Grades) -> None:
        def act(number: int, body: Body) -> Behaviour:
            said = grades(shown_in(body))
            return said if isinstance(said, Behaviour) else ok(json.dumps(said))

        super().__init__(act, models=("grader",))

    @property
    def shown(self) -> list[Shown]:
        """Every request, in order of arrival."""
        return [shown_in(entry.body) for entry in self.log]

    def settings(self, **more: Any) -> dict[str, Any]:
        """The judge's configuration."""
        return {"kind": "openai_compatible", "base_url": self.base_url, "model": "grader", "cost": PRICE, **more}


def judge(server: JudgeServer, **more: Any) -> dict[str, Any]:
    """A judge of a suite, asked once about each output."""
    return {"by": server.settings(), "rubric": "5 is a yes, 1 is anything else.", "samples": 1, **more}


def grade(number: int, reason: str = "because") -> dict[str, Any]:
    """An answer about one output."""
    return {"reason": reason, "grade": number}


def better(which: str, reason: str = "because") -> dict[str, Any]:
    """An answer about two."""
    return {"reason": reason, "better": which}


def answering(answers: Sequence[Any], **more: Any) -> dict[str, Any]:
    """A contestant that gives pair after pair these answers."""
    outputs = {f"pair-{number:03d}": {"answer": answer} for number, answer in enumerate(answers)}
    return {"kind": "fake", "outputs": outputs, **more}


def run(suite: Path, *options: str | Path) -> Done:
    """Runs a suite in its own folder, into `run` unless told otherwise."""
    where = () if {"--out", "--resume"} & {*map(str, options)} else ("--out", "run")
    return shortlist("run", suite, "--format", "json", *where, *options, cwd=suite.parent)


def scores_of(folder: Path, metric: str) -> dict[str, Any]:
    """`provider/pair` -> the score, as `scores.jsonl` has it."""
    lines = [json.loads(line) for line in (folder / "scores.jsonl").read_text().splitlines()]
    return {f"{one['case']['provider']}/{one['case']['pair']}": one["scores"].get(metric) for one in lines}


def judge_in(folder: Path, name: str = "letter") -> Any:
    """What `comparison.json` says of a judge."""
    return json.loads((folder / "comparison.json").read_text())["judges"][name]
