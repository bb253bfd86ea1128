"""What the fake server is to do: its faults, its outputs, its pace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator

from shortlist_providers.script import Occasion, Output


class ServedFault(Occasion):
    """One scripted fault of the server. The first of the list that concerns a request strikes.

    `on` is `every:N`, `first:N`, or any text of the prompt, such as a pair's name. A request that is sent again word
    for word is a further attempt at the same case.
    """

    kind: Literal[
        "rate_limited", "transient", "permanent", "malformed", "refused", "truncated", "hang", "crash", "drop"
    ]
    """`rate_limited` 429, `transient` 503, `permanent` 400, `crash` 500; `hang` answers never; `drop` cuts the
    connection in the middle of the answer."""
    form: Literal["html", "empty", "half_json"] | None = None
    """With `malformed`, what comes with status 200: a proxy's page (if left out), nothing, or JSON that breaks off."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        for name, kind in (("retry_after", "rate_limited"), ("form", "malformed")):
            if getattr(self, name) is not None and self.kind != kind:
                raise ValueError(f"{name} goes with {kind}, not with {self.kind}")
        return self

    def names(self, pair: str) -> bool:
        """Whether `pair`, here the whole prompt, holds the text."""
        return self.on in pair


class Faults(BaseModel):
    """A file of faults."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    faults: tuple[ServedFault, ...]


@dataclass(frozen=True, slots=True)
class Pace:
    """How long answers take, in seconds from the request."""

    latency: float = 0.0
    """To the last token."""
    first_token: float = 0.0
    """To the first token, where the answer is streamed."""
    per_token: float | None = None
    """Between two tokens; `latency` then follows from the length of the answer."""

    def last_token(self, tokens: int) -> float:
        """Seconds to the last of so many tokens."""
        if self.per_token is None:
            return max(self.latency, self.first_token)
        return self.first_token + max(0, tokens - 1) * self.per_token


@dataclass(frozen=True, slots=True)
class Play:
    """Everything that is scripted."""

    faults: tuple[ServedFault, ...] = ()
    outputs: Mapping[str, Output] = field(default_factory=dict)
    """Text of the prompt -> what is answered to it; the first that is found counts. All others get a minimal value of
    their schema."""
    pace: Pace = Pace()
    models: tuple[str, ...] = ("fake",)
    """What `/v1/models` lists. Requests may name any model."""
    key: str | None = field(default=None, repr=False)
    """The only key that is let in; None lets everybody in."""
