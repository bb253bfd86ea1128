"""JSON Schemas on their way to Anthropic's output format: rewritten without loss, then compared for what got lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_SUBSCHEMAS = ("$defs", "properties")
_LISTS = ("anyOf", "oneOf", "allOf")
_SAYS_NOTHING = frozenset({"description", "title", "default", "examples", "deprecated", "readOnly", "writeOnly"})
_META = frozenset({"$schema", "$id", "$comment"})


def modernised(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The same schema in the words that `anthropic.transform_schema` knows.

    `definitions` (draft-07, which zod-to-json-schema writes) becomes `$defs`, a list of types becomes `anyOf`, and
    `$schema`, `$id` and `$comment`, which it would copy into descriptions, are dropped.
    """
    return {key: _modern(key, value) for key, value in _renamed(schema).items() if key not in _META}


def _renamed(schema: Mapping[str, Any]) -> dict[str, Any]:
    renamed = dict(schema)
    if isinstance(old := renamed.pop("definitions", None), Mapping):
        renamed["$defs"] = {**old, **renamed.get("$defs", {})}
    types = renamed.get("type")
    if not isinstance(types, list) or "enum" in renamed or "const" in renamed:
        return renamed
    if len(types) == 1:
        return {**renamed, "type": types[0]}
    if any(key in renamed for key in _LISTS):
        return renamed
    kept: dict[str, Any] = {key: renamed.pop(key) for key in ("description", "title", "$defs") if key in renamed}
    renamed.pop("type")
    constrained = [{"type": name} if name == "null" else {"type": name, **renamed} for name in types]
    return {**kept, "anyOf": constrained}


def _modern(key: str, value: Any) -> Any:
    if key == "$ref" and isinstance(value, str):
        return value.replace("#/definitions/", "#/$defs/", 1)
    if key in _SUBSCHEMAS and isinstance(value, Mapping):
        return {name: _schema(inner) for name, inner in value.items()}
    if key in _LISTS and isinstance(value, list):
        return [_schema(inner) for inner in value]
    return _schema(value) if key == "items" else value


def _schema(value: Any) -> Any:
    return modernised(value) if isinstance(value, Mapping) else value


def moved_keywords(schema: Mapping[str, Any], transformed: Mapping[str, Any]) -> tuple[str, ...]:
    """The keywords of `schema` that `transformed` lacks, as `schema:<keyword>`: described, but not enforced."""
    return tuple(f"schema:{keyword}" for keyword in sorted(set(_lost(schema, transformed))))


def _lost(schema: Mapping[str, Any], transformed: Mapping[str, Any]) -> Iterator[str]:
    literal = "enum" in transformed or "const" in transformed
    for key, value in schema.items():
        known_as = "anyOf" if key == "oneOf" else key
        if key in _SAYS_NOTHING or (key == "type" and literal):
            continue
        if key == "additionalProperties":
            if value is not False:
                yield key  # forced shut: an object with free keys cannot be written
        elif known_as not in transformed or key == "oneOf":
            yield key  # oneOf becomes anyOf, which also takes what matches two branches
        if known_as == "anyOf" and "anyOf" in schema and "oneOf" in schema:
            yield key  # the two are made one list, of which one branch is then enough
        else:
            yield from _lost_below(key, value, transformed.get(known_as))


def _lost_below(key: str, before: Any, after: Any) -> Iterator[str]:
    if after is None:
        return
    if key in _LISTS:
        for inner, changed in zip(before, after, strict=True):
            yield from _lost(inner, changed)
    elif key in _SUBSCHEMAS:
        for name, inner in before.items():
            yield from _lost(inner, after[name])
    elif key == "items":
        yield from _lost(before, after)
