"""Each preset asks in its product's dialect, records what the product lacks, and keeps what it says of itself."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import ValidationError

from shortlist_providers import FailureKind, Generation, Health, Provider, Request, Usage, load_kind
from support.dialects import (
    Answer,
    Dialect,
    DialectServer,
    completion,
    events,
    llama_server,
    llama_server_loading,
    model_list,
    ollama,
    runpod,
    said,
    sglang,
    tgi,
)
from support.providers import KEY, KEY_NAME, SCHEMA, build, request, started

KIND = "openai_compatible"
CHANCE = {"temperature": 0.7, "top_p": 0.9, "seed": 7, "stop": ("END",), "max_tokens": 321}


def provider_of(server: DialectServer, name: str, **settings: Any) -> Provider:
    path = {"runpod": "/v2/abc123/openai/v1", "ollama_native": ""}.get(name, "/v1")
    return build(KIND, server.url, **{"server": name, "base_url": f"{server.url}{path}", **settings})


def ask(
    dialect: Dialect, name: str, asked: Request | None = None, **settings: Any
) -> tuple[Generation, Mapping[str, Any]]:
    """The generation, and the body that was sent for it."""

    async def once(server: DialectServer) -> Generation:
        async with started(provider_of(server, name, **settings)) as provider:
            return await provider.generate(asked or request(sampling=CHANCE))

    with DialectServer(dialect) as server:
        generation = asyncio.run(once(server))
    return generation, server.generations[-1].body


def health_of(dialect: Dialect, name: str, **settings: Any) -> tuple[Health, Provider, list[str]]:
    """What it says of itself, the provider after that, and which pages were asked for."""

    async def once(server: DialectServer) -> tuple[Health, Provider]:
        async with started(provider_of(server, name, **settings)) as provider:
            return await provider.health(), provider

    with DialectServer(dialect) as server:
        health, provider = asyncio.run(once(server))
    assert json.dumps(dict(health.facts))
    assert KEY not in repr(health)
    return health, provider, [asked.path for asked in server.log]


# how a schema is passed on, and what is recorded


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(
    ("name", "dialect", "form"),
    [
        ("llama_server", llama_server, "json_schema"),
        ("ollama", ollama, "json_schema"),
        ("sglang", sglang(True), "json_schema"),
        ("runpod", runpod({"idle": 1}), "json_schema"),
        ("cloud_run", llama_server, "json_schema"),
    ],
)
def test_a_schema_goes_by_the_usual_form(name: str, dialect: Dialect, form: str, stream: bool) -> None:
    generation, body = ask(dialect, name, stream=stream, model="resumemate")
    assert generation.failure is None, generation.failure
    assert body["response_format"]["type"] == form
    assert body["response_format"]["json_schema"]["schema"] == SCHEMA
    assert generation.usage == Usage(input=20, output=5)
    assert "schema" not in generation.unhonoured


@pytest.mark.parametrize("stream", [True, False])
def test_tgi_gets_its_own_form_and_refuses_openais(stream: bool) -> None:
    generation, body = ask(tgi, "tgi", stream=stream)
    assert (generation.failure, generation.unhonoured) == (None, ())
    assert body["response_format"] == {"type": "json_object", "value": SCHEMA}
    refused, _ = ask(tgi, "tgi", stream=stream, structured="json_schema")
    assert refused.failure is not None
    assert refused.failure.status == 422


@pytest.mark.parametrize("name", ["mlx", "transformers_serve"])
def test_a_server_that_knows_no_schemas_is_sent_none(name: str) -> None:
    generation, body = ask(completion, name)
    assert "response_format" not in body
    assert "schema" in generation.unhonoured
    assert "schema" not in ask(completion, name, request(schema=None))[0].unhonoured
    _, body = ask(completion, name, structured="json_object")
    assert body["response_format"] == {"type": "json_object"}


def test_llama_cpp_python_gets_the_schema_beside_json_object() -> None:
    _, body = ask(completion, "llama_cpp_python", stream=False)
    assert body["response_format"] == {"type": "json_object", "schema": SCHEMA}


WIDE = {
    "type": "object",
    "properties": {
        "score": {"type": "integer", "minimum": 0, "maximum": 100},
        "ratio": {"type": "number", "exclusiveMinimum": 0},
        "tags": {"type": "array", "items": {"type": "string", "format": "email"}, "uniqueItems": True, "maxItems": 3},
        "start": {"$ref": "#/$defs/day"},
        "not": {"type": "string"},
        "then": {"anyOf": [{"type": "string", "pattern": "^a$"}, {"type": "integer", "multipleOf": 5}]},
    },
    "additionalProperties": {"type": "string", "pattern": "a"},
    "$defs": {"day": {"type": "string", "format": "date"}},
}
SKIPPED = ("exclusiveMinimum", "format", "multipleOf", "pattern", "uniqueItems")


@pytest.mark.parametrize(
    ("name", "skipped"),
    [
        ("llama_server", SKIPPED),
        ("ollama", SKIPPED),
        ("llama_cpp_python", tuple(sorted((*SKIPPED, "minimum", "maximum")))),
        ("sglang", ()),
        ("generic", ()),
    ],
)
def test_keywords_that_a_grammar_skips_are_recorded(name: str, skipped: tuple[str, ...]) -> None:
    generation, _ = ask(completion, name, request(schema=WIDE))
    assert generation.unhonoured == tuple(f"schema:{keyword}" for keyword in skipped)


@pytest.mark.parametrize(
    ("types", "skipped"), [(["integer", "null"], ()), (["number", "null"], ("schema:minimum",)), ([], ())]
)
def test_a_list_of_types_is_a_schema_like_any_other(types: list[str], skipped: tuple[str, ...]) -> None:
    schema = {"type": "object", "properties": {"age": {"type": types, "minimum": 1}, "name": {"type": types}}}
    generation, _ = ask(completion, "llama_server", request(schema=schema))
    assert (generation.failure, generation.unhonoured) == (None, skipped)


def test_a_list_of_types_leaves_nothing_else_in_llama_cpp_python() -> None:
    schema = {
        "type": "object",
        "properties": {
            "level": {"type": ["string", "null"], "enum": ["mid", None], "description": "of seniority"},
            "day": {"type": ["string", "null"], "maxLength": 10, "anyOf": [{"type": "string", "minLength": 1}]},
        },
    }
    generation, _ = ask(completion, "llama_cpp_python", request(schema=schema))
    assert generation.unhonoured == ("schema:enum", "schema:maxLength")


def test_the_keyword_walk_is_made_once_for_a_schema() -> None:
    async def twice(server: DialectServer) -> list[Generation]:
        async with started(provider_of(server, "llama_server")) as provider:
            return [await provider.generate(request(schema=WIDE)) for _ in range(2)]

    with DialectServer(completion) as server:
        first, second = asyncio.run(twice(server))
    assert first.unhonoured == second.unhonoured != ()


def test_settings_are_left_out_where_the_suite_says_so() -> None:
    generation, body = ask(completion, "generic", omit=["seed", "top_p"])
    assert not {"seed", "top_p"} & set(body)
    assert (body["temperature"], body["stop"]) == (0.7, ["END"])
    assert generation.unhonoured == ("top_p", "seed")
    asked = request(sampling={"temperature": 0.0})
    assert ask(completion, "generic", asked, omit=["seed"])[0].unhonoured == (), "what was not asked is not lost"


# seeds


def test_sglangs_seeds_are_in_doubt_until_it_says_otherwise() -> None:
    generation, body = ask(sglang(True), "sglang")
    assert (generation.unhonoured, body["seed"]) == (("seed",), 7)


@pytest.mark.parametrize("page", ["/server_info", "/get_server_info"])
@pytest.mark.parametrize("deterministic", [True, False])
def test_sglang_says_whether_seeds_hold(deterministic: bool, page: str) -> None:
    health, provider, _ = health_of(sglang(deterministic, page), "sglang")
    assert provider.capabilities.seeds is deterministic
    assert health.facts["enable_deterministic_inference"] is deterministic
    assert health.facts["version"] == "0.5.9"
    assert "api_key" not in health.facts
    assert type(provider).capabilities.seeds is True, "another server of the kind is not concerned"


def test_once_sglang_has_said_so_seeds_are_not_in_doubt() -> None:
    async def once(server: DialectServer) -> Generation:
        async with started(provider_of(server, "sglang")) as provider:
            await provider.health()
            return await provider.generate(request(sampling=CHANCE))

    with DialectServer(sglang(True)) as server:
        assert asyncio.run(once(server)).unhonoured == ()


def test_nothing_about_chance_is_in_doubt_without_chance() -> None:
    greedy = request(sampling={**CHANCE, "temperature": 0.0}, schema=None)
    assert ask(completion, "transformers_serve", greedy)[0].unhonoured == ("stop",)
    warm = request(sampling=CHANCE, schema=None)
    assert ask(completion, "transformers_serve", warm)[0].unhonoured == ("temperature", "top_p", "seed", "stop")


# usage


@pytest.mark.parametrize("name", ["llama_cpp_python", "transformers_serve"])
def test_a_stream_whose_usage_cannot_be_asked_for_is_not_asked(name: str) -> None:
    generation, body = ask(completion, name)
    assert "stream_options" not in body
    assert generation.usage == Usage(), "missing usage is unknown"


def test_a_stream_that_makes_way_for_another_request_is_no_answer() -> None:
    """llama-cpp-python's server says [DONE] in the middle, and nothing of why."""
    part = {"id": "1", "model": "m", "choices": [{"index": 0, "delta": {"content": "ye"}, "finish_reason": None}]}
    broken_off, _ = ask(lambda asked: events(part), "llama_cpp_python")
    assert broken_off.failure is not None
    assert broken_off.failure.kind is FailureKind.TRANSIENT
    assert "--interrupt_requests false" in broken_off.failure.message
    assert broken_off.text == "ye"
    assert ask(completion, "llama_cpp_python")[0].failure is None
    assert ask(completion, "llama_cpp_python", stream=False)[0].failure is None


# capabilities and facts


@pytest.mark.parametrize(
    ("name", "schema", "seeds", "lacks"),
    [
        ("generic", True, True, []),
        ("llama_server", True, True, []),
        ("llama_cpp_python", True, True, ["usage in streams"]),
        ("mlx", False, True, ["schema", "stop"]),
        ("sglang", True, False, ["seed (not certain)"]),
        (
            "transformers_serve",
            False,
            False,
            ["schema", *(f"{name} (not certain)" for name in ("seed", "stop", "temperature", "top_p"))],
        ),
    ],
)
def test_what_a_server_lacks_is_shown(name: str, schema: bool, seeds: bool, lacks: list[str]) -> None:
    health, provider, _ = health_of(lambda asked: model_list("scripted"), name)
    assert (provider.capabilities.structured_output, provider.capabilities.seeds) == (schema, seeds)
    assert health.facts["lacks"] == lacks
    assert health.facts["server"] == name


def test_llama_servers_facts() -> None:
    health, _, _ = health_of(llama_server, "llama_server")
    assert health.ok
    assert "b8681-abc" in health.detail
    assert "whatever the name" in health.detail
    assert health.facts["context_length"] == 16384
    assert health.facts["slots"] == 2
    assert health.facts["sleeping"] is False
    assert health.facts["model_path"].endswith("Q4_K_M.gguf")
    assert health.facts["model_listed"] is False


def test_a_server_that_is_loading_its_model_is_not_ready() -> None:
    for name in ("llama_server", "generic"):
        health, _, _ = health_of(llama_server_loading, name)
        assert not health.ok
        assert "Loading model" in health.detail


def test_tgis_facts() -> None:
    health, _, _ = health_of(tgi, "tgi")
    assert health.ok
    assert (health.facts["version"], health.facts["model_sha"]) == ("3.3.4", "abc123")
    assert (health.facts["context_length"], health.facts["slots"]) == (16384, 128)


@pytest.mark.parametrize("name", ["ollama", "ollama_native"])
def test_ollamas_facts(name: str) -> None:
    health, _, _ = health_of(ollama, name, model="resumemate")
    assert health.ok
    assert health.facts["model_listed"] is True
    assert health.facts["version"] == "0.32.9"
    assert (health.facts["digest"], health.facts["quantization"]) == ("a80c4f17acd5", "Q4_K_M")
    assert health.facts["loaded_context_length"] == 4096


@pytest.mark.parametrize("name", ["ollama", "ollama_native"])
def test_a_model_that_ollama_does_not_have_cannot_be_used(name: str) -> None:
    health, _, _ = health_of(ollama, name, model="another")
    assert not health.ok
    assert "ollama pull another" in health.detail
    assert "digest" not in health.facts, "what it says of another model is no fact about ours"


@pytest.mark.parametrize("odd", [[], "text", {"models": 3}, {"version": {"a": {"b": 1}}}, {"version": None}])
def test_pages_that_say_something_else_bring_no_facts(odd: Any) -> None:
    health, _, _ = health_of(lambda asked: said(odd), "ollama_native")
    assert not {"version", "digest"} & {name for name, value in health.facts.items() if value}


def test_facts_are_short_and_without_the_key() -> None:
    page = {"version": f"v {KEY} " + "x" * 5000, "model_path": 7, "context_length": 1.5}
    endless = json.dumps(page).encode().replace(b"1.5", b'1.5, "dtype": 1e999')
    health, _, _ = health_of(lambda asked: Answer([endless]), "sglang")
    assert health.facts["version"].startswith("v [redacted] x")
    assert len(health.facts["version"]) == 300
    assert (health.facts["model_path"], health.facts["context_length"]) == (7, 1.5)
    assert "dtype" not in health.facts


# configuration


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("ollama", "http://127.0.0.1:11434/v1"),
        ("ollama_native", "http://127.0.0.1:11434"),
        ("llama_server", "http://127.0.0.1:8080/v1"),
        ("mlx", "http://127.0.0.1:8080/v1"),
        ("sglang", "http://127.0.0.1:30000/v1"),
    ],
)
def test_a_products_usual_address_need_not_be_written(name: str, url: str) -> None:
    assert load_kind(KIND).Config(kind=KIND, server=name, model="m").base_url == url  # type: ignore[call-arg, attr-defined]


@pytest.mark.parametrize("settings", [{}, {"server": "runpod"}, {"server": "cloud_run"}])
def test_an_address_that_nobody_can_guess_must_be_written(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="base_url"):
        load_kind(KIND).Config(kind=KIND, model="m", **settings)  # type: ignore[call-arg]


def test_the_schema_for_editors_does_not_ask_for_an_address() -> None:
    schema = load_kind(KIND).Config.model_json_schema()
    assert "base_url" not in schema["required"]
    assert "model" in schema["required"]
    assert "sglang" in schema["properties"]["server"]["enum"]


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"server": "olama"}, "ollama"),
        ({"server": "ollama", "num_ctx": 4096}, "ollama_native"),
        ({"server": "generic", "think": True}, "ollama_native"),
        ({"server": "ollama_native", "num_ctx": 0}, "num_ctx"),
        ({"omit": ["max_tokens"]}, "omit"),
        ({"cold_start": "measure", "launch": {"command": "serve"}}, "load_seconds"),
    ],
)
def test_settings_that_do_not_fit_are_refused(settings: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        load_kind(KIND).Config(kind=KIND, model="m", base_url="http://host/v1", **settings)  # type: ignore[call-arg]


def test_a_server_that_is_no_name_is_refused() -> None:
    with pytest.raises(ValidationError, match="server"):
        load_kind(KIND).Config(kind=KIND, model="m", server=["ollama"])  # type: ignore[call-arg]


def test_endpoints_of_one_host_have_limits_of_their_own() -> None:
    config = load_kind(KIND).Config
    of = {
        name: build(KIND, "http://host", server=name, base_url=f"http://host/v2/{name}/openai/v1").pool_key
        for name in ("runpod", "generic")
    }
    assert of == {"runpod": "http://host/v2/runpod", "generic": "http://host:80"}
    assert config is load_kind(KIND).Config


# keys


@pytest.mark.parametrize(
    ("header", "carried"), [(None, f"Bearer {KEY}"), ("authorization", f"Bearer {KEY}"), ("api-key", KEY)]
)
def test_the_key_goes_into_the_header_that_the_server_reads(header: str | None, carried: str) -> None:
    settings = {} if header is None else {"api_key_header": header}

    async def once(server: DialectServer) -> list[str]:
        async with started(provider_of(server, "generic", **settings)) as provider:
            generation = await provider.generate(request())
            return [repr(generation), repr(vars(provider)), repr(provider.config), repr(await provider.health())]

    with DialectServer(lambda asked: completion(asked, text=json.dumps({"answer": KEY}))) as server:
        shown = asyncio.run(once(server))
    headers = server.generations[0].headers
    assert headers[(header or "Authorization").lower()] == carried
    assert [name for name, value in headers.items() if KEY in value] == [(header or "Authorization").lower()]
    assert not [text for text in shown if KEY in text]


@pytest.mark.parametrize("header", ["Content-Type", "bad name", "", "X\r\nY"])
def test_a_header_that_cannot_carry_a_key_is_refused(header: str) -> None:
    with pytest.raises(ValidationError, match="api_key_header"):
        build(KIND, "http://host", api_key_header=header, api_key_env=KEY_NAME)
