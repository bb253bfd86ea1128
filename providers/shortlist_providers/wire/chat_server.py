"""The base of the kinds that speak chat completions to a server: `openai_compatible` and `vllm`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import orjson
from pydantic import AfterValidator, Field
from yarl import URL

from shortlist_providers.base import Capabilities, Health, ProviderContext
from shortlist_providers.types import Generation, Request, Sampling
from shortlist_providers.wire.chat import ChatReply, SchemaCache, SchemaPassing, encode
from shortlist_providers.wire.exchange import Exchange, Reply
from shortlist_providers.wire.failures import Failed, from_status
from shortlist_providers.wire.server import Server
from shortlist_providers.wire.settings import ModelName, ServerConfig

_OURS = ("messages", "model", "stream", "stream_options")
_CONSTRAINS = frozenset({"json_schema", "json_object_schema", "json_object_value", "alone"})
_UNAVAILABLE = 503


def _extra_body(extra: dict[str, Any]) -> dict[str, Any]:
    for key in _OURS:
        if key in extra:
            raise ValueError(f"{key!r} is set by Shortlist; extra_body adds other keys to the request")
    return extra


ExtraBody = Annotated[dict[str, Any], AfterValidator(_extra_body)]
"""Further keys of the request's body, for options of the server that Shortlist does not know."""

SamplingName = Literal["temperature", "top_p", "seed", "stop"]
_OF_CHANCE: frozenset[SamplingName] = frozenset({"temperature", "top_p", "seed"})


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


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a server makes of a request for a chat completion."""

    schema: SchemaPassing = "json_schema"
    """How a schema reaches it."""
    skips: Callable[[Mapping[str, Any]], tuple[str, ...]] | None = None
    """Names the keywords of a schema that its grammar skips, where that is known."""
    ignores: frozenset[SamplingName] = frozenset()
    """Settings without effect: not sent, and recorded."""
    doubts: frozenset[SamplingName] = frozenset()
    """Settings whose effect depends on how the server was started: sent, and recorded as not honoured."""
    stream_usage: Literal["on_request", "always", "never"] = "on_request"
    """Whether a stream tells its usage: where `stream_options` asks for it, in any case, or not at all."""

    @property
    def constrains(self) -> bool:
        """Whether a schema constrains the output."""
        return self.schema in _CONSTRAINS

    @property
    def seeds(self) -> bool:
        """Whether seeds are known to hold."""
        return "seed" not in self.ignores | self.doubts


class ChatServer(Server):
    """POST {base_url}/chat/completions."""

    Config = ChatServerConfig
    capabilities = Capabilities(structured_output=True, streaming=True, seeds=True)

    def __init__(self, config: ChatServerConfig, context: ProviderContext) -> None:
        super().__init__(config, context)
        self.settings = config
        self.dialect = Dialect(schema=config.structured)
        self._url = URL(f"{config.base_url}/chat/completions")
        self._schemas = SchemaCache()
        self._skipped: dict[int, tuple[Mapping[str, Any], tuple[str, ...]]] = {}

    async def generate(self, request: Request) -> Generation:
        """One chat completion."""
        return await self.converse(request, self.reply())

    async def converse(self, request: Request, reply: Reply) -> Generation:
        """Sends `request` and lets `reply` take what comes back."""
        exchange = Exchange(self.context.clock, self._secret, reply, self._unhonoured(request))
        try:
            await self.post(self._url, encode(self._payload(request)), exchange, self.settings.stream)
        except Failed as failed:
            return exchange.generation(failed.failure)
        return exchange.generation()

    def reply(self) -> Reply:
        """What takes the server's answer apart."""
        return ChatReply()

    def _payload(self, request: Request) -> dict[str, Any]:
        dialect = self.dialect
        payload: dict[str, Any] = {
            "model": self.settings.model,
            "messages": request.messages,
            "max_tokens": request.sampling.max_tokens,  # llama.cpp's servers ignore max_completion_tokens
        }
        payload |= asked_of(request.sampling, dialect)
        if self.settings.stream:
            payload["stream"] = True
            if dialect.stream_usage == "on_request":
                payload["stream_options"] = {"include_usage": True}
        if request.schema is not None and dialect.schema != "none":
            payload["response_format"] = self._schemas.response_format(
                request.schema, request.schema_name, dialect.schema
            )
        payload.update(self.settings.extra_body)
        return payload

    def _in_its_place(self) -> Mapping[str, Any]:
        """What `extra_body` says, by the names of chat completions."""
        return self.settings.extra_body

    def _unhonoured(self, request: Request) -> tuple[str, ...]:
        return (*self._replaced(request), *self._lost(request))

    def _replaced(self, request: Request) -> Iterator[str]:
        instead = self._in_its_place()
        if not instead:
            return
        asked = {**_asked(request.sampling), "max_tokens": request.sampling.max_tokens}
        for name, value in asked.items():
            if name in instead and instead[name] != (list(value) if name == "stop" else value):
                yield name
        if request.schema is not None and "response_format" in instead and self.dialect.constrains:
            yield "schema"

    def _lost(self, request: Request) -> tuple[str, ...]:
        dialect = self.dialect
        lost: tuple[str, ...] = ()
        if dialect.ignores or dialect.doubts:
            # At temperature 0 the likeliest token is taken: nothing about chance is then in doubt.
            doubts = dialect.doubts - _OF_CHANCE if request.sampling.temperature == 0 else dialect.doubts
            in_vain = dialect.ignores | doubts
            lost = tuple(name for name in _asked(request.sampling) if name in in_vain)
        if request.schema is None:
            return lost
        if not dialect.constrains:
            return (*lost, "schema")
        return lost if dialect.skips is None else (*lost, *self._skipped_of(request.schema, dialect.skips))

    def _skipped_of(
        self, schema: Mapping[str, Any], skips: Callable[[Mapping[str, Any]], tuple[str, ...]]
    ) -> tuple[str, ...]:
        known = self._skipped.get(id(schema))
        if known is None:  # holding the schema keeps its id from being reused
            known = self._skipped[id(schema)] = (schema, tuple(f"schema:{name}" for name in skips(schema)))
        return known[1]

    async def models(self) -> list[dict[str, Any]]:
        """The models that the server lists; none where it has no such list.

        Raises:
            Failed: the server does not answer, refuses the key, or is still loading its model.
        """
        status, data = await self.fetch(URL(f"{self.settings.base_url}/models"))
        if status == _UNAVAILABLE:
            raise Failed(from_status(status, {}, orjson.dumps(data), self._secret))
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


def _asked(sampling: Sampling) -> dict[str, Any]:
    """The optional settings that a request makes."""
    asked: dict[str, Any] = {}
    if sampling.temperature is not None:
        asked["temperature"] = sampling.temperature
    if sampling.top_p is not None:
        asked["top_p"] = sampling.top_p
    if sampling.seed is not None:
        asked["seed"] = sampling.seed
    if sampling.stop:
        asked["stop"] = sampling.stop
    return asked


def asked_of(sampling: Sampling, dialect: Dialect) -> dict[str, Any]:
    """The optional settings of a request that a server of this dialect is to be sent."""
    asked = _asked(sampling)
    return {name: value for name, value in asked.items() if name not in dialect.ignores} if dialect.ignores else asked


def listing(names: list[str]) -> str:
    """The models of a server, in a few words."""
    shown = ", ".join(names[:5])
    return f"it lists {shown}" + (f" and {len(names) - 5} more" if len(names) > 5 else "")
