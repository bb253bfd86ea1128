"""Reads a generation back from the record of a run, which holds it as `orjson.dumps` writes the dataclass."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields
from enum import StrEnum
from typing import Any, TypeVar

from shortlist_providers.types import (
    Failure,
    FailureKind,
    FailureScope,
    FinishReason,
    Generation,
    Step,
    Timings,
    Usage,
)

_Enum = TypeVar("_Enum", bound=StrEnum)


def generation_from_json(data: Any) -> Generation:
    """The generation in a parsed record: every field by its name, enums by value.

    Raises:
        ValueError: a field is missing, unknown, or of another type; the message names it.
    """
    record = _Record(data, Generation, "generation")
    failure = record.value("failure")
    unhonoured = record.items("unhonoured")
    if not all(isinstance(item, str) for item in unhonoured):
        raise ValueError(f"generation.unhonoured: a list of strings is needed, got {unhonoured!r}")
    return Generation(
        text=record.text("text"),
        timings=_timings(record.value("timings")),
        usage=_usage(record.value("usage")),
        finish_reason=record.choice("finish_reason", FinishReason),
        model=record.text("model"),
        request_id=record.text("request_id"),
        failure=None if failure is None else _failure(_Record(failure, Failure, "failure")),
        unhonoured=tuple(unhonoured),
        cached=record.flag("cached"),
        deferred=record.flag("deferred"),
        steps=tuple(_step(item, number) for number, item in enumerate(record.items("steps"))),
        answered_by=record.text("answered_by"),
    )


def _step(data: Any, number: int) -> Step:
    record = _Record(data, Step, f"generation.steps[{number}]")
    provider = record.text("provider")
    if provider is None:
        raise ValueError(f"generation.steps[{number}].provider: a string is needed, got null")
    failure = record.value("failure")
    return Step(
        provider=provider,
        timings=_timings(record.value("timings")),
        usage=_usage(record.value("usage")),
        failure=None if failure is None else _failure(_Record(failure, Failure, "failure")),
        rejected=record.text("rejected"),
    )


def _timings(data: Any) -> Timings:
    record = _Record(data, Timings, "timings")
    return Timings(
        sent=record.needed_number("sent"),
        first_token=record.number("first_token"),
        last_token=record.needed_number("last_token"),
    )


def _usage(data: Any) -> Usage:
    record = _Record(data, Usage, "usage")
    return Usage(**{field.name: record.count(field.name) for field in fields(Usage)})


def _failure(record: _Record) -> Failure:
    message = record.text("message")
    if message is None:
        raise ValueError("failure.message: a string is needed, got null")
    return Failure(
        kind=record.choice("kind", FailureKind),
        message=message,
        scope=record.choice("scope", FailureScope),
        status=record.count("status"),
        retry_after=record.number("retry_after"),
        received=record.text("received"),
    )


class _Record:
    """A JSON object that must have exactly the fields of a dataclass."""

    def __init__(self, data: Any, shape: type[Any], name: str) -> None:
        if not isinstance(data, Mapping):
            raise ValueError(f"{name}: an object is needed, got {type(data).__name__}")
        expected = {field.name for field in fields(shape)}
        if missing := sorted(expected - set(data)):
            raise ValueError(f"{name}: {', '.join(missing)} missing")
        if unknown := sorted(set(data) - expected):
            raise ValueError(f"{name}: unknown field {', '.join(unknown)}; known: {', '.join(sorted(expected))}")
        self._data = data
        self._name = name

    def value(self, key: str) -> Any:
        return self._data[key]

    def text(self, key: str) -> str | None:
        value = self._data[key]
        if value is not None and not isinstance(value, str):
            raise ValueError(f"{self._name}.{key}: a string or null is needed, got {value!r}")
        return value

    def flag(self, key: str) -> bool:
        value = self._data[key]
        if not isinstance(value, bool):
            raise ValueError(f"{self._name}.{key}: true or false is needed, got {value!r}")
        return value

    def items(self, key: str) -> list[Any]:
        value = self._data[key]
        if not isinstance(value, list):
            raise ValueError(f"{self._name}.{key}: a list is needed, got {value!r}")
        return value

    def number(self, key: str) -> float | None:
        value = self._data[key]
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise ValueError(f"{self._name}.{key}: a finite number or null is needed, got {value!r}")
        return float(value)

    def needed_number(self, key: str) -> float:
        value = self.number(key)
        if value is None:
            raise ValueError(f"{self._name}.{key}: a finite number is needed, got null")
        return value

    def count(self, key: str) -> int | None:
        value = self._data[key]
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
            raise ValueError(f"{self._name}.{key}: a count or null is needed, got {value!r}")
        return value

    def choice(self, key: str, kinds: type[_Enum]) -> _Enum:
        value = self._data[key]
        try:
            return kinds(value)
        except ValueError:
            allowed = ", ".join(kinds)
            raise ValueError(f"{self._name}.{key}: one of {allowed} is needed, got {value!r}") from None
