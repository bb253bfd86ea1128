"""What the judges of a run may cost, by the same rule of thumb as the generations that they judge."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from shortlist.judges.prompt import answer_schema, judge_messages
from shortlist.plan import Plan, cost_of_tokens, sizes_of, takes_schema, tokens_in, tokens_of_json, why_no_money
from shortlist.pricing import price_for
from shortlist.suite.gate import JUDGE
from shortlist.suite.model import Judge, Suite
from shortlist.tasks.rules import TEXT_FIELD
from shortlist_providers import Message

LIKELY_ANSWER = 100
"""Tokens of a grade with the reason before it, which is to have three sentences at most."""
BASIS = (
    "no output failed; outputs as long as the pairs' gold (nothing where a judge is shown a part, or there is no gold) "
    f"and answers of {LIKELY_ANSWER} tokens, to the most that sampling allows of both; nothing from a cache"
)


@dataclass(frozen=True, slots=True)
class Hire:
    """What one judge may be asked, and what that may cost."""

    judge: str
    by: str
    """Its model, or its kind."""
    requests: int
    """At most: outputs that failed are not shown to it."""
    input_tokens: int
    """With outputs of the likely length."""
    usd_low: Decimal | None
    """None when the price is unknown or by time."""
    usd_high: Decimal | None
    why_no_money: str | None

    def to_json(self) -> dict[str, Any]:
        """JSON-ready; money as text."""
        return {
            "by": self.by,
            "requests": self.requests,
            "input_tokens": self.input_tokens,
            "usd_low": None if self.usd_low is None else format(self.usd_low, "f"),
            "usd_high": None if self.usd_high is None else format(self.usd_high, "f"),
            "why_no_money": self.why_no_money,
        }


def hires(suite: Suite, planned: Plan) -> tuple[Hire, ...]:
    """One for each judge that a run of `planned` would ask."""
    if JUDGE not in suite.metrics:
        return ()
    return tuple(_hire(judge, suite, planned) for judge in suite.judges.values())


def _hire(judge: Judge, suite: Suite, planned: Plan) -> Hire:
    cases = planned.cases_by_provider()
    outputs = sum(count for provider, count in cases.items() if provider != judge.against)
    prompts = list(_prompts(judge, suite, planned))
    repeats = outputs // max(1, planned.pairs) * judge.requests_per_output
    shown = 1 if judge.against is None else 2
    most = shown * suite.sampling.max_tokens
    labelled = list(_labelled(judge, suite))
    inputs = [prompt + shown * likely for prompt, likely in prompts]
    price = price_for(judge.by)
    money = []
    for of_cases, answer in ((inputs, LIKELY_ANSWER), ([p + most for p, _ in prompts], judge.sampling.max_tokens)):
        answers = min(answer, judge.sampling.max_tokens)
        first = cost_of_tokens(price, of_cases, [answers] * len(of_cases), repeats)
        rest = cost_of_tokens(price, labelled, [answers] * len(labelled), judge.requests_per_output)
        money.append(None if first is None or rest is None else first + rest)
    return Hire(
        judge=judge.name,
        by=judge.by.model_name() or judge.by.kind,
        requests=judge.requests(cases),
        input_tokens=sum(inputs) * repeats + sum(labelled) * judge.requests_per_output,
        usd_low=money[0],
        usd_high=money[1],
        why_no_money=why_no_money(price) if money[0] is None else None,
    )


def _prompts(judge: Judge, suite: Suite, planned: Plan) -> Iterator[tuple[int, int]]:
    """For each planned pair the tokens of a request without an output, and those of a likely output."""
    pairs = {pair.id: pair for pair in suite.pairs}
    chosen = [pairs[identity] for identity in dict.fromkeys(case.pair for case in planned.cases)]
    sizes = sizes_of(suite, chosen)
    is_part = judge.show is not None and judge.show != TEXT_FIELD
    knows = not is_part and all(size.gold is not None for size in sizes)
    nothing = [""] if judge.against is None else ["", ""]
    for pair, size in zip(chosen, sizes, strict=True):
        likely = min(size.gold or 0, suite.sampling.max_tokens) if knows else 0
        yield _tokens(judge, judge_messages(judge, pair, nothing)), likely


def _labelled(judge: Judge, suite: Suite) -> Iterator[int]:
    """The tokens of a request for each labelled example, whose outputs are there already."""
    pairs = {pair.id: pair for pair in suite.dataset.pairs}
    for label in judge.labels:
        outputs = ["" if isinstance(output, str) else "{}" for output in label.outputs]
        written = sum(tokens_in(len(one)) if isinstance(one, str) else tokens_of_json(one) for one in label.outputs)
        yield _tokens(judge, judge_messages(judge, pairs[label.pair], outputs)) + written


def _tokens(judge: Judge, messages: Sequence[Message]) -> int:
    schema = tokens_of_json(answer_schema(judge)) if takes_schema(judge.by) else 0
    return tokens_in(sum(len(message.content) for message in messages)) + schema
