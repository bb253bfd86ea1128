"""What can go wrong between handing a batch in and fetching its answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shortlist_providers import (
    BatchLost,
    DeferredBatchProvider,
    Failure,
    FailureKind,
    FailureScope,
    Generation,
    Ticket,
)
from shortlist_providers.openai import batches
from support.openai_batches import BatchServer
from support.openai_client import collected, ended, handed_in, kinds_of, using, whole_way, wishes
from support.providers import KEY, request
from support.scripted_server import Behaviour, bad_key, drop, html_200, rate_limit, raw, status

P, T, R, M = FailureKind.PERMANENT, FailureKind.TRANSIENT, FailureKind.RATE_LIMITED, FailureKind.MALFORMED
ONE, ALL = FailureScope.REQUEST, FailureScope.PROVIDER


@pytest.mark.parametrize("call", ["upload", "create"])
@pytest.mark.parametrize(
    ("fault", "kind", "scope"),
    [
        (status(500), T, ONE),
        (status(400), P, ONE),
        (rate_limit(3), R, ONE),
        (bad_key(KEY), P, ALL),
        (drop(), T, ONE),
        (html_200(), M, ONE),
        (raw(b"{}"), M, ONE),
        (raw(b"[1]"), M, ONE),
    ],
)
def test_a_batch_that_cannot_be_handed_in(call: str, fault: Behaviour, kind: FailureKind, scope: FailureScope) -> None:
    with BatchServer(faults={call: fault}) as server:
        failure = using(server, lambda provider: provider.submit(wishes("one")))
        assert server.files == {}, "what was uploaded for nothing is deleted"
        assert server.calls.count(call) == 1, "a provider never retries"
    assert isinstance(failure, Failure)
    assert (failure.kind, failure.scope) == (kind, scope)
    assert KEY not in repr(failure)
    assert kind is not R or failure.retry_after == 3


def test_nothing_is_sent_of_what_json_cannot_say() -> None:
    with BatchServer() as server:
        failure = using(server, lambda provider: provider.submit([request(schema={"enum": [{1, 2}]})]))
        assert server.calls == []
    assert isinstance(failure, Failure)
    assert failure.kind is P
    assert "cannot be written as JSON" in failure.message


def test_a_file_larger_than_openai_takes_is_not_uploaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "LARGEST_FILE", 1000)  # 200 MB would take seconds
    with BatchServer() as server:
        failure = using(server, lambda provider: provider.submit(wishes("x" * 2000)))
        assert server.calls == []
    assert isinstance(failure, Failure)
    assert (failure.kind, failure.status) == (P, 413), "upon which the runner hands in fewer at once"
    assert "mode: single" in failure.message


@pytest.mark.parametrize(
    ("fault", "kind", "scope"),
    [(status(503), T, ONE), (bad_key(KEY), P, ALL), (raw(b"{}"), M, ONE), (drop(), T, ONE)],
)
def test_asking_after_a_batch_may_fail(fault: Behaviour, kind: FailureKind, scope: FailureScope) -> None:
    async def go(provider: DeferredBatchProvider) -> tuple[Any, Any]:
        ticket = Ticket("batch_1", 0.0)
        with pytest.raises(BatchLost) as lost:
            await collected(provider, ticket, wishes("one"))
        return await provider.poll(ticket), lost.value.failure

    with BatchServer(faults={"retrieve": fault}) as server:
        for failure in using(server, go):
            assert (failure.kind, failure.scope) == (kind, scope)
            assert KEY not in repr(failure)


def test_a_batch_that_openai_does_not_know_is_lost_and_concerns_no_other() -> None:
    async def go(provider: DeferredBatchProvider) -> tuple[Any, Any]:
        ticket = Ticket("batch_9", 0.0)
        with pytest.raises(
            BatchLost, match=r"OpenAI knows nothing of batch batch_9 for this key: .*No batch found"
        ) as lost:
            await collected(provider, ticket, wishes("one"))
        return await provider.poll(ticket), lost.value.failure

    with BatchServer() as server:
        for failure in using(server, go):
            assert (failure.kind, failure.scope, failure.status) == (P, ONE, 404)


def test_a_batch_under_way_cannot_be_collected_yet() -> None:
    async def go(provider: DeferredBatchProvider) -> Failure:
        ticket = await handed_in(provider, wishes("one"))
        with pytest.raises(BatchLost, match="it is in_progress") as lost:
            await collected(provider, ticket, wishes("one"))
        return lost.value.failure

    with BatchServer(polls=5) as server:
        assert using(server, go).kind is T
        assert len(server.files) == 1


@pytest.mark.parametrize(
    ("fault", "kind", "scope"),
    [(status(500), T, ONE), (status(404), P, ONE), (bad_key(KEY), P, ALL), (drop(), T, ONE)],
)
def test_answers_that_cannot_be_fetched(fault: Behaviour, kind: FailureKind, scope: FailureScope) -> None:
    with BatchServer(faults={"download": fault}) as server:
        with pytest.raises(BatchLost) as lost:
            whole_way(server, wishes("one"))
        assert "delete" not in server.calls
    assert (lost.value.failure.kind, lost.value.failure.scope) == (kind, scope)
    assert KEY not in repr(lost.value.failure)


def test_a_download_that_breaks_off_gives_what_came_and_may_be_repeated() -> None:
    requests = wishes("one", "two")

    async def go(provider: DeferredBatchProvider) -> None:
        ticket = await handed_in(provider, requests)
        answers = aiter(provider.collect(ticket, requests))
        key, _ = await anext(answers)
        assert key == requests[1].key
        with pytest.raises(BatchLost) as lost:
            await anext(answers)
        assert lost.value.failure.kind is T
        server._faults.clear()
        assert list(await collected(provider, ticket, requests[:1])) == ["one"]

    with BatchServer(faults={"download": drop(700)}) as server:
        using(server, go)


def test_a_line_that_cannot_be_read_costs_its_own_case_only() -> None:
    requests = wishes("one", "two")

    async def go(provider: DeferredBatchProvider) -> dict[str, Generation]:
        ticket = await handed_in(provider, requests)
        await ended(provider, ticket)
        name = server.batches[ticket.id]["output_file_id"]
        first, second = server.files[name].splitlines()
        server.files[name] = b"\n".join([first, b"", second[:60], b'{"id": 1}', b"[]", first])
        return await collected(provider, ticket, requests)

    with BatchServer() as server:
        found = using(server, go)
    assert kinds_of(found) == {"two": None, "one": M}
    failure = found["one"].failure
    assert failure is not None
    assert failure.received is not None


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ({"response": None, "error": None}, M),
        ({"response": {"status_code": "200", "body": {}}, "error": None}, M),
        ({"response": {"status_code": 200, "body": None}, "error": None}, M),
        ({"response": None, "error": {"code": "server_error", "message": f"oops {KEY}"}}, T),
        ({"response": None, "error": {"code": "rate_limit_exceeded", "message": "slow"}}, R),
        ({"response": {"status_code": 401, "body": {"error": {"message": KEY}}}, "error": None}, P),
    ],
)
def test_odd_lines_are_classified(line: dict[str, Any], kind: FailureKind) -> None:
    requests = wishes("one")

    async def go(provider: DeferredBatchProvider) -> dict[str, Generation]:
        ticket = await handed_in(provider, requests)
        await ended(provider, ticket)
        batch = server.batches[ticket.id]
        named = json.loads(server.files[batch["output_file_id"]])
        server.files[batch["output_file_id"]] = json.dumps({"custom_id": named["custom_id"], **line}).encode()
        return await collected(provider, ticket, requests)

    with BatchServer() as server:
        found = using(server, go)
    assert kinds_of(found) == {"one": kind}
    assert KEY not in repr(found)


def test_a_wrong_key_is_told_once_and_concerns_everything() -> None:
    with BatchServer(key="another key") as server:
        failure = using(server, lambda provider: provider.submit(wishes("one")))
    assert isinstance(failure, Failure)
    assert (failure.kind, failure.scope, failure.status) == (P, ALL, 401)
    assert KEY not in repr(failure)


def test_a_silent_server_is_given_up_after_the_timeout() -> None:
    with BatchServer(faults={"retrieve": Behaviour("hang", hangs=True)}) as server:
        state = using(server, lambda provider: provider.poll(Ticket("batch_1", 0.0)), timeout=0.2)
    assert isinstance(state, Failure)
    assert state.kind is T
