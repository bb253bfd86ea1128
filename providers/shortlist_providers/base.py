"""The one abstract class behind every backend."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from shortlist_providers.types import Failure, Generation, Request

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
    optional: bool = False
    """Where it is not set up (a package, a file, a key or its server is missing), the run goes on without it and says
    why. Left out, that ends the run before anything is sent."""

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


Ask = Callable[[str, Request], Awaitable[Generation]]
"""Asks another provider of the suite, by name, for one attempt: within that provider's own limits and time-out.

It returns failures as values, like `Provider.generate`, and never raises for one.
"""


async def _nobody(name: str, request: Request) -> Generation:
    raise LookupError(f"there is no provider {name!r} to ask here")


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
    ask: Ask = _nobody
    """For kinds that are made of other providers of the suite (`chain`)."""


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

    remedy: ClassVar[str | None] = None
    """How to get what `requires` names, where no extra can bring it."""
    alone: ClassVar[bool] = False
    """Whether it works by itself in this process, so that a chain may name its kind without configuring it."""

    def __init__(self, config: ProviderConfig, context: ProviderContext) -> None:
        self.config = config
        self.context = context

    @property
    def pool_key(self) -> str:
        """Names the endpoint or account whose limits this provider shares with others."""
        return f"{self.config.kind}:{id(self)}"

    async def startup(self) -> None:  # noqa: B027 - most kinds have nothing to open
        """Opens connections or loads a model. Raises `ProviderUnavailable` where that cannot work."""

    async def warm_up(self) -> None:  # noqa: B027 - likewise
        """What a run asks before its first case, so that no case pays for it; after `startup`, before `health`.

        Checks of a configuration leave it out: it may generate, and be billed. Raises `ProviderUnavailable` where the
        backend refuses for good.
        """

    async def health(self) -> Health:
        """Asks the backend whether it is ready, without generating anything."""
        return Health(ok=True, detail="in process")

    @abstractmethod
    async def generate(self, request: Request) -> Generation:
        """Makes one attempt. Never retries, never raises for a failure of the backend: it returns it, classified."""

    async def closing_facts(self) -> Mapping[str, Any]:
        """What the backend says at the end of a sitting about what happened in it: JSON-ready facts for the manifest.

        Cache hits, time in its queue and the like. Empty where it says nothing, or no longer answers.
        """
        return {}

    async def shutdown(self) -> None:  # noqa: B027 - likewise
        """Closes what `startup` opened. Called once, also after a crash or Ctrl-C."""


class WholeBatchProvider(Provider):
    """A backend in this process that wants all its cases at once and orders them itself (`vllm_offline`)."""

    @abstractmethod
    def generate_all(self, requests: Sequence[Request]) -> AsyncGenerator[tuple[str, Generation], None]:
        """Makes one attempt at each request; yields `(request.key, generation)` in the order in which they end.

        Yields each key exactly once, failures as values. Must not hold up the event loop. When the consumer closes
        the iterator early (Ctrl-C), what has not ended is abandoned. Timings say when the engine began with a
        request, not when it was handed over, so that latency is that of a loaded server.
        """


class DeferredBatchProvider(Provider):
    """A vendor's batch interface: cases are handed in, and their answers fetched minutes or hours later.

    The runner hands in, keeps the ticket in the run's folder, waits and asks again; a resumed run goes on with the
    tickets that it finds. Generations that come this way have `deferred=True`.
    """

    largest_batch: ClassVar[int] = 10_000
    """Most requests of one batch."""

    @property
    @abstractmethod
    def defers(self) -> bool:
        """Whether this provider is configured to answer by batches; else the runner calls `generate`."""

    @abstractmethod
    async def submit(self, requests: Sequence[Request]) -> Ticket | Failure:
        """Hands in a batch. At most `largest_batch` requests, and no key twice."""

    @abstractmethod
    async def poll(self, ticket: Ticket) -> BatchState | Failure:
        """Asks once how far a batch is."""

    @abstractmethod
    def collect(self, ticket: Ticket, requests: Sequence[Request]) -> AsyncGenerator[tuple[str, Generation], None]:
        """The answers of an ended batch to those of `requests` that were in it, as `(request.key, generation)`.

        Yields each key at most once, in any order. A request that the batch holds no answer to (expired, cancelled)
        is yielded with a transient failure. Raises `BatchLost` where the answers cannot be fetched.
        """

    @abstractmethod
    async def cancel(self, ticket: Ticket) -> None:
        """Asks the vendor to stop a batch, as far as that is still possible. Never raises for a vendor's failure."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A batch that a vendor has taken."""

    id: str
    """The vendor's name for it."""
    submitted: float
    """Seconds on the monotonic clock of the sitting that handed it in."""


@dataclass(frozen=True, slots=True)
class BatchState:
    """How far a batch is."""

    ended: bool
    """Nothing more will come: `collect` brings what there is."""
    done: int | None = None
    """Requests answered so far, where the vendor says."""
    detail: str = ""
    """The vendor's own word for it."""
