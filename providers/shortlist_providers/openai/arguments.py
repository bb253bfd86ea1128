"""From a request to the arguments of the SDK's `create`, and what of it cannot be honoured."""

from __future__ import annotations

from typing import Any

from shortlist_providers.openai.config import OpenAIConfig
from shortlist_providers.types import Request
from shortlist_providers.wire.chat import schema_name
from shortlist_providers.wire.decode import sound

Arguments = tuple[dict[str, Any], tuple[str, ...]]
"""What is sent, and what is not honoured."""


def arguments_for(request: Request, settings: OpenAIConfig, obstacles: tuple[str, ...]) -> Arguments:
    """The arguments for one request.

    Args:
        request: what is asked.
        settings: the provider's configuration.
        obstacles: what keeps the request's schema out of strict mode, as `strict:<keyword>`.
    """
    arguments = _chat(request, settings) if settings.api == "chat" else _responses(request, settings)
    sampled, unhonoured = _sampled(request, settings)
    structured, lost = _structured(request, settings, obstacles)
    return {**arguments, **sampled, **structured}, (*unhonoured, *lost)


def _messages(request: Request) -> list[dict[str, str]]:
    return [{"role": m.role, "content": sound(m.content)} for m in request.messages]


def _chat(request: Request, settings: OpenAIConfig) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "model": settings.model,
        "messages": _messages(request),
        "max_completion_tokens": settings.max_completion_tokens or request.sampling.max_tokens,
        "store": False,  # résumés are personal data; without this the project's own setting decides
    }
    if settings.reasoning_effort is not None:
        arguments["reasoning_effort"] = settings.reasoning_effort
    if settings.stream:
        arguments |= {"stream": True, "stream_options": {"include_usage": True}}
    return arguments


def _responses(request: Request, settings: OpenAIConfig) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "model": settings.model,
        # System messages stay where the task put them: `instructions` takes one text, and puts it first.
        "input": _messages(request),
        "max_output_tokens": settings.max_completion_tokens or request.sampling.max_tokens,
        "store": False,  # the default keeps every response for at least 30 days
    }
    if settings.reasoning_effort is not None:
        arguments["reasoning"] = {"effort": settings.reasoning_effort}
    if settings.stream:
        arguments["stream"] = True
    return arguments


def _sampled(request: Request, settings: OpenAIConfig) -> Arguments:
    sampling = request.sampling
    wanted = {
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "seed": sampling.seed,
        "stop": list(sampling.stop) or None,
    }
    asked = {name: value for name, value in wanted.items() if value is not None}
    unsaid = {*settings.omit, *(("seed", "stop") if settings.api == "responses" else ())}
    kept = {name: value for name, value in asked.items() if name not in unsaid}
    limit = settings.max_completion_tokens
    other_limit = ("max_tokens",) if limit is not None and limit != sampling.max_tokens else ()
    return kept, (*(name for name in asked if name in unsaid), *other_limit)


def _structured(request: Request, settings: OpenAIConfig, obstacles: tuple[str, ...]) -> Arguments:
    if request.schema is None:
        return {}, ()
    if settings.structured == "none":
        return {}, ("schema",)
    if settings.structured == "json_object":
        return _format({"type": "json_object"}, settings), ("schema",)
    lost = obstacles if settings.structured == "strict" else ()
    described = {
        "name": schema_name(request.schema_name),
        "schema": request.schema,
        "strict": settings.structured == "strict" and not lost,
    }
    if settings.api == "chat":
        return _format({"type": "json_schema", "json_schema": described}, settings), lost
    return _format({"type": "json_schema", **described}, settings), lost


def _format(said: dict[str, Any], settings: OpenAIConfig) -> dict[str, Any]:
    return {"response_format": said} if settings.api == "chat" else {"text": {"format": said}}
