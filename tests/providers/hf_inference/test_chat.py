"""Chat completions through `huggingface_hub`'s client, against scripted servers."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Mapping
from typing import Any

import pytest
from huggingface_hub import ChatCompletionInput, ChatCompletionInputResponseFormatJSONSchema, ChatCompletionOutput

from providers.hf_inference.helpers import HF_KEY, ask_hf, build_hf, health_of
from shortlist_providers import FailureKind, FailureScope, FinishReason, Provider, ProviderUnavailable, Usage
from support import replies
from support.hf_server import HfServer, answer, loading
from support.providers import SCHEMA, request, started
from support.scripted_server import (
    Behaviour,
    ScriptedServer,
    bad_key,
    drop,
    empty_body,
    half_json,
    hang,
    html_200,
    ok,
    rate_limit,
    raw_stream,
    status,
    truncated,
)

STREAMS = pytest.mark.parametrize("stream", [False, True])


def unknown_keys(kind: Any, data: Mapping[str, Any]) -> set[str]:
    """What the library's own type of a message does not know, after reading it by that type."""
    parsed = kind.parse_obj_as_instance(json.dumps(data))
    known = {field.name for field in dataclasses.fields(parsed)}
    return set(data) - known


@STREAMS
def test_a_complete_answer(stream: bool) -> None:
    with ScriptedServer(default=ok(), key=HF_KEY) as server:
        generation = ask_hf(base_url=server.base_url, stream=stream)
    assert generation.failure is None
    assert generation.text == '{"answer": "yes"}'
    assert generation.usage == Usage(input=20, output=5)
    assert generation.finish_reason is FinishReason.STOP
    assert generation.model == "owner/model"
    assert generation.request_id == "req-1"
    assert generation.unhonoured == ()
    assert (generation.timings.first_token is not None) is stream


@STREAMS
def test_a_request_is_what_the_librarys_own_types_say(stream: bool) -> None:
    asked = request(sampling={"temperature": 0.5, "top_p": 0.9, "seed": 7, "stop": ("END",), "max_tokens": 50})
    with ScriptedServer() as server:
        ask_hf(asked, base_url=server.base_url, stream=stream, structured="json_schema")
        body = server.log[0].body
    assert unknown_keys(ChatCompletionInput, body) == set()
    parsed = ChatCompletionInput.parse_obj_as_instance(json.dumps(body))
    assert [message.content for message in parsed.messages] == ["Answer.", "Hello"]
    assert (parsed.temperature, parsed.top_p, parsed.seed, parsed.stop, parsed.max_tokens) == (0.5, 0.9, 7, ["END"], 50)
    assert parsed.stream is stream
    assert (parsed.stream_options is not None) is stream
    shape = ChatCompletionInputResponseFormatJSONSchema.parse_obj_as_instance(body["response_format"])
    assert unknown_keys(ChatCompletionInputResponseFormatJSONSchema, body["response_format"]) == set()
    assert (shape.type, shape.json_schema.name) == ("json_schema", "output")
    assert (shape.json_schema.schema, shape.json_schema.strict) == (SCHEMA, True)


def test_the_scripted_reply_is_what_the_librarys_own_type_says() -> None:
    reply = replies.chat(ok(), {"model": "owner/model"}, 1)
    assert unknown_keys(ChatCompletionOutput, reply) == {"object"}
    parsed = ChatCompletionOutput.parse_obj_as_instance(reply)
    assert parsed.choices[0].message.content == ok().text
    assert parsed.usage.completion_tokens == 5


def test_an_endpoint_is_asked_in_the_dialect_that_the_client_picks_with_the_whole_schema() -> None:
    schema = {"type": "object", "properties": {"end": {"const": None}, "kind": {"enum": ["a", None]}}}
    with ScriptedServer() as server:
        ask_hf(request(schema=schema), base_url=server.base_url)
        ask_hf(request(schema=schema), base_url=server.base_url, structured="json_schema")
        ask_hf(request(schema=None), base_url=server.base_url)
        tgi, openai, plain = (entry.body.get("response_format") for entry in server.log)
    assert tgi == {"type": "json_object", "value": schema}
    assert openai == {"type": "json_schema", "json_schema": {"name": "output", "schema": schema, "strict": True}}
    assert plain is None


def test_without_structured_output_that_is_recorded() -> None:
    with ScriptedServer() as server:
        generation = ask_hf(base_url=server.base_url, structured="none")
        assert "response_format" not in server.log[0].body
    assert generation.unhonoured == ("schema",)


def test_lone_surrogates_are_replaced() -> None:
    with ScriptedServer() as server:
        assert ask_hf(request("half \ud83d"), base_url=server.base_url).failure is None


WRONG: list[tuple[Behaviour, FailureKind, FailureScope, str]] = [
    (bad_key(HF_KEY), FailureKind.PERMANENT, FailureScope.PROVIDER, "HTTP 401: Incorrect API key provided: [redacted]"),
    (answer({"error": "You have exceeded your monthly included credits"}, 402), FailureKind.PERMANENT,
     FailureScope.PROVIDER, "HTTP 402: You have exceeded your monthly included credits"),
    (answer({"error": "Model nobody/nothing does not exist"}, 404), FailureKind.PERMANENT, FailureScope.PROVIDER,
     "HTTP 404: Model nobody/nothing does not exist"),
    (answer({"error": "`inputs` tokens must be <= 10", "error_type": "validation"}, 422), FailureKind.PERMANENT,
     FailureScope.REQUEST, "HTTP 422: `inputs` tokens must be <= 10"),
    (answer({"error": "Request failed during generation", "error_type": "generation"}, 424), FailureKind.TRANSIENT,
     FailureScope.REQUEST, "HTTP 424: Request failed during generation"),
    (answer({"error": "Incomplete generation", "error_type": "incomplete_generation"}, 500), FailureKind.TRANSIENT,
     FailureScope.REQUEST, "HTTP 500: Incomplete generation"),
    (status(502), FailureKind.TRANSIENT, FailureScope.REQUEST, "HTTP 502: scripted"),
    (status(307, headers={"Location": "http://elsewhere/"}), FailureKind.PERMANENT, FailureScope.PROVIDER,
     "HTTP 307: redirects to http://elsewhere/; put that into base_url"),
    (drop(), FailureKind.TRANSIENT, FailureScope.REQUEST, "the connection was lost before the reply was complete"),
    (drop(after=40), FailureKind.TRANSIENT, FailureScope.REQUEST,
     "the connection was lost before the reply was complete"),
    (empty_body(), FailureKind.MALFORMED, FailureScope.REQUEST, "the reply's body is empty"),
]  # fmt: skip


@STREAMS
@pytest.mark.parametrize(("behaviour", "kind", "scope", "message"), WRONG, ids=[one[3][:24] for one in WRONG])
def test_what_goes_wrong_is_classified(
    behaviour: Behaviour, kind: FailureKind, scope: FailureScope, message: str, stream: bool
) -> None:
    with ScriptedServer(default=behaviour) as server:
        generation = ask_hf(base_url=server.base_url, stream=stream)
        assert len(server.log) == 1, "the provider never tries again"
    assert generation.failure is not None
    assert (generation.failure.kind, generation.failure.scope) == (kind, scope)
    assert generation.failure.message.startswith(message)
    assert HF_KEY not in repr(generation)


@pytest.mark.parametrize(
    ("behaviour", "kept"), [(html_200(), "<html><body>It works!</body></html>"), (half_json(), '{"id": "x", "choices"')]
)
@STREAMS
def test_a_reply_that_breaks_the_protocol_is_kept(behaviour: Behaviour, kept: str, stream: bool) -> None:
    with ScriptedServer(default=behaviour) as server:
        failure = ask_hf(base_url=server.base_url, stream=stream).failure
    assert failure is not None
    assert failure.kind is FailureKind.MALFORMED
    assert (failure.received or "").startswith(kept)


def test_an_error_within_a_stream_keeps_what_came_before_it() -> None:
    first = b'data: {"choices": [{"index": 0, "delta": {"role": "assistant", "content": "so f"}}]}\n\n'
    broken = b'data: {"error": "Request failed during generation", "error_type": "generation"}\n\n'
    with ScriptedServer(default=raw_stream(first, broken)) as server:
        generation = ask_hf(base_url=server.base_url)
    assert generation.text == "so f"
    assert generation.failure is not None
    assert generation.failure.kind is FailureKind.TRANSIENT


@STREAMS
def test_a_truncated_answer_keeps_its_text(stream: bool) -> None:
    with ScriptedServer(default=truncated()) as server:
        generation = ask_hf(base_url=server.base_url, stream=stream)
    assert generation.failure is not None
    assert generation.failure.kind is FailureKind.TRUNCATED
    assert generation.text == '{"answer": "ye'


@pytest.mark.parametrize(
    ("behaviour", "wait"),
    [
        (loading(20.5), 20.5),
        (answer([{"error": "Model is currently loading", "estimated_time": 300.9}], 503), 300.9),
        (loading(None), None),
        (answer({"error": "loading", "estimated_time": "soon"}, 503), None),
        (status(503, b"Service Unavailable", {"Retry-After": "7"}), 7.0),
        (rate_limit(3), 3.0),
    ],
)
def test_a_model_that_loads_closes_the_pool_for_as_long_as_it_says(behaviour: Behaviour, wait: float | None) -> None:
    with ScriptedServer(default=behaviour) as server:
        failure = ask_hf(base_url=server.base_url).failure
    assert failure is not None
    assert failure.kind is FailureKind.RATE_LIMITED
    assert failure.retry_after == wait


def test_a_server_that_is_not_there_concerns_every_request() -> None:
    with ScriptedServer() as server:
        gone = server.base_url
    failure = ask_hf(base_url=gone).failure
    assert failure is not None
    assert (failure.kind, failure.scope) == (FailureKind.TRANSIENT, FailureScope.PROVIDER)
    assert failure.message.startswith("cannot reach the server")


def test_a_cancelled_request_ends_and_its_connection_is_closed() -> None:
    with ScriptedServer({"wait": hang(), "go": ok()}) as server:

        async def both(provider: Provider) -> bool:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2):
                    await provider.generate(request("wait"))
            return (await provider.generate(request("go"))).failure is None

        async def whole() -> bool:
            async with started(build_hf(base_url=server.base_url)) as provider:
                return await both(provider)

        assert asyncio.run(whole())


def test_a_stream_that_is_given_up_ends_at_the_server() -> None:
    endless = raw_stream(b"data: nonsense\n\n", *[b": still here\n\n"] * 400, delay=0.05)
    with ScriptedServer(default=endless) as server:

        async def each() -> None:
            async with started(build_hf(base_url=server.base_url)) as provider:
                for _ in range(6):
                    failure = (await provider.generate(request())).failure
                    assert failure is not None
                    assert failure.kind is FailureKind.MALFORMED
                    await asyncio.sleep(0.1)

        asyncio.run(each())
        assert server.most_at_once <= 2


def test_streams_give_their_connections_back() -> None:
    with ScriptedServer() as server:

        async def many() -> None:
            async with started(build_hf(base_url=server.base_url)) as provider:
                for _ in range(6):
                    assert (await provider.generate(request())).failure is None

        asyncio.run(many())
        assert server.connections == 1


def test_requests_go_out_side_by_side() -> None:
    with ScriptedServer(default=ok(delay=0.3)) as server:

        async def at_once() -> None:
            async with started(build_hf(base_url=server.base_url)) as provider:
                await asyncio.gather(*(provider.generate(request()) for _ in range(8)))

        asyncio.run(at_once())
        assert server.most_at_once == 8


def test_the_router_is_asked_with_the_schema_in_openais_form(monkeypatch: pytest.MonkeyPatch) -> None:
    with HfServer(key=HF_KEY) as server:
        server.take_over(monkeypatch)
        generation = ask_hf()
        asked = server.asked[0]
        assert server.hub_calls == 0
    assert generation.failure is None
    assert asked.path == "/v1/chat/completions"
    assert asked.body["model"] == "owner/model"
    assert asked.body["response_format"]["json_schema"]["schema"] == SCHEMA


@pytest.mark.parametrize(
    ("host", "path", "model"),
    [
        ("hf-inference", "/hf-inference/models/owner/model/v1/chat/completions", "owner/model"),
        ("together", "/together/v1/chat/completions", "together:owner/model"),
    ],
)
def test_a_host_by_name_is_found_once_at_the_hub(
    monkeypatch: pytest.MonkeyPatch, host: str, path: str, model: str
) -> None:
    with HfServer() as server:
        server.take_over(monkeypatch)

        async def twice() -> None:
            async with started(build_hf(provider=host)) as provider:
                found = server.hub_calls
                for _ in range(2):
                    assert (await provider.generate(request())).failure is None
                assert server.hub_calls == found == 1

        asyncio.run(twice())
        assert [asked.path for asked in server.asked] == [path, path]
        assert server.asked[0].body["model"] == model
        assert server.asked[0].headers["authorization"] == f"Bearer {HF_KEY}"


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"provider": "nowhere"}, "Provider 'nowhere' not supported"),
        ({"provider": "groq"}, "not supported by provider groq"),
        ({"provider": "together", "model": "owner/unknown"}, "Repository Not Found"),
        ({"provider": "together", "pipeline": "text-classification"}, "Task 'text-classification' not supported"),
    ],
)
def test_what_leads_to_no_model_is_refused_at_the_start(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any], why: str
) -> None:
    with HfServer() as server:
        server.take_over(monkeypatch)
        with pytest.raises(ProviderUnavailable, match=why):
            ask_hf(**settings)
        assert server.asked == []


def test_offline_mode_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ProviderUnavailable, match="unset HF_HUB_OFFLINE"):
        ask_hf(base_url="http://127.0.0.1:1/v1")


def test_health_of_an_endpoint() -> None:
    with ScriptedServer() as server:
        found = health_of(base_url=server.base_url)
        assert server.log == ()
    assert (found.ok, found.detail) == (True, "the endpoint is healthy")
    gone = health_of(base_url=server.base_url)
    assert not gone.ok


def test_health_by_the_hub_tries_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    with HfServer(key=HF_KEY) as server:
        server.take_over(monkeypatch)
        found = health_of()
    assert found.ok
    assert found.facts == {"commit": "0" * 40, "pipeline_tag": "text-generation", "hosts": ["hf-inference", "together"]}
    with HfServer(key="another") as server:
        server.take_over(monkeypatch)
        wrong = health_of()
    assert not wrong.ok
    assert "Invalid credentials" in wrong.detail
    assert HF_KEY not in wrong.detail
