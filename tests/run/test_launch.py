"""Servers that a run starts: real processes, awaited, and gone afterwards whatever happens."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from shortlist.run.launch import Launched, LaunchSite, launch, scrubber
from shortlist_providers import Health, Provider, ProviderContext, ProviderUnavailable, load_kind
from shortlist_providers.launch import Launch
from support.engines import need_engine
from support.providers import request, started
from support.tiny_model import TinyModel

SERVER = """\
import http.server, json, os, signal, subprocess, sys, time
options = json.loads(sys.argv[1])
print("\\x1b[32mINFO\\x1b[0m arguments:", sys.argv[2:], "in", os.getcwd(), flush=True)
print("HELLO =", os.environ.get("HELLO"), flush=True)
if "TEST_KEY" in os.environ:
    print("the key is", os.environ["TEST_KEY"], flush=True)
def goodbye(number, frame):
    print("goodbye", flush=True)
    os._exit(0)
signal.signal(signal.SIGTERM, signal.SIG_IGN if options.get("stubborn") else goodbye)
if options.get("child"):
    child = [sys.executable, "-c", "import time; time.sleep(600)"]
    print("child", subprocess.Popen(child).pid, flush=True)
time.sleep(options.get("delay", 0))
if "dies" in options:
    print("\\n".join(f"line {n}" for n in range(100)), flush=True)
    print("torch.OutOfMemoryError: CUDA out of memory", file=sys.stderr, flush=True)
    sys.exit(options["dies"])
began = time.monotonic()
class Pages(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        loaded = time.monotonic() - began >= options.get("loads", 0)
        self.send_response(200 if loaded or self.path != "/ready" else 503)
        self.end_headers()
        self.wfile.write(b'{"status": "ok"}')
        if options.get("dies_when_asked") and loaded:
            os._exit(7)
http.server.ThreadingHTTPServer(("127.0.0.1", options["port"]), Pages).serve_forever()
"""


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def alive(pid: int) -> bool:
    """Whether a process lives: one that has ended and awaits its parent does not."""
    done = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return bool(done.stdout.strip()) and not done.stdout.startswith("Z")


def gone(*pids: int, within: float = 10) -> bool:
    until = time.monotonic() + within
    while any(map(alive, pids)) and time.monotonic() < until:
        time.sleep(0.05)
    return not any(map(alive, pids))


def child_in(log: Path) -> int:
    """The grandchild's id, as the server printed it."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if log.exists():
            found = [line for line in log.read_text().splitlines() if line.startswith("child ")]
            if found:
                return int(found[0].split()[1])
        time.sleep(0.02)
    raise AssertionError("the server has started no child")


def guard_of(server: Launched) -> int:
    ps = ["ps", "-o", "ppid=", "-p", str(server.pid)]
    return int(subprocess.run(ps, capture_output=True, text=True, check=True).stdout)


class Case:
    """A server's script, and what is noted of it."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port
        self.log = folder / "run" / "candidate.log"
        self.notes: list[str] = []
        self.site_options: dict[str, Any] = {}
        (folder / "server.py").write_text(SERVER)

    def config(self, *more: str, settings: Mapping[str, Any] | None = None, **options: Any) -> Launch:
        told = {"port": self.port, **options}
        command = [sys.executable, "server.py", json.dumps(told), *more]
        return Launch.model_validate({"command": command, "ready_timeout": 60, **(settings or {})})

    @asynccontextmanager
    async def launched(self, config: Launch, **site: Any) -> AsyncIterator[Launched]:
        url = f"http://127.0.0.1:{self.port}"
        kind = load_kind("custom_http")
        settings: dict[str, Any] = {"kind": "custom_http", "base_url": url}
        context = ProviderContext(time.monotonic, asyncio.sleep)
        where = LaunchSite(
            **{
                "base_url": url,
                "base_dir": self.folder,
                "environment": os.environ,
                "log_path": self.log,
                "note": self.notes.append,
                **site,
            }
        )
        async with (
            started(kind(kind.Config(**settings), context)) as provider,
            launch("candidate", config, where, provider.health) as server,
        ):
            yield server

    def refused(self, config: Launch, **site: Any) -> str:
        async def once() -> None:
            async with self.launched(config, **site):
                pytest.fail("it was launched")

        with pytest.raises(ProviderUnavailable) as refusal:
            asyncio.run(once())
        return str(refusal.value)


@pytest.fixture
def case(tmp_path: Path, port: int) -> Case:
    return Case(tmp_path, port)


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_a_server_is_started_awaited_and_stopped_with_all_it_has_started(case: Case, loop: str) -> None:
    async def once() -> tuple[Launched, bool]:
        async with case.launched(case.config(delay=1.5, child=True)) as server:
            return server, alive(server.pid) and alive(child_in(case.log))

    factory = pytest.importorskip("uvloop").new_event_loop if loop == "uvloop" else None
    with asyncio.Runner(loop_factory=factory) as runner:
        server, lived = runner.run(once())
    assert lived
    assert server.load_seconds >= 1.5
    assert server.log_path == case.log
    assert server.ended() is None
    assert gone(server.pid, child_in(case.log), within=0), "they are gone when the block ends"
    assert "goodbye" in case.log.read_text(), "and were asked first"
    assert any("starts" in note and str(case.log) in note for note in case.notes)
    assert any("is ready after" in note for note in case.notes)


def test_the_command_gets_its_words_variables_and_folder_as_they_are(case: Case) -> None:
    words = ["--gpus", "device=0,1", "two words", "", '--json={"a b": [1]}', "$HOME", "*"]
    (case.folder / "below").mkdir()
    (case.folder / "server.py").rename(case.folder / "below" / "server.py")
    config = case.config(*words, settings={"env": {"HELLO": "a b=c"}, "cwd": "below"})

    async def once() -> None:
        async with case.launched(config, environment={**os.environ, "HELLO": "replaced"}):
            pass

    asyncio.run(once())
    said = case.log.read_text()
    assert repr(words) in said
    assert "HELLO = a b=c" in said
    assert str((case.folder / "below").resolve()) in said


def test_a_command_line_is_split_as_a_shell_would() -> None:
    line = "docker run --rm --init --gpus 'device=0' -v '/my models:/m' vllm/vllm-openai --model /m/a"
    assert list(Launch(command=line).command) == shlex.split(line)  # type: ignore[arg-type]
    words = ["llama-server", "--port", 8080, "--temp", 0.5]
    assert Launch.model_validate({"command": words}).command == ("llama-server", "--port", "8080", "--temp", "0.5")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"command": ""}, "must not be empty"),
        ({"command": []}, "must not be empty"),
        ({"command": "vllm serve 'm"}, "No closing quotation"),
        ({"command": ["vllm", True]}, "in quotes"),
        ({"command": {"a": 1}}, "command line, or a list"),
        ({"command": "CUDA_VISIBLE_DEVICES=0 vllm serve m"}, "under env:"),
        ({"command": "vllm serve m > log"}, "is for a shell"),
        ({"command": "cd x && vllm serve m"}, "is for a shell"),
        ({"command": "vllm serve m --api-key sk-123"}, "VLLM_API_KEY"),
        ({"command": "vllm serve m --api-key=sk-123"}, "VLLM_API_KEY"),
        ({"command": "docker run -e HF_TOKEN=hf_123 image"}, "export"),
        ({"command": "docker run -e VLLM_API_KEY=sk-123 image"}, "export"),
        ({"command": ["a", "b\0c"]}, "NUL"),
        ({"command": "a", "env": {"A B": "c"}}, "env"),
        ({"command": "a", "ready_timeout": 0}, "greater than 0"),
        ({"command": "a", "ready_path": "health"}, "ready_path"),
        ({"command": "a", "shell": True}, "shell"),
    ],
)
def test_a_launch_that_cannot_work_is_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said) as refusal:
        Launch.model_validate(settings)
    assert "sk-123" not in str(refusal.value.errors()[0]["msg"])


def test_numbers_of_tokens_and_inherited_keys_are_no_secrets() -> None:
    line = "docker run -e HF_TOKEN -e VLLM_API_KEY image --max-num-batched-tokens=8192 --tokenizer t --api-key-file f"
    assert Launch.model_validate({"command": line}).command[2] == "-e"


def test_a_server_that_dies_is_told_with_the_end_of_its_log(case: Case) -> None:
    said = case.refused(case.config(dies=3))
    assert "ended with status 3" in said
    assert "torch.OutOfMemoryError: CUDA out of memory" in said
    assert "line 99" in said
    assert "line 50" not in said, "the end of the log is enough"


def test_what_it_printed_in_an_earlier_sitting_is_not_shown(case: Case) -> None:
    case.log.parent.mkdir()
    case.log.write_text("of another day\n")
    (case.folder / "server.py").write_text(SERVER.replace("range(100)", "range(1)"))
    assert "of another day" not in case.refused(case.config(dies=1))
    assert case.log.read_text().startswith("of another day"), "but kept"


def test_a_server_that_ends_well_did_not_stay_in_the_foreground(case: Case) -> None:
    assert "docker run without -d" in case.refused(case.config(dies=0))


def test_what_a_dying_server_leaves_behind_is_stopped_too(case: Case) -> None:
    case.refused(case.config(dies=3, child=True))
    assert gone(child_in(case.log), within=0)


def test_keys_and_colours_are_not_shown(case: Case) -> None:
    environment = {**os.environ, "TEST_KEY": "sk-0123", "LONGER": "sk-0123456"}
    scrub = scrubber(["TEST_KEY", "LONGER", "ABSENT"], environment)
    assert scrub("sk-0123456 sk-0123") == "[redacted] [redacted]"
    (case.folder / "server.py").write_text(SERVER.replace("range(100)", "range(1)"))
    said = case.refused(case.config(dies=1), environment=environment, scrub=scrub)
    assert "the key is [redacted]" in said
    assert "sk-0123" not in said
    assert "| INFO arguments" in said


def test_a_server_that_is_never_ready_is_given_up_and_stopped(case: Case) -> None:
    config = case.config(delay=600, child=True, settings={"ready_timeout": 1})
    said = case.refused(config)
    assert "not ready within 1 s" in said
    assert "cannot reach the server" in said
    assert "arguments:" in said, "its log helps here too"
    assert gone(child_in(case.log), within=0)


def test_a_server_that_answers_before_it_has_loaded_is_asked_for_a_page_of_its_own(case: Case) -> None:
    async def seconds(config: Launch) -> float:
        async with case.launched(config) as server:
            return server.load_seconds

    assert asyncio.run(seconds(case.config(loads=1.5, settings={"ready_path": "/ready"}))) >= 1.5
    said = case.refused(case.config(loads=600, settings={"ready_path": "/ready", "ready_timeout": 1}))
    assert "/ready answers with HTTP 503" in said


def test_a_command_that_is_not_there_is_told(case: Case) -> None:
    said = case.refused(Launch.model_validate({"command": "no-such-engine serve 'my model'"}))
    assert "No such file or directory" in said
    assert "no-such-engine serve 'my model'" in said
    assert "no folder" in case.refused(case.config(settings={"cwd": "elsewhere"}))


def test_a_taken_port_is_refused_before_anything_is_started(case: Case) -> None:
    with socket.create_server(("127.0.0.1", case.port)):
        said = case.refused(case.config())
    assert f"something answers at http://127.0.0.1:{case.port} already" in said
    assert f"lsof -nP -iTCP:{case.port}" in said
    assert not case.log.exists()


def test_a_stubborn_server_is_killed(case: Case) -> None:
    async def once() -> int:
        async with case.launched(case.config(stubborn=True, child=True, settings={"stop_timeout": 0.5})) as server:
            return server.pid

    assert gone(asyncio.run(once()), child_in(case.log), within=0)


async def _raise(server: Launched) -> None:
    raise RuntimeError("a defect")


async def _be_cancelled(server: Launched) -> None:
    task = asyncio.current_task()
    assert task is not None
    task.cancel()
    asyncio.get_running_loop().call_later(0.2, task.cancel)  # Ctrl-C, and once more while it stops
    await asyncio.sleep(600)


@pytest.mark.parametrize("end", [_raise, _be_cancelled])
def test_it_is_stopped_when_the_block_ends_badly(case: Case, end: Callable[[Launched], Awaitable[None]]) -> None:
    pids: list[int] = []

    async def once() -> None:
        async with case.launched(case.config(stubborn=True, child=True, settings={"stop_timeout": 1})) as server:
            pids.append(server.pid)
            await end(server)

    with pytest.raises((RuntimeError, asyncio.CancelledError)):
        asyncio.run(once())
    assert gone(*pids, child_in(case.log), within=0)


def test_it_is_stopped_when_we_are_cancelled_while_it_loads(case: Case) -> None:
    async def once() -> None:
        async with case.launched(case.config(delay=600, child=True)):
            pytest.fail("it was ready")

    async def cancelled() -> None:
        task = asyncio.create_task(once())
        await asyncio.to_thread(child_in, case.log)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    assert gone(child_in(case.log), within=0)


def test_a_server_that_dies_later_is_known(case: Case) -> None:
    async def once() -> str | None:
        async with case.launched(case.config()) as server:
            assert server.ended() is None
            os.kill(server.pid, signal.SIGKILL)
            while server.ended() is None:
                await asyncio.sleep(0.02)
        return server.ended()

    assert "was ended by SIGKILL" in (asyncio.run(once()) or "")


def test_a_server_whose_guard_is_killed_is_stopped_by_us(case: Case) -> None:
    async def once() -> int:
        async with case.launched(case.config(child=True)) as server:
            os.kill(guard_of(server), signal.SIGKILL)
            while server.ended() is None:
                await asyncio.sleep(0.02)
            return server.pid

    assert gone(asyncio.run(once()), child_in(case.log), within=5)


def test_without_a_place_for_its_log_it_gets_one_for_the_time(case: Case) -> None:
    async def once() -> Path:
        async with case.launched(case.config(), log_path=None) as server:
            assert "arguments:" in server.log_path.read_text()
            return server.log_path

    assert not asyncio.run(once()).exists()


LAUNCHER = """\
import asyncio, os, sys
from pathlib import Path
from shortlist.run.launch import LaunchSite, launch
from shortlist_providers import Health
from shortlist_providers.launch import Launch

async def ready():
    return Health(ok=True, detail="")

async def main():
    site = LaunchSite(f"http://127.0.0.1:{sys.argv[2]}", Path(sys.argv[1]), os.environ, Path(sys.argv[1]) / "log")
    async with launch("candidate", Launch(command=tuple(sys.argv[3:]), stop_timeout=2), site, ready) as server:
        if os.fork() == 0:  # holds the guard's socket open, as a worker process of an engine might
            import time
            time.sleep(600)
        print(server.pid, flush=True)
        await asyncio.sleep(600)

asyncio.run(main())
"""


@pytest.mark.parametrize("stubborn", [False, True])
def test_nothing_is_left_when_we_are_killed(case: Case, stubborn: bool) -> None:
    command = case.config(child=True, stubborn=stubborn).command
    arguments = [sys.executable, "-W", "ignore", "-c", LAUNCHER, str(case.folder), str(case.port), *command]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        child = child_in(case.folder / "log")
        assert alive(pid)
        process.kill()
        assert gone(pid, child, within=10)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # its fork
        process.communicate()


def test_ctrl_c_at_the_terminal_is_for_us_alone(case: Case) -> None:
    async def once() -> list[int]:
        async with case.launched(case.config()) as server:
            return [os.getsid(pid) for pid in (server.pid, guard_of(server))]

    assert os.getsid(0) not in asyncio.run(once())


def test_llama_cpps_own_server(tiny_model: TinyModel, tmp_path: Path, port: int) -> None:
    need_engine("llama_cpp", "uvicorn", "sse_starlette")
    command = [
        sys.executable, "-m", "llama_cpp.server", "--model", str(tiny_model.gguf), "--port", port,
        "--n_threads", 1, "--n_ctx", 2048, "--model_alias", "tiny",
    ]  # fmt: skip
    config = Launch.model_validate({"command": command, "ready_timeout": 120})
    kind = load_kind("openai_compatible")
    url = f"http://127.0.0.1:{port}/v1"
    settings: dict[str, Any] = {"kind": "openai_compatible", "base_url": url, "model": "tiny", "structured": "none"}
    site = LaunchSite(url, tmp_path, os.environ, tmp_path / "server.log")

    async def once() -> tuple[Health, Launched, str | None]:
        provider: Provider = kind(kind.Config(**settings), ProviderContext(time.monotonic, asyncio.sleep))
        async with started(provider), launch("edge", config, site, provider.health) as server:
            health = await provider.health()
            generation = await provider.generate(request(sampling={"max_tokens": 8}))
            return health, server, generation.text

    health, server, text = asyncio.run(once())
    assert health.facts["models"] == ["tiny"]
    assert text
    assert server.load_seconds > 0.1
    assert gone(server.pid, within=0)
