"""How old a recorded run is, and what is written down of it."""

from __future__ import annotations

import hashlib
import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.commands import shortlist, write_suite
from support.recording import (
    REPLAY,
    YES,
    days_ago,
    edit_json,
    edit_suite,
    made_on,
    record,
    record_served,
    refused,
    replaying,
    run,
)


def test_what_was_recorded_is_written_down(tmp_path: Path) -> None:
    before = record_served(tmp_path, {}).json()
    made_on(tmp_path, days_ago(10))
    assert run(tmp_path, replaying(tmp_path)).code in (0, 3)
    kept = json.loads((tmp_path / "run" / "manifest.json").read_text())["providers"]["old"]["recorded"]
    assert 10 <= kept.pop("age_days") < 10.01
    assert datetime.now(UTC) - datetime.fromisoformat(kept.pop("recorded_at")) > timedelta(days=10)
    compared = json.loads((tmp_path / "run" / "comparison.json").read_text())["providers"]["old"]["recorded"]
    assert compared | kept == compared
    assert kept == {
        "run_id": before["run_id"],
        "provider": "old",
        "kind": "openai_compatible",
        "model": "m",
        "records_sha256": hashlib.sha256((tmp_path / "recorded" / "records.jsonl").read_bytes()).hexdigest(),
    }


def test_a_recorded_run_must_not_be_too_old(tmp_path: Path) -> None:
    assert record(tmp_path).code == 0
    when = days_ago(120.4)
    made_on(tmp_path, when)
    suite = replaying(tmp_path)
    assert shortlist("validate", suite, cwd=tmp_path).code == 0, "age needs a clock"
    done = run(tmp_path, suite)
    refused(done, tmp_path, f"was made on {when[:10]}, 120.4 days ago, and gate.incumbent_max_age_days allows 90")
    assert f"Record it again: shortlist run {tmp_path}/then/suite.yaml --provider old" in done.err
    assert "raise gate.incumbent_max_age_days to 121" in done.err
    gate = yaml.safe_load(suite.read_text())["gate"]
    edit_suite(suite, gate={**gate, "incumbent_max_age_days": 121})
    assert run(tmp_path, suite).code in (0, 3)


def test_only_the_incumbent_may_be_too_old(tmp_path: Path) -> None:
    assert record(tmp_path).code == 0
    made_on(tmp_path, days_ago(400))
    suite = write_suite(
        tmp_path / "now", {"new": YES, "old": REPLAY}, 6, references={"parity": "old"}, metrics=["schema", "parity"]
    )
    done = run(tmp_path, suite)
    assert done.code == 0, done.err
    assert done.json()["providers"]["new"]["metrics"]["parity.score"]["value"] == 1.0


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("2999-01-01T00:00:00+00:00", "which is still to come: one of the two machines' clocks is wrong"),
        ("last week", "'last week' in its manifest.json is no date"),
    ],
)
def test_a_date_that_cannot_be_is_refused(tmp_path: Path, when: str, said: str) -> None:
    assert record(tmp_path).code == 0
    made_on(tmp_path, when)
    refused(run(tmp_path, replaying(tmp_path)), tmp_path, said)


def test_a_clock_that_goes_a_little_fast_makes_no_age_below_nought(tmp_path: Path) -> None:
    assert record(tmp_path).code == 0
    made_on(tmp_path, days_ago(-0.01))
    assert run(tmp_path, replaying(tmp_path)).code in (0, 3)
    assert json.loads((tmp_path / "run" / "manifest.json").read_text())["providers"]["old"]["recorded"]["age_days"] == 0


def test_a_replay_of_a_replay_is_as_old_as_what_was_made(tmp_path: Path) -> None:
    origin = record(tmp_path).json()["run_id"]
    made_on(tmp_path, days_ago(80))
    between = write_suite(tmp_path / "between", {"copy": REPLAY}, 6)
    assert shortlist("run", between, "--out", "copied", cwd=tmp_path).code == 0
    twice = {**REPLAY, "run": "../copied", "provider": "copy"}
    assert run(tmp_path, replaying(tmp_path, old=twice)).code in (0, 3)
    kept = json.loads((tmp_path / "run" / "manifest.json").read_text())["providers"]["old"]["recorded"]
    assert (kept["run_id"], kept["provider"], kept["kind"]) == (origin, "old", "fake")
    assert 80 <= kept["age_days"] < 80.01

    shutil.rmtree(tmp_path / "run")
    shutil.rmtree(tmp_path / "recorded")  # what was replayed is in the copy, and so is where it came from
    assert run(tmp_path, replaying(tmp_path, old=twice)).code in (0, 3)
    assert json.loads((tmp_path / "run" / "manifest.json").read_text())["providers"]["old"]["recorded"] == {
        **kept,
        "age_days": pytest.approx(80, abs=0.01),
    }


def test_the_gate_looks_at_the_age_again(tmp_path: Path) -> None:
    """A run that was begun where more was allowed, or by other means, does not pass by being judged anew."""
    assert record(tmp_path).code == 0
    assert run(tmp_path, replaying(tmp_path)).code in (0, 3)

    def change(manifest: Any) -> None:
        manifest["providers"]["old"]["recorded"]["age_days"] = 400

    edit_json(tmp_path / "run" / "manifest.json", change)
    done = shortlist("score", "run", "--format", "json", cwd=tmp_path)
    assert done.code == 1, done.err
    assert "was 400 days old, and the gate allows 90: record it again" in done.json()["rules"][0]["why"]
