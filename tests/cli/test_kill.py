"""`kill -9` at any moment loses at most the generations in flight."""

from __future__ import annotations

import re
import time
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest

from support.commands import finish, marker, shortlist, start, write_suite
from support.scripted_server import Behaviour, ScriptedServer, ok

CASES = 500
CONCURRENCY = 16


def answer(number: int, body: Any) -> Behaviour:
    """By the pair alone, so that every run of the suite gets the same answers."""
    pair = int(re.findall(r"pair-(\d+)", body["messages"][-1]["content"])[0])
    texts = ['{"answer": "yes"}', '{"answer": "no"}', '{"answer": 1}', "```json\n{}\n```", "…"]
    usage = {"prompt_tokens": 10 + pair, "completion_tokens": 5, "total_tokens": 15 + pair}
    return ok(texts[pair % len(texts)], delay=0.01, usage=usage)


def suite_in(folder: Path, server: ScriptedServer) -> Path:
    settings = {
        "kind": "openai_compatible",
        "base_url": server.base_url,
        "model": "scripted",
        "stream": False,
        "concurrency": CONCURRENCY,
        "cost": {"input_per_million": 3, "output_per_million": 15},
    }
    return write_suite(folder, {"new": settings}, CASES, metrics=["schema", "gold", "quality", "usage", "cost"])


def asked(server: ScriptedServer) -> list[str]:
    return [re.findall(r"pair-\d+", entry.body["messages"][-1]["content"])[0] for entry in server.log]


def scores_of(run: Path) -> dict[str, Any]:
    lines = [orjson.loads(line) for line in (run / "scores.jsonl").read_bytes().splitlines()]
    assert len(lines) == CASES
    return {line["case"]["pair"]: line for line in lines}


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Any]:
    folder = tmp_path_factory.mktemp("unbroken")
    with ScriptedServer(answer) as server:
        done = shortlist("run", suite_in(folder, server), "--out", "run", "--format", "json", cwd=folder)
    assert done.code == 0, done.err
    return scores_of(folder / "run"), done.json()


@pytest.mark.parametrize("killed_after", [1, 150, 480])
def test_a_killed_run_goes_on_where_it_was(
    tmp_path: Path, killed_after: int, unbroken: tuple[dict[str, Any], Any]
) -> None:
    with ScriptedServer(answer) as server:
        suite = suite_in(tmp_path, server)
        process = start("run", suite, "--out", "run", cwd=tmp_path)
        while len(server.log) < killed_after:
            time.sleep(0.001)
        process.kill()
        assert finish(process).code == -9
        before = asked(server)
        lines = (tmp_path / "run" / "records.jsonl").read_bytes().split(b"\n")[:-1]
        saved = {orjson.loads(line)["case"]["pair"] for line in lines}
        assert len(saved) < CASES
        assert len(before) - len(saved) <= CONCURRENCY

        done = shortlist("run", suite, "--resume", "run", "--format", "json", cwd=tmp_path)
        after = asked(server)[len(before) :]
    assert done.code == 0, done.err
    assert saved.isdisjoint(after), "a completed case was sent again"
    assert Counter(after) == Counter({marker(n) for n in range(CASES)} - saved)

    scores, summary = unbroken
    assert scores_of(tmp_path / "run") == scores
    for key in ("outcomes", "cases", "metrics"):
        assert done.json()["providers"]["new"][key] == summary["providers"]["new"][key]


def test_a_torn_last_line_is_generated_again(tmp_path: Path) -> None:
    suite = write_suite(tmp_path, {"new": {"kind": "fake"}}, 5)
    assert shortlist("run", suite, "--out", "run", cwd=tmp_path).code == 0
    records = tmp_path / "run" / "records.jsonl"
    records.write_bytes(records.read_bytes()[:-40])
    done = shortlist("run", suite, "--resume", "run", "--format", "json", cwd=tmp_path)
    assert done.code == 0, done.err
    assert done.json()["providers"]["new"]["outcomes"]["ok"] == 5
    assert all(orjson.loads(line) for line in records.read_bytes().splitlines())


def test_a_resumed_run_that_asks_something_else_is_refused(tmp_path: Path) -> None:
    suite = write_suite(tmp_path, {"new": {"kind": "fake"}}, 3, rules=[{"metric": "schema.pass", "at_least": 0.1}])
    assert shortlist("run", suite, "--out", "run", cwd=tmp_path).code in (0, 3)
    original = suite.read_text()
    for change, said in (
        (("max_tokens: 64", "max_tokens: 65"), "asked something else"),
        (("at_least: 0.1", "at_least: 0.05"), "gate"),
        (("kind: fake", "kind: fake\n    output: x"), "configured otherwise"),
    ):
        suite.write_text(original.replace(*change))
        assert suite.read_text() != original
        refused = shortlist("run", suite, "--resume", "run", cwd=tmp_path)
        assert refused.code == 2
        assert said in refused.err
    taken = shortlist("run", suite, "--out", "run", cwd=tmp_path)
    assert taken.code == 2
    assert "--resume" in taken.err
