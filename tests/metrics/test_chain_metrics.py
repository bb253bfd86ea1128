"""What chains and batches mean for the metrics of time and money."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortlist.cases import Outcome, Record
from shortlist.pricing import FlatPrice, HourlyPrice, Price, TokenPrice
from shortlist.scores import CaseScores, ScoreStatus
from shortlist_providers.types import Failure, FailureKind, Step, Timings, Usage
from support.cases import attempt, record, score

TOKENS = TokenPrice(Decimal(3), Decimal(3), Decimal(3), Decimal(15), "test")
HOUR = HourlyPrice(Decimal(3600), "test")  # a dollar a second
FAMILIES = ["latency", "throughput", "usage", "cost", "chain"]
PRICES: dict[str, Price | None] = {"own": HOUR, "claude": TOKENS, "flat": FlatPrice(Decimal(1), "test")}
DOWN = Failure(FailureKind.TRANSIENT, "down")


def step(provider: str, sent: float, last: float, **settings: object) -> Step:
    first = settings.pop("first", None)
    return Step(provider, Timings(sent, first, last), **settings)  # type: ignore[arg-type] # the tests' own keywords


def chain(*steps: Step, pair: str = "p1", failure: Failure | None = None, answered_by: str | None = None) -> Record:
    made = record("{}", attempt(steps[0].timings.sent, steps[-1].timings.last_token), key=(pair, "gateway", 0))
    by = answered_by or (None if failure else steps[-1].provider)
    generation = replace(
        made.generation, steps=steps, answered_by=by, failure=failure, timings=made.attempts[-1].timings
    )
    return replace(made, generation=generation, outcome=Outcome.of(failure))


def scored(*records: Record) -> list[CaseScores]:
    return list(score(records, FAMILIES, prices=PRICES, chains={"gateway": ["own", "claude", "rules"]}))


def value(case: CaseScores, metric: str) -> Decimal | float | None:
    return case.scores[metric].value


def test_a_chain_takes_as_long_as_its_requests_without_the_waiting_between() -> None:
    one = chain(step("own", 0, 2, rejected="not JSON"), step("claude", 5, 9, first=6.0, usage=Usage(output=7)))
    case = scored(one)[0]
    assert value(case, "latency.total") == 6.0
    assert value(case, "latency.first_token") == 3.0
    assert value(case, "chain.requests") == 2


def test_an_earlier_answer_that_stands_is_timed_by_itself_and_the_rest_by_what_it_took() -> None:
    failed = step("claude", 3, 4, failure=DOWN)
    one = chain(step("own", 0, 2, first=0.5, rejected="odd"), failed, answered_by="own")
    case = scored(one)[0]
    assert value(case, "latency.total") == 3.0
    assert value(case, "latency.first_token") == 0.5
    assert (value(case, "chain.answered.own"), value(case, "chain.answered.claude")) == (1, 0)
    assert value(case, "chain.answered.rules") == 0, "a fallback that nobody needed has a share, too"


def test_a_chain_costs_what_its_requests_cost_each_at_its_own_price() -> None:
    usage = Usage(input=1000, output=100)
    one = chain(
        step("own", 0, 2, rejected="odd"),
        step("claude", 2, 3, failure=DOWN),  # never generated: free
        step("claude", 3, 4, usage=usage),
        step("flat", 4, 5),
    )
    assert value(scored(one)[0], "cost.per_generation") == Decimal(2) + Decimal("0.0045") + Decimal(1)
    assert value(scored(one)[0], "usage.output") == 100


def test_an_unknown_price_of_a_step_makes_the_chains_cost_unknown() -> None:
    asked = chain(step("own", 0, 2, rejected="odd"), step("stranger", 2, 3))
    spared = chain(step("own", 10, 12), pair="p2")
    unknown, known = scored(asked, spared)
    assert unknown.scores["cost.per_generation"].status is ScoreStatus.MISSING
    assert "stranger" in (unknown.scores["cost.per_generation"].reason or "")
    assert value(known, "cost.per_generation") == Decimal(2)


def test_a_failed_chain_was_answered_by_nobody_and_is_paid_for() -> None:
    failed = chain(step("own", 0, 1, failure=Failure(FailureKind.TRUNCATED, "cut")), failure=DOWN)
    case = scored(failed, chain(step("own", 1, 2), pair="p2"))[0]
    assert value(case, "chain.answered.own") == 0
    assert case.scores["latency.total"].status is ScoreStatus.MISSING
    assert value(case, "cost.per_generation") == Decimal(1)


def test_a_chain_that_had_no_time_to_ask_anybody_cost_nothing_that_is_known() -> None:
    case = scored(record("", attempt(0, 1, failure=FailureKind.TIMEOUT), key=("p1", "gateway", 0)))[0]
    assert case.scores["cost.per_generation"].reason == "failed: timeout; nothing was generated"
    assert case.scores["chain.answered.own"].status is ScoreStatus.FAILED


def test_other_kinds_have_no_such_metrics() -> None:
    case = scored(record("{}", attempt(0, 1), key=("p1", "own", 0)))[0]
    assert not [name for name in case.scores if name.startswith("chain.")]


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 12), st.sampled_from(["own", "other"])), min_size=1))
def test_the_hours_of_a_steps_machine_are_paid_once(spans: list[tuple[int, int, str]]) -> None:
    prices = {"own": HOUR, "other": HOUR}
    records = [chain(step(name, at, at + took), pair=f"p{n}") for n, (at, took, name) in enumerate(spans)]
    costs = [value(case, "cost.per_generation") for case in score(records, ["cost"], prices=prices)]
    paid = sum((Decimal(cost or 0) for cost in costs), Decimal(0))
    busy = {(name, second) for at, took, name in spans for second in range(at, at + took)}
    assert abs(paid - len(busy)) < Decimal("1e-8")


@pytest.mark.parametrize("family", ["latency.total", "throughput.busy"])
def test_the_times_of_a_vendors_batch_say_nothing_and_its_tokens_are_paid(family: str) -> None:
    made = record("{}", attempt(0, 3600, usage=Usage(input=1000, output=100)), key=("p1", "claude", 0))
    case = scored(replace(made, generation=replace(made.generation, deferred=True)))[0]
    assert case.scores[family].status is ScoreStatus.MISSING
    assert "deferred" in (case.scores[family].reason or "")
    assert value(case, "cost.per_generation") == Decimal("0.0045")
