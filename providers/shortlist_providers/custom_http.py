"""The kind `custom_http`: a server of one's own with `/generate` and `/structured_generate`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import orjson
from yarl import URL

from shortlist_providers.base import Capabilities, Health, ProviderContext
from shortlist_providers.types import Failure, FailureKind, FinishReason, Generation, Request
from shortlist_providers.wire.chat import encode, usage_of
from shortlist_providers.wire.decode import string
from shortlist_providers.wire.exchange import Exchange, Reply, WrongShape
from shortlist_providers.wire.failures import Failed
from shortlist_providers.wire.server import Server
from shortlist_providers.wire.settings import BaseUrl, ServerConfig

MAX_FACTS_CHARS = 4000
"""How much a health page may say to be kept in a run's manifest."""


class CustomHttpConfig(ServerConfig):
    """A server with `POST /generate` and `POST /structured_generate`."""

    kind: Literal["custom_http"] = "custom_http"
    base_url: BaseUrl = "http://localhost:8000"
    model: str | None = None
    """A name for reports and prices; the server is not asked for it."""
    endpoint: Literal["auto", "generate", "structured_generate"] = "auto"
    """`auto` uses `/structured_generate` where the task has a schema, and `/generate` where it has none."""


class _Generated(Reply):
    """`{"generated_text": …}`, with `usage`, `finish_reason` and `model` where the server adds them."""

    def whole(self, data: dict[str, Any]) -> None:
        text = data.get("generated_text")
        if not isinstance(text, str):
            raise WrongShape("generated_text is not a string")
        self.parts.append(text)
        self.usage = usage_of(data.get("usage"))
        self.model = string(data.get("model"))
        if data.get("finish_reason") in ("stop", "length"):
            self.finish = FinishReason(data["finish_reason"])

    def event(self, data: dict[str, Any]) -> bool:
        raise WrongShape("this protocol does not stream")

    def failure(self) -> Failure | None:
        if self.finish is FinishReason.LENGTH:
            return Failure(FailureKind.TRUNCATED, "a token limit cut the output (finish_reason length)")
        return None


class _Structured(Reply):
    """The output itself. Its text is the body as it came, so that nothing the model did is tidied away."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        super().__init__()
        self._properties = frozenset(schema.get("properties", ()))
        self.any_json = bool(schema) and schema.get("type") != "object"

    def error_in(self, data: dict[str, Any]) -> Any:
        return data["error"] if set(data) == {"error"} and "error" not in self._properties else None

    def whole(self, data: dict[str, Any]) -> None:
        self.parts.append(self.raw.decode("utf-8-sig", "replace").strip())

    def event(self, data: dict[str, Any]) -> bool:
        raise WrongShape("this protocol does not stream")

    def failure(self) -> Failure | None:
        return None


class CustomHttp(Server):
    """POST {base_url}/structured_generate or {base_url}/generate."""

    Config: ClassVar[type[CustomHttpConfig]] = CustomHttpConfig
    capabilities = Capabilities(structured_output=True)

    def __init__(self, config: CustomHttpConfig, context: ProviderContext) -> None:
        super().__init__(config, context)
        self.settings = config

    async def generate(self, request: Request) -> Generation:
        """One generation, structured where the task has a schema."""
        endpoint = self.settings.endpoint
        structured = endpoint == "structured_generate" or (endpoint == "auto" and request.schema is not None)
        reply = _Structured(request.schema or {}) if structured else _Generated()
        exchange = Exchange(self.context.clock, self._secret, reply, _unhonoured(request, structured))
        url = URL(f"{self.settings.base_url}/{'structured_generate' if structured else 'generate'}")
        try:
            await self.post(url, encode(_payload(request, structured)), exchange)
        except Failed as failed:
            return exchange.generation(failed.failure)
        return exchange.generation()

    async def health(self) -> Health:
        """GET /health, then /. Any answer that is not a server error shows that the server is up."""
        try:
            status, facts = await self.fetch(URL(f"{self.settings.base_url}/health"))
            if status == 404:
                status, facts = await self.fetch(URL(f"{self.settings.base_url}/"))
        except Failed as failed:
            return self.unhealthy(failed.failure)
        detail = "answers" if status < 500 else f"answers with HTTP {status}"
        return Health(ok=status < 500, detail=detail, facts=self._facts(facts) if status < 300 else {})

    def _facts(self, said: Any) -> dict[str, Any]:
        """What the health page says of the server, unless it is too much for a manifest; never the key."""
        try:
            text = orjson.dumps(said).decode() if isinstance(said, dict) else ""
        except TypeError:  # half a surrogate pair, which no manifest can hold
            text = ""
        return {"health": orjson.loads(self._secret.scrub(text))} if 0 < len(text) <= MAX_FACTS_CHARS else {}


def _payload(request: Request, structured: bool) -> dict[str, Any]:
    payload: dict[str, Any] = (
        {"messages": request.messages, "response_model": request.schema or {"type": "object"}}
        if structured
        else {"prompt": "\n\n".join(message.content for message in request.messages)}
    )
    if request.sampling.temperature is not None:
        payload["temperature"] = request.sampling.temperature
    payload["max_tokens"] = request.sampling.max_tokens
    return payload


def _unhonoured(request: Request, structured: bool) -> tuple[str, ...]:
    sampling = request.sampling
    asked = {
        "schema": request.schema is not None and not structured,
        "top_p": sampling.top_p is not None,
        "seed": sampling.seed is not None,
        "stop": bool(sampling.stop),
    }
    return tuple(name for name, wanted in asked.items() if wanted)
