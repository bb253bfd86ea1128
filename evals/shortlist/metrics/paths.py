"""Paths into an output, e.g. `bulletsByRole[].bullets[]`: dots go into objects, `[]` over every item of a list."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import orjson

from shortlist.metrics.values import ABSENT

_STEP = re.compile(r"\[\]|[^.\[\]]+")
_PLAIN_KEY = re.compile(r"[^.\[\]\"\s]+")


@lru_cache(maxsize=256)
def steps(path: str) -> tuple[str, ...]:
    """A path's keys and `[]`, in order."""
    return tuple(_STEP.findall(path))


def reach(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every value at `path` inside `value`, each with its own path, e.g. `bulletsByRole[2].bullets`.

    A key that is not there gives `ABSENT`, and so do the items of something that is not a list; those of an empty list
    give nothing.
    """
    yield from _reach(value, steps(path), "")


def _reach(value: Any, left: Sequence[str], here: str) -> Iterator[tuple[str, Any]]:
    if not left:
        yield here or "$", value
    elif left[0] == "[]" and isinstance(value, list):
        for index, item in enumerate(value):
            yield from _reach(item, left[1:], f"{here}[{index}]")
    elif left[0] == "[]":
        yield from _reach(ABSENT, left[1:], f"{here}[]")
    else:
        inner = value.get(left[0], ABSENT) if isinstance(value, dict) else ABSENT
        yield from _reach(inner, left[1:], join(here, left[0]))


def every_string(value: Any, here: str = "") -> Iterator[tuple[str, str]]:
    """Every string inside `value`, in the document's order, each with its path. Keys are not among them."""
    return ((path, inner) for path, inner in every_value(value, here) if isinstance(inner, str))


def every_value(value: Any, here: str = "") -> Iterator[tuple[str, Any]]:
    """`value` and every value inside it, in the document's order, each with its path."""
    stack = [(here, value)]
    while stack:
        path, current = stack.pop()
        yield path or "$", current
        if isinstance(current, list):
            stack.extend(reversed([(f"{path}[{index}]", item) for index, item in enumerate(current)]))
        elif isinstance(current, dict):
            stack.extend(reversed([(join(path, key), item) for key, item in current.items()]))


def join(parent: str, step: str | int) -> str:
    """The path of `step` inside `parent`; a key that a path cannot hold is quoted: `["odd key"]`."""
    if isinstance(step, int):
        return f"{parent}[{step}]"
    if not _PLAIN_KEY.fullmatch(step):
        return f"{parent}[{orjson.dumps(step[:80]).decode()}]"
    return f"{parent}.{step}" if parent else step
