"""The smallest value that a JSON Schema takes, more or less: what `fake` answers when nothing is scripted."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import Any

_MAX_DEPTH = 32
"""Deeper than any real schema; a recursive one that requires itself has no finite instance."""


def minimal_instance(schema: Mapping[str, Any]) -> Any:
    """A small value that satisfies `schema`: required properties only, empty or shortest everything.

    Honours `type`, `enum`, `const`, `required`, `minLength`, `minItems`, `minimum`, `exclusiveMinimum`, `maximum`,
    `multipleOf` of integers, `anyOf` and `oneOf` (first branch), `allOf` (merged) and local `$ref`. Not `pattern`,
    `format`, `not` or conditions.

    Raises:
        ValueError: a reference leads nowhere, or the schema requires itself without end.
    """
    return _instance(schema, schema, 0)


def _instance(schema: Any, root: Mapping[str, Any], depth: int) -> Any:
    if depth > _MAX_DEPTH:
        raise ValueError(f"the schema requires itself: no value of fewer than {_MAX_DEPTH} levels satisfies it")
    if not isinstance(schema, Mapping):  # true and false, which say nothing to build from
        return None
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return schema["enum"][0]
    rewritten = _without_indirection(schema, root)
    return _of_type(schema, root, depth) if rewritten is None else _instance(rewritten, root, depth + 1)


def _without_indirection(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Any:
    """The schema behind a `$ref`, a choice or an `allOf`; None where it has none of them."""
    if "$ref" in schema:
        return _resolve(schema["$ref"], root)
    for key in ("anyOf", "oneOf"):
        if schema.get(key):
            siblings = {name: value for name, value in schema.items() if name != key}
            return {**siblings, **schema[key][0]}
    return _merged(schema, root) if schema.get("allOf") else None


def _of_type(schema: Mapping[str, Any], root: Mapping[str, Any], depth: int) -> Any:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = kind[0] if kind else None
    if kind is None:
        kind = "object" if "properties" in schema else "array" if "items" in schema else None
    if kind == "object":
        properties = schema.get("properties", {})
        return {
            name: _instance(properties.get(name, {"type": "string"}), root, depth + 1)
            for name in schema.get("required", ())
        }
    if kind == "array":
        return [_instance(schema.get("items", {}), root, depth + 1) for _ in range(schema.get("minItems", 0))]
    if kind == "string":
        return "x" * schema.get("minLength", 0)
    if kind in ("integer", "number"):
        return _number(schema, kind == "integer")
    return False if kind == "boolean" else None


def _number(schema: Mapping[str, Any], whole: bool) -> int | float:
    low: int | float = 0
    if "minimum" in schema:
        low = max(low, schema["minimum"])
    if "exclusiveMinimum" in schema and low <= schema["exclusiveMinimum"]:
        low = schema["exclusiveMinimum"] + 1
    if "maximum" in schema:
        low = min(low, schema["maximum"])
    if not whole:
        return low
    step = schema.get("multipleOf", 1)
    return ceil(low / step) * step if isinstance(step, int) else ceil(low)


def _resolve(reference: str, root: Mapping[str, Any]) -> Any:
    found: Any = root
    for part in reference.removeprefix("#").strip("/").split("/") if reference != "#" else ():
        name = part.replace("~1", "/").replace("~0", "~")
        if not reference.startswith("#") or not isinstance(found, Mapping) or name not in found:
            raise ValueError(f"the schema's reference {reference!r} leads nowhere in the schema")
        found = found[name]
    return found


def _merged(schema: Mapping[str, Any], root: Mapping[str, Any]) -> dict[str, Any]:
    merged = {key: value for key, value in schema.items() if key != "allOf"}
    for part in schema["allOf"]:
        inner = _resolve(part["$ref"], root) if "$ref" in part else part
        for key, value in inner.items():
            if key == "properties":
                merged[key] = {**merged.get(key, {}), **value}
            elif key == "required":
                merged[key] = [*merged.get(key, ()), *value]
            else:
                merged[key] = value
    return merged
