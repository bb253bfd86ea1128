"""The kind `claude`: Anthropic's hosted models through Anthropic's SDK, by the Messages API."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from shortlist_providers.base import Capabilities, ProviderContext
from shortlist_providers.types import Generation, Request
from shortlist_providers.wire.chat import schema_name
from shortlist_providers.wire.decode import sound
from shortlist_providers.wire.exchange import Exchange
from shortlist_providers.wire.messages import MessagesReply
from shortlist_providers.wire.schemas import modernised, moved_keywords
from shortlist_providers.wire.sdk import SdkConfig, SdkProvider
from shortlist_providers.wire.settings import BaseUrl, EnvironmentName

LONGEST_UNSTREAMED = 21_333
"""Tokens. Above this the SDK itself insists on streaming, since such an answer may take over ten minutes of silence."""


class ClaudeConfig(SdkConfig):
    """A Claude model."""

    kind: Literal["claude"] = "claude"
    base_url: BaseUrl = "https://api.anthropic.com"
    api_key_env: EnvironmentName = "ANTHROPIC_API_KEY"
    structured: Literal["output_config", "tool", "none"] = "output_config"
    """How the schema is passed on: as the output's format, as the input of a forced tool, or not at all.

    A schema that the output's format cannot express goes by a tool, and that is recorded.
    """


@dataclass(frozen=True, slots=True)
class _Structure:
    """How one schema is passed on, and what gets lost on the way."""

    arguments: Mapping[str, Any]
    unhonoured: tuple[str, ...]
    tool: bool = False


class Claude(SdkProvider):
    """Messages through the SDK."""

    Config: ClassVar[type[ClaudeConfig]] = ClaudeConfig
    capabilities = Capabilities(structured_output=True, streaming=True)
    extra = "claude"
    requires = ("anthropic",)
    sdk_name = "anthropic"
    client_class = "AsyncAnthropic"

    def __init__(self, config: ClaudeConfig, context: ProviderContext) -> None:
        super().__init__(config, context)
        self.settings = config
        self._structures: dict[tuple[int, str], tuple[Mapping[str, Any], _Structure]] = {}

    async def generate(self, request: Request) -> Generation:
        """One message."""
        structure = self._structure(request)
        sampling = request.sampling
        streaming = self.settings.stream or sampling.max_tokens > LONGEST_UNSTREAMED
        asked = {"temperature": sampling.temperature, "top_p": sampling.top_p, "seed": sampling.seed}
        unhonoured = tuple(name for name, value in asked.items() if value is not None)
        reply = MessagesReply(structure.tool)
        exchange = Exchange(self.context.clock, self._secret, reply, (*unhonoured, *structure.unhonoured))
        arguments = {**_arguments(request, self.settings.model), **structure.arguments}
        if streaming:
            arguments["stream"] = True
        # The SDK warns in every call of a model whose end is near; where warnings are errors, no call would be made.
        warnings.filterwarnings("ignore", r"The model '.*' is deprecated", DeprecationWarning)
        return await self.converse(arguments, exchange)

    def endpoint(self, client: Any) -> Any:
        """Messages."""
        return client.messages

    async def models(self, client: Any) -> Any:
        """The models that the account may use."""
        return await client.models.list(limit=1000)

    def _structure(self, request: Request) -> _Structure:
        if request.schema is None:
            return _Structure({}, ())
        key = (id(request.schema), request.schema_name)
        known = self._structures.get(key)
        if known is None:  # holding the schema keeps its id from being reused
            known = self._structures[key] = (request.schema, self._structure_for(request.schema, request.schema_name))
        return known[1]

    def _structure_for(self, schema: Mapping[str, Any], name: str) -> _Structure:
        if self.settings.structured == "none":
            return _Structure({}, ("schema",))
        if self.settings.structured == "tool":
            return _by_tool(schema, name, ())
        modern = modernised(schema)
        try:
            transformed: dict[str, Any] = self._sdk.transform_schema(modern)
        except (ValueError, TypeError, AttributeError, AssertionError):  # what it raises on schemas it does not know
            return _by_tool(schema, name, ("output_config",))
        output_format = {"type": "json_schema", "schema": transformed}
        return _Structure({"output_config": {"format": output_format}}, moved_keywords(modern, transformed))


def _by_tool(schema: Mapping[str, Any], name: str, unhonoured: tuple[str, ...]) -> _Structure:
    if schema.get("type") != "object":  # a tool's input is always an object
        return _Structure({}, (*unhonoured, "schema"))
    tool = {
        "name": schema_name(name),
        "description": "Hands over the finished output.",
        "input_schema": dict(schema),
    }
    choice = {"type": "tool", "name": tool["name"], "disable_parallel_tool_use": True}
    # Without strict tools the schema is a request to the model, not a constraint on its output.
    return _Structure({"tools": [tool], "tool_choice": choice}, (*unhonoured, "schema:enforcement"), tool=True)


def _arguments(request: Request, model: str) -> dict[str, Any]:
    system = "\n\n".join(sound(m.content) for m in request.messages if m.role == "system")
    arguments: dict[str, Any] = {
        "model": model,
        "max_tokens": request.sampling.max_tokens,
        "messages": [{"role": m.role, "content": sound(m.content)} for m in request.messages if m.role != "system"],
    }
    if system:
        arguments["system"] = system
    if request.sampling.stop:
        arguments["stop_sequences"] = list(request.sampling.stop)
    return arguments
