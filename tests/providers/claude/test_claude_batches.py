"""Message Batches: handed in, waited for, fetched, lost."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortlist_providers import (
    BatchLost,
    BatchState,
    DeferredBatchProvider,
    Failure,
    FailureKind,
    FailureScope,
    FinishReason,
    Generation,
    ProviderUnavailable,
    Request,
    Ticket,
    Timings,
)
from shortlist_providers.claude import batches
from support.message_batches import CANCELED, EXPIRED, Fault, MessageBatches, errored, succeeded
from support.providers import KEY, build, request, started
from support.scripted_server import ok, refused, truncated

HTML = Fault(b"<html>It works!</html>", content_type="text/html")
TICKET = Ticket("msgbatch_0001", submitted=1.0)


def asked(count: int = 3) -> list[Request]:
    return [request(f"prompt-{number}-", key=f"task@1/pair-{number}/candidate/0") for number in range(count)]


def use(server: MessageBatches | str, act: Callable[[Any], Awaitable[Any]], **settings: Any) -> Any:
    """What `act` makes of a started provider."""
    url = server if isinstance(server, str) else server.url

    async def once() -> Any:
        async with started(build("claude", url, **{"mode": "batch", **settings})) as provider:
            assert isinstance(provider, DeferredBatchProvider)
            return await act(provider)

    return asyncio.run(once())


async def collected(provider: Any, ticket: Ticket, requests: Sequence[Request]) -> dict[str, Generation]:
    found: dict[str, Generation] = {}
    async for key, generation in provider.collect(ticket, requests):
        assert key not in found
        found[key] = generation
    return found


async def until_lost(provider: Any, ticket: Ticket, requests: Sequence[Request]) -> tuple[list[str], Failure]:
    """The keys that came before the batch was lost, and why it was."""
    found = []
    try:
        async for key, _ in provider.collect(ticket, requests):
            found.append(key)
    except BatchLost as lost:
        return found, lost.failure
    raise AssertionError("nothing was lost")


async def handed_in(provider: Any, requests: Sequence[Request]) -> Ticket:
    ticket = await provider.submit(requests)
    assert isinstance(ticket, Ticket), ticket
    return ticket


def through(server: MessageBatches, requests: Sequence[Request], **settings: Any) -> dict[str, Generation]:
    """Hands in, polls once and collects."""

    async def act(provider: Any) -> dict[str, Generation]:
        ticket = await handed_in(provider, requests)
        assert (await provider.poll(ticket)).ended
        return await collected(provider, ticket, requests)

    found: dict[str, Generation] = use(server, act, **settings)
    return found


# the way of a batch


def test_a_batch_is_handed_in_polled_and_collected() -> None:
    requests = asked()
    outcomes = [{"answer": str(number)} for number in range(3)]

    def outcome(params: Any) -> Any:
        number = int(params["messages"][0]["content"].split("-")[1])
        return succeeded(json.dumps(outcomes[number]), usage={"prompt_tokens": 30, "completion_tokens": number})

    async def act(provider: Any) -> tuple[Ticket, list[BatchState], dict[str, Generation]]:
        ticket = await handed_in(provider, requests)
        states = [await provider.poll(ticket) for _ in range(3)]
        return ticket, states, await collected(provider, ticket, requests)

    with MessageBatches(outcome, polls=2, key=KEY) as server:
        ticket, states, found = use(server, act)
    assert ticket.id == "msgbatch_0001"
    assert states == [
        BatchState(ended=False, done=None, detail="in_progress"),
        BatchState(ended=False, done=None, detail="in_progress"),
        BatchState(ended=True, done=3, detail="ended"),
    ]
    assert [call.step for call in server.log] == ["submit", "poll", "poll", "poll", "poll", "results"]
    assert list(found) == [request.key for request in reversed(requests)]
    for number, made in enumerate(requests):
        generation = found[made.key]
        assert generation.failure is None
        assert json.loads(generation.text or "") == outcomes[number]
        assert (generation.usage.input, generation.usage.output) == (30, number)
        assert (generation.model, generation.request_id) == ("scripted", "msg_1")
        assert generation.finish_reason is FinishReason.STOP
        assert generation.deferred
        assert generation.unhonoured == ("temperature",)
        assert generation.timings.sent == ticket.submitted
        assert generation.timings.first_token is None
        assert generation.timings.last_token >= ticket.submitted


def test_a_message_of_a_batch_is_judged_like_a_single_reply() -> None:
    def outcome(params: Any) -> Any:
        text = params["messages"][0]["content"]
        return refused("No.") if "prompt-0-" in text else truncated("half") if "prompt-1-" in text else ok("{}")

    with MessageBatches(outcome) as server:
        found = list(through(server, asked(), structured="tool").values())[::-1]
    kinds = [generation.failure and generation.failure.kind for generation in found]
    assert kinds == [FailureKind.REFUSED, FailureKind.TRUNCATED, None]
    assert found[1].text == "half"
    assert (found[2].text, found[2].finish_reason) == ("{}", FinishReason.TOOL_CALL)
    assert found[2].unhonoured == ("temperature", "schema:enforcement")


@pytest.mark.parametrize(
    ("result", "kind", "scope", "says"),
    [
        (EXPIRED, FailureKind.TRANSIENT, FailureScope.REQUEST, "expired"),
        (CANCELED, FailureKind.TRANSIENT, FailureScope.REQUEST, "cancelled"),
        (errored("invalid_request_error", "max_tokens"), FailureKind.PERMANENT, FailureScope.REQUEST, "max_tokens"),
        (errored("not_found_error", "model: x"), FailureKind.PERMANENT, FailureScope.PROVIDER, "model: x"),
        (errored("billing_error", "pay"), FailureKind.PERMANENT, FailureScope.PROVIDER, "pay"),
        (errored("rate_limit_error", "slow"), FailureKind.RATE_LIMITED, FailureScope.REQUEST, "slow"),
        (errored("overloaded_error", "busy"), FailureKind.TRANSIENT, FailureScope.REQUEST, "busy"),
        (errored("api_error", "oops"), FailureKind.TRANSIENT, FailureScope.REQUEST, "oops"),
        (errored("timeout_error", "late"), FailureKind.TRANSIENT, FailureScope.REQUEST, "late"),
    ],
)
def test_what_became_no_message_is_a_failure(result: Any, kind: FailureKind, scope: FailureScope, says: str) -> None:
    with MessageBatches(lambda params: result if "prompt-1-" in str(params) else succeeded()) as server:
        found = through(server, asked())
    failures = {key: generation.failure for key, generation in found.items() if generation.failure is not None}
    assert list(failures) == ["task@1/pair-1/candidate/0"]
    (failure,) = failures.values()
    assert (failure.kind, failure.scope) == (kind, scope)
    assert says in failure.message
    assert says in (failure.received or "") or result in (EXPIRED, CANCELED)
    generation = found["task@1/pair-1/candidate/0"]
    assert generation.deferred
    assert generation.request_id == ("req-errored" if result["type"] == "errored" else None)


def test_a_resumed_run_collects_what_it_still_wants() -> None:
    requests = asked(5)

    async def first(provider: Any) -> Ticket:
        return await handed_in(provider, requests)

    async def later(provider: Any) -> dict[str, Generation]:
        resumed = Ticket("msgbatch_0001", submitted=provider.context.clock())
        assert (await provider.poll(resumed)).ended
        never_in_it = request(key="task@1/another/candidate/0")
        return await collected(provider, resumed, [requests[3], never_in_it, requests[1]])

    with MessageBatches() as server:
        use(server, first)
        found = use(server, later)
    assert sorted(found) == [requests[1].key, requests[3].key]


def test_a_clock_that_began_anew_makes_no_negative_time() -> None:
    async def act(provider: Any) -> list[Timings]:
        ticket = await handed_in(provider, asked(1))
        from_another_sitting = Ticket(ticket.id, ticket.submitted + 1e6)
        await provider.poll(ticket)
        found = await collected(provider, from_another_sitting, asked(1))
        return [generation.timings for generation in found.values()]

    with MessageBatches() as server:
        (timings,) = use(server, act)
    assert timings.last_token == timings.sent


def test_only_a_provider_in_batch_mode_defers() -> None:
    async def mode(provider: Any) -> bool:
        defers: bool = provider.defers
        return defers

    assert use("http://127.0.0.1:9", mode) is True
    assert use("http://127.0.0.1:9", mode, mode="single") is False


def test_streams_and_batches_exclude_each_other() -> None:
    with pytest.raises(ValueError, match="leave out stream"):
        build("claude", "http://127.0.0.1:9", mode="batch", stream=True)


@given(st.text(), st.text())
def test_requests_are_named_within_what_is_allowed(one: str, other: str) -> None:
    name = batches.custom_id(one)
    assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", name)
    assert name == batches.custom_id(one)
    assert (name == batches.custom_id(other)) is (one == other)


def test_long_answers_need_no_stream_in_a_batch() -> None:
    with MessageBatches() as server:
        through(server, [request(sampling={"max_tokens": 64_000})])
    assert server.log[0].body["requests"][0]["params"]["max_tokens"] == 64_000
    assert "stream" not in server.log[0].body["requests"][0]["params"]


def test_before_the_start_nothing_can_be_asked() -> None:
    provider: Any = build("claude", "http://127.0.0.1:9", mode="batch")
    for call in (
        lambda: provider.submit(asked()),
        lambda: provider.poll(TICKET),
        lambda: provider.cancel(TICKET),
        lambda: collected(provider, TICKET, asked()),
    ):
        with pytest.raises(ProviderUnavailable, match="not been started"):
            asyncio.run(call())


# handing in


async def submit(provider: Any) -> Any:
    return await provider.submit(asked())


async def poll(provider: Any) -> Any:
    return await provider.poll(TICKET)


async def collect(provider: Any) -> Any:
    """The failure that `collect` ends in."""
    with pytest.raises(BatchLost) as lost:
        await collected(provider, TICKET, asked())
    assert lost.value.__cause__ is None
    return lost.value.failure


STEPS = {"submit": ("submit", submit), "poll": ("poll", poll), "collect": ("results", collect)}
every_step = pytest.mark.parametrize(("step", "act"), STEPS.values(), ids=STEPS)


@every_step
def test_a_server_that_is_down_is_a_transient_failure(step: str, act: Any) -> None:
    failure = use("http://127.0.0.1:9", act)
    assert (failure.kind, failure.scope) == (FailureKind.TRANSIENT, FailureScope.PROVIDER)
    assert "cannot reach" in failure.message


@every_step
@pytest.mark.parametrize(
    ("fault", "kind", "says"),
    [
        (Fault(cut_after=0), FailureKind.TRANSIENT, "connection was lost"),
        (Fault(b'{"id": "msgb', cut_after=9), FailureKind.TRANSIENT, "connection was lost"),
        (Fault(status=500), FailureKind.TRANSIENT, "HTTP 500"),
        (Fault(status=529), FailureKind.TRANSIENT, "HTTP 529"),
        (Fault(status=429, headers={"Retry-After": "7"}), FailureKind.RATE_LIMITED, "HTTP 429"),
        (Fault(b'{"error": {"message": "no"}}', status=400), FailureKind.PERMANENT, "HTTP 400: no"),
        (Fault(status=307, headers={"Location": "http://elsewhere"}), FailureKind.PERMANENT, "redirects"),
        (HTML, FailureKind.MALFORMED, "not JSON"),
        (Fault(b'"a string"'), FailureKind.MALFORMED, ""),
        (Fault(b"{}"), FailureKind.MALFORMED, ""),
        (Fault(KEY.encode()), FailureKind.MALFORMED, ""),
    ],
    ids=str,
)
def test_faults_on_the_way_are_classified(step: str, act: Any, fault: Fault, kind: FailureKind, says: str) -> None:
    with MessageBatches(faults={step: [fault]}) as server:
        if step != "submit":
            use(server, submit)
        failure = use(server, act)
    assert isinstance(failure, Failure)
    assert failure.kind is kind, failure
    assert says in failure.message
    assert failure.retry_after == (7 if fault.status == 429 else None)
    assert KEY not in repr(failure)


@every_step
def test_a_wrong_key_ends_it_for_the_provider_and_is_not_shown(step: str, act: Any) -> None:
    with MessageBatches(key="another") as server:
        failure = use(server, act)
    assert (failure.kind, failure.scope, failure.status) == (FailureKind.PERMANENT, FailureScope.PROVIDER, 401)
    assert "req-key" in failure.message
    assert KEY not in repr(failure)


@every_step
def test_a_server_that_falls_silent_is_given_up(step: str, act: Any) -> None:
    with MessageBatches(faults={step: [Fault(hangs=True)]}) as server:
        if step != "submit":
            use(server, submit)
        failure = use(server, act, timeout=0.2)
    assert failure.kind is FailureKind.TRANSIENT


@pytest.mark.parametrize("act", [poll, collect])
def test_a_batch_that_nobody_knows_is_lost_for_good(act: Any) -> None:
    with MessageBatches() as server:
        failure = use(server, act)
    assert (failure.kind, failure.scope, failure.status) == (FailureKind.PERMANENT, FailureScope.REQUEST, 404)
    assert "knows no batch msgbatch_0001" in failure.message


def test_answers_that_were_thrown_away_are_lost_for_good() -> None:
    with MessageBatches() as server:
        use(server, submit)
        use(server, poll)
        server.archived = True
        failure = use(server, collect)
    assert (failure.kind, failure.scope) == (FailureKind.PERMANENT, FailureScope.REQUEST)
    assert "29 days" in failure.message


def test_a_batch_that_has_not_ended_may_be_asked_for_again() -> None:
    with MessageBatches(polls=9) as server:
        use(server, submit)
        failure = use(server, collect)
    assert failure.kind is FailureKind.TRANSIENT
    assert "has not ended" in failure.message


def test_answers_that_break_off_keep_what_had_arrived() -> None:
    requests = asked()
    name = batches.custom_id(requests[1].key)
    line = json.dumps({"custom_id": name, "result": EXPIRED}).encode() + b"\n"
    cut = Fault(line + line[:20], content_type="application/x-jsonl", cut_after=len(line) + 20)

    async def act(provider: Any) -> tuple[list[str], Failure]:
        ticket = await handed_in(provider, requests)
        found, failure = await until_lost(provider, ticket, requests)
        rest = [request for request in requests if request.key not in found]
        assert len(await collected(provider, ticket, rest)) == 2
        return found, failure

    with MessageBatches(faults={"results": [cut]}) as server:
        found, failure = use(server, act)
    assert found == [requests[1].key]
    assert failure.kind is FailureKind.TRANSIENT


@pytest.mark.parametrize("line", [b"{", b"[]", b'{"result": {}}', b'{"custom_id": 7}', KEY.encode(), b"\xff"])
def test_a_broken_line_costs_only_its_own_answer(line: bytes) -> None:
    requests = asked()

    async def act(provider: Any) -> tuple[list[str], Failure]:
        return await until_lost(provider, await handed_in(provider, requests), requests)

    with MessageBatches() as server:
        server.lines = [line]
        found, failure = use(server, act)
    assert len(found) == 3
    assert failure.kind is FailureKind.MALFORMED
    assert KEY not in repr(failure)


@pytest.mark.parametrize(
    "result",
    [
        None,
        {},
        {"type": "something new"},
        {"type": "succeeded"},
        {"type": "succeeded", "message": {"content": "text"}},
        {"type": "succeeded", "message": {"content": [], "stop_reason": None}},
        {"type": "errored"},
        {"type": "errored", "error": {"error": KEY}},
    ],
    ids=str,
)
def test_an_answer_of_the_wrong_shape_is_a_failure_of_its_request(result: Any) -> None:
    requests = asked(1)
    line = json.dumps({"custom_id": batches.custom_id(requests[0].key), "result": result}).encode()
    with MessageBatches(faults={"results": [Fault(line)]}) as server:
        (generation,) = through(server, requests).values()
    assert generation.failure is not None
    errored = isinstance(result, dict) and result.get("type") == "errored"
    assert generation.failure.kind is (FailureKind.TRANSIENT if errored else FailureKind.MALFORMED)
    assert KEY not in repr(generation)


def test_a_request_that_is_too_large_is_not_sent_again() -> None:
    requests = asked(1)
    error = {"type": "error", "error": {"type": "request_too_large", "message": "too large"}}
    result = {"type": "errored", "error": error}
    line = json.dumps({"custom_id": batches.custom_id(requests[0].key), "result": result}).encode()
    with MessageBatches(faults={"results": [Fault(line)]}) as server:
        (generation,) = through(server, requests).values()
    assert generation.failure is not None
    assert (generation.failure.kind, generation.failure.status) == (FailureKind.PERMANENT, 413)


def test_an_answer_that_comes_twice_counts_once() -> None:
    requests = asked(1)
    line = json.dumps({"custom_id": batches.custom_id(requests[0].key), "result": EXPIRED}).encode()
    with MessageBatches() as server:
        server.lines = [line, line]
        (generation,) = through(server, requests).values()
    assert generation.failure is not None
    assert "expired" in generation.failure.message


def test_answers_with_half_an_emoji_and_other_line_ends_are_read() -> None:
    message = '{"content": [{"type": "text", "text": "\\ud83d \u2028 \x85"}], "stop_reason": "end_turn", "id": "msg_1"}'
    requests = asked(1)
    line = f'{{"custom_id": "{batches.custom_id(requests[0].key)}", "result": {{"type": "succeeded", "message": '
    with MessageBatches(faults={"results": [Fault(f"{line}{message}}}}}\r\n".encode())]}) as server:
        (generation,) = through(server, requests).values()
    assert generation.text == "\ufffd \u2028 \x85"


def test_a_batch_beyond_anthropics_limit_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MOST_BYTES", 800)
    with MessageBatches() as server:
        failure = use(server, submit)
        assert isinstance(use(server, lambda provider: provider.submit(asked(1))), Ticket)
    assert (failure.kind, failure.status) == (FailureKind.PERMANENT, 413)
    assert "hand in fewer" in failure.message
    assert len(server.log) == 1


def test_what_json_cannot_say_is_not_sent() -> None:
    with MessageBatches() as server:
        failure = use(server, lambda provider: provider.submit([request(schema={"enum": [float("nan")]})]))
    assert failure.kind is FailureKind.PERMANENT
    assert server.log == []


def test_the_limit_is_measured_as_the_sdk_writes() -> None:
    requests = [request("Zürich 東京 \U0001f600", schema_name=f"n{number}") for number in range(3)]
    with MessageBatches() as server:
        use(server, lambda provider: provider.submit(requests))
    sent = server.log[0]
    around = len('{"requests":[') + len("]}") + 2  # the commas between three
    assert sum(map(batches.size_of, sent.body["requests"])) + around == int(sent.headers["content-length"])


# giving up


def test_a_batch_can_be_cancelled() -> None:
    async def act(provider: Any) -> Any:
        ticket = await handed_in(provider, asked())
        assert await provider.cancel(ticket) is None
        return await provider.poll(ticket)

    with MessageBatches(polls=5) as server:
        state = use(server, act)
    assert (state.ended, state.detail) == (False, "canceling")


@pytest.mark.parametrize("fault", [Fault(cut_after=0), Fault(status=409), Fault(status=500), HTML])
def test_cancelling_never_raises_for_the_vendor(fault: Fault) -> None:
    with MessageBatches(faults={"cancel": [fault]}) as server:
        assert use(server, lambda provider: provider.cancel(TICKET)) is None
        assert use(server, lambda provider: provider.cancel(TICKET)) is None  # nobody knows it
    assert [call.step for call in server.log] == ["cancel", "cancel"]
    assert use("http://127.0.0.1:9", lambda provider: provider.cancel(TICKET)) is None
