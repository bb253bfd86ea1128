"""`--resume` in odd states: what a run set out to do may grow, is never lost, and never passes for more than it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support.commands import Done, shortlist, write_suite
from support.scripted_server import ScriptedServer, html_200, ok, rate_limit

PASSES = {"metric": "schema.pass", "at_least": 0.5}
FAKES = {"new": {"kind": "fake"}, "old": {"kind": "fake"}}


def run(folder: Path, suite: Path, *options: str) -> Done:
    return shortlist("run", suite, "--format", "json", *options, cwd=folder)


def manifest_of(folder: Path) -> Any:
    return json.loads((folder / "run" / "manifest.json").read_text())


@pytest.mark.parametrize(
    ("begun_with", "resumed_with"),
    [
        (("--limit", "8"), ("--limit", "4")),
        ((), ("--limit", "4")),
        (("--repeats", "2"), ("--repeats", "1")),
    ],
)
def test_a_resumed_run_may_not_shrink(
    tmp_path: Path, begun_with: tuple[str, ...], resumed_with: tuple[str, ...]
) -> None:
    """Else whoever likes the first four pairs could leave it at them."""
    suite = write_suite(tmp_path, FAKES, 12, rules=[PASSES])
    assert run(tmp_path, suite, "--out", "run", *begun_with).code == 0
    before = manifest_of(tmp_path)
    refused = run(tmp_path, suite, "--resume", "run", *resumed_with)
    assert refused.code == 2
    assert f"{resumed_with[0]} {resumed_with[1]}: the run has" in refused.err
    assert manifest_of(tmp_path) == before


def test_a_resumed_run_may_grow(tmp_path: Path) -> None:
    suite = write_suite(tmp_path, FAKES, 12, rules=[PASSES])
    assert run(tmp_path, suite, "--out", "run", "--limit", "4", "--provider", "new").code == 0
    grown = run(tmp_path, suite, "--resume", "run", "--limit", "6", "--provider", "old", "--repeats", "2")
    assert grown.code == 0, grown.err
    for provider in grown.json()["providers"].values():
        assert provider["cases"] == provider["planned"] == 12


def test_limiting_a_whole_run_to_all_its_pairs_changes_nothing(tmp_path: Path) -> None:
    suite = write_suite(tmp_path, FAKES, 3)
    assert run(tmp_path, suite, "--out", "run").code == 0
    assert run(tmp_path, suite, "--resume", "run", "--limit", "5").code == 0
    assert manifest_of(tmp_path)["limit"] is None


def test_a_provider_of_the_run_that_left_the_suite_is_missed(tmp_path: Path) -> None:
    suite = write_suite(tmp_path, FAKES, 3)
    assert run(tmp_path, suite, "--out", "run").code == 0
    suite.write_text(suite.read_text().replace("  old:\n    kind: fake\n", ""))
    refused = run(tmp_path, suite, "--resume", "run")
    assert refused.code == 2
    assert "lacks old of the run" in refused.err


def test_resuming_a_finished_run_keeps_what_its_backends_said(tmp_path: Path) -> None:
    with ScriptedServer() as server:
        settings = {"kind": "openai_compatible", "base_url": server.base_url, "model": "scripted"}
        suite = write_suite(tmp_path, {"new": settings}, 3)
        first = run(tmp_path, suite, "--out", "run")
    before = manifest_of(tmp_path)
    assert before["providers"]["new"]["facts"]["models"] == ["scripted"]
    again = run(tmp_path, suite, "--resume", "run")  # the server is gone, and nothing is left to be asked
    assert again.code == 0, again.err
    assert again.json() == first.json() | {"path": "run"}
    assert manifest_of(tmp_path) == before


def test_records_without_a_manifest_are_not_taken_for_the_new_runs_own(tmp_path: Path) -> None:
    suite = write_suite(tmp_path, FAKES, 3)
    assert run(tmp_path, suite, "--out", "run").code == 0
    (tmp_path / "run" / "manifest.json").unlink()
    refused = run(tmp_path, suite, "--out", "run")
    assert refused.code == 2
    assert "holds records.jsonl without a manifest.json" in refused.err


def test_batches_without_a_manifest_are_not_taken_for_the_new_runs_own(tmp_path: Path) -> None:
    suite = write_suite(tmp_path, FAKES, 3)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "batches.jsonl").write_text('{"event":"submitted","provider":"new","id":"b","keys":[]}\n')
    refused = run(tmp_path, suite, "--out", "run")
    assert refused.code == 2
    assert "holds batches.jsonl without a manifest.json" in refused.err


def test_a_run_that_could_not_begin_leaves_nothing_in_the_way(tmp_path: Path) -> None:
    with ScriptedServer(key="k") as server:
        settings = {"kind": "openai_compatible", "base_url": server.base_url, "model": "m", "api_key_env": "LATE_KEY"}
        suite = write_suite(tmp_path, {"new": settings}, 3)
        command = ("run", suite, "--out", tmp_path / "run")
        assert shortlist(*command, cwd=tmp_path).code == 2
        assert not (tmp_path / "run").exists()
        mended = shortlist(*command, cwd=tmp_path, environment={"LATE_KEY": "k"})
    assert mended.code == 0, mended.err


def test_cases_that_a_dead_server_failed_do_not_use_up_the_budget_of_errors(tmp_path: Path) -> None:
    with ScriptedServer() as server:
        port = int(server.url.rsplit(":", 1)[1])
    settings = {"kind": "openai_compatible", "base_url": f"{server.base_url}", "model": "m", "retries": 0}
    suite = write_suite(tmp_path, {"new": settings}, 10, rules=[PASSES], budget={"errors": 3})
    assert run(tmp_path, suite, "--out", "run").code == 4
    with ScriptedServer(port=port) as server:
        resumed = run(tmp_path, suite, "--resume", "run")
        assert resumed.code == 0, resumed.err
        assert len(server.log) == 10


def test_a_budget_of_errors_that_the_last_case_passes_leaves_the_run_complete(tmp_path: Path) -> None:
    with ScriptedServer(lambda number, body: html_200() if number > 8 else ok()) as server:
        settings = {"kind": "openai_compatible", "base_url": server.base_url, "model": "m", "concurrency": 1}
        suite = write_suite(tmp_path, {"new": settings}, 10, budget={"errors": 1})
        done = run(tmp_path, suite, "--out", "run")
    assert done.code == 0, done.err
    assert done.json()["complete"] is True
    assert done.json()["providers"]["new"]["outcomes"]["malformed"] == 2


def test_a_case_that_was_given_up_says_why_the_run_is_incomplete(tmp_path: Path) -> None:
    with ScriptedServer(lambda number, body: rate_limit(99_999) if number == 1 else ok()) as server:
        settings = {"kind": "openai_compatible", "base_url": server.base_url, "model": "m"}
        suite = write_suite(tmp_path, {"new": settings}, 5)
        done = run(tmp_path, suite, "--out", "run")
    assert done.code == 4
    assert done.json()["incomplete_why"] == "1 of 5 cases are not done: new: HTTP 429: slow down"


def test_one_broken_run_does_not_hide_the_others(tmp_path: Path) -> None:
    suite = write_suite(tmp_path, FAKES, 1)
    for name in ("a", "b"):
        assert run(tmp_path, suite, "--out", f"runs/{name}").code == 0
    (tmp_path / "runs" / "a" / "manifest.json").write_text("{")
    listed = shortlist("runs", "--root", "runs", "--format", "json", cwd=tmp_path)
    assert listed.code == 0, listed.err
    assert [(row["run_id"], row["state"]) for row in listed.json()] == [
        ("a", "its manifest cannot be read"),
        ("b", "complete"),
    ]


@pytest.mark.parametrize("option", ["--out", "--resume"])
def test_a_name_that_no_folder_can_have_is_bad_input(tmp_path: Path, option: str) -> None:
    refused = run(tmp_path, write_suite(tmp_path, FAKES, 1), option, "x" * 5000)
    assert refused.code == 2
    assert "File name too long" in refused.err
    assert "Traceback" not in refused.err
