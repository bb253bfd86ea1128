"""Which keywords of a schema llama.cpp's JSON grammar skips without a word (its grammars/README.md, and measured)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_NEVER = frozenset(
    {"uniqueItems", "contains", "minContains", "maxContains", "multipleOf", "not", "if", "then", "else"}
    | {"dependentRequired", "dependentSchemas", "minProperties", "maxProperties", "patternProperties"}
    | {"propertyNames", "unevaluatedItems", "unevaluatedProperties"}
)
_RANGES = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"})
_FORMATS = frozenset({"date", "time", "date-time", "uuid", "uuid1", "uuid2", "uuid3", "uuid4", "uuid5"})
_OF_NAMES = ("properties", "$defs", "definitions")
_OF_LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")
_OF_ONE = ("items", "additionalProperties")


def skipped_by_llama_cpp(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """By the converter of llama.cpp itself, which llama-server and Ollama use. It knows ranges of integers."""
    return tuple(sorted(set(_skipped(schema, frozenset({"integer"})))))


def skipped_by_llama_cpp_python(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """By the converter of llama-cpp-python's server, which knows no ranges."""
    return tuple(sorted(set(_skipped(schema, frozenset()))))


def _skipped(schema: Any, ranged: frozenset[str]) -> Iterator[str]:
    if not isinstance(schema, Mapping):
        return
    yield from (keyword for keyword in schema if keyword in _NEVER)
    if schema.get("type") not in ranged:
        yield from (keyword for keyword in schema if keyword in _RANGES)
    if schema.get("format", "date") not in _FORMATS:
        yield "format"
    pattern = schema.get("pattern")
    if isinstance(pattern, str) and not (pattern.startswith("^") and pattern.endswith("$")):
        yield "pattern"
    for keyword in _OF_NAMES:
        inner = schema.get(keyword)
        for part in inner.values() if isinstance(inner, Mapping) else ():
            yield from _skipped(part, ranged)
    for keyword in _OF_LISTS:
        inner = schema.get(keyword)
        for part in inner if isinstance(inner, list | tuple) else ():
            yield from _skipped(part, ranged)
    for keyword in _OF_ONE:
        yield from _skipped(schema.get(keyword), ranged)
