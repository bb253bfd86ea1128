"""JSON values: absence, equality, and how they are shown in one line."""

from __future__ import annotations

import json
from enum import Enum
from typing import Any, Final

MAX_SHOWN_CHARS = 60


class Absent(Enum):
    """No value at all, which is neither null nor empty."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT


def same(a: Any, b: Any) -> bool:
    """Whether two JSON values are equal: 1 equals 1.0, true does not equal 1, objects ignore the order of keys."""
    if a is b:
        return True
    if isinstance(a, bool) or isinstance(b, bool):
        return False
    if isinstance(a, dict):
        return (
            isinstance(b, dict)
            and len(a) == len(b)
            and all(key in b and same(value, b[key]) for key, value in a.items())
        )
    if isinstance(a, list):
        return isinstance(b, list) and len(a) == len(b) and all(map(same, a, b))
    return bool(a == b)


def clip(text: str, limit: int = MAX_SHOWN_CHARS) -> str:
    """`text` on one line, its middle left out when it is longer than `limit` characters."""
    line = " ".join(text[: 20 * limit].split()) if len(text) > 20 * limit else " ".join(text.split())
    if len(line) <= limit:
        return line
    tail = limit // 3
    return f"{line[: limit - tail - 1]}…{line[-tail:]}"


def show(value: Any) -> str:
    """A value in one short line: text without quotes, `missing`, `null`, `empty`, else JSON."""
    if value is ABSENT:
        return "missing"
    if value is None:
        return "null"
    if value in ("", [], {}):
        return "empty"
    if isinstance(value, str):
        return clip(value)
    return clip(json.dumps(value, ensure_ascii=False))
