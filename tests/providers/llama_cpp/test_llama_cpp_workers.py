"""Worker processes: loaded, given up, killed, orphaned, and never left behind."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import uvloop

from providers.llama_cpp.driving import alive, ask, asked, built, children, text_of, using
from shortlist_providers import Generation, Provider, ProviderUnavailable
from support.tiny_model import TinyModel

LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
on_every_loop = pytest.mark.parametrize("factory", LOOPS.values(), ids=LOOPS)
ENDLESS = asked(max_tokens=100_000)
"""Seconds of work: the greedy tiny model says the same for ever."""


def until(happened: Callable[[], bool]) -> None:
    """Waits; pytest's own time-out is the limit."""
    while not happened():
        time.sleep(0.02)


async def give_up(provider: Provider, request: Any, seconds: float) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(seconds):
            await provider.generate(request)


@on_every_loop
def test_a_generation_that_is_given_up_stops_and_its_worker_goes_on(gguf: Path, factory: Any) -> None:
    async def work(provider: Provider) -> None:
        before = children()
        expected = text_of(await provider.generate(asked()))
        for seconds in (0.0, 0.05, 0.5):
            await give_up(provider, ENDLESS, seconds)
            assert text_of(await provider.generate(asked())) == expected
        assert children() == before, "no worker was replaced"

    using(gguf, work, factory=factory, n_ctx=16_384)


def test_a_prompt_that_is_given_up_is_dropped_in_the_middle_of_a_batch(gguf: Path) -> None:
    """One batch of the whole prompt takes far longer than a worker is given."""
    long = " ".join(f"item {number} of the list" for number in range(1400))

    async def work(provider: Provider) -> None:
        before = children()
        await give_up(provider, asked(long), 0.3)
        began = time.monotonic()
        assert text_of(await provider.generate(asked()))
        print("let go after", time.monotonic() - began)
        assert children() == before

    using(gguf, work, n_ctx=16_384, n_batch=16_384)


def test_a_worker_that_does_not_let_go_is_replaced(gguf: Path) -> None:
    async def work(provider: Provider) -> None:
        (stuck,) = children()
        os.kill(stuck, signal.SIGSTOP)
        await give_up(provider, asked(), 0.1)
        assert text_of(await provider.generate(asked()))
        assert not alive(stuck)

    using(gguf, work)


@on_every_loop
@pytest.mark.parametrize(("number", "word"), [(signal.SIGKILL, "SIGKILL"), (signal.SIGSEGV, "SIGSEGV")])
def test_a_worker_that_dies_is_a_failed_attempt(gguf: Path, factory: Any, number: int, word: str) -> None:
    async def work(provider: Provider) -> Generation:
        (worker,) = children()
        asyncio.get_running_loop().call_later(0.3, os.kill, worker, number)
        failed = await provider.generate(ENDLESS)
        good = await provider.generate(asked())
        assert text_of(good)
        assert good.timings.last_token - good.timings.sent < failed.timings.last_token  # loading is no part of it
        assert worker not in children()
        return failed

    failed = using(gguf, work, factory=factory, n_ctx=16_384)
    assert failed.failure is not None
    assert failed.failure.kind == "transient"
    assert failed.failure.scope == "request"
    assert word in failed.failure.message


def test_a_worker_that_dies_between_requests(gguf: Path) -> None:
    async def work(provider: Provider) -> None:
        (worker,) = children()
        os.kill(worker, signal.SIGKILL)
        until(lambda: not alive(worker))
        failed = await provider.generate(asked())
        assert failed.failure is None or failed.failure.kind == "transient"
        assert text_of(await provider.generate(asked()))

    using(gguf, work)


def test_giving_up_while_a_worker_is_replaced(gguf: Path) -> None:
    async def work(provider: Provider) -> None:
        (worker,) = children()
        asyncio.get_running_loop().call_later(0.2, os.kill, worker, signal.SIGKILL)
        await provider.generate(ENDLESS)
        await give_up(provider, asked(), 0.05)
        assert text_of(await provider.generate(asked()))

    using(gguf, work, n_ctx=16_384)


def test_a_model_that_is_gone_when_its_worker_must_start_again(gguf: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.gguf"
    copy.write_bytes(gguf.read_bytes())

    async def work(provider: Provider) -> list[Generation]:
        copy.unlink()
        (worker,) = children()
        asyncio.get_running_loop().call_later(0.2, os.kill, worker, signal.SIGKILL)
        return [await provider.generate(ENDLESS) for _ in range(2)]

    _, gone = using(copy, work, n_ctx=16_384)
    assert gone.failure is not None
    assert (gone.failure.kind, gone.failure.scope) == ("transient", "provider")
    assert "copy.gguf" in gone.failure.message


PARENT = """
import asyncio, sys
from providers.llama_cpp.driving import asked, running

async def main():
    async with running(sys.argv[1], n_ctx=16_384) as provider:
        print("loaded", flush=True)
        if sys.argv[2] == "busy":
            await provider.generate(asked(max_tokens=100_000))
        await asyncio.sleep(600)

asyncio.run(main())
"""


@pytest.mark.parametrize("doing", ["busy", "idle"])
def test_a_worker_ends_with_its_provider_even_when_that_is_killed(gguf: Path, doing: str) -> None:
    tests = str(Path(__file__).parents[2])
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, gguf, doing],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([tests, os.environ.get("PYTHONPATH", "")])},
    )
    assert parent.stdout is not None
    assert parent.stdout.readline() == "loaded\n"
    (worker,) = children(parent.pid)
    time.sleep(0.3)
    assert alive(worker)
    parent.kill()
    parent.communicate()
    until(lambda: not alive(worker))


def test_ctrl_c_is_for_the_runner_alone(gguf: Path) -> None:
    async def work(provider: Provider) -> None:
        (worker,) = children()
        assert os.getpgid(worker) != os.getpgid(0)

    using(gguf, work)


@on_every_loop
def test_a_shutdown_in_the_middle_of_everything(gguf: Path, factory: Any) -> None:
    async def work(provider: Provider) -> None:
        abandoned = [asyncio.create_task(provider.generate(ENDLESS)) for _ in range(3)]
        await asyncio.sleep(0.2)
        for task in abandoned:
            task.cancel()
        await asyncio.wait(abandoned)
        await provider.shutdown()
        await provider.shutdown()

    using(gguf, work, factory=factory, slots=2, n_ctx=16_384)


def test_giving_up_while_the_model_loads(gguf: Path) -> None:
    async def main() -> None:
        provider = built(gguf)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await provider.startup()
        await provider.shutdown()

    asyncio.run(main(), debug=True)
    assert not children()


def test_before_the_start_and_after_the_stop(gguf: Path) -> None:
    provider = built(gguf)
    with pytest.raises(ProviderUnavailable, match="not been started"):
        asyncio.run(provider.generate(asked()))
    with pytest.raises(ProviderUnavailable, match="not been started"):
        asyncio.run(provider.health())

    async def stopped() -> None:
        await provider.startup()
        await provider.shutdown()
        await provider.generate(asked())

    with pytest.raises(ProviderUnavailable, match="not been started"):
        asyncio.run(stopped())


def test_files_that_do_not_load(tiny_model: TinyModel, gguf: Path, tmp_path: Path) -> None:
    whole = gguf.read_bytes()
    (tmp_path / "cut.gguf").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.gguf").write_text("This is no model.")
    (tmp_path / "empty.gguf").touch()
    cases: list[tuple[Path, dict[str, Any], str]] = [
        (tmp_path / "none.gguf", {}, "there is no model file .*none.gguf; look at model_path"),
        (tmp_path, {}, "there is no model file"),
        (tmp_path / "cut.gguf", {}, "cannot load .*cut.gguf.*tensor"),
        (tmp_path / "text.gguf", {}, "cannot load .*text.gguf.*magic"),
        (tmp_path / "empty.gguf", {}, "cannot load .*empty.gguf"),
        (tiny_model.lora_gguf, {}, "cannot load .*lora.gguf"),
        (gguf, {"lora": str(tmp_path / "none.gguf")}, "there is no adapter file .*none.gguf; look at lora"),
        (gguf, {"lora": str(gguf)}, "cannot load the adapter .*must be GGUF"),
        (gguf, {"lora": str(tiny_model.lora / "adapter_model.safetensors")}, "cannot load the adapter"),
        (gguf, {"chat_format": "chat-em-el"}, "no chat_format 'chat-em-el'"),
    ]
    for path, settings, message in cases:
        with pytest.raises(ProviderUnavailable, match=message):
            using(path, lambda provider: provider.health(), slots=2, **settings)
    assert not children()


def test_relative_paths_start_at_the_suite_s_folder(tiny_model: TinyModel, gguf: Path) -> None:
    base = gguf.parent
    (generation,) = ask(gguf.name, asked(), base=base, lora=tiny_model.lora_gguf.relative_to(base).as_posix())
    assert text_of(generation)


def test_two_providers_of_one_model_share_a_pool(gguf: Path) -> None:
    other = built(gguf.name, base=gguf.parent, n_ctx=512)
    assert built(gguf).pool_key == other.pool_key
    assert built(gguf).pool_key != built(gguf.with_name("other.gguf")).pool_key


def test_a_folder_called_like_the_engine_is_not_imported(
    gguf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "llama_cpp").mkdir()
    (tmp_path / "llama_cpp" / "__init__.py").write_text("raise RuntimeError('not this one')")
    monkeypatch.chdir(tmp_path)
    (generation,) = ask(gguf, asked())
    assert text_of(generation)


CHATTER = """
import os, sys

class Chatter:
    def find_spec(self, name, path=None, target=None):
        if name == "llama_cpp":
            print("loading, please wait")
            os.write(1, b"on the file descriptor itself")
            assert not os.read(0, 1), "what the provider says is not for libraries"

sys.meta_path.insert(0, Chatter())
"""


def test_what_libraries_print_does_not_get_between(gguf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sitecustomize.py").write_text(CHATTER)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    (generation,) = ask(gguf, asked())
    assert text_of(generation)


def test_a_python_that_prints_when_it_starts_is_told_of(
    gguf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text("import os; os.write(1, b'hello')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    with pytest.raises(ProviderUnavailable, match="printed b'hell' where a message was due"):
        ask(gguf, asked())


def test_warnings_made_errors_by_the_environment_do_not_end_a_worker(
    gguf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONWARNINGS", "error")
    (generation,) = ask(gguf, asked(schema={"const": 1}))
    assert text_of(generation) == "1"
