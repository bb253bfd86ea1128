"""Start, stop, health, giving up half-way: nothing stays open and nothing warns."""

from __future__ import annotations

import asyncio
import gc
import json
import socket
import subprocess
import sys
import threading
import warnings
from collections.abc import Mapping
from typing import Any

import pytest

from shortlist_providers import ProviderUnavailable, load_kind, require_extra
from support.providers import KEY, VARIANTS, Variant, build, request, started
from support.scripted_server import ScriptedServer, hang, ok, raw, slow_chunks, status

every = pytest.mark.parametrize("variant", VARIANTS.values(), ids=VARIANTS)
SERVED = sorted({variant.kind for variant in VARIANTS.values()})
served = pytest.mark.parametrize("kind", SERVED)
BUILT_IN = [*SERVED, "replay", "fake"]


@every
@pytest.mark.parametrize("behaviour", [hang(), slow_chunks(chunk_delay=30)], ids=["hang", "stall"])
def test_a_request_that_is_given_up_leaves_nothing_behind(variant: Variant, behaviour: object) -> None:
    async def give_up(server: ScriptedServer) -> None:
        async with started(build(variant.kind, server.url, **variant.settings)) as provider:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.3):
                    await provider.generate(request())
            assert (await provider.generate(request("again"))).failure is None

    script = {"again": ok(), "Hello": behaviour if variant.streams else hang()}
    with ScriptedServer(script) as server, warnings.catch_warnings():  # type: ignore[arg-type]
        warnings.simplefilter("error")
        asyncio.run(give_up(server), debug=True)
        gc.collect()
    assert [entry.completed for entry in server.log] == [False, True]


@every
def test_many_at_once_are_kept_apart(variant: Variant) -> None:
    async def all_of_them(server: ScriptedServer) -> list[str | None]:
        async with started(build(variant.kind, server.url, **variant.settings)) as provider:
            asked = [provider.generate(request(f"prompt-{number}-")) for number in range(40)]
            return [generation.text for generation in await asyncio.gather(*asked)]

    script = {f"prompt-{number}-": ok(json.dumps({"n": number}), delay=0.01) for number in range(40)}
    with ScriptedServer(script) as server:
        texts = asyncio.run(all_of_them(server))
    assert [json.loads(text or "")["n"] for text in texts] == list(range(40))
    assert len(server.log) == 40
    assert server.most_at_once > 1


@served
def test_asking_before_the_start_or_after_the_stop_says_so(kind: str) -> None:
    provider = build(kind, "http://127.0.0.1:1")
    with pytest.raises(ProviderUnavailable, match="not been started"):
        asyncio.run(provider.generate(request()))
    with pytest.raises(ProviderUnavailable, match="not been started"):
        asyncio.run(provider.health())

    async def stopped() -> None:
        await provider.startup()
        await provider.shutdown()
        await provider.shutdown()  # also after a failed start, so it must bear being called twice
        await provider.generate(request())

    with pytest.raises(ProviderUnavailable, match="not been started"):
        asyncio.run(stopped())


# health


def health_of(kind: str, server: ScriptedServer | str, **settings: object) -> tuple[bool, str, dict[str, Any]]:
    async def once() -> tuple[bool, str, dict[str, Any]]:
        url = server if isinstance(server, str) else server.url
        async with started(build(kind, url, **settings)) as provider:
            health = await provider.health()
            return health.ok, health.detail, dict(health.facts)

    return asyncio.run(once())


@served
def test_a_server_that_answers_is_healthy(kind: str) -> None:
    with ScriptedServer() as server:
        healthy, detail, facts = health_of(kind, server)
    assert healthy, detail
    assert not server.log, "asking for health generates nothing"
    assert json.dumps(facts)
    if kind != "custom_http":
        assert facts["models"] == ["scripted"]
        assert facts["model_listed"] is True


@served
def test_a_server_that_is_down_is_not(kind: str) -> None:
    healthy, detail, _ = health_of(kind, "http://127.0.0.1:9")
    assert not healthy
    assert "cannot reach" in detail


@pytest.mark.parametrize("kind", [kind for kind in SERVED if kind != "custom_http"])
def test_a_refused_key_shows_in_health(kind: str) -> None:
    with ScriptedServer(key="another") as server:
        healthy, detail, _ = health_of(kind, server)
    assert not healthy
    assert "401" in detail


def test_a_model_that_is_not_listed_is_told() -> None:
    for kind, healthy in (("openai_compatible", True), ("openai", True), ("claude", True), ("vllm", False)):
        with ScriptedServer(models=["a", "b"]) as server:
            found = health_of(kind, server)
        assert found[0] is healthy, kind
        assert "scripted" in found[1]
        assert found[2]["models"] == ["a", "b"]
        assert found[2]["model_listed"] is False


@pytest.mark.parametrize("kind", ["openai_compatible", "openai", "claude"])
def test_a_server_without_a_list_of_models_answers_all_the_same(kind: str) -> None:
    with ScriptedServer() as server:
        healthy, detail, _ = health_of(kind, f"{server.url}/elsewhere")
    assert (healthy, detail) == (True, "answers, lists no models")


def test_vllm_tells_its_version_and_context_length() -> None:
    with ScriptedServer() as server:
        _, detail, facts = health_of("vllm", server)
    assert (facts["version"], facts["max_model_len"]) == ("0.32.0", 4096)
    assert "0.32.0" in detail


def test_a_custom_server_needs_no_health_page() -> None:
    with ScriptedServer() as server:
        assert health_of("custom_http", server) == (True, "answers", {"health": {"status": "ok"}})
        assert health_of("custom_http", f"{server.url}/elsewhere")[0] is True


@pytest.mark.parametrize("page", [b'{"log": "' + b"x" * 5000 + b'"}', b'{"status": "\\ud83d"}'])
def test_a_health_page_that_no_manifest_can_keep_is_left_out(page: bytes) -> None:
    assert health_page(page) == (True, "answers", {})


def test_a_health_page_that_echoes_the_key_is_kept_without_it() -> None:
    assert health_page(b'{"env": "' + KEY.encode() + b'"}') == (True, "answers", {"health": {"env": "[redacted]"}})


def health_page(page: bytes) -> tuple[bool, str, Mapping[str, Any]]:
    """What a custom server with this page under /health is said to be."""
    reply = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nContent-Type: application/json\r\n\r\n%b" % (len(page), page)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(reply)

        thread = threading.Thread(target=answer)
        thread.start()
        found = health_of("custom_http", f"http://127.0.0.1:{listening.getsockname()[1]}")
        thread.join()
    return found


# imports


def modules_after(statement: str) -> set[str]:
    code = f"{statement}\nimport sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_the_package_imports_no_client() -> None:
    assert not {"aiohttp", "openai", "anthropic", "httpx2"} & modules_after("import shortlist_providers")


@pytest.mark.parametrize("kind", BUILT_IN)
def test_loading_a_kind_imports_no_sdk(kind: str) -> None:
    loaded = modules_after(f"import shortlist_providers as s; s.load_kind({kind!r}); s.require_extra({kind!r})")
    assert not {"openai", "anthropic", "httpx2"} & loaded
    if kind in ("replay", "fake", "openai", "claude"):
        assert "aiohttp" not in loaded


def test_the_sdks_are_extras() -> None:
    for kind, extra, module in (("openai", "openai", "openai"), ("claude", "claude", "anthropic")):
        require_extra(kind)
        assert (load_kind(kind).extra, load_kind(kind).requires) == (extra, (module,))


# the scripted server itself


def test_the_log_tells_what_was_asked_in_order() -> None:
    async def three(server: ScriptedServer) -> None:
        async with started(build("openai_compatible", server.url)) as provider:
            for prompt in ("one", "two", "two"):
                await provider.generate(request(prompt))

    with ScriptedServer({"two": [status(500), raw(b"{}", name="odd")]}, default=ok("fine")) as server:
        asyncio.run(three(server))
        assert [(entry.index, entry.behaviour, entry.completed) for entry in server.log] == [
            (1, "ok", True),
            (2, "status_500", True),
            (3, "odd", True),
        ]
    assert server.log[1].body["messages"][1]["content"] == "two"
    assert server.log[0].path == "/v1/chat/completions"
