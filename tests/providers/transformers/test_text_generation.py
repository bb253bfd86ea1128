"""Text generation with a real model on the CPU."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from providers.transformers.helpers import add_weights, bare_loop, merge_lora, tokenizer_of, torch
from shortlist_providers import (
    FailureKind,
    FinishReason,
    Generation,
    Health,
    Message,
    Provider,
    ProviderUnavailable,
    Request,
    Sampling,
    load_kind,
)
from support.engines import need_engine
from support.providers import context, request, started
from support.tiny_model import TinyModel

NESTED = {
    "type": "object",
    "properties": {
        "score": {"type": "integer", "minimum": 0, "maximum": 100},
        "tags": {"type": "array", "items": {"type": "string", "maxLength": 8}, "minItems": 1, "maxItems": 3},
        "place": {
            "type": "object",
            "properties": {"kind": {"enum": ["city", "remote"]}, "note": {"type": ["string", "null"], "maxLength": 5}},
            "required": ["kind", "note"],
            "additionalProperties": False,
        },
    },
    "required": ["score", "tags", "place"],
    "additionalProperties": False,
}


def free(prompt: str = "Hello", **sampling: Any) -> Request:
    return request(prompt, schema=None, sampling={"max_tokens": 24, **sampling})


def test_the_likeliest_tokens_are_those_of_a_bare_loop_over_the_model(ask: Any, tiny_model: TinyModel) -> None:
    (generation,) = ask(free("Tell me of Oslo."))
    prompt = (
        "<|im_start|>system\nAnswer.<|im_end|>\n<|im_start|>user\nTell me of Oslo.<|im_end|>\n<|im_start|>assistant\n"
    )
    by_hand = bare_loop(tiny_model.hf, prompt, 24)
    tokenizer = tokenizer_of(tiny_model.hf)
    assert generation.text == tokenizer.decode(by_hand)
    assert generation.usage.input == len(tokenizer(prompt)["input_ids"])
    assert generation.usage.output == 24


def test_an_output_that_reaches_max_tokens_is_truncated_and_keeps_its_text(ask: Any) -> None:
    (generation,) = ask(free())
    assert generation.failure is not None
    assert generation.failure.kind is FailureKind.TRUNCATED
    assert generation.failure.message == "max_tokens cut the output after 24 tokens"
    assert generation.finish_reason is FinishReason.LENGTH
    assert generation.text


def test_times_are_in_order_and_the_first_token_has_one(ask: Any) -> None:
    (generation,) = ask(free())
    timings = generation.timings
    assert timings.first_token is not None
    assert timings.sent < timings.first_token < timings.last_token


def test_ten_constrained_outputs_of_a_random_model_are_valid(ask: Any) -> None:
    requests = [request(schema=NESTED, sampling={"temperature": 1.0, "seed": seed}) for seed in range(9)]
    greedy = request(schema=NESTED, sampling={"temperature": 0})
    validator = jsonschema_rs.validator_for(NESTED)
    generations = ask(greedy, *requests)
    assert len({generation.text for generation in generations}) == 10
    for generation in generations:
        assert generation.failure is None
        assert generation.finish_reason is FinishReason.STOP
        assert generation.unhonoured == ()
        assert validator.is_valid(json.loads(generation.text or ""))


def test_what_the_grammar_does_not_enforce_is_recorded(ask: Any) -> None:
    tags = {"type": "array", "items": {"enum": ["a", "b"]}, "uniqueItems": True, "maxItems": 3}
    schema = {"type": "object", "properties": {"tags": tags}, "required": ["tags"], "additionalProperties": False}
    (generation,) = ask(request(schema=schema))
    assert generation.unhonoured == ("schema:uniqueItems",)
    assert isinstance(json.loads(generation.text or "")["tags"], list)


def test_without_llguidance_the_schema_is_not_held_to_and_that_is_recorded(ask: Any) -> None:
    (generation,) = ask(request(sampling={"max_tokens": 5}), structured="none")
    assert generation.unhonoured == ("schema",)
    with pytest.raises(ValueError, match="Expecting"):
        json.loads(generation.text or "")


def test_a_seed_gives_the_same_output_again_whatever_else_was_drawn(ask: Any) -> None:
    one, other, again = ask(free(temperature=1, seed=7), free(temperature=1, seed=8), free(temperature=1, seed=7))
    assert one.text == again.text != other.text


def test_without_a_seed_outputs_differ(ask: Any) -> None:
    texts = [generation.text for generation in ask(*(free(temperature=None) for _ in range(3)))]
    assert len(set(texts)) == 3


def test_a_temperature_near_zero_and_a_tiny_top_p_both_give_the_likeliest_tokens(ask: Any) -> None:
    greedy, cold, narrow = ask(free(temperature=0), free(temperature=1e-5), free(temperature=1, top_p=1e-6))
    assert greedy.text == cold.text == narrow.text


def test_a_stop_string_ends_the_output_and_is_not_part_of_it(ask: Any) -> None:
    (whole,) = ask(free(temperature=1, seed=5, max_tokens=60))
    stop = whole.text[20:24]
    (cut,) = ask(free(temperature=1, seed=5, max_tokens=60, stop=(stop, "never there")))
    assert cut.failure is None
    assert cut.finish_reason is FinishReason.STOP
    assert cut.text == whole.text[: whole.text.index(stop)]
    assert cut.usage.output < 60


def test_the_end_token_ends_the_output_and_is_counted(ask: Any) -> None:
    (generation,) = ask(request(schema={"const": "yes"}))
    assert generation.text == '"yes"'
    (longer,) = ask(request(schema={"const": "yes"}, sampling={"max_tokens": generation.usage.output}))
    assert longer.failure is None
    (cut,) = ask(request(schema={"const": "yes"}, sampling={"max_tokens": generation.usage.output - 1}))
    assert cut.failure.kind is FailureKind.TRUNCATED
    assert cut.text == '"yes"'


def test_a_prompt_beyond_the_context_names_both_numbers(ask: Any) -> None:
    (generation,) = ask(free("word " * 300), max_context=200)
    assert generation.failure.kind is FailureKind.PERMANENT
    assert generation.failure.message == (
        f"the prompt has {generation.usage.input} tokens, and the context has room for 200"
    )
    assert generation.usage.input > 300
    assert generation.text is None


def test_an_output_that_fills_the_context_says_so(ask: Any) -> None:
    (generation,) = ask(free(max_tokens=1000), max_context=50)
    assert generation.failure.kind is FailureKind.TRUNCATED
    assert generation.failure.message == f"the context cut the output after {generation.usage.output} tokens"
    assert generation.usage.input + generation.usage.output == 50


def test_a_cancelled_generation_stops_and_the_next_one_works(with_provider: Any) -> None:
    long = free(max_tokens=16_000)

    async def impatient(provider: Provider) -> Generation:
        for _ in range(4):  # each would take a minute
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2):
                    await provider.generate(long)
        return await asyncio.wait_for(provider.generate(free()), 60)

    assert with_provider(impatient).usage.output == 24


def test_an_abandoned_generation_does_not_count_as_the_next_ones_time(with_provider: Any) -> None:
    async def both(provider: Provider) -> list[Generation]:
        return list(await asyncio.gather(provider.generate(free(max_tokens=200)), provider.generate(free())))

    first, second = with_provider(both)
    assert second.timings.sent >= first.timings.last_token


def test_the_event_loop_goes_on_while_the_model_works(with_provider: Any) -> None:
    async def beside(provider: Provider) -> int:
        work = asyncio.create_task(provider.generate(free(max_tokens=100)))
        beats = 0
        while not work.done():
            await asyncio.sleep(0.001)
            beats += 1
        return beats

    assert with_provider(beside) > 5


def test_an_adapter_changes_the_output_as_its_weights_say(
    ask: Any, tiny_model: TinyModel, tmp_path: Path, health: Callable[..., Health]
) -> None:
    need_engine("peft")
    merged = tmp_path / "merged"
    shutil.copytree(tiny_model.hf, merged)
    merge_lora(merged, tiny_model.lora)
    asked = free(max_tokens=12)
    (plain,), (adapted,) = ask(asked), ask(asked, adapter=str(tiny_model.lora))
    (by_hand,) = ask(asked, model=str(merged))
    assert adapted.text == by_hand.text != plain.text
    assert health(adapter=str(tiny_model.lora)).facts["adapter"] == str(tiny_model.lora)


def test_a_missing_peft_is_named(ask: Any, tiny_model: TinyModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shortlist_providers.transformers.loading.find_spec", lambda name: None)
    with pytest.raises(ProviderUnavailable, match="pip install peft"):
        ask(free(), adapter=str(tiny_model.lora))


def changed(model: TinyModel, folder: Path, **files: Any) -> str:
    """A copy of the tiny model with other JSON files, or without those that are None."""
    copied = folder / "changed"
    shutil.copytree(model.hf, copied)
    for name, content in files.items():
        path = copied / f"{name}.{'jinja' if name == 'chat_template' else 'json'}"
        if content is None:
            path.unlink()
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(copied)


def test_a_model_without_a_chat_template_is_given_the_texts_and_that_is_recorded(
    ask: Any, tiny_model: TinyModel, tmp_path: Path
) -> None:
    (generation,) = ask(free("Hello"), model=changed(tiny_model, tmp_path, chat_template=None))
    tokenizer = tokenizer_of(tiny_model.hf)
    assert generation.unhonoured == ("chat_template",)
    assert generation.usage.input == len(tokenizer("Answer.\n\nHello\n\n")["input_ids"])


def test_a_chat_template_that_refuses_a_system_message_is_quoted(
    ask: Any, tiny_model: TinyModel, tmp_path: Path
) -> None:
    template = "{{ raise_exception('System role not supported') }}"
    (generation,) = ask(free(), model=changed(tiny_model, tmp_path, chat_template=template))
    assert generation.failure.kind is FailureKind.PERMANENT
    assert generation.failure.message == "the model's chat template refuses the messages: System role not supported"


def test_the_models_own_sampling_settings_are_not_used_but_shown(
    ask: Any, health: Callable[..., Health], tiny_model: TinyModel, tmp_path: Path
) -> None:
    own = json.loads((tiny_model.hf / "generation_config.json").read_text())
    recommended = {"do_sample": True, "temperature": 0.01, "repetition_penalty": 5.0, "top_k": 1}
    model = changed(tiny_model, tmp_path, generation_config={**own, **recommended})
    asked = [free(temperature=0), free(temperature=1, seed=3)]
    assert [g.text for g in ask(*asked, model=model)] == [g.text for g in ask(*asked)]
    assert health(model=model).facts["generation_config_not_used"] == recommended


def test_facts_for_the_manifest(health: Callable[..., Health]) -> None:
    found = health(max_context=8000)
    assert found.ok
    assert found.detail == "Qwen2ForCausalLM with 3,477,760 parameters is loaded, float32 on cpu"
    assert set(found.facts["versions"]) >= {"transformers", "torch", "llguidance"}
    assert found.facts["context_length"] == 8000
    assert len(found.facts["chat_template_sha256"]) == 64
    json.dumps(found.facts)


def test_lone_surrogates_in_the_prompt_do_no_harm(ask: Any) -> None:
    (generation,) = ask(free("half an emoji \ud83d"))
    assert generation.usage.output == 24


def test_dtype_and_device_are_obeyed(health: Callable[..., Health]) -> None:
    assert health(dtype="bfloat16").facts["dtype"] == "bfloat16"


def test_a_device_that_is_not_there_is_refused(ask: Any) -> None:
    if torch().cuda.is_available():
        pytest.skip("this machine has CUDA")
    with pytest.raises(ProviderUnavailable, match=r"has no 'cuda:1'; it has cpu"):
        ask(free(), device="cuda:1")


@pytest.mark.parametrize("model", ["./nowhere", "/nowhere/at/all"])
def test_a_folder_that_is_not_there_is_named(ask: Any, model: str) -> None:
    with pytest.raises(ProviderUnavailable, match=r"there is no folder .*nowhere"):
        ask(free(), model=model)


def test_a_model_that_cannot_be_fetched_is_named(ask: Any) -> None:
    with pytest.raises(ProviderUnavailable, match="cannot load model 'nobody/nothing-of-the-kind'"):
        ask(free(), model="nobody/nothing-of-the-kind")


def test_weights_for_something_else_are_refused(ask: Any, tiny_model: TinyModel) -> None:
    with pytest.raises(ProviderUnavailable, match=r"lacks weights .*score\.weight.* would be random"):
        ask(free(), pipeline="text-classification", labels={})


def test_a_relative_folder_starts_at_the_suites(tiny_model: TinyModel) -> None:
    kind = load_kind("transformers")
    where = replace(context(), base_dir=tiny_model.hf.parent)
    raw: dict[str, Any] = {"kind": "transformers", "model": "hf", "threads": 1}
    provider = kind(kind.Config(**raw), where)

    async def once() -> Generation:
        async with started(provider):
            return await provider.generate(free())

    assert asyncio.run(once()).usage.output == 24


def test_two_models_on_one_device_share_a_pool(with_provider: Any) -> None:
    async def key(provider: Provider) -> str:
        return provider.pool_key

    assert with_provider(key, device="auto") == with_provider(key, structured="none")


def test_nothing_is_written_to_the_terminal(
    ask: Any, capfd: pytest.CaptureFixture[str], tiny_model: TinyModel, tmp_path: Path
) -> None:
    model = changed(tiny_model, tmp_path)
    add_weights(Path(model), "not.of.this.model")  # on which the library would report
    ask(free("word " * 400), free(temperature=1, top_p=0.5), model=model, adapter=str(tiny_model.lora), max_context=300)
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "")


def test_many_roles_reach_the_template(ask: Any, tiny_model: TinyModel) -> None:
    messages = (Message("user", "a"), Message("assistant", "b"), Message("user", "c"))
    (generation,) = ask(
        Request(key="k", messages=messages, sampling=Sampling(temperature=0, max_tokens=2), task="task@1")
    )
    tokenizer = tokenizer_of(tiny_model.hf)
    shown = "".join(f"<|im_start|>{m.role}\n{m.content}<|im_end|>\n" for m in messages) + "<|im_start|>assistant\n"
    assert generation.usage.input == len(tokenizer(shown)["input_ids"])


def test_an_end_token_that_is_an_ordinary_word_is_not_part_of_the_output(
    ask: Any, tiny_model: TinyModel, tmp_path: Path
) -> None:
    (first,) = ask(free(max_tokens=1))
    word = tokenizer_of(tiny_model.hf)(first.text, add_special_tokens=False)["input_ids"]
    assert len(word) == 1
    model = changed(tiny_model, tmp_path, generation_config={"eos_token_id": word})
    (generation,) = ask(free(), model=model, structured="none")
    assert (generation.text, generation.usage.output) == ("", 1)
    assert generation.finish_reason is FinishReason.STOP
    assert generation.failure is None


def test_a_tokenizer_that_opens_every_text_does_not_open_a_templates_text_again(
    ask: Any, tiny_model: TinyModel, tmp_path: Path
) -> None:
    tokenizer = json.loads((tiny_model.hf / "tokenizer.json").read_text())
    opens = {"SpecialToken": {"id": "<|endoftext|>", "type_id": 0}}
    tokenizer["post_processor"] = {
        "type": "TemplateProcessing",
        "single": [opens, {"Sequence": {"id": "A", "type_id": 0}}],
        "pair": [opens, {"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
        "special_tokens": {"<|endoftext|>": {"id": "<|endoftext|>", "ids": [0], "tokens": ["<|endoftext|>"]}},
    }
    model = changed(tiny_model, tmp_path, tokenizer=tokenizer)
    assert tokenizer_of(Path(model))("a")["input_ids"][0] == 0
    (plain,), (opened,) = ask(free()), ask(free(), model=model)
    assert plain.usage.input == opened.usage.input
