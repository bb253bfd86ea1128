"""Servers that a run starts: measured, and gone afterwards however the run ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from support.commands import finish, shortlist, start, write_suite


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def served(port: int, *arguments: str, **settings: Any) -> dict[str, Any]:
    command = [sys.executable, "-m", "shortlist", "serve-fake", "--port", str(port), *arguments]
    return {
        "kind": "custom_http",
        "base_url": f"http://127.0.0.1:{port}",
        "launch": {"command": command, "ready_timeout": 60, "stop_timeout": 5},
        "retries": 0,
        **settings,
    }


def answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def gone(port: int) -> bool:
    """Whether nothing answers any more, or soon will not."""
    deadline = time.monotonic() + 20
    while answers(port):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_a_launched_server_is_measured_written_down_and_stopped(tmp_path: Path) -> None:
    port = free_port()
    suite = write_suite(tmp_path, {"own": served(port)}, 4)
    done = shortlist("run", suite, "--out", "run", "--format", "json", cwd=tmp_path)
    assert done.code == 0, done.err
    assert done.json()["providers"]["own"]["outcomes"]["ok"] == 4
    facts = json.loads((tmp_path / "run" / "manifest.json").read_text())["providers"]["own"]["facts"]
    assert facts["load_seconds"] > 0
    assert (tmp_path / "run" / "logs" / "own.log").read_text()
    assert not answers(port)


def test_a_server_that_dies_at_its_start_ends_the_run_with_its_own_words(tmp_path: Path) -> None:
    port = free_port()
    suite = write_suite(tmp_path, {"own": served(port, "--fault", "nonsense")}, 4)
    done = shortlist("run", suite, "--out", "run", cwd=tmp_path)
    assert done.code == 2
    assert "providers.own: the server that launch: started ended with status 2" in done.err
    assert "nonsense" in done.err, "the end of its log"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_run_that_is_stopped_leaves_no_server_behind(tmp_path: Path, number: signal.Signals) -> None:
    port = free_port()
    suite = write_suite(tmp_path, {"own": served(port, "--latency", "30s", timeout=60)}, 4)
    process = start("run", suite, "--out", "run", cwd=tmp_path)
    deadline = time.monotonic() + 60
    while not answers(port):
        assert time.monotonic() < deadline, "the server never came up"
        time.sleep(0.05)
    time.sleep(0.5)  # into the first case
    os.kill(process.pid, number)
    done = finish(process)
    assert done.code == (130 if number is signal.SIGINT else -signal.SIGKILL)
    assert gone(port)


def test_two_providers_share_one_launched_server_and_only_one_launches_it(tmp_path: Path) -> None:
    port = free_port()
    chat = {"kind": "openai_compatible", "base_url": f"http://127.0.0.1:{port}/v1", "model": "fake"}
    suite = write_suite(tmp_path, {"chat": chat, "plain": served(port)}, 3)
    done = shortlist("run", suite, "--out", "shared", "--format", "json", cwd=tmp_path)
    assert done.code == 0, done.err
    assert [provider["outcomes"]["ok"] for provider in done.json()["providers"].values()] == [3, 3]
    twice = {"chat": {**chat, "launch": served(port)["launch"]}, "plain": served(port)}
    refused = shortlist("run", write_suite(tmp_path, twice, 3), "--out", "run", cwd=tmp_path)
    assert refused.code == 2
    assert f"providers.plain: launch: chat has started a server at http://127.0.0.1:{port} already" in refused.err
    assert gone(port)
