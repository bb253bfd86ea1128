"""What a suite may say of an OpenAI model."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from shortlist_providers.wire.sdk import SdkConfig
from shortlist_providers.wire.settings import BaseUrl, EnvironmentName


class OpenAIConfig(SdkConfig):
    """An OpenAI model."""

    kind: Literal["openai"] = "openai"
    base_url: BaseUrl = "https://api.openai.com/v1"
    api_key_env: EnvironmentName = "OPENAI_API_KEY"
    api: Literal["chat", "responses"] = "chat"
    """Chat completions, or the Responses API, which knows neither `seed` nor `stop`. Nothing is stored by either."""
    mode: Literal["single", "batch"] = "single"
    """`batch` hands all cases in at once at half price and waits for the answers, up to 24 hours.

    What was uploaded is deleted at OpenAI once the answers have been fetched; files of a batch that is never fetched
    expire there after 30 days.
    """
    structured: Literal["strict", "json_schema", "json_object", "none"] = "strict"
    """How the schema is passed on; `strict` falls back to `json_schema` for a schema outside OpenAI's subset."""
    reasoning_effort: Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"] | None = None
    """How much a reasoning model thinks first. Which values a model takes is in OpenAI's reasoning guide."""
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = None
    """Most tokens to generate, hidden reasoning included; left out, the suite's `sampling.max_tokens`. Another limit
    than the suite's is recorded."""
    omit: tuple[Literal["temperature", "top_p", "seed", "stop"], ...] = ()
    """Sampling settings that the model refuses (reasoning models refuse `temperature`); not sent, and recorded."""

    @model_validator(mode="after")
    def _batches_do_not_stream(self) -> Self:
        if self.mode == "batch" and self.stream:
            raise ValueError("mode: batch brings whole answers; leave out stream: true, or say mode: single")
        return self
