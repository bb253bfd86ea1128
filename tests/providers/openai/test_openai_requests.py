"""Every request that the kind `openai` makes is one that OpenAI's SDK and its published types know."""

from __future__ import annotations

import asyncio
import json
from functools import cache
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openai.types.batch_create_params import BatchCreateParams
from openai.types.chat import completion_create_params as chat_params
from openai.types.responses import response_create_params as responses_params
from pydantic import TypeAdapter, ValidationError

from shortlist_providers import DeferredBatchProvider, Request, Ticket, load_kind
from support.openai_batches import BatchServer
from support.openai_responses import OpenAIServer
from support.providers import KEY, SCHEMA, Variant, ask, build, request, started

SHAPES = {
    ("chat", False): chat_params.CompletionCreateParamsNonStreaming,
    ("chat", True): chat_params.CompletionCreateParamsStreaming,
    ("responses", False): responses_params.ResponseCreateParamsNonStreaming,
    ("responses", True): responses_params.ResponseCreateParamsStreaming,
}
SAMPLED = {"temperature": 0.5, "top_p": 0.9, "seed": 7, "stop": ("END",), "max_tokens": 321}
# What OpenAI's reference says in words beside those types.
LIMITS = {
    "properties": {
        "temperature": {"minimum": 0, "maximum": 2},
        "top_p": {"minimum": 0, "maximum": 1},
        "stop": {"maxItems": 4},
        "messages": {"minItems": 1},
        "input": {"minItems": 1},
        "response_format": {"properties": {"json_schema": {"properties": {"name": {"$ref": "#/$defs/name"}}}}},
        "text": {"properties": {"format": {"properties": {"name": {"$ref": "#/$defs/name"}}}}},
    },
    "$defs": {"name": {"pattern": "^[a-zA-Z0-9_-]{1,64}$"}},
}


def _closed(schema: Any) -> Any:
    """The schema, with no property allowed that it does not name."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        closed.setdefault("additionalProperties", False)
    return closed


@cache
def oracle(api: str, streaming: bool) -> tuple[TypeAdapter[Any], Any, Any]:
    """OpenAI generates these types from its OpenAPI document; here they become JSON Schema again."""
    adapter: TypeAdapter[Any] = TypeAdapter(SHAPES[api, streaming])
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **_closed(adapter.json_schema())}
    return adapter, jsonschema_rs.Draft202012Validator(schema), jsonschema_rs.Draft202012Validator(LIMITS)


def check(api: str, body: dict[str, Any]) -> None:
    adapter, closed, limits = oracle(api, bool(body.get("stream")))
    adapter.validate_python(body)
    closed.validate(body)
    limits.validate(body)


def test_the_oracle_refuses_what_openai_would() -> None:
    good: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "x"}]}
    check("chat", good)
    for bad in (
        {**good, "max_output_tokens": 5},
        {**good, "reasoning_effort": "much"},
        {**good, "messages": [{"role": "user", "content": "x", "mood": "good"}]},
        {**good, "temperature": 3},
        {**good, "response_format": {"type": "json_schema", "json_schema": {"schema": {}}}},
        {**good, "response_format": {"type": "json_schema", "json_schema": {"name": "a b", "schema": {}}}},
    ):
        with pytest.raises((ValidationError, jsonschema_rs.ValidationError)):
            check("chat", bad)
    for bad in ({"model": "m", "input": "x", "seed": 1}, {"model": "m", "input": "x", "text": {"format": "json"}}):
        with pytest.raises((ValidationError, jsonschema_rs.ValidationError)):
            check("responses", bad)


def batched(server: BatchServer, asked: Request, **options: Any) -> dict[str, Any]:
    """The request's line in the file that was uploaded."""

    async def once() -> object:
        async with started(build("openai", server.url, mode="batch", **options)) as provider:
            assert isinstance(provider, DeferredBatchProvider)
            return await provider.submit([asked])

    assert isinstance(asyncio.run(once()), Ticket)
    line: dict[str, Any] = json.loads(server.uploads[-1]["content"])
    return line


schemas = st.sampled_from([None, SCHEMA, {"type": "object", "properties": {"a": True}}, {"type": "array"}])
words = st.text(st.characters(exclude_categories=()), max_size=30)
maybe = st.one_of(st.none(), st.floats(0, 1))
sampled = st.fixed_dictionaries(
    {
        "temperature": maybe,
        "top_p": maybe,
        "seed": st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)),
        "stop": st.lists(st.text(min_size=1, max_size=5).filter(str.isascii), max_size=4).map(tuple),
        "max_tokens": st.integers(1, 100_000),
    }
)
configured = st.fixed_dictionaries(
    {
        "api": st.sampled_from(["chat", "responses"]),
        "structured": st.sampled_from(["strict", "json_schema", "json_object", "none"]),
        "omit": st.sets(st.sampled_from(["temperature", "top_p", "seed", "stop"])).map(tuple),
        "reasoning_effort": st.sampled_from([None, "none", "minimal", "low", "medium", "high", "xhigh", "max"]),
        "max_completion_tokens": st.one_of(st.none(), st.integers(1, 100_000)),
    }
)


@settings(max_examples=60, deadline=None)
@given(
    options=configured,
    sampling=sampled,
    schema=schemas,
    name=words,
    prompt=words,
    mode=st.sampled_from(["single", "stream", "batch"]),
)
def test_any_request_is_one_that_openai_knows(
    options: dict[str, Any], sampling: dict[str, Any], schema: Any, name: str, prompt: str, mode: str
) -> None:
    asked = request(prompt, sampling=sampling, schema=schema, schema_name=name)
    with BatchServer() as server:
        if mode == "batch":
            body = batched(server, asked, **options)["body"]
            assert body.get("stream") is None
        else:
            generation = ask(Variant("openai"), server, asked, stream=mode == "stream", **options)
            assert generation.failure is None, generation.failure
            body = dict(server.log[0].body)
            assert bool(body.get("stream")) is (mode == "stream")
            lost = {name for name in ("temperature", "top_p", "seed", "stop") if sampling[name] not in (None, ())}
            assert lost - set(body) == {name for name in generation.unhonoured if name in lost}
    check(options["api"], body)
    assert body["store"] is False


@pytest.mark.parametrize("api", ["chat", "responses"])
def test_a_batch_holds_the_bodies_that_single_requests_have(api: str) -> None:
    asked = request("Grüße 😀", sampling=SAMPLED, key="task@1/jané/candidate/0")
    with BatchServer() as server:
        ask(Variant("openai"), server, asked, api=api)
        line = batched(server, asked, api=api)
        upload = server.uploads[0]
        made = server.batches["batch_1"]
    url = "/v1/chat/completions" if api == "chat" else "/v1/responses"
    assert line["body"] == server.log[0].body
    assert (line["method"], line["url"]) == ("POST", url)
    assert (upload["purpose"], upload["filename"]) == ("batch", "shortlist.jsonl")
    sent = {key: made[key] for key in ("input_file_id", "endpoint", "completion_window")}
    TypeAdapter(BatchCreateParams).validate_python(sent)
    assert sent["endpoint"] == url
    assert line["custom_id"].isalnum()
    assert "jan" not in line["custom_id"], "a case's name may be a person's"


def test_a_request_to_the_responses_api() -> None:
    with OpenAIServer(key=KEY) as server:
        generation = ask(Variant("openai"), server, request(sampling=SAMPLED), api="responses", reasoning_effort="low")
    assert generation.failure is None
    assert generation.unhonoured == ("seed", "stop")
    assert server.log[0].path == "/v1/responses"
    assert server.log[0].body == {
        "model": "scripted",
        "input": [{"role": "system", "content": "Answer."}, {"role": "user", "content": "Hello"}],
        "max_output_tokens": 321,
        "store": False,
        "reasoning": {"effort": "low"},
        "temperature": 0.5,
        "top_p": 0.9,
        "text": {"format": {"type": "json_schema", "name": "output", "schema": SCHEMA, "strict": True}},
    }


@pytest.mark.parametrize("api", ["chat", "responses"])
def test_a_loose_schema_goes_without_strict_and_says_so(api: str) -> None:
    with OpenAIServer() as server:
        generation = ask(Variant("openai"), server, request(schema={**SCHEMA, "required": []}), api=api)
    body = server.log[0].body
    said = body["response_format"]["json_schema"] if api == "chat" else body["text"]["format"]
    assert said["strict"] is False
    assert generation.unhonoured == ("strict:optional_properties",)


def test_batches_do_not_stream() -> None:
    with pytest.raises(ValidationError, match="leave out stream: true"):
        load_kind("openai").Config.model_validate({"kind": "openai", "model": "m", "mode": "batch", "stream": True})


def test_another_limit_than_the_suite_s_is_recorded() -> None:
    with BatchServer() as server:
        same, other = (
            ask(Variant("openai"), server, request(sampling={"max_tokens": 100}), max_completion_tokens=limit)
            for limit in (100, 900)
        )
    assert "max_tokens" not in same.unhonoured
    assert "max_tokens" in other.unhonoured


def test_a_case_may_be_called_anything() -> None:
    with BatchServer() as server:
        assert batched(server, request(key="task@1/half \ud83d/c/0"))["custom_id"].isalnum()
