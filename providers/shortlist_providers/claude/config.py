"""The configuration keys of the kind `claude`."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from shortlist_providers.wire.sdk import SdkConfig
from shortlist_providers.wire.settings import BaseUrl, EnvironmentName


class ClaudeConfig(SdkConfig):
    """A Claude model."""

    kind: Literal["claude"] = "claude"
    base_url: BaseUrl = "https://api.anthropic.com"
    api_key_env: EnvironmentName = "ANTHROPIC_API_KEY"
    structured: Literal["output_config", "tool", "none"] = "output_config"
    """How the schema is passed on: as the output's format, as the input of a forced tool, or not at all.

    A schema that the output's format cannot express goes by a tool, and that is recorded. Models that always think
    (claude-sonnet-5-5) refuse a forced tool.
    """
    effort: Literal["low", "medium", "high", "xhigh", "max"] | None = None
    """How much the model puts into an answer, thinking included; left out, the model's own default. Not every model
    takes every level."""
    thinking: Literal["adaptive", "between_tools", "disabled"] | None = None
    """Whether the model thinks before it answers; left out, the model's own default. `disabled` turns it off where a
    model allows that, and `between_tools` where it does not (claude-sonnet-5-5). Thinking counts as output."""
    cache: Literal["none", "5m", "1h"] = "none"
    """Keeps what all cases share (the tool, the system prompt) in Anthropic's prompt cache for so long.

    Reading it costs a tenth of the input's price, writing it 1.25 times that (`5m`) or twice (`1h`). A prefix below the
    model's least length (512 to 4096 tokens) is not kept. Batches take longer than five minutes: there, `1h`.
    Say what production does, or the cost that is measured is not production's.
    """
    mode: Literal["single", "batch"] = "single"
    """`batch` hands all cases in as Message Batches: half the price, answers within 24 hours, no latencies."""

    @model_validator(mode="after")
    def _batches_come_whole(self) -> Self:
        if self.mode == "batch" and self.stream:
            raise ValueError("mode: batch brings whole answers; leave out stream, or say mode: single")
        return self
