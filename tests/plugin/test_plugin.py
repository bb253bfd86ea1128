"""pytest inside pytest: a suite's cases and rules as test items."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from support.commands import marker, shortlist, write_suite
from support.scripted_server import ScriptedServer, hang, html_200, ok, truncated

pytest_plugins = ["pytester"]

HALF = {"metric": "schema.pass", "at_least": 0.5}


@pytest.fixture
def here(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    return pytester.path


def test_cases_and_rules_are_items_and_pass(pytester: pytest.Pytester, here: Path) -> None:
    write_suite(here, {"new": {"kind": "fake"}, "old": {"kind": "fake"}}, 12, rules=[HALF])
    result = pytester.runpytest_subprocess("suite.yaml", "-v", "--shortlist-out=run", "--junitxml=out.xml")
    result.assert_outcomes(passed=25)
    result.stdout.fnmatch_lines(
        [
            f"*new/{marker(0)} PASSED*",
            f"*old/{marker(0)} PASSED*",
            "*gate/1:schema.pass PASSED*",
            "*shortlist: served*",
            "verdict: PROMOTE - *",
            "report: *run/report.html",
        ]
    )
    suite = ElementTree.parse(here / "out.xml").getroot()[0]
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("25", "0", "0")
    assert json.loads((here / "run" / "summary.json").read_text())["verdict"] == "PROMOTE"


def test_failures_are_readable_and_the_suite_is_run_once(pytester: pytest.Pytester, here: Path) -> None:
    script = {marker(0): html_200(), marker(1): ok('{"answer": 7}'), marker(2): truncated()}
    with ScriptedServer(script) as server:
        settings = {"kind": "openai_compatible", "base_url": server.base_url, "model": "m"}
        write_suite(here, {"new": settings}, 12, rules=[{"metric": "schema.pass", "at_least": 0.9}])
        result = pytester.runpytest_subprocess("suite.yaml", "--junitxml=out.xml")
        assert len(server.log) == 12
    result.assert_outcomes(passed=9, failed=4)
    result.stdout.fnmatch_lines(
        [
            "malformed: *",
            "schema: wrong_type at *answer*",
            "truncated: *",
            "undecided: schema.pass at least 0.9*",
        ]
    )
    assert "Traceback" not in result.stdout.str()
    suite = ElementTree.parse(here / "out.xml").getroot()[0]
    assert suite.get("failures") == "4"


def test_collecting_sends_nothing(pytester: pytest.Pytester, here: Path) -> None:
    with ScriptedServer() as server:
        settings = {"kind": "openai_compatible", "base_url": server.base_url, "model": "m"}
        write_suite(here, {"new": settings}, 3)
        result = pytester.runpytest_subprocess("suite.yaml", "--collect-only", "-q")
        assert server.log == ()
    result.stdout.fnmatch_lines([f"suite.yaml::new/{marker(n)}" for n in range(3)])


def test_a_broken_suite_is_a_collection_error_that_says_where(pytester: pytest.Pytester, here: Path) -> None:
    path = write_suite(here, {"new": {"kind": "fake"}}, 3)
    path.write_text(path.read_text().replace("dataset:", "datasets:"))
    result = pytester.runpytest_subprocess("suite.yaml")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["*suite.yaml:3: datasets: unknown key 'datasets'*did you mean 'dataset'?*"])


def test_an_unreachable_provider_fails_its_cases_and_leaves_the_rules_unjudged(
    pytester: pytest.Pytester, here: Path
) -> None:
    settings = {"kind": "openai_compatible", "base_url": "http://127.0.0.1:9/v1", "model": "m", "retries": 0}
    write_suite(here, {"new": settings}, 3, rules=[HALF])
    result = pytester.runpytest_subprocess("suite.yaml")
    result.assert_outcomes(failed=4)
    result.stdout.fnmatch_lines(["error: *", "not judged: *out of reach*"])


def test_a_missing_key_is_said_once_and_not_for_every_item(pytester: pytest.Pytester, here: Path) -> None:
    settings = {"kind": "openai_compatible", "base_url": "http://127.0.0.1:9/v1", "model": "m", "api_key_env": "NO_KEY"}
    write_suite(here, {"new": settings}, 3)
    result = pytester.runpytest_subprocess("suite.yaml")
    result.assert_outcomes(failed=3)
    assert result.stdout.str().count("NO_KEY is not set") <= 2  # the failure, and pytest's short summary of it
    result.stdout.fnmatch_lines(["*the suite did not run; see the first failure*"])


def test_limit_and_resume(pytester: pytest.Pytester, here: Path) -> None:
    with ScriptedServer() as server:
        settings = {"kind": "openai_compatible", "base_url": server.base_url, "model": "m"}
        write_suite(here, {"new": settings}, 6)
        first = pytester.runpytest_subprocess("suite.yaml", "--shortlist-limit=2", "--shortlist-out=run")
        first.assert_outcomes(passed=2)
        again = pytester.runpytest_subprocess("suite.yaml", "--shortlist-limit=6", "--shortlist-resume=run")
        again.assert_outcomes(passed=6)
        assert len(server.log) == 6


def test_a_resumed_run_is_collected_as_it_was_begun(pytester: pytest.Pytester, here: Path) -> None:
    write_suite(here, {"new": {"kind": "fake"}, "old": {"kind": "fake"}}, 6)
    begun = shortlist("run", "suite.yaml", "--out", "run", "--limit=2", "--provider=new", cwd=here)
    assert begun.code == 0, begun.err
    pytester.runpytest_subprocess("suite.yaml", "--shortlist-resume=run").assert_outcomes(passed=2)


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--shortlist-limit=0", "limit must be at least 1; got 0"),
        ("--shortlist-resume=nowhere", "no run 'nowhere'"),
    ],
)
def test_a_bad_option_is_a_collection_error_in_a_sentence(
    pytester: pytest.Pytester, here: Path, option: str, said: str
) -> None:
    write_suite(here, {"new": {"kind": "fake"}}, 3)
    result = pytester.runpytest_subprocess("suite.yaml", option)
    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert said in result.stdout.str()
    assert "pytest_plugin.py" not in result.stdout.str()


def test_two_suites_run_side_by_side_but_not_into_one_folder(pytester: pytest.Pytester, here: Path) -> None:
    for name in ("one", "two"):
        write_suite(here / name, {"new": {"kind": "fake"}}, 2)
    pytester.makepyfile(test_it="def test_it(): pass")
    suites = ("one/suite.yaml", "two/suite.yaml")
    pytester.runpytest_subprocess(*suites, "test_it.py").assert_outcomes(passed=5)
    refused = pytester.runpytest_subprocess(*suites, "--shortlist-out=run")
    assert refused.ret == pytest.ExitCode.INTERRUPTED
    assert "several suites were named" in refused.stdout.str()
    assert not (here / "run").exists()


def test_ctrl_c_ends_pytest_and_not_only_the_suite(pytester: pytest.Pytester, here: Path) -> None:
    with ScriptedServer(default=hang()) as server:
        for name in ("one", "two"):
            settings = {"kind": "openai_compatible", "base_url": server.base_url, "model": name}
            write_suite(here / name, {"new": settings}, 2)
        process = pytester.popen(
            [sys.executable, "-m", "pytest", "one/suite.yaml", "two/suite.yaml"], stdin=subprocess.DEVNULL
        )
        while not server.log:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        printed = process.communicate(timeout=60)[0].decode()
        assert {entry.body["model"] for entry in server.log} == {"one"}
    assert process.returncode == pytest.ExitCode.INTERRUPTED
    assert "go on with: shortlist run" in printed


def test_other_yaml_files_and_other_folders_are_left_alone(pytester: pytest.Pytester, here: Path) -> None:
    write_suite(here / "suites", {"new": {"kind": "fake"}}, 2)
    pytester.makepyfile(test_it="def test_it(): pass")
    pytester.runpytest_subprocess().assert_outcomes(passed=1)


def test_workers_of_xdist_do_not_each_pay_for_the_suite(pytester: pytest.Pytester, here: Path) -> None:
    with ScriptedServer() as server:
        settings = {"kind": "openai_compatible", "base_url": server.base_url, "model": "m"}
        write_suite(here, {"new": settings}, 3)
        result = pytester.runpytest_subprocess("suite.yaml", "-n2")
        assert server.log == ()
    assert result.ret != 0
    assert "run it without -n" in result.stdout.str()


def test_having_it_installed_imports_nothing_of_the_engine(pytester: pytest.Pytester, here: Path) -> None:
    pytester.makepyfile(
        test_it="""
        import sys
        def test_it():
            ours = [name for name in sys.modules if name.startswith("shortlist")]
            assert set(ours) <= {"shortlist", "shortlist.pytest_plugin"}, ours
        """
    )
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_what_an_optional_provider_was_to_do_is_skipped_with_its_reason(pytester: pytest.Pytester, here: Path) -> None:
    there = {"kind": "openai_compatible", "base_url": "http://127.0.0.1:9/v1", "model": "m", "optional": True}
    gateway = {"kind": "chain", "steps": ["here"]}
    write_suite(here, {"here": {"kind": "fake"}, "there": there, "gateway": gateway}, 2)
    result = pytester.runpytest_subprocess("suite.yaml", "-rs", "--shortlist-out=run")
    result.assert_outcomes(passed=4, skipped=2)
    result.stdout.fnmatch_lines(["SKIPPED*optional, left out: cannot reach the server*"])


def test_what_an_early_decision_spared_is_skipped(pytester: pytest.Pytester, here: Path) -> None:
    new: dict[str, Any] = {"kind": "fake", "output": {"answer": "yes"}}
    providers = {"new": new, "old": {"kind": "fake", "output": "no"}}
    suite = write_suite(here, providers, 80, rules=[{"metric": "schema.pass", "no_worse_by": 0.1}])
    suite.write_text(suite.read_text() + "  early_stop: true\n")
    result = pytester.runpytest_subprocess("suite.yaml", "-rs", "--shortlist-out=run")
    early = json.loads((here / "run" / "summary.json").read_text())["early_stop"]
    done = early["stopped_at"]
    assert done < 40
    result.assert_outcomes(passed=done + 1, failed=done, skipped=160 - 2 * done)
    result.stdout.fnmatch_lines(
        [
            f"saved:   {160 - 2 * done} generations, for the gate was decided after {done} of 80 pairs",
            f"SKIPPED*not needed: the gate was decided after {done} of 80 pairs",
        ]
    )
    resumed = pytester.runpytest_subprocess("suite.yaml", "--shortlist-resume=run")
    resumed.assert_outcomes(passed=done + 1, failed=done)
