"""Runs that were decided early, and recorded runs: how they meet."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
import yaml

from support.commands import Done, shortlist, write_suite
from support.recording import REPLAY, YES, edit_suite, record

PAIRS = 60
NO = {"kind": "fake", "output": {"answer": "no"}, "cost": {"per_generation": 0.5}}
NEW = YES | {"cost": {"per_generation": 0.001}}
RULE = {"metric": "gold.score", "no_worse_by": 0.1}


def early(suite: Path, *, on: bool = True) -> Path:
    edit_suite(suite, gate={**yaml.safe_load(suite.read_text())["gate"], "early_stop": on})
    return suite


def run(suite: Path, folder: Path, out: str = "run", *options: str) -> Done:
    return shortlist("run", suite, "--out", out, "--format", "json", *options, cwd=folder)


def test_a_run_that_stopped_early_is_no_recording_and_is_not_to_be_resumed(tmp_path: Path) -> None:
    then = early(write_suite(tmp_path / "then", {"new": YES, "old": NO}, PAIRS, rules=[RULE]))
    first = run(then, tmp_path, "recorded")
    stopped = first.json()["early_stop"]["stopped_at"]
    assert stopped < PAIRS
    now = write_suite(tmp_path / "now", {"new": YES, "old": REPLAY}, PAIRS, rules=[RULE])
    refused = run(now, tmp_path)
    assert refused.code == 2
    assert f"lacks {PAIRS - stopped} of the {PAIRS} cases" in refused.err
    assert f"its gate was decided after {stopped} of {PAIRS} pairs, so it stopped there" in refused.err
    assert "--resume" not in refused.err, "there is nothing left for it to do"
    command = re.search(r"Record again, with `early_stop: false` in its gate: shortlist (.*?), then", refused.err)
    assert command is not None, refused.err
    early(then, on=False)
    recorded = shortlist(*shlex.split(command[1]), "--out", "again", "--format", "json", cwd=tmp_path)
    assert recorded.json()["providers"]["old"]["cases"] == PAIRS
    edit_suite(now, providers={"new": YES, "old": REPLAY | {"run": "../again"}})
    done = run(now, tmp_path)
    assert (done.code, done.json()["verdict"]) == (0, "PROMOTE"), done.err


@pytest.mark.parametrize("old", ["no", "yes"])
def test_a_recorded_incumbent_is_looked_at_like_any_other(tmp_path: Path, old: str) -> None:
    """By what it cost then too; and judging again from the files says the same."""
    answered = {"kind": "fake", "output": {"answer": old}, "cost": {"per_generation": 0.5}}
    assert record(tmp_path, PAIRS, old=answered, metrics=["schema", "gold", "cost"]).code == 0
    rules = [RULE, {"metric": "cost.per_generation", "at_most_ratio": 0.2}]
    now = early(
        write_suite(
            tmp_path / "now", {"new": NEW, "old": REPLAY}, PAIRS, rules=rules, metrics=["schema", "gold", "cost"]
        )
    )
    done = run(now, tmp_path)
    summary = done.json()
    assert [rule["status"] for rule in summary["rules"]][1] == "pass"
    assert summary["early_stop"]["looks"], done.err
    before = (tmp_path / "run" / "verdict.json").read_bytes()
    for command in ("score", "gate", "report"):
        assert shortlist(command, "run", cwd=tmp_path).code == done.code
        assert (tmp_path / "run" / "verdict.json").read_bytes() == before
    again = shortlist("run", now, "--resume", "run", "--format", "json", cwd=tmp_path)
    assert again.json() == summary


def test_the_report_says_that_only_rules_allow_for_looks(tmp_path: Path) -> None:
    said = "All other intervals here are ordinary ones"
    suite = early(write_suite(tmp_path, {"new": YES, "old": NO}, PAIRS, rules=[RULE]))
    assert run(suite, tmp_path).code == 0
    assert said in (tmp_path / "run" / "report.html").read_text()
    assert run(early(suite, on=False), tmp_path, "whole").code == 0
    assert said not in (tmp_path / "whole" / "report.html").read_text()


def test_a_run_decided_early_beside_one_that_was_decided_elsewhere(tmp_path: Path) -> None:
    """Both stop after the same pairs only by chance: what one of them lacks is listed, and differences leave it out."""
    suite = early(write_suite(tmp_path, {"new": YES, "old": NO}, PAIRS, rules=[RULE]))
    stopped = run(suite, tmp_path, "first").json()["early_stop"]["stopped_at"]
    edit_suite(suite, providers={"newer": YES, "older": YES}, gate={
        "candidate": "newer", "incumbent": "older", "early_stop": True, "rules": [RULE]})  # fmt: skip
    second = run(suite, tmp_path, "second")
    more = second.json()["early_stop"]["stopped_at"] or PAIRS
    assert more > stopped
    both = shortlist("compare", "first", "second", "--format", "json", cwd=tmp_path)
    assert both.code == 0, both.err
    unmatched = both.json()["unmatched"]
    assert {name: len(pairs) for name, pairs in unmatched.items() if pairs} == {
        "new": more - stopped,
        "old": more - stopped,
    }
    assert json.loads((tmp_path / "first" / "verdict.json").read_text())["verdict"] == "PROMOTE"
