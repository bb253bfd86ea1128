"""Which keywords of a schema llama.cpp's JSON grammars skip without a word.

From llama.cpp's grammars/README.md and llama-cpp-python's converter, and measured.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shortlist_providers.keywords import without

_NEVER = frozenset(
    {"uniqueItems", "contains", "minContains", "maxContains", "multipleOf", "not", "if", "then", "else"}
    | {"dependentRequired", "dependentSchemas", "minProperties", "maxProperties", "patternProperties"}
    | {"propertyNames", "unevaluatedItems", "unevaluatedProperties"}
)
_RANGES = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"})
_FORMATS = frozenset({"date", "time", "date-time", "uuid", "uuid1", "uuid2", "uuid3", "uuid4", "uuid5"})
_CONSTRAIN_NOTHING = frozenset({"type", "title", "description", "default", "examples", "$schema", "$id", "$comment"})
_APART = frozenset({"$defs", "definitions", "anyOf", "oneOf"})
"""Beside a list of types these hold all the same."""


def skipped_by_llama_cpp(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """By the converter of llama.cpp itself, which llama-server and Ollama use. It knows ranges of integers."""
    return tuple(sorted(without(schema, _llama_cpp_skips)[1]))


def skipped_by_llama_cpp_python(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """By the converter of llama-cpp-python, which knows no ranges, and of a list of types nothing but the types."""
    return tuple(sorted(without(schema, llama_cpp_python_skips)[1]))


def llama_cpp_python_skips(keyword: str, value: Any, node: Mapping[str, Any]) -> bool:
    """Whether llama-cpp-python's converter skips a keyword of `node`."""
    if isinstance(node.get("type"), list) and keyword not in _CONSTRAIN_NOTHING | _APART:
        return True
    return keyword in _RANGES or _either_skips(keyword, value)


def _llama_cpp_skips(keyword: str, value: Any, node: Mapping[str, Any]) -> bool:
    if keyword in _RANGES:
        types = node.get("type")
        return not {*(types if isinstance(types, list) else [types])} - {"null"} <= {"integer"}
    return _either_skips(keyword, value)


def _either_skips(keyword: str, value: Any) -> bool:
    if keyword == "format":
        return value not in _FORMATS
    if keyword == "pattern":
        return not (isinstance(value, str) and value.startswith("^") and value.endswith("$"))
    return keyword in _NEVER
