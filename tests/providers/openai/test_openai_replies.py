"""The Responses API's answers; and our reading of every answer agrees with the SDK's of the same bytes."""

from __future__ import annotations

import json
from typing import Any

import openai
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

from shortlist_providers import FailureKind, FailureScope, FinishReason, Generation, Usage
from support import openai_responses as wire
from support import replies
from support.openai_responses import OpenAIServer
from support.providers import KEY, Variant, ask
from support.scripted_server import (
    Behaviour,
    bad_key,
    drop,
    half_json,
    html_200,
    ok,
    rate_limit,
    raw,
    raw_stream,
    refused,
    status,
    truncated,
)

BODY = {"model": "gpt-x", "stream_options": {"include_usage": True}}
CACHED = {
    "prompt_tokens": 100,
    "completion_tokens": 30,
    "total_tokens": 130,
    "prompt_tokens_details": {"cached_tokens": 60, "cache_write_tokens": 10},
    "completion_tokens_details": {"reasoning_tokens": 12},
}
CHAT, CHUNK = TypeAdapter(ChatCompletion), TypeAdapter(ChatCompletionChunk)
RESPONSE, EVENT = TypeAdapter(Response), TypeAdapter(ResponseStreamEvent)
P, T, R, M = FailureKind.PERMANENT, FailureKind.TRANSIENT, FailureKind.RATE_LIMITED, FailureKind.MALFORMED

both = pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])


def respond(behaviour: Behaviour, stream: bool, **settings: Any) -> Generation:
    with OpenAIServer(default=behaviour) as server:
        return ask(Variant("openai", {"api": "responses", "stream": stream}), server, **settings)


behaviours = st.builds(
    Behaviour,
    name=st.just("any"),
    text=st.text(max_size=60),
    usage=st.one_of(st.none(), st.just(CACHED)),
    finish=st.sampled_from(["stop", "length", "content_filter"]),
    refusal=st.one_of(st.none(), st.just("I cannot.")),
    chunks=st.integers(1, 5),
)
FINISH = {
    "stop": FinishReason.STOP,
    "length": FinishReason.LENGTH,
    "content_filter": FinishReason.CONTENT_FILTER,
    "completed": FinishReason.STOP,
    "max_output_tokens": FinishReason.LENGTH,
}


@given(behaviour=behaviours)
def test_the_scripted_openai_speaks_as_the_sdk_says(behaviour: Behaviour) -> None:
    CHAT.validate_python(replies.chat(behaviour, BODY, 1))
    for piece in replies.chat_stream(behaviour, BODY, 1):
        if piece != b"data: [DONE]\n\n":
            CHUNK.validate_json(piece.removeprefix(b"data: "))
    for finish in (behaviour.finish, "failed", "cancelled"):
        made = Behaviour("any", text=behaviour.text, usage=behaviour.usage, finish=finish, refusal=behaviour.refusal)
        RESPONSE.validate_python(wire.response(made, BODY, 1))
        for number, event in enumerate(wire.events(made, BODY, 1)):
            known: Any = EVENT.validate_python({**event, "sequence_number": number})
            assert known.type == event["type"]


def agree(
    generation: Generation, text: str | None, usage: tuple[int, int, int, int] | None, finish: str | None
) -> None:
    assert (generation.text or "") == (text or "")
    ours = generation.usage
    if usage is None:
        assert ours == Usage()
    else:
        assert (ours.input or 0) + (ours.cached_read or 0) + (ours.cached_write or 0) == usage[0]
        assert (ours.cached_read or 0, ours.output, ours.reasoning or 0) == usage[1:]
    assert generation.finish_reason is FINISH[finish or ""]
    assert generation.model == "gpt-x"


@settings(max_examples=25, deadline=None)
@given(behaviour=behaviours, stream=st.booleans())
def test_we_read_a_chat_completion_as_the_sdk_does(behaviour: Behaviour, stream: bool) -> None:
    whole = json.dumps(replies.chat(behaviour, BODY, 1)).encode()
    served = raw_stream(*replies.chat_stream(behaviour, BODY, 1), delay=0) if stream else raw(whole)
    with OpenAIServer(default=served) as server:
        ours = ask(Variant("openai", {"stream": stream}), server, model="gpt-x")
        with openai.OpenAI(
            api_key=KEY, base_url=server.base_url, max_retries=0, _strict_response_validation=True
        ) as sdk:
            messages: Any = [{"role": "user", "content": "x"}]
            if stream:
                chunks = list(sdk.chat.completions.create(model="gpt-x", messages=messages, stream=True))
                choices = [chunk.choices[0] for chunk in chunks if chunk.choices]
                text = "".join(choice.delta.content or "" for choice in choices)
                counted, finish = chunks[-1].usage, choices[-1].finish_reason
            else:
                said = sdk.chat.completions.create(model="gpt-x", messages=messages)
                text = said.choices[0].message.content or ""
                counted, finish = said.usage, said.choices[0].finish_reason
    usage = None
    if counted is not None:
        read, spent = counted.prompt_tokens_details, counted.completion_tokens_details
        assert read is not None
        assert spent is not None
        usage = (counted.prompt_tokens, read.cached_tokens or 0, counted.completion_tokens, spent.reasoning_tokens or 0)
    agree(ours, text, usage, finish)


@settings(max_examples=25, deadline=None)
@given(behaviour=behaviours, stream=st.booleans())
def test_we_read_a_response_as_the_sdk_does(behaviour: Behaviour, stream: bool) -> None:
    whole = json.dumps(wire.response(behaviour, BODY, 1)).encode()
    served = raw_stream(*wire.stream(behaviour, BODY, 1), delay=0) if stream else raw(whole)
    with OpenAIServer(default=served) as server:
        ours = ask(Variant("openai", {"api": "responses", "stream": stream}), server, model="gpt-x")
        with openai.OpenAI(
            api_key=KEY, base_url=server.base_url, max_retries=0, _strict_response_validation=True
        ) as sdk:
            if stream:
                events: list[Any] = list(sdk.responses.create(model="gpt-x", input="x", stream=True))
                said = events[-1].response
            else:
                said = sdk.responses.create(model="gpt-x", input="x")
    counted, details = said.usage, said.incomplete_details
    usage = None
    if counted is not None:
        read, spent = counted.input_tokens_details, counted.output_tokens_details
        usage = (counted.input_tokens, read.cached_tokens, counted.output_tokens, spent.reasoning_tokens)
    agree(ours, said.output_text, usage, details.reason if details else said.status)


# the Responses API's endings


@both
def test_a_response_is_read(stream: bool) -> None:
    generation = respond(ok('{"answer": "Größe 😀"}', usage=CACHED), stream)
    assert generation.failure is None
    assert generation.text == '{"answer": "Größe 😀"}'
    assert generation.usage == Usage(input=30, cached_read=60, cached_write=10, output=30, reasoning=12)
    assert (generation.finish_reason, generation.model) == (FinishReason.STOP, "scripted")
    assert generation.request_id == "req-1"
    assert (generation.timings.first_token is not None) is stream


@both
def test_a_response_cut_by_its_limit_keeps_its_text(stream: bool) -> None:
    generation = respond(truncated(), stream)
    assert generation.failure is not None
    assert (generation.failure.kind, generation.text) == (FailureKind.TRUNCATED, '{"answer": "ye')
    assert generation.finish_reason is FinishReason.LENGTH
    assert "max_output_tokens" in generation.failure.message
    assert generation.usage.output == 5


@both
def test_a_response_that_reasoned_its_tokens_away_is_truncated_without_text(stream: bool) -> None:
    generation = respond(truncated(""), stream)
    assert generation.failure is not None
    assert (generation.failure.kind, generation.text) == (FailureKind.TRUNCATED, None)


@both
def test_a_refusal_and_a_filter_are_refusals(stream: bool) -> None:
    generation = respond(refused("I would rather not."), stream)
    assert generation.failure is not None
    assert generation.failure.kind is FailureKind.REFUSED
    assert "I would rather not." in generation.failure.message
    filtered = respond(ok(finish="content_filter"), stream)
    assert filtered.failure is not None
    assert (filtered.failure.kind, filtered.finish_reason) == (FailureKind.REFUSED, FinishReason.CONTENT_FILTER)


@both
@pytest.mark.parametrize(
    ("code", "kind", "number"),
    [
        ("server_error", T, None),
        ("rate_limit_exceeded", R, 429),
        ("invalid_prompt", P, 400),
        ("bio_policy", FailureKind.REFUSED, None),
        ("something_new", T, None),
    ],
)
def test_a_response_that_failed_says_why_and_what_it_used(
    stream: bool, code: str, kind: FailureKind, number: int | None
) -> None:
    error = {"code": code, "message": f"no luck, {KEY}"}
    whole = {**wire.response(ok(finish="failed"), BODY, 1), "error": error}
    event = f"data: {json.dumps({'type': 'response.failed', 'response': whole})}\n\n".encode()
    generation = respond(raw_stream(event) if stream else raw(json.dumps(whole).encode()), stream)
    failure = generation.failure
    assert failure is not None
    assert (failure.kind, failure.status) == (kind, number)
    assert "no luck" in failure.message
    assert KEY not in repr(generation)
    assert generation.usage.output == 5


@both
@pytest.mark.parametrize("left", ["cancelled", "queued", "in_progress"])
def test_a_response_left_unfinished_is_no_answer(stream: bool, left: str) -> None:
    failure = respond(ok(finish=left), stream).failure
    assert failure is not None
    assert failure.kind is (M if stream else T)  # a stream that never tells of its end breaks the protocol


def test_an_unknown_reason_for_stopping_is_still_a_cut() -> None:
    whole = {**wire.response(truncated(), BODY, 1), "incomplete_details": {"reason": "steered"}}
    generation = respond(raw(json.dumps(whole).encode()), False)
    assert generation.failure is not None
    assert (generation.failure.kind, generation.finish_reason) == (FailureKind.TRUNCATED, FinishReason.UNKNOWN)


@pytest.mark.parametrize(
    "error",
    [
        {"type": "error", "code": "rate_limit_exceeded", "message": "slow", "param": None, "sequence_number": 3},
        {"type": "error", "error": {"type": "rate_limit_exceeded", "message": "slow"}},
    ],
)
@pytest.mark.parametrize("named", ["event: error\n", ""])
def test_an_error_in_the_middle_of_a_stream(error: dict[str, Any], named: str) -> None:
    pieces = [*wire.stream(ok(), BODY, 1)][:7]
    generation = respond(raw_stream(*pieces, f"{named}data: {json.dumps(error)}\n\n".encode()), True)
    assert generation.failure is not None
    assert (generation.failure.kind, generation.failure.status) == (R, 429)
    assert generation.text


def test_a_stream_that_breaks_off_keeps_its_partial_text() -> None:
    whole = b"".join(wire.stream(ok('{"answer": "yes"}'), BODY, 1))
    at = whole.index(b"response.output_text.done")
    cut = Behaviour("cut", pieces=(whole[:at], whole[at:]), content_type="text/event-stream", drop_after=at)
    generation = respond(cut, True)
    assert generation.failure is not None
    assert (generation.failure.kind, generation.text) == (T, '{"answer": "yes"}')
    assert generation.finish_reason is FinishReason.UNKNOWN


def test_a_stream_that_stops_short_of_its_end_is_malformed() -> None:
    pieces = [*wire.stream(ok(), BODY, 1)][:-1]
    failure = respond(raw_stream(*pieces), True).failure
    assert failure is not None
    assert failure.kind is M
    assert "before the model did" in failure.message


def test_a_refusal_counts_though_its_stream_stops_short() -> None:
    pieces = [*wire.stream(refused("I would rather not."), BODY, 1)][:-4]
    failure = respond(raw_stream(*pieces), True).failure
    assert failure is not None
    assert failure.kind is FailureKind.REFUSED
    assert "I would rather not." in failure.message


def test_a_gateway_that_streams_the_ending_alone_is_understood() -> None:
    assert respond(raw_stream([*wire.stream(ok("all of it"), BODY, 1)][-1]), True).text == "all of it"


@both
@pytest.mark.parametrize(
    ("behaviour", "kind"),
    [
        (status(400), P),
        (bad_key(KEY), P),
        (rate_limit(3), R),
        (status(503), T),
        (html_200(), M),
        (half_json(), M),
        (drop(), T),
        (raw(b"{}"), M),
        (raw(b'{"status": "completed"}'), M),
        (raw(b'{"status": "completed", "output": [1]}'), M),
        (raw(b'{"status": "completed", "output": [{"type": "message", "content": [2]}]}'), M),
        (
            raw(
                b'{"status": "completed", "output": [{"type": "message", '
                b'"content": [{"type": "output_text", "text": 3}]}]}'
            ),
            M,
        ),
    ],
)
def test_faults_are_classified_as_for_every_kind(stream: bool, behaviour: Behaviour, kind: FailureKind) -> None:
    generation = respond(behaviour, stream)
    assert generation.failure is not None
    assert generation.failure.kind is kind
    assert KEY not in repr(generation)
    if behaviour.name == "bad_key":
        assert generation.failure.scope is FailureScope.PROVIDER


@pytest.mark.parametrize("event", [{"type": "response.completed"}, {"type": "response.output_text.delta", "delta": 1}])
def test_an_event_of_the_wrong_shape_is_malformed(event: dict[str, Any]) -> None:
    failure = respond(raw_stream(f"data: {json.dumps(event)}\n\n".encode()), True).failure
    assert failure is not None
    assert failure.kind is M


@pytest.mark.parametrize("api", ["chat", "responses"])
def test_a_setting_that_the_model_refuses_comes_with_its_remedy(api: str) -> None:
    error = {"message": "Unsupported value", "code": "unsupported_value", "param": "temperature"}
    with OpenAIServer(default=status(400, json.dumps({"error": error}))) as server:
        failure = ask(Variant("openai", {"api": api}), server).failure
        assert failure is not None
        assert failure.message.endswith("say `omit: [temperature]` in this provider's settings")
    with OpenAIServer(default=status(400, json.dumps({"error": {**error, "param": "model"}}))) as server:
        failure = ask(Variant("openai", {"api": api}), server).failure
        assert failure is not None
        assert "omit" not in failure.message
