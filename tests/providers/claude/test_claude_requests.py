"""Every request that we make is one that the SDK's own types know, to the last key."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from typing import Any, get_args

import pytest
from anthropic.types import CacheControlEphemeralParam, OutputConfigParam, thinking_config_param
from anthropic.types.message_create_params import MessageCreateParamsNonStreaming, MessageCreateParamsStreaming
from anthropic.types.messages.batch_create_params import BatchCreateParams
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from typing_extensions import get_type_hints

from shortlist_providers import FailureKind, Message, Provider, Request, Sampling
from shortlist_providers.claude import ClaudeConfig
from support.message_batches import MessageBatches
from support.providers import SCHEMA, Variant, ask, build, request
from support.scripted_server import ScriptedServer, status

WHOLE = TypeAdapter(MessageCreateParamsNonStreaming)
STREAMED = TypeAdapter(MessageCreateParamsStreaming)
BATCH = TypeAdapter(BatchCreateParams)


def known(adapter: TypeAdapter[Any], body: Mapping[str, Any]) -> None:
    """Fails where a value has another type than the SDK says, or a key that it does not name, at any depth.

    Validation leaves unknown keys out, and what it gives back is compared with what went in.
    """
    again = json.loads(adapter.dump_json(adapter.validate_python(body, strict=True), warnings=False))
    assert again == body


def sent(asked: Request | None = None, **options: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The body that arrived, and what was not honoured."""
    with ScriptedServer() as server:
        generation = ask(Variant("claude"), server, asked or request(), **options)
    assert generation.failure is None, generation.failure
    return dict(server.log[0].body), generation.unhonoured


# the oracle itself


@pytest.mark.parametrize(
    "change",
    [
        {"temperature": 0.5},
        {"max_tokens": "100"},
        {"max_tokens": 1.5},
        {"stop_sequences": "END"},
        {"output_config": {"format": {"type": "json_object"}}},
        {"output_config": {"effort": "huge"}},
        {"thinking": {"type": "sometimes"}},
        {"system": [{"type": "text", "text": "x", "cache_control": {"type": "ephemeral", "ttl": "2h"}}]},
        {"system": [{"type": "text", "text": "x", "cached": True}]},
        {"messages": [{"role": "user", "content": "x", "name": "y"}]},
        {"tools": [{"name": "x", "input_schema": {"type": "object"}, "schema": {}}]},
        {"stream": True},
    ],
    ids=str,
)
def test_what_the_sdk_does_not_know_is_noticed(change: dict[str, Any]) -> None:
    body, _ = sent()
    known(WHOLE, body)
    with pytest.raises((ValidationError, AssertionError)):
        known(WHOLE, {**body, **change})


# requests of every kind

WORDS = st.text(min_size=1, max_size=12)
SCHEMAS = st.recursive(
    st.sampled_from(
        [
            {"type": "string", "minLength": 2},
            {"type": ["integer", "null"], "maximum": 9},
            {"enum": ["a", "b"]},
            {"$ref": "#/definitions/role"},
            {},
        ]
    ),
    lambda inner: st.one_of(
        st.builds(lambda items: {"type": "array", "items": items, "maxItems": 4}, inner),
        st.builds(lambda one, other: {"anyOf": [one, other]}, inner, inner),
        st.builds(
            lambda properties, required: {
                "type": "object",
                "properties": properties,
                "required": sorted(properties)[:required],
            },
            st.dictionaries(WORDS, inner, max_size=3),
            st.integers(0, 3),
        ),
    ),
    max_leaves=5,
)
ROOTS = st.one_of(
    st.none(),
    SCHEMAS,
    st.builds(
        lambda inner: {
            "$schema": "http://json-schema.org/draft-07/schema#",
            "type": "object",
            "properties": {"a": inner},
            "definitions": {"role": {"type": "string"}},
        },
        SCHEMAS,
    ),
)
REQUESTS = st.builds(
    lambda texts, sampling, schema, name: Request(
        key="task@1/pair/claude/0",
        messages=tuple(Message(role, text) for role, text in texts),
        sampling=sampling,
        task="task@1",
        schema=schema,
        schema_name=name,
    ),
    st.lists(st.tuples(st.sampled_from(["system", "user", "assistant"]), st.text(max_size=20)), max_size=4),
    st.builds(
        Sampling,
        temperature=st.none() | st.floats(0, 1),
        top_p=st.none() | st.floats(0, 1),
        max_tokens=st.integers(1, 128_000),
        seed=st.none() | st.integers(),
        stop=st.lists(WORDS, max_size=2).map(tuple),
    ),
    ROOTS,
    st.text(min_size=1, max_size=80),
)
SETTINGS = st.fixed_dictionaries(
    {
        "structured": st.sampled_from(["output_config", "tool", "none"]),
        "effort": st.sampled_from([None, "low", "medium", "high", "xhigh", "max"]),
        "thinking": st.sampled_from([None, "adaptive", "between_tools", "disabled"]),
        "cache": st.sampled_from(["none", "5m", "1h"]),
    }
)


@pytest.fixture(scope="module")
def scripted() -> Iterator[ScriptedServer]:
    with ScriptedServer(default=status(400)) as server:
        yield server


@pytest.fixture(scope="module")
def batched() -> Iterator[MessageBatches]:
    with MessageBatches() as server:
        yield server


async def generated(provider: Provider, asked: Request) -> None:
    await provider.startup()
    try:
        generation = await provider.generate(asked)
    finally:
        await provider.shutdown()
    assert generation.failure is not None
    assert generation.failure.kind is FailureKind.PERMANENT, "the server answers 400 to all"


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow])
@given(asked=REQUESTS, options=SETTINGS, streams=st.booleans())
def test_single_calls_are_what_the_sdk_knows(
    scripted: ScriptedServer, asked: Request, options: dict[str, Any], streams: bool
) -> None:
    asyncio.run(generated(build("claude", scripted.url, stream=streams, **options), asked))
    body = scripted.log[-1].body
    assert body.get("stream", False) is (streams or asked.sampling.max_tokens > 21_333)
    known(STREAMED if body.get("stream") else WHOLE, body)
    assert body["max_tokens"] == asked.sampling.max_tokens
    assert json.dumps(body).count("cache_control") == (
        options["cache"] != "none" and ("system" in body or "tools" in body)
    )


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(asked=st.lists(REQUESTS, min_size=1, max_size=3), options=SETTINGS)
def test_batches_are_what_the_sdk_knows(batched: MessageBatches, asked: list[Request], options: dict[str, Any]) -> None:
    async def handed_in(provider: Any) -> None:
        await provider.startup()
        try:
            await provider.submit(asked)
        finally:
            await provider.shutdown()

    asyncio.run(handed_in(build("claude", batched.url, mode="batch", **options)))
    body = batched.log[-1].body
    known(BATCH, body)
    for entry in body["requests"]:
        known(WHOLE, entry["params"])


# schemas

ROLE = {"type": "string"}


@pytest.mark.parametrize(
    ("schema", "unhonoured"),
    [
        ({"type": "object", "properties": {"a": {"const": None}}}, ()),
        (
            {"type": "object", "properties": {"a": {"oneOf": [ROLE, {"type": "null"}], "anyOf": [{"enum": ["x"]}]}}},
            ("schema:anyOf", "schema:oneOf"),
        ),
    ],
    ids=["const null", "oneOf beside anyOf"],
)
def test_what_the_output_format_loses_is_named(schema: dict[str, Any], unhonoured: tuple[str, ...]) -> None:
    body, lost = sent(request(schema=schema))
    assert "format" in body["output_config"]
    assert lost == ("temperature", *unhonoured)


def test_definitions_of_both_names_are_kept() -> None:
    both = {"definitions": {"old": ROLE}, "$defs": {"new": {"type": "integer"}}}
    places = {"a": {"$ref": "#/definitions/old"}, "b": {"$ref": "#/$defs/new"}}
    body, _ = sent(request(schema={"type": "object", "properties": places, **both}))
    assert set(body["output_config"]["format"]["schema"]["$defs"]) == {"old", "new"}


# the prompt cache

KEPT = {"type": "ephemeral", "ttl": "5m"}


def test_nothing_is_kept_unless_it_is_asked_for() -> None:
    body, _ = sent()
    assert body["system"] == "Answer."


def test_the_system_prompt_ends_what_is_kept() -> None:
    body, unhonoured = sent(cache="5m")
    assert body["system"] == [{"type": "text", "text": "Answer.", "cache_control": KEPT}]
    assert unhonoured == ("temperature",)
    body, _ = sent(cache="1h")
    assert body["system"][0]["cache_control"] == {"type": "ephemeral", "ttl": "1h"}


def test_a_tool_before_the_system_prompt_is_kept_with_it() -> None:
    body, _ = sent(cache="5m", structured="tool")
    assert body["system"][0]["cache_control"] == KEPT
    assert "cache_control" not in body["tools"][0]


def test_without_a_system_prompt_the_tool_ends_what_is_kept() -> None:
    alone = Request("k", (Message("user", "Hello"),), Sampling(), "task@1", schema=SCHEMA)
    body, unhonoured = sent(alone, cache="5m", structured="tool")
    assert body["tools"][0]["cache_control"] == KEPT
    assert unhonoured == ("schema:enforcement",)


def test_where_nothing_is_shared_nothing_can_be_kept() -> None:
    alone = Request("k", (Message("user", "Hello"),), Sampling(), "task@1", schema=SCHEMA)
    body, unhonoured = sent(alone, cache="5m")
    assert "cache_control" not in json.dumps(body)
    assert unhonoured == ("cache",)


def test_all_cases_of_a_task_share_their_prefix_to_the_byte() -> None:
    async def several(provider: Provider) -> None:
        await provider.startup()
        for number in range(3):
            await provider.generate(request(f"pair {number}", key=f"task@1/pair-{number}/c/0"))
        await provider.shutdown()

    with ScriptedServer() as server:
        asyncio.run(several(build("claude", server.url, cache="5m", structured="tool")))
    assert len({json.dumps([entry.body["tools"], entry.body["system"]]) for entry in server.log}) == 1
    assert len({json.dumps(entry.body["messages"]) for entry in server.log}) == 3


# effort and thinking


def test_effort_goes_with_the_format_or_alone() -> None:
    body, _ = sent(effort="low")
    assert body["output_config"]["effort"] == "low"
    assert body["output_config"]["format"]["type"] == "json_schema"
    for structured in ("tool", "none"):
        body, _ = sent(effort="max", structured=structured)
        assert body["output_config"] == {"effort": "max"}
    assert "output_config" not in sent(structured="none")[0]


@pytest.mark.parametrize("kind", ["adaptive", "between_tools", "disabled"])
def test_thinking_is_as_the_suite_says(kind: str) -> None:
    assert sent(thinking=kind)[0]["thinking"] == {"type": kind}
    assert "thinking" not in sent()[0]


def test_the_settings_offer_what_the_sdk_offers() -> None:
    offered = {name: set(_literals(field.annotation)) for name, field in ClaudeConfig.model_fields.items()}
    assert offered["effort"] == set(_literals(get_type_hints(OutputConfigParam)["effort"]))
    shapes = get_args(thinking_config_param.ThinkingConfigParam)
    kinds = {kind for shape in shapes for kind in _literals(get_type_hints(shape)["type"])}
    # `enabled` wants a budget, and today's models refuse it.
    assert offered["thinking"] == kinds - {"enabled"}
    assert offered["cache"] == {"none", *_literals(get_type_hints(CacheControlEphemeralParam)["ttl"])}


def _literals(annotation: Any) -> Iterator[str]:
    """The strings that a type allows."""
    for part in get_args(annotation):
        if isinstance(part, str):
            yield part
        else:
            yield from _literals(part)


@pytest.mark.parametrize("setting", [{"effort": "huge"}, {"thinking": "enabled"}, {"cache": "2h"}, {"mode": "bulk"}])
def test_other_settings_are_refused(setting: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="Input should be"):
        build("claude", "http://127.0.0.1:9", **setting)
