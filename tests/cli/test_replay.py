"""A recorded run in the place of a provider, so that the incumbent is paid for once: asked the same, and whole."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.commands import marker, shortlist, write_suite
from support.recording import REPLAY, YES, edit_json, edit_suite, record, record_served, refused, replaying, run
from support.scripted_server import html_200, ok, rate_limit, status


def test_a_recorded_incumbent_is_judged_alike_and_neither_timed_nor_paid_again(tmp_path: Path) -> None:
    script = {marker(3): html_200(), marker(4): status(500), marker(5): ok("no JSON")}
    recorded = record_served(tmp_path, script, 12, cost={"per_generation": 0.14}).json()["providers"]["old"]
    done = run(tmp_path, replaying(tmp_path, 12))
    assert done.code in (0, 3), done.err
    again = done.json()["providers"]["old"]
    assert again["outcomes"] == recorded["outcomes"]
    for metric in ("schema.pass", "gold.score", "quality.short"):
        assert again["metrics"][metric] == recorded["metrics"][metric]
    for metric in ("latency.total", "throughput.generations", "cost.total"):
        assert again["metrics"][metric]["value"] is None


def renamed_pair(now: Path) -> None:
    pairs = now / "pairs.jsonl"
    pairs.write_text(pairs.read_text().replace('"id": "pair-002"', '"id": "pair-02"'))


def changed_text(now: Path) -> None:
    pairs = now / "pairs.jsonl"
    pairs.write_text(pairs.read_text().replace("worked for 2 years", "worked for 20 years"))


def dropped_pair(now: Path) -> None:
    pairs = now / "pairs.jsonl"
    pairs.write_text("".join(pairs.read_text().splitlines(keepends=True)[:-1]))


def another_prompt(now: Path) -> None:
    prompt = now / "answer@1" / "user.md.j2"
    prompt.write_text(prompt.read_text() + " Please.")


def another_version(now: Path) -> None:
    (now / "answer@1").rename(now / "answer@2")
    task = now / "answer@2" / "task.yaml"
    task.write_text(task.read_text().replace("version: 1", "version: 2"))
    edit_suite(now / "suite.yaml", task="./answer@2")


def another_sampling(now: Path) -> None:
    edit_suite(now / "suite.yaml", sampling={"temperature": 0.7, "max_tokens": 64})


def another_seed(now: Path) -> None:
    edit_suite(now / "suite.yaml", seed=7)


PAIRS_DIFFER = "the pairs of the data set then (their ids, texts, tags or gold) differ; restore that, or record again: "


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (renamed_pair, PAIRS_DIFFER),
        (changed_text, PAIRS_DIFFER),
        (dropped_pair, PAIRS_DIFFER),
        (another_prompt, "the task (answer@1: its prompt, schema or rules) differs; restore that"),
        (another_version, "the task (answer@1, now answer@2: its prompt, schema or rules) differs; restore that"),
        (
            another_sampling,
            "the sampling (then {'temperature': 0, 'max_tokens': 64}, now {'temperature': 0.7, 'max_tokens': 64}) "
            "differs; restore that",
        ),
        (another_seed, "the seed (then 0, now 7) differs; restore that"),
    ],
)
def test_a_recorded_run_that_was_asked_something_else_is_refused(
    tmp_path: Path, change: Callable[[Path], None], said: str
) -> None:
    assert record(tmp_path).code == 0
    suite = replaying(tmp_path)
    change(tmp_path / "now")
    done = run(tmp_path, suite)
    refused(done, tmp_path, f"providers.old: the recorded run {tmp_path}/recorded asked something else than", said)
    assert f"shortlist run {tmp_path}/then/suite.yaml --provider old, then name the new run's folder" in done.err
    assert shortlist("validate", suite, cwd=tmp_path).err == done.err


def test_the_suite_that_records_and_the_one_that_replays_may_be_one_file(tmp_path: Path) -> None:
    suite = write_suite(tmp_path / "now", {"old": YES}, 6)
    assert shortlist("run", suite, "--out", "recorded", "--limit", "4", cwd=tmp_path).code == 0
    done = run(tmp_path, replaying(tmp_path))
    refused(done, tmp_path, "--limit 6 (with the suite as it was then: manifest.json there keeps it as `suite_source`)")


@pytest.mark.parametrize(
    ("recorded", "asked", "said"),
    [
        (("--limit", "4"), (), "lacks 2 of the 6 cases that are asked of it (pair-004, pair-005)"),
        ((), ("--repeats", "2"), "lacks 6 of the 12 cases that are asked of it (pair-000/1, pair-001/1, pair-002/1, "),
        (("--limit", "2"), ("--limit", "3", "--repeats", "2"), "lacks 4 of the 6 cases"),
    ],
)
def test_a_recording_that_lacks_cases_is_refused_until_it_is_completed(
    tmp_path: Path, recorded: tuple[str, ...], asked: tuple[str, ...], said: str
) -> None:
    """Else what was never asked would count as a failure of the incumbent, to the candidate's good."""
    assert record(tmp_path, 6, *recorded).code == 0
    suite = replaying(tmp_path)
    done = run(tmp_path, suite, *asked)
    refused(done, tmp_path, said, "would count as a failure of the recorded side")
    command = re.search(r"Complete it with: shortlist (.*)$", done.err, re.MULTILINE)
    assert command is not None
    completed = shortlist(*shlex.split(command[1]), cwd=tmp_path)
    assert completed.code == 0, completed.err
    again = run(tmp_path, suite, *asked)
    assert again.code in (0, 3), again.err
    assert set(again.json()["providers"]["old"]["outcomes"].values()) == {0, again.json()["providers"]["old"]["cases"]}


def test_a_plan_says_what_a_run_would_be_refused_for_and_that_it_costs_nothing(tmp_path: Path) -> None:
    assert record(tmp_path, 6, "--limit", "4").code == 0
    planned = shortlist("plan", replaying(tmp_path), "--format", "json", "--simulations", "10", cwd=tmp_path)
    assert planned.code == 0, planned.err
    assert "a run would be refused: providers.old: the recorded run" in planned.err
    old = planned.json()["providers"]["old"]
    assert (old["usd_low"], old["usd_high"], old["input_tokens"]) == ("0", "0", 0)
    limited = shortlist("plan", replaying(tmp_path), "--limit", "4", "--simulations", "10", cwd=tmp_path)
    assert "refused" not in limited.err


def test_fewer_pairs_than_were_recorded_will_do(tmp_path: Path) -> None:
    assert record(tmp_path, 6, "--repeats", "2").code == 0
    assert run(tmp_path, replaying(tmp_path), "--limit", "2").code in (0, 3)


def test_a_case_that_its_provider_never_answered_is_no_answer(tmp_path: Path) -> None:
    assert record_served(tmp_path, {marker(4): rate_limit(0)}).code == 4
    done = run(tmp_path, replaying(tmp_path))
    refused(done, tmp_path, "has no answer to 1 of the 6 cases (pair-004): ", "--resume", "429")


def test_a_provider_that_was_left_out_recorded_nothing(tmp_path: Path) -> None:
    gone = {"kind": "openai_compatible", "base_url": "http://127.0.0.1:9/v1", "model": "m", "optional": True}
    suite = write_suite(tmp_path / "then", {"here": YES, "old": gone}, 6)
    assert shortlist("run", suite, "--out", "recorded", cwd=tmp_path).code == 0
    done = run(tmp_path, replaying(tmp_path))
    refused(done, tmp_path, "lacks 6 of the 6 cases", "old was left out of it: cannot reach")


def test_a_case_that_was_renamed_in_the_records_is_missed(tmp_path: Path) -> None:
    assert record(tmp_path).code == 0
    records = tmp_path / "recorded" / "records.jsonl"
    records.write_text(records.read_text().replace('"pair":"pair-002"', '"pair":"pair-2"'))
    done = run(tmp_path, replaying(tmp_path))
    refused(done, tmp_path, "lacks 1 of the 6 cases that are asked of it (pair-002)")
    assert "it records pairs that the data set lacks, so it was changed by hand: pair-2" in done.err


def test_records_of_another_version_of_the_task_are_none(tmp_path: Path) -> None:
    assert record(tmp_path).code == 0
    records = tmp_path / "recorded" / "records.jsonl"
    records.write_text(records.read_text().replace('"task":"answer@1"', '"task":"answer@2"'))
    refused(run(tmp_path, replaying(tmp_path)), tmp_path, "it answers the task answer@2, and asked is answer@1")


def test_a_torn_line_is_missed_and_the_last_of_two_records_counts(tmp_path: Path) -> None:
    assert record(tmp_path).code == 0
    records = tmp_path / "recorded" / "records.jsonl"
    lines = records.read_text().splitlines(keepends=True)
    records.write_text("".join(lines) + lines[0].replace('\\"yes\\"', "7"))
    again = run(tmp_path, replaying(tmp_path))
    assert again.json()["providers"]["old"]["metrics"]["schema.pass"]["value"] == pytest.approx(5 / 6)
    shutil.rmtree(tmp_path / "run")
    records.write_text("".join(lines).rstrip("\n"))
    refused(run(tmp_path, replaying(tmp_path)), tmp_path, "lacks 1 of the 6 cases")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"run": "../recroded"}, "there is no recorded run at {0}/recroded (no manifest.json); the runs beside it: "),
        ({"run": "../recroded"}, "did you mean 'recorded'?"),
        ({"provider": "odl"}, "has no provider 'odl'; it has: old; did you mean 'old'?"),
    ],
)
def test_a_recorded_run_or_provider_that_is_not_there_is_named(
    tmp_path: Path, settings: dict[str, str], said: str
) -> None:
    assert record(tmp_path).code == 0
    done = run(tmp_path, replaying(tmp_path, old={**REPLAY, **settings}))
    refused(done, tmp_path, "providers.old: ", said.format(tmp_path))


def test_a_recorded_run_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    assert record(tmp_path).code == 0
    records = tmp_path / "recorded" / "records.jsonl"
    records.write_text("{}\n" + records.read_text())
    refused(run(tmp_path, replaying(tmp_path)), tmp_path, "records.jsonl:1: not a record")
    edit_json(tmp_path / "recorded" / "manifest.json", lambda manifest: manifest | {"signature": 7})
    refused(run(tmp_path, replaying(tmp_path)), tmp_path, "manifest.json: signature")


def test_an_optional_recorded_run_that_will_not_do_is_left_out(tmp_path: Path) -> None:
    assert record(tmp_path, 6, "--limit", "4").code == 0
    optional = {**REPLAY, "optional": True}
    gateway = {"kind": "chain", "steps": ["old", "new"], "optional": True}
    suite = write_suite(tmp_path / "now", {"new": YES, "old": optional, "gateway": gateway}, 6)
    assert shortlist("validate", suite, cwd=tmp_path).code == 0
    done = run(tmp_path, suite)
    assert done.code == 0, done.err
    assert "old is left out (optional): the recorded run" in done.err
    providers = done.json()["providers"]
    assert providers["new"]["cases"] == 6
    assert (providers["old"]["cases"], providers["gateway"]["cases"]) == (0, 0)
    assert "lacks 2 of the 6 cases" in providers["old"]["skipped"]
    assert providers["gateway"]["skipped"].startswith("its step old is left out: the recorded run")
    assert done.json()["complete"] is True

    resumed = shortlist("run", tmp_path / "then" / "suite.yaml", "--resume", "recorded", "--limit", "6", cwd=tmp_path)
    assert resumed.code == 0, resumed.err
    done = shortlist("run", suite, "--resume", "run", "--format", "json", cwd=tmp_path)
    assert done.code == 0, done.err
    assert done.json()["providers"]["old"] | {"metrics": {}} == {
        **providers["new"],
        "kind": "replay",
        "metrics": {},
    }


def test_a_run_of_nothing_but_recordings_that_will_not_do_is_not_done(tmp_path: Path) -> None:
    suite = write_suite(tmp_path / "now", {"old": {**REPLAY, "optional": True}}, 6)
    said = "every provider is optional, and none is set up:\n  old: there is no recorded run at"
    refused(run(tmp_path, suite), tmp_path, said)


def test_a_run_that_goes_on_replays_what_it_began_with(tmp_path: Path) -> None:
    assert record(tmp_path, 6, "--limit", "4").code == 0
    suite = replaying(tmp_path)
    assert run(tmp_path, suite, "--limit", "4").code in (0, 3)
    go_on = ("run", suite, "--resume", "run", "--limit", "6")
    then = tmp_path / "then" / "suite.yaml"
    assert shortlist("run", then, "--resume", "recorded", "--limit", "6", cwd=tmp_path).code == 0
    shutil.copytree(tmp_path / "recorded", tmp_path / "kept")

    records = tmp_path / "recorded" / "records.jsonl"
    records.write_text(records.read_text().replace("yes", "yea"))
    edited = shortlist(*go_on, cwd=tmp_path)
    assert edited.code == 2
    assert "records.jsonl is not what it was when it was replayed; bring that back" in edited.err

    shutil.rmtree(tmp_path / "recorded")
    assert shortlist("run", then, "--out", "recorded", cwd=tmp_path).code == 0
    exchanged = shortlist(*go_on, cwd=tmp_path)
    assert exchanged.code == 2
    assert "and this run began with old of" in exchanged.err

    shutil.rmtree(tmp_path / "recorded")
    shutil.copytree(tmp_path / "kept", tmp_path / "recorded")
    grown = shortlist(*go_on, cwd=tmp_path)
    assert grown.code in (0, 3), grown.err


def test_parity_may_be_measured_against_a_recorded_run(tmp_path: Path) -> None:
    """DESIGN §3: gold, a provider, or a recorded run, which is named by the provider that replays it."""
    assert record_served(tmp_path, {marker(1): ok('{"answer": "no"}')}).code == 0
    providers: dict[str, dict[str, Any]] = {"new": YES, "claude_recorded": REPLAY}
    suite = write_suite(tmp_path / "now", providers, 6, references={"parity": "claude_recorded"})
    done = run(tmp_path, suite)
    assert done.code == 0, done.err
    assert done.json()["providers"]["new"]["metrics"]["parity.score"]["value"] == pytest.approx(5 / 6)
    assert done.json()["providers"]["new"]["metrics"]["gold.score"]["value"] == 1.0
