"""Endpoints that scale to zero: how long they take to wake is told apart from how long they take to answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shortlist_providers import FailureKind, Generation, Health, Provider, ProviderUnavailable
from support.commands import shortlist, write_suite
from support.dialects import Answer, Asked, DialectServer, completion, model_list, runpod, said
from support.providers import build, request, started

AWAY = {"idle": 0, "initializing": 0, "ready": 0, "running": 0, "throttled": 0, "unhealthy": 0}
COLD = 0.4
"""Seconds that the scripted endpoint takes to wake."""


def waking(first: Answer | None = None) -> Callable[[Asked], Answer]:
    """Answers the first request late, or with `first`; all that follow at once."""
    seen: list[Asked] = []

    def chat(asked: Asked) -> Answer:
        seen.append(asked)
        if len(seen) > 1:
            return completion(asked)
        if first is not None:
            return first
        answer = completion(asked)
        return Answer(answer.pieces, answer.status, answer.content_type, delay=COLD)

    return chat


def sitting(chat: Callable[[Asked], Answer], name: str = "runpod", **settings: Any) -> tuple[Health, Generation, Any]:
    """Startup, health and one case."""
    path = "/v2/abc123/openai/v1"

    async def run(server: DialectServer) -> tuple[Health, Generation]:
        provider = build(
            "openai_compatible",
            server.url,
            **{"server": name, "base_url": f"{server.url}{path}", "cold_start": "measure", **settings},
        )
        try:
            await provider.startup()
            await provider.warm_up()
            return await provider.health(), await provider.generate(request())
        finally:
            await provider.shutdown()

    with DialectServer(runpod(AWAY, chat)) as server:
        health, generation = asyncio.run(run(server))
    return health, generation, server


@pytest.mark.parametrize("name", ["runpod", "cloud_run", "generic"])
@pytest.mark.parametrize("stream", [True, False])
def test_the_cold_start_is_measured_and_is_no_cases_latency(name: str, stream: bool) -> None:
    health, generation, server = sitting(waking(), name, stream=stream)
    assert health.ok, health.detail
    assert COLD / 2 < health.facts["cold_start_seconds"] <= health.facts["first_request_seconds"]
    between = health.facts["first_request_seconds"] - health.facts["warm_request_seconds"]
    assert health.facts["cold_start_seconds"] == pytest.approx(between, abs=0.002)
    assert generation.failure is None
    assert generation.timings.last_token - generation.timings.sent < COLD
    warm_ups = [asked.body for asked in server.generations[:2]]
    assert [body["max_tokens"] for body in warm_ups] == [1, 1]
    assert not any("response_format" in body for body in warm_ups)
    assert len(server.generations) == 3


def test_an_endpoint_that_is_awake_already_has_no_cold_start() -> None:
    health, _, _ = sitting(completion)
    assert 0 <= health.facts["cold_start_seconds"] < COLD


def test_left_out_the_first_case_waits_and_nothing_is_sent_beforehand() -> None:
    health, generation, server = sitting(waking(), cold_start="include")
    assert "cold_start_seconds" not in health.facts
    assert generation.timings.last_token - generation.timings.sent >= COLD
    assert len(server.generations) == 1


def test_asking_an_endpoint_how_it_is_does_not_wake_it() -> None:
    health, _, server = sitting(completion, cold_start="include")
    assert health.ok
    assert "has no worker up" in health.detail
    assert "cold_start: measure" in health.detail
    assert health.facts["workers"] == AWAY
    assert [asked.path for asked in server.log if asked.method == "GET"] == ["/v2/abc123/health"]
    _, _, server = sitting(completion, "cloud_run", cold_start="include")
    assert [asked for asked in server.log if asked.method == "GET"] == []


def test_an_endpoint_that_was_woken_is_asked_for_its_models() -> None:
    health, _, _ = sitting(completion)
    assert health.facts["models"] == ["resumemate-14b"]


@pytest.mark.parametrize("status", [502, 503, 524, 429])
def test_a_gateway_that_gives_up_on_the_waking_server_leaves_it_to_the_run(status: int) -> None:
    health, generation, server = sitting(waking(said({"error": "no worker"}, status)))
    assert health.ok
    assert f"HTTP {status}" in health.facts["cold_start_failure"]
    assert f"HTTP {status}" in health.detail
    assert "cold_start_seconds" not in health.facts, "what was not measured is not 0"
    assert generation.failure is None
    assert len(server.generations) == 2, "a provider never retries"


def test_a_server_that_takes_too_long_to_wake() -> None:
    late = Answer(said({}).pieces, delay=5)
    health, _, _ = sitting(waking(late), timeout=0.2)
    assert health.facts["cold_start_failure"] == "no answer within 0.2 s"


def test_the_second_request_may_fail_alone() -> None:
    seen: list[Asked] = []

    def chat(asked: Asked) -> Answer:
        seen.append(asked)
        return said({"error": "busy"}, 503) if len(seen) == 2 else completion(asked)

    health, _, _ = sitting(chat)
    assert health.ok
    assert "first_request_seconds" in health.facts
    assert "503" in health.facts["cold_start_failure"]
    assert "cold_start_seconds" not in health.facts


@pytest.mark.parametrize(("status", "said_so"), [(401, "bad key"), (404, "no such model"), (400, "no")])
def test_a_server_that_refuses_for_good_ends_the_run_before_its_cases(status: int, said_so: str) -> None:
    refusing = said({"error": {"message": said_so}}, status)
    with pytest.raises(ProviderUnavailable, match=f"could not be woken: HTTP {status}: {said_so}"):
        sitting(lambda asked: refusing)


def test_a_failed_waking_leaves_nothing_open() -> None:
    async def run(url: str) -> Provider:
        provider = build("openai_compatible", url, cold_start="measure")
        await provider.startup()
        with pytest.raises(ProviderUnavailable):
            await provider.warm_up()
        await provider.shutdown()  # as the runner does after a start that failed
        return provider

    with DialectServer(lambda asked: said({"error": "no"}, 403)) as server:
        provider = asyncio.run(run(server.url), debug=True)
    with pytest.raises(ProviderUnavailable, match="not been started"):
        asyncio.run(provider.health())


def test_one_token_is_enough_of_an_answer() -> None:
    cut = {"choices": [{"message": {"content": "O"}, "finish_reason": "length"}]}
    health, _, _ = sitting(lambda asked: said(cut), stream=False)
    assert "cold_start_seconds" in health.facts


# RunPod's jobs


@pytest.mark.parametrize("state", ["IN_QUEUE", "IN_PROGRESS", "FAILED", "TIMED_OUT", "CANCELLED"])
@pytest.mark.parametrize("stream", [True, False])
def test_a_job_without_an_answer_may_be_asked_again(state: str, stream: bool) -> None:
    job = {"id": "sync-1", "status": state, "error": "worker exited"}
    _, generation, _ = sitting(lambda asked: said(job), cold_start="include", stream=stream)
    assert generation.failure is not None
    assert (generation.failure.kind, generation.failure.status) == (FailureKind.TRANSIENT, 503)
    assert generation.failure.message.endswith(f"RunPod's job is {state}: worker exited")


def test_errors_of_runpods_worker_keep_their_own_status() -> None:
    error = {"object": "error", "message": "The model `x` does not exist.", "type": "NotFoundError", "code": 404}
    _, generation, _ = sitting(lambda asked: said(error), cold_start="include")
    assert generation.failure is not None
    assert (generation.failure.kind, generation.failure.status) == (FailureKind.PERMANENT, 404)


def test_a_refused_key_shows_before_anything_is_woken() -> None:
    async def health(url: str) -> Health:
        async with started(
            build("openai_compatible", url, server="runpod", base_url=f"{url}/v2/abc123/openai/v1")
        ) as provider:
            return await provider.health()

    with DialectServer(lambda asked: said({"error": "unauthorized"}, 401)) as server:
        answer = asyncio.run(health(server.url))
    assert not answer.ok
    assert "401" in answer.detail


def test_workers_that_are_up_are_told() -> None:
    async def health(url: str) -> Health:
        async with started(
            build("openai_compatible", url, server="runpod", base_url=f"{url}/v2/abc123/openai/v1")
        ) as provider:
            return await provider.health()

    with DialectServer(runpod({**AWAY, "ready": 1, "idle": 1})) as server:
        answer = asyncio.run(health(server.url))
    assert answer.detail == "the RunPod endpoint has workers up"
    assert model_list("x").status == 200


def test_checking_a_suite_wakes_nobody(tmp_path: Path) -> None:
    with DialectServer(completion) as server:
        woken = {"kind": "openai_compatible", "base_url": server.url, "model": "m", "cold_start": "measure"}
        suite = write_suite(tmp_path, {"own": woken}, 1)
        assert shortlist("providers", suite, "--check", cwd=tmp_path).code == 0
        assert not server.generations
        assert shortlist("run", suite, "--out", "run", cwd=tmp_path).code == 0
        assert len(server.generations) == 3
