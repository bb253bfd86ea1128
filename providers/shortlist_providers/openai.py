"""The kind `openai`: OpenAI's hosted models through OpenAI's SDK, by chat completions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from shortlist_providers.base import Capabilities, ProviderContext
from shortlist_providers.types import Generation, Request
from shortlist_providers.wire.chat import ChatReply, schema_name
from shortlist_providers.wire.decode import sound
from shortlist_providers.wire.exchange import Exchange
from shortlist_providers.wire.sdk import SdkConfig, SdkProvider
from shortlist_providers.wire.settings import BaseUrl, EnvironmentName

STRICT_KEYWORDS = frozenset(
    {"$schema", "$id", "$comment", "$defs", "$ref", "definitions", "title", "description"}
    | {"type", "enum", "const", "anyOf", "properties", "required", "additionalProperties", "items"}
    | {"pattern", "format", "multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum"}
    | {"minItems", "maxItems"}
)
"""What OpenAI's strict mode takes (its guide "Structured model outputs", section "Supported schemas").

`minLength` and `maxLength` are not listed there.
"""
STRICT_FORMATS = frozenset({"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"})


class OpenAIConfig(SdkConfig):
    """An OpenAI model."""

    kind: Literal["openai"] = "openai"
    base_url: BaseUrl = "https://api.openai.com/v1"
    api_key_env: EnvironmentName = "OPENAI_API_KEY"
    structured: Literal["strict", "json_schema", "json_object", "none"] = "strict"
    """How the schema is passed on; `strict` falls back to `json_schema` for a schema outside OpenAI's subset."""
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = None
    """Most tokens to generate, hidden reasoning included; left out, the suite's `sampling.max_tokens`."""
    omit: tuple[Literal["temperature", "top_p", "seed", "stop"], ...] = ()
    """Sampling settings that the model refuses (reasoning models refuse `temperature`); not sent, and recorded."""


class OpenAI(SdkProvider):
    """Chat completions through the SDK."""

    Config: ClassVar[type[OpenAIConfig]] = OpenAIConfig
    capabilities = Capabilities(structured_output=True, streaming=True, seeds=True)
    extra = "openai"
    requires = ("openai",)
    sdk_name = "openai"
    client_class = "AsyncOpenAI"

    def __init__(self, config: OpenAIConfig, context: ProviderContext) -> None:
        super().__init__(config, context)
        self.settings = config
        self._strict: dict[int, tuple[Mapping[str, Any], tuple[str, ...]]] = {}

    async def generate(self, request: Request) -> Generation:
        """One chat completion."""
        arguments, unhonoured = self._arguments(request)
        exchange = Exchange(self.context.clock, self._secret, ChatReply(), unhonoured)
        return await self.converse(arguments, exchange)

    def endpoint(self, client: Any) -> Any:
        """Chat completions."""
        return client.chat.completions

    async def models(self, client: Any) -> Any:
        """The models that the account may use."""
        return await client.models.list()

    def _arguments(self, request: Request) -> tuple[dict[str, Any], tuple[str, ...]]:
        settings, sampling = self.settings, request.sampling
        arguments: dict[str, Any] = {
            "model": settings.model,
            "messages": [{"role": m.role, "content": sound(m.content)} for m in request.messages],
            "max_completion_tokens": settings.max_completion_tokens or sampling.max_tokens,
        }
        if settings.stream:
            arguments |= {"stream": True, "stream_options": {"include_usage": True}}
        wanted = {
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "seed": sampling.seed,
            "stop": list(sampling.stop) or None,
        }
        asked = {name: value for name, value in wanted.items() if value is not None}
        arguments |= {name: value for name, value in asked.items() if name not in settings.omit}
        unhonoured = tuple(name for name in asked if name in settings.omit)
        if request.schema is None:
            return arguments, unhonoured
        if settings.structured in ("none", "json_object"):
            if settings.structured == "json_object":
                arguments["response_format"] = {"type": "json_object"}
            return arguments, (*unhonoured, "schema")
        obstacles = self._obstacles(request.schema) if settings.structured == "strict" else ()
        described = {
            "name": schema_name(request.schema_name),
            "schema": request.schema,
            "strict": settings.structured == "strict" and not obstacles,
        }
        arguments["response_format"] = {"type": "json_schema", "json_schema": described}
        return arguments, (*unhonoured, *obstacles)

    def _obstacles(self, schema: Mapping[str, Any]) -> tuple[str, ...]:
        if id(schema) not in self._strict:  # holding the schema keeps its id from being reused
            self._strict[id(schema)] = (schema, strict_obstacles(schema))
        return self._strict[id(schema)][1]


def strict_obstacles(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """What keeps `schema` out of OpenAI's strict subset, as `strict:<keyword>`; empty where strict mode takes it."""
    found = set(_obstacles_in(schema))
    if schema.get("type") != "object" or "anyOf" in schema:
        found.add("root")
    return tuple(f"strict:{name}" for name in sorted(found))


def _obstacles_in(schema: Any) -> Iterator[str]:
    if not isinstance(schema, Mapping):
        yield "boolean_schema"
        return
    yield from (keyword for keyword in schema if keyword not in STRICT_KEYWORDS)
    if schema.get("format", "date") not in STRICT_FORMATS:
        yield "format"
    properties = schema.get("properties", {})
    kind = schema.get("type")
    if kind == "object" or (isinstance(kind, list) and "object" in kind) or properties:
        if schema.get("additionalProperties") is not False:
            yield "additionalProperties"
        if set(properties) - set(schema.get("required", ())):
            yield "optional_properties"
    for part in (properties, schema.get("$defs", {}), schema.get("definitions", {})):
        for inner in part.values():
            yield from _obstacles_in(inner)
    for inner in (*schema.get("anyOf", ()), *([schema["items"]] if "items" in schema else ())):
        yield from _obstacles_in(inner)
