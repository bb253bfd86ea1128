"""What provider and worker say to each other: JSON in frames, each led by its length.

The provider sends one `settings`, then `job` and `cancel`. The worker answers `ready` or `unavailable`, and then, for
every job, at most one `first` and exactly one of `done`, `cancelled` and `failed`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, BinaryIO

import orjson

HEADER_BYTES = 4
MOST_BYTES = 1 << 28
"""No message is longer; four letters of plain text, read as a length, are."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a worker loads the model; paths are absolute."""

    model_path: str
    lora: tuple[tuple[str, float], ...]
    slots: int
    n_ctx: int | None
    n_gpu_layers: int
    n_threads: int | None
    n_threads_batch: int | None
    n_batch: int
    flash_attn: bool
    chat_format: str | None
    structured: str
    prompt_cache: bool


@dataclass(frozen=True, slots=True)
class Job:
    """One request."""

    number: int
    """By which `cancel` names it."""
    messages: tuple[tuple[str, str], ...]
    """Role and content."""
    max_tokens: int
    temperature: float | None
    top_p: float | None
    seed: int | None
    stop: tuple[str, ...]
    schema: str | None
    """The JSON Schema, as text."""


@dataclass(frozen=True, slots=True)
class Output:
    """What a job brought."""

    text: str
    finish: str
    """`stop`, or why it was cut: `max_tokens` or `n_ctx`."""
    prompt_tokens: int
    cached_tokens: int
    """Those of the prompt that were taken over from the prompt before."""
    output_tokens: int
    unhonoured: tuple[str, ...]


def frame(kind: str, content: Any = None) -> bytes:
    """A message, ready to be written.

    Raises:
        TypeError: the content cannot be written as JSON.
    """
    body = orjson.dumps([kind, content])
    return len(body).to_bytes(HEADER_BYTES, "big") + body


def body_length(header: bytes) -> int:
    """How many bytes follow a frame's header."""
    return int.from_bytes(header, "big")


def content_of(body: bytes) -> tuple[str, Any]:
    """A message's kind and content."""
    kind, content = orjson.loads(body)
    return kind, content


def read(stream: BinaryIO) -> tuple[str, Any] | None:
    """The next message of a blocking stream; None at its end."""
    header = stream.read(HEADER_BYTES)
    if len(header) < HEADER_BYTES:
        return None
    length = body_length(header)
    body = stream.read(length)
    return content_of(body) if len(body) == length else None
