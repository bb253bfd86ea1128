"""What is sent, and what of it cannot be honoured."""

from __future__ import annotations

import warnings
from typing import Any

import anthropic
import pytest
from anthropic.types.message_create_params import MessageCreateParamsNonStreaming, MessageCreateParamsStreaming
from openai.types.chat.completion_create_params import CompletionCreateParamsNonStreaming
from pydantic import TypeAdapter

from shortlist_providers import FailureKind, FinishReason, Usage
from support import replies
from support.providers import KEY, SCHEMA, VARIANTS, Variant, ask, request
from support.scripted_server import ScriptedServer, ok, raw

SAMPLED = {"temperature": 0.5, "top_p": 0.9, "seed": 7, "stop": ("END",), "max_tokens": 321}


def sent(variant: Variant, asked: Any = None, **settings: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The body that arrived, and what was not honoured."""
    with ScriptedServer(key=KEY) as server:
        generation = ask(variant, server, asked, **settings)
    assert generation.failure is None, generation.failure
    return dict(server.log[0].body), generation.unhonoured


@pytest.mark.parametrize("name", ["openai_compatible", "vllm"])
def test_a_chat_server_gets_everything_that_was_asked(name: str) -> None:
    body, unhonoured = sent(VARIANTS[name], request(sampling=SAMPLED), extra_body={"top_k": 40})
    assert unhonoured == ()
    assert body == {
        "model": "scripted",
        "messages": [{"role": "system", "content": "Answer."}, {"role": "user", "content": "Hello"}],
        "temperature": 0.5,
        "top_p": 0.9,
        "seed": 7,
        "stop": ["END"],
        "max_tokens": 321,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "output", "schema": SCHEMA, "strict": True},
        },
        "top_k": 40,
    }


def test_what_extra_body_puts_in_place_of_what_was_asked_is_recorded() -> None:
    instead = {"temperature": 0.5, "top_p": 1, "max_tokens": 9, "stop": ["END"], "response_format": {"type": "text"}}
    body, unhonoured = sent(VARIANTS["openai_compatible"], request(sampling=SAMPLED), extra_body=instead)
    assert {key: body[key] for key in instead} == instead
    assert unhonoured == ("top_p", "max_tokens", "schema"), "the others say what was asked"
    _, unhonoured = sent(VARIANTS["openai_compatible"], request(schema=None), extra_body=instead)
    assert unhonoured == ("temperature", "max_tokens"), "nothing else was asked"


def test_a_stream_asks_for_its_usage() -> None:
    body, _ = sent(VARIANTS["openai_compatible-stream"])
    assert body["stream"] is True
    assert body["stream_options"] == {"include_usage": True}


@pytest.mark.parametrize("name", ["openai_compatible", "vllm", "openai"])
@pytest.mark.parametrize(("structured", "sends"), [("json_object", {"type": "json_object"}), ("none", None)])
def test_a_schema_that_is_not_passed_on_is_recorded(name: str, structured: str, sends: Any) -> None:
    body, unhonoured = sent(VARIANTS[name], structured=structured)
    assert unhonoured == ("schema",)
    assert body.get("response_format") == sends


@pytest.mark.parametrize("name", ["openai_compatible", "openai", "claude"])
def test_without_a_schema_plain_text_is_asked_for(name: str) -> None:
    body, unhonoured = sent(VARIANTS[name], request(schema=None, sampling={"temperature": None}))
    assert unhonoured == ()
    assert not {"response_format", "output_config", "tools", "temperature"} & set(body)


@pytest.mark.parametrize("name", VARIANTS)
def test_lone_surrogates_in_a_prompt_do_not_stop_the_request(name: str) -> None:
    body, _ = sent(VARIANTS[name], request("half \ud83d an emoji"))
    assert "half \ufffd an emoji" in repr(body)


def test_a_schema_name_is_made_fit() -> None:
    body, _ = sent(VARIANTS["openai_compatible"], request(schema_name="pro output@1 " + "x" * 80))
    assert body["response_format"]["json_schema"]["name"] == "pro_output_1_" + "x" * 51


def test_what_json_cannot_say_is_a_permanent_failure() -> None:
    with ScriptedServer() as server:
        failure = ask(VARIANTS["openai_compatible"], server, request(schema={"maximum": 2**70})).failure
    assert failure is not None
    assert failure.kind is FailureKind.PERMANENT
    assert server.log == ()


def test_two_schemas_are_never_mixed_up() -> None:
    for number in range(5):
        schema = {**SCHEMA, "title": f"schema {number}"}
        body, _ = sent(VARIANTS["openai_compatible"], request(schema=schema))
        assert body["response_format"]["json_schema"]["schema"] == schema


# custom_http


def test_a_custom_server_gets_the_schema_where_it_has_an_endpoint_for_it() -> None:
    structured, lost = sent(Variant("custom_http"), request(sampling=SAMPLED))
    assert structured == {
        "messages": [{"role": "system", "content": "Answer."}, {"role": "user", "content": "Hello"}],
        "response_model": SCHEMA,
        "temperature": 0.5,
        "max_tokens": 321,
    }
    assert lost == ("top_p", "seed", "stop")


def test_a_custom_server_gets_one_prompt_for_plain_text() -> None:
    plain, lost = sent(Variant("custom_http"), request(schema=None))
    assert plain == {"prompt": "Answer.\n\nHello", "temperature": 0.0, "max_tokens": 100}
    assert lost == ()
    _, lost = sent(VARIANTS["custom_http"])
    assert lost == ("schema",)


def test_a_structured_reply_is_kept_as_it_came() -> None:
    with ScriptedServer(default=raw(b'{"b": 1,\n "a": 1.0, "a": 2}')) as server:
        assert ask(VARIANTS["custom_http-structured"], server).text == '{"b": 1,\n "a": 1.0, "a": 2}'


def test_an_output_field_called_error_is_no_error() -> None:
    with ScriptedServer(default=raw(b'{"error": "none"}')) as server:
        asked = request(schema={"type": "object", "properties": {"error": {"type": "string"}}})
        assert ask(VARIANTS["custom_http-structured"], server, asked).text == '{"error": "none"}'
        assert ask(VARIANTS["custom_http-structured"], server).failure is not None


# openai


def test_openai_gets_a_request_that_its_sdk_knows() -> None:
    body, unhonoured = sent(VARIANTS["openai"], request(sampling=SAMPLED))
    TypeAdapter(CompletionCreateParamsNonStreaming).validate_python(body)
    assert unhonoured == ()
    assert body["max_completion_tokens"] == 321
    assert "max_tokens" not in body
    assert body["response_format"]["json_schema"]["strict"] is True


def test_openai_settings_that_a_model_refuses_can_be_left_out() -> None:
    body, unhonoured = sent(
        VARIANTS["openai"], request(sampling=SAMPLED), omit=["temperature", "top_p"], max_completion_tokens=9000
    )
    assert not {"temperature", "top_p"} & set(body)
    assert unhonoured == ("temperature", "top_p", "max_tokens")
    assert body["max_completion_tokens"] == 9000


@pytest.mark.parametrize(
    ("schema", "obstacles"),
    [
        ({**SCHEMA, "required": []}, ("optional_properties",)),
        ({"type": "object", "properties": {}}, ("additionalProperties",)),
        ({"type": "array", "items": SCHEMA}, ("root",)),
        ({**SCHEMA, "properties": {"answer": {"type": "string", "minLength": 2}}}, ("minLength",)),
        ({**SCHEMA, "properties": {"answer": {"type": "array", "items": {"oneOf": []}}}}, ("oneOf",)),
        ({**SCHEMA, "$defs": {"x": {"anyOf": [{"type": "string", "format": "uri"}]}}}, ("format",)),
        ({**SCHEMA, "properties": {"answer": True}}, ("boolean_schema",)),
    ],
)
def test_a_schema_outside_openais_subset_is_sent_without_strict(schema: Any, obstacles: tuple[str, ...]) -> None:
    body, unhonoured = sent(VARIANTS["openai"], request(schema=schema))
    assert unhonoured == tuple(f"strict:{name}" for name in obstacles)
    assert body["response_format"]["json_schema"] == {"name": "output", "schema": schema, "strict": False}


# claude


@pytest.mark.parametrize(
    ("name", "shape"), [("claude", MessageCreateParamsNonStreaming), ("claude-stream", MessageCreateParamsStreaming)]
)
@pytest.mark.parametrize("structured", ["output_config", "tool", "none"])
def test_claude_gets_a_request_that_its_sdk_knows(name: str, shape: Any, structured: str) -> None:
    body, unhonoured = sent(VARIANTS[name], request(sampling=SAMPLED), structured=structured)
    TypeAdapter(shape).validate_python(body)
    assert body["system"] == "Answer."
    assert body["stop_sequences"] == ["END"]
    assert body["max_tokens"] == 321
    assert not {"temperature", "top_p", "seed"} & set(body)
    assert unhonoured[:3] == ("temperature", "top_p", "seed")
    lost = {"output_config": (), "tool": ("schema:enforcement",), "none": ("schema",)}
    assert unhonoured[3:] == lost[structured]


def test_the_scripted_claude_speaks_as_the_sdk_says() -> None:
    for body in ({"model": "m"}, {"model": "m", "tools": [{"name": "output"}]}):
        said = TypeAdapter(anthropic.types.Message).validate_python(replies.messages(ok(), body, 1))
        assert said.content[0].type == ("tool_use" if "tools" in body else "text")


def test_claude_is_told_of_constraints_it_cannot_enforce() -> None:
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {
            "score": {"type": "integer", "minimum": 0, "maximum": 100},
            "end": {"type": ["string", "null"], "pattern": "^[0-9]{4}$"},
            "tags": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 8},
            "role": {"$ref": "#/definitions/role"},
        },
        "required": ["score", "end"],
        "additionalProperties": False,
        "definitions": {"role": {"enum": ["a", "b"], "type": "string"}},
    }
    body, unhonoured = sent(VARIANTS["claude"], request(schema=schema))
    assert unhonoured == ("temperature", "schema:maxItems", "schema:maximum", "schema:minimum", "schema:pattern")
    passed_on = body["output_config"]["format"]["schema"]
    assert passed_on["properties"]["end"]["anyOf"][1] == {"type": "null"}
    assert passed_on["$defs"] == {"role": {"enum": ["a", "b"]}}
    assert passed_on["properties"]["role"] == {"$ref": "#/$defs/role"}
    assert "$schema" not in str(passed_on)


@pytest.mark.parametrize(
    ("schema", "lost"),
    [
        ({"type": "object", "additionalProperties": {"type": "string"}}, ("additionalProperties",)),
        ({"type": "object", "properties": {"a": {"oneOf": [{"type": "string"}, {"type": "null"}]}}}, ("oneOf",)),
        ({"anyOf": [{"type": "string", "maxLength": 3}, {"type": "null"}]}, ("maxLength",)),
        ({"allOf": [{"type": "string"}], "anyOf": [{"type": "string"}]}, ("allOf",)),
    ],
)
def test_claude_schemas_say_what_they_lost(schema: Any, lost: tuple[str, ...]) -> None:
    _, unhonoured = sent(VARIANTS["claude"], request(schema=schema, sampling={"temperature": None}))
    assert unhonoured == tuple(f"schema:{keyword}" for keyword in lost)


def test_a_schema_that_claudes_format_cannot_say_goes_by_a_tool() -> None:
    schema = {"type": "object", "properties": {"answer": {}}, "required": ["answer"]}
    body, unhonoured = sent(VARIANTS["claude"], request(schema=schema))
    assert unhonoured == ("temperature", "output_config", "schema:enforcement")
    assert body["tools"][0]["input_schema"] == schema
    assert body["tool_choice"]["name"] == "output"


def test_claude_streams_long_answers_by_itself() -> None:
    for limit, streams in ((21_333, False), (21_334, True)):
        body, _ = sent(VARIANTS["claude"], request(sampling={"max_tokens": limit}))
        assert body.get("stream", False) is streams


def test_a_model_near_its_end_is_still_asked_where_warnings_are_errors() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        body, _ = sent(VARIANTS["claude"], model="claude-sonnet-4-5")
    assert body["model"] == "claude-sonnet-4-5"


# usage

CHAT_USAGE = {
    "prompt_tokens": 100,
    "completion_tokens": 30,
    "total_tokens": 130,
    "prompt_tokens_details": {"cached_tokens": 60, "cache_write_tokens": 10},
    "completion_tokens_details": {"reasoning_tokens": 12},
}


@pytest.mark.parametrize(
    "name", ["openai_compatible", "openai_compatible-stream", "vllm-stream", "openai", "openai-stream"]
)
@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        (CHAT_USAGE, Usage(input=30, cached_read=60, cached_write=10, output=30, reasoning=12)),
        ({"prompt_tokens": 5, "completion_tokens": 0}, Usage(input=5, output=0)),
        ({"prompt_tokens": 5, "prompt_tokens_details": None}, Usage(input=5)),
        ({"prompt_tokens": 5, "prompt_tokens_details": {"cached_tokens": 9}}, Usage(cached_read=9)),
        ({"prompt_tokens": -1, "completion_tokens": "many"}, Usage()),
        ({"completion_tokens": 9, "completion_tokens_details": {"reasoning_tokens": 50}}, Usage(reasoning=50)),
        ({}, Usage()),
        (None, Usage()),
    ],
)
def test_chat_usage_keeps_cached_tokens_apart(name: str, usage: Any, expected: Usage) -> None:
    with ScriptedServer(default=ok(usage=usage)) as server:
        assert ask(VARIANTS[name], server).usage == expected


@pytest.mark.parametrize("name", ["claude", "claude-stream"])
def test_claudes_input_leaves_the_cache_out_already(name: str) -> None:
    usage = {
        "prompt_tokens": 7,
        "completion_tokens": 30,
        "cache_read_input_tokens": 60,
        "cache_creation_input_tokens": 10,
        "output_tokens_details": {"thinking_tokens": 12},
    }
    with ScriptedServer(default=ok(usage=usage)) as server:
        found = ask(VARIANTS[name], server).usage
    assert found == Usage(input=7, cached_read=60, cached_write=10, output=30, reasoning=12)


def test_a_custom_server_may_report_usage() -> None:
    with ScriptedServer(default=ok(usage=CHAT_USAGE)) as server:
        assert ask(VARIANTS["custom_http"], server).usage.input == 30
        assert ask(VARIANTS["custom_http-structured"], server).usage == Usage()


# endings and names


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("stop", FinishReason.STOP),
        ("tool_calls", FinishReason.TOOL_CALL),
        ("eos_token", FinishReason.STOP),
        ("something new", FinishReason.UNKNOWN),
    ],
)
@pytest.mark.parametrize("name", ["openai_compatible", "openai_compatible-stream", "openai"])
def test_finish_reasons(name: str, said: str, reason: FinishReason) -> None:
    with ScriptedServer(default=ok(finish=said)) as server:
        generation = ask(VARIANTS[name], server)
    assert (generation.failure, generation.finish_reason) == (None, reason)


def test_a_generation_that_the_server_aborted_is_transient() -> None:
    with ScriptedServer(default=ok(finish="abort")) as server:
        generation = ask(VARIANTS["vllm"], server)
    assert generation.failure is not None
    assert generation.failure.kind is FailureKind.TRANSIENT


@pytest.mark.parametrize(
    ("said", "reason", "kind"),
    [
        ("stop_sequence", FinishReason.STOP, None),
        ("pause_turn", FinishReason.UNKNOWN, FailureKind.TRANSIENT),
        ("model_context_window_exceeded", FinishReason.LENGTH, FailureKind.TRUNCATED),
    ],
)
@pytest.mark.parametrize("name", ["claude", "claude-stream"])
def test_stop_reasons(name: str, said: str, reason: FinishReason, kind: FailureKind | None) -> None:
    with ScriptedServer(default=ok(finish=said)) as server:
        generation = ask(VARIANTS[name], server)
    assert generation.finish_reason is reason
    assert (generation.failure and generation.failure.kind) == kind


def test_the_answering_model_and_the_request_are_named() -> None:
    names = {"openai_compatible": "chatcmpl-1", "openai": "req-1", "claude": "req-1", "claude-stream": "req-1"}
    for name, request_id in names.items():
        with ScriptedServer() as server:
            generation = ask(VARIANTS[name], server)
        assert (generation.model, generation.request_id) == ("scripted", request_id)
