"""What enters the manifest of a vLLM server, from pages that vLLM 0.32.0 has written."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from shortlist_providers import Health
from shortlist_providers.vllm import Vllm, VllmConfig
from support.providers import KEY, KEY_NAME, SCHEMA, Variant, ask, context, request, started
from support.scripted_server import ScriptedServer

PAGES = Path(__file__).parent / "pages"
METRICS = (PAGES / "metrics-0.32.0.txt").read_text()
REAL: Mapping[str, tuple[int, str]] = {
    "/version": (200, '{"version": "0.32.0"}'),
    "/v1/models": (200, (PAGES / "models-0.32.0.json").read_text()),
    "/metrics": (200, METRICS),
    "/server_info": (200, (PAGES / "server_info-0.32.0.json").read_text()),
}
NOT_FOUND = (404, '{"detail":"Not Found"}')


@contextmanager
def serving(pages: dict[str, tuple[int, str]]) -> Iterator[str]:
    """A server with these pages, which may change while it runs; yields its URL."""
    loop = asyncio.new_event_loop()
    up, stop = threading.Event(), asyncio.Event()
    port: list[int] = []

    async def answer(asked: web.Request) -> web.StreamResponse:
        code, body = pages.get(asked.path, NOT_FOUND)
        if body == "hang":
            await stop.wait()
        response = web.StreamResponse(status=code, headers={"Content-Type": "application/json"})
        await response.prepare(asked)
        half = len(body) // 2
        for piece in (body[:half], body[half:]):  # a long page comes in pieces
            await response.write(piece.encode())
            await asyncio.sleep(0.01)
        await response.write_eof()
        return response

    async def serve() -> None:
        application = web.Application()
        application.router.add_get("/{path:.*}", answer)
        runner = web.AppRunner(application, shutdown_timeout=0.2)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port.append(runner.addresses[0][1])
        up.set()
        await stop.wait()
        await runner.cleanup()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert up.wait(10)
    try:
        yield f"http://127.0.0.1:{port[0]}"
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()


def provider(url: str, model: str = "tiny") -> Vllm:
    return Vllm(VllmConfig(base_url=f"{url}/v1", model=model, api_key_env=KEY_NAME), context())


def health(pages: Mapping[str, tuple[int, str]], model: str = "tiny") -> Health:
    async def once(url: str) -> Health:
        async with started(provider(url, model)) as asked:
            return await asked.health()

    with serving(dict(pages)) as url:
        return asyncio.run(once(url))


def test_a_server_in_development_mode_tells_everything() -> None:
    found = health(REAL)
    assert found.ok, found.detail
    assert dict(found.facts) == {
        "version": "0.32.0",
        "models": ["tiny", "adapter"],
        "model_listed": True,
        "max_model_len": 16384,
        "root": "/models/tiny",
        "dtype": "float32",
        "enforce_eager": True,
        "generation_config": "auto",
        "enable_prefix_caching": True,
        "tensor_parallel_size": 1,
        "pipeline_parallel_size": 1,
        "data_parallel_size": 1,
        "max_num_seqs": 128,
        "max_num_batched_tokens": 2048,
        "device": "cpu",
        "structured_outputs_backend": "guidance",
        "disable_any_whitespace": False,
        "block_size": 128,
        "kv_cache_dtype": "auto",
        "gpu_memory_utilization": 0.2,
        "num_gpu_blocks": 2048,
        "kv_cache_size_tokens": 262144,
        "load": {"requests_running": 0, "requests_waiting": 0, "kv_cache_usage": 0},
    }
    assert json.dumps(dict(found.facts))


def test_an_adapter_has_its_base_model_and_that_models_context() -> None:
    facts = health({**REAL, "/server_info": NOT_FOUND, "/metrics": NOT_FOUND}, "adapter").facts
    assert (facts["parent"], facts["root"], facts["max_model_len"]) == ("tiny", "/adapters/tiny", 16384)


ODD = [NOT_FOUND, (200, "<html>It works!</html>"), (200, ""), (500, "x"), (200, "[]"), (200, "\x00")]
FORBIDDEN = (403, "{}")  # under /version, it is a refused key: test_lifecycle


@pytest.mark.parametrize(
    ("page", "answer"),
    [
        *((page, answer) for page in ("/metrics", "/server_info", "/version") for answer in ODD),
        ("/metrics", FORBIDDEN),
        ("/metrics", (500, METRICS)),
        ("/server_info", FORBIDDEN),
    ],
)
def test_pages_that_are_missing_or_odd_leave_facts_out_and_nothing_else(page: str, answer: tuple[int, str]) -> None:
    found = health({**REAL, page: answer})
    assert found.ok, found.detail
    assert found.facts["max_model_len"] == 16384
    absent = {"/metrics": "num_gpu_blocks", "/server_info": "dtype", "/version": "version"}[page]
    assert absent not in found.facts


def test_a_page_that_never_comes_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shortlist_providers.vllm.server._PAGE_SECONDS", 0.2)
    found = health({**REAL, "/server_info": (200, "hang")})
    assert found.ok
    assert "dtype" not in found.facts
    assert found.facts["num_gpu_blocks"] == 2048


# the end of a sitting


def closing(before: str | None, after: str | None, *, asked_before: bool = True) -> Mapping[str, Any]:
    def page(text: str | None) -> tuple[int, str]:
        return NOT_FOUND if text is None else (200, text)

    async def sitting(pages: dict[str, tuple[int, str]], url: str) -> Mapping[str, Any]:
        async with started(provider(url)) as running:
            if asked_before:
                await running.health()
            pages["/metrics"] = page(after)
            return await running.closing_facts()

    pages = {**REAL, "/metrics": page(before)}
    with serving(pages) as url:
        return asyncio.run(sitting(pages, url))


def test_closing_facts_are_differences() -> None:
    grown = METRICS.replace(
        'vllm:prefix_cache_queries_total{engine="0",model_name="tiny"} 30.0',
        'vllm:prefix_cache_queries_total{engine="0",model_name="tiny"} 130.0',
    )
    grown = grown.replace(
        'vllm:prefix_cache_hits_total{engine="0",model_name="tiny"} 0.0',
        'vllm:prefix_cache_hits_total{engine="0",model_name="tiny"} 60.0',
    )
    grown = grown.replace(
        'vllm:generation_tokens_total{engine="0",model_name="tiny"} 28.0',
        'vllm:generation_tokens_total{engine="0",model_name="tiny"} 78.0',
    )
    assert closing(METRICS, grown) == {
        "requests_finished": 0,
        "prompt_tokens": 0,
        "generation_tokens": 50,
        "preemptions": 0,
        "prefix_cache_hit_share": 0.6,
    }


def test_closing_facts_count_from_the_first_health() -> None:
    """A server that is started for the run is asked how it is more than once."""
    tokens = 'vllm:generation_tokens_total{engine="0",model_name="tiny"} '

    async def sitting(pages: dict[str, tuple[int, str]], url: str) -> Mapping[str, Any]:
        async with started(provider(url)) as running:
            for count in (28, 128, 228):
                pages["/metrics"] = (200, METRICS.replace(f"{tokens}28.0", f"{tokens}{count}"))
                await running.health()
            return await running.closing_facts()

    pages = dict(REAL)
    with serving(pages) as url:
        assert asyncio.run(sitting(pages, url))["generation_tokens"] == 200


@pytest.mark.parametrize(("before", "after"), [(None, METRICS), (METRICS, None), (METRICS, "<html>"), (None, None)])
def test_without_two_pages_there_are_no_closing_facts(before: str | None, after: str | None) -> None:
    assert closing(before, after) == {}


def test_without_a_first_page_there_are_no_closing_facts() -> None:
    assert closing(METRICS, METRICS, asked_before=False) == {}


def test_a_server_that_is_gone_has_no_closing_facts() -> None:
    async def outlive() -> Mapping[str, Any]:
        with serving(dict(REAL)) as url:
            running = provider(url)
            await running.startup()
            await running.health()
        try:
            return await running.closing_facts()
        finally:
            await running.shutdown()

    assert asyncio.run(outlive()) == {}


# vLLM's own key for schemas


def test_the_schema_goes_under_vllms_own_key() -> None:
    with ScriptedServer() as server:
        generation = ask(Variant("vllm", {"structured": "structured_outputs"}), server)
        plain = ask(Variant("vllm", {"structured": "structured_outputs"}), server, request(schema=None))
    assert server.log[0].body["structured_outputs"] == {"json": dict(SCHEMA)}
    assert "response_format" not in server.log[0].body
    assert not {"structured_outputs", "response_format"} & set(server.log[1].body)
    assert (generation.unhonoured, plain.unhonoured) == ((), ())


@pytest.mark.parametrize(
    ("extra", "sent"),
    [
        ({"structured_outputs": {"regex": "a"}}, ("structured_outputs",)),
        ({"response_format": {"type": "text"}}, ("response_format",)),
    ],
)
def test_what_extra_body_says_of_the_output_stands(extra: dict[str, Any], sent: tuple[str, ...]) -> None:
    with ScriptedServer() as server:
        ask(Variant("vllm", {"structured": "structured_outputs", "extra_body": extra}), server)
    body = server.log[0].body
    assert tuple(key for key in ("structured_outputs", "response_format") if key in body) == sent
    assert body[sent[0]] == extra[sent[0]]


@pytest.mark.parametrize("way", ["json_object", "none"])
def test_a_schema_that_is_not_passed_on_is_recorded(way: str) -> None:
    with ScriptedServer() as server:
        generation = ask(Variant("vllm", {"structured": way}), server)
    assert generation.unhonoured == ("schema",)
    assert server.log[0].body.get("response_format") == ({"type": "json_object"} if way == "json_object" else None)


def test_the_key_is_in_no_fact() -> None:
    pages = {
        **REAL,
        "/server_info": (
            200,
            json.dumps({"vllm_config": {"model_config": {"dtype": "auto"}}, "vllm_env": {"VLLM_API_KEY": KEY}}),
        ),
    }
    assert KEY not in json.dumps(dict(health(pages).facts))
