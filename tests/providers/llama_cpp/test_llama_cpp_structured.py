"""Outputs that are held to a schema, and what is said of the keywords that are not enforced."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from providers.llama_cpp.driving import NESTED, ask, asked, text_of
from providers.llama_cpp.spm import write_spm_model
from shortlist_providers import Generation

RECURSIVE: Mapping[str, Any] = {
    "$defs": {
        "node": {
            "type": "object",
            "properties": {"v": {"type": "boolean"}, "next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]}},
            "required": ["v", "next"],
            "additionalProperties": False,
        }
    },
    "$ref": "#/$defs/node",
}


def deep(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"enum": ["bottom"]}
    for _ in range(levels):
        schema = {"type": "object", "properties": {"in": schema}, "required": ["in"], "additionalProperties": False}
    return schema


def valid(schema: Mapping[str, Any], generation: Generation) -> bool:
    assert generation.failure is None, generation.failure
    return jsonschema_rs.is_valid(dict(schema), json.loads(text_of(generation)))


def test_every_output_is_valid_whatever_the_chance(gguf: Path) -> None:
    temperatures = (0.3, 0.8, 1.0, 1.5)
    requests = [
        asked(schema=NESTED, temperature=temperatures[seed % 4], seed=seed, max_tokens=1500) for seed in range(20)
    ]
    generations = ask(gguf, *requests)
    assert [valid(NESTED, generation) for generation in generations] == [True] * 20
    assert len({text_of(generation) for generation in generations}) > 15
    assert {generation.unhonoured for generation in generations} == {()}


def test_the_end_of_the_json_is_the_end_of_the_output(gguf: Path) -> None:
    (generation,) = ask(gguf, asked(schema={"const": {"a": [1, "é", None]}}, max_tokens=200))
    assert text_of(generation) == '{"a":[1,"é",null]}'
    assert generation.finish_reason == "stop"
    (exact,) = ask(gguf, asked(schema={"const": {"a": [1, "é", None]}}, max_tokens=generation.usage.output))
    assert exact.failure is None, "the last token that is allowed completes it"


@pytest.mark.parametrize("backend", ["llguidance", "grammar"])
def test_emoji_and_other_scripts_in_what_is_forced(gguf: Path, backend: str) -> None:
    text = 'naïve 👩‍🔬🚀 漢字 "quoted" \\ back\nnew'
    (generation,) = ask(gguf, asked(schema={"enum": [text]}, max_tokens=200), structured=backend)
    assert json.loads(text_of(generation)) == text
    assert "👩‍🔬🚀 漢字" in text_of(generation), "written out, not as escapes"


def test_property_names_of_any_script(gguf: Path) -> None:
    schema = {
        "type": "object",
        "properties": {"prénom": {"enum": ["a"]}, "minimum": {"enum": [1]}, "🚀": {"type": "boolean"}},
        "required": ["prénom", "minimum", "🚀"],
        "additionalProperties": False,
    }
    for backend in ("llguidance", "grammar"):
        (generation,) = ask(gguf, asked(schema=schema, max_tokens=200), structured=backend)
        assert valid(schema, generation)
        assert generation.unhonoured == ()


@pytest.mark.parametrize("schema", [RECURSIVE, deep(40)], ids=["recursive", "deep"])
def test_references_recursion_and_depth(gguf: Path, schema: Mapping[str, Any]) -> None:
    requests = [asked(schema=schema, temperature=0.5, seed=seed, max_tokens=1500) for seed in range(3)]
    assert all(valid(schema, generation) for generation in ask(gguf, *requests))


def test_lengths_that_would_end_a_process_by_its_own_grammar(gguf: Path) -> None:
    schema = {
        "type": "object",
        "properties": {
            "long": {"type": "string", "maxLength": 20_000},
            "many": {"type": "array", "items": {"type": "boolean"}, "maxItems": 5000},
        },
        "required": ["many", "long"],
        "additionalProperties": False,
    }
    (held,) = ask(gguf, asked(schema=schema, temperature=1.0, seed=1, max_tokens=100))
    assert held.failure is None or held.failure.kind == "truncated"
    assert held.unhonoured == ()
    (relaxed,) = ask(gguf, asked(schema=schema, temperature=1.0, seed=1, max_tokens=100), structured="grammar")
    assert relaxed.failure is None or relaxed.failure.kind == "truncated"
    assert relaxed.unhonoured == ("schema:maxItems", "schema:maxLength")


LOOSE: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "tags": {"type": "array", "items": {"enum": ["a", "b"]}, "uniqueItems": True, "maxItems": 2},
        "mail": {"type": "string", "format": "idn-email", "maxLength": 8},
        "code": {"type": "string", "pattern": "^(?=x)", "maxLength": 8},
        "age": {"type": "integer", "minimum": 5, "maximum": 9},
    },
    "required": ["tags", "mail", "code", "age"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("backend", "skipped"),
    [
        ("llguidance", ("schema:format", "schema:pattern", "schema:uniqueItems")),
        (
            "grammar",
            ("schema:format", "schema:maximum", "schema:minimum", "schema:pattern", "schema:uniqueItems"),
        ),
        ("none", ("schema",)),
    ],
)
def test_what_is_not_enforced_is_named(gguf: Path, backend: str, skipped: tuple[str, ...]) -> None:
    first, second, plain = ask(
        gguf,
        asked(schema=LOOSE, temperature=0.5, max_tokens=300),
        asked(schema=LOOSE, temperature=0.5, max_tokens=300),
        asked(),
        structured=backend,
    )
    assert first.unhonoured == second.unhonoured == skipped
    assert plain.unhonoured == ()
    if backend != "none" and first.failure is None:
        assert json.loads(text_of(first)).keys() == LOOSE["properties"].keys()


def test_one_of_that_overlaps_is_named(gguf: Path) -> None:
    (generation,) = ask(gguf, asked(schema={"oneOf": [{"enum": [1, 2]}, {"type": "integer", "maximum": 9}]}))
    assert generation.unhonoured == ("schema:oneOf",)


INEXPRESSIBLE = pytest.mark.parametrize(
    "schema", [{"type": "strung"}, {"$ref": "#/$defs/nowhere"}], ids=["type", "ref"]
)


@INEXPRESSIBLE
def test_a_schema_that_the_library_s_grammar_cannot_express_is_refused(gguf: Path, schema: dict[str, Any]) -> None:
    refused, good = ask(gguf, asked(schema=schema), asked(schema={"const": "x"}), structured="grammar")
    assert refused.failure is not None
    assert refused.failure.kind == "permanent"
    assert "structured: " in refused.failure.message
    assert text_of(good) == '"x"'


@INEXPRESSIBLE
def test_a_schema_that_llguidance_cannot_express_is_lost_as_for_other_kinds(gguf: Path, schema: dict[str, Any]) -> None:
    lost, free, good = ask(gguf, asked(schema=schema), asked(), asked(schema={"const": "x"}))
    assert lost.unhonoured == ("schema",)
    assert text_of(lost) == text_of(free)
    assert (text_of(good), good.unhonoured) == ('"x"', ())


def test_lists_of_types_by_the_library_s_grammar(gguf: Path) -> None:
    """Its converter keeps nothing of such a schema but the types."""
    properties = {
        "level": {"type": ["string", "null"], "enum": ["mid", None]},
        "code": {"type": ["string", "null"], "maxLength": 2},
        "tags": {"type": ["array"], "items": {"const": "a"}, "minItems": 1, "maxItems": 1},
    }
    schema = {
        "type": ["object"],
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
    requests = [asked(schema=schema, temperature=1.5, seed=seed, max_tokens=300) for seed in range(6)]
    generations = ask(gguf, *requests, structured="grammar")
    assert all(valid(schema, generation) for generation in generations)
    assert {generation.unhonoured for generation in generations} == {()}


def test_the_library_s_grammar_lets_no_control_characters_into_strings(gguf: Path) -> None:
    schema = {
        "type": "array",
        "items": {"type": "string", "minLength": 20, "maxLength": 60},
        "minItems": 3,
        "maxItems": 3,
    }
    requests = [asked(schema=schema, temperature=1.2, seed=seed, max_tokens=900) for seed in range(6)]
    assert all(valid(schema, generation) for generation in ask(gguf, *requests, structured="grammar"))


def test_the_same_seed_gives_the_same_json(gguf: Path) -> None:
    requests = [asked(schema=NESTED, temperature=1.0, seed=seed, max_tokens=1500) for seed in (1, 2, 1)]
    one, two, again = ask(gguf, *requests)
    assert text_of(one) == text_of(again) != text_of(two)


def test_a_cut_output_does_not_spoil_the_next(gguf: Path) -> None:
    requests = [asked(schema=NESTED, temperature=1.0, seed=3, max_tokens=most) for most in (1500, 9, 1500)]
    whole, cut, again = ask(gguf, *requests)
    assert cut.failure is not None
    assert text_of(whole).startswith(text_of(cut))
    assert text_of(again) == text_of(whole)


def test_a_vocabulary_of_sentence_pieces_and_bytes(gguf: Path, tmp_path: Path) -> None:
    model = tmp_path / "spm.gguf"
    write_spm_model(gguf, model)
    forced = "naïve 👩‍🔬🚀 漢字"
    requests = [asked(schema=NESTED, temperature=1.0, seed=seed, max_tokens=1500) for seed in range(4)]
    constant, *generations = ask(model, asked(schema={"const": forced}, max_tokens=200), *requests)
    assert json.loads(text_of(constant)) == forced
    assert all(valid(NESTED, generation) for generation in generations)
