"""The base of the kinds that speak chat completions to a server: `openai_compatible` and `vllm`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field
from yarl import URL

from shortlist_providers.base import Capabilities, Health, ProviderContext
from shortlist_providers.types import Generation, Request
from shortlist_providers.wire.chat import ChatReply, SchemaCache, encode
from shortlist_providers.wire.exchange import Exchange
from shortlist_providers.wire.failures import Failed
from shortlist_providers.wire.server import Server
from shortlist_providers.wire.settings import ModelName, ServerConfig

_OURS = ("messages", "model", "stream", "stream_options")


def _extra_body(extra: dict[str, Any]) -> dict[str, Any]:
    for key in _OURS:
        if key in extra:
            raise ValueError(f"{key!r} is set by Shortlist; extra_body adds other keys to the request")
    return extra


ExtraBody = Annotated[dict[str, Any], AfterValidator(_extra_body)]
"""Further keys of the request's body, for options of the server that Shortlist does not know."""


class ChatServerConfig(ServerConfig):
    """A server that speaks chat completions."""

    model: ModelName
    """The model's name as the server lists it."""
    stream: bool = True
    """Streams the output, which is what tells the time to first token."""
    structured: Literal["json_schema", "json_object", "none"] = "json_schema"
    """How the task's schema is passed on: whole, as a bare request for JSON, or not at all."""
    extra_body: ExtraBody = Field(default_factory=dict)
    """Further keys of the request's body."""


class ChatServer(Server):
    """POST {base_url}/chat/completions."""

    Config = ChatServerConfig
    capabilities = Capabilities(structured_output=True, streaming=True, seeds=True)

    def __init__(self, config: ChatServerConfig, context: ProviderContext) -> None:
        super().__init__(config, context)
        self.settings = config
        self._url = URL(f"{config.base_url}/chat/completions")
        self._schemas = SchemaCache()

    async def generate(self, request: Request) -> Generation:
        """One chat completion."""
        unhonoured = ("schema",) if request.schema is not None and self.settings.structured != "json_schema" else ()
        exchange = Exchange(self.context.clock, self._secret, ChatReply(), unhonoured)
        try:
            await self.post(self._url, encode(self._payload(request)), exchange, self.settings.stream)
        except Failed as failed:
            return exchange.generation(failed.failure)
        return exchange.generation()

    def _payload(self, request: Request) -> dict[str, Any]:
        sampling = request.sampling
        payload: dict[str, Any] = {
            "model": self.settings.model,
            "messages": request.messages,
            "max_tokens": sampling.max_tokens,  # llama.cpp's servers ignore max_completion_tokens
        }
        if sampling.temperature is not None:
            payload["temperature"] = sampling.temperature
        if sampling.top_p is not None:
            payload["top_p"] = sampling.top_p
        if sampling.seed is not None:
            payload["seed"] = sampling.seed
        if sampling.stop:
            payload["stop"] = sampling.stop
        if self.settings.stream:
            payload["stream"] = True
            payload["stream_options"] = {"include_usage": True}
        if request.schema is not None and self.settings.structured != "none":
            payload["response_format"] = (
                self._schemas.response_format(request.schema, request.schema_name)
                if self.settings.structured == "json_schema"
                else {"type": "json_object"}
            )
        payload.update(self.settings.extra_body)
        return payload

    async def models(self) -> list[dict[str, Any]]:
        """The models that the server lists; none where it has no such list.

        Raises:
            Failed: the server does not answer, or refuses the key.
        """
        status, data = await self.fetch(URL(f"{self.settings.base_url}/models"))
        listed = data.get("data") if status == 200 and isinstance(data, dict) else None
        entries = listed if isinstance(listed, list) else []
        return [entry for entry in entries if isinstance(entry, dict) and isinstance(entry.get("id"), str)]

    async def health(self) -> Health:
        """Asks for the list of models. A server without one still answers."""
        try:
            names = [entry["id"] for entry in await self.models()]
        except Failed as failed:
            return self.unhealthy(failed.failure)
        facts = {"models": names, "model_listed": self.settings.model in names}
        if not names:
            return Health(ok=True, detail="answers, lists no models", facts=facts)
        if not facts["model_listed"]:
            return Health(
                ok=True, detail=f"answers, but does not list {self.settings.model!r}; {listing(names)}", facts=facts
            )
        return Health(ok=True, detail=f"answers, lists {self.settings.model!r}", facts=facts)


def listing(names: list[str]) -> str:
    """The models of a server, in a few words."""
    shown = ", ".join(names[:5])
    return f"it lists {shown}" + (f" and {len(names) - 5} more" if len(names) > 5 else "")
