"""Bytes to JSON and text that can always be written again as UTF-8."""

from __future__ import annotations

import json
from typing import Any

import orjson

MAX_BODY_BYTES = 32 * 1024 * 1024
"""A larger reply is not a model's output but a fault; reading on would only fill the memory."""


def _reject(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def decode(body: bytes) -> Any:
    r"""Parses JSON, tolerating broken UTF-8 and lone surrogates (`"\ud83d"`), which `sound` mends later.

    Raises:
        ValueError: not JSON.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as strict:
        # Some servers cut an emoji in two between chunks, which orjson refuses and json reads as half a pair each.
        try:
            return json.loads(body.decode("utf-8-sig", "replace"), parse_constant=_reject)
        except (ValueError, RecursionError):
            raise ValueError(str(strict)) from None


def sound(text: str) -> str:
    """`text` with halves of surrogate pairs joined, and lone ones replaced, so that UTF-8 can hold it."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def string(value: Any) -> str | None:
    """`value` if it is a non-empty string, made sound."""
    return sound(value) if isinstance(value, str) and value else None


def count(value: Any) -> int | None:
    """`value` if it is a count of something; else unknown."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
