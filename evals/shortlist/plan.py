"""What a run will do, before anything is sent: its cases in order, and what they may take.

Tokens are estimates: four characters a token, which holds within a third or so for English text.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from shortlist.cases import CaseKey
from shortlist.errors import InputError, nearest
from shortlist.pricing import Price, price_for
from shortlist.suite.model import Suite, requests_of
from shortlist.suite.order import looks, pairs_in_order
from shortlist.suite.signature import signature_of
from shortlist.tasks.prompt import PromptRenderer
from shortlist_datasets import Pair
from shortlist_providers import ProviderConfig, ProviderContext, Usage, load_kind
from shortlist_providers.replay import ReplayConfig

PLAN_SCHEMA_VERSION = 1
CHARACTERS_PER_TOKEN = 4
BASIS = (
    f"input: {CHARACTERS_PER_TOKEN} characters a token of the prompt, and of the schema where the provider takes one; "
    "likely output: likewise of the pairs' gold, which may be only a part of an output; most output: "
    "sampling.max_tokens; money: first attempts only, from the likely to the most output"
)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What one provider's share of the run may take."""

    provider: str
    kind: str
    model: str | None
    cases: int
    input_tokens: int
    output_tokens_likely: int | None
    """None where some pair has no gold for the task."""
    output_tokens_most: int
    usd_low: Decimal | None
    """With the likely output, or with none where that is unknown. None when the price is unknown or by time."""
    usd_high: Decimal | None
    """With the most output."""
    price: str | None
    """Where the price comes from; None when it is unknown."""
    why_no_money: str | None
    """Why there is no figure in USD; None when there is one."""

    def to_json(self) -> dict[str, Any]:
        """JSON-ready; money as text."""
        return {
            "kind": self.kind,
            "model": self.model,
            "cases": self.cases,
            "input_tokens": self.input_tokens,
            "output_tokens_likely": self.output_tokens_likely,
            "output_tokens_most": self.output_tokens_most,
            "usd_low": _money(self.usd_low),
            "usd_high": _money(self.usd_high),
            "price": self.price,
            "why_no_money": self.why_no_money,
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """The cases of a run, in the order in which they start, and an estimate for each provider."""

    suite: str
    signature: str
    task: str
    dataset: str
    split: str | None
    pairs: int
    repeats: int
    cases: tuple[CaseKey, ...]
    """By pair, then repeat, then provider: a run that stops early has done the same pairs with every provider. Pairs
    stand in the file's order, or with `gate.early_stop` in one drawn from the suite's seed."""
    estimates: tuple[Estimate, ...]
    """One for each provider, in the suite's order."""
    looks: tuple[int, ...] = ()
    """Pairs after which the verdict is looked at before the last one, with `gate.early_stop`; see `suite.order`."""

    def cases_by_provider(self) -> dict[str, int]:
        """How many cases each provider has, in the suite's order."""
        return {estimate.provider: estimate.cases for estimate in self.estimates}

    def up_to(self, pairs: int) -> Plan:
        """Only the first so many pairs: what is left of a run that was decided after them.

        Estimates of tokens and money stay those of the whole.
        """
        ids = set(list(dict.fromkeys(case.pair for case in self.cases))[:pairs])
        return replace(
            self,
            pairs=pairs,
            cases=tuple(case for case in self.cases if case.pair in ids),
            estimates=tuple(replace(estimate, cases=pairs * self.repeats) for estimate in self.estimates),
            looks=(),
        )

    def usd(self) -> tuple[Decimal, Decimal] | None:
        """Low and high over the providers whose money is known; None where it is known of none."""
        known = [(e.usd_low, e.usd_high) for e in self.estimates if e.usd_low is not None and e.usd_high is not None]
        return (
            (sum((low for low, _ in known), Decimal(0)), sum((high for _, high in known), Decimal(0)))
            if known
            else None
        )

    def without_money(self) -> tuple[str, ...]:
        """The providers that `usd` leaves out."""
        return tuple(e.provider for e in self.estimates if e.usd_low is None or e.usd_high is None)

    def to_json(self) -> dict[str, Any]:
        """What `plan --format json` prints."""
        low, high = self.usd() or (None, None)
        return {
            "schema_version": PLAN_SCHEMA_VERSION,
            "suite": self.suite,
            "signature": self.signature,
            "task": self.task,
            "dataset": self.dataset,
            "split": self.split,
            "pairs": self.pairs,
            "repeats": self.repeats,
            "cases": len(self.cases),
            "looks": list(self.looks),
            "usd_low": _money(low),
            "usd_high": _money(high),
            "usd_leaves_out": list(self.without_money()),
            "basis": BASIS,
            "providers": {estimate.provider: estimate.to_json() for estimate in self.estimates},
        }


def plan(
    suite: Suite,
    limit: int | None = None,
    providers: Sequence[str] | None = None,
    repeats: int | None = None,
) -> Plan:
    """The cases of `suite` and what they may take.

    `limit` takes only the first pairs, `providers` only these providers, `repeats` overrides the suite's number.

    Raises:
        InputError: a provider is not the suite's, a number is below 1, or a prompt cannot be filled.
    """
    chosen = _chosen(suite, providers)
    count = suite.repeats if repeats is None else repeats
    for name, number in (("limit", limit), ("repeats", count)):
        if number is not None and number < 1:
            raise InputError(f"{name} must be at least 1; got {number}")
    pairs = pairs_in_order(suite, limit)
    cases = tuple(
        CaseKey(suite.task.ref, pair.id, name, repeat) for pair in pairs for repeat in range(count) for name in chosen
    )
    sizes = sizes_of(suite, pairs)
    return Plan(
        suite=suite.name,
        signature=signature_of(suite),
        task=suite.task.ref,
        dataset=suite.dataset.name,
        split=suite.split,
        pairs=len(pairs),
        repeats=count,
        cases=cases,
        estimates=tuple(_estimate(suite, name, sizes, count) for name in chosen),
        looks=looks(suite, pairs, chosen),
    )


@dataclass(frozen=True, slots=True)
class Size:
    """One pair's tokens, estimated."""

    prompt: int
    gold: int | None


def _chosen(suite: Suite, providers: Sequence[str] | None) -> tuple[str, ...]:
    if providers is None:
        return tuple(suite.providers)
    for name in providers:
        if name not in suite.providers:
            allowed = ", ".join(suite.providers)
            raise InputError(
                f"no provider of {suite.name} is called {name!r}; allowed: {allowed}{nearest(name, suite.providers)}"
            )
    return tuple(name for name in suite.providers if name in providers)


def sizes_of(suite: Suite, pairs: Sequence[Pair]) -> tuple[Size, ...]:
    """The tokens of each pair's prompt and of its gold."""
    renderer = PromptRenderer(suite.task)
    return tuple(
        Size(
            prompt=tokens_in(sum(len(message.content) for message in renderer.messages(pair))),
            gold=tokens_of_json(pair.gold[suite.task.name]) if suite.task.name in pair.gold else None,
        )
        for pair in pairs
    )


def _estimate(suite: Suite, name: str, sizes: Sequence[Size], repeats: int) -> Estimate:
    steps = requests_of(suite.config(name))
    if not steps:
        return _alone(suite, name, sizes, repeats)
    asked = [_alone(suite, step, sizes, repeats) for step in steps]
    # At best the first step answers every case; at worst each case goes down the whole chain.
    first, known = asked[0], all(estimate.usd_high is not None for estimate in asked)
    return replace(
        first,
        provider=name,
        kind=suite.config(name).kind,
        model=None,
        output_tokens_most=sum(estimate.output_tokens_most for estimate in asked),
        usd_low=first.usd_low if known else None,
        usd_high=sum((e.usd_high for e in asked if e.usd_high is not None), Decimal(0)) if known else None,
        price=None,
        why_no_money=None if known else "depends on its steps: see theirs",
    )


def _alone(suite: Suite, name: str, sizes: Sequence[Size], repeats: int) -> Estimate:
    config = suite.config(name)
    if isinstance(config, ReplayConfig):
        return _replayed(name, config, len(sizes) * repeats)
    schema = tokens_of_json(suite.task.schema) if takes_schema(config) and suite.task.schema is not None else 0
    inputs = [size.prompt + schema for size in sizes]
    most = suite.sampling.max_tokens
    golds = [size.gold for size in sizes if size.gold is not None]
    likely = [min(gold, most) for gold in golds] if len(golds) == len(sizes) else None
    price = price_for(config)
    low = cost_of_tokens(price, inputs, likely or [0] * len(inputs), repeats)
    high = cost_of_tokens(price, inputs, [most] * len(inputs), repeats)
    return Estimate(
        provider=name,
        kind=config.kind,
        model=config.model_name(),
        cases=len(sizes) * repeats,
        input_tokens=sum(inputs) * repeats,
        output_tokens_likely=None if likely is None else sum(likely) * repeats,
        output_tokens_most=most * len(sizes) * repeats,
        usd_low=low,
        usd_high=high,
        price=price.source if price else None,
        why_no_money=None if low is not None else why_no_money(price),
    )


def _replayed(name: str, config: ReplayConfig, cases: int) -> Estimate:
    return Estimate(
        provider=name,
        kind=config.kind,
        model=None,
        cases=cases,
        input_tokens=0,
        output_tokens_likely=0,
        output_tokens_most=0,
        usd_low=Decimal(0),
        usd_high=Decimal(0),
        price="nothing is sent: it was paid for when it was recorded",
        why_no_money=None,
    )


def _no_clock() -> float:
    raise RuntimeError("a plan reads no clock")


async def _no_sleep(seconds: float) -> None:
    raise RuntimeError("a plan does not wait")


_NO_CONTEXT = ProviderContext(_no_clock, _no_sleep)


def takes_schema(config: ProviderConfig) -> bool:
    """Whether the provider is sent the schema of the answer."""
    if getattr(config, "structured", None) == "none":
        return False
    # Made with a context that can do nothing, since only what the configuration says of itself is asked.
    return load_kind(config.kind)(config, _NO_CONTEXT).capabilities.structured_output


def cost_of_tokens(price: Price | None, inputs: Sequence[int], outputs: Sequence[int], repeats: int) -> Decimal | None:
    """USD for requests of so many tokens each, all of them `repeats` times; None when unknown or charged by time."""
    if price is None or price.by_time:
        return None
    once = _sum([price.cost_of(Usage(input=i, output=o), None) for i, o in zip(inputs, outputs, strict=True)])
    return None if once is None else once * repeats


def why_no_money(price: Price | None) -> str:
    """Why tokens alone tell no cost."""
    if price is not None and price.by_time:
        return "charged by time: the run will show how long a generation takes"
    return "the price is unknown; state it with cost: {input_per_million: …, output_per_million: …}"


def _sum(parts: Sequence[Decimal | None]) -> Decimal | None:
    known = [part for part in parts if part is not None]
    return sum(known, Decimal(0)) if len(known) == len(parts) else None


def tokens_in(characters: int) -> int:
    """About how many tokens so many characters are."""
    return math.ceil(characters / CHARACTERS_PER_TOKEN)


def tokens_of_json(value: Any) -> int:
    """About how many tokens the value is, as compact JSON."""
    return tokens_in(len(json.dumps(value, ensure_ascii=False, separators=(",", ":"))))


def _money(amount: Decimal | None) -> str | None:
    return None if amount is None else format(amount, "f")
