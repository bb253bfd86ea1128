"""Where verdicts go wrong elsewhere: from the command line to the exit code, and the sentence that a person reads.

What a recorded incumbent adds to it is in test_replay.py.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from support.commands import Done, marker, shortlist, write_suite
from support.scripted_server import Script, ScriptedServer, ok, status

NO = ok('{"answer": "no"}')
DOWN = status(500)
ALL_DOWN: Script = lambda number, body: DOWN  # noqa: E731 - a script, beside those that are mappings
NO_WORSE: dict[str, Any] = {"metric": "gold.score", "no_worse_by": 0.1}
SCHEMA_NO_WORSE = {"metric": "schema.pass", "no_worse_by": 0.1}
PASSES = {"metric": "schema.pass", "at_least": 0.5}
YES = {"kind": "fake", "output": {"answer": "yes"}}


def judged(
    folder: Path, new: Script | None, old: Script | None, pairs: int, rules: Sequence[Mapping[str, Any]], *options: str
) -> Done:
    """A run of two scripted servers."""
    with ScriptedServer(new) as candidate, ScriptedServer(old) as incumbent:
        providers = {
            name: {
                "kind": "openai_compatible",
                "base_url": server.base_url,
                "model": "m",
                "retries": 0,
                "cost": {"per_generation": 0.01},
            }
            for name, server in (("new", candidate), ("old", incumbent))
        }
        suite = write_suite(folder, providers, pairs, rules=rules)
        return shortlist("run", suite, "--out", "run", "--format", "json", *options, cwd=folder)


def verdict_of(done: Done) -> tuple[int, str, list[str]]:
    """Exit code, verdict, the rules' statuses."""
    assert done.out, done.err
    summary = done.json()
    return done.code, summary["verdict"], [rule["status"] for rule in summary["rules"]]


def sentences(done: Done) -> list[str]:
    return [rule["why"] for rule in done.json()["rules"]]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a suite and its finished run of 12 pairs, which passed its gate."""
    folder = tmp_path_factory.mktemp("finished")
    suite = write_suite(folder, {"new": YES, "old": YES}, 12, rules=[{"metric": "gold.score", "no_worse_by": 0.3}])
    done = shortlist("run", suite, "--out", "run", "--format", "json", cwd=folder)
    assert verdict_of(done) == (0, "PROMOTE", ["pass"])
    return folder


@pytest.fixture
def run(finished: Path, tmp_path: Path) -> Path:
    """A copy of the run that may be spoiled; its suite stays where it was."""
    return shutil.copytree(finished / "run", tmp_path / "run")


def test_a_case_that_was_renamed_in_the_records_is_refused(run: Path) -> None:
    records = run / "records.jsonl"
    records.write_text(
        records.read_text().replace('"pair":"pair-002","provider":"old"', '"pair":"p-2","provider":"old"')
    )
    done = shortlist("score", run, cwd=run)
    assert done.code == 2
    assert "record answer@1/p-2/old/0: the data set has no pair 'p-2'" in done.err


def test_a_case_that_lies_under_another_pairs_name_is_missed(run: Path) -> None:
    records = run / "records.jsonl"
    renamed = '"pair":"pair-003","provider":"old"'
    records.write_text(records.read_text().replace('"pair":"pair-002","provider":"old"', renamed))
    done = shortlist("score", run, "--format", "json", cwd=run)
    assert done.code == 4, done.err
    assert (done.json()["verdict"], done.json()["incomplete_why"]) == (None, "1 of 24 cases are not done")


def test_a_case_of_one_side_that_was_dropped_is_missed(run: Path) -> None:
    records = run / "records.jsonl"
    lines = records.read_text().splitlines(keepends=True)
    records.write_text("".join(line for line in lines if '"pair":"pair-002","provider":"old"' not in line))
    done = shortlist("score", run, "--format", "json", cwd=run)
    assert done.code == 4, done.err
    assert (done.json()["verdict"], done.json()["incomplete_why"]) == (None, "1 of 24 cases are not done")


def test_a_pair_that_was_dropped_from_the_data_set_is_noticed(tmp_path: Path) -> None:
    suite = write_suite(tmp_path, {"new": YES, "old": YES}, 12, rules=[NO_WORSE])
    assert shortlist("run", suite, "--out", "run", cwd=tmp_path).code == 3
    pairs = tmp_path / "pairs.jsonl"
    pairs.write_text("".join(pairs.read_text().splitlines(keepends=True)[:-1]))
    judged_again = shortlist("score", "run", cwd=tmp_path)
    assert judged_again.code == 2
    assert "changed since this run was made, so its records cannot be judged by it" in judged_again.err
    resumed = shortlist("run", suite, "--resume", "run", cwd=tmp_path)
    assert resumed.code == 2
    assert "this run asked something else than" in resumed.err


def test_an_incumbents_errors_do_not_promote_a_candidate(tmp_path: Path) -> None:
    """Counted as wrong answers, four errors of the incumbent would make up for four of the candidate's own."""
    ours = {marker(number): NO for number in range(4)}
    theirs = {marker(number): DOWN for number in range(4, 8)}
    done = judged(tmp_path, ours, theirs, 40, [NO_WORSE])
    assert verdict_of(done) == (3, "INCONCLUSIVE", ["undecided"])
    said = "4 pairs where the incumbent ended in an error, a time-out or a malformed reply, counted as anything"
    assert said in sentences(done)[0]


def test_an_incumbents_errors_do_not_reject_a_candidate_either(tmp_path: Path) -> None:
    theirs = {marker(number): DOWN for number in range(4, 8)}
    done = judged(tmp_path, None, theirs, 40, [NO_WORSE, SCHEMA_NO_WORSE])
    assert verdict_of(done) == (0, "PROMOTE", ["pass", "pass"])
    assert all("4 pairs where the incumbent ended in an error" in why for why in sentences(done))


@pytest.mark.parametrize(
    ("pairs", "expected", "said"),
    [
        (12, (3, "INCONCLUSIVE", ["undecided"]), "24.3 points lower, beyond the margin of 10 points; about 35 pairs"),
        (40, (0, "PROMOTE", ["pass"]), "no different from old's over 40 pairs; at 95% confidence the true difference"),
    ],
)
def test_no_discordant_pair_proves_only_as_much_as_there_are_pairs(
    tmp_path: Path, pairs: int, expected: tuple[int, str, list[str]], said: str
) -> None:
    done = judged(tmp_path, None, None, pairs, [SCHEMA_NO_WORSE])
    assert verdict_of(done) == expected
    assert said in sentences(done)[0]


def test_one_pair_decides_nothing(tmp_path: Path) -> None:
    ratio = {"metric": "cost.per_generation", "at_most_ratio": 1.5}
    late = {"metric": "latency.total", "percentile": 95, "at_most": "30s"}
    done = judged(tmp_path, None, None, 12, [NO_WORSE, PASSES, ratio, late], "--limit", "1")
    assert verdict_of(done) == (3, "INCONCLUSIVE", ["undecided"] * 4)
    score, passes, cost, latency = sentences(done)
    assert "but with 1 pair the true difference may be 0.794 lower" in score
    assert "schema.pass is 100% of 1 pair, but with 1 pair the true rate may be as low as 20.6%" in passes
    assert "one pair shows no spread, so no interval can be given" in cost
    assert "p95 has no upper limit below 72 pairs" in latency


def test_where_all_is_equal_money_is_certain_and_quality_is_not(tmp_path: Path) -> None:
    rules = [
        {"metric": "cost.per_generation", "no_worse_by": 0.001},
        {"metric": "cost.per_generation", "at_most_ratio": 1},
        NO_WORSE,
        {"metric": "gold.score", "better_by": 0},
    ]
    done = judged(tmp_path, None, None, 12, rules)
    assert verdict_of(done) == (3, "INCONCLUSIVE", ["pass", "pass", "undecided", "undecided"])
    assert "gold.score is no different from old's over 12 pairs, which is not better" in sentences(done)[3]


def test_a_candidate_that_always_failed_is_rejected(tmp_path: Path) -> None:
    rules = [NO_WORSE, PASSES, {"metric": "latency.total", "at_most": "30s"}]
    done = judged(tmp_path, ALL_DOWN, None, 12, rules)
    assert verdict_of(done) == (1, "REJECT", ["fail"] * 3)
    score, passes, latency = sentences(done)
    assert score.startswith("gold.score is 1 lower than old's over 12 pairs; at 95% confidence the true difference is")
    assert passes.startswith("schema.pass is 0% of 12 pairs")
    assert latency == "no case of new has a value of latency.total, for 12 pairs failed (failed: error, 12 cases)"


def test_an_incumbent_that_always_failed_promotes_nobody(tmp_path: Path) -> None:
    done = judged(tmp_path, None, ALL_DOWN, 12, [NO_WORSE, SCHEMA_NO_WORSE])
    assert verdict_of(done) == (3, "INCONCLUSIVE", ["undecided"] * 2)
    assert "12 pairs where the incumbent ended in an error" in sentences(done)[0]


def test_where_both_always_failed_nothing_is_known(tmp_path: Path) -> None:
    done = judged(tmp_path, ALL_DOWN, ALL_DOWN, 12, [NO_WORSE, PASSES])
    assert verdict_of(done) == (1, "REJECT", ["undecided", "fail"])
    assert "the true difference may be 1 lower" in sentences(done)[0]


def test_a_provider_out_of_reach_leaves_the_run_incomplete(tmp_path: Path) -> None:
    gone = {"kind": "openai_compatible", "base_url": "http://127.0.0.1:9/v1", "model": "m", "retries": 0}
    suite = write_suite(tmp_path, {"new": YES, "old": gone}, 12, rules=[NO_WORSE, PASSES])
    done = shortlist("run", suite, "--out", "run", "--format", "json", cwd=tmp_path)
    assert done.code == 4
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert summary["verdict"] is None
    assert "12 of 24 cases are not done" in summary["incomplete_why"]
