"""A judge that grades outputs one by one."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from support.commands import shortlist, write_suite
from support.judge_server import (
    A_JUDGEMENT,
    JudgeServer,
    Shown,
    answering,
    grade,
    judge,
    judge_in,
    run,
    scores_of,
)
from support.scripted_server import Behaviour, Body, ScriptedServer, ok

GRADES = {"yes": 5, "maybe": 3, "no": 1}
RULE = {"metric": "schema.pass", "at_least": 0.1}
ANSWERS = ["yes", "maybe", "no"]


def by_word(shown: Shown) -> dict[str, Any]:
    return grade(GRADES[shown.answer], f"it says {shown.answer}")


def versions_in(folder: Path) -> set[str]:
    return {json.loads(line)["versions"]["judge"] for line in (folder / "scores.jsonl").read_text().splitlines()}


def test_grades_become_scores_with_the_judges_reasons(tmp_path: Path) -> None:
    with JudgeServer(by_word) as server:
        suite = write_suite(
            tmp_path,
            {"new": answering(ANSWERS), "old": answering(["yes"] * 3)},
            3,
            rules=[RULE, {"metric": "judge.letter", "at_least": 0.1}],
            judges={"letter": judge(server, samples=2)},
        )
        done = run(suite)
    assert done.code in (0, 1, 3), done.err
    values = {case: score["value"] for case, score in scores_of(tmp_path / "run", "judge.letter").items()}
    assert values == {
        "new/pair-000": 1.0,
        "new/pair-001": 0.5,
        "new/pair-002": 0.0,
        "old/pair-000": 1.0,
        "old/pair-001": 1.0,
        "old/pair-002": 1.0,
    }
    # Two samples of each distinct output: pair-000 was answered alike by both, and is asked about once.
    assert len(server.log) == 2 * 5
    facts = judge_in(tmp_path / "run")
    assert (facts["judgements"], facts["failed"], facts["samples"]) == (10, 0, 2)
    assert float(facts["cost"]) == pytest.approx(10 * A_JUDGEMENT)
    assert done.json()["judges"]["letter"] == facts
    assert done.json()["providers"]["new"]["metrics"]["judge.letter"]["value"] == 0.5
    shown = shortlist("show", "run", "new/pair-002", cwd=tmp_path)
    assert "loss judge.letter: $: 1 of 5: it says no" in shown.out
    assert "loss judge.letter" not in shortlist("show", "run", "new/pair-000", cwd=tmp_path).out


def test_the_judge_is_shown_the_pair_and_the_rubric_and_asked_for_a_reason_first(tmp_path: Path) -> None:
    with JudgeServer(by_word) as server:
        rubric = judge(server, rubric="Say whether it says YES.", sampling={"temperature": 0.3, "max_tokens": 99})
        suite = write_suite(tmp_path, {"new": answering(["no"])}, 1, judges={"letter": rubric}, seed=7)
        assert run(suite).code == 0
        [shown] = server.shown
    assert "Say whether it says YES." in shown.system
    assert shown.texts["résumé"] == "pair-000 has worked for 0 years"
    assert shown.texts["job description"] == "job 0"
    assert json.loads(shown.texts["output"]) == {"answer": "no"}
    assert list(shown.schema["properties"]) == ["reason", "grade"]
    assert shown.schema["properties"]["grade"] == {"type": "integer", "enum": [1, 2, 3, 4, 5]}
    assert (shown.body["temperature"], shown.body["max_tokens"], shown.body["seed"]) == (0.3, 99, 7)
    assert not re.search(r"\bnew\b|fake", f"{shown.system}{shown.user}")


def test_samples_differ_in_their_seed_and_are_averaged(tmp_path: Path) -> None:
    with JudgeServer(lambda shown: grade(shown.body["seed"] % 5 + 1)) as server:
        suite = write_suite(tmp_path, {"new": answering(["no"])}, 1, judges={"letter": judge(server, samples=4)})
        assert run(suite).code == 0
        assert sorted(shown.body["seed"] for shown in server.shown) == [0, 1, 2, 3]
    assert scores_of(tmp_path / "run", "judge.letter")["new/pair-000"]["value"] == (0 + 0.25 + 0.5 + 0.75) / 4


def test_one_field_is_shown_and_the_scale_is_the_suites(tmp_path: Path) -> None:
    with JudgeServer(lambda shown: grade(7 if shown.texts["output"] == "yes" else 0)) as server:
        (tmp_path / "rubric.md").write_text("# By this\n")
        settings = judge(
            server, rubric=None, rubric_file="rubric.md", show="answer", grades={"lowest": 0, "highest": 10}
        )
        settings = {key: value for key, value in settings.items() if value is not None}
        suite = write_suite(tmp_path, {"new": answering(["yes", "no"])}, 2, judges={"letter": settings})
        assert run(suite).code == 0
        assert all("# By this" in shown.system for shown in server.shown)
    values = {case: score["value"] for case, score in scores_of(tmp_path / "run", "judge.letter").items()}
    assert values == {"new/pair-000": 0.7, "new/pair-001": 0.0}


def test_what_failed_is_the_worst_and_nobody_is_asked(tmp_path: Path) -> None:
    faults = [{"on": "pair-000", "kind": "truncated"}, {"on": "pair-001", "kind": "refused"}]
    with JudgeServer(by_word) as server:
        new = answering(["yes", "yes", "", "yes"], faults=faults)
        new["outputs"]["pair-003"] = "no JSON at all"
        suite = write_suite(tmp_path, {"new": new}, 4, judges={"letter": judge(server, show="answer")})
        assert run(suite).code == 0
        assert server.log == ()
    scores = scores_of(tmp_path / "run", "judge.letter")
    assert {score["status"] for score in scores.values()} == {"failed"}
    assert {score["value"] for score in scores.values()} == {0.0}
    assert scores["new/pair-000"]["reason"] == "failed: truncated"
    assert scores["new/pair-002"]["reason"] == "the output has no answer"


def test_resuming_and_scoring_again_ask_nobody_twice(tmp_path: Path) -> None:
    with JudgeServer(by_word) as server:
        suite = write_suite(tmp_path, {"new": answering(ANSWERS)}, 3, judges={"letter": judge(server)})
        assert run(suite, "--out", "run", "--limit", "2").code == 0
        assert len(server.log) == 2
        assert run(suite, "--resume", "run", "--limit", "3").code == 0
        assert len(server.log) == 3
        before = (tmp_path / "run" / "comparison.json").read_bytes()
    for command in (("run", "suite.yaml", "--resume", "run"), ("score", "run"), ("gate", "run"), ("report", "run")):
        assert shortlist(*command, cwd=tmp_path).code == 0  # the judge is gone
    assert (tmp_path / "run" / "comparison.json").read_bytes() == before


def test_another_rubric_is_judged_anew_and_told_apart(tmp_path: Path) -> None:
    with JudgeServer(by_word) as server:
        suite = write_suite(tmp_path, {"new": answering(ANSWERS)}, 3, judges={"letter": judge(server)})
        assert run(suite).code == 0
        before = versions_in(tmp_path / "run")
        suite.write_text(suite.read_text().replace("5 is a yes", "5 is a clear yes"))
        again = run(suite, "--resume", "run")
        assert again.code == 0, again.err
        assert len(server.log) == 6
    assert "3 judgements are left aside and made anew" in again.err
    facts = judge_in(tmp_path / "run")
    assert facts["judgements"] == 3
    assert float(facts["cost"]) == pytest.approx(6 * A_JUDGEMENT)  # all that was paid
    assert versions_in(tmp_path / "run").isdisjoint(before)
    assert len((tmp_path / "run" / "judgements.jsonl").read_text().splitlines()) == 6


def test_the_rubric_of_a_gate_does_not_move_after_the_run_began(tmp_path: Path) -> None:
    with JudgeServer(by_word) as server:
        rules = [RULE, {"metric": "judge.letter", "at_least": 0.1}]
        suite = write_suite(tmp_path, {"new": answering(ANSWERS)}, 3, rules=rules, judges={"letter": judge(server)})
        run(suite)
        suite.write_text(suite.read_text().replace("5 is a yes", "5 is what new says"))
        refused = run(suite, "--resume", "run")
        assert refused.code == 2
        assert "has changed since this run began" in refused.err
        assert len(server.log) == 3


def test_a_rubric_file_that_changed_since_is_not_judged_by_old_answers(tmp_path: Path) -> None:
    with JudgeServer(by_word) as server:
        (tmp_path / "rubric.md").write_text("By this.")
        settings = {key: value for key, value in judge(server, rubric_file="rubric.md").items() if key != "rubric"}
        suite = write_suite(tmp_path, {"new": answering(ANSWERS)}, 3, judges={"letter": settings})
        assert run(suite).code == 0
    (tmp_path / "rubric.md").write_text("By that.")
    again = shortlist("score", "run", "--format", "json", cwd=tmp_path)
    assert again.code == 4
    assert "3 of 3 judgements are not made" in again.json()["incomplete_why"]
    assert "have changed since" in again.json()["incomplete_why"]


def test_a_suite_without_the_family_asks_nobody_and_says_so(tmp_path: Path) -> None:
    with JudgeServer(by_word) as server:
        suite = write_suite(
            tmp_path, {"new": answering(ANSWERS)}, 3, judges={"letter": judge(server)}, metrics=["schema"]
        )
        refused = run(suite)
    assert refused.code == 2
    assert "judges: nobody asks them: add 'judge' to 'metrics'" in refused.err


def test_a_judge_that_runs_for_promotion_itself_is_named(tmp_path: Path) -> None:
    def act(number: int, body: Body) -> Behaviour:
        return ok(json.dumps(grade(5)) if "You are a strict" in body["messages"][0]["content"] else '{"answer": "yes"}')

    with ScriptedServer(act) as server:
        settings = {"kind": "openai_compatible", "base_url": server.base_url, "model": "m"}
        judges = {"letter": {"by": settings, "rubric": "r", "samples": 1}}
        suite = write_suite(tmp_path, {"new": settings, "old": {"kind": "fake"}}, 1, judges=judges)
        done = run(suite)
    assert done.code == 0, done.err
    assert "judge letter is the model of new itself" in done.err
    facts = judge_in(tmp_path / "run")
    assert facts["contestants"] == ["new"]
    assert (facts["cost"], facts["why_no_cost"]) == (None, "no price known: add cost: to the judge")
