"""OpenAI's batch interface: handed in, waited for, fetched, and cleared away."""

from __future__ import annotations

import json
from typing import Any

import pytest
from openai.types import Batch, FileDeleted, FileObject
from openai.types.chat import ChatCompletion
from openai.types.responses import Response
from pydantic import TypeAdapter

from shortlist_providers import (
    BatchLost,
    BatchState,
    DeferredBatchProvider,
    FailureKind,
    FailureScope,
    FinishReason,
    Generation,
    Ticket,
)
from shortlist_providers.openai import batches
from support import openai_batches
from support.openai_batches import FORGOTTEN, UNSERVED, BatchServer
from support.openai_client import collected, ended, handed_in, kinds_of, using, whole_way, wishes
from support.providers import KEY, Variant, ask
from support.scripted_server import Behaviour, ok, raw, refused, status, truncated

P, T, R, M = FailureKind.PERMANENT, FailureKind.TRANSIENT, FailureKind.RATE_LIMITED, FailureKind.MALFORMED
ONE, ALL = FailureScope.REQUEST, FailureScope.PROVIDER

either = pytest.mark.parametrize("api", ["chat", "responses"])


@either
def test_a_batch_from_end_to_end(api: str) -> None:
    script = {f"prompt{n}": ok(f'{{"answer": "{n} ü\u2028"}}') for n in range(5)}
    requests = wishes(*script)

    async def go(provider: DeferredBatchProvider) -> dict[str, Generation]:
        assert provider.defers
        ticket = await handed_in(provider, requests)
        assert await ended(provider, ticket) == ["in_progress", "in_progress", "completed"]
        state = await provider.poll(ticket)
        assert isinstance(state, BatchState)
        assert state.done == 5
        found = await collected(provider, ticket, requests)
        for generation in found.values():
            assert generation.timings.sent == ticket.submitted
            assert generation.timings.last_token >= ticket.submitted
        return found

    with BatchServer(script, polls=2, key=KEY) as server:
        found = using(server, go, api=api)
        assert server.files == {}, "nothing of a résumé stays behind"
        assert server.log == (), "no single request was made"
    assert list(found) != sorted(found), "the server answers in another order"
    for number in range(5):
        generation = found[f"prompt{number}"]
        assert generation.failure is None
        assert generation.text == f'{{"answer": "{number} ü\u2028"}}'
        assert generation.deferred
        assert not generation.cached
        assert (generation.usage.input, generation.usage.output) == (20, 5)
        assert (generation.finish_reason, generation.model) == (FinishReason.STOP, "scripted")
        assert generation.request_id == f"req-{number + 1}"
        assert generation.timings.first_token is None
        assert generation.unhonoured == ()


@either
def test_the_lines_of_a_batch_are_judged_as_single_replies(api: str) -> None:
    script: dict[str, Behaviour] = {
        "fine": ok(),
        "cut": truncated(),
        "declined": refused(),
        "bad": status(400, json.dumps({"error": {"message": "no", "param": "temperature"}})),
        "gone": status(404, '{"error": {"message": "no such model"}}'),
        "busy": status(429, '{"error": {"message": "slow down"}}'),
        "broken": status(500, '{"error": {"message": "oops"}}'),
        "odd": raw(b"[]"),
    }
    with BatchServer(script) as server:
        together = whole_way(server, wishes(*script), api=api)
    for name, behaviour in script.items():
        with BatchServer(default=behaviour) as server:
            single = ask(Variant("openai"), server, wishes(name)[0], api=api)
        shared = together[name]
        assert (shared.text, shared.usage, shared.finish_reason) == (single.text, single.usage, single.finish_reason)
        if single.failure is None:
            assert shared.failure is None
            continue
        assert shared.failure is not None
        for field in ("kind", "scope", "status"):
            assert getattr(shared.failure, field) == getattr(single.failure, field), (name, field)
        assert shared.failure.message == single.failure.message.replace(" (request req-1)", "")
    assert kinds_of(together)["odd"] is M


@pytest.mark.parametrize("how", ["expired", "cancelled"])
def test_what_a_batch_did_not_come_to_may_be_asked_again(how: str) -> None:
    script = {"made": ok(), "unserved": UNSERVED, "forgotten": FORGOTTEN}
    with BatchServer(script, ends_as=how) as server:
        found = whole_way(server, wishes(*script))
        assert server.files == {}
    assert kinds_of(found) == {"made": None, "unserved": T, "forgotten": T}
    for name in ("unserved", "forgotten"):
        failure = found[name].failure
        assert failure is not None
        assert failure.scope is ONE
        assert found[name].deferred
    assert "did not come to this request" in str(found["unserved"].failure)
    assert f"(batch {how})" in str(found["forgotten"].failure)


def test_a_cancelled_batch_brings_what_it_has() -> None:
    requests = wishes("one")

    async def go(provider: DeferredBatchProvider) -> dict[str, Generation]:
        ticket = await handed_in(provider, requests)
        await provider.cancel(ticket)
        assert await ended(provider, ticket) == ["cancelled"]
        return await collected(provider, ticket, requests)

    with BatchServer({"one": UNSERVED}, polls=10) as server:
        assert kinds_of(using(server, go)) == {"one": T}
        assert "cancel" in server.calls


def test_cancelling_never_raises_for_the_vendor() -> None:
    with BatchServer(faults={"cancel": status(500)}) as server:
        using(server, lambda provider: provider.cancel(Ticket("batch_9", 0.0)))
        assert "cancel" in server.calls
    using("http://127.0.0.1:9", lambda provider: provider.cancel(Ticket("batch_9", 0.0)))


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("token_limit_exceeded", R),
        ("model_not_found", P),
        ("invalid_json_line", P),
        (None, P),
    ],
)
def test_a_batch_that_is_not_accepted_says_why_for_every_case(code: str | None, kind: FailureKind) -> None:
    errors = [{"code": code, "message": f"not so, {KEY}", "line": 1}] if code else []
    with BatchServer(ends_as="failed", errors=errors) as server:
        found = whole_way(server, wishes("one", "two"))
        assert server.files == {}
    assert kinds_of(found) == {"one": kind, "two": kind}
    failure = found["one"].failure
    assert failure is not None
    assert ("not so" if code else "does not say why") in failure.message
    assert KEY not in repr(found)


def test_only_what_is_wanted_is_brought() -> None:
    requests = wishes("one", "two", "three")

    async def go(provider: DeferredBatchProvider) -> dict[str, Generation]:
        ticket = await handed_in(provider, requests)
        return await collected(provider, ticket, requests[1:2])

    with BatchServer() as server:
        assert list(using(server, go)) == ["two"]


def test_answers_can_be_fetched_again_until_all_have_been_taken() -> None:
    requests = wishes("one", "two", "three")

    async def go(provider: DeferredBatchProvider) -> None:
        ticket = await handed_in(provider, requests)
        async for _ in provider.collect(ticket, requests):
            break  # the run is killed here
        assert len(server.files) == 2
        again = Ticket(ticket.id, provider.context.clock())  # another sitting has another clock
        assert len(await collected(provider, again, requests)) == 3
        assert server.files == {}
        with pytest.raises(BatchLost):
            await collected(provider, again, requests)

    with BatchServer() as server:
        using(server, go)


def test_a_file_that_cannot_be_deleted_does_not_hold_up_the_answers() -> None:
    with BatchServer(faults={"delete": status(500)}) as server:
        assert kinds_of(whole_way(server, wishes("one"))) == {"one": None}
        assert server.calls.count("delete") == 2


def test_what_cannot_be_honoured_is_told_of_batched_cases_too() -> None:
    with BatchServer({"two": FORGOTTEN}) as server:
        found = whole_way(server, wishes("one", "two"), omit=["temperature"])
    assert [found[name].unhonoured for name in ("one", "two")] == [("temperature",)] * 2


def test_a_batching_provider_still_answers_single_requests() -> None:
    with BatchServer() as server:
        generation = ask(Variant("openai"), server, mode="batch")
        assert generation.failure is None
        assert not generation.deferred
        assert using(server, _defers, mode="single") is False


async def _defers(provider: DeferredBatchProvider) -> bool:
    return provider.defers


@either
def test_the_scripted_batches_are_what_the_sdk_says(api: str) -> None:
    requests = wishes("one", "two")

    async def go(provider: DeferredBatchProvider) -> None:
        ticket = await handed_in(provider, requests)
        batch = TypeAdapter(Batch)
        batch.validate_python(server.batches[ticket.id])
        await ended(provider, ticket)
        done = batch.validate_python(server.batches[ticket.id])
        assert done.output_file_id is not None
        body: TypeAdapter[Any] = TypeAdapter(ChatCompletion if api == "chat" else Response)
        for line in server.files[done.output_file_id].splitlines():
            body.validate_python(json.loads(line)["response"]["body"])

    with BatchServer() as server:
        using(server, go, api=api)
    TypeAdapter(FileObject).validate_python(openai_batches._file("file-1", b"x"))
    TypeAdapter(FileDeleted).validate_python({"id": "file-1", "object": "file", "deleted": True})


@pytest.mark.parametrize("status_", ["validating", "failed", "in_progress", "finalizing", "completed", "expired"])
def test_a_batch_has_ended_in_the_states_that_the_sdk_knows_as_ends(status_: str) -> None:
    known: TypeAdapter[Any] = TypeAdapter(Batch.model_fields["status"].rebuild_annotation())
    known.validate_python(status_)
    assert batches.state_of({"status": status_}).ended is (status_ in ("failed", "completed", "expired"))
