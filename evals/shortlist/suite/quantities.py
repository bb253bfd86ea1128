"""Bounds of rules: numbers, durations and shares."""

from __future__ import annotations

import re
from decimal import Decimal

_DURATION = re.compile(r"(?P<number>[0-9]{1,12}(\.[0-9]{1,12})?) ?(?P<unit>ms|s|m|h)", re.ASCII)
_NUMBER = re.compile(r"[-+]?[0-9]{1,20}(\.[0-9]{1,20})?([eE][-+]?[0-9]{1,3})?", re.ASCII)
_LARGEST = Decimal(10**15)
_SECONDS = {"ms": Decimal("0.001"), "s": Decimal(1), "m": Decimal(60), "h": Decimal(3600)}


def seconds(text: str) -> Decimal:
    """`500ms`, `30s`, `1.5m` or `2h` in seconds, exactly.

    Raises:
        ValueError: it is not a number with one of these units.
    """
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no duration; write a number with ms, s, m or h, e.g. 500ms, 30s, 2m, 1h")
    return Decimal(match["number"]) * _SECONDS[match["unit"]]


def bound(value: int | float | str, unit: str | None) -> Decimal:
    """A rule's bound in the metric's unit: a number, or for a metric in seconds also a duration.

    Raises:
        ValueError: it is neither, or a duration for a metric that is no time.
    """
    text = str(value).strip()
    if _NUMBER.fullmatch(text):
        number = Decimal(text)
        if abs(number) > _LARGEST:
            raise ValueError(f"{text!r} is larger than any bound can be")
        return number
    duration = seconds(text) if unit == "s" or _DURATION.fullmatch(text) else None
    if duration is None:
        raise ValueError(f"{text!r} is not a number")
    if unit != "s":
        raise ValueError(f"{text!r} is a duration, and this metric is in {unit or 'shares between 0 and 1'}")
    return duration
