"""The one abstract class behind every backend."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from shortlist_providers.types import Generation, Request

Money = Annotated[Decimal, Field(ge=0, allow_inf_nan=False)]


class Cost(BaseModel):
    """What a provider costs, in USD. Say one of: prices per million tokens, or a price per hour, or per generation.

    Left out, the price is looked up by model name for hosted kinds, and is otherwise *unknown*, never 0.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    input_per_million: Money | None = None
    cached_read_per_million: Money | None = None
    cached_write_per_million: Money | None = None
    output_per_million: Money | None = None
    gpu_hour: Money | None = None
    gpus: Annotated[int, Field(ge=1)] = 1
    machine_hour: Money | None = None
    per_generation: Money | None = None

    @model_validator(mode="after")
    def _one_way_of_pricing(self) -> Self:
        ways = {
            "input_per_million/output_per_million": self.input_per_million is not None
            or self.output_per_million is not None,
            "gpu_hour": self.gpu_hour is not None,
            "machine_hour": self.machine_hour is not None,
            "per_generation": self.per_generation is not None,
        }
        said = [way for way, present in ways.items() if present]
        if len(said) != 1:
            raise ValueError(f"say exactly one of {', '.join(ways)}; got {', '.join(said) or 'none'}")
        if said[0].startswith("input") and (self.input_per_million is None or self.output_per_million is None):
            raise ValueError("token prices need both input_per_million and output_per_million")
        return self


class ProviderConfig(BaseModel):
    """The keys that every provider of a suite may carry. Each kind adds its own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    cost: Cost | None = None
    concurrency: Annotated[int, Field(ge=1, le=4096)] = 8
    """Most requests under way at once to this endpoint or account; two providers that share one take the smaller."""
    timeout: Annotated[float, Field(gt=0, le=86_400)] = 300.0
    """Seconds that one attempt may take."""
    retries: Annotated[int, Field(ge=0, le=20)] = 3
    """Further attempts after a transient failure or a rate limit."""

    def model_name(self) -> str | None:
        """The model that is asked for, where the kind has one."""
        return getattr(self, "model", None)


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a backend can honour."""

    structured_output: bool = False
    streaming: bool = False
    seeds: bool = False
    logprobs: bool = False
    batch: bool = False


@dataclass(frozen=True, slots=True)
class ProviderContext:
    """What the runner gives to every provider. Providers read no clock and no environment of their own."""

    clock: Callable[[], float]
    """Monotonic seconds."""
    sleep: Callable[[float], Awaitable[None]]
    """For scripted backends that act out a latency; never for retrying."""
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Where named secrets (`api_key_env`) are looked up."""
    base_dir: Path = Path()
    """The suite's folder; relative paths in a provider's configuration start here."""


@dataclass(frozen=True, slots=True)
class Health:
    """Whether a backend answers, and what it says of itself."""

    ok: bool
    detail: str
    """One plain sentence."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """JSON-ready facts for the manifest: server version, model list, context length …"""


class Provider(ABC):
    """A backend. Subclasses set `Config` and `capabilities` and implement `generate`."""

    Config: ClassVar[type[ProviderConfig]]
    capabilities: ClassVar[Capabilities] = Capabilities()
    extra: ClassVar[str | None] = None
    """The optional dependency group (`pip install "shortlist[extra]"`) that this kind needs."""
    requires: ClassVar[tuple[str, ...]] = ()
    """The importable modules that the extra brings; looked for, not imported, before a run."""

    def __init__(self, config: ProviderConfig, context: ProviderContext) -> None:
        self.config = config
        self.context = context

    @property
    def pool_key(self) -> str:
        """Names the endpoint or account whose limits this provider shares with others."""
        return f"{self.config.kind}:{id(self)}"

    async def startup(self) -> None:  # noqa: B027 - most kinds have nothing to open
        """Opens connections or loads a model. Raises `ProviderUnavailable` where that cannot work."""

    async def health(self) -> Health:
        """Asks the backend whether it is ready, without generating anything."""
        return Health(ok=True, detail="in process")

    @abstractmethod
    async def generate(self, request: Request) -> Generation:
        """Makes one attempt. Never retries, never raises for a failure of the backend: it returns it, classified."""

    async def shutdown(self) -> None:  # noqa: B027 - likewise
        """Closes what `startup` opened. Called once, also after a crash or Ctrl-C."""
