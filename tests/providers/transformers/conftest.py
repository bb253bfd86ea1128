"""The kind `transformers` with models made by script; nothing here reaches the network."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from shortlist_providers import Generation, Health, Provider, Request, load_kind
from support.engines import need_engine
from support.providers import context, started
from support.tiny_classifier import build_classifier
from support.tiny_model import TinyModel

Ask = Callable[..., list[Generation]]
With = Callable[..., Any]


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    need_engine("transformers", "torch", "llguidance")
    # Read at import, so that setting the environment would come too late.
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)


@pytest.fixture(scope="session")
def tiny_classifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_classifier(tmp_path_factory.mktemp("classifier") / "model")


@pytest.fixture
def with_provider(tiny_model: TinyModel) -> With:
    """Starts a provider with the tiny model (or `model=…`) and hands it to a coroutine function."""

    def run(work: Callable[[Provider], Awaitable[Any]], **settings: Any) -> Any:
        kind = load_kind("transformers")
        raw = {"kind": "transformers", "model": str(tiny_model.hf), "threads": 1, "device": "cpu", **settings}
        provider = kind(kind.Config(**raw), context())

        async def whole() -> Any:
            async with started(provider):
                return await work(provider)

        return asyncio.run(whole())

    return run


@pytest.fixture
def ask(with_provider: With) -> Ask:
    """The generations of one provider for one or more requests, one after the other."""

    def run(*requests: Request, **settings: Any) -> list[Generation]:
        async def each(provider: Provider) -> list[Generation]:
            return [await provider.generate(request) for request in requests]

        generations: list[Generation] = with_provider(each, **settings)
        return generations

    return run


@pytest.fixture
def health(with_provider: With) -> Callable[..., Health]:
    """What a started provider says of itself."""

    def run(**settings: Any) -> Health:
        async def one(provider: Provider) -> Health:
            return await provider.health()

        found: Health = with_provider(one, **settings)
        return found

    return run
