"""What is asked in the situations, and the schemas that go with it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from tokenizers import Tokenizer

from shortlist_providers import Message
from support.tiny_model import TinyModel

UNICODE = 'Zoë Müller – naïve café, 日本語, 🎉 👩‍🔬 👍🏽 🇩🇪, “quoted”, "plain", back\\slash, e\u0301, \u200d.'
"""Two-, three- and four-byte characters, sequences that a careless cut would separate, and what JSON escapes."""

LONG = 12_000
"""Tokens of the long prompt, give or take `LONG_MARGIN`."""
LONG_MARGIN = 100

RARE = "conformance_answer"
"""A property that occurs in no other part of a request, so that a request which holds it holds the schema."""

SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        RARE: {"type": "string", "enum": ["yes", "no"]},
        "stars": {"type": "integer", "enum": [1, 2, 3]},
    },
    "required": [RARE, "stars"],
    "additionalProperties": False,
}
ANSWER = f'{{"{RARE}":"yes","stars":2}}'
"""An instance of it, without spaces: the one form that no server would write in another way."""


def saying(text: str) -> Mapping[str, Any]:
    """A schema with one instance, which says `text`: an engine that enforces it can write nothing else."""
    return {
        "type": "object",
        "properties": {RARE: {"const": text}},
        "required": [RARE],
        "additionalProperties": False,
    }


def tokens_of(messages: tuple[Message, ...], tiny: TinyModel) -> int:
    """How long a prompt is for the tiny model, by its own tokenizer and chat template."""
    tokenizer, template = _loaded(tiny.hf)
    rendered = template.render(
        messages=[{"role": message.role, "content": message.content} for message in messages],
        add_generation_prompt=True,
    )
    return len(tokenizer.encode(rendered, add_special_tokens=False).ids)


@cache
def _loaded(hf: Path) -> tuple[Tokenizer, jinja2.Template]:
    return Tokenizer.from_file(str(hf / "tokenizer.json")), jinja2.Template((hf / "chat_template.jinja").read_text())


@cache
def long_prompt(tiny: TinyModel) -> str:
    """A prompt of 12,000 tokens, ended by a mark that shows whether all of it arrived."""

    def lines(count: int) -> str:
        numbered = (f"Line {n:04}: a résumé of many years (2014-2019), figures of 12.5%.\n" for n in range(count))
        return "".join(numbered) + "THE END"

    def length(count: int) -> int:
        return tokens_of((Message("system", "Answer."), Message("user", lines(count))), tiny)

    a_line = (length(20) - length(10)) / 10
    return lines(round((LONG - length(0)) / a_line))
