"""What the vendor says of a model before anything is asked of it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from anthropic.resources.messages import DEPRECATED_MODELS

from shortlist_providers import Health
from shortlist_providers.claude.lifecycle import day_of
from support.message_batches import Fault, MessageBatches
from support.providers import KEY, build, started
from support.scripted_server import ScriptedServer

LIMITS = {"max_input_tokens": 1_000_000, "max_tokens": 64_000}


def health_of(server: MessageBatches | ScriptedServer, model: str) -> Health:
    async def once() -> Health:
        async with started(build("claude", server.url, model=model)) as provider:
            return await provider.health()

    return asyncio.run(once())


def test_a_model_is_known_with_its_limits() -> None:
    with MessageBatches(models=[{"id": "claude-sonnet-4-6", **LIMITS}]) as server:
        health = health_of(server, "claude-sonnet-4-6")
    assert health == Health(
        True,
        "answers, knows 'claude-sonnet-4-6'",
        {
            "models": ["claude-sonnet-4-6"],
            "model_listed": True,
            "model_id": "claude-sonnet-4-6",
            "lifecycle": "active",
            **LIMITS,
        },
    )


def test_a_short_name_is_known_by_its_full_one() -> None:
    with MessageBatches(models=[{"id": "claude-haiku-4-5-20251001"}]) as server:
        health = health_of(server, "claude-haiku-4-5")
    assert health.ok
    assert health.detail == "answers, knows 'claude-haiku-4-5' as 'claude-haiku-4-5-20251001'"
    assert (health.facts["model_listed"], health.facts["model_id"]) == (True, "claude-haiku-4-5-20251001")


def test_the_end_of_a_model_is_told_as_the_server_knows_it() -> None:
    ending = {"id": "claude-sonnet-4-6", "lifecycle": "deprecated", "retires_at": "2027-02-01T00:00:00Z"}
    with MessageBatches(models=[ending]) as server:
        health = health_of(server, "claude-sonnet-4-6")
    assert health.ok
    assert health.detail.endswith("ends on 2027-02-01")
    assert (health.facts["model_ends"], health.facts["lifecycle"]) == ("2027-02-01", "deprecated")


@pytest.mark.parametrize("listed", [[], [{"id": "claude-sonnet-4-5-20250929"}]], ids=["unlisted", "listed"])
def test_the_end_of_a_model_is_told_as_the_sdk_knows_it(listed: list[dict[str, Any]]) -> None:
    with MessageBatches(models=listed) as server:
        health = health_of(server, "claude-sonnet-4-5")
    assert health.ok
    assert health.detail.endswith("ends on 2026-11-30")
    assert health.facts["model_ends"] == "2026-11-30"
    assert health.facts["model_listed"] is bool(listed)


def test_a_retired_model_is_not_healthy() -> None:
    retired = {"id": "claude-sonnet-4-0", "lifecycle": "retired", "retires_at": "2026-06-15T00:00:00Z"}
    with MessageBatches(models=[retired]) as server:
        health = health_of(server, "claude-sonnet-4-0")
    assert not health.ok
    assert "retired 'claude-sonnet-4-0' on 2026-06-15; name a newer model" in health.detail


@pytest.mark.parametrize(
    "fault",
    [Fault(status=500), Fault(cut_after=0), Fault(b"{"), Fault(b"{}"), Fault(b"[]"), Fault(b"<p>", 200, "text/html")],
)
def test_what_one_model_page_cannot_say_the_list_does(fault: Fault) -> None:
    with MessageBatches(models=[{"id": "claude-sonnet-4-6"}], faults={"model": [fault]}) as server:
        health = health_of(server, "claude-sonnet-4-6")
    assert (health.ok, health.detail) == (True, "answers, lists 'claude-sonnet-4-6'")


def test_a_wrong_key_shows_and_is_not_shown() -> None:
    with MessageBatches(key="another") as server:
        health = health_of(server, "claude-sonnet-4-6")
    assert not health.ok
    assert "401" in health.detail
    assert KEY not in repr(health)
    assert [call.step for call in server.log] == ["models"]


def test_every_day_in_the_sdks_table_is_read() -> None:
    days = {day_of(said) for said in DEPRECATED_MODELS.values()}
    assert all(day is not None and day[:2] == "20" and day[4] == day[7] == "-" for day in days)
    assert day_of("July 1st, 2025") == "2025-07-01"
    assert day_of("some day") == "some day"
    assert day_of(None) is None
