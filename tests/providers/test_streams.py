"""Streams cut, named and ended in every way that servers are known to do it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortlist_providers import FailureKind, FinishReason, Generation, Timings
from shortlist_providers.wire.chat import ChatReply
from shortlist_providers.wire.decode import sound
from shortlist_providers.wire.exchange import Exchange
from shortlist_providers.wire.secret import NO_SECRET
from shortlist_providers.wire.sse import Event, EventReader
from support.providers import VARIANTS, ask, build, request, started
from support.scripted_server import ScriptedServer, raw, raw_stream

OPEN = b'data: {"id": "1", "model": "m", "choices": [{"delta": {"role": "assistant", "content": ""}}]}\n\n'
END = b'data: {"choices": [{"delta": {}, "finish_reason": "stop"}]}\n\n'
DONE = b"data: [DONE]\n\n"

chatting = pytest.mark.parametrize("name", ["openai_compatible-stream", "vllm-stream", "openai-stream"])


def delta(text: str, escaped: bool = False) -> bytes:
    return b"data: " + json.dumps({"choices": [{"delta": {"content": text}}]}, ensure_ascii=escaped).encode() + b"\n\n"


def read(name: str, *pieces: bytes) -> str | None:
    with ScriptedServer(default=raw_stream(*pieces)) as server:
        generation = ask(VARIANTS[name], server)
    assert generation.failure is None, generation.failure
    assert generation.finish_reason is FinishReason.STOP
    return generation.text


@chatting
@pytest.mark.parametrize(
    ("header", "kind"), [("", FailureKind.TRANSIENT), ("Content-Length: {}\r\n", FailureKind.MALFORMED)]
)
def test_a_server_that_dies_where_only_its_going_ends_the_body(name: str, header: str, kind: FailureKind) -> None:
    body = OPEN + delta("half an ans")

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n{header.format(len(body))}\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()

    async def once() -> Generation:
        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            variant = VARIANTS[name]
            async with started(build(variant.kind, f"http://127.0.0.1:{port}", **variant.settings)) as provider:
                return await provider.generate(request())

    generation = asyncio.run(once())
    assert generation.failure is not None
    assert (generation.failure.kind, generation.text) == (kind, "half an ans")


@chatting
def test_an_emoji_cut_between_packets_is_whole_again(name: str) -> None:
    whole = OPEN + delta("Größe 😀!") + END + DONE
    at = whole.index("😀".encode())
    assert read(name, whole[: at + 1], whole[at + 1 : at + 3], whole[at + 3 :]) == "Größe 😀!"


@chatting
def test_an_emoji_cut_between_deltas_is_whole_again(name: str) -> None:
    first, second = b'"a \\ud83d"', b'"\\ude00 b"'
    halves = [b'data: {"choices": [{"delta": {"content": ' + half + b"}}]}\n\n" for half in (first, second)]
    assert read(name, OPEN, *halves, END, DONE) == "a 😀 b"


@chatting
def test_a_lone_surrogate_is_replaced_so_that_records_can_be_written(name: str) -> None:
    text = read(name, OPEN + b'data: {"choices": [{"delta": {"content": "a \\ud83d b"}}]}\n\n' + END)
    assert text == "a \ufffd b"
    assert text.encode()


@chatting
@pytest.mark.parametrize(
    "dress",
    [
        lambda stream: stream.replace(b"\n", b"\r\n"),
        lambda stream: stream.replace(b"\n", b"\r"),
        lambda stream: stream.replace(b"data: ", b"data:"),
        lambda stream: b": ping\n\n" + stream.replace(b"\n\n", b"\n\n: still here\n\nretry: 5\nid: 7\n"),
        lambda stream: b"\xef\xbb\xbf" + stream,
        lambda stream: stream.replace(DONE, b""),
        lambda stream: stream.replace(DONE, b"").rstrip(b"\n"),
        lambda stream: stream.replace(b'{"id": "1", ', b'{"id": "1",\ndata: '),
        lambda stream: stream.replace(b"data: {", b"event: message\ndata: {"),
    ],
    ids=["crlf", "cr", "no space", "comments", "bom", "no done", "no last line", "two data lines", "named"],
)
def test_dialects_of_event_streams(name: str, dress: object) -> None:
    assert callable(dress)
    assert read(name, dress(OPEN + delta("one ") + delta("two") + END + DONE)) == "one two"


@chatting
def test_a_stream_in_which_the_model_never_spoke_is_malformed(name: str) -> None:
    with ScriptedServer(default=raw_stream(DONE)) as server:
        failure = ask(VARIANTS[name], server).failure
    assert failure is not None
    assert failure.kind is FailureKind.MALFORMED
    assert "before the model did" in failure.message


def test_older_llama_servers_name_the_field_error() -> None:
    with ScriptedServer(default=raw_stream(OPEN, b'error: {"code": 400, "message": "too long"}\n\n')) as server:
        failure = ask(VARIANTS["openai_compatible-stream"], server).failure
    assert failure is not None
    assert failure.status == 400
    assert "too long" in failure.message


@chatting
def test_a_server_that_does_not_stream_is_recorded(name: str) -> None:
    reply = b'{"choices": [{"message": {"content": "whole"}, "finish_reason": "stop"}]}'
    with ScriptedServer(default=raw(reply)) as server:
        generation = ask(VARIANTS[name], server)
    assert (generation.text, generation.unhonoured) == ("whole", ("stream",))
    assert generation.timings.first_token is None


def test_the_first_token_is_the_first_that_says_something() -> None:
    now = 0.0

    async def arriving() -> AsyncIterator[bytes]:
        nonlocal now
        for piece in (OPEN, delta("x"), delta("y"), END + DONE):
            now += 1.0
            yield piece

    exchange = Exchange(lambda: now, NO_SECRET, ChatReply())
    asyncio.run(exchange.take_stream(arriving()))
    assert exchange.generation().timings == Timings(sent=0.0, first_token=2.0, last_token=4.0)


def test_a_finished_stream_leaves_its_connection_to_the_next_request() -> None:
    async def two(server: ScriptedServer) -> None:
        async with started(build("openai_compatible", server.url)) as provider:
            for _ in range(2):
                assert (await provider.generate(request())).failure is None

    closing_late = raw_stream(OPEN + delta("x") + END + DONE, b": goodbye\n\n")
    with ScriptedServer(default=closing_late) as server:
        asyncio.run(two(server))
        assert server.connections == 1


STREAM = (
    b"\xef\xbb\xbfdata: 0\n\n"
    b": hi\r\n\r\nevent: a\rdata: 1\r\r"
    b"data:2\r\ndata: 3\r\n\r\n"
    b"id: 4\ndata: \xf0\x9f\x98\x80\r\n\r\n"
    b"data: the\rdata: end"
)
EVENTS = [
    Event("message", b"0"),
    Event("a", b"1"),
    Event("message", b"2\n3"),
    Event("message", "😀".encode()),
    Event("message", b"the\nend"),
]


def events_of(*pieces: bytes) -> list[Event]:
    reader = EventReader()
    return [*(event for piece in pieces for event in reader.feed(piece)), *reader.flush()]


@given(st.lists(st.integers(0, len(STREAM)), max_size=12).map(sorted))
def test_events_do_not_depend_on_where_the_stream_is_cut(cuts: list[int]) -> None:
    pieces = [STREAM[start:end] for start, end in zip([0, *cuts], [*cuts, len(STREAM)], strict=True)]
    assert events_of(*pieces) == EVENTS


def test_a_stream_may_be_cut_once_anywhere_or_everywhere() -> None:
    for at in range(len(STREAM)):
        assert events_of(STREAM[:at], STREAM[at:]) == EVENTS
    assert events_of(*(STREAM[at : at + 1] for at in range(len(STREAM)))) == EVENTS


@given(st.text(st.characters()) | st.text(st.sampled_from("a\ud83d\ude00ö")))
def test_sound_text_can_be_written_and_loses_nothing_that_could_be(text: str) -> None:
    mended = sound(text)
    mended.encode()
    if not any("\ud800" <= character <= "\udfff" for character in text):
        assert mended == text
