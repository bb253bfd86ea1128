"""What the vendor says of a model: its full name, its limits, and its end."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_IN_WORDS = re.compile(r"([A-Za-z]{3})[a-z]* (\d{1,2})[a-z]*, (\d{4})")


def day_of(said: Any) -> str | None:
    """A day as YYYY-MM-DD, from a time or from words such as `November 30th, 2026`; words of another form stay."""
    if isinstance(said, datetime):
        return said.date().isoformat()
    if not isinstance(said, str) or not said:
        return None
    found = _IN_WORDS.fullmatch(said)
    if found is None or found[1].lower() not in _MONTHS:
        return said
    return f"{found[3]}-{_MONTHS.index(found[1].lower()) + 1:02}-{int(found[2]):02}"


def facts_of(model: Any) -> dict[str, Any]:
    """Of a `ModelInfo`, what a manifest keeps; empty where it is none. The SDK checks nothing of what it reads."""
    name = getattr(model, "id", None)
    if not isinstance(name, str):
        return {}
    facts: dict[str, Any] = {"model_id": name}
    lifecycle, ends = getattr(model, "lifecycle", None), day_of(getattr(model, "retires_at", None))
    if isinstance(lifecycle, str):
        facts["lifecycle"] = lifecycle
    if ends is not None:
        facts["model_ends"] = ends
    for limit in ("max_input_tokens", "max_tokens"):
        if isinstance(value := getattr(model, limit, None), int):
            facts[limit] = value
    return facts
