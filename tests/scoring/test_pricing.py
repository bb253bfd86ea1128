from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortlist.pricing import Price, price_for
from shortlist_providers.base import Cost, ProviderConfig
from shortlist_providers.types import Usage

COUNTS = st.integers(0, 90_000)  # below every tier for long prompts
ON = datetime(2026, 11, 20, tzinfo=UTC)


class Hosted(ProviderConfig):
    model: str | None = None


class Addressed(Hosted):
    base_url: str
    mode: str = "single"
    cache: str = "none"


def listed(kind: str, model: str | None) -> Price | None:
    return price_for(Hosted(kind=kind, model=model), ON)


def stated(**cost: Any) -> Price:
    price = price_for(Hosted(kind="vllm", model="tiny", cost=Cost(**cost)))
    assert price is not None
    return price


@pytest.mark.parametrize(
    ("kind", "model", "per_million"),
    [
        ("claude", "claude-sonnet-5-5", ("2", "10", "0.1")),
        ("claude", "claude-sonnet-4-6", ("3", "15", "0.3")),
        ("claude", "claude-sonnet-4-5", ("3", "15", "0.3")),
        ("claude", "claude-opus-5-5", ("4", "20", "0.2")),
        ("claude", "claude-haiku-5-5", ("0.1", "0.5", "0.01")),
        ("openai", "gpt-4o-mini", ("0.15", "0.6", "0.075")),
    ],
)
def test_list_prices(kind: str, model: str, per_million: tuple[str, str, str]) -> None:
    price = listed(kind, model)
    assert price is not None
    assert not price.by_time
    assert model in price.source
    assert "genai-prices" in price.source
    assert "2026-11-20" in price.source
    each, written, cached = (Decimal(figure) / 1_000_000 for figure in per_million)
    assert price.cost_of(Usage(input=1000, output=0), None) == each * 1000
    assert price.cost_of(Usage(input=0, output=1000), None) == written * 1000
    assert price.cost_of(Usage(input=0, cached_read=1000, output=0), None) == cached * 1000
    assert price.cost_of(Usage(input=700, cached_read=300, output=50, reasoning=20), None) == (
        each * 700 + cached * 300 + written * 50
    )


def test_a_product_generation_costs_what_the_bill_says() -> None:
    price = listed("claude", "claude-sonnet-4-6")
    assert price is not None
    assert price.cost_of(Usage(input=3500, output=5000), None) == Decimal("0.0855")
    assert price.cost_of(Usage(input=500, cached_write=3000, output=5000), None) == Decimal("0.08775")


def test_long_prompts_are_dearer_per_request_and_never_by_their_sum() -> None:
    price = listed("claude", "claude-sonnet-4-5")
    assert price is not None
    ten = [price.cost_of(Usage(input=100_000, output=0), None) for _ in range(10)]
    assert sum(cost for cost in ten if cost is not None) == Decimal(3)
    assert price.cost_of(Usage(input=1_000_000, output=0), None) == Decimal(6)
    # the cached part of a prompt counts towards its length
    assert price.cost_of(Usage(input=100_000, cached_read=150_000, output=0), None) == Decimal("0.69")


@pytest.mark.parametrize(("kind", "model"), [("claude", "claude-sonnet-4-6"), ("openai", "gpt-5-mini")])
def test_a_batch_costs_half(kind: str, model: str) -> None:
    url = "https://api.anthropic.com" if kind == "claude" else "https://api.openai.com/v1"
    usage = Usage(input=1000, cached_read=400, output=300)
    costs = []
    for mode in ("single", "batch"):
        price = price_for(Addressed(kind=kind, model=model, base_url=url, mode=mode), ON)
        assert price is not None
        assert ("batch" in price.source) == (mode == "batch")
        costs.append(price.cost_of(usage, None))
    assert costs[0] == 2 * (costs[1] or 0)


def test_a_prompt_that_stays_cached_for_an_hour_is_dearer_to_write() -> None:
    costs = []
    for cache in ("5m", "1h"):
        config = Addressed(kind="claude", model="claude-sonnet-4-6", base_url="https://api.anthropic.com", cache=cache)
        price = price_for(config, ON)
        assert price is not None
        costs.append(price.cost_of(Usage(input=0, cached_write=1_000_000, output=0), None))
    assert costs == [Decimal("3.75"), Decimal(6)]


def test_a_batch_price_that_is_not_listed_is_unknown() -> None:
    url = "https://api.openai.com/v1"
    assert price_for(Addressed(kind="openai", model="gpt-3.5-turbo-16k", base_url=url), ON) is not None
    assert price_for(Addressed(kind="openai", model="gpt-3.5-turbo-16k", base_url=url, mode="batch"), ON) is None


@pytest.mark.parametrize(
    ("url", "listed_there"),
    [
        ("https://api.openai.com/v1", True),
        ("https://eu.api.openai.com/v1", True),
        ("https://gateway.example/v1", False),
        ("https://notopenai.com/v1", False),
        ("http://127.0.0.1:4000/v1", False),
    ],
)
def test_list_prices_hold_at_the_vendors_own_address_only(url: str, listed_there: bool) -> None:
    price = price_for(Addressed(kind="openai", model="gpt-4o", base_url=url), ON)
    assert (price is not None) == listed_there


def test_the_price_of_the_day_is_taken() -> None:
    source = price_for(Hosted(kind="openai", model="gpt-4o"), datetime(2026, 1, 2, tzinfo=UTC))
    assert source is not None
    assert "2026-01-02" in source.source


def test_an_unknown_price_is_none() -> None:
    for kind, model in (
        ("claude", "gpt-4o"),
        ("openai", "resumemate-14b"),
        ("openai", None),
        ("vllm", "gpt-4o"),
        ("claude", ""),
    ):
        assert listed(kind, model) is None


def test_what_the_suite_states_wins() -> None:
    config = Hosted(kind="openai", model="gpt-4o", cost=Cost(per_generation=Decimal("0.02")))
    price = price_for(config, ON)
    assert price is not None
    assert price.source.startswith("suite: ")
    assert price.cost_of(Usage(), None) == Decimal("0.02")


@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_stated_token_prices_are_exact(read: int, fresh: int, written: int, output: int) -> None:
    usage = Usage(input=fresh, cached_read=read, cached_write=written, output=output)
    price = stated(
        input_per_million="3", cached_read_per_million="0.3", cached_write_per_million="3.75", output_per_million="15"
    )
    exact = (300 * fresh + 30 * read + 375 * written + 1500 * output) * Decimal("1e-8")
    assert price.cost_of(usage, None) == exact
    same = listed("claude", "claude-sonnet-4-6")
    assert same is not None
    assert same.cost_of(usage, None) == exact
    plain = stated(input_per_million="3", output_per_million="15")
    assert plain.cost_of(usage, None) == (3 * (fresh + read + written) + 15 * output) * Decimal("1e-6")


@given(COUNTS, COUNTS)
def test_unreported_tokens_are_unknown_not_free(known: int, seconds: int) -> None:
    for price in (stated(input_per_million="3", output_per_million="15"), listed("openai", "gpt-4o-mini")):
        assert price is not None
        for usage in (Usage(), Usage(input=known), Usage(output=known), Usage(cached_read=known)):
            assert price.cost_of(usage, float(seconds)) is None


def test_prices_by_time() -> None:
    gpus = stated(gpu_hour="0.44", gpus=2)
    assert gpus.by_time
    assert gpus.cost_of(Usage(), 3600.0) == Decimal("0.88")
    assert gpus.cost_of(Usage(input=5, output=5), 30.0) == Decimal("0.007333333333")
    assert gpus.cost_of(Usage(), 0.0) == 0
    assert gpus.cost_of(Usage(), None) is None
    assert stated(machine_hour="0.10").cost_of(Usage(), 36.0) == Decimal("0.001")
