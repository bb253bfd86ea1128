"""Providers that may be left out where they are not set up, and only those."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support.commands import shortlist, write_suite
from support.scripted_server import ScriptedServer, ok

HERE = {"kind": "fake", "output": {"answer": "yes"}}
NOT_SET_UP: dict[str, tuple[dict[str, Any], str]] = {
    "no package": ({"kind": "vllm_offline", "model": "m"}, "vllm"),
    "no key": ({"kind": "openai", "model": "gpt-4o-mini", "api_key_env": "NO_SUCH_KEY"}, "NO_SUCH_KEY is not set"),
    "no server": ({"kind": "openai_compatible", "base_url": "http://127.0.0.1:9/v1", "model": "m"}, "cannot reach"),
    "no file": ({"kind": "llama_cpp", "model_path": "absent.gguf"}, "absent.gguf"),
}


@pytest.mark.parametrize(("settings", "why"), NOT_SET_UP.values(), ids=NOT_SET_UP)
def test_an_optional_provider_that_is_not_set_up_is_left_out_with_its_reason(
    tmp_path: Path, settings: dict[str, Any], why: str
) -> None:
    suite = write_suite(tmp_path, {"here": HERE, "there": {**settings, "optional": True}}, 3)
    done = shortlist("run", suite, "--out", "run", "--format", "json", cwd=tmp_path)
    assert done.code == 0, done.err
    assert "there is left out (optional): " in done.err
    summary = done.json()
    assert summary["complete"] is True
    assert summary["providers"]["there"]["cases"] == 0
    assert why in summary["providers"]["there"]["skipped"]
    assert why in json.loads((tmp_path / "run" / "manifest.json").read_text())["providers"]["there"]["skipped"]
    assert why in (tmp_path / "run" / "report.html").read_text().replace("&#39;", "'")


@pytest.mark.parametrize("name", ["no package", "no key", "no file"])
def test_any_other_ends_the_run_before_anything_is_sent(tmp_path: Path, name: str) -> None:
    settings, why = NOT_SET_UP[name]
    suite = write_suite(tmp_path, {"here": HERE, "there": settings}, 3)
    done = shortlist("run", suite, "--out", "run", cwd=tmp_path)
    assert done.code == 2
    assert why in done.err
    assert not (tmp_path / "run").exists()


def test_a_resumed_run_takes_in_what_has_been_set_up_since(tmp_path: Path) -> None:
    with ScriptedServer(default=ok('{"answer": "yes"}')) as server:
        port = int(server.url.rpartition(":")[2])
    there = {
        "kind": "openai_compatible",
        "base_url": f"http://127.0.0.1:{port}/v1",
        "model": "scripted",
        "optional": True,
    }
    suite = write_suite(tmp_path, {"here": HERE, "there": there}, 3)
    assert shortlist("run", suite, "--out", "run", cwd=tmp_path).code == 0
    with ScriptedServer(default=ok('{"answer": "yes"}'), port=port):
        done = shortlist("run", suite, "--resume", "run", "--format", "json", cwd=tmp_path)
    assert done.code == 0, done.err
    there_now = done.json()["providers"]["there"]
    assert (there_now["outcomes"]["ok"], there_now["skipped"]) == (3, None)


def test_a_chain_goes_with_its_steps(tmp_path: Path) -> None:
    there = {**NOT_SET_UP["no server"][0], "optional": True}
    chain = {"kind": "chain", "steps": ["there", "here"], "optional": True}
    suite = write_suite(tmp_path, {"here": HERE, "there": there, "gateway": chain}, 3)
    done = shortlist("run", suite, "--out", "run", "--format", "json", cwd=tmp_path)
    assert done.code == 0, done.err
    assert done.json()["providers"]["gateway"]["skipped"].startswith("its step there is left out: cannot reach")


def test_neither_side_of_a_gate_may_be_left_out(tmp_path: Path) -> None:
    providers = {"new": {**HERE, "optional": True}, "old": {**HERE, "optional": True}}
    suite = write_suite(tmp_path, providers, 3, rules=[{"metric": "schema.pass", "at_least": 0.9}])
    done = shortlist("validate", suite, cwd=tmp_path)
    assert done.code == 2
    assert "gate.candidate: 'new' is optional" in done.err
    assert "gate.incumbent: 'old' is optional" in done.err


def test_providers_that_share_a_machine_take_turns(tmp_path: Path) -> None:
    seen: list[str] = []

    def script(number: int, body: Any) -> Any:
        seen.append(str(body["model"]))
        return ok('{"answer": "yes"}', delay=0.02)

    with ScriptedServer(script, models=("a", "b", "c")) as server:
        base: dict[str, Any] = {"kind": "openai_compatible", "base_url": server.base_url}
        missing = {**base, "model": "b", "api_key_env": "NO_SUCH_KEY"}
        providers = {"a": {**base, "model": "a"}, "b": missing, "c": {**base, "model": "c"}}
        suite = write_suite(tmp_path, providers, 4, one_at_a_time=True)
        first = shortlist("run", suite, "--out", "run", "--format", "json", cwd=tmp_path)
        assert first.code == 4, "one provider's turn cannot come, and what was done before is not lost"
        assert "providers.b: the environment variable NO_SUCH_KEY is not set" in first.json()["incomplete_why"]
        assert seen == ["a"] * 4 + ["c"] * 4
        again = shortlist(
            "run", suite, "--resume", "run", cwd=tmp_path, environment={"NO_SUCH_KEY": "key-for-the-test"}
        )
    assert again.code == 0, again.err
    assert seen == ["a"] * 4 + ["c"] * 4 + ["b"] * 4


def test_many_providers_are_listed_one_below_the_other(tmp_path: Path) -> None:
    providers: dict[str, dict[str, Any]] = {f"provider-{number}": HERE for number in range(9)}
    providers["absent"] = {**NOT_SET_UP["no server"][0], "optional": True}
    done = shortlist("run", write_suite(tmp_path, providers, 3), cwd=tmp_path, environment={"COLUMNS": "80"})
    assert done.code == 0, done.err
    for number in range(9):
        assert f"provider-{number}" in done.out
    assert "absent" not in done.out
    assert "100.0%" in done.out


def test_a_run_of_nothing_is_not_done(tmp_path: Path) -> None:
    there = {**NOT_SET_UP["no server"][0], "optional": True}
    suite = write_suite(tmp_path, {"one": there, "two": there}, 3)
    done = shortlist("run", suite, "--out", "run", cwd=tmp_path)
    assert done.code == 2
    assert "every provider is optional, and none is set up:\n  one: cannot reach" in done.err
    assert not (tmp_path / "run").exists()


def test_what_is_still_not_set_up_spoils_no_resumed_run(tmp_path: Path) -> None:
    there = {**NOT_SET_UP["no server"][0], "optional": True}
    suite = write_suite(tmp_path, {"here": HERE, "there": there}, 3)
    assert shortlist("run", suite, "--out", "run", cwd=tmp_path).code == 0
    assert shortlist("run", suite, "--resume", "run", cwd=tmp_path).code == 0
