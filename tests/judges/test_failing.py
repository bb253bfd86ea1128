"""Judges that fail, cost too much, are interrupted, or are not there."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from support.commands import finish, shortlist, start, write_suite
from support.judge_server import JudgeServer, Shown, answering, grade, judge, judge_in, run, scores_of
from support.scripted_server import hang, html_200, ok, rate_limit, refused, status

RULES = [{"metric": "schema.pass", "at_least": 0.1}, {"metric": "judge.letter", "at_least": 0.1}]
DONE = (0, 1, 3)
ANSWERS = [f"answer {number}" for number in range(6)]


def suite_of(folder: Path, server: JudgeServer, *, pairs: int = 6, **more: Any) -> Path:
    sections = {key: more.pop(key) for key in ("budget",) if key in more}
    new = answering(ANSWERS, cost={"per_generation": 0})
    return write_suite(folder, {"new": new}, pairs, rules=RULES, judges={"letter": judge(server, **more)}, **sections)


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (ok("five, I think"), "the judge's reply holds no JSON object"),
        (ok('{"reason": "x", "grade": 9}'), "the judge's reply has no 'grade' that is a whole number from 1 to 5"),
        (ok('{"reason": "x", "grade": true}'), "the judge's reply has no 'grade' that is a whole number from 1 to 5"),
        (ok('{"reason": "x", "grade": 3.5}'), "the judge's reply has no 'grade' that is a whole number from 1 to 5"),
        (ok('{"grade": 5}'), "the judge's reply has no reason"),
        (ok("[5]"), "the judge's reply holds no JSON object"),
        (refused(), "the judge failed: "),
        (html_200(), "the judge failed: "),
    ],
)
def test_a_judgement_that_is_none_is_missing_and_never_zero(tmp_path: Path, reply: Any, reason: str) -> None:
    with JudgeServer(lambda shown: reply if shown.answer == "answer 0" else grade(4)) as server:
        done = run(suite_of(tmp_path, server, pairs=2))
        assert len(server.log) == 2
        assert run(tmp_path / "suite.yaml", "--resume", "run").code == done.code
        assert len(server.log) == 2  # it has answered: asking again would be fishing
    scores = scores_of(tmp_path / "run", "judge.letter")
    assert (scores["new/pair-000"]["value"], scores["new/pair-000"]["status"]) == (None, "missing")
    assert scores["new/pair-000"]["reason"].startswith(reason)
    assert scores["new/pair-001"]["value"] == 0.75
    assert (judge_in(tmp_path / "run")["judgements"], judge_in(tmp_path / "run")["failed"]) == (2, 1)
    assert done.code in DONE, done.err


def test_a_fence_around_the_answer_is_forgiven(tmp_path: Path) -> None:
    with JudgeServer(lambda shown: ok('Here:\n```json\n{"reason": "x", "grade": 5}\n```')) as server:
        run(suite_of(tmp_path, server, pairs=1))
    assert scores_of(tmp_path / "run", "judge.letter")["new/pair-000"]["value"] == 1.0


def test_rate_limits_and_lost_connections_are_retried(tmp_path: Path) -> None:
    tries: dict[str, int] = {}

    def act(shown: Shown) -> Any:
        tries[shown.answer] = tries.get(shown.answer, 0) + 1
        return [rate_limit(0.01), status(503), grade(5)][min(tries[shown.answer], 3) - 1]

    with JudgeServer(act) as server:
        done = run(suite_of(tmp_path, server, pairs=2))
    assert done.code in DONE, done.err
    assert set(tries.values()) == {3}
    assert judge_in(tmp_path / "run")["failed"] == 0


def test_a_judge_that_is_down_leaves_the_run_incomplete_and_resumable(tmp_path: Path) -> None:
    with JudgeServer(lambda shown: grade(5)) as server:
        suite = suite_of(tmp_path, server)
        text = suite.read_text()
        suite.write_text(text.replace("model: grader", "model: grader\n      retries: 0"))
        port = server.url.rpartition(":")[2]
    down = run(suite)
    assert down.code == 4
    assert "6 of 6 judgements are not made" in down.json()["incomplete_why"]
    assert down.json()["verdict"] is None
    assert len((tmp_path / "run" / "records.jsonl").read_text().splitlines()) == 6

    class Again(JudgeServer):
        def __init__(self) -> None:
            super().__init__(lambda shown: grade(5))
            self._port = int(port)

    with Again() as server:
        done = run(suite, "--resume", "run")
        assert done.code in DONE, done.err
        assert len(server.log) == 6
    assert len((tmp_path / "run" / "records.jsonl").read_text().splitlines()) == 6
    assert done.json()["complete"] is True


def test_a_judge_whose_key_is_missing_is_found_before_anything_is_sent(tmp_path: Path) -> None:
    by = {"kind": "openai_compatible", "base_url": "http://127.0.0.1:9/v1", "model": "m", "api_key_env": "NO_SUCH_KEY"}
    judges = {"letter": {"by": by, "rubric": "r"}}
    suite = write_suite(tmp_path, {"new": {"kind": "fake"}}, 1, judges=judges)
    missing = run(suite)
    assert missing.code == 2
    assert "judges.letter.by: " in missing.err
    assert "NO_SUCH_KEY" in missing.err
    assert not (tmp_path / "run").exists()


def test_the_budget_counts_the_judge(tmp_path: Path) -> None:
    with JudgeServer(lambda shown: grade(5)) as server:
        by = server.settings(concurrency=1)
        suite = suite_of(tmp_path, server, by=by, budget={"usd": 0.0015})  # two judgements at 0.0007
        stopped = run(suite)
        assert stopped.code == 4
        assert len(server.log) == 2
        assert "4 of 6 judgements are not made: the money of `budget.usd` is spent" in stopped.json()["incomplete_why"]
        assert float(judge_in(tmp_path / "run")["cost"]) == pytest.approx(0.0014)
        assert run(suite, "--resume", "run").code == 4
        assert len(server.log) == 2
        suite.write_text(suite.read_text().replace("usd: 0.0015", "usd: 0.1"))
        assert run(suite, "--resume", "run").code in DONE
        assert len(server.log) == 6


def test_a_budget_needs_the_judges_price(tmp_path: Path) -> None:
    with JudgeServer(lambda shown: grade(5)) as server:
        by = {key: value for key, value in server.settings().items() if key != "cost"}
        refused = run(suite_of(tmp_path, server, by=by, budget={"usd": 1}))
        assert refused.code == 2
        assert "judges.letter.by.cost: a budget in USD needs to know what grader costs" in refused.err


def test_ctrl_c_keeps_what_was_judged(tmp_path: Path) -> None:
    with JudgeServer(lambda shown: hang() if shown.answer == "answer 3" else grade(5)) as server:
        suite = suite_of(tmp_path, server, by=server.settings(concurrency=1))
        process = start("run", suite, "--out", "run", cwd=tmp_path)
        judgements = tmp_path / "run" / "judgements.jsonl"
        while not (judgements.exists() and judgements.read_text().count("\n") == 3 and len(server.log) == 4):
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        done = finish(process)
    assert done.code == 130
    assert "--resume" in done.err
    assert len(judgements.read_text().splitlines()) == 3
    left = shortlist("score", "run", "--format", "json", cwd=tmp_path)
    assert left.code == 4
    assert "3 of 6 judgements are not made" in left.json()["incomplete_why"]


def test_an_unfinished_run_pays_no_judge(tmp_path: Path) -> None:
    with JudgeServer(lambda shown: grade(5)) as server:
        down = {"kind": "openai_compatible", "base_url": "http://127.0.0.1:9/v1", "model": "m", "retries": 0}
        suite = write_suite(tmp_path, {"new": answering(ANSWERS), "old": down}, 2, judges={"letter": judge(server)})
        assert run(suite).code == 4
        assert server.log == ()


def test_judgements_are_records_like_others(tmp_path: Path) -> None:
    with JudgeServer(lambda shown: grade(5)) as server:
        run(suite_of(tmp_path, server, pairs=1))
    [line] = (tmp_path / "run" / "judgements.jsonl").read_text().splitlines()
    record = json.loads(line)
    assert record["case"]["task"] == "judge.letter"
    assert record["case"]["pair"].startswith("pair-000~")
    assert record["generation"]["usage"]["output"] == 5


def test_what_judges_were_paid_is_missing_from_the_money_for_generations(tmp_path: Path) -> None:
    with JudgeServer(lambda shown: grade(5)) as server:
        new = answering(ANSWERS, cost={"per_generation": 0.001})
        judges = {"letter": judge(server)}
        suite = write_suite(tmp_path, {"new": new}, 6, judges=judges, budget={"usd": 0.0055})
        assert run(suite, "--out", "run", "--limit", "2").code == 0  # 0.002 for generations, 0.0014 for judgements
        assert run(suite, "--resume", "run", "--limit", "6").code == 4
    assert len((tmp_path / "run" / "records.jsonl").read_text().splitlines()) == 4
    assert len(server.log) == 2
