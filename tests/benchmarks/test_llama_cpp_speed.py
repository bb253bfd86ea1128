"""How near the kind `llama_cpp` comes to the library by itself, in output tokens per second.

    uv run pytest tests/benchmarks/test_llama_cpp_speed.py -s

The same prompts, sampling and limits, one thread each, case by case in turn, since machines differ from minute to
minute; medians of whole cases, prompt included. The library's side is its fastest loop, `Llama.generate`, with the text
made once at the end; what most people call, `create_chat_completion`, is printed beside it.
"""

from __future__ import annotations

import asyncio
import json
import time
import warnings
from collections.abc import Callable, Iterator
from importlib import import_module
from itertools import islice
from statistics import median
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from shortlist_providers import Message, Provider, ProviderContext, Request, Sampling, load_kind
from support.engines import need_engine
from support.tiny_model import TinyModel

TOKENS = 256
CASES = 12
OPTIONS: dict[str, Any] = {"n_ctx": 4096, "n_threads": 1, "n_threads_batch": 1}
SCHEMA: dict[str, Any] = {
    "type": "array",
    "minItems": 60,
    "items": {
        "type": "object",
        "properties": {
            "name": {"type": "string", "minLength": 10, "maxLength": 40},
            "level": {"enum": ["junior", "mid", "senior"]},
            "years": {"type": "integer", "minimum": 0, "maximum": 50},
        },
        "required": ["name", "level", "years"],
        "additionalProperties": False,
    },
}


def prompt(number: int) -> str:
    return f"Candidate {number} has worked in {number} shops. " + "Describe what they did there. " * 20


class Mask:
    """llguidance as a logits processor, as its own example has it."""

    def __init__(self, tokenizer: Any, size: int) -> None:
        guidance = import_module("llguidance")
        grammar = guidance.LLMatcher.grammar_from_json_schema(json.dumps(SCHEMA), {"whitespace_flexible": False})
        self._numpy = import_module("llguidance.numpy")
        self._matcher = guidance.LLMatcher(tokenizer, grammar)
        self._bits = self._numpy.allocate_token_bitmask(1, size)
        self._begun = False

    def __call__(self, tokens: Any, scores: Any) -> Any:
        if self._begun:
            self._matcher.consume_token(int(tokens[-1]))
        self._begun = True
        self._numpy.fill_next_token_bitmask(self._matcher, self._bits, 0)
        row = scores.copy().reshape(1, -1)
        self._numpy.apply_token_bitmask_inplace(row, self._bits)
        return row[0]


class Bare:
    """The library by itself."""

    def __init__(self, model: TinyModel) -> None:
        self._library = import_module("llama_cpp")
        self._llama = self._library.Llama(str(model.gguf), verbose=False, **OPTIONS)
        vocabulary = self._library.llama_model_get_vocab(self._llama.model)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # llguidance asks llama.cpp by an old name
            self._tokenizer = import_module("llguidance.llamacpp").lltokenizer_from_vocab(vocabulary)

    def close(self) -> None:
        self._llama.close()

    def generate(self, number: int, structured: bool) -> int:
        """Its fastest loop; returns how many tokens came."""
        llama = self._llama
        llama.reset()
        llama.set_seed(number)
        text = f"<|im_start|>user\n{prompt(number)}<|im_end|>\n<|im_start|>assistant\n"
        neutral = {"temp": 1.0 if structured else 0.0, "top_k": 0, "top_p": 1.0, "min_p": 0.0, "repeat_penalty": 1.0}
        mask = self._library.LogitsProcessorList([Mask(self._tokenizer, llama.n_vocab())]) if structured else None
        tokens = llama.generate(llama.tokenize(text.encode(), False, True), logits_processor=mask, **neutral)
        return len(list(islice(tokens, TOKENS)))

    def complete(self, number: int, structured: bool) -> int:
        """What most people call."""
        llama = self._llama
        llama.reset()
        form = {"response_format": {"type": "json_object", "schema": SCHEMA}} if structured else {}
        reply = llama.create_chat_completion(
            [{"role": "user", "content": prompt(number)}],
            max_tokens=TOKENS,
            temperature=1.0 if structured else 0.0,
            seed=number,
            **form,
        )
        count: int = reply["usage"]["completion_tokens"]
        return count


def pace(work: Callable[[], int]) -> float:
    """Output tokens per second."""
    began = time.perf_counter()
    tokens = work()
    return tokens / (time.perf_counter() - began)


class Ours:
    """The provider, asked one case after another."""

    def __init__(self, model: TinyModel) -> None:
        self._loop = asyncio.Runner()
        kind = load_kind("llama_cpp")
        config = kind.Config(**{"kind": "llama_cpp", "model_path": str(model.gguf), "prompt_cache": False, **OPTIONS})
        self._provider: Provider = kind(config, ProviderContext(clock=time.perf_counter, sleep=asyncio.sleep))
        self._loop.run(self._provider.startup())

    def close(self) -> None:
        self._loop.run(self._provider.shutdown())
        self._loop.close()

    def generate(self, number: int, structured: bool) -> int:
        sampling = Sampling(temperature=1.0 if structured else 0.0, max_tokens=TOKENS, seed=number)
        schema = SCHEMA if structured else None
        request = Request("t@1/p/a/0", (Message("user", prompt(number)),), sampling, "t@1", schema=schema)
        generation = self._loop.run(self._provider.generate(request))
        assert generation.unhonoured == ()
        assert generation.usage.output is not None
        return generation.usage.output


@pytest.fixture
def sides(tiny_model: TinyModel) -> Iterator[tuple[Ours, Bare]]:
    need_engine("llama_cpp", "llguidance")
    ours, bare = Ours(tiny_model), Bare(tiny_model)
    yield ours, bare
    ours.close()
    bare.close()


@pytest.mark.parametrize("structured", [False, True], ids=["plain", "structured"])
def test_output_tokens_per_second_beside_a_bare_loop(
    benchmark: BenchmarkFixture, sides: tuple[Ours, Bare], structured: bool
) -> None:
    ours, bare = sides
    for side in (ours, bare):
        assert side.generate(0, structured) == TOKENS
    bare.complete(0, structured)
    paces: dict[str, list[float]] = {"provider": [], "bare": [], "create_chat_completion": []}

    def turn() -> None:
        for number in range(1, CASES + 1):
            pairs = [("provider", ours.generate), ("bare", bare.generate), ("create_chat_completion", bare.complete)]
            for name, generate in pairs if number % 2 else reversed(pairs):
                paces[name].append(pace(lambda work=generate, case=number: work(case, structured)))  # type: ignore[misc]

    benchmark.pedantic(turn, rounds=3)
    ratios = [mine / theirs for mine, theirs in zip(paces["provider"], paces["bare"], strict=True)]
    benchmark.extra_info |= {f"{name}_tokens_per_second": round(median(of)) for name, of in paces.items()}
    benchmark.extra_info["ratio_to_bare"] = round(median(ratios), 3)
    print(f"\n{'structured' if structured else 'plain'} (the aim is a ratio of 0.95): {benchmark.extra_info}")
