"""What a generation costs, in USD. An unknown price is None, never 0; money is `Decimal` throughout."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Protocol
from urllib.parse import urlsplit

from shortlist.cases import Attempt
from shortlist_providers.base import Cost, ProviderConfig
from shortlist_providers.types import FailureKind, Usage

HOSTED = {"claude": ("anthropic", "anthropic.com"), "openai": ("openai", "openai.com")}
"""Kinds whose price follows from the model's name: the vendor's name in genai-prices, and where its list prices hold.

A gateway or a compatible server at another address has prices of its own.
"""

_NOT_BILLED = (FailureKind.PERMANENT, FailureKind.TRANSIENT, FailureKind.RATE_LIMITED)
_NO_USAGE = Usage()
_BATCH = {"processing": "batch"}
_PICO = Decimal("1e-12")  # a quotient may never end; a trillionth of a dollar is beyond any bill
_MILLION = Decimal(1_000_000)
_SECONDS_PER_HOUR = Decimal(3600)


class Price(Protocol):
    """How a provider charges."""

    @property
    def source(self) -> str:
        """Where the figures come from and, for a looked-up price, of which date they are."""

    @property
    def by_time(self) -> bool:
        """Whether time is charged, not tokens: such a price needs `busy_seconds`."""

    def cost_of(self, usage: Usage, busy_seconds: float | None) -> Decimal | None:
        """USD for one request: its own tokens, or the seconds of machine time that it took up.

        Never pass summed usage: prices that rise with the prompt's length hold per request. None when the figure
        that this price needs is unknown.
        """


@dataclass(frozen=True, slots=True)
class TokenPrice:
    """Prices per million tokens, as the suite states them.

    Cached tokens without a price of their own cost what input costs. A backend that does not report cached tokens
    counts them as input, and so they are charged.
    """

    input: Decimal
    cached_read: Decimal
    cached_write: Decimal
    output: Decimal
    source: str
    by_time: bool = False

    def cost_of(self, usage: Usage, busy_seconds: float | None) -> Decimal | None:
        """Exact sum of tokens × price; None unless input and output were reported."""
        if usage.input is None or usage.output is None:
            return None
        total = (
            usage.input * self.input
            + (usage.cached_read or 0) * self.cached_read
            + (usage.cached_write or 0) * self.cached_write
            + usage.output * self.output
        )
        return total / _MILLION


@dataclass(frozen=True, slots=True)
class HourlyPrice:
    """A price per hour for the whole backend (every GPU of it), charged for the time it was busy."""

    per_hour: Decimal
    source: str
    by_time: bool = True

    def cost_of(self, usage: Usage, busy_seconds: float | None) -> Decimal | None:
        """Busy seconds × the hourly price / 3600, to 12 decimals; None when the time is unknown."""
        if busy_seconds is None:
            return None
        return (Decimal(repr(busy_seconds)) * self.per_hour / _SECONDS_PER_HOUR).quantize(_PICO)


@dataclass(frozen=True, slots=True)
class FlatPrice:
    """One price for each generation, whatever its length."""

    per_generation: Decimal
    source: str
    by_time: bool = False

    def cost_of(self, usage: Usage, busy_seconds: float | None) -> Decimal | None:
        """The flat price."""
        return self.per_generation


@dataclass(frozen=True, slots=True)
class HostedPrice:
    """A vendor's list price for a model, with its tiers for long prompts, in force on one date."""

    vendor: str
    model: str
    on: datetime
    source: str
    batch: bool = False
    """Whether the vendor's price for batches holds."""
    hour_cache: bool = False
    """Whether what is written to the cache stays an hour, which costs more than five minutes."""
    by_time: bool = False

    def cost_of(self, usage: Usage, busy_seconds: float | None) -> Decimal | None:
        """The list price of this one request; None unless input and output were reported."""
        if usage.input is None or usage.output is None:
            return None
        from genai_prices import Usage as Billed  # noqa: PLC0415 - a quarter of a second
        from genai_prices import calc_price  # noqa: PLC0415 - likewise

        read, written = usage.cached_read or 0, usage.cached_write or 0
        billed = Billed(
            input_tokens=usage.input + read + written,  # the library's input counts cached tokens too; ours does not
            cache_read_tokens=read,
            cache_write_tokens=written,
            output_tokens=usage.output,
            **({"cache_write_1h_tokens": written} if self.hour_cache else {}),
        )
        priced = calc_price(
            billed,
            self.model,
            provider_id=self.vendor,
            genai_request_timestamp=self.on,
            price_context=_BATCH if self.batch else None,
        )
        return priced.total_price


def may_be_billed(attempt: Attempt) -> bool:
    """Whether a vendor may charge for the attempt.

    Not where it failed before anything was generated: a refused connection, a rate limit, a bad request, without
    usage and without a first token.
    """
    failed_early = attempt.failure is not None and attempt.failure.kind in _NOT_BILLED
    return not failed_early or attempt.usage != _NO_USAGE or attempt.timings.first_token is not None


def price_for(config: ProviderConfig, on: datetime | None = None) -> Price | None:
    """The price of a provider: its own `cost:`, else the list price of a hosted kind's model, else None (unknown).

    Args:
        config: The provider's configuration.
        on: The date whose list prices hold; now, when left out. Ignored where the suite states the price.
    """
    if config.cost is not None:
        return _stated(config.cost)
    model = config.model_name()
    if config.kind not in HOSTED or not model:
        return None
    vendor, domain = HOSTED[config.kind]
    host = urlsplit(getattr(config, "base_url", f"https://{domain}")).hostname or ""
    if host != domain and not host.endswith(f".{domain}"):
        return None
    listed = _listed(vendor, model, on or datetime.now(UTC), batch=getattr(config, "mode", None) == "batch")
    return replace(listed, hour_cache=True) if listed and getattr(config, "cache", None) == "1h" else listed


def _stated(cost: Cost) -> Price:
    if cost.per_generation is not None:
        return FlatPrice(cost.per_generation, f"suite: {cost.per_generation} USD per generation")
    if cost.gpu_hour is not None:
        return HourlyPrice(cost.gpu_hour * cost.gpus, f"suite: {cost.gpus} GPU × {cost.gpu_hour} USD per hour")
    if cost.machine_hour is not None:
        return HourlyPrice(cost.machine_hour, f"suite: {cost.machine_hour} USD per machine-hour")
    assert cost.input_per_million is not None  # Cost's own validator holds these two
    assert cost.output_per_million is not None
    read, written = cost.cached_read_per_million, cost.cached_write_per_million
    return TokenPrice(
        input=cost.input_per_million,
        cached_read=cost.input_per_million if read is None else read,
        cached_write=cost.input_per_million if written is None else written,
        output=cost.output_per_million,
        source=f"suite: {cost.input_per_million} in, {cost.output_per_million} out, USD per million tokens",
    )


def _listed(vendor: str, model: str, on: datetime, *, batch: bool) -> HostedPrice | None:
    import genai_prices  # noqa: PLC0415 - a quarter of a second

    tokens = genai_prices.Usage(input_tokens=1000, output_tokens=1000)

    def priced(context: dict[str, str] | None) -> genai_prices.types.PriceCalculation:
        return genai_prices.calc_price(
            tokens, model, provider_id=vendor, genai_request_timestamp=on, price_context=context
        )

    try:
        found = priced(_BATCH if batch else None)
        if batch and found.total_price == priced(None).total_price:
            return None  # it has no price for batches, and gives the standard one
    except LookupError:
        return None
    source = (
        f"genai-prices {genai_prices.__version__}, {vendor}/{found.model.id}{', batch' if batch else ''}, "
        f"in force on {on.date().isoformat()}: {found.model_price}"
    )
    return HostedPrice(vendor, model, on, source, batch)
