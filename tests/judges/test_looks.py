"""Judges that are asked between two batches: Ctrl-C, whom the looks wait for, what a person is told."""

from __future__ import annotations

import json
import signal
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from support.behaviours import hang
from support.commands import finish, shortlist, start, write_suite
from support.judge_server import JudgeServer, Shown, better, grade, judge, judge_in, run
from support.scripted_server import ScriptedServer, rate_limit

PAIRS = 120
SCHEMA = {"metric": "schema.pass", "at_least": 0.5}
GOOD, POOR = ({"kind": "fake", "output": {"answer": answer}} for answer in ("great", "poor"))


def better_is_great(shown: Shown) -> Mapping[str, Any]:
    return better("A" if json.loads(shown.texts["output A"])["answer"] == "great" else "B")


def early_suite(
    folder: Path,
    providers: Mapping[str, Mapping[str, Any]],
    judges: Mapping[str, Any],
    rules: Sequence[Mapping[str, Any]],
    **sections: Any,
) -> Path:
    metrics = ["schema", "judge"]
    suite = write_suite(folder, providers, PAIRS, rules=rules, judges=judges, **{"metrics": metrics, **sections})
    read = yaml.safe_load(suite.read_text())
    read["gate"]["early_stop"] = True
    suite.write_text(yaml.safe_dump(read, sort_keys=False))
    return suite


def test_ctrl_c_while_a_judge_is_waited_for_ends_the_run_at_once(tmp_path: Path) -> None:
    rules = [SCHEMA, {"metric": "judge.letter", "at_least": 0.6}]
    quick = iter(range(5))
    slow = [True]
    with JudgeServer(lambda shown: hang() if slow and next(quick, None) is None else grade(5)) as server:
        suite = early_suite(tmp_path, {"new": GOOD, "old": POOR}, {"letter": judge(server)}, rules)
        judgements = tmp_path / "run" / "judgements.jsonl"
        process = start("run", suite, "--out", "run", "--format", "json", cwd=tmp_path)
        while not (judgements.exists() and judgements.read_text().count("\n") == 5 and len(server.log) > 5):
            assert process.poll() is None
            time.sleep(0.01)
        pressed = time.monotonic()
        process.send_signal(signal.SIGINT)
        done = finish(process)
        took = time.monotonic() - pressed
        assert done.code == 130, done.err
        assert took < 20, "the judge's own time-out is ten minutes"
        assert "go on with: shortlist run" in done.err
        assert "Traceback" not in done.err
        assert judgements.read_text().count("\n") == 5
        assert json.loads((tmp_path / "run" / "manifest.json").read_text())["early_stop"]["looks"] == []
        slow.clear()
        before = len(server.log)
        resumed = run(suite, "--resume", tmp_path / "run")
        again = len(server.log) - before
    assert (resumed.code, resumed.json()["verdict"]) == (0, "PROMOTE"), resumed.err
    assert again == judgements.read_text().count("\n") - 5, "what was judged before is not asked for again"


def test_whom_a_judge_sets_outputs_beside_is_there_at_every_look(tmp_path: Path) -> None:
    with JudgeServer(better_is_great) as server:
        rules = [SCHEMA, {"metric": "judge.letter", "at_least": 0.4}]
        judges = {"letter": judge(server, against="third")}
        suite = early_suite(tmp_path, {"new": GOOD, "old": GOOD, "third": POOR}, judges, rules)
        done = run(suite)
        assert (done.code, done.json()["verdict"]) == (0, "PROMOTE"), done.err
        assert done.json()["early_stop"]["stopped_at"] < PAIRS
        without = run(suite, "--out", "two", "--provider", "new", "--provider", "old")
        assert "not looked at before the end: the gate needs third, left out here" in without.err


def test_a_judges_notes_are_shown_though_it_is_asked_between_two_batches(tmp_path: Path) -> None:
    """Once, and not at every look; and also where the run stops early, so that it is not asked at the end."""
    with JudgeServer(lambda shown: grade(5)) as server, ScriptedServer(models=("grader",)) as contestant:
        rules = [{"metric": "schema.pass", "at_least": 0.8}, {"metric": "judge.letter", "at_least": 0.6}]
        own = {"kind": "openai_compatible", "base_url": contestant.base_url, "model": "grader"}
        suite = early_suite(tmp_path, {"new": GOOD, "own": own}, {"letter": judge(server)}, rules)
        done = run(suite)
    assert len(done.json()["early_stop"]["looks"]) > 1
    assert done.json()["early_stop"]["stopped_at"] is not None
    assert done.err.count("judge letter is the model of own itself") == 1, done.err


def test_a_run_says_that_its_judges_are_asked_before_each_look(tmp_path: Path) -> None:
    with JudgeServer(lambda shown: grade(5)) as server:
        rules = [SCHEMA, {"metric": "judge.letter", "at_least": 0.6}]
        suite = early_suite(tmp_path, {"new": GOOD, "old": POOR}, {"letter": judge(server)}, rules)
        done = run(suite)
    assert "86 of 120 pairs, each time once judges were asked; the run stops once it is decided" in done.err
    assert "only to reject" not in done.err
    assert done.json()["verdict"] == "PROMOTE"


def test_the_backends_of_judges_are_checked_too(tmp_path: Path) -> None:
    with JudgeServer(lambda shown: grade(5)) as server:
        suite = write_suite(tmp_path, {"new": GOOD}, 3, judges={"letter": judge(server)}, metrics=["schema", "judge"])
        asked = shortlist("providers", suite, "--check", cwd=tmp_path)
        assert asked.code == 0, asked.err
        assert "judge letter: ok" in asked.out
        assert not server.log
    down = shortlist("providers", suite, "--check", cwd=tmp_path)
    assert down.code == 4
    assert "judge letter: NOT READY" in down.out


def test_a_run_killed_while_judges_are_asked_comes_to_the_same_verdict(tmp_path: Path) -> None:
    def looked(folder: Path, *, killed: bool) -> tuple[Any, Any, int]:
        quick = iter(range(12))
        hangs = [killed]
        with JudgeServer(
            lambda shown: hang() if hangs and next(quick, None) is None else better_is_great(shown)
        ) as server:
            rules = [SCHEMA, {"metric": "judge.letter", "at_least": 0.4}]
            suite = early_suite(folder, {"new": GOOD, "old": POOR}, {"letter": judge(server, against="old")}, rules)
            if killed:
                process = start("run", suite, "--out", "run", cwd=folder)
                judgements = folder / "run" / "judgements.jsonl"
                while not (judgements.exists() and judgements.read_text().count("\n") == 12):
                    assert process.poll() is None
                    time.sleep(0.01)
                process.kill()
                assert finish(process).code == -9
                hangs.clear()
                under_way = len(server.log) - 12
                done = run(suite, "--resume", folder / "run")
                asked = len(server.log) - under_way
            else:
                hangs.clear()
                done = run(suite)
                asked = len(server.log)
        assert done.code == 0, done.err
        verdict = json.loads((folder / "run" / "verdict.json").read_text()) | {"run_id": None, "gate_hash": None}
        return verdict, done.json()["early_stop"], asked

    assert looked(tmp_path / "killed", killed=True) == looked(tmp_path / "whole", killed=False)


def test_a_judge_that_is_down_ends_the_sitting_before_more_is_paid_for(tmp_path: Path) -> None:
    """And the look that it kept from being taken is taken once it answers, as if nothing had been."""
    down = [True]
    with JudgeServer(lambda shown: rate_limit(99_999) if down else grade(5)) as server:
        by = server.settings(retries=0)
        rules = [{"metric": "schema.pass", "at_least": 0.8}, {"metric": "judge.letter", "at_least": 0.6}]
        suite = early_suite(tmp_path, {"new": GOOD, "old": GOOD}, {"letter": judge(server, by=by)}, rules)
        done = run(suite)
        assert (done.code, done.json()["verdict"]) == (4, None), done.err
        assert done.json()["early_stop"]["looks"] == []
        assert [side["cases"] for side in done.json()["providers"].values()] == [20, 20]
        assert "judgements are not made" in done.json()["incomplete_why"]
        assert "429" in done.json()["incomplete_why"]
        still = run(suite, "--resume", tmp_path / "run")
        assert (still.code, still.json()["incomplete_why"]) == (4, done.json()["incomplete_why"])
        down.clear()
        resumed = run(suite, "--resume", tmp_path / "run")
        whole = run(suite, "--out", "whole")
    assert resumed.code == 0, resumed.err
    assert resumed.json()["early_stop"] == whole.json()["early_stop"]


def test_a_rule_says_what_its_judge_is_worth(tmp_path: Path) -> None:
    rules = [SCHEMA, {"metric": "judge.letter", "at_least": 0.1}]
    why: list[str] = []
    for labels in ((), (5, 1, 5, 1, 5, 1), (5, 1, 1, 5, 5, 1)):
        folder = tmp_path / str(len(why))
        folder.mkdir()
        more: dict[str, Any] = {}
        if labels:
            lines = [
                {
                    "pair": "pair-000",
                    "output": {"answer": f"{number}: {'good' if number % 2 == 0 else 'bad'}"},
                    "grade": g,
                }
                for number, g in enumerate(labels)
            ]
            (folder / "labels.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
            more["labels"] = "labels.jsonl"
        with JudgeServer(lambda shown: grade(1 if shown.answer.endswith("bad") else 5)) as server:
            suite = write_suite(
                folder,
                {"new": GOOD},
                30,
                judges={"letter": judge(server, **more)},
                rules=rules,
                metrics=["schema", "judge"],
            )
            done = run(suite)
        assert done.json()["verdict"] == "PROMOTE", done.err
        schema, judged = done.json()["rules"]
        assert "judge" not in schema["why"]
        why.append(judged["why"])
    unknown, known, chance = why
    assert "whether the judge agrees with people is not known: no labelled examples" in unknown
    assert "agree" not in known
    assert "the judge's agreement with people (kappa 0.33, at least -" in chance
    assert chance.endswith("may be chance)")


def test_a_rule_says_that_its_judge_runs_for_promotion_itself(tmp_path: Path) -> None:
    with JudgeServer(lambda shown: grade(5)) as server, ScriptedServer(models=("grader",)) as contestant:
        own = {"kind": "openai_compatible", "base_url": contestant.base_url, "model": "grader"}
        rules = [SCHEMA, {"metric": "judge.letter", "at_least": 0.1}]
        suite = write_suite(
            tmp_path, {"own": own}, 30, judges={"letter": judge(server)}, rules=rules, metrics=["schema", "judge"]
        )
        done = run(suite)
    assert (
        "the judge is the model of own itself, and models tend to prefer what they wrote"
        in done.json()["rules"][1]["why"]
    )


def test_a_judge_that_wrote_a_recorded_side_is_named(tmp_path: Path) -> None:
    with JudgeServer(lambda shown: grade(5)) as server, ScriptedServer(models=("grader",)) as contestant:
        own = {"kind": "openai_compatible", "base_url": contestant.base_url, "model": "grader"}
        then = write_suite(tmp_path / "then", {"old": own}, 3)
        assert run(then, "--out", "recorded").code == 0
        recorded = {"kind": "replay", "run": "../then/recorded", "provider": "old"}
        suite = write_suite(
            tmp_path / "now",
            {"new": GOOD, "old": recorded},
            3,
            judges={"letter": judge(server)},
            metrics=["schema", "judge"],
        )
        done = run(suite)
    assert judge_in(tmp_path / "now" / "run")["contestants"] == ["old"], done.err
    assert "judge letter is the model of old itself" in done.err


def test_ctrl_c_leaves_no_server_of_a_judge_behind(tmp_path: Path) -> None:
    def answers() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "shortlist", "serve-fake", "--port", str(port), "--latency", "60s"]
    by = {
        "kind": "custom_http",
        "base_url": f"http://127.0.0.1:{port}",
        "launch": {"command": command, "ready_timeout": 60, "stop_timeout": 5},
    }
    judges = {"letter": {"by": by, "rubric": "5 is a yes.", "samples": 1}}
    rules = [SCHEMA, {"metric": "judge.letter", "at_least": 0.6}]
    suite = early_suite(tmp_path, {"new": GOOD, "old": POOR}, judges, rules)
    process = start("run", suite, "--out", "run", cwd=tmp_path)
    while not answers():
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    done = finish(process)
    assert done.code == 130, done.err
    assert "go on with: shortlist run" in done.err
    assert not answers()
