"""pydantic's findings, in our words: the value, what is allowed, and the nearest spelling."""

from __future__ import annotations

import re
import types
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from shortlist.documents.document import Findings, Where, shown
from shortlist.errors import nearest

M = TypeVar("M", bound=BaseModel)

_WORDS = {
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "decimal_type": "must be a number",
    "decimal_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "dict_type": "must be keys and values",
    "model_type": "must be keys and values",
    "model_attributes_type": "must be keys and values",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
}


def validate(model: type[M], value: Any, where: Where, findings: Findings) -> M | None:
    """`value` as a `model`, or None after reporting every way in which it is none. `where` is its place in the file."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        known = set(findings.broken)
        for fault in error.errors(include_url=False):
            place = (*where, *_place(value, fault["loc"]))
            if not any(inner[: len(place)] == place for inner in known):  # what follows from a fault inside is noise
                findings.add(place, _message(fault, model))
    except RecursionError:
        findings.add(where, "nested too deeply")
    return None


def _place(value: Any, loc: tuple[str | int, ...]) -> Where:
    """The place in the document: pydantic also names the tags of unions, which no document holds."""
    place: list[str | int] = []
    here = value
    for index, part in enumerate(loc):
        if (isinstance(here, dict) and part in here) or (
            isinstance(here, list) and isinstance(part, int) and part < len(here)
        ):
            here = here[part]  # type: ignore[index]  # mypy does not follow the two cases
            place.append(part)
        elif index == len(loc) - 1 and isinstance(here, dict) and part != "[key]":
            place.append(part)  # a missing key
    return tuple(place)


def _message(fault: Mapping[str, Any], model: type[BaseModel]) -> str:
    kind, loc, got = fault["type"], fault["loc"], fault.get("input")
    context = fault.get("ctx", {})
    match kind:
        case "extra_forbidden":
            message = unknown_key(str(loc[-1]), _allowed_keys(model, loc[:-1]))
        case "missing":
            message = f"missing key {str(loc[-1])!r}"
        case "union_tag_not_found":
            message = f"missing key {context['discriminator']}"
        case "union_tag_invalid":
            message = _one_of(context["tag"], [tag.strip(" '") for tag in context["expected_tags"].split(",")])
        case "literal_error":
            message = _one_of(got, [str(choice) for choice in _choices(model, loc)] or [context["expected"]])
        case "value_error":
            message = str(context.get("error", fault["msg"]))
        case "too_short" | "string_too_short" if context["min_length"] == 1:
            message = "must not be empty"
        case "string_type":
            number = isinstance(got, int | float) and not isinstance(got, bool)
            message = f"must be text; got {shown(got)}{'; put it in quotes' if number else ''}"
        case _:
            said = _WORDS.get(kind) or re.sub("^(input|string) should", "must", _lower(fault["msg"]))
            message = f"{said}; got {shown(got)}"
    return message


def unknown_key(key: str, allowed: list[str]) -> str:
    """The message for a key that nobody knows."""
    return f"unknown key {key!r}; allowed: {', '.join(allowed)}{nearest(key, allowed)}"


def _one_of(got: Any, allowed: list[str]) -> str:
    near = nearest(got, allowed) if isinstance(got, str) else ""
    return f"must be one of {', '.join(allowed)}; got {shown(got)}{near}"


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:]


def _allowed_keys(model: type[BaseModel], loc: tuple[str | int, ...]) -> list[str]:
    keys: dict[str, None] = {}
    for found in _descend(model, loc):
        if isinstance(found, type) and issubclass(found, BaseModel):
            keys |= {(info.alias or name): None for name, info in found.model_fields.items()}
    return list(keys)


def _choices(model: type[BaseModel], loc: tuple[str | int, ...]) -> list[Any]:
    if loc[-1:] == ("[key]",):  # what a mapping may be keyed by: pydantic's place is (…, the key, "[key]")
        mappings = [found for found in _descend(model, loc[:-2]) if get_origin(found) in (dict, Mapping)]
        allowed = [plain for mapping in mappings for plain in _plain(get_args(mapping)[0])]
    else:
        allowed = _descend(model, loc)
    return [choice for found in allowed if get_origin(found) is Literal for choice in get_args(found)]


def _descend(annotation: Any, loc: tuple[str | int, ...]) -> list[Any]:
    """The types that may stand at `loc`."""
    here = list(_plain(annotation))
    for part in loc:
        here = [plain for one in here for inner in _step(one, part) for plain in _plain(inner)]
    return here


def _plain(annotation: Any) -> Iterator[Any]:
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _plain(get_args(annotation)[0])
    elif origin is Union or origin is types.UnionType:
        for inner in get_args(annotation):
            yield from _plain(inner)
    else:
        yield annotation


def _step(annotation: Any, part: str | int) -> Iterator[Any]:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for name, info in annotation.model_fields.items():
            if part in (name, info.alias):
                yield info.annotation
                return
        if any(part in get_args(info.annotation) for info in annotation.model_fields.values()):
            yield annotation  # `part` is the tag by which a union chose this model
    elif origin in (list, tuple) and isinstance(part, int):
        yield arguments[0]
    elif origin in (dict, Mapping):
        yield arguments[1]
