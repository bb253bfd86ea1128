"""The production fallback: whom it asks, what it takes for an answer, what it makes of failures."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shortlist_providers import (
    Failure,
    FailureKind,
    FailureScope,
    Generation,
    ProviderContext,
    Request,
    Sampling,
    Timings,
    Usage,
)
from shortlist_providers.chain import Chain, ChainConfig

SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
GOOD, ODD, PROSE = '{"a": 1}', '{"a": "one"}', "I would rather not."
DOWN = Failure(FailureKind.TRANSIENT, "down", FailureScope.PROVIDER)
CUT = Failure(FailureKind.TRUNCATED, "cut")
SLOW_DOWN = Failure(FailureKind.RATE_LIMITED, "slow down", retry_after=5.0)
REFUSED = Failure(FailureKind.REFUSED, "no")

Answer = str | Failure


class Others:
    """The suite's other providers: each request takes a second of a clock that only they move."""

    def __init__(self, **answers: Answer | Sequence[Answer]) -> None:
        self.answers = {
            name: [answer] if isinstance(answer, str | Failure) else list(answer) for name, answer in answers.items()
        }
        self.asked: list[str] = []
        self.now = 0.0

    def clock(self) -> float:
        return self.now

    async def ask(self, name: str, request: Request) -> Generation:
        self.asked.append(name)
        sent = self.now
        self.now += 1.0
        answers = self.answers[name]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        timings = Timings(sent, sent + 0.25, self.now)
        if isinstance(answer, Failure):
            return Generation(None, timings, failure=answer, model=name)
        return Generation(answer, timings, Usage(input=10, output=5), model=name, unhonoured=(f"seed of {name}",))


def chain_of(others: Others, *steps: Any, **settings: Any) -> Chain:
    config = ChainConfig.model_validate({"kind": "chain", "steps": steps, **settings})
    context = ProviderContext(others.clock, asyncio.sleep, ask=others.ask)
    return Chain(config, context)


def ask(chain: Chain, schema: Any = SCHEMA) -> Generation:
    request = Request("t@1/pair/chain/0", (), Sampling(), "t@1", schema=schema)
    return asyncio.run(chain.generate(request))


def test_the_first_good_answer_ends_it() -> None:
    others = Others(own=GOOD, claude=GOOD)
    generation = ask(chain_of(others, "own", "own", "claude"))
    assert others.asked == ["own"]
    assert (generation.text, generation.answered_by, generation.failure) == (GOOD, "own", None)
    assert [step.provider for step in generation.steps] == ["own"]
    assert generation.unhonoured == ("seed of own",)


def test_the_production_chain_asks_again_then_falls_back_and_records_every_request() -> None:
    others = Others(own=[ODD, DOWN], claude=PROSE, rules=GOOD)
    generation = ask(chain_of(others, "own", "own", "claude", "rules"))
    assert others.asked == ["own", "own", "claude", "rules"]
    assert (generation.text, generation.answered_by, generation.model) == (GOOD, "rules", "rules")
    assert generation.failure is None
    first, second, third, last = generation.steps
    assert first.rejected == 'a: "one" is not of type "integer"'
    assert (second.failure, second.rejected) == (DOWN, None)
    assert third.rejected is not None
    assert third.rejected.startswith("not JSON:")
    assert (last.failure, last.rejected) == (None, None)
    assert generation.timings == Timings(0.0, 3.25, 4.0)
    assert first.usage == Usage(input=10, output=5)


def test_without_a_good_answer_the_last_complete_one_stands_for_the_metrics_to_judge() -> None:
    generation = ask(chain_of(Others(own=[ODD, CUT], claude=REFUSED), "own", "own", "claude"))
    assert (generation.text, generation.answered_by, generation.failure) == (ODD, "own", None)
    assert len(generation.steps) == 3


@pytest.mark.parametrize(
    ("answers", "kind", "scope"),
    [
        ({"own": DOWN, "claude": DOWN}, FailureKind.TRANSIENT, FailureScope.PROVIDER),
        ({"own": DOWN, "claude": REFUSED}, FailureKind.REFUSED, FailureScope.REQUEST),
        ({"own": CUT, "claude": DOWN}, FailureKind.TRANSIENT, FailureScope.REQUEST),
        ({"own": CUT, "claude": SLOW_DOWN}, FailureKind.TRANSIENT, FailureScope.REQUEST),
    ],
)
def test_without_any_answer_it_fails_as_its_last_step_did(
    answers: dict[str, Answer], kind: FailureKind, scope: FailureScope
) -> None:
    failure = ask(chain_of(Others(**answers), "own", "claude")).failure
    assert failure is not None
    assert (failure.kind, failure.scope, failure.retry_after) == (kind, scope, None)
    assert "the last, claude: " in failure.message


def test_a_step_may_have_tries_and_a_standard_of_its_own() -> None:
    others = Others(own=ODD, claude=ODD)
    steps = [{"provider": "own", "tries": 3}, {"provider": "claude", "accept": "complete"}]
    generation = ask(chain_of(others, *steps))
    assert others.asked == ["own", "own", "own", "claude"]
    assert generation.answered_by == "claude"
    assert generation.steps[-1].rejected is None


@pytest.mark.parametrize(("text", "taken"), [("Dear all", True), ("  \n", False)])
def test_a_task_without_a_schema_takes_any_text(text: str, taken: bool) -> None:
    others = Others(own=text, claude="Yours")
    assert ask(chain_of(others, "own", "claude"), schema=None).answered_by == ("own" if taken else "claude")


def test_json_that_only_python_reads_is_not_valid() -> None:
    assert ask(chain_of(Others(own='{"a": NaN}', claude=GOOD), "own", "claude")).answered_by == "claude"


def test_a_broken_circuit_spares_the_provider_until_it_may_try_again() -> None:
    others = Others(own=[DOWN, DOWN, DOWN, GOOD], claude=GOOD)
    chain = chain_of(others, "own", "claude", circuit_breaker={"failures": 2, "open_for": 10})
    assert [ask(chain).answered_by for _ in range(3)] == ["claude"] * 3
    assert others.asked == ["own", "claude", "own", "claude", "claude"], "the third case spares it"
    others.now += 10
    ask(chain)
    assert others.asked[5:] == ["own", "claude"], "one request tries it, and fails"
    ask(chain)
    assert others.asked[7:] == ["claude"], "so that it is spared again"
    others.now += 10
    assert ask(chain).answered_by == "own"
    assert ask(chain).answered_by == "own", "and the circuit is closed"


def test_answers_that_are_not_taken_do_not_break_the_circuit() -> None:
    others = Others(own=ODD, claude=GOOD)
    chain = chain_of(others, "own", "claude", circuit_breaker={"failures": 1, "open_for": 10})
    ask(chain)
    ask(chain)
    assert others.asked == ["own", "claude"] * 2


def test_a_chain_whose_every_circuit_is_broken_asks_nobody() -> None:
    chain = chain_of(Others(own=DOWN), "own", circuit_breaker={"failures": 1, "open_for": 10})
    ask(chain)
    generation = ask(chain)
    assert generation.steps == ()
    assert generation.failure is not None
    assert generation.failure.kind is FailureKind.PERMANENT


@given(st.lists(st.sampled_from([GOOD, ODD, PROSE, DOWN, CUT, SLOW_DOWN, REFUSED]), min_size=1, max_size=6))
def test_it_asks_until_the_first_good_answer_and_no_further(answers: list[Answer]) -> None:
    names = [f"p{number}" for number in range(len(answers))]
    others = Others(**dict(zip(names, answers, strict=True)))
    generation = ask(chain_of(others, *names))
    good = answers.index(GOOD) if GOOD in answers else None
    assert others.asked == (names if good is None else names[: good + 1])
    assert len(generation.steps) == len(others.asked)
    complete = [name for name, answer in zip(others.asked, answers, strict=False) if isinstance(answer, str)]
    assert generation.answered_by == (complete[-1] if complete else None)
    assert (generation.failure is None) == bool(complete)
    assert generation.timings.sent == 0.0
    assert generation.timings.last_token == float(len(others.asked))


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"steps": []}, "at least 1 item"),
        ({"steps": ["a"], "cost": {"per_generation": 1}}, "a chain costs what its steps cost"),
        ({"steps": ["a"], "retries": 1}, "less than or equal to 0"),
        ({"steps": [{"provider": "a", "tries": 0}]}, "greater than or equal to 1"),
        ({"steps": [{"provider": "a", "tires": 2}]}, "tires"),
        ({"steps": ["a"], "circuit_breaker": {"failures": 0}}, "greater than or equal to 1"),
    ],
)
def test_mistakes_in_a_chain_are_named(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        ChainConfig.model_validate({"kind": "chain", **settings})
