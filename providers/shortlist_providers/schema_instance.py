"""A small value that a JSON Schema takes, more or less: what `fake` answers when nothing is scripted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from math import ceil, floor
from typing import Any, TypeGuard
from urllib.parse import unquote

Path = frozenset[str]
"""The references that are being followed. The smallest value of a schema never goes through one of them twice."""

_FORMATS = {
    "date": "2026-01-31",
    "date-time": "2026-01-31T09:00:00Z",
    "time": "09:00:00Z",
    "duration": "P1D",
    "email": "jo@example.com",
    "idn-email": "jo@example.com",
    "hostname": "example.com",
    "idn-hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/",
    "uri-reference": "https://example.com/",
    "iri": "https://example.com/",
    "iri-reference": "https://example.com/",
    "uuid": "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
    "json-pointer": "/a",
    "regex": "a",
}
_TEXTS = (
    *("x", "X", "0", "1", "xx", "XX", "XXX", "Xx", "x1", "00", "000", "0000", "00000", "1.0", "1.0.0", "v1", "A1"),
    *("2026", "2026-01", "2026-01-31", "09:00", "+15550100", "+15550100000", "#000000", "en-US", "$1", "x-1", "X 1"),
)
"""Tried where a pattern must match."""
_OF_KIND = {
    "object": ("properties", "required", "additionalProperties", "minProperties"),
    "array": ("items", "prefixItems", "minItems"),
    "string": ("pattern", "format", "minLength", "maxLength"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
}
"""Keywords that tell what kind of value a schema without `type` means."""


def minimal_instance(schema: Mapping[str, Any]) -> Any:
    """A small value that satisfies `schema`: required properties only, empty or shortest everything.

    Honours what zod, pydantic and people write: types, `enum`, `const`, bounds, lengths, `multipleOf`, usual formats,
    `uniqueItems` of plain values, tuples, `anyOf` and `oneOf` (the first branch that has a finite value), `allOf`
    (merged) and local `$ref`. A `pattern` is honoured where an example of the schema or one of a few usual texts fits
    it. Not `not`, `contains` and conditions.

    Raises:
        ValueError: a reference leads nowhere, or the schema requires itself without end.
    """
    return _value(schema, schema, frozenset())


def _value(schema: Any, root: Mapping[str, Any], path: Path) -> Any:
    if not isinstance(schema, Mapping):  # true and false, which say nothing to build from
        return None
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return schema["enum"][0]
    if "$ref" in schema:
        return _value(*_behind(schema, root, path))
    choice = next((key for key in ("anyOf", "oneOf") if schema.get(key)), None)
    if choice is not None:
        return _of_branches(schema, choice, root, path)
    return _value(*_merged(schema, root, path)) if schema.get("allOf") else _of_type(schema, root, path)


def _behind(schema: Mapping[str, Any], root: Mapping[str, Any], path: Path) -> tuple[Any, Mapping[str, Any], Path]:
    """The schema behind a `$ref`, with the keywords beside it."""
    target, further = _followed(schema["$ref"], root, path)
    beside = {key: value for key, value in schema.items() if key != "$ref"}
    return {**target, **beside} if isinstance(target, Mapping) else target, root, further


def _of_branches(schema: Mapping[str, Any], key: str, root: Mapping[str, Any], path: Path) -> Any:
    siblings = {name: value for name, value in schema.items() if name != key}
    endless: ValueError | None = None
    for branch in schema[key]:
        both = {"allOf": [siblings, branch]} if isinstance(branch, Mapping) and siblings else branch
        try:
            return _value(both, root, path)
        except ValueError as error:
            endless = endless or error
    raise endless or ValueError(f"{key} has no branch")


def _merged(schema: Mapping[str, Any], root: Mapping[str, Any], path: Path) -> tuple[Any, Mapping[str, Any], Path]:
    merged: dict[str, Any] = {}
    for part in (*schema["allOf"], {key: value for key, value in schema.items() if key != "allOf"}):
        inner: Any = part
        while isinstance(inner, Mapping) and "$ref" in inner:
            inner, _, path = _behind(inner, root, path)
        for key, value in inner.items() if isinstance(inner, Mapping) else ():
            if key == "properties":
                merged[key] = {**merged.get(key, {}), **value}
            elif key in ("required", "allOf"):
                merged[key] = [*merged.get(key, ()), *value]
            else:
                merged[key] = value
    return merged, root, path


def _of_type(schema: Mapping[str, Any], root: Mapping[str, Any], path: Path) -> Any:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = kind[0] if kind else None
    if kind is None:
        kind = next((name for name, keys in _OF_KIND.items() if any(key in schema for key in keys)), None)
    if kind == "object":
        return _object(schema, root, path)
    if kind == "array":
        return _array(schema, root, path)
    if kind == "string":
        return _text(schema)
    if kind in ("integer", "number"):
        return _number(schema, kind == "integer")
    return False if kind == "boolean" else None


def _object(schema: Mapping[str, Any], root: Mapping[str, Any], path: Path) -> dict[str, Any]:
    properties = schema.get("properties", {})
    free = schema.get("additionalProperties")
    other = free if isinstance(free, Mapping) else {"type": "string"}
    names = list(dict.fromkeys(schema.get("required", ())))
    spare = [name for name in properties if name not in names] + [f"x{number}" for number in range(64)]
    names += spare[: max(0, schema.get("minProperties", 0) - len(names))]
    return {name: _value(properties.get(name, other), root, path) for name in names}


def _array(schema: Mapping[str, Any], root: Mapping[str, Any], path: Path) -> list[Any]:
    items = schema.get("items", {})
    first = items if isinstance(items, list) else schema.get("prefixItems", [])  # draft-07 and 2020-12
    rest = schema.get("additionalItems", {}) if isinstance(items, list) else items
    found = [
        _value(first[at] if at < len(first) else rest, root, path) for at in range(max(0, schema.get("minItems", 0)))
    ]
    return _distinct(found, rest) if schema.get("uniqueItems") else found


def _distinct(values: list[Any], items: Any) -> list[Any]:
    """`values`, made unlike where they are the same texts, numbers or choices."""
    choices = items.get("enum") if isinstance(items, Mapping) else None
    if choices:
        return list(choices[: len(values)])
    if all(isinstance(value, str) for value in values):
        return [value + "x" * at for at, value in enumerate(values)]
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        step = items.get("multipleOf", 1) if isinstance(items, Mapping) else 1
        return [value + at * step for at, value in enumerate(values)]
    return values


def _text(schema: Mapping[str, Any]) -> str:
    shortest, longest = schema.get("minLength", 0), schema.get("maxLength", 1_000_000)
    own = [*schema.get("examples", ()), schema.get("default")]
    usual = _FORMATS.get(schema.get("format", ""))
    plain: str = "x" * shortest
    wanted = [*(text for text in own if isinstance(text, str)), *([usual] if usual else [plain, *_TEXTS])]
    pattern = schema.get("pattern")
    for text in [*wanted, *_TEXTS, *_FORMATS.values()] if pattern else wanted:
        if shortest <= len(text) <= longest and _matches(pattern, text):
            return text
    return plain


def _matches(pattern: Any, text: str) -> bool:
    if not isinstance(pattern, str):
        return True
    try:
        return re.search(pattern, text) is not None
    except re.error:  # JavaScript knows what Python does not, such as \p{L}
        return False


def _number(schema: Mapping[str, Any], whole: bool) -> int | float:
    return next((number for number in _numbers(schema, whole) if _fits(number, schema, whole)), 0)


def _numbers(schema: Mapping[str, Any], whole: bool) -> Iterator[int | float]:
    """Candidates, the plainest first."""
    yield from (0, 1)
    lows = [bound for key in ("minimum", "exclusiveMinimum") if _is_number(bound := schema.get(key))]
    highs = [bound for key in ("maximum", "exclusiveMaximum") if _is_number(bound := schema.get(key))]
    step = schema.get("multipleOf") or 1
    for low in lows:
        yield from (low, ceil(low / step) * step, ceil(low / step) * step + step)
    for high in highs:
        yield from (high, floor(high / step) * step, floor(high / step) * step - step)
    if lows and highs and not whole:
        yield (max(lows) + min(highs)) / 2


def _fits(number: int | float, schema: Mapping[str, Any], whole: bool) -> bool:
    low, high = schema.get("minimum"), schema.get("maximum")
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    step = schema.get("multipleOf")
    return (
        (not whole or number == int(number))
        and (low is None or number > low or (number == low and above is not True))  # true: as draft-04 wrote it
        and (high is None or number < high or (number == high and below is not True))
        and (not _is_number(above) or number > above)
        and (not _is_number(below) or number < below)
        and (not step or abs(number / step - round(number / step)) < 1e-9)
    )


def _is_number(value: Any) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _followed(reference: str, root: Mapping[str, Any], path: Path) -> tuple[Any, Path]:
    """What a reference points to, and the references that are being followed from there on."""
    if reference in path:
        raise ValueError(f"the schema requires itself: {reference} has no value that ends")
    found: Any = root
    for part in reference.removeprefix("#").strip("/").split("/") if reference != "#" else ():
        name = unquote(part).replace("~1", "/").replace("~0", "~")
        if reference.startswith("#") and isinstance(found, Mapping) and name in found:
            found = found[name]
        elif reference.startswith("#") and isinstance(found, list) and name.isdigit() and int(name) < len(found):
            found = found[int(name)]  # zod-to-json-schema points into anyOf
        else:
            raise ValueError(f"the schema's reference {reference!r} leads nowhere in the schema")
    return found, path | {reference}
