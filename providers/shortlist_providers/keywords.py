"""Walks a JSON Schema keyword by keyword."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

_OF_NAMES = frozenset({"properties", "$defs", "definitions", "patternProperties", "dependentSchemas"})
"""Keywords whose values map names, which are no keywords, to schemas."""
_OF_VALUES = frozenset({"enum", "const", "default", "examples", "required"})
"""Keywords whose values are data, whatever they look like."""

Unwanted = Callable[[str, Any, Mapping[str, Any]], bool]
"""Of a keyword, its value, and the schema that it stands in."""


def without(schema: Any, unwanted: Unwanted) -> tuple[Any, set[str]]:
    """A copy of `schema` without the keywords that are `unwanted`, and the names of these."""
    dropped: set[str] = set()

    def walked(node: Any) -> Any:
        if isinstance(node, list | tuple):
            return [walked(item) for item in node]
        if not isinstance(node, Mapping):
            return node
        kept = {}
        for keyword, value in node.items():
            if unwanted(keyword, value, node):
                dropped.add(keyword)
            elif keyword in _OF_NAMES and isinstance(value, Mapping):
                kept[keyword] = {name: walked(inner) for name, inner in value.items()}
            else:
                kept[keyword] = value if keyword in _OF_VALUES else walked(value)
        return kept

    return walked(schema), dropped


def one_type_each(schema: Any) -> Any:
    """`schema` with `anyOf` where it has lists of types, which means the same.

    What an `enum` or `const` allows needs no type, and is left without.
    """
    if isinstance(schema, list):
        return [one_type_each(part) for part in schema]
    if not isinstance(schema, Mapping):
        return schema
    node: dict[str, Any] = {}
    for keyword, value in schema.items():
        if keyword in _OF_NAMES and isinstance(value, Mapping):
            node[keyword] = {name: one_type_each(inner) for name, inner in value.items()}
        else:
            node[keyword] = value if keyword in _OF_VALUES else one_type_each(value)
    types = node.get("type")
    if not isinstance(types, list) or "anyOf" in node or "oneOf" in node:
        return node
    del node["type"]
    if "enum" in node or "const" in node:
        return node
    kept = {name: node.pop(name) for name in ("$defs", "definitions") if name in node}
    return {**kept, "anyOf": [{**node, "type": name} for name in types]}
