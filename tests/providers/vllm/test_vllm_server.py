"""The kind `vllm` against a real server on the tiny model."""

from __future__ import annotations

import asyncio
import json
import time
import unicodedata
import urllib.request
from importlib import import_module
from pathlib import Path

import jsonschema_rs
import pytest

from providers.vllm.driving import (
    NESTED,
    WORDS,
    VllmServer,
    asked,
    constrained,
    running,
    served,
    start_server,
)
from shortlist_providers import Failure, FailureKind, FailureScope, FinishReason, Generation, Provider, Request, Usage
from shortlist_providers.vllm.metrics import samples
from support.conformance.texts import UNICODE, long_prompt, saying, tokens_of
from support.tiny_model import TinyModel

pytestmark = pytest.mark.vllm
COMPOSED = unicodedata.normalize("NFC", UNICODE)
"""What vLLM's tokenizer for Qwen2 models can write under a grammar that forces it."""
STREAMS = pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])


def ask(provider: Provider, *requests: Request) -> list[Generation]:
    """All requests at once."""

    async def all_of_them() -> list[Generation]:
        async with running(provider):
            return list(await asyncio.gather(*map(provider.generate, requests)))

    return asyncio.run(all_of_them())


def test_streaming_changes_nothing_but_what_is_known_of_the_time(
    vllm_server: VllmServer, tiny_model: TinyModel
) -> None:
    (streamed,) = ask(served(vllm_server, stream=True), asked())
    (whole,) = ask(served(vllm_server, stream=False), asked())
    assert streamed.text
    assert (streamed.text, streamed.finish_reason, streamed.model) == (whole.text, whole.finish_reason, "tiny")
    for generation in (streamed, whole):
        usage = generation.usage
        assert usage.output == 48
        assert (usage.input or 0) + (usage.cached_read or 0) == tokens_of(asked().messages, tiny_model)
    assert whole.timings.first_token is None
    first = streamed.timings.first_token
    assert first is not None
    assert streamed.timings.sent < first < streamed.timings.last_token


@pytest.mark.parametrize("way", ["json_schema", "structured_outputs"])
def test_a_nested_schema_with_ranges_is_held_to_at_temperature_1(vllm_server: VllmServer, way: str) -> None:
    requests = [constrained(NESTED, WORDS[n % 8], temperature=1.0, seed=n, max_tokens=1500) for n in range(16)]
    validator = jsonschema_rs.validator_for(dict(NESTED))
    generations = ask(served(vllm_server, structured=way), *requests)
    for generation in generations:
        assert (generation.failure, generation.unhonoured) == (None, ())
        validator.validate(json.loads(generation.text or ""))
    assert len({generation.text for generation in generations}) > 8


@STREAMS
def test_unicode_arrives_whole(vllm_server: VllmServer, stream: bool) -> None:
    request = constrained(saying(COMPOSED), UNICODE, max_tokens=400)
    (generation,) = ask(served(vllm_server, stream=stream), request)
    assert list(json.loads(generation.text or "").values()) == [COMPOSED]


@STREAMS
def test_truncation(vllm_server: VllmServer, stream: bool) -> None:
    (generation,) = ask(served(vllm_server, stream=stream), asked(max_tokens=5))
    assert generation.failure is not None
    assert generation.failure.kind is FailureKind.TRUNCATED
    assert (generation.finish_reason, generation.usage.output) == (FinishReason.LENGTH, 5)
    assert generation.text


def test_a_long_prompt_and_its_second_reading_from_the_cache(vllm_server: VllmServer, tiny_model: TinyModel) -> None:
    long = asked(long_prompt(tiny_model), max_tokens=4)
    (first,) = ask(served(vllm_server), long)
    (second,) = ask(served(vllm_server), long)
    total = (first.usage.input or 0) + (first.usage.cached_read or 0)
    assert total > 11_500
    assert second.text == first.text
    assert (second.usage.input or 0) + (second.usage.cached_read or 0) == total
    assert (second.usage.cached_read or 0) > 10_000


def test_too_long_a_prompt_too_many_tokens_and_an_unknown_keyword_fail_for_themselves(vllm_server: VllmServer) -> None:
    strange = {"type": "object", "properties": {"a": {"not": {"const": 1}}}}
    requests = [asked("nurse " * 20_000), asked(max_tokens=20_000), constrained(strange), asked(max_tokens=4)]
    *failed, good = ask(served(vllm_server), *requests)
    for generation, complaint in zip(failed, ["maximum context length", "max_tokens=20000", "not"], strict=True):
        failure = generation.failure
        assert failure is not None
        assert (failure.kind, failure.scope, failure.status) == (FailureKind.PERMANENT, FailureScope.REQUEST, 400)
        assert complaint in failure.message
    assert good.text


def test_an_adapter_is_asked_for_by_its_name(vllm_server: VllmServer) -> None:
    (base,) = ask(served(vllm_server), asked())
    (adapted,) = ask(served(vllm_server, "adapter"), asked())
    assert (base.model, adapted.model) == ("tiny", "adapter")
    assert base.text != adapted.text


def test_an_unknown_model_concerns_every_request(vllm_server: VllmServer) -> None:
    (generation,) = ask(served(vllm_server, "no-such-model"), asked())
    failure = generation.failure
    assert failure is not None
    assert (failure.kind, failure.scope, failure.status) == (FailureKind.PERMANENT, FailureScope.PROVIDER, 404)
    assert "no-such-model" in failure.message


def test_seeds(vllm_server: VllmServer) -> None:
    seeded = [asked(temperature=1.0, seed=seed) for seed in (1, 1, 2)]
    one, same, other = [ask(served(vllm_server), request)[0].text for request in seeded]
    assert one == same != other


def test_eight_at_once_are_kept_apart(vllm_server: VllmServer) -> None:
    alone = [ask(served(vllm_server), constrained(saying(word), word))[0].text for word in WORDS]
    together = ask(served(vllm_server), *(constrained(saying(word), word) for word in WORDS))
    assert [generation.text for generation in together] == alone
    assert len(set(alone)) == 8


def test_what_is_given_up_half_way_ends_on_the_server_too(vllm_server: VllmServer) -> None:
    async def give_up() -> Generation:
        provider = served(vllm_server)
        async with running(provider):
            long = asyncio.create_task(provider.generate(asked(max_tokens=12_000)))
            while not (await load(provider))["requests_running"]:
                assert not long.done()
            long.cancel()
            await asyncio.gather(long, return_exceptions=True)
            assert long.cancelled()
            while (await load(provider))["requests_running"]:
                await asyncio.sleep(0.05)
            return await provider.generate(asked())

    assert asyncio.run(give_up()).text


async def load(provider: Provider) -> dict[str, int]:
    found = await provider.health()
    assert found.ok, found.detail
    return dict(found.facts["load"])


def test_a_server_that_dies_half_way(tiny_model: TinyModel, tmp_path: Path, vllm_server: VllmServer) -> None:
    server = start_server(tiny_model, tmp_path)

    async def outlive() -> tuple[Generation, Generation]:
        provider = served(server)
        async with running(provider):
            long = asyncio.create_task(provider.generate(asked(max_tokens=12_000)))
            while not (await load(provider))["requests_running"]:
                assert not long.done()
            server.kill()
            assert await provider.closing_facts() == {}
            return await long, await provider.generate(asked())

    try:
        during, after = asyncio.run(outlive())
    finally:
        server.stop()
    assert during.failure is not None
    assert (during.failure.kind, during.failure.scope) == (FailureKind.TRANSIENT, FailureScope.REQUEST)
    assert isinstance(after.failure, Failure)
    assert (after.failure.kind, after.failure.scope) == (FailureKind.TRANSIENT, FailureScope.PROVIDER)
    assert "cannot reach the server" in after.failure.message


def test_the_facts_of_a_real_server(vllm_server: VllmServer, tiny_model: TinyModel) -> None:
    async def facts(model: str) -> dict[str, object]:
        provider = served(vllm_server, model)
        async with running(provider):
            found = await provider.health()
            assert found.ok, found.detail
            return dict(found.facts)

    version = import_module("vllm").__version__
    found = asyncio.run(facts("tiny"))
    wanted = {
        "version": version.partition("+")[0],
        "models": ["tiny", "adapter"],
        "model_listed": True,
        "root": str(tiny_model.hf),
        "max_model_len": 16_384,
        "dtype": "float32",
        "structured_outputs_backend": "guidance",
        "disable_any_whitespace": True,
        "enable_prefix_caching": True,
        "generation_config": "auto",
        "tensor_parallel_size": 1,
        "block_size": 128,
    }
    assert {**found, **wanted} == found
    assert isinstance(found["num_gpu_blocks"], int)
    assert json.dumps(found)
    adapted = asyncio.run(facts("adapter"))
    assert (adapted["parent"], adapted["max_model_len"]) == ("tiny", 16_384)


def test_closing_facts_tell_what_the_run_has_cost_the_server(vllm_server: VllmServer) -> None:
    text = f"{time.time_ns()} " + "nurse " * 400  # several blocks of the cache, that nobody has asked for before

    async def sitting() -> tuple[dict[str, float], list[Usage]]:
        provider = served(vllm_server)
        async with running(provider):
            await provider.health()
            usages = [(await provider.generate(asked(text, max_tokens=8))).usage for _ in range(3)]
            return dict(await provider.closing_facts()), usages

    facts, usages = asyncio.run(sitting())
    read = [usage.cached_read or 0 for usage in usages]
    prompts = [(usage.input or 0) + (usage.cached_read or 0) for usage in usages]
    assert read[0] < read[1] == read[2]
    assert facts["prefix_cache_hit_share"] == pytest.approx(sum(read) / sum(prompts), abs=1e-3)
    assert (facts["requests_finished"], facts["generation_tokens"], facts["preemptions"]) == (3, 24, 0)
    assert facts["prompt_tokens"] == sum(prompts)
    assert facts["mean_queue_seconds"] >= 0


def test_our_reading_of_the_page_is_prometheus_own(vllm_server: VllmServer) -> None:
    with urllib.request.urlopen(f"{vllm_server.url}/metrics") as answer:
        page = answer.read().decode()
    parser = import_module("prometheus_client.parser")
    theirs = [
        (sample.name, sample.labels, sample.value)
        for family in parser.text_string_to_metric_families(page)
        for sample in family.samples
    ]
    ours = [(sample.name, dict(sample.labels), sample.value) for sample in samples(page)]
    assert ours == theirs
    assert len(ours) > 200
