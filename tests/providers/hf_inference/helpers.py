"""Asks the kind `hf_inference` once."""

from __future__ import annotations

import asyncio
from typing import Any

from shortlist_providers import Generation, Health, Provider, Request, load_kind
from support.providers import context, request, started

HF_KEY = "hf_0123456789-do-not-show"
HF_KEY_NAME = "A_HF_KEY"


def build_hf(**settings: Any) -> Provider:
    """A provider; the model is `owner/model` unless said otherwise."""
    kind = load_kind("hf_inference")
    raw = {"kind": "hf_inference", "model": "owner/model", "api_key_env": HF_KEY_NAME, **settings}
    return kind(kind.Config(**raw), context(**{HF_KEY_NAME: HF_KEY}))


def ask_hf(asked: Request | None = None, **settings: Any) -> Generation:
    """One attempt, from startup to shutdown."""

    async def once() -> Generation:
        async with started(build_hf(**settings)) as provider:
            return await provider.generate(asked or request())

    return asyncio.run(once())


def health_of(**settings: Any) -> Health:
    """What a started provider finds out."""

    async def once() -> Health:
        async with started(build_hf(**settings)) as provider:
            return await provider.health()

    return asyncio.run(once())
