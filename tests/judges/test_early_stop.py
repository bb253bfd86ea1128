"""A gate that is looked at before the end, with a rule on a judge."""

from __future__ import annotations

import json
from pathlib import Path

import yaml

from support.commands import write_suite
from support.judge_server import A_JUDGEMENT, JudgeServer, better, judge, judge_in, run

PAIRS = 120


def test_only_what_was_sent_is_judged_and_each_look_has_its_judgements(tmp_path: Path) -> None:
    with JudgeServer(
        lambda shown: better("A" if json.loads(shown.texts["output A"])["answer"] == "great" else "B")
    ) as server:
        contestants = {
            "new": {"kind": "fake", "output": {"answer": "great"}, "cost": {"per_generation": 0.001}},
            "old": {"kind": "fake", "output": {"answer": "poor"}, "cost": {"per_generation": 0.001}},
        }
        rules = [{"metric": "schema.pass", "at_least": 0.5}, {"metric": "judge.letter", "at_least": 0.4}]
        judges = {"letter": judge(server, against="old")}
        suite = write_suite(
            tmp_path, contestants, PAIRS, rules=rules, judges=judges, budget={"usd": 1}, metrics=["schema", "judge"]
        )
        changed = yaml.safe_load(suite.read_text())
        changed["gate"]["early_stop"] = True
        suite.write_text(yaml.safe_dump(changed, sort_keys=False))
        done = run(suite)
        assert done.code == 0, done.err
        stopped = done.json()["early_stop"]["stopped_at"]
        assert stopped < PAIRS
        assert len(server.log) == 2 * stopped
    facts = judge_in(tmp_path / "run")
    assert facts["judgements"] == 2 * stopped
    assert abs(float(facts["cost"]) - 2 * stopped * A_JUDGEMENT) < 1e-9
    assert done.json()["complete"] is True
