"""What comes out is what llama.cpp makes of the prompt, counted and timed."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from providers.llama_cpp.driving import ask, asked, text_of, using
from shortlist_providers import FinishReason, Generation, Message, Provider
from support.tiny_model import TinyModel

PROMPTS = ["Hello", "List three skills of a nurse.", "Zażółć gęślą jaźń 漢字 👩‍🔬 \u2028 end", "x" * 700]


@contextmanager
def bare(gguf: Path) -> Iterator[Any]:
    """The library by itself."""
    llama = import_module("llama_cpp").Llama(str(gguf), n_ctx=2048, n_threads=1, n_threads_batch=1, verbose=False)
    try:
        yield llama
    finally:
        llama.close()


def prompt_tokens(llama: Any, prompt: str) -> list[int]:
    """The tokens of the tiny model's chat template with one message, written out by hand."""
    text = f"<|im_start|>user\n{prompt}<|im_end|>\n<|im_start|>assistant\n"
    tokens: list[int] = llama.tokenize(text.encode(), add_bos=False, special=True)
    return tokens


def bare_text(llama: Any, prompt: str, most: int, temperature: float, seed: int) -> str:
    """The library's own loop with neutral sampling."""
    library = import_module("llama_cpp")
    vocabulary = library.llama_model_get_vocab(llama.model)
    llama.set_seed(seed)
    llama.reset()
    neutral = {"temp": temperature, "top_k": 0, "top_p": 1.0, "min_p": 0.0, "repeat_penalty": 1.0}
    tokens = itertools.islice(llama.generate(prompt_tokens(llama, prompt), **neutral), most)
    ended = itertools.takewhile(lambda token: not library.llama_vocab_is_eog(vocabulary, token), tokens)
    buffer = import_module("ctypes").create_string_buffer(1024)
    whole = b""
    for token in ended:
        length = library.llama_token_to_piece(vocabulary, token, buffer, 1024, 0, False)
        whole += buffer.raw[:length]
    return whole.decode("utf-8", "replace")


@pytest.mark.parametrize("temperature", [0.0, 0.7])
def test_the_text_is_that_of_a_bare_loop(gguf: Path, temperature: float) -> None:
    requests = [asked(prompt, temperature=temperature, seed=11, max_tokens=60) for prompt in PROMPTS]
    with bare(gguf) as llama:
        expected = [bare_text(llama, prompt, 60, temperature, 11) for prompt in PROMPTS]
        counts = [len(prompt_tokens(llama, prompt)) for prompt in PROMPTS]
    generations = ask(gguf, *requests, structured="none")
    # A last character that was cut in two is in the bare text as one that cannot be read.
    assert [text_of(one) for one in generations] == [text.rstrip("\ufffd") for text in expected]
    assert [one.usage.input for one in generations] == counts
    assert len(set(expected)) == len(PROMPTS) or temperature == 0


def test_the_library_s_own_sampling_defaults_do_not_sneak_in(gguf: Path) -> None:
    plain, spelled_out = ask(
        gguf, asked(temperature=None, seed=3), asked(temperature=1.0, top_p=1.0, seed=3), structured="none"
    )
    assert text_of(plain) == text_of(spelled_out)
    with bare(gguf) as llama:
        assert text_of(plain).startswith(bare_text(llama, "Hello", 40, 1.0, 3).rstrip("\ufffd"))


def test_seeds(gguf: Path) -> None:
    seeds = [1, 2, 1, 2**32 + 7, -1]
    generations = ask(gguf, *(asked(temperature=1.0, seed=seed) for seed in seeds))
    one, two, again, large, negative = map(text_of, generations)
    assert one == again
    assert len({one, two, large, negative}) == 4


def test_top_p_narrows_the_choice(gguf: Path) -> None:
    greedy, narrow = ask(gguf, asked(), asked(temperature=1.0, top_p=1e-6, seed=5))
    assert text_of(narrow) == text_of(greedy)


def test_what_is_reported(gguf: Path) -> None:
    (generation,) = ask(gguf, asked(max_tokens=25), model="resumemate-14b")
    timings, usage = generation.timings, generation.usage
    assert timings.first_token is not None
    assert timings.sent < timings.first_token < timings.last_token
    assert (usage.output, usage.cached_read, usage.cached_write, usage.reasoning) == (25, 0, None, None)
    assert (generation.model, generation.unhonoured, generation.cached) == ("resumemate-14b", (), False)


def test_a_cut_output_is_kept(gguf: Path) -> None:
    (generation,) = ask(gguf, asked(max_tokens=7))
    assert generation.failure is not None
    assert generation.failure.kind == "truncated"
    assert "max_tokens" in generation.failure.message
    assert generation.finish_reason is FinishReason.LENGTH
    assert generation.text
    assert generation.usage.output == 7


def test_the_context_is_the_limit_where_it_is_smaller_than_max_tokens(gguf: Path) -> None:
    (generation,) = ask(gguf, asked(max_tokens=8192), n_ctx=256)
    assert generation.failure is not None
    assert generation.failure.kind == "truncated"
    assert "n_ctx" in generation.failure.message
    assert generation.usage.input is not None
    assert generation.usage.output == 256 - generation.usage.input


def test_a_prompt_longer_than_the_context_names_both_numbers(gguf: Path) -> None:
    long, short = ask(gguf, asked("word " * 700), asked(), n_ctx=256)
    assert long.failure is not None
    assert long.failure.kind == "permanent"
    assert "holds 256" in long.failure.message
    with bare(gguf) as llama:
        assert f"{len(prompt_tokens(llama, 'word ' * 700))} tokens" in long.failure.message
    assert text_of(short)


def test_a_prompt_of_twelve_thousand_tokens(gguf: Path) -> None:
    prompt = " ".join(f"item {number} of the list" for number in range(1200))
    (generation,) = ask(gguf, asked(prompt, max_tokens=5), n_ctx=16_384)
    assert text_of(generation)
    assert generation.usage.input is not None
    assert generation.usage.input > 12_000


@pytest.mark.parametrize("stop", ["e", "🚀", "--"])
def test_stop_strings(gguf: Path, stop: str) -> None:
    free = asked(temperature=1.0, seed=8, max_tokens=300)
    forced = {"const": "a--b🚀c"}
    whole, stopped, in_json = ask(
        gguf,
        free,
        asked(temperature=1.0, seed=8, max_tokens=300, stop=(stop, "never to be seen")),
        asked(schema=forced, stop=(stop,)),
    )
    assert text_of(stopped) == text_of(whole).partition(stop)[0]
    if stop in text_of(whole):
        assert stopped.finish_reason is FinishReason.STOP
        assert stopped.failure is None
    assert text_of(in_json) == '"a--b🚀c"'.partition(stop)[0]


def test_a_character_cut_in_two_is_left_out(gguf: Path) -> None:
    emoji = "👩‍🔬🚀é漢"
    (whole,) = ask(gguf, asked(schema={"const": emoji}))
    assert whole.usage.output is not None
    cut = ask(gguf, *(asked(schema={"const": emoji}, max_tokens=most) for most in range(1, whole.usage.output)))
    for generation in cut:
        assert generation.finish_reason is FinishReason.LENGTH
        assert f'"{emoji}"'.startswith(text_of(generation))
        assert "\ufffd" not in text_of(generation)


def test_a_lora_adapter_counts_as_much_as_its_scale(tiny_model: TinyModel, gguf: Path) -> None:
    adapter = str(tiny_model.lora_gguf)
    request = asked(max_tokens=30)
    (plain,) = ask(gguf, request)
    (adapted,) = ask(gguf, request, lora=adapter)
    (switched_off,) = ask(gguf, request, lora={"path": adapter, "scale": 0})
    (half_twice,) = ask(gguf, request, lora=[{"path": adapter, "scale": 0.0}, {"path": adapter, "scale": 1.0}])
    assert text_of(adapted) != text_of(plain)
    assert text_of(switched_off) == text_of(plain)
    assert text_of(half_twice) == text_of(adapted)


@pytest.mark.parametrize(
    ("chat_format", "function"),
    [("chatml", "format_chatml"), ("llama-2", "format_llama2"), ("alpaca", "format_alpaca")],
)
def test_a_chat_format_in_place_of_the_template(gguf: Path, chat_format: str, function: str) -> None:
    (generation,) = ask(gguf, asked("Hello", max_tokens=3), chat_format=chat_format)
    formats = import_module("llama_cpp.llama_chat_format")
    formatted = getattr(formats, function)(messages=[{"role": "user", "content": "Hello"}])
    with bare(gguf) as llama:
        expected = llama.tokenize(formatted.prompt.encode(), add_bos=True, special=True)
    assert generation.usage.input == len(expected)


def test_prompts_that_begin_alike_give_the_same_outputs_with_and_without_the_cache(gguf: Path) -> None:
    shared = "An instruction that every prompt begins with. " * 60
    requests = [asked(f"{shared}{name}", temperature=1.0, seed=4) for name in ("Ann", "Ben", "Ben", "Cem", "x")]
    cached = ask(gguf, *requests, n_batch=64)
    fresh = ask(gguf, *requests, n_batch=64, prompt_cache=False)
    assert [text_of(one) for one in cached] == [text_of(one) for one in fresh]
    reused = [one.usage.cached_read or 0 for one in cached]
    assert reused[0] == 0
    assert reused[1] > 0
    assert reused[1] % 64 == 0
    assert reused[2] == 0  # the same prompt again costs what it costs
    assert reused[3] > 0
    assert {one.usage.cached_read for one in fresh} == {0}
    together = [(one.usage.input or 0) + (one.usage.cached_read or 0) for one in cached]
    assert together == [one.usage.input for one in fresh]


def test_a_conversation_with_a_system_message(gguf: Path) -> None:
    request = asked("Hello")
    chat = type(request)(
        key=request.key,
        messages=(
            Message("system", "Be brief."),
            *request.messages,
            Message("assistant", "Yes?"),
            Message("user", "No"),
        ),
        sampling=request.sampling,
        task=request.task,
    )
    one, many = ask(gguf, request, chat)
    assert (many.usage.input or 0) > (one.usage.input or 0)


def test_half_a_character_in_a_prompt_is_replaced_as_for_every_other_kind(gguf: Path) -> None:
    half, mended = ask(gguf, asked("half a pair: \ud83d"), asked("half a pair: \ufffd"))
    assert text_of(half) == text_of(mended)
    assert half.usage.input == mended.usage.input


def test_two_slots_work_at_the_same_time(gguf: Path) -> None:
    async def both(provider: Provider) -> list[Generation]:
        assert provider.config.concurrency == 2
        return await asyncio.gather(*(provider.generate(asked(max_tokens=400)) for _ in range(4)))

    generations = using(gguf, both, slots=2)
    spans = sorted((one.timings.sent, one.timings.last_token) for one in generations)
    assert len({text_of(one) for one in generations}) == 1
    assert spans[1][0] < spans[0][1], "the second began before the first had ended"
    assert spans[2][0] >= min(spans[0][1], spans[1][1]), "the third waited for a slot, and its wait is no latency"


def test_health_says_what_is_measured(gguf: Path) -> None:
    async def facts(provider: Provider) -> dict[str, Any]:
        health = await provider.health()
        assert health.ok
        assert "model.gguf" in health.detail
        return dict(health.facts)

    said = using(gguf, facts, n_ctx=512)
    expected = {
        "llama_cpp_python": import_module("llama_cpp").__version__,
        "model_name": "tiny",
        "architecture": "qwen2",
        "quantisation": "F32",
        "n_ctx": 512,
        "n_ctx_train": 16_384,
        "n_threads": 1,
        "slots": 1,
        "structured": "llguidance",
    }
    assert expected.items() <= said.items()
    assert len(said["chat_template_sha256"]) == 64
    assert isinstance(said["gpu_offload"], bool)
    assert using(gguf, facts, n_ctx=None)["n_ctx"] == 16_384
