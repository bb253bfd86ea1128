"""Field rules for a schema that nobody has written rules for: a start, for a person to weigh."""

from __future__ import annotations

import re
from typing import Any

from shortlist.tasks.schema import Place

_LONG = re.compile(r"summary|description|letter|text|body|content|explanation|reason|comment|paragraph", re.I)
_DATE = re.compile(r"(^|_|[a-z])(date|Date)$")
_ID = re.compile(r"(^|_)(id|code|sku|uuid|isbn)$|[a-z0-9](Id|ID|Code|Uuid)$", re.ASCII)
_EXACT_FORMATS = frozenset({"email", "uuid", "uri", "hostname", "ipv4", "ipv6", "time"})
_KEYS = ("id", "key", "name", "title", "label", "keyword", "code")
_TYPES = ("string", "number", "boolean", "array", "object")
_DEEPEST = 5
_LARGEST = 2**53 - 1
"""What zod bounds every whole number by: no scale, only what JavaScript can count to."""
_SIMPLE_NAME = re.compile(r"[^.\[\]/\s]+")


def infer_fields(place: Place, depth: int = 0) -> dict[str, dict[str, Any]]:
    """A field rule, as `task.yaml` has it, for every property of the object at `place` that can be compared."""
    rules = {
        name: _rule(name, place.property(name), depth)
        for schema in place.subschemas
        for name in schema.get("properties", {})
        if _can_be_named(name)
    }
    return {name: rule for name, rule in rules.items() if rule is not None}


def _can_be_named(name: str) -> bool:
    """Whether a path of `task.yaml` can hold this property."""
    return name.isprintable() and _SIMPLE_NAME.fullmatch(name) is not None


def _rule(name: str, place: Place, depth: int) -> dict[str, Any] | None:
    if any("enum" in schema or "const" in schema for schema in place.subschemas):
        return {"compare": "enum"}
    rule: dict[str, Any] | None = None
    match [kind for kind in _TYPES if place.may_be(kind)]:
        case ["string"]:
            rule = {"compare": _text(name, place)}
        case ["number"]:
            rule = _number(place)
        case ["boolean"]:
            rule = {"compare": "exact"}
        case ["array"]:
            rule = _list(place, depth)
        case ["object"] if depth < _DEEPEST:
            fields = infer_fields(place, depth + 1)
            rule = {"compare": "object", "fields": fields} if fields else None
    return rule  # none where several types may stand, or no known property


def _certainly(place: Place, kind: str) -> bool:
    """Whether only values of this type, or null, may stand here."""
    return [one for one in _TYPES if place.may_be(one)] == [kind]


def _text(name: str, place: Place) -> str:
    if _DATE.search(name) or any(schema.get("format") in ("date", "date-time") for schema in place.subschemas):
        return "date"
    formats = {schema.get("format") for schema in place.subschemas}
    if _ID.search(name) or formats & _EXACT_FORMATS:
        return "exact"  # an id that is nearly right is another's
    longest = max((schema.get("maxLength", 0) for schema in place.subschemas), default=0)
    return "long_text" if longest > 200 or _LONG.search(name) else "text"


def _number(place: Place) -> dict[str, Any]:
    for schema in place.subschemas:
        low, high = schema.get("minimum"), schema.get("maximum")
        if low is not None and high is not None and _LARGEST > high > low > -_LARGEST:
            return {"compare": "number", "within": (high - low) / 10}  # a tenth of the scale
    return {"compare": "number"}


def _list(place: Place, depth: int) -> dict[str, Any]:
    inner = place.items()
    if _certainly(inner, "string"):
        return {"compare": "set"}
    if _certainly(inner, "object") and depth < _DEEPEST:
        fields, key = infer_fields(inner, depth + 1), _key(inner)
        if fields and key:
            return {"compare": "objects", "key": [key], "fields": fields}
    return {"compare": "count"}


def _key(place: Place) -> str | None:
    """The property that tells which object is which: one with a telling name, else the first required text."""
    texts = [
        name
        for schema in place.subschemas
        for name in schema.get("properties", {})
        if _can_be_named(name) and _certainly(place.property(name), "string")
    ]
    required = [name for schema in place.subschemas for name in schema.get("required", ()) if name in texts]
    telling = [name for wanted in _KEYS for name in texts if name.lower() == wanted]
    ending = [name for name in texts if name.lower().endswith(_KEYS)]
    return next(iter([*telling, *ending, *required, *texts]), None)
