"""Real servers with the tiny model: what their presets declare is what they do."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from shortlist_providers import FailureKind, FinishReason, Generation, Health, Provider, Request, Usage
from shortlist_providers.openai_compatible.presets import PRESETS
from support.engines import need_engine
from support.model_servers import CONTEXT, ModelServer, serving
from support.providers import build, request, started
from support.tiny_model import TinyModel

NEEDS = {
    "llama_cpp_python": ("llama_cpp", "uvicorn", "sse_starlette"),
    "mlx": ("mlx_lm", "mlx"),
    "transformers_serve": ("transformers", "torch", "uvicorn"),
}
CHOICE = {
    "type": "object",
    "properties": {"answer": {"enum": ["yes", "no"]}, "sure": {"type": "boolean"}},
    "required": ["answer", "sure"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True)
class Served:
    """A real server, and ways of asking it."""

    server: ModelServer

    def provider(self, **settings: Any) -> Provider:
        """A provider for it, without a key."""
        usual = {"server": self.server.name, "model": self.server.model, "api_key_env": None}
        return build("openai_compatible", self.server.url, **{**usual, **settings})

    def run(self, do: Callable[[Provider], Awaitable[Any]], **settings: Any) -> Any:
        """Whatever `do` makes of a started provider."""

        async def once() -> Any:
            async with started(self.provider(**settings)) as provider:
                return await do(provider)

        return asyncio.run(once())

    def ask(self, asked: Request, **settings: Any) -> Generation:
        """One attempt."""
        generation: Generation = self.run(lambda provider: provider.generate(asked), **settings)
        return generation


@pytest.fixture(scope="module", params=list(NEEDS))
def served(
    request: pytest.FixtureRequest, tiny_model: TinyModel, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    need_engine(*NEEDS[request.param])
    with serving(request.param, tiny_model, tmp_path_factory.mktemp(request.param)) as server:
        yield Served(server)


def plain(prompt: str = "Hello 😀 Größe", tokens: int = 12, **sampling: Any) -> Request:
    """A request for some tokens of plain text."""
    return request(prompt, schema=None, sampling={"max_tokens": tokens, **sampling})


def text_of(generation: Generation) -> str:
    """Its text, which a limit may have cut: nothing tells the tiny model to stop."""
    assert generation.failure is None or generation.failure.kind is FailureKind.TRUNCATED, generation.failure
    assert generation.text
    return generation.text


def test_text_is_cut_by_the_limit_and_kept(served: Served) -> None:
    whole = served.ask(plain(), stream=False)
    streamed = served.ask(plain())
    for generation in (whole, streamed):
        assert generation.failure is not None
        assert generation.failure.kind is FailureKind.TRUNCATED
        assert generation.finish_reason is FinishReason.LENGTH
        assert generation.unhonoured == ()
    assert text_of(whole) == text_of(streamed)
    assert whole.timings.first_token is None
    assert streamed.timings.first_token is not None
    assert streamed.timings.sent <= streamed.timings.first_token <= streamed.timings.last_token


def test_usage_is_told_where_the_preset_says_so(served: Served) -> None:
    whole, streamed = (served.ask(plain(), stream=stream).usage for stream in (False, True))
    assert whole.output == 12
    assert (whole.input or 0) + (whole.cached_read or 0) > 10
    if PRESETS[served.server.name].dialect.stream_usage == "never":
        assert streamed == Usage(), "missing usage is unknown, not 0"
    else:
        assert streamed.output == 12
        assert (streamed.input or 0) + (streamed.cached_read or 0) == (whole.input or 0) + (whole.cached_read or 0)


@pytest.mark.parametrize("stream", [True, False])
def test_a_schema_constrains_where_the_preset_says_so(served: Served, stream: bool) -> None:
    generation = served.ask(request(schema=CHOICE, sampling={"max_tokens": 60}), stream=stream)
    if PRESETS[served.server.name].dialect.constrains:
        assert (generation.failure, generation.unhonoured) == (None, ())
        assert set(json.loads(generation.text or "")) == {"answer", "sure"}
    else:
        assert generation.unhonoured == ("schema",)
        with pytest.raises(json.JSONDecodeError):
            json.loads(text_of(generation))


def test_openais_form_of_a_schema_is_of_no_use(served: Served) -> None:
    """Why these presets pass a schema on otherwise, or not at all."""
    asked = request(schema=CHOICE, sampling={"max_tokens": 60})
    generation = served.ask(asked, structured="json_schema", stream=False)
    if served.server.name == "llama_cpp_python":
        assert generation.failure is not None
        assert generation.failure.status == 500
        assert "json_schema" in generation.failure.message
    else:
        with pytest.raises(json.JSONDecodeError):
            json.loads(text_of(generation))


@pytest.mark.parametrize("served", ["llama_cpp_python"], indirect=True)
def test_a_keyword_that_the_grammar_skips_is_recorded(served: Served) -> None:
    schema = {**CHOICE, "properties": {"answer": {"type": "integer", "minimum": 3, "maximum": 4}, "sure": {"const": 1}}}
    asked = [request(schema=schema, sampling={"max_tokens": 60, "temperature": 1.0, "seed": seed}) for seed in range(4)]
    generations = [served.ask(one, stream=False) for one in asked]
    assert {generation.unhonoured for generation in generations} == {("schema:maximum", "schema:minimum")}
    values = [json.loads(one.text or "")["answer"] for one in generations if one.failure is None]
    assert [value for value in values if not 3 <= value <= 4]


def test_seeds_hold_where_the_preset_says_so(served: Served) -> None:
    def sampled(seed: int) -> Generation:
        return served.ask(plain(temperature=1.0, seed=seed), stream=False)

    first, again, other = sampled(7), sampled(7), sampled(8)
    assert text_of(first) == text_of(again)
    if PRESETS[served.server.name].dialect.seeds:
        assert first.unhonoured == ()
        assert text_of(first) != text_of(other)
    else:  # this model's own generation_config.json says do_sample: false, and no request changes that
        assert first.unhonoured == ("temperature", "seed")
        assert text_of(first) == text_of(other) == text_of(served.ask(plain(), stream=False))


@pytest.mark.parametrize("stream", [True, False])
def test_a_stop_word_ends_the_output_where_the_preset_says_so(served: Served, stream: bool) -> None:
    text = text_of(served.ask(plain(), stream=False))
    stop = text[len(text) // 2 :][:2]  # part of a token
    generation = served.ask(plain(stop=(stop,)), stream=stream)
    before = text[: text.index(stop)]
    if served.server.name == "llama_cpp_python":
        assert (generation.failure, generation.unhonoured) == (None, ())
        assert (generation.text, generation.finish_reason) == (before, FinishReason.STOP)
        return
    assert generation.unhonoured == ("stop",)
    if served.server.name == "mlx":
        assert text_of(generation) == text
    else:
        assert (generation.text or "").startswith(before + stop)
        assert generation.finish_reason is FinishReason.STOP


@pytest.mark.parametrize("served", ["mlx"], indirect=True)
def test_why_mlx_is_sent_no_stop_words(served: Served) -> None:
    text = text_of(served.ask(plain(), stream=False))
    stop = text[len(text) // 2 :][:2]
    generation = served.ask(plain(), stream=False, extra_body={"stop": [stop]})
    assert generation.finish_reason is FinishReason.LENGTH, "it went on"
    assert stop not in text_of(generation), "and took the word out of its text"


def test_a_model_of_another_name(served: Served) -> None:
    generation = served.ask(plain(), model="nobody/nothing", stream=False)
    if PRESETS[served.server.name].names == "ignored":
        assert text_of(generation)
        return
    assert generation.failure is not None
    assert generation.failure.kind is FailureKind.PERMANENT


@pytest.mark.parametrize("served", ["llama_cpp_python"], indirect=True)
def test_a_prompt_that_does_not_fit_is_refused(served: Served) -> None:
    generation = served.ask(plain("word " * CONTEXT), stream=False)
    assert generation.failure is not None
    assert generation.failure.kind is FailureKind.PERMANENT
    assert f"maximum context length is {CONTEXT}" in generation.failure.message


@pytest.mark.parametrize("stream", [True, False])
def test_many_at_once_are_kept_apart(served: Served, stream: bool) -> None:
    prompts = [f"number {number} of the prompts" for number in range(5)]

    async def all_of_them(provider: Provider) -> tuple[list[Generation], list[Generation]]:
        alone = [await provider.generate(plain(prompt)) for prompt in prompts]
        return alone, list(await asyncio.gather(*(provider.generate(plain(prompt)) for prompt in prompts)))

    alone, together = served.run(all_of_them, stream=stream)
    broken_off = [one.failure is not None and one.failure.kind is FailureKind.TRANSIENT for one in together]
    for one, other, broken in zip(alone, together, broken_off, strict=True):
        if broken:
            assert "--interrupt_requests false" in (other.failure.message if other.failure else "")
        else:
            assert text_of(one) == text_of(other)
    assert not any(broken_off) or (served.server.name == "llama_cpp_python" and stream)


def test_an_answer_that_is_given_up_half_way_does_not_stop_the_next(served: Served) -> None:
    async def give_up(provider: Provider) -> Generation:
        task = asyncio.create_task(provider.generate(plain(tokens=600)))
        await asyncio.sleep(0.15)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return await provider.generate(plain())

    generation: Generation = served.run(give_up)
    assert text_of(generation) == text_of(served.ask(plain(), stream=False))


def test_health_generates_nothing_and_says_what_is_lacking(served: Served) -> None:
    health: Health = served.run(lambda provider: provider.health())
    assert health.ok, health.detail
    assert health.facts["server"] == served.server.name
    assert json.dumps(dict(health.facts))
    expected = {
        "llama_cpp_python": ["usage in streams"],
        "mlx": ["schema", "stop"],
        "transformers_serve": [
            "schema",
            *(f"{name} (not certain)" for name in ("seed", "stop", "temperature", "top_p")),
        ],
    }
    assert health.facts["lacks"] == expected[served.server.name]
    if served.server.name == "mlx":
        assert health.facts["model_listed"] is True


def test_a_cold_start_is_measured_on_a_real_server(served: Served) -> None:
    health: Health = served.run(lambda provider: provider.health(), cold_start="measure")
    assert 0 <= health.facts["cold_start_seconds"] <= health.facts["first_request_seconds"]
    assert health.facts["warm_request_seconds"] > 0
