"""What is asked of Ollama in its own protocol, `POST /api/chat`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shortlist_providers.openai_compatible.config import OpenAICompatibleConfig
from shortlist_providers.types import Request
from shortlist_providers.wire.chat import SchemaCache
from shortlist_providers.wire.chat_server import Dialect, asked_of

_CHATS_WORDS = {"num_predict": "max_tokens", "format": "response_format"}


def payload(
    request: Request, settings: OpenAICompatibleConfig, dialect: Dialect, schemas: SchemaCache
) -> dict[str, Any]:
    """The body of one request."""
    options: dict[str, Any] = {"num_predict": request.sampling.max_tokens, **asked_of(request.sampling, dialect)}
    if settings.num_ctx is not None:
        options["num_ctx"] = settings.num_ctx
    extra = dict(settings.extra_body)
    if isinstance(more := extra.pop("options", None), Mapping):
        options |= more
    body: dict[str, Any] = {
        "model": settings.model,
        "messages": request.messages,
        "stream": settings.stream,
        # By default Ollama drops the beginning of what does not fit, and says nothing; so it refuses, or stops.
        "truncate": False,
        "shift": False,
        "options": options,
    }
    if request.schema is not None and dialect.schema != "none":
        constrained = dialect.schema == "alone"
        body["format"] = schemas.response_format(request.schema, "", "alone") if constrained else "json"
    if settings.think is not None:
        body["think"] = settings.think
    return {**body, **extra}


def in_chats_words(extra: Mapping[str, Any]) -> dict[str, Any]:
    """What `extra_body` says, by the names that chat completions have for it."""
    options = extra.get("options")
    said = {**extra, **(options if isinstance(options, Mapping) else {})}
    return {_CHATS_WORDS.get(name, name): value for name, value in said.items()}
