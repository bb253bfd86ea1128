"""What `generate` does on a Mac only: it computes one more token before it sees that the output has ended."""

from __future__ import annotations

import threading
from typing import Any

from providers.transformers.helpers import tokenizer_of, torch
from shortlist_providers.constrained import matcher_grammar
from shortlist_providers.transformers.steps import Constraint, Watch
from support.tiny_model import TinyModel

END = 2


def test_after_the_end_nothing_is_held_to_the_schema(tiny_model: TinyModel) -> None:
    import llguidance  # noqa: PLC0415 - not every machine has it
    import llguidance.hf  # noqa: PLC0415 - likewise

    tokenizer = tokenizer_of(tiny_model.hf)
    vocabulary = llguidance.hf.from_tokenizer(tokenizer, eos_token=END)
    grammar, _ = matcher_grammar({"const": 1})
    constraint = Constraint(llguidance.LLMatcher(vocabulary, grammar), [END], torch())
    scores = torch().zeros(1, len(tokenizer))
    one = tokenizer("1")["input_ids"][0]

    def allowed(*tokens: int) -> list[int]:
        masked: Any = constraint(torch().tensor([[5, *tokens]]), scores)
        return [int(token) for token in (masked[0] == 0).nonzero()]

    assert allowed() == [one]
    assert allowed(one) == [END]
    assert len(allowed(one, END)) == len(tokenizer)


def test_a_stop_string_once_found_stays_found(tiny_model: TinyModel) -> None:
    tokenizer = tokenizer_of(tiny_model.hf)
    watch = Watch(lambda: 1.0, threading.Event(), ["x"], tokenizer.decode, torch())
    tokens = tokenizer("xyyyyyyyyyy" + "-" * 20, add_special_tokens=False)["input_ids"]
    stops = [bool(watch(torch().tensor([tokens[: at + 1]]), None)) for at in range(len(tokens))]
    assert stops == [True] * len(tokens)
    assert watch.first_token == 1.0
