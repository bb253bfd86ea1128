"""From a request to the arguments of a message, the same for single calls and for batches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from shortlist_providers.claude.config import ClaudeConfig
from shortlist_providers.types import Request
from shortlist_providers.wire.chat import schema_name
from shortlist_providers.wire.decode import sound
from shortlist_providers.wire.schemas import modernised, moved_keywords


@dataclass(frozen=True, slots=True)
class Written:
    """A request in Anthropic's words."""

    arguments: dict[str, Any]
    unhonoured: tuple[str, ...]
    tool: bool
    """Whether the output comes as the input of a forced tool."""


@dataclass(frozen=True, slots=True)
class _Structure:
    """How one schema is passed on, and what gets lost on the way."""

    format: Mapping[str, Any] | None = None
    tool: Mapping[str, Any] | None = None
    unhonoured: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes requests as one configuration says. `transform` is the SDK's `transform_schema`."""

    settings: ClaudeConfig
    transform: Callable[[dict[str, Any]], dict[str, Any]]
    _structures: dict[tuple[int, str], tuple[Mapping[str, Any], _Structure]] = field(default_factory=dict)

    def write(self, request: Request) -> Written:
        """The arguments of `messages.create`, without `stream`."""
        sampling, settings = request.sampling, self.settings
        structure = self._structure(request)
        asked = {"temperature": sampling.temperature, "top_p": sampling.top_p, "seed": sampling.seed}
        unhonoured = [name for name, value in asked.items() if value is not None]
        unhonoured += structure.unhonoured
        system, tools = _system(request), [dict(structure.tool)] if structure.tool else []
        if settings.cache != "none" and not _keep(system, tools, settings.cache):
            unhonoured.append("cache")
        arguments: dict[str, Any] = {
            "model": settings.model,
            "max_tokens": sampling.max_tokens,
            "messages": [{"role": m.role, "content": sound(m.content)} for m in request.messages if m.role != "system"],
        }
        if system:
            arguments["system"] = system[0]["text"] if settings.cache == "none" else system
        if sampling.stop:
            arguments["stop_sequences"] = [sound(text) for text in sampling.stop]
        if tools:
            arguments["tools"] = tools
            arguments["tool_choice"] = {"type": "tool", "name": tools[0]["name"], "disable_parallel_tool_use": True}
        output = {"effort": settings.effort, "format": structure.format}
        if any(output.values()):
            arguments["output_config"] = {key: value for key, value in output.items() if value is not None}
        if settings.thinking is not None:
            arguments["thinking"] = {"type": settings.thinking}
        return Written(arguments, tuple(unhonoured), tool=bool(tools))

    def _structure(self, request: Request) -> _Structure:
        if request.schema is None:
            return _Structure()
        key = (id(request.schema), request.schema_name)
        known = self._structures.get(key)
        if known is None:  # holding the schema keeps its id from being reused
            known = self._structures[key] = (request.schema, self._structure_for(request.schema, request.schema_name))
        return known[1]

    def _structure_for(self, schema: Mapping[str, Any], name: str) -> _Structure:
        if self.settings.structured == "none":
            return _Structure(unhonoured=("schema",))
        if self.settings.structured == "tool":
            return _by_tool(schema, name, ())
        modern = modernised(schema)
        try:
            transformed = self.transform(modern)
        except (ValueError, TypeError, AttributeError, AssertionError):  # what it raises on schemas it does not know
            return _by_tool(schema, name, ("output_config",))
        output_format = {"type": "json_schema", "schema": transformed}
        return _Structure(format=output_format, unhonoured=moved_keywords(modern, transformed))


def _by_tool(schema: Mapping[str, Any], name: str, unhonoured: tuple[str, ...]) -> _Structure:
    if schema.get("type") != "object":  # a tool's input is always an object
        return _Structure(unhonoured=(*unhonoured, "schema"))
    tool = {
        "name": schema_name(name),
        "description": "Hands over the finished output.",
        "input_schema": dict(schema),
    }
    # Without strict tools the schema is a request to the model, not a constraint on its output.
    return _Structure(tool=tool, unhonoured=(*unhonoured, "schema:enforcement"))


def _system(request: Request) -> list[dict[str, Any]]:
    text = "\n\n".join(sound(m.content) for m in request.messages if m.role == "system")
    return [{"type": "text", "text": text}] if text else []


def _keep(system: list[dict[str, Any]], tools: list[dict[str, Any]], ttl: str) -> bool:
    """Marks the end of what all cases share. False where they share nothing before the user's message."""
    shared = system or tools  # tools come first in what the cache compares
    if shared:
        shared[-1]["cache_control"] = {"type": "ephemeral", "ttl": ttl}
    return bool(shared)
