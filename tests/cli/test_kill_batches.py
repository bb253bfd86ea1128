"""`kill -9` and Ctrl-C at every point of a vendor's batch: no answer is paid for twice, and none is lost."""

from __future__ import annotations

import json
import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from support.commands import finish, marker, shortlist, start, write_suite
from support.message_batches import EXPIRED, Fault, MessageBatches, succeeded

PAIRS = 6
KEY = {"A_KEY": "sk-of-nobody"}


class Vendor(MessageBatches):
    """Names a batch `names_after` seconds, and tells its answers at first only by half."""

    names_after = 0.0
    halves = False

    def _submit(self, request: web.Request, body: Any) -> web.Response:
        answer = super()._submit(request, body)
        time.sleep(self.names_after)
        return answer

    def _results(self, request: web.Request, body: Any) -> web.Response:
        answer = super()._results(request, body)
        if self.halves and steps(self, "results") == 1:
            assert isinstance(answer.body, bytes)
            return web.Response(body=answer.body[: len(answer.body) // 2 - 20], content_type="application/x-jsonl")
        return answer


def suite_in(folder: Path, server: MessageBatches, **settings: Any) -> Path:
    provider = {"kind": "claude", "model": "m", "mode": "batch", "base_url": server.url, "api_key_env": "A_KEY"}
    return write_suite(folder, {"new": {**provider, **settings}}, PAIRS)


def handed_in(server: MessageBatches) -> Counter[str]:
    """How often each pair was sent."""
    bodies = [json.dumps(entry) for call in server.log if call.step == "submit" for entry in call.body["requests"]]
    return Counter(marker(number) for number in range(PAIRS) for body in bodies if marker(number) in body)


def steps(server: MessageBatches, step: str) -> int:
    return sum(call.step == step for call in server.log)


def saved(run: Path) -> list[str]:
    try:
        return [json.loads(line)["case"]["pair"] for line in (run / "records.jsonl").read_bytes().split(b"\n")[:-1]]
    except FileNotFoundError:
        return []


def finished(done: Any, server: MessageBatches, times: int = 1) -> None:
    assert done.code == 0, done.err
    assert done.json()["providers"]["new"]["outcomes"]["ok"] == PAIRS
    assert handed_in(server) == dict.fromkeys(map(marker, range(PAIRS)), times)


WHEN: dict[str, Callable[[MessageBatches, Path], bool]] = {
    "named": lambda server, run: (run / "batches.jsonl").exists(),
    "polled": lambda server, run: steps(server, "poll") >= 2,
    "fetched": lambda server, run: steps(server, "results") >= 1,
    "partly saved": lambda server, run: len(saved(run)) >= 1,
}


@pytest.mark.parametrize(
    ("when", "number"),
    [
        ("named", signal.SIGKILL),
        ("polled", signal.SIGKILL),
        ("polled", signal.SIGINT),
        ("fetched", signal.SIGKILL),
        ("partly saved", signal.SIGKILL),
        ("partly saved", signal.SIGINT),
    ],
)
def test_a_batch_that_was_named_is_fetched_and_not_handed_in_again(
    tmp_path: Path, when: str, number: signal.Signals
) -> None:
    with Vendor(polls=2, key=KEY["A_KEY"]) as server:
        server.halves = True
        suite = suite_in(tmp_path, server)
        process = start("run", suite, "--out", "run", cwd=tmp_path, environment=KEY)
        while not WHEN[when](server, tmp_path / "run"):
            assert process.poll() is None, process.communicate()
            time.sleep(0.002)
        process.send_signal(number)
        ended = finish(process)
        assert ended.code == (-9 if number == signal.SIGKILL else 130), ended.err
        before = saved(tmp_path / "run")
        assert len(before) < PAIRS
        done = shortlist("run", suite, "--resume", "run", "--format", "json", cwd=tmp_path, environment=KEY)
        finished(done, server)
        assert Counter(saved(tmp_path / "run")) == dict.fromkeys(map(marker, range(PAIRS)), 1)
        assert set(before) <= set(saved(tmp_path / "run"))


def test_ctrl_c_while_the_vendor_takes_the_batch_waits_for_its_name(tmp_path: Path) -> None:
    with Vendor(key=KEY["A_KEY"]) as server:
        server.names_after = 1.0
        suite = suite_in(tmp_path, server)
        process = start("run", suite, "--out", "run", cwd=tmp_path, environment=KEY)
        while not steps(server, "submit"):
            time.sleep(0.002)
        process.send_signal(signal.SIGINT)
        assert finish(process).code == 130
        done = shortlist("run", suite, "--resume", "run", "--format", "json", cwd=tmp_path, environment=KEY)
        finished(done, server)


@pytest.mark.parametrize("step", ["poll", "results"])
def test_a_key_that_is_withdrawn_meanwhile_costs_nothing(tmp_path: Path, step: str) -> None:
    wrong_key = Fault(b'{"type": "error", "error": {"type": "authentication_error", "message": "no"}}', status=401)
    with MessageBatches(key=KEY["A_KEY"], faults={step: [wrong_key]}) as server:
        suite = suite_in(tmp_path, server)
        first = shortlist("run", suite, "--out", "run", cwd=tmp_path, environment=KEY)
        assert first.code == 4, first.err
        assert "new is out of reach" in first.err
        done = shortlist("run", suite, "--resume", "run", "--format", "json", cwd=tmp_path, environment=KEY)
        finished(done, server)


def test_expired_requests_are_paid_for_once_and_only_they_are_handed_in_again(tmp_path: Path) -> None:
    def outcome(params: Any) -> Any:
        late = marker(1) in json.dumps(params)
        return EXPIRED if late and steps(server, "submit") == 1 else succeeded()

    with MessageBatches(outcome, key=KEY["A_KEY"]) as server:
        suite = suite_in(tmp_path, server)
        done = shortlist("run", suite, "--out", "run", "--format", "json", cwd=tmp_path, environment=KEY)
        assert done.code == 0, done.err
        assert handed_in(server) == {marker(n): 1 + (n == 1) for n in range(PAIRS)}
