"""The provider over a vLLM server."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import aiohttp
import orjson
from pydantic import ConfigDict
from yarl import URL

from shortlist_providers.base import Health, ProviderContext
from shortlist_providers.types import Request
from shortlist_providers.vllm import facts as facts_
from shortlist_providers.vllm.metrics import Figures
from shortlist_providers.wire.chat_server import ChatServer, ChatServerConfig, Dialect, listing
from shortlist_providers.wire.failures import Failed
from shortlist_providers.wire.settings import BaseUrl, origin

_PAGE_SECONDS = 4.0
"""How long a page may take that only adds facts. A server gathers its first /server_info for seconds."""
_PAGE_BYTES = 4 * 1024 * 1024


class VllmConfig(ChatServerConfig):
    """A vLLM server's OpenAI-compatible endpoint."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    kind: Literal["vllm"] = "vllm"
    base_url: BaseUrl = "http://127.0.0.1:8000/v1"
    """Where the server answers, up to and including `/v1`."""
    structured: Literal["json_schema", "structured_outputs", "json_object", "none"] = "json_schema"  # type: ignore[assignment] # one way more than other servers have, and frozen, so that nobody can assign it through the base class
    """How the task's schema is passed on: whole, as `response_format`; whole, under vLLM's own key
    `structured_outputs`; as a bare request for JSON; or not at all."""


class Vllm(ChatServer):
    """Chat completions against vLLM. A LoRA adapter is asked for by its model name."""

    Config: ClassVar[type[VllmConfig]] = VllmConfig

    def __init__(self, config: VllmConfig, context: ProviderContext) -> None:
        super().__init__(config, context)
        at = config.base_url
        self._root = at.removesuffix("/v1") if at.endswith("/v1") else origin(at)
        self._own_key = config.structured == "structured_outputs"
        if self._own_key:
            self.dialect = Dialect(schema="alone")
        self._before: Figures | None = None

    def _payload(self, request: Request) -> dict[str, Any]:
        payload = super()._payload(request)
        if self._own_key and request.schema is not None and "response_format" not in self.settings.extra_body:
            payload.setdefault("structured_outputs", {"json": payload["response_format"]})
            del payload["response_format"]
        return payload

    async def health(self) -> Health:
        """Asks for the version and the list of models, and for whatever else the server tells of itself."""
        settings = self.settings
        try:
            _, version = await self.fetch(URL(f"{self._root}/version"))
            entries = await self.models()
        except Failed as failed:
            return self.unhealthy(failed.failure)
        facts = facts_.of_models(entries, settings.model)
        if isinstance(version, dict) and facts_.plain(version.get("version")):
            facts["version"] = version["version"]
        if not facts["model_listed"]:  # vLLM answers 404 to any other name, so nothing could be generated
            names = facts["models"]
            others = listing(names) if names else f"nothing is listed at {settings.base_url}/models; look at base_url"
            return Health(ok=False, detail=f"does not serve {settings.model!r}; {others}", facts=facts)
        figures, info = await asyncio.gather(self._figures(), self._page("/server_info?config_format=json"))
        if figures is not None:
            self._before = self._before or figures
            facts = {**figures.cache, **facts, "load": figures.load()}
        facts = {**_read(info), **facts}
        return Health(
            ok=True, detail=f"vLLM {facts.get('version', 'of unknown version')} serves {settings.model!r}", facts=facts
        )

    async def closing_facts(self) -> Mapping[str, Any]:
        """What the server's counters grew by since the first `health`, whoever it served: cache hits, queueing.

        Empty where it has no such page, no longer answers, or was never asked how it is.
        """
        before = self._before
        after = None if before is None else await self._figures()
        return {} if before is None or after is None else after.since(before)

    async def _figures(self) -> Figures | None:
        page = await self._page("/metrics")
        figures = None if page is None else Figures.of(page.decode("utf-8", "replace"))
        return figures if figures is not None and figures.values else None

    async def _page(self, path: str) -> bytes | None:
        """A page that adds facts; None where the server has none, takes too long over it, or has too much to say."""
        body = b""
        try:
            async with (
                asyncio.timeout(_PAGE_SECONDS),
                self.session.get(URL(f"{self._root}{path}"), allow_redirects=False) as response,
            ):
                if response.status != 200:
                    return None
                async for chunk in response.content.iter_any():
                    body += chunk
                    if len(body) > _PAGE_BYTES:
                        return None
        except (TimeoutError, aiohttp.ClientError, OSError):
            return None
        return body


def _read(page: bytes | None) -> dict[str, Any]:
    try:
        return facts_.of_server_info(orjson.loads(page or b"null"))
    except orjson.JSONDecodeError:
        return {}
