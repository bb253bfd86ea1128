"""The kind `vllm_offline` with a real engine on the tiny model."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import unicodedata
from collections.abc import Iterator
from contextlib import aclosing
from importlib import import_module
from pathlib import Path

import jsonschema_rs
import pytest

from providers.vllm.driving import (
    ENVIRONMENT,
    NESTED,
    WORDS,
    Alongside,
    OfflineEngine,
    VllmServer,
    asked,
    constrained,
    offline,
    processes,
    running,
    served,
    workers,
)
from shortlist_providers import FailureKind, FailureScope, FinishReason, Generation, ProviderUnavailable
from support.commands import shortlist
from support.conformance.suites import PAIRS, small_suite
from support.conformance.texts import ANSWER, UNICODE, long_prompt, saying, tokens_of
from support.engines import need_engine
from support.tiny_model import TinyModel

pytestmark = pytest.mark.vllm
COMPOSED = unicodedata.normalize("NFC", UNICODE)
"""What vLLM's tokenizer for Qwen2 models can write under a grammar that forces it."""

BARE = """
import json, sys
from vllm import LLM, SamplingParams
if __name__ == "__main__":
    model, conversations = json.load(sys.stdin)
    llm = LLM(model=model, dtype="float32", enforce_eager=True, gpu_memory_utilization=0.2)
    outputs = llm.chat(conversations, SamplingParams(temperature=0.0, max_tokens=48), use_tqdm=False)
    print("RESULT" + json.dumps([output.outputs[0].text for output in outputs]))
"""


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    need_engine("vllm")
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="module")
def small(tiny_model: TinyModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OfflineEngine]:
    """An engine that takes two requests at a time, has an adapter, no grammar, and a model with settings of its own."""
    need_engine("vllm")
    folder = tmp_path_factory.mktemp("small")
    shutil.copytree(tiny_model.hf, folder / "hf")
    shutil.copytree(tiny_model.lora, folder / "lora")
    given = json.loads((folder / "hf" / "generation_config.json").read_text())
    (folder / "hf" / "generation_config.json").write_text(json.dumps({**given, "do_sample": True, "top_k": 1}))
    model = TinyModel(folder / "hf", tiny_model.gguf, folder / "lora", tiny_model.lora_gguf)
    settings = {"max_num_seqs": 2, "enable_prefix_caching": False, "structured": "none", "generation_config": "auto"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        run = Alongside()
        provider = offline(model, lora={"path": "lora", "name": "adapter"}, max_model_len=4096, **settings)
        try:
            run(provider.startup())
            yield OfflineEngine(provider, run)
        finally:
            run(provider.shutdown())
            run.close()


def test_server_offline_and_bare_vllm_write_the_same(
    engine: OfflineEngine, vllm_server: VllmServer, tiny_model: TinyModel, tmp_path: Path
) -> None:
    requests = [asked(word) for word in WORDS]
    conversations = [[{"role": m.role, "content": m.content} for m in request.messages] for request in requests]
    script = tmp_path / "bare.py"
    script.write_text(BARE)
    given = json.dumps([str(tiny_model.hf), conversations])
    bare_environment = {**os.environ, "VLLM_ENABLE_V1_MULTIPROCESSING": "0"}
    done = subprocess.run(
        [sys.executable, "-P", script], input=given, capture_output=True, text=True, check=True, env=bare_environment
    )
    bare = json.loads(done.stdout.rpartition("RESULT")[2])

    async def all_of_them() -> list[Generation]:
        provider = served(vllm_server)
        async with running(provider):
            return list(await asyncio.gather(*map(provider.generate, requests)))

    over_http = asyncio.run(all_of_them())
    together = engine.all(requests)
    alone = [engine.one(request) for request in requests]
    assert [generation.text for generation in over_http] == bare
    assert [together[request.key].text for request in requests] == bare
    assert [generation.text for generation in alone] == bare
    assert len(set(bare)) > len(bare) // 2


def test_each_key_comes_once_and_what_vllm_refuses_fails_alone(engine: OfflineEngine) -> None:
    strange = {"type": "object", "properties": {"a": {"not": {"const": 1}}}}
    good = [asked(word, max_tokens=4 + 8 * at) for at, word in enumerate(WORDS)]
    bad = {"maximum context length": asked("nurse " * 20_000), 'Unimplemented keys: ["not"]': constrained(strange)}
    found = engine.all([good[0], *bad.values(), *good[1:]])
    assert sorted(found) == sorted(request.key for request in (*good, *bad.values()))
    for complaint, request in bad.items():
        failure = found[request.key].failure
        assert failure is not None
        assert (failure.kind, failure.scope) == (FailureKind.PERMANENT, FailureScope.REQUEST)
        assert complaint in failure.message
    finished = [key for key in found if key in {request.key for request in good}]
    assert finished == [request.key for request in good], "the shortest ends first"


def test_an_empty_batch_is_no_work(engine: OfflineEngine) -> None:
    assert engine.all([]) == {}


def test_a_nested_schema_with_ranges_is_held_to_at_temperature_1(engine: OfflineEngine) -> None:
    requests = [constrained(NESTED, WORDS[n % 8], temperature=1.0, seed=n, max_tokens=1500) for n in range(16)]
    validator = jsonschema_rs.validator_for(dict(NESTED))
    found = engine.all(requests)
    for generation in found.values():
        assert (generation.failure, generation.unhonoured) == (None, ())
        validator.validate(json.loads(generation.text or ""))
        assert "\n" not in (generation.text or "")
    assert len({generation.text for generation in found.values()}) > 8


def test_usage_truncation_and_the_models_name(engine: OfflineEngine, tiny_model: TinyModel) -> None:
    request = asked("usage", max_tokens=5)
    generation = engine.one(request)
    assert generation.failure is not None
    assert generation.failure.kind is FailureKind.TRUNCATED
    assert (generation.finish_reason, generation.usage.output, generation.model) == (FinishReason.LENGTH, 5, "hf")
    assert generation.text
    assert (generation.usage.input, generation.usage.cached_read) == (
        tokens_of(request.messages, tiny_model),
        0,
    )


def test_stop_ends_the_text_before_it(engine: OfflineEngine) -> None:
    whole = engine.one(asked("stop", temperature=1.0, seed=3)).text or ""
    stop = whole[10:14]
    generation = engine.one(asked("stop", temperature=1.0, seed=3, stop=(stop, "never")))
    assert generation.text == whole[: whole.index(stop)]
    assert (generation.failure, generation.finish_reason) == (None, FinishReason.STOP)


def test_unicode_goes_both_ways(engine: OfflineEngine) -> None:
    generation = engine.one(constrained(saying(COMPOSED), UNICODE + " \ud83d", max_tokens=400))
    assert list(json.loads(generation.text or "").values()) == [COMPOSED]


def test_a_request_that_vllm_gives_up_fails_alone(engine: OfflineEngine) -> None:
    """vLLM's tokenizer composes characters (NFC); a schema that forces decomposed ones then stops its grammar."""
    lost, good = constrained(saying("e\u0301")), asked("good", max_tokens=4)
    found = engine.all([lost, good])
    failure = found[lost.key].failure
    assert failure is not None
    assert (failure.kind, failure.scope) == (FailureKind.PERMANENT, FailureScope.REQUEST)
    assert "finish_reason error" in failure.message
    assert found[good.key].usage.output == 4


def test_a_long_prompt_and_its_second_reading_from_the_cache(engine: OfflineEngine, tiny_model: TinyModel) -> None:
    first, second = (engine.one(asked(long_prompt(tiny_model), max_tokens=4)) for _ in range(2))
    assert (first.usage.input or 0) > 11_500
    assert (second.usage.cached_read or 0) > 10_000
    assert (second.usage.input or 0) + (second.usage.cached_read or 0) == first.usage.input
    assert first.text == second.text


def test_seeds(engine: OfflineEngine) -> None:
    one, same, other = (engine.one(asked(temperature=1.0, seed=seed)).text for seed in (1, 1, 2))
    assert one == same != other


def test_what_is_left_out_is_neutral_unless_the_models_own_is_asked_for(
    engine: OfflineEngine, small: OfflineEngine
) -> None:
    free = [asked(temperature=None, seed=seed) for seed in (1, 2)]
    assert len({engine.one(request).text for request in free}) == 2
    assert len({small.one(request).text for request in free}) == 1, "top_k is 1 in its generation_config.json"
    assert small.run(small.provider.health()).facts["sampling_defaults"] == {"top_k": 1}


def test_an_adapter_is_applied_and_writes_what_the_server_writes(
    engine: OfflineEngine, small: OfflineEngine, vllm_server: VllmServer
) -> None:
    async def over_http() -> Generation:
        provider = served(vllm_server, "adapter")
        async with running(provider):
            return await provider.generate(asked())

    adapted = small.one(asked())
    assert adapted.model == "adapter"
    assert adapted.text == asyncio.run(over_http()).text != engine.one(asked()).text


def test_a_schema_that_nobody_holds_to_is_recorded(small: OfflineEngine) -> None:
    assert small.one(constrained(NESTED)).unhonoured == ("schema",)


def test_a_request_is_sent_when_the_engine_begins_with_it(small: OfflineEngine) -> None:
    handed_over = time.perf_counter()
    timings = [generation.timings for generation in small.all([asked(word) for word in WORDS]).values()]
    now = time.perf_counter()
    for timing in timings:
        assert timing.first_token is not None
        assert handed_over < timing.sent < timing.first_token < timing.last_token < now
    # Two at a time: the third begins when one has ended.
    for later in timings[2:]:
        assert sum(earlier.last_token <= later.sent for earlier in timings) >= 1
    assert max(timing.sent for timing in timings) > sorted(timing.last_token for timing in timings)[4]


def test_what_is_abandoned_makes_room(small: OfflineEngine) -> None:
    """Two that take the engine's two places for half a minute, and one that waits for a place."""

    async def leave() -> Generation:
        requests = [asked("short", max_tokens=2), *(asked(word, max_tokens=3500) for word in WORDS)]
        async with aclosing(small.provider.generate_all(requests)) as answers:
            key, first = await anext(answers)
            assert key == requests[0].key
            assert first.usage.output == 2
        given_up = asyncio.create_task(small.provider.generate(asked(max_tokens=3500)))
        await asyncio.sleep(0)
        given_up.cancel()
        async with asyncio.timeout(60):
            return await small.provider.generate(asked("after", max_tokens=2))

    assert small.run(leave()).usage.output == 2


def test_the_facts_of_the_engine(engine: OfflineEngine) -> None:
    health = engine.run(engine.provider.health())
    assert health.ok, health.detail
    facts = dict(health.facts)
    wanted = {
        "version": import_module("vllm").__version__,
        "dtype": "float32",
        "max_model_len": 16_384,
        "enforce_eager": True,
        "generation_config": "vllm",
        "structured_outputs_backend": "guidance",
        "disable_any_whitespace": True,
        "enable_prefix_caching": True,
        "tensor_parallel_size": 1,
        "block_size": 128,
    }
    assert {**facts, **wanted} == facts
    assert facts["num_gpu_blocks"] > 0
    assert json.dumps(facts)


@pytest.mark.parametrize("processes_of_vllm", ["0", "1"], ids=["one process", "engine in its own"])
def test_an_engine_that_dies_fails_all_that_is_left_and_hangs_nobody(
    tiny_model: TinyModel, monkeypatch: pytest.MonkeyPatch, processes_of_vllm: str
) -> None:
    monkeypatch.setenv("VLLM_ENABLE_V1_MULTIPROCESSING", processes_of_vllm)

    async def outlive() -> tuple[list[tuple[str, Generation]], Generation]:
        provider = offline(tiny_model)
        requests = [asked("short", max_tokens=2), *(asked(word, max_tokens=12_000) for word in WORDS)]
        found: list[tuple[str, Generation]] = []
        others = workers(os.getpid())
        async with running(provider):
            (worker,) = workers(os.getpid()) - others
            async for answer in provider.generate_all(requests):
                found.append(answer)
                if len(found) == 1:
                    os.kill(_engine_of(worker) if processes_of_vllm == "1" else worker, signal.SIGKILL)
            health = await provider.health()
            assert not health.ok
            assert "died" in health.detail
            late = await provider.generate(asked())
        await gone(worker)
        return found, late

    found, late = asyncio.run(outlive())
    assert len({key for key, _ in found}) == 9
    assert found[0][1].usage.output == 2
    for generation in (*(answer for _, answer in found[1:]), late):
        failure = generation.failure
        assert failure is not None
        wanted = FailureKind.PERMANENT if generation is late else FailureKind.TRANSIENT
        assert (failure.kind, failure.scope) == (wanted, FailureScope.PROVIDER)
        assert "died" in failure.message


async def gone(worker: int) -> None:
    """Waits until the worker's group is empty: what is killed takes a moment to be dead."""
    while processes(worker):
        await asyncio.sleep(0.05)


def _engine_of(worker: int) -> int:
    """vLLM's own process in the worker's group."""
    names = {pid: (Path("/proc") / str(pid) / "cmdline").read_bytes() for pid in processes(worker)}
    (engine,) = (pid for pid, command in names.items() if command.startswith(b"VLLM::EngineCore"))
    return engine


def test_a_start_that_is_broken_off_leaves_nothing(tiny_model: TinyModel) -> None:
    async def break_off() -> None:
        provider = offline(tiny_model)
        others = workers(os.getpid())
        starting = asyncio.create_task(provider.startup())
        while not workers(os.getpid()) - others:
            await asyncio.sleep(0.05)
        (worker,) = workers(os.getpid()) - others
        await asyncio.sleep(1.0)  # well into its imports
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        await provider.shutdown()
        await gone(worker)

    asyncio.run(break_off(), debug=True)


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [({"model": "nowhere"}, "nowhere"), ({"engine": {"frob": 1}}, "frob"), ({"max_model_len": 99_999}, "99999")],
    ids=["no model", "no such argument", "too long a context"],
)
def test_an_engine_that_cannot_load_says_why(
    tiny_model: TinyModel, settings: dict[str, object], complaint: str
) -> None:
    async def start() -> None:
        async with running(offline(tiny_model, **settings)):
            raise AssertionError("it started")

    with pytest.raises(ProviderUnavailable, match=f"vLLM cannot load .*{complaint}"):
        asyncio.run(start())


OUTLIVED = """
import asyncio, os, sys, time
from pathlib import Path
from shortlist_providers import ProviderContext
from shortlist_providers.vllm_offline import VllmOffline, VllmOfflineConfig
async def main():
    config = VllmOfflineConfig(model=sys.argv[1], dtype="float32", enforce_eager=True, gpu_memory_utilization=0.2)
    await VllmOffline(config, ProviderContext(time.perf_counter, asyncio.sleep)).startup()
    print("up", flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
"""


def test_the_worker_does_not_outlive_its_parent(tiny_model: TinyModel, tmp_path: Path) -> None:
    script = tmp_path / "outlived.py"
    script.write_text(OUTLIVED)
    parent = subprocess.Popen([sys.executable, "-P", script, tiny_model.hf], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    try:
        assert parent.stdout.readline() == "up\n"
        (worker,) = workers(parent.pid)
    finally:
        parent.kill()
        parent.communicate()
    until = time.monotonic() + 60
    while processes(worker):
        assert time.monotonic() < until, "it lives on"
        time.sleep(0.1)


def test_a_whole_run_prints_nothing_of_vllms(tiny_model: TinyModel, tmp_path: Path) -> None:
    settings = {
        **{"kind": "vllm_offline", "model": str(tiny_model.hf), "dtype": "float32"},
        **{"enforce_eager": True, "gpu_memory_utilization": 0.2},
    }
    done = shortlist(
        *("run", small_suite(tmp_path, settings), "--format", "json", "--out", tmp_path / "run"), cwd=tmp_path
    )
    assert done.code == 0, done.err
    assert done.json()["providers"]["candidate"]["outcomes"]["ok"] == PAIRS
    for word in ("Warning", "WARN", "INFO", "vllm/", "Traceback", "torch"):
        assert word not in done.err
    records = [json.loads(line) for line in (tmp_path / "run" / "records.jsonl").read_text().splitlines()]
    assert {len(json.loads(record["generation"]["text"])) for record in records} == {len(json.loads(ANSWER))}
