"""`gate.early_stop`: the run stops once its gate is decided, whatever happens on the way."""

from __future__ import annotations

import json
import re
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.commands import Done, finish, marker, shortlist, start, write_suite
from support.scripted_server import Behaviour, ScriptedServer, html_200, ok, rate_limit

PAIRS = 120
LOOKS = [20, 27, 36, 48, 64, 86]
NO_WORSE = {"metric": "gold.score", "no_worse_by": 0.1}
YES, NO = '{"answer": "yes"}', '{"answer": "no"}'
FILES = ("verdict.json", "comparison.json", "summary.json")


def number_in(body: Any) -> int:
    return int(re.findall(r"pair-(\d+)", body["messages"][-1]["content"])[0])


def right(number: int, body: Any) -> Behaviour:
    return ok(YES)


def wrong(number: int, body: Any) -> Behaviour:
    return ok(NO)


def half_right(number: int, body: Any) -> Behaviour:
    """By the pair alone, so that every run gets the same answers."""
    return ok(YES if number_in(body) % 2 else NO)


def at(server: ScriptedServer, **settings: Any) -> dict[str, Any]:
    return {
        "kind": "openai_compatible",
        "base_url": server.base_url,
        "model": "scripted",
        "stream": False,
        "cost": {"input_per_million": 3, "output_per_million": 15},
        **settings,
    }


def fake(answer: str) -> dict[str, Any]:
    return {"kind": "fake", "output": answer}


def early_suite(
    folder: Path,
    providers: dict[str, dict[str, Any]],
    pairs: int = PAIRS,
    rules: Sequence[dict[str, Any]] = (NO_WORSE,),
    **sections: Any,
) -> Path:
    path = write_suite(folder, providers, pairs, rules=rules, metrics=["schema", "gold", "usage", "cost"], **sections)
    suite = yaml.safe_load(path.read_text())
    suite["gate"]["early_stop"] = True
    path.write_text(yaml.safe_dump(suite, sort_keys=False))
    return path


def run(folder: Path, suite: Path, *options: str) -> Done:
    return shortlist("run", suite, "--format", "json", *options, cwd=folder)


def manifest_of(folder: Path) -> Any:
    return json.loads((folder / "run" / "manifest.json").read_text())


def asked(server: ScriptedServer) -> list[int]:
    return [number_in(entry.body) for entry in server.log]


@pytest.mark.parametrize(
    ("new", "old", "verdict", "code"),
    [(right, half_right, "PROMOTE", 0), (half_right, right, "REJECT", 1)],
    ids=["far better", "far worse"],
)
def test_a_clear_case_is_decided_with_less_than_half_of_the_requests(
    tmp_path: Path, new: Any, old: Any, verdict: str, code: int
) -> None:
    with ScriptedServer(new) as ours, ScriptedServer(old) as theirs:
        suite = early_suite(tmp_path, {"new": at(ours), "old": at(theirs)})
        done = shortlist("run", suite, "--out", "run", cwd=tmp_path)
        sent = len(ours.log)
        assert len(theirs.log) == sent < PAIRS / 2
    assert done.code == code, done.err
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert (summary["verdict"], summary["complete"]) == (verdict, True)
    for provider in summary["providers"].values():
        assert provider["cases"] == provider["planned"] == sent
    early = summary["early_stop"]
    assert (early["planned_pairs"], early["planned_looks"]) == (PAIRS, LOOKS)
    assert early["stopped_at"] == sent == early["looks"][-1]
    assert early["looks"] == LOOKS[: len(early["looks"])]
    assert early["saved_cases"] == 2 * (PAIRS - sent)
    one = (20 * 3 + 5 * 15) / 1e6  # what the scripted server says that it used
    assert float(early["saved_usd"]) == pytest.approx(one * early["saved_cases"])
    assert "99% confidence" in summary["rules"][0]["why"]
    dollars = f"${float(early['saved_usd']):.3g}"
    said = (
        f"saved:   {early['saved_cases']} generations and about {dollars}, for the gate was decided after {sent} of 120"
    )
    assert said in done.out
    assert "the verdict is looked at after 20, 27, 36, 48, 64 and 86 of 120 pairs" in done.err
    assert f"decided after {sent} of 120 pairs: the rest is not sent" in done.err


def test_a_close_case_needs_every_pair_and_is_judged_at_the_end(tmp_path: Path) -> None:
    """The same on both sides: with 120 pairs a margin of 0.1 can be shown at the end, and by no look."""
    with (
        ScriptedServer(half_right) as ours,
        ScriptedServer(lambda n, body: ok(NO if number_in(body) % 2 else YES)) as theirs,
    ):
        suite = early_suite(
            tmp_path, {"new": at(ours), "old": at(theirs)}, rules=[{"metric": "gold.score", "no_worse_by": 0.2}]
        )
        done = run(tmp_path, suite, "--out", "run")
        assert len(ours.log) == len(theirs.log) == PAIRS
    summary = done.json()
    assert done.code == {"PROMOTE": 0, "INCONCLUSIVE": 3}[summary["verdict"]]
    assert summary["early_stop"]["looks"] == LOOKS
    assert summary["early_stop"]["stopped_at"] is None
    assert summary["early_stop"]["saved_cases"] == 0
    assert "not decided before the last of 120 pairs" in done.err
    verdict = json.loads((tmp_path / "run" / "verdict.json").read_text())
    assert verdict["early_stop"] == summary["early_stop"]
    assert "96% confidence" in verdict["rules"][0]["why"] or verdict["verdict"] == "INCONCLUSIVE"


def test_the_file_is_not_the_order_of_the_run(tmp_path: Path) -> None:
    """A file whose first forty pairs are easy would else promote a candidate that fails the others."""

    def easy_first(number: int, body: Any) -> Behaviour:
        return ok(YES if number_in(body) < 40 else NO)

    with ScriptedServer(easy_first) as server:
        suite = early_suite(tmp_path, {"new": at(server)}, rules=[{"metric": "gold.score", "at_least": 0.7}])
        done = run(tmp_path, suite, "--out", "run")
        first = asked(server)
    assert done.json()["verdict"] == "REJECT"
    assert len(first) < PAIRS / 2
    assert first != sorted(first)
    orders: list[list[int]] = []
    for seed in (0, 0, 1):
        with ScriptedServer() as server:
            folder = tmp_path / f"{len(orders)}"
            suite = early_suite(
                folder,
                {"new": at(server, concurrency=1)},
                seed=seed,
                rules=[{"metric": "gold.score", "at_least": 0.99}],
            )
            run(folder, suite, "--out", "run", "--limit", "30")
            orders.append(asked(server))
    assert orders[0] == orders[1] != orders[2]
    assert all(sorted(order) == list(range(30)) for order in orders), "a limit takes the first pairs of the file"


def test_judging_again_from_the_files_gives_the_same(tmp_path: Path) -> None:
    providers = {"new": fake(YES), "old": fake(NO), "edge": fake(YES)}
    suite = early_suite(tmp_path, providers)
    first = run(tmp_path, suite, "--out", "run")
    assert first.json()["verdict"] == "PROMOTE"
    assert first.json()["early_stop"]["saved_cases"] == 3 * (PAIRS - first.json()["early_stop"]["stopped_at"])
    before = {name: (tmp_path / "run" / name).read_bytes() for name in FILES}
    for command in ("score", "compare", "gate", "report"):
        again = shortlist(command, "run", cwd=tmp_path)
        assert again.code == 0, again.err
        assert {name: (tmp_path / "run" / name).read_bytes() for name in FILES} == before, command
    resumed = run(tmp_path, suite, "--resume", "run")
    assert (resumed.code, resumed.json()) == (0, first.json())
    assert {name: (tmp_path / "run" / name).read_bytes() for name in FILES} == before


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("unbroken")
    with ScriptedServer(half_right) as ours, ScriptedServer(right) as theirs:
        done = run(folder, early_suite(folder, {"new": at(ours), "old": at(theirs)}), "--out", "run")
    return json.loads((folder / "run" / "verdict.json").read_text()) | {"run_id": None}, done.json()["early_stop"]


@pytest.mark.parametrize("killed_after", [5, 39, 46])
def test_a_killed_run_comes_to_the_same_verdict(tmp_path: Path, killed_after: int, unbroken: Any) -> None:
    def slow(number: int, body: Any) -> Behaviour:
        return ok(half_right(number, body).text, delay=0.02)

    with ScriptedServer(slow) as ours, ScriptedServer(right) as theirs:
        suite = early_suite(tmp_path, {"new": at(ours), "old": at(theirs)})
        process = start("run", suite, "--out", "run", cwd=tmp_path)
        while len(ours.log) + len(theirs.log) < killed_after and process.poll() is None:
            time.sleep(0.001)
        process.kill()
        assert finish(process).code == -9
        sent = asked(ours)
        lines = (tmp_path / "run" / "records.jsonl").read_text().split("\n")[:-1]
        saved = {line["case"]["pair"] for line in map(json.loads, lines) if line["case"]["provider"] == "new"}
        done = run(tmp_path, suite, "--resume", "run")
        assert saved.isdisjoint(map(marker, asked(ours)[len(sent) :])), "a completed case was sent again"
    assert done.code == 1, done.err
    verdict, early = unbroken
    assert done.json()["early_stop"] == early
    assert json.loads((tmp_path / "run" / "verdict.json").read_text()) | {"run_id": None} == verdict


def test_a_run_killed_before_its_look_is_looked_at_without_asking_anybody(tmp_path: Path, unbroken: Any) -> None:
    with ScriptedServer(half_right) as ours, ScriptedServer(right) as theirs:
        suite = early_suite(tmp_path, {"new": at(ours), "old": at(theirs)})
        assert run(tmp_path, suite, "--out", "run").code == 1
    manifest = manifest_of(tmp_path)
    sent = manifest["early_stop"]["stopped_at"]
    manifest["early_stop"] |= {"looks": [], "stopped_at": None, "saved_cases": 0, "saved_usd": None}
    for provider in manifest["providers"].values():
        provider["planned"] = PAIRS
    (tmp_path / "run" / "manifest.json").write_text(json.dumps(manifest))
    again = run(tmp_path, suite, "--resume", "run")  # the servers are gone
    assert again.code == 1, again.err
    assert again.json()["early_stop"] == unbroken[1]
    assert again.json()["providers"]["new"]["cases"] == sent


def test_cases_that_nobody_answered_leave_the_run_without_a_verdict_until_it_is_resumed(tmp_path: Path) -> None:
    def one_is_given_up(number: int, body: Any) -> Behaviour:
        return rate_limit(99_999) if number == 23 else half_right(number, body)

    with ScriptedServer(one_is_given_up) as ours, ScriptedServer(right) as theirs:
        suite = early_suite(tmp_path, {"new": at(ours), "old": at(theirs)})
        done = run(tmp_path, suite, "--out", "run")
        assert (done.code, done.json()["verdict"]) == (4, None)
        assert "HTTP 429" in done.json()["incomplete_why"]
        assert done.json()["early_stop"] | {"looks": [20], "stopped_at": None} == done.json()["early_stop"]
        assert len(theirs.log) == 27, "nothing after it could be looked at"
        resumed = run(tmp_path, suite, "--resume", "run")
    assert (resumed.code, resumed.json()["verdict"]) == (1, "REJECT"), resumed.err


def test_a_spent_budget_leaves_the_run_without_a_verdict(tmp_path: Path) -> None:
    with ScriptedServer(half_right) as ours:
        suite = early_suite(
            tmp_path,
            {"new": at(ours, concurrency=1), "old": fake(YES) | {"cost": {"per_generation": 0}}},
            budget={"usd": 0.003},
        )
        done = run(tmp_path, suite, "--out", "run")
        assert len(ours.log) < 27
    assert (done.code, done.json()["verdict"]) == (4, None)
    assert "budget.usd" in done.json()["incomplete_why"]


def test_a_run_whose_budget_ended_in_a_batch_goes_on_to_the_same_verdict(tmp_path: Path, unbroken: Any) -> None:
    with ScriptedServer(half_right) as ours, ScriptedServer(right) as theirs:
        providers = {"new": at(ours), "old": at(theirs)}
        suite = early_suite(tmp_path, providers, budget={"usd": 0.006})
        assert run(tmp_path, suite, "--out", "run").code == 4
        first = manifest_of(tmp_path)
        assert first["early_stop"]["looks"] == [20]
        suite = early_suite(tmp_path, providers, budget={"usd": 1})
        resumed = run(tmp_path, suite, "--resume", "run")
        assert len(ours.log) == len(theirs.log) == unbroken[1]["stopped_at"], "nothing was paid for twice"
    verdict, early = unbroken
    assert (resumed.code, resumed.json()["early_stop"]) == (1, early), resumed.err
    assert json.loads((tmp_path / "run" / "verdict.json").read_text()) | {"run_id": None} == verdict


def test_errors_count_as_the_worst_and_decide_too(tmp_path: Path) -> None:
    with ScriptedServer(lambda n, body: html_200()) as ours:
        suite = early_suite(tmp_path, {"new": at(ours), "old": fake(YES)})
        done = run(tmp_path, suite, "--out", "run")
        assert len(ours.log) < PAIRS / 2
    assert (done.code, done.json()["verdict"]) == (1, "REJECT"), done.err


@pytest.mark.parametrize("after", [10, 40, 41])
def test_ctrl_c_keeps_what_was_done(tmp_path: Path, after: int, unbroken: Any) -> None:
    """Forty answers are what the first look is taken of, so that it is interrupted, or what comes just after it."""
    with ScriptedServer(half_right) as ours, ScriptedServer(right) as theirs:
        suite = early_suite(tmp_path, {"new": at(ours), "old": at(theirs)})
        process = start("run", suite, "--out", "run", cwd=tmp_path)
        while len(ours.log) + len(theirs.log) < after and process.poll() is None:
            time.sleep(0.001)
        process.send_signal(signal.SIGINT)
        done = finish(process)
        assert done.code == 130, done.err
        assert "go on with: shortlist run" in done.err
        assert "Traceback" not in done.err
        resumed = run(tmp_path, suite, "--resume", "run")
    assert resumed.code == 1, resumed.err
    assert resumed.json()["early_stop"] == unbroken[1]


def test_providers_stay_open_from_batch_to_batch(tmp_path: Path) -> None:
    with ScriptedServer(half_right) as server:
        suite = early_suite(
            tmp_path, {"new": at(server, concurrency=1)}, rules=[{"metric": "gold.score", "at_least": 0.5}]
        )
        done = run(tmp_path, suite, "--out", "run")
        assert len(done.json()["early_stop"]["looks"]) > 3
        assert server.connections == 1


def test_who_is_left_out_holds_up_no_look(tmp_path: Path) -> None:
    there = {"kind": "openai_compatible", "base_url": "http://127.0.0.1:9/v1", "model": "m", "optional": True}
    suite = early_suite(tmp_path, {"new": fake(YES), "old": fake(NO), "there": there})
    done = run(tmp_path, suite, "--out", "run")
    assert (done.code, done.json()["verdict"]) == (0, "PROMOTE"), done.err
    early = done.json()["early_stop"]
    assert early["saved_cases"] == 2 * (PAIRS - early["stopped_at"])
    again = run(tmp_path, suite, "--resume", "run")
    assert (again.code, again.json()["early_stop"]) == (0, early), again.err


def test_repeats_are_looked_at_together(tmp_path: Path) -> None:
    with ScriptedServer(half_right) as server:
        suite = early_suite(tmp_path, {"new": at(server), "old": fake(YES)})
        done = run(tmp_path, suite, "--out", "run", "--repeats", "2")
        early = done.json()["early_stop"]
        assert len(server.log) == 2 * early["stopped_at"]
    assert done.json()["verdict"] == "REJECT"
    assert early["saved_cases"] == 4 * (PAIRS - early["stopped_at"])


@pytest.mark.parametrize("grown", [("--limit", "60"), ("--repeats", "2"), ("--provider", "edge")])
def test_a_resumed_run_keeps_what_its_looks_were_fixed_by(tmp_path: Path, grown: tuple[str, str]) -> None:
    suite = early_suite(tmp_path, {"new": fake(YES), "old": fake(NO), "edge": fake(NO)})
    began = ("--limit", "40", "--provider", "new", "--provider", "old")
    assert run(tmp_path, suite, "--out", "run", *began).code == 0
    before = manifest_of(tmp_path)
    refused = run(tmp_path, suite, "--resume", "run", *grown)
    assert refused.code == 2
    assert "keeps the pairs, repeats and providers that it began with" in refused.err
    assert manifest_of(tmp_path) == before
    assert run(tmp_path, suite, "--resume", "run", "--limit", "40").code == 0


def test_without_the_incumbent_nothing_is_decided_before_the_end(tmp_path: Path) -> None:
    suite = early_suite(tmp_path, {"new": fake(YES), "old": fake(NO)}, 40)
    done = run(tmp_path, suite, "--out", "run", "--provider", "new")
    assert done.json()["providers"]["new"]["cases"] == 40
    assert done.json()["early_stop"]["planned_looks"] == []
    assert "not looked at before the end: the gate needs old, left out here" in done.err


def test_pairs_that_hang_together_or_are_few_allow_no_look(tmp_path: Path) -> None:
    few = early_suite(tmp_path / "few", {"new": fake(YES), "old": fake(NO)}, 12)
    done = run(tmp_path / "few", few, "--out", "run")
    assert "12 pairs are too few, for the first look is after 20" in done.err
    assert done.json()["early_stop"]["planned_looks"] == []
    one = early_suite(tmp_path / "one", {"new": fake(YES), "old": fake(NO)}, 40)
    pairs = [json.loads(line) for line in (tmp_path / "one" / "pairs.jsonl").read_text().splitlines()]
    lines = [json.dumps(pair | {"resume_text": "the same résumé"}) for pair in pairs]
    (tmp_path / "one" / "pairs.jsonl").write_text("\n".join(lines))
    done = run(tmp_path / "one", one, "--out", "run")
    assert "all 40 pairs hang together by shared résumés or job descriptions" in done.err


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"one_at_a_time": True}, "with one_at_a_time each provider would be opened and closed for every look"),
        (
            {"providers": {"new": {"kind": "claude", "model": "claude-sonnet-4-6", "mode": "batch"}}},
            "'new' answers by batches",
        ),
    ],
)
def test_what_cannot_be_looked_at_batch_by_batch_is_refused(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    suite = early_suite(tmp_path, {"new": fake(YES)}, 3, rules=[{"metric": "schema.pass", "at_least": 0.5}])
    suite.write_text(yaml.safe_dump(yaml.safe_load(suite.read_text()) | change))
    refused = shortlist("validate", suite, cwd=tmp_path)
    assert refused.code == 2
    assert said in refused.err


def test_plan_says_when_it_will_be_looked_at(tmp_path: Path) -> None:
    suite = early_suite(tmp_path, {"new": fake(YES), "old": fake(NO)})
    planned = shortlist("plan", suite, "--format", "json", cwd=tmp_path)
    assert planned.json()["looks"] == LOOKS


def test_a_run_that_was_decided_early_stands_beside_a_whole_one_with_what_it_lacks(tmp_path: Path) -> None:
    suite = early_suite(tmp_path, {"new": fake(YES), "old": fake(NO)})
    stopped = run(tmp_path, suite, "--out", "run").json()["early_stop"]["stopped_at"]
    suite.write_text(suite.read_text().replace("early_stop: true", "early_stop: false"))
    assert run(tmp_path, suite, "--out", "whole", "--provider", "old").json()["providers"]["old"]["cases"] == PAIRS
    both = shortlist("compare", "run", "whole", "--format", "json", cwd=tmp_path)
    assert both.code == 0, both.err
    assert len(both.json()["unmatched"]["new"]) == PAIRS - stopped
