"""Ollama's own protocol: what is asked, what is read, and what is made of its failures."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortlist_providers import FailureKind, FinishReason, Generation, Request, Usage
from shortlist_providers.wire.ndjson import LineReader
from support.dialects import OLLAMA_COUNTS, TEXT, Answer, Dialect, DialectServer, lines, ollama, said
from support.providers import KEY, SCHEMA, build, request, started

WHOLE = {"model": "m", "message": {"role": "assistant", "content": "yes"}, "done": True, "done_reason": "stop"}


def provider_at(url: str, **settings: Any) -> Any:
    return build("openai_compatible", url, **{"server": "ollama_native", "model": "resumemate", **settings})


def ask(dialect: Dialect, asked: Request | None = None, **settings: Any) -> tuple[Generation, Mapping[str, Any]]:
    async def once(server: DialectServer) -> Generation:
        async with started(provider_at(server.url, **settings)) as provider:
            async with asyncio.timeout(60):  # a reply that never ends must fail the test, not stop it
                generation: Generation = await provider.generate(asked or request())
            return generation

    with DialectServer(dialect) as server:
        generation = asyncio.run(once(server))
    assert server.generations[0].path == "/api/chat"
    return generation, server.generations[0].body


@pytest.mark.parametrize("stream", [True, False])
def test_a_chat_in_ollamas_words(stream: bool) -> None:
    sampling = {"temperature": 0.5, "top_p": 0.9, "seed": 7, "stop": ("END",), "max_tokens": 321}
    generation, body = ask(ollama, request(sampling=sampling), stream=stream, num_ctx=16384, think=False)
    assert body == {
        "model": "resumemate",
        "messages": [{"role": "system", "content": "Answer."}, {"role": "user", "content": "Hello"}],
        "stream": stream,
        "truncate": False,
        "shift": False,
        "think": False,
        "format": SCHEMA,
        "options": {
            "num_predict": 321,
            "temperature": 0.5,
            "top_p": 0.9,
            "seed": 7,
            "stop": ["END"],
            "num_ctx": 16384,
        },
    }
    assert (generation.text, generation.failure, generation.unhonoured) == (TEXT, None, ())
    assert generation.finish_reason is FinishReason.STOP
    assert generation.usage == Usage(input=26, output=7)
    assert generation.model == "resumemate"
    assert (generation.timings.first_token is not None) is stream


def test_what_the_model_thinks_is_no_output_and_no_first_token() -> None:
    generation, _ = ask(ollama, request(schema=None))
    assert generation.text == "yes"


def test_without_a_schema_and_settings_nothing_is_made_up() -> None:
    _, body = ask(ollama, request(schema=None, sampling={"temperature": None}))
    assert not {"format", "think"} & set(body)
    assert body["options"] == {"num_predict": 100}


@pytest.mark.parametrize(
    ("structured", "form"), [("auto", SCHEMA), ("json_schema", SCHEMA), ("json_object", "json"), ("none", None)]
)
def test_ways_of_passing_a_schema_on(structured: str, form: Any) -> None:
    generation, body = ask(ollama, structured=structured)
    assert body.get("format") == form
    assert generation.unhonoured == (() if form == SCHEMA else ("schema",))


def test_further_options_join_ours() -> None:
    _, body = ask(ollama, extra_body={"keep_alive": "10m", "options": {"top_k": 1}})
    assert body["keep_alive"] == "10m"
    assert body["options"] == {"num_predict": 100, "temperature": 0.0, "top_k": 1}


def test_further_options_in_place_of_what_was_asked_are_recorded() -> None:
    instead = {"format": "json", "options": {"temperature": 1.5, "num_predict": 9}}
    generation, body = ask(ollama, extra_body=instead)
    assert body["options"] == {"num_predict": 9, "temperature": 1.5}
    assert generation.unhonoured == ("temperature", "max_tokens", "schema")


def test_a_prompt_that_does_not_fit_is_refused_not_cut() -> None:
    failure = ask(ollama, request("word " * 50), num_ctx=10)[0].failure
    assert failure is not None
    assert failure.kind is FailureKind.PERMANENT
    assert "exceeds the context length 10" in failure.message
    assert ask(ollama, request("word " * 50), num_ctx=100)[0].failure is None


def test_a_model_that_is_not_there() -> None:
    failure = ask(ollama, model="another")[0].failure
    assert failure is not None
    assert (failure.kind, failure.status) == (FailureKind.PERMANENT, 404)
    assert "model 'another' not found" in failure.message


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(
    ("reason", "kind", "finish"),
    [
        ("length", FailureKind.TRUNCATED, FinishReason.LENGTH),
        ("load", FailureKind.TRANSIENT, FinishReason.UNKNOWN),
        ("unload", FailureKind.TRANSIENT, FinishReason.UNKNOWN),
        ("something new", None, FinishReason.UNKNOWN),
        (None, None, FinishReason.UNKNOWN),
    ],
)
def test_reasons_to_stop(reason: str | None, kind: FailureKind | None, finish: FinishReason, stream: bool) -> None:
    reply = {**WHOLE, "done_reason": reason}
    generation, _ = ask(lambda asked: lines(reply) if stream else said(reply), stream=stream)
    assert (generation.failure and generation.failure.kind) == kind
    assert (generation.finish_reason, generation.text) == (finish, "yes")


@pytest.mark.parametrize(
    ("counts", "usage"),
    [
        (OLLAMA_COUNTS, Usage(input=26, output=7)),
        ({"prompt_eval_count": 100, "prompt_eval_cached_count": 40}, Usage(input=60, cached_read=40)),
        ({"prompt_eval_count": 10, "prompt_eval_cached_count": 40}, Usage(cached_read=40)),
        ({"eval_count": -1, "prompt_eval_count": "26"}, Usage()),
        ({}, Usage()),
    ],
)
def test_counts_that_are_missing_or_odd_are_unknown(counts: dict[str, Any], usage: Usage) -> None:
    assert ask(lambda asked: lines({**WHOLE, **counts}))[0].usage == usage


def test_an_error_in_the_middle_of_a_stream() -> None:
    part = {"model": "m", "message": {"role": "assistant", "content": "ye"}, "done": False}
    generation, _ = ask(lambda asked: lines(part, {"error": f"an error was encountered for {KEY}"}))
    assert generation.failure is not None
    assert generation.failure.kind is FailureKind.TRANSIENT
    assert generation.text == "ye"
    assert KEY not in repr(generation)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (lines(), "body is empty"),
        (lines({"model": "m", "message": {"content": "ye"}, "done": False}), "before the model did"),
        (lines({"model": "m", "message": {"content": 3}}), "not text"),
        (lines({"model": "m", "message": ["no"]}), "not text"),
        (lines(["no"]), "not an object"),
        (Answer([b'{"message": {"content": "a"}}\n{"mess'], content_type="application/x-ndjson"), "not JSON"),
        (Answer([b"<html>"], content_type="text/html"), "application/x-ndjson"),
    ],
)
def test_streams_that_break_the_protocol(answer: Answer, why: str) -> None:
    failure = ask(lambda asked: answer)[0].failure
    assert failure is not None
    assert failure.kind is FailureKind.MALFORMED
    assert why in failure.message


@pytest.mark.parametrize(
    ("reply", "why"), [({}, "message"), ({**WHOLE, "done": False}, "done"), ({**WHOLE, "message": "x"}, "message")]
)
def test_whole_replies_of_the_wrong_shape(reply: dict[str, Any], why: str) -> None:
    failure = ask(lambda asked: said(reply), stream=False)[0].failure
    assert failure is not None
    assert failure.kind is FailureKind.MALFORMED
    assert why in failure.message


def test_a_server_that_does_not_stream_is_recorded() -> None:
    generation, _ = ask(lambda asked: said(WHOLE))
    assert (generation.text, generation.unhonoured) == ("yes", ("stream",))


def test_a_finished_stream_is_not_waited_for() -> None:
    """`done` ends the reply, whatever the connection does."""
    done = Answer([json.dumps(WHOLE).encode() + b"\n"], content_type="application/x-ndjson", stalls=True)
    assert ask(lambda asked: done)[0].text == "yes"


def test_broken_utf8_and_emoji_arrive_whole() -> None:
    first, second = (json.dumps({"message": {"content": half}, "done": False}) for half in ("a \ud83d", "\ude00 b"))
    streamed = f"{first}\n{second}\r\n\n{json.dumps({**WHOLE, 'message': {'content': ' ö'}}, ensure_ascii=False)}"
    raw = streamed.encode()
    at = raw.index("ö".encode()) + 1
    answer = Answer([raw[:at], raw[at:]], content_type="application/x-ndjson")
    assert ask(lambda asked: answer)[0].text == "a 😀 b ö"


def test_loading_the_model_is_told_at_the_end() -> None:
    async def sitting(url: str, **settings: Any) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        async with started(provider_at(url, **settings)) as provider:
            before = await provider.closing_facts()
            for _ in range(2):
                await provider.generate(request())
            return before, await provider.closing_facts()

    with DialectServer(ollama) as server:
        before, after = asyncio.run(sitting(server.url))
    assert (before, after) == ({}, {"model_loads": 2, "model_load_seconds": 4.0})

    with DialectServer(ollama) as server:
        _, after = asyncio.run(sitting(server.url, cold_start="measure"))
    assert after == {"model_loads": 2, "model_load_seconds": 4.0}, "no case waited for the warm-up"

    warm = {**WHOLE, "load_duration": 3_000_000}
    with DialectServer(lambda asked: lines(warm)) as server:
        assert asyncio.run(sitting(server.url))[1] == {}, "some milliseconds are no loading"


# lines


STREAM = b'{"a": 1}\n\n{"b": "\xc3\xb6"}\r\n  \n{"c": 3}'
LINES = [b'{"a": 1}', b'{"b": "\xc3\xb6"}\r', b'{"c": 3}']


@given(st.lists(st.integers(0, len(STREAM)), max_size=12).map(sorted))
def test_lines_do_not_depend_on_where_the_stream_is_cut(cuts: list[int]) -> None:
    reader = LineReader()
    pieces = [STREAM[start:end] for start, end in zip([0, *cuts], [*cuts, len(STREAM)], strict=True)]
    found = [event.data for piece in pieces for event in reader.feed(piece)]
    assert [*found, *(event.data for event in reader.flush())] == LINES
    assert reader.flush() == []
