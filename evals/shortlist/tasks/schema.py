"""A task's JSON Schema: read, checked, and walked along the paths that rules name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson

from shortlist.documents import Findings
from shortlist.documents.yaml_text import lines_of, read_text
from shortlist.errors import InputError, Problem, nearest

DRAFTS = ("https://json-schema.org/draft/2020-12/schema", "http://json-schema.org/draft-07/schema")
_TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")


def read_schema(file: Path) -> dict[str, Any]:
    """The JSON Schema that a file holds, known to be valid and to need no other document.

    Raises:
        InputError: it is no JSON object, or no valid schema of draft 2020-12 or draft-07.
    """
    return parse_schema(read_text(file), file)


def parse_schema(text: str, file: Path) -> dict[str, Any]:
    """The JSON Schema in `text`, which `file` holds.

    Raises:
        InputError: as `read_schema`.
    """
    try:
        schema = json.loads(text, object_pairs_hook=_unique_keys, parse_constant=_refuse_constant)
        orjson.dumps(schema)  # requests and records carry it: no half surrogates, no numbers beyond 64 bits
    except json.JSONDecodeError as error:
        raise InputError(Problem(f"not JSON: {error.msg} at column {error.colno}", file, error.lineno)) from error
    except RecursionError as error:
        raise InputError(Problem("nested too deeply", file)) from error
    except (ValueError, TypeError) as error:
        raise InputError(Problem(f"not JSON: {error}", file)) from error
    if not isinstance(schema, dict):
        raise InputError(Problem('a JSON Schema is an object, e.g. {"type": "object", …}', file, 1))
    findings = Findings(file, lines_of(text))
    _check(schema, findings)
    findings.raise_if_any()
    return schema


def _check(schema: dict[str, Any], findings: Findings) -> None:
    draft = schema.get("$schema", DRAFTS[0])
    if str(draft).removesuffix("#").replace("https:", "http:") not in {d.replace("https:", "http:") for d in DRAFTS}:
        findings.add(("$schema",), f"must be one of {', '.join(DRAFTS)}; got {draft!r}")
        return
    try:
        jsonschema_rs.meta.validate(schema)
        jsonschema_rs.validator_for(schema, offline=True)
    except jsonschema_rs.ValidationError as error:
        where = tuple(error.instance_path)
        if "type" in where[-2:] and isinstance(error.instance, str):
            message = f"must be one of {', '.join(_TYPES)}; got {error.instance!r}{nearest(error.instance, _TYPES)}"
        elif "Retrieval is disabled" in error.message or "No base URI" in error.message:
            message = f"a $ref may only point inside this file (#/$defs/…): {error.message}"
        else:
            message = f"not a valid JSON Schema: {error.message}"
        findings.add(where, message)
    except (ValueError, RecursionError) as error:
        findings.add((), f"not a valid JSON Schema: {error}")


def _unique_keys(items: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in items:
        if key in found:
            raise ValueError(f"the key {key!r} is given twice in one object")
        found[key] = value
    return found


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")


class NoSuchPlace(Exception):
    """A path leads nowhere in the schema; the text says where it ends and what is there."""


class Place:
    """Where a path has led in a schema: the subschemas that may apply there.

    An *open* place is one of which the schema says nothing (`{}`, or properties by pattern): any step from there is
    allowed, as an output may have it.
    """

    def __init__(self, root: Mapping[str, Any], subschemas: Iterable[Any]) -> None:
        self._root = root
        self.subschemas = tuple(_resolved(root, list(subschemas)))

    @classmethod
    def top(cls, schema: Mapping[str, Any]) -> Place:
        """The whole output."""
        return cls(schema, [schema])

    def follow(self, path: str) -> Place:
        """The place at `a.b[].c`; a leading `[]` goes into the items of this place.

        Raises:
            NoSuchPlace: the schema has no such property, or no list.
        """
        place = self
        for part in re.findall(r"\[\]|[^.\[\]]+", path):
            place = place.items() if part == "[]" else place.property(part)
        return place

    def property(self, name: str) -> Place:
        """The property `name` of the object here."""
        properties: dict[str, list[Any]] = {}
        is_open = False
        for schema in self.subschemas:
            for key, value in schema.get("properties", {}).items():
                properties.setdefault(key, []).append(value)
            is_open |= _says_nothing(schema) or bool(
                isinstance(schema.get("additionalProperties"), dict) or schema.get("patternProperties")
            )
        if name in properties:
            return Place(self._root, properties[name])
        if is_open:
            return Place(self._root, [{}])
        if not properties:
            raise NoSuchPlace(f"{name!r} cannot be there: the schema has no object at that place")
        raise NoSuchPlace(
            f"the schema has no property {name!r} there; allowed: {', '.join(properties)}{nearest(name, properties)}"
        )

    def items(self) -> Place:
        """The items of the list here."""
        lists = [schema for schema in self.subschemas if "items" in schema or "prefixItems" in schema]
        if not lists and not self.may_be("array"):
            raise NoSuchPlace("'[]' goes over a list, and the schema has no list at that place")
        inner = [schema.get("items", {}) for schema in lists]
        flat = [one for item in inner for one in (item if isinstance(item, list) else [item])]
        return Place(self._root, [one for one in flat if one is not False] or [{}])

    def may_be(self, kind: str) -> bool:
        """Whether a value of the JSON type `kind` may stand here."""
        for schema in self.subschemas:
            types = schema.get("type")
            allowed = [types] if isinstance(types, str) else types
            if allowed is None and kind in _implied_types(schema):
                return True
            if allowed is not None and (kind in allowed or (kind == "number" and "integer" in allowed)):
                return True
        return False


def _implied_types(schema: Mapping[str, Any]) -> set[str]:
    """The JSON types that a subschema without `type` lets through."""
    if "const" in schema or "enum" in schema:
        values = [schema["const"]] if "const" in schema else schema["enum"]
        return {_type_of(value) for value in values}
    if "properties" in schema:
        return {"object"}
    return {"array"} if "items" in schema else {*_TYPES}


def _type_of(value: Any) -> str:
    names = {bool: "boolean", int: "number", float: "number", str: "string", list: "array", dict: "object"}
    return names.get(type(value), "null")


def _says_nothing(schema: Mapping[str, Any]) -> bool:
    return not ({"properties", "type", "enum", "const", "items"} & schema.keys()) or (
        schema.get("type") == "object" and "properties" not in schema
    )


def _resolved(root: Mapping[str, Any], todo: list[Any]) -> Iterable[dict[str, Any]]:
    """Every subschema with `$ref`, `anyOf`, `oneOf` and `allOf` followed, each once."""
    seen: set[int] = set()
    while todo:
        schema = todo.pop(0)
        if schema is True:
            schema = {}
        if not isinstance(schema, dict) or id(schema) in seen:
            continue
        seen.add(id(schema))
        combined = [inner for key in ("anyOf", "oneOf", "allOf") for inner in schema.get(key, ())]
        if isinstance(schema.get("$ref"), str):
            combined.append(_target(root, schema["$ref"]))
        todo.extend(combined)
        own = {"properties", "type", "items", "enum", "const", "additionalProperties"}
        if not combined or own & schema.keys():
            yield schema


def _target(root: Mapping[str, Any], ref: str) -> Any:
    """What a local `$ref` points at; an open schema for the rarer anchors, which only validation follows."""
    here: Any = root
    if ref != "#" and not ref.startswith("#/"):
        return {}
    for part in ref.removeprefix("#").split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        here = here.get(key, {}) if isinstance(here, dict) else {}
    return here
