"""`shortlist serve-fake`, as a process that other processes are pointed at."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from shortlist.run.launch import LaunchSite, launch
from shortlist_providers import FailureKind, Generation, Health, Provider, Request, Usage
from shortlist_providers.launch import Launch
from support.commands import COMMAND, finish, marker, shortlist, start, write_suite
from support.providers import KEY, KEY_NAME, SCHEMA, VARIANTS, Variant, build, request, started

KINDS = {name: VARIANTS[name] for name in VARIANTS if not name.startswith(("openai-", "vllm"))} | {
    "openai-stream": VARIANTS["openai-stream"]
}
every_dialect = pytest.mark.parametrize("name", KINDS)


@dataclass(frozen=True, slots=True)
class Served:
    url: str
    printed: str
    process: subprocess.Popen[str]
    log_file: Path

    def log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log_file.read_text().splitlines()]


@contextmanager
def serving(folder: Path, *options: str, key: str | None = None) -> Iterator[Served]:
    log = folder / "served.jsonl"
    environment = {KEY_NAME: key} if key else {}
    process = start("serve-fake", "--port", "0", "--log", log, *options, cwd=folder, environment=environment)
    try:
        assert process.stdout is not None
        printed = [process.stdout.readline() for _ in range(5)]
        found = re.fullmatch(r"serving on (http://127\.0\.0\.1:\d+)\n", printed[0])
        if found is None:
            pytest.fail(f"{printed} {finish(process).err}")
        yield Served(found[1], "".join(printed), process, log)
    finally:
        process.send_signal(signal.SIGTERM)
        done = finish(process)
        assert done.code == 0, done.err
        assert "Traceback" not in done.err


def ask(variant: Variant, url: str, asked: Request | None = None, attempts: int = 1) -> list[Generation]:
    """What one started provider gets for the same request, sent again and again."""

    async def again() -> list[Generation]:
        async with started(build(variant.kind, url, **variant.settings)) as provider:
            return [await provider.generate(asked or request()) for _ in range(attempts)]

    return asyncio.run(again())


def post(url: str, body: Any) -> tuple[int, bytes]:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data), timeout=30) as reply:
            return reply.status, reply.read()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read()


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("plain")) as server:
        yield server


# the contract


def test_the_custom_contract(plain: Served) -> None:
    asked = {"prompt": "Say something", "temperature": 0.5, "max_tokens": 100}
    status, reply = post(f"{plain.url}/generate", asked)
    said = json.loads(reply)
    assert (status, type(said["generated_text"])) == (200, str)
    assert said["usage"]["prompt_tokens"] == 4
    structured = {"messages": [{"role": "user", "content": "Hi"}], "response_model": SCHEMA, "max_tokens": 100}
    assert post(f"{plain.url}/structured_generate", structured) == (200, b'{"answer":""}'), "the object itself"
    with urllib.request.urlopen(f"{plain.url}/health", timeout=30) as reply:
        assert json.load(reply)["status"] == "ok"


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("generate", b"no JSON", "not JSON"),
        ("generate", b"[]", "not an object"),
        ("generate", {}, "prompt"),
        ("generate", {"prompt": 1}, "prompt"),
        ("generate", {"prompt": "x", "max_tokens": 0}, "max_tokens"),
        ("generate", {"prompt": "x", "temperature": "hot"}, "temperature"),
        ("structured_generate", {"messages": [], "response_model": {}}, "messages"),
        ("structured_generate", {"messages": [{"role": "user"}], "response_model": {}}, "content"),
        ("structured_generate", {"messages": [{"role": "user", "content": "x"}]}, "response_model"),
        ("v1/chat/completions", {"prompt": "x"}, "messages"),
    ],
)
def test_a_request_that_breaks_the_contract_is_told(plain: Served, path: str, body: Any, said: str) -> None:
    status, reply = post(f"{plain.url}/{path}", body)
    assert status == 400
    assert said in json.loads(reply)["error"]["message"]


def test_a_schema_without_a_value_is_told(plain: Served) -> None:
    schema = {"$ref": "#/$defs/none"}
    asked = {"messages": [{"role": "user", "content": "x"}], "response_model": schema}
    status, reply = post(f"{plain.url}/structured_generate", asked)
    assert (status, "leads nowhere" in reply.decode()) == (400, True)


@every_dialect
def test_every_served_kind_can_be_pointed_at_it(plain: Served, name: str) -> None:
    variant = KINDS[name]
    [generation] = ask(variant, plain.url)
    assert generation.failure is None
    if name == "custom_http":
        assert (generation.text or "").startswith("A made-up answer")
    else:
        assert json.loads(generation.text or "") == {"answer": ""}
    if name == "custom_http-structured":
        assert generation.usage == Usage()
    else:
        assert (generation.usage.input or 0) > 0
        assert generation.usage.output == -(-len(generation.text or "") // 4)
    assert (generation.timings.first_token is not None) == variant.streams


@every_dialect
def test_it_is_healthy_for_every_kind(plain: Served, name: str) -> None:
    async def health() -> Health:
        async with started(build(KINDS[name].kind, plain.url, model="fake")) as provider:
            return await provider.health()

    found = asyncio.run(health())
    assert found.ok
    if KINDS[name].kind != "custom_http":
        assert found.facts["model_listed"] is True


def test_a_token_limit_cuts_the_answer(plain: Served) -> None:
    for name in ("openai_compatible", "openai_compatible-stream", "custom_http", "claude"):
        [generation] = ask(KINDS[name], plain.url, request(schema=None, sampling={"max_tokens": 2}))
        assert generation.failure is not None
        assert (generation.failure.kind, generation.text) == (FailureKind.TRUNCATED, "A made-u")


# the script

EXPECTED = {
    "rate_limited,retry_after=2": FailureKind.RATE_LIMITED,
    "transient": FailureKind.TRANSIENT,
    "crash": FailureKind.TRANSIENT,
    "permanent": FailureKind.PERMANENT,
    "malformed": FailureKind.MALFORMED,
    "malformed,form=empty": FailureKind.MALFORMED,
    "malformed,form=half_json": FailureKind.MALFORMED,
    "refused": FailureKind.REFUSED,
    "truncated": FailureKind.TRUNCATED,
    "drop": FailureKind.TRANSIENT,
}


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    options = [f"--fault=<{fault}>={fault}" for fault in EXPECTED]
    with serving(tmp_path_factory.mktemp("faulty"), *options) as server:
        yield server


@every_dialect
@pytest.mark.parametrize("fault", EXPECTED)
def test_every_fault_in_every_dialect(faulty: Served, name: str, fault: str) -> None:
    [generation] = ask(KINDS[name], faulty.url, request(f"what of <{fault}>?"))
    assert generation.failure is not None
    expected = EXPECTED[fault]
    if name == "custom_http-structured" and fault == "truncated":
        expected = FailureKind.MALFORMED  # half an object, and the contract has no word for it
    assert generation.failure.kind is expected
    assert generation.failure.retry_after == (2.0 if "retry_after" in fault else None)
    until = time.monotonic() + 10  # a connection that was cut is logged once both sides know
    while faulty.log()[-1]["fault"] != fault.partition(",")[0] and time.monotonic() < until:
        time.sleep(0.02)
    assert faulty.log()[-1]["fault"] == fault.partition(",")[0]


def test_a_hang_ends_with_the_client_and_with_the_server(tmp_path: Path) -> None:
    with serving(tmp_path, "--fault", "every:1=hang") as server:

        async def wait(provider: Provider) -> None:
            async with started(provider):
                async with asyncio.timeout(0.3):
                    await provider.generate(request())

        with pytest.raises(TimeoutError):
            asyncio.run(wait(build("openai_compatible", server.url)))
        while not server.log_file.read_text():
            time.sleep(0.02)
        assert (server.log()[0]["fault"], server.log()[0]["status"]) == ("hang", None)


def test_faults_count_cases_and_their_attempts(tmp_path: Path) -> None:
    with serving(tmp_path, "--fault", "every:2=transient,attempts=2") as server:
        outcomes = [
            [generation.failure is None for generation in ask(KINDS["openai_compatible"], server.url, request(p), 3)]
            for p in ("one", "two", "three")
        ]
        assert outcomes == [[True] * 3, [False, False, True], [True] * 3]
        assert [(line["case"], line["attempt"]) for line in server.log()] == [
            (case, attempt) for case in (1, 2, 3) for attempt in (1, 2, 3)
        ]


def test_faults_and_outputs_from_files(tmp_path: Path) -> None:
    (tmp_path / "faults.yaml").write_text("faults:\n- {on: Bob, kind: permanent}\n- {on: 'first:1', kind: crash}\n")
    (tmp_path / "outputs.yaml").write_text("Alice: {answer: ö}\nCarol: '```json {} ```'\n")
    with serving(tmp_path, "--faults", "faults.yaml", "--outputs", "outputs.yaml") as server:
        variant = KINDS["openai_compatible"]
        found = [ask(variant, server.url, request(f"of {name}"))[0] for name in ("Dan", "Bob", "Alice", "Carol")]
    assert [generation.failure and generation.failure.status for generation in found] == [500, 400, None, None]
    assert [generation.text for generation in found[2:]] == ['{"answer":"ö"}', "```json {} ```"]


def test_answers_take_the_time_they_are_told_to(tmp_path: Path) -> None:
    (tmp_path / "outputs.yaml").write_text(f"Hello: {'x' * 80}\n")
    options = ["--first-token", "300ms", "--tokens-per-second", "50", "--outputs", "outputs.yaml"]
    with serving(tmp_path, *options) as server:
        for name in ("openai_compatible-stream", "openai_compatible"):
            [generation] = ask(KINDS[name], server.url)
            timings = generation.timings
            assert timings.last_token - timings.sent >= 0.3 + 19 / 50, name
            if timings.first_token is not None:
                assert timings.first_token - timings.sent >= 0.3
                assert timings.last_token - timings.first_token >= 0.3, "the rest trickles in"
    with serving(tmp_path, "--latency", "400ms") as server:
        timings = ask(KINDS["claude"], server.url)[0].timings
        assert timings.last_token - timings.sent >= 0.4


def test_only_the_key_is_let_in(tmp_path: Path) -> None:
    with serving(tmp_path, "--key-env", KEY_NAME, key=KEY) as server:
        assert f"api_key_env: {KEY_NAME}" in server.printed
        assert KEY not in server.printed
        for name in ("openai_compatible", "claude", "custom_http"):
            assert ask(KINDS[name], server.url)[0].failure is None
        assert post(f"{server.url}/generate", {"prompt": "x"})[0] == 401


# the command


def test_what_it_prints_can_be_pasted_into_a_suite(tmp_path: Path, plain: Served) -> None:
    providers = yaml.safe_load(plain.printed.partition("\n")[2])
    assert {settings["kind"] for settings in providers.values()} == {"custom_http", "openai_compatible", "claude"}
    suite = write_suite(tmp_path, providers, 3)
    done = shortlist("run", suite, "--out", "run", "--format", "json", cwd=tmp_path, environment={"FAKE_KEY": "x"})
    assert done.code == 0, done.err
    for summary in done.json()["providers"].values():
        assert summary["outcomes"]["ok"] == 3


def test_a_suite_is_run_dry_against_it(tmp_path: Path) -> None:
    faults = [
        f"{marker(1)} has=refused",
        f"{marker(2)} has=truncated",
        f"{marker(3)} has=permanent",
        f"{marker(4)} has=malformed",
        f"{marker(5)} has=rate_limited,retry_after=0,attempts=1",
        f"{marker(6)} has=drop,attempts=1",
    ]
    options = [f"--fault={fault}" for fault in faults]
    with serving(tmp_path, *options) as server:
        providers = {
            "custom": {"kind": "custom_http", "base_url": server.url},
            "chat": {"kind": "openai_compatible", "base_url": f"{server.url}/v1", "model": "fake"},
        }
        suite = write_suite(tmp_path, providers, 10)
        done = shortlist("run", suite, "--out", "run", "--format", "json", cwd=tmp_path)
        log = server.log()
    assert done.code == 0, done.err
    chat, custom = (done.json()["providers"][name] for name in ("chat", "custom"))
    said = {"ok": 6, "refused": 1, "truncated": 1, "error": 1, "malformed": 1, "timeout": 0}
    assert chat["outcomes"] == said
    assert custom["outcomes"] == {**said, "truncated": 0, "malformed": 2}
    assert chat["metrics"]["usage.output"]["value"] == pytest.approx(sum([4] * 6 + [2, 0]) / 8)
    attempts = Counter(line["path"] for line in log if line["attempt"] > 1)
    assert attempts["/v1/chat/completions"] >= 2, "what may mend was asked again"
    assert marker(1) not in server.log_file.read_text(), "the log keeps no prompt"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_at_once_with_connections_open(tmp_path: Path, number: signal.Signals) -> None:
    process = start("serve-fake", "--port", "0", "--fault", "every:1=hang", cwd=tmp_path)
    assert process.stdout is not None
    port = int(process.stdout.readline().rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as idle, socket.create_connection(("127.0.0.1", port)) as busy:
        busy.sendall(b'POST /generate HTTP/1.1\r\nHost: x\r\nContent-Length: 15\r\n\r\n{"prompt": "x"}')
        time.sleep(0.3)
        process.send_signal(number)
        _, said = process.communicate(timeout=10)
        assert idle.recv(1) == b""
    assert process.returncode == 0
    assert "answered 1 requests, 1 of them with a fault" in said


def test_a_taken_port_is_told(tmp_path: Path, plain: Served) -> None:
    done = shortlist("serve-fake", "--port", plain.url.rpartition(":")[2], cwd=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert "--port 0" in done.err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--fault", "nonsense"], "is not ON=KIND"),
        (["--fault", "every:0=hang"], "whole number from 1"),
        (["--fault", "every:1=nap"], "rate_limited"),
        (["--fault", "a=hang,retry_after=1"], "goes with rate_limited"),
        (["--fault", "a=hang,until=1"], "until"),
        (["--latency", "5"], "500ms"),
        (["--latency", "1s", "--tokens-per-second", "5"], "not both"),
        (["--latency", "1s", "--first-token", "2s"], "cannot come after"),
        (["--faults", "nowhere.yaml"], "no such file"),
        (["--faults", "bad.yaml"], r"bad.yaml:2: faults\[0\].kind"),
        (["--outputs", "bad.yaml"], "an output is text"),
        (["--key-env", "NOT_SET_ANYWHERE"], "export NOT_SET_ANYWHERE"),
    ],
)
def test_a_script_that_makes_no_sense_is_refused(tmp_path: Path, options: list[str], said: str) -> None:
    (tmp_path / "bad.yaml").write_text("faults:\n- {on: a, kind: hagn}\n")
    done = shortlist("serve-fake", "--port", "0", *options, cwd=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert re.search(said, done.err), done.err
    assert "Traceback" not in done.err


def test_it_can_be_launched_like_any_server(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    command = [str(COMMAND), "serve-fake", "--port", url.rpartition(":")[2]]

    async def once() -> tuple[Health, float]:
        async with started(build("custom_http", url)) as provider:
            site = LaunchSite(url, tmp_path, os.environ)
            async with launch("fake", Launch(command=tuple(command)), site, provider.health) as server:
                return await provider.health(), server.load_seconds

    health, seconds = asyncio.run(once())
    assert health.facts["health"]["server"] == "shortlist serve-fake"
    assert seconds > 0


def test_help_imports_no_server() -> None:
    code = "import shortlist.cli.serve_fake, sys; print('aiohttp' in sys.modules, 'pydantic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
