"""The configuration of the kind `openai_compatible`."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from shortlist_providers.openai_compatible.presets import PRESETS, Preset, ServerName
from shortlist_providers.wire.chat_server import ChatServerConfig, SamplingName


def _base_url_may_be_left_out(schema: dict[str, Any]) -> None:
    schema["required"] = [name for name in schema.get("required", ()) if name != "base_url"]


class OpenAICompatibleConfig(ChatServerConfig):
    """A server that speaks chat completions, at a URL that ends before `/chat/completions`."""

    model_config = ConfigDict(json_schema_extra=_base_url_may_be_left_out)

    kind: Literal["openai_compatible"] = "openai_compatible"
    server: ServerName = "generic"
    """Which product answers: what it lacks is then recorded, and what it says of itself kept in the manifest.

    With a name, `base_url` may be left out where the product has a usual address.
    """
    # Wider than its parent's, whose values stay what other kinds mean by them.
    structured: Literal["auto", "json_schema", "json_object", "none"] = "auto"  # type: ignore[assignment]
    """How the task's schema is passed on: as the server wants it, whole in OpenAI's form, as a bare request for JSON,
    or not at all."""
    omit: tuple[SamplingName, ...] = ()
    """Sampling settings that are not sent, and recorded as not honoured."""
    cold_start: Literal["include", "measure"] = "include"
    """`measure` wakes the server before the run by two requests for one token each; the difference of their times is
    kept as `cold_start_seconds`, and is no case's latency. `include` leaves it to the first cases."""
    num_ctx: Annotated[int, Field(ge=1)] | None = None
    """Of `ollama_native`: tokens of context, prompt and output together. Left out, what the Modelfile or the server
    says."""
    think: bool | Literal["low", "medium", "high"] | None = None
    """Of `ollama_native`: whether, or how much, a reasoning model thinks first. Left out, its default."""

    @property
    def preset(self) -> Preset:
        """What is known of the product."""
        return PRESETS[self.server]

    @model_validator(mode="before")
    @classmethod
    def _usual_address(cls, given: Any) -> Any:
        if not isinstance(given, dict) or "base_url" in given:
            return given
        server = given.get("server", "generic")
        preset = PRESETS.get(server) if isinstance(server, str) else None  # type: ignore[call-overload] # any text may come
        return given if preset is None or preset.base_url is None else {**given, "base_url": preset.base_url}

    @model_validator(mode="after")
    def _keys_fit_together(self) -> Self:
        if self.server != "ollama_native":
            for name in ("num_ctx", "think"):
                if getattr(self, name) is not None:
                    raise ValueError(f"{name} is a setting of server: ollama_native; {self.server} takes no such key")
        if self.cold_start == "measure" and self.launch is not None:
            raise ValueError("a launched server is awake: its load_seconds are measured; leave out cold_start")
        return self
