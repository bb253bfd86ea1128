"""Subjects that generate for real: the tiny model, in this process or behind a server of its engine's own.

Its weights are random, so what it writes means nothing. What is right is known all the same: how many tokens a prompt
has (the model's own tokenizer), how many `max_tokens` allows, where a stop string cuts what greedy decoding would have
written, and what a schema with a single instance leaves to write.
"""

from __future__ import annotations

import json
import sys
import unicodedata
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from shortlist.cases import Outcome
from shortlist_providers import FailureKind, FinishReason, Generation, Request
from support.conformance.subject import Ask, Backend, Place, Question, Situation, Subject
from support.conformance.texts import RARE, SCHEMA, UNICODE, long_prompt, saying, tokens_of
from support.engines import need_engine
from support.providers import KEY, KEY_NAME, request

FEW, MANY = 7, 15_000
"""Tokens: soon cut, and more than anybody waits for."""
_HELLO = "Hello"


@dataclass(frozen=True)
class Tiny(Subject):
    """The tiny model."""

    id: str
    kind: str
    oracle: str
    absent: Mapping[Situation, str] = field(default_factory=dict)
    streams: bool = True
    enforces: bool = True
    """Whether its output is held to a schema."""
    writes_unicode: bool = True
    """Whether a schema can make it write any character, so that its output can be checked."""
    counts: bool = True
    """Whether it says how many tokens there were."""
    normalises: bool = False
    """Whether its tokenizer composes letters with their accents: transformers' own for Qwen2 does, whatever the model's
    files say, and llama.cpp's does not."""
    many: int = MANY
    unhonoured: frozenset[str] = frozenset()
    """What it never honours, of what is asked."""
    patience: float = 0.5
    unknown_model: str = "no-such-model"
    marks: tuple[pytest.MarkDecorator, ...] = ()

    def __post_init__(self) -> None:
        # Engines hold their output to the schema or are not told of it, and without it random text has no end.
        object.__setattr__(self, "honours_schema", self.enforces)
        object.__setattr__(self, "outcome", Outcome.OK if self.enforces else Outcome.TRUNCATED)

    @abstractmethod
    def model(self, place: Place) -> str:
        """The model's name in generations."""

    async def question(self, situation: Situation, ask: Ask, place: Place) -> Question:
        if situation in (Situation.PLAIN_TEXT, Situation.EMPTY):
            return await self._stopped(situation is Situation.EMPTY, ask)
        if situation is Situation.SCHEMA:
            return self._structured(UNICODE, SCHEMA)
        if situation is Situation.UNICODE and self.writes_unicode:
            return self._structured(UNICODE, saying(self.unicode))
        prompts = {Situation.LONG_PROMPT: long_prompt(place.tiny), Situation.UNICODE: UNICODE}
        prompt = prompts.get(situation, _HELLO)
        long = situation in (Situation.TIMEOUT, Situation.CANCELLATION, Situation.SERVER_GONE)
        return _cut(request(prompt, schema=None, sampling={"max_tokens": self.many if long else FEW}))

    async def _stopped(self, at_once: bool, ask: Ask) -> Question:
        """Where a stop string, taken from what it writes unhindered, must cut it."""
        asked = request(_HELLO, schema=None, sampling={"max_tokens": 24})
        written = (await ask(asked)).text or ""
        stop = written[:4] if at_once else written[6:14]
        sampling = replace(asked.sampling, stop=(stop,))
        return Question(replace(asked, sampling=sampling), written[: written.index(stop)])

    def _structured(self, prompt: str, schema: Mapping[str, Any], **more: Any) -> Question:
        asked = request(prompt, schema=schema, sampling={"max_tokens": 400 if self.enforces else FEW}, **more)
        return Question(asked) if self.enforces else _cut(asked)

    def questions(self, count: int, place: Place) -> list[Question]:
        return [
            self._structured(
                f"case {number}: " + "and so on " * number,
                saying(f"case {number}"),
                key=f"task@1/case-{number}/candidate/0",
            )
            for number in range(count)
        ]

    def check(self, question: Question, generation: Generation, place: Place) -> None:
        asked, usage = question.request, generation.usage
        assert generation.model == self.model(place)
        lost = set(self.unhonoured) | ({"schema"} if asked.schema is not None and not self.enforces else set())
        assert set(generation.unhonoured) == lost
        if self.enforces and asked.schema is not None and "const" in (said := asked.schema["properties"][RARE]):
            assert json.loads(generation.text or "") == {RARE: said["const"]}
        if not self.counts:
            assert (usage.input, usage.output) == (None, None)
            return
        assert usage.input is not None
        assert usage.output is not None
        assert usage.input + (usage.cached_read or 0) == self._prompt_tokens(asked, place)
        if question.finish is FinishReason.LENGTH:
            assert usage.output == asked.sampling.max_tokens
        else:
            assert 0 < usage.output < asked.sampling.max_tokens

    def _prompt_tokens(self, asked: Request, place: Place) -> int:
        if not self.normalises:
            return tokens_of(asked.messages, place.tiny)
        composed = [replace(one, content=unicodedata.normalize("NFC", one.content)) for one in asked.messages]
        return tokens_of(tuple(composed), place.tiny)

    def asked_by_suite(self, number: int) -> Question:
        question = super().asked_by_suite(number)
        return question if self.enforces else _cut(question.request)


def _cut(asked: Request) -> Question:
    return Question(asked, None, FinishReason.LENGTH, FailureKind.TRUNCATED)


@dataclass(frozen=True)
class Engine(Tiny):
    """The tiny model in this process, or in worker processes of the provider."""

    modules: tuple[str, ...] = ()
    model_key: str = "model"
    settings: Mapping[str, Any] = field(default_factory=dict)
    in_process: bool = True
    one_at_a_time: bool = True
    finds_model_at_startup: bool = True
    keeps_partial_text: bool = False
    restarts: bool = True
    unicode: str = UNICODE

    def _file(self, place: Place) -> str:
        return str(place.tiny.gguf if self.model_key == "model_path" else place.tiny.hf)

    def model(self, place: Place) -> str:
        return "model" if self.model_key == "model_path" else self._file(place)

    @contextmanager
    def backend(self, situation: Situation, place: Place) -> Iterator[Backend]:
        need_engine(*self.modules)
        model = str(place.folder / self.unknown_model) if situation is Situation.UNKNOWN_MODEL else self._file(place)
        yield Backend({"kind": self.kind, self.model_key: model, **self.settings})


@dataclass(frozen=True)
class Served(Tiny):
    """The tiny model behind its engine's own server."""

    module: str = ""
    arguments: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    keyed: bool = True
    unicode: str = UNICODE
    served_as: str | None = None

    def model(self, place: Place) -> str:
        return self.served_as or str(place.tiny.hf)

    def command(self, place: Place) -> list[str]:
        """What starts the server. -P: the checkout's folder `datasets/` must not hide Hugging Face's package."""
        names = {"GGUF": str(place.tiny.gguf), "HF": str(place.tiny.hf), "KEY": KEY}
        return [sys.executable, "-P", "-m", *(names.get(part, part) for part in self.arguments)]

    @contextmanager
    def backend(self, situation: Situation, place: Place) -> Iterator[Backend]:
        need_engine(self.module)
        start = place.servers.fresh if situation is Situation.SERVER_GONE else place.servers.get
        model = "no-such-model" if situation is Situation.UNKNOWN_MODEL else self.model(place)
        serving = start(self.module, self.command(place), self.environment)
        settings = {"kind": self.kind, "base_url": f"{serving.url}/v1", "model": model, **self.settings}
        if self.keyed:
            settings["api_key_env"] = KEY_NAME
        key = f"{KEY}-wrong" if situation is Situation.WRONG_KEY else KEY
        kill = serving.kill if situation is Situation.SERVER_GONE else None
        yield Backend(settings, {KEY_NAME: key} if self.keyed else {}, kill=kill)
