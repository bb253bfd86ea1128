"""What the kind `openai` says of its model before a run."""

from __future__ import annotations

import asyncio

import pytest

from shortlist_providers import Health
from support.openai_responses import OpenAIServer
from support.providers import KEY, build, started


def health(server: OpenAIServer, model: str = "scripted") -> Health:
    async def once() -> Health:
        async with started(build("openai", server.url, model=model)) as provider:
            return await provider.health()

    return asyncio.run(once())


def test_a_model_that_will_be_shut_down_is_announced() -> None:
    with OpenAIServer(key=KEY, shutdown="2026-12-31") as server:
        said = health(server)
    assert said.ok
    assert said.detail == "answers, lists 'scripted', which its vendor ends on 2026-12-31"
    assert said.facts == {"models": ["scripted", "another"], "model_listed": True, "model_ends": "2026-12-31"}


@pytest.mark.parametrize("model", ["scripted", "another", "unknown"])
def test_without_an_announcement_nothing_is_said(model: str) -> None:
    with OpenAIServer() as server:
        said = health(server, model)
    assert said.ok
    assert "ends" not in said.detail
    assert said.facts == {"models": ["scripted", "another"], "model_listed": model != "unknown"}


def test_a_wrong_key_is_no_health() -> None:
    with OpenAIServer(key="another") as server:
        said = health(server)
    assert not said.ok
    assert KEY not in said.detail
