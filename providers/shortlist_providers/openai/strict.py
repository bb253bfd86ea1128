"""Which schemas OpenAI's strict mode takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

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
