"""Configurations that are refused, and keys that are shown nowhere."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from shortlist.errors import InputError
from shortlist.suite.load import load_suite
from shortlist_providers import Provider, ProviderContext, ProviderUnavailable, load_kind
from support.providers import KEY, KEY_NAME, VARIANTS, build, context, request, started
from support.scripted_server import ScriptedServer

SERVED = sorted({variant.kind for variant in VARIANTS.values()})
served = pytest.mark.parametrize("kind", SERVED)


def configured(kind: str, **settings: Any) -> Any:
    return load_kind(kind).Config(kind=kind, model="m", **settings)  # type: ignore[call-arg]


@served
@pytest.mark.parametrize(
    "url",
    [
        "localhost:8000",
        "ftp://host/v1",
        "http://",
        "http://user:hunter2@host/v1",
        "http://host/v1?key=1",
        "http://host/v1#x",
        "http://ho st/v1",
        "http://host:99999/v1",
        "http://host:0",
    ],
)
def test_a_url_that_cannot_be_one_is_refused(kind: str, url: str) -> None:
    with pytest.raises(ValidationError, match="base_url"):
        configured(kind, base_url=url)


@pytest.mark.parametrize("key", ["sk-ant-api03-0123456789", "hf_abcdefghijKLMNOPqrstu"])
def test_a_key_in_place_of_its_name_is_not_shown(key: str, tmp_path: Path) -> None:
    (tmp_path / "suite.yaml").write_text(f"""
name: x
task: pro_output@1
dataset: resume_jd@1
providers: {{a: {{kind: custom_http, api_key_env: {key}}}}}
metrics: [schema]
""")
    with pytest.raises(InputError) as refused:
        load_suite(tmp_path / "suite.yaml", {})
    assert "no name of an environment variable" in str(refused.value)
    assert key not in str(refused.value)


@served
@pytest.mark.parametrize(
    ("settings", "where"),
    [
        ({"headers": {"Authorization": "Bearer x"}}, "api_key_env"),
        ({"headers": {"x-api-key": "x"}}, "api_key_env"),
        ({"headers": {"X-Auth-Token": "x"}}, "api_key_env"),
        ({"headers": {"CF-Access-Client-Secret": "x"}}, "api_key_env"),
        ({"headers": {"Modal-Key": "x"}}, "api_key_env"),
        ({"headers": {"X-Team": "a\r\nX-Evil: b"}}, "control character"),
        ({"headers": {"bad name": "x"}}, "not a header name"),
        ({"api_key_env": "sk-not-a-name"}, "api_key_env"),
        ({"api_key_env": "hf_abcdefghijKLMNOPqrstu"}, "api_key_env"),
        ({"api_key": "sk-1"}, "api_key"),
    ],
)
def test_secrets_are_named_never_written(kind: str, settings: dict[str, Any], where: str) -> None:
    with pytest.raises(ValidationError, match=where):
        configured(kind, **{"base_url": "http://host/v1", **settings})


@pytest.mark.parametrize("key", ["messages", "model", "stream", "stream_options"])
def test_extra_body_cannot_replace_what_is_measured(key: str) -> None:
    with pytest.raises(ValidationError, match="set by Shortlist"):
        configured("openai_compatible", base_url="http://host/v1", extra_body={key: 1})


@pytest.mark.parametrize(
    ("kind", "url", "pool"),
    [
        ("openai_compatible", "http://host/v1/", "http://host:80"),
        ("vllm", "https://host/v1", "https://host:443"),
        ("custom_http", "http://[::1]:8001", "http://[::1]:8001"),
        ("openai", "https://api.openai.com/v1", f"https://api.openai.com:443#{KEY_NAME}"),
        ("claude", "https://api.anthropic.com", f"https://api.anthropic.com:443#{KEY_NAME}"),
    ],
)
def test_providers_of_one_endpoint_or_account_share_a_pool(kind: str, url: str, pool: str) -> None:
    provider = load_kind(kind)
    config = provider.Config(kind=kind, model="m", base_url=url, api_key_env=KEY_NAME)  # type: ignore[call-arg]
    assert provider(config, context()).pool_key == pool


@served
@pytest.mark.parametrize("value", [None, "", "  ", "sk-1\nX-Evil: 1", "schlüssel"])
def test_a_key_that_cannot_be_sent_stops_the_start_and_is_not_shown(kind: str, value: str | None) -> None:
    provider = build(kind, "http://127.0.0.1:1")
    environment = {} if value is None else {KEY_NAME: value}
    provider.context = ProviderContext(provider.context.clock, provider.context.sleep, environment)
    with pytest.raises(ProviderUnavailable, match=KEY_NAME) as refusal:
        asyncio.run(provider.startup())
    assert not (value and value.strip() and value.strip() in str(refusal.value))


@served
def test_the_key_is_sent_and_shown_nowhere(kind: str) -> None:
    async def look(provider: Provider) -> list[str]:
        async with started(provider):
            generation = await provider.generate(request())
            return [
                repr(generation),
                repr(provider),
                repr(vars(provider)),
                repr(provider.config),
                repr(await provider.health()),
            ]

    with ScriptedServer(key=KEY) as server:
        shown = asyncio.run(look(build(kind, server.url)))
    assert [entry.behaviour for entry in server.log] == ["ok"]
    assert KEY in server.log[0].headers["authorization"]
    assert not [text for text in shown if KEY in text]


@served
def test_the_processs_own_environment_is_not_looked_at(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"):
        monkeypatch.setenv(name, "sk-of-the-process")
    for name in ("OPENAI_BASE_URL", "ANTHROPIC_BASE_URL", "HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1" if kind in ("openai", "claude") else "")

    async def once(url: str) -> None:
        async with started(build(kind, url)) as provider:
            assert (await provider.generate(request())).failure is None

    with ScriptedServer(key=KEY) as server:
        asyncio.run(once(server.url))
    assert "sk-of-the-process" not in repr(server.log)


def test_a_server_without_a_key_is_sent_none() -> None:
    async def once(url: str) -> None:
        async with started(build("openai_compatible", url, api_key_env=None, headers={"X-Team": "red"})) as provider:
            assert (await provider.generate(request())).failure is None

    with ScriptedServer() as server:
        asyncio.run(once(server.url))
    assert "authorization" not in server.log[0].headers
    assert server.log[0].headers["x-team"] == "red"
