"""Every way a server can answer, over real sockets, for every kind that talks to one."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from typing import Any

import pytest

from shortlist_providers import (
    FailureKind,
    FailureScope,
    FinishReason,
    Generation,
    Provider,
    ProviderContext,
    Usage,
    load_kind,
)
from support.providers import KEY, VARIANTS, Variant, ask, request, started
from support.scripted_server import (
    Behaviour,
    ScriptedServer,
    bad_key,
    empty_body,
    half_json,
    html_200,
    ok,
    rate_limit,
    raw,
    refused,
    slow_chunks,
    status,
    truncated,
    wrong_content_type,
)

TEXT = '{"answer": "Größe 😀, \\"quoted\\""}'

every = pytest.mark.parametrize("variant", VARIANTS.values(), ids=VARIANTS)
streaming = pytest.mark.parametrize("variant", [v for v in VARIANTS.values() if v.streams], ids=lambda v: v.kind)
speaks_of_endings = pytest.mark.parametrize(
    "variant", [v for name, v in VARIANTS.items() if not name.startswith("custom_http")], ids=lambda v: v.kind
)

P, T, R, M = FailureKind.PERMANENT, FailureKind.TRANSIENT, FailureKind.RATE_LIMITED, FailureKind.MALFORMED
ONE, ALL = FailureScope.REQUEST, FailureScope.PROVIDER


def always(behaviour: Behaviour, **options: Any) -> ScriptedServer:
    return ScriptedServer(default=behaviour, **options)


@every
@pytest.mark.parametrize(
    "behaviour", [ok(TEXT), slow_chunks(TEXT), ok(TEXT, chunks=1000)], ids=["ok", "slow", "single"]
)
def test_a_complete_answer_arrives_unchanged(variant: Variant, behaviour: Behaviour) -> None:
    with always(behaviour, key=KEY) as server:
        generation = ask(variant, server)
    assert generation.failure is None
    if variant.settings.get("structured") == "tool" and not variant.streams:  # the SDK's protocol sends an object
        assert generation.text == TEXT.replace(": ", ":")
    else:
        assert generation.text == TEXT
    assert not generation.cached
    timings = generation.timings
    assert (timings.first_token is not None) == variant.streams
    assert timings.sent <= (timings.first_token or timings.sent) <= timings.last_token
    assert [entry.completed for entry in server.log] == [True]


STATUSES = {
    400: (P, ONE),
    401: (P, ALL),
    402: (P, ALL),
    403: (P, ALL),
    404: (P, ALL),
    405: (P, ALL),
    408: (T, ONE),
    409: (T, ONE),
    413: (P, ONE),
    422: (P, ONE),
    425: (T, ONE),
    500: (T, ONE),
    502: (T, ONE),
    503: (T, ONE),
    504: (T, ONE),
    529: (T, ONE),
}


@every
@pytest.mark.parametrize("code", STATUSES)
def test_an_http_status_says_what_failed_and_for_whom(variant: Variant, code: int) -> None:
    with always(status(code)) as server:
        generation = ask(variant, server)
    failure = generation.failure
    assert failure is not None
    assert (failure.kind, failure.scope) == STATUSES[code]
    assert failure.status == code
    assert failure.message.startswith(f"HTTP {code}: scripted")
    assert generation.text is None
    assert generation.usage == Usage()
    assert len(server.log) == 1, "a provider never retries"


@every
def test_a_status_without_json_is_classified_all_the_same(variant: Variant) -> None:
    with always(status(503, "<html>Bad gateway</html>", {"Retry-After": "7"})) as server:
        failure = ask(variant, server).failure
    assert failure is not None
    assert (failure.kind, failure.retry_after, failure.received) == (T, 7.0, "<html>Bad gateway</html>")


@every
@pytest.mark.parametrize(
    ("said", "seconds"),
    [("0", 0.0), ("2", 2.0), ("1.5", 1.5), (None, None), ("soon", None), ("-3", None), ("nan", None), ("inf", None)],
)
def test_a_rate_limit_says_when_to_come_back(variant: Variant, said: str | None, seconds: float | None) -> None:
    with always(rate_limit(said)) as server:
        failure = ask(variant, server).failure
    assert failure is not None
    assert (failure.kind, failure.scope, failure.status) == (R, ONE, 429)
    assert failure.retry_after == seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after-ms": "250", "Retry-After": "9"}, 0.25),
        ({"Retry-After": "Fri, 20 Nov 2026 12:00:30 GMT", "Date": "Fri, 20 Nov 2026 12:00:00 GMT"}, 30.0),
        ({"Retry-After": "Fri, 20 Nov 2026 11:00:00 GMT", "Date": "Fri, 20 Nov 2026 12:00:00 GMT"}, 0.0),
    ],
)
def test_retry_after_comes_in_milliseconds_and_dates_too(headers: dict[str, str], seconds: float) -> None:
    with always(status(429, headers=headers)) as server:
        for variant in ("openai_compatible", "openai", "claude"):
            failure = ask(VARIANTS[variant], server).failure
            assert failure is not None
            assert failure.retry_after == seconds


@every
@pytest.mark.parametrize(
    ("behaviour", "received"),
    [
        (html_200(), "<html><body>It works!</body></html>"),
        (empty_body(), ""),
        (half_json(), '{"id": "x", "choices"'),
        (raw(b"[1, 2]"), "[1, 2]"),
        (raw(b'{"error": {"message": "out of memory", "type": "server_error"}}'), '{"error"'),
        (raw(b"\xff\xfe\x00nonsense"), "\ufffd"),
    ],
    ids=["html", "empty", "half", "list", "error", "binary"],
)
def test_a_reply_that_breaks_the_protocol_is_kept(variant: Variant, behaviour: Behaviour, received: str) -> None:
    with always(behaviour) as server:
        generation = ask(variant, server)
    failure = generation.failure
    assert failure is not None
    assert failure.kind is (T if b"out of memory" in (behaviour.body or b"") else M)
    assert failure.received is not None or not received
    assert (failure.received or "").startswith(received)
    assert generation.text is None


@every
def test_a_good_reply_under_the_wrong_content_type_is_malformed(variant: Variant) -> None:
    with always(wrong_content_type()) as server:
        failure = ask(variant, server).failure
    assert failure is not None
    assert failure.kind is M
    assert "text/plain" in failure.message
    assert failure.received


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"{}", "choices"),
        (b'{"choices": []}', "empty"),
        (b'{"choices": ["x"]}', "not an object"),
        (b'{"choices": [{"message": "x"}]}', "message"),
        (b'{"choices": [{"message": {"role": "assistant"}}]}', "neither content"),
        (b'{"choices": [{"message": {"content": 7}, "finish_reason": "stop"}]}', "int"),
        (b'{"choices": [{"message": {"content": "x"}}], "temperature": NaN}', "not JSON"),
    ],
)
@pytest.mark.parametrize("kind", ["openai_compatible", "vllm", "openai"])
def test_a_chat_completion_of_the_wrong_shape_is_malformed(kind: str, body: bytes, why: str) -> None:
    with always(raw(body)) as server:
        failure = ask(VARIANTS[kind], server).failure
    assert failure is not None
    assert failure.kind is M
    assert why in failure.message
    assert failure.received == body.decode()


@pytest.mark.parametrize("body", [b"{}", b'{"content": "x"}', b'{"content": [], "usage": {}}', b'{"content": [1]}'])
def test_a_message_of_the_wrong_shape_is_malformed(body: bytes) -> None:
    with always(raw(body)) as server:
        failure = ask(VARIANTS["claude"], server).failure
    assert failure is not None
    assert failure.kind is M


@every
@pytest.mark.parametrize("after", [0, 60])
def test_a_connection_that_is_cut_is_transient_for_this_request(variant: Variant, after: int) -> None:
    with always(Behaviour("drop", text="x" * 500, drop_after=after)) as server:
        generation = ask(variant, server)
    assert generation.failure is not None
    assert (generation.failure.kind, generation.failure.scope) == (T, ONE)
    assert [(entry.behaviour, entry.completed) for entry in server.log] == [("drop", False)]


@streaming
def test_a_stream_that_is_cut_keeps_what_had_arrived(variant: Variant) -> None:
    with always(Behaviour("drop", text="x" * 4000, chunks=40, drop_after=5000)) as server:
        generation = ask(variant, server, request(schema=None))
    assert generation.failure is not None
    assert generation.failure.kind is T
    assert generation.text
    assert set(generation.text) == {"x"}
    assert generation.timings.first_token is not None


@every
def test_a_refused_connection_concerns_every_request(variant: Variant) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # bound, but nobody listens
        generation = ask(variant, f"http://127.0.0.1:{unused.getsockname()[1]}")
    assert generation.failure is not None
    assert (generation.failure.kind, generation.failure.scope) == (T, ALL)


@pytest.mark.parametrize("name", ["openai_compatible", "openai"])
def test_a_host_that_does_not_exist_concerns_every_request(name: str) -> None:
    failure = ask(VARIANTS[name], "http://no-such-host.invalid").failure
    assert failure is not None
    assert (failure.kind, failure.scope) == (T, ALL)


@every
def test_a_server_that_speaks_no_http_is_no_reply(variant: Variant) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        failure = ask(variant, f"http://127.0.0.1:{listener.getsockname()[1]}").failure
        thread.join()
    assert failure is not None
    assert failure.kind is M


@speaks_of_endings
def test_a_token_limit_truncates_and_keeps_the_text(variant: Variant) -> None:
    with always(truncated('{"answer": "ye')) as server:
        generation = ask(variant, server)
    assert generation.failure is not None
    assert generation.failure.kind is FailureKind.TRUNCATED
    assert generation.finish_reason is FinishReason.LENGTH
    assert generation.text == '{"answer": "ye'
    assert generation.usage.output == 5


@speaks_of_endings
def test_a_refusal_is_told_in_the_models_words(variant: Variant) -> None:
    with always(refused("I cannot help with that.")) as server:
        generation = ask(variant, server)
    assert generation.failure is not None
    assert generation.failure.kind is FailureKind.REFUSED
    assert "I cannot help with that." in generation.failure.message
    assert generation.text is None


@pytest.mark.parametrize("variant", [v for v in VARIANTS.values() if v.chats], ids=lambda v: v.kind)
def test_a_content_filter_is_a_refusal(variant: Variant) -> None:
    with always(ok("half of", finish="content_filter")) as server:
        generation = ask(variant, server)
    assert generation.failure is not None
    assert generation.failure.kind is FailureKind.REFUSED
    assert generation.finish_reason is FinishReason.CONTENT_FILTER
    assert generation.text == "half of"


def test_a_custom_server_may_say_that_it_was_cut_off() -> None:
    with always(truncated("Dear")) as server:
        generation = ask(VARIANTS["custom_http"], server)
    assert generation.failure is not None
    assert generation.failure.kind is FailureKind.TRUNCATED
    assert generation.text == "Dear"


@streaming
def test_a_stream_that_ends_before_the_model_does_is_malformed(variant: Variant) -> None:
    with always(ok(TEXT, finish=None)) as server:
        generation = ask(variant, server)
    assert generation.failure is not None
    assert generation.failure.kind is M
    assert generation.failure.received
    assert generation.text == TEXT


@pytest.mark.parametrize(
    ("error", "kind", "scope"),
    [
        ('{"error": {"message": "boom", "code": 500}}', T, ONE),
        ('{"error": {"message": "boom", "type": "overloaded_error"}}', T, ONE),
        ('{"error": {"message": "boom", "type": "rate_limit_error"}}', R, ONE),
        ('{"error": {"message": "boom", "type": "invalid_request_error"}}', P, ONE),
        ('{"error": {"message": "boom", "code": "404"}}', P, ALL),
        ('{"error": "boom"}', T, ONE),
        ('{"object": "error", "message": "boom", "code": 400}', P, ONE),
    ],
)
@pytest.mark.parametrize("name", ["openai_compatible-stream", "openai-stream"])
def test_an_error_inside_a_stream_is_classified(name: str, error: str, kind: FailureKind, scope: FailureScope) -> None:
    stream = f'data: {{"choices": [{{"delta": {{"content": "par"}}}}]}}\n\ndata: {error}\n\n'
    with always(raw(stream.encode(), "text/event-stream")) as server:
        generation = ask(VARIANTS[name], server)
    assert generation.failure is not None
    assert (generation.failure.kind, generation.failure.scope) == (kind, scope)
    assert "boom" in generation.failure.message
    assert generation.text == "par"


def test_an_overload_inside_a_claude_stream_is_transient() -> None:
    stream = (
        b'event: message_start\ndata: {"type": "message_start", "message": {"usage": {"input_tokens": 9}}}\n\n'
        b'event: error\ndata: {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}\n\n'
    )
    with always(raw(stream, "text/event-stream")) as server:
        generation = ask(VARIANTS["claude-stream"], server)
    assert generation.failure is not None
    assert (generation.failure.kind, generation.failure.status) == (T, 529)
    assert generation.usage.input == 9


@pytest.mark.parametrize("name", ["openai_compatible", "openai"])
@pytest.mark.parametrize(
    ("code", "body", "kind", "scope"),
    [
        (429, '{"error": {"message": "pay", "code": "insufficient_quota"}}', P, ALL),
        (400, '{"error": {"message": "no", "code": "content_filter"}}', FailureKind.REFUSED, ONE),
    ],
)
def test_some_error_codes_say_more_than_their_status(
    name: str, code: int, body: str, kind: FailureKind, scope: FailureScope
) -> None:
    with always(status(code, body)) as server:
        failure = ask(VARIANTS[name], server).failure
    assert failure is not None
    assert (failure.kind, failure.scope) == (kind, scope)


@every
@pytest.mark.parametrize("code", [302, 307])
def test_a_redirect_is_not_followed_with_the_key_and_the_resume(variant: Variant, code: int) -> None:
    with always(status(code, headers={"Location": "http://elsewhere.invalid/v1"})) as server:
        failure = ask(variant, server).failure
        assert len(server.log) == 1
    assert failure is not None
    assert (failure.kind, failure.scope) == (P, ALL)
    assert "http://elsewhere.invalid/v1" in failure.message


def test_a_made_up_key_changes_nothing_that_a_model_said() -> None:
    with always(ok('{"answer": "none of it is EMPTY"}')) as server:
        provider = load_kind("vllm")
        settings: dict[str, Any] = {"base_url": server.base_url, "model": "m", "api_key_env": "K"}
        config = provider.Config(kind="vllm", **settings)
        context = ProviderContext(time.monotonic, asyncio.sleep, {"K": "EMPTY"})
        generation = asyncio.run(answered(provider(config, context)))
    assert generation.text == '{"answer": "none of it is EMPTY"}'


async def answered(provider: Provider) -> Generation:
    async with started(provider):
        return await provider.generate(request())


@every
def test_a_wrong_base_url_is_named(variant: Variant) -> None:
    with always(status(404, "<h1>Not Found</h1>")) as server:
        failure = ask(variant, server).failure
    assert failure is not None
    assert f"nothing answers at {server.url}" in failure.message
    assert "base_url" in failure.message


def test_a_404_that_says_what_is_missing_is_left_as_it_is() -> None:
    with always(status(404, '{"message": "The model `m` does not exist."}')) as server:
        failure = ask(VARIANTS["openai_compatible"], server).failure
    assert failure is not None
    assert failure.message == "HTTP 404: The model `m` does not exist."


def test_a_refused_connection_is_told_in_plain_words() -> None:
    with always(raw(b"")) as server:
        port = server.url.rpartition(":")[2]
    failure = ask(VARIANTS["openai_compatible"], server).failure  # which has stopped
    assert failure is not None
    assert failure.message == f"cannot reach the server: 127.0.0.1:{port}: Connection refused"


MEGABYTE = b"x" * 1024 * 1024


@every
@pytest.mark.parametrize(
    "behaviour",
    [
        raw(b"x" * 2001),
        raw(MEGABYTE * 33),
        Behaviour("endless", pieces=(MEGABYTE,) * 33, content_type="application/json"),
        Behaviour("endless", pieces=(MEGABYTE,) * 33, content_type="text/event-stream"),
    ],
    ids=["long", "too long", "endless", "endless stream"],
)
def test_what_is_kept_of_a_bad_reply_is_bounded(variant: Variant, behaviour: Behaviour) -> None:
    with always(behaviour) as server:
        failure = ask(variant, server).failure
    assert failure is not None
    assert failure.kind is M
    assert failure.received is not None
    assert len(failure.received) == 2000
    if behaviour.content_type == "application/json" and behaviour.body != b"x" * 2001:
        assert "exceeds" in failure.message


@every
def test_an_echoed_key_is_blacked_out(variant: Variant) -> None:
    page = raw(b"<p>" + KEY.encode() * 200, "text/html")
    for behaviour in (bad_key(KEY), page, refused(f"Your key {KEY} is no good")):
        with always(behaviour) as server:
            generation = ask(variant, server)
        assert KEY not in repr(generation)
        assert KEY[:12] not in repr(generation.failure)


@every
def test_a_key_that_a_model_repeats_reaches_no_record(variant: Variant) -> None:
    with always(ok(f'{{"answer": "as in {KEY}"}}')) as server:
        generation = ask(variant, server)
    assert generation.failure is None
    assert KEY not in repr(generation)
    assert "as in [redacted]" in (generation.text or "")
