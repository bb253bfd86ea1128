from __future__ import annotations

import json
import re
import shlex
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from shortlist.cases import Outcome
from support.commands import COMMAND, Done, finish, shortlist, start, write_suite
from support.scripted_server import ScriptedServer, bad_key, html_200, ok, slow_chunks

PASSES = {"metric": "schema.pass", "at_least": 0.5}


def server_at(url: str, **settings: Any) -> dict[str, Any]:
    return {"kind": "openai_compatible", "base_url": url, "model": "scripted", "stream": False, **settings}


def summary_of(run: Path) -> Any:
    return json.loads((run / "summary.json").read_text())


def run(folder: Path, suite: Path, *options: str) -> Done:
    return shortlist("run", suite, "--out", folder / "run", "--format", "json", *options, cwd=folder)


def test_0_when_the_gate_promotes(tmp_path: Path) -> None:
    with ScriptedServer() as server:
        suite = write_suite(tmp_path, {"new": server_at(server.base_url)}, 12, rules=[PASSES])
        done = run(tmp_path, suite)
    assert done.code == 0, done.err
    assert done.json()["verdict"] == "PROMOTE"
    assert done.json() == summary_of(tmp_path / "run")
    for file in ("manifest.json", "records.jsonl", "scores.jsonl", "comparison.json", "verdict.json"):
        assert (tmp_path / "run" / file).stat().st_size > 0
    for file in ("report.html", "junit.xml", "summary.md"):
        assert (tmp_path / "run" / file).stat().st_size > 0


def test_0_without_a_gate(tmp_path: Path) -> None:
    suite = write_suite(tmp_path, {"new": {"kind": "fake"}}, 2)
    done = run(tmp_path, suite)
    assert done.code == 0, done.err
    assert done.json()["verdict"] is None


def test_1_when_the_gate_rejects(tmp_path: Path) -> None:
    suite = write_suite(tmp_path, {"new": {"kind": "fake", "output": "no JSON"}}, 12, rules=[PASSES])
    done = run(tmp_path, suite)
    assert done.code == 1, done.err
    assert done.json()["verdict"] == "REJECT"
    assert done.json()["rules"][0]["status"] == "fail"


def test_3_when_the_gate_cannot_tell(tmp_path: Path) -> None:
    suite = write_suite(tmp_path, {"new": {"kind": "fake"}}, 12, rules=[{"metric": "schema.pass", "at_least": 0.9}])
    done = run(tmp_path, suite)
    assert done.code == 3, done.err
    assert done.json()["verdict"] == "INCONCLUSIVE"
    assert done.json()["rules"][0]["needed_n"] > 12


def broken_suite(folder: Path, suite: Path) -> None:
    suite.write_text(suite.read_text().replace("providers:", "provders:"))


def broken_pairs(folder: Path, suite: Path) -> None:
    (folder / "pairs.jsonl").write_text('{"id": "a"\n')


def broken_schema(folder: Path, suite: Path) -> None:
    (folder / "answer@1" / "schema.json").write_text('{"type": "objekt"}')


def broken_prompt(folder: Path, suite: Path) -> None:
    (folder / "answer@1" / "user.md.j2").write_text("{{ resume }}")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (broken_suite, r"suite\.yaml:\d+: provders: unknown key 'provders'.*did you mean 'providers'\?"),
        (broken_pairs, r"pairs\.jsonl:1: "),
        (broken_schema, r"schema\.json.*objekt"),
        (broken_prompt, r"user\.md\.j2:1: .*resume.*resume_text"),
    ],
)
def test_2_for_bad_input_with_nothing_sent(tmp_path: Path, spoil: Any, said: str) -> None:
    with ScriptedServer() as server:
        suite = write_suite(tmp_path, {"new": server_at(server.base_url)}, 3)
        spoil(tmp_path, suite)
        done = run(tmp_path, suite)
        assert server.log == ()
    assert done.code == 2
    assert done.out == ""
    assert re.search(said, done.err), done.err
    assert "Traceback" not in done.err
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run"], "Missing argument 'SUITE'"),
        (["run", "suite.yaml", "--limit", "0"], "--limit"),
        (["run", "nowhere.yaml"], "no suite 'nowhere.yaml'"),
        (["run", "~no-such-user/suite.yaml"], "no suite '~no-such-user/suite.yaml'"),
        (["run", "suite.yaml", "--provider", "nwe"], "did you mean 'new'?"),
        (["run", "suite.yaml", "--resume", "20260101-x"], "no run '20260101-x'"),
        (["score", "nowhere"], "no run 'nowhere'"),
        (["shwo"], "did you mean 'show'?"),
        (["providers", "suite.yaml"], "shortlist providers suite.yaml --check"),
        (["providers", "--check"], "shortlist providers SUITE --check"),
    ],
)
def test_2_for_bad_usage(tmp_path: Path, arguments: list[str], said: str) -> None:
    write_suite(tmp_path, {"new": {"kind": "fake"}}, 2)
    done = shortlist(*arguments, cwd=tmp_path)
    assert done.code == 2
    assert said in done.err
    assert "Traceback" not in done.err


def test_2_when_a_named_key_is_not_in_the_environment(tmp_path: Path) -> None:
    with ScriptedServer() as server:
        settings = server_at(server.base_url, api_key_env="NO_SUCH_KEY")
        suite = write_suite(tmp_path, {"new": settings, "old": server_at(server.base_url)}, 3)
        done = run(tmp_path, suite)
        assert server.log == ()
    assert done.code == 2
    assert "providers.new" in done.err
    assert "NO_SUCH_KEY" in done.err


def closed_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port: int = unused.getsockname()[1]
    return port


def test_4_when_a_server_is_down_and_resume_does_its_cases_once_it_is_up(tmp_path: Path) -> None:
    port = closed_port()
    providers = {"new": server_at(f"http://127.0.0.1:{port}/v1", retries=0), "old": {"kind": "fake"}}
    suite = write_suite(tmp_path, providers, 10, rules=[PASSES])
    done = run(tmp_path, suite)
    assert done.code == 4
    summary = done.json()
    assert summary["verdict"] is None
    assert summary["complete"] is False
    assert "new is out of reach" in summary["incomplete_why"]
    assert summary["providers"]["new"]["outcomes"]["error"] == summary["providers"]["new"]["cases"] == 10
    assert summary["providers"]["old"]["outcomes"]["ok"] == 10

    with ScriptedServer(port=port) as server:
        resume = ("run", suite, "--resume", "run", "--format", "json")
        again = shortlist(*resume, cwd=tmp_path)
        assert again.code == 0, again.err
        assert len(server.log) == 10
    assert again.json()["providers"]["new"]["outcomes"]["ok"] == 10
    assert again.json()["verdict"] == "PROMOTE"


def test_4_when_the_key_is_wrong(tmp_path: Path) -> None:
    with ScriptedServer(lambda number, body: bad_key()) as server:
        suite = write_suite(tmp_path, {"new": server_at(server.base_url, concurrency=1)}, 10)
        done = run(tmp_path, suite)
        assert len(server.log) == 1
    assert done.code == 4
    assert done.json()["providers"]["new"]["outcomes"]["error"] == 10


def test_4_when_the_money_is_spent(tmp_path: Path) -> None:
    settings = {"kind": "fake", "concurrency": 1, "cost": {"per_generation": 0.25}}
    suite = write_suite(tmp_path, {"new": settings}, 10, rules=[PASSES], budget={"usd": 1})
    done = run(tmp_path, suite)
    assert done.code == 4
    summary = done.json()
    assert summary["providers"]["new"]["cases"] == 4
    assert summary["providers"]["new"]["planned"] == 10
    assert "budget.usd" in summary["incomplete_why"]
    assert summary["providers"]["new"]["metrics"]["cost.total"]["value"] == "1.00"

    again = shortlist("run", suite, "--resume", tmp_path / "run", "--format", "json", cwd=tmp_path)
    assert again.code == 4
    assert again.json()["providers"]["new"]["cases"] == 4


def test_4_when_there_are_too_many_errors(tmp_path: Path) -> None:
    with ScriptedServer(lambda number, body: html_200()) as server:
        suite = write_suite(tmp_path, {"new": server_at(server.base_url, concurrency=1)}, 10, budget={"errors": 3})
        done = run(tmp_path, suite)
        assert len(server.log) == 4
    assert done.code == 4
    assert done.json()["providers"]["new"]["outcomes"]["malformed"] == 4


def test_4_when_records_can_no_longer_be_written_and_what_was_written_stays_good(tmp_path: Path) -> None:
    suite = write_suite(tmp_path, {"new": {"kind": "fake", "output": "x" * 30_000, "concurrency": 1}}, 20)
    limited = ["sh", "-c", 'ulimit -f 200; exec "$@"', "sh", str(COMMAND), "run", str(suite), "--out", "run"]
    full = subprocess.run(limited, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert full.returncode == 4, full.stderr
    assert "records.jsonl: cannot be written: File too large" in full.stderr
    assert "Traceback" not in full.stderr
    again = shortlist("run", suite, "--resume", "run", "--format", "json", cwd=tmp_path)
    assert again.code == 0, again.err
    assert again.json()["providers"]["new"]["outcomes"]["ok"] == 20


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_130_when_interrupted_and_the_printed_command_goes_on(tmp_path: Path, number: signal.Signals) -> None:
    with ScriptedServer(default=ok(delay=0.05)) as server:
        suite = write_suite(tmp_path, {"new": server_at(server.base_url, concurrency=2)}, 40)
        process = start("run", suite, "--out", "run", cwd=tmp_path)
        while len(server.log) < 8:
            time.sleep(0.01)
        process.send_signal(number)
        done = finish(process)
        assert done.code == 130
        assert "Traceback" not in done.err
        command = re.search(r"go on with: (shortlist run .*)", done.err)
        assert command is not None, done.err
        saved = len((tmp_path / "run" / "records.jsonl").read_text().splitlines())
        assert saved >= 4
        assert f"{saved} of 40 cases are saved" in done.err
        resumed = shortlist(*shlex.split(command[1])[1:], "--format", "json", cwd=tmp_path)
        assert resumed.code == 0, resumed.err
        assert resumed.json()["providers"]["new"]["outcomes"]["ok"] == 40
        assert len(server.log) <= 40 + 2


def test_outcomes_are_all_named_even_those_that_did_not_occur(tmp_path: Path) -> None:
    with ScriptedServer(default=slow_chunks()) as server:
        suite = write_suite(tmp_path, {"new": server_at(server.base_url, stream=True)}, 3)
        done = run(tmp_path, suite)
    outcomes = done.json()["providers"]["new"]["outcomes"]
    assert outcomes == {outcome.value: 3 if outcome is Outcome.OK else 0 for outcome in Outcome}
