"""The scripted backend, and the minimal values it answers with."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import jsonschema_rs
import pytest
from pydantic import ValidationError

from shortlist_providers import FailureKind, FinishReason, Generation, ProviderContext, Timings, Usage, load_kind
from shortlist_providers.fake import Fake, FakeConfig
from shortlist_providers.schema_instance import minimal_instance
from support.providers import SCHEMA, request


class Time:
    """A clock that only sleeping moves."""

    now = 100.0

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)


def run(*pairs: str, **settings: Any) -> list[Generation]:
    """What the fake answers for these pairs, one after the other."""
    time = Time()
    kind = load_kind("fake")
    provider = kind(kind.Config(kind="fake", **settings), ProviderContext(lambda: time.now, time.sleep))

    async def all_of_them() -> list[Generation]:
        return [await provider.generate(request(key=f"t@1/{pair}/fake/0")) for pair in pairs]

    return asyncio.run(all_of_them())


def kinds(generations: list[Generation]) -> list[str]:
    return [str(generation.failure.kind) if generation.failure else "ok" for generation in generations]


def test_it_answers_with_a_minimal_value_of_the_schema() -> None:
    generation = run("a")[0]
    assert json.loads(generation.text or "") == {"answer": ""}
    assert (generation.finish_reason, generation.usage, generation.cached) == (FinishReason.STOP, Usage(), False)


def test_a_text_that_the_schema_asks_for_is_json_too() -> None:
    provider = Fake(FakeConfig(), ProviderContext(lambda: 0.0, asyncio.sleep))
    generation = asyncio.run(provider.generate(request(schema={"enum": ["job", "no job"]})))
    assert generation.text == '"job"'


def test_outputs_may_be_text_or_values_and_differ_by_pair() -> None:
    found = run("a", "b", "c", output="all", outputs={"b": {"answer": "ö"}, "c": "c only"})
    assert [generation.text for generation in found] == ["all", '{"answer":"ö"}', "c only"]


def test_it_takes_the_time_it_is_told_to() -> None:
    assert run("a", latency=2.5)[0].timings == Timings(100.0, None, 102.5)
    assert run("a", latency=2.5, first_token=0.5)[0].timings == Timings(100.0, 100.5, 102.5)


def test_it_reports_the_usage_it_is_told_to() -> None:
    assert run("a", usage={"input": 3, "output": 4})[0].usage == Usage(input=3, output=4)


@pytest.mark.parametrize(
    ("on", "struck"),
    [
        ("b", "ok bad ok ok ok"),
        ("every:2", "ok bad ok bad ok"),
        ("first:3", "bad bad bad ok ok"),
        ("z", "ok ok ok ok ok"),
    ],
)
def test_faults_strike_where_they_are_told_to(on: str, struck: str) -> None:
    found = run(*"abcde", faults=[{"on": on, "kind": "transient"}])
    assert kinds(found) == [word.replace("bad", "transient") for word in struck.split()]


def test_a_retry_is_the_same_case_and_may_succeed() -> None:
    found = run(
        *"aaabb", faults=[{"on": "every:2", "kind": "transient"}, {"on": "a", "kind": "refused", "attempts": 2}]
    )
    assert kinds(found) == ["refused", "refused", "ok", "transient", "transient"]


@pytest.mark.parametrize("kind", ["rate_limited", "transient", "permanent", "malformed", "refused", "truncated"])
def test_every_kind_of_fault(kind: str) -> None:
    fault = {"on": "a", "kind": kind, "retry_after": 3}
    generation = run("a", output="0123456789", usage={"output": 9}, faults=[fault])[0]
    assert generation.failure is not None
    assert generation.failure.kind is FailureKind(kind)
    assert generation.failure.retry_after == 3
    assert generation.text == ("01234" if kind == "truncated" else None)
    assert generation.usage.output == (9 if kind in ("truncated", "refused") else None)
    assert (generation.failure.received is not None) == (kind == "malformed")


def test_a_crash_is_raised_and_a_hang_never_ends() -> None:
    with pytest.raises(RuntimeError, match="as scripted"):
        run("a", faults=[{"on": "a", "kind": "crash"}])

    async def hang() -> None:
        time = Time()
        kind = load_kind("fake")
        config = kind.Config.model_validate({"kind": "fake", "faults": [{"on": "every:1", "kind": "hang"}]})
        async with asyncio.timeout(0.05):
            await kind(config, ProviderContext(lambda: time.now, time.sleep)).generate(request())

    with pytest.raises(TimeoutError):
        asyncio.run(hang())


@pytest.mark.parametrize(
    "settings",
    [
        {"latency": -1},
        {"latency": 1, "first_token": 2},
        {"faults": [{"on": "every:0", "kind": "hang"}]},
        {"faults": [{"on": "first:x", "kind": "hang"}]},
        {"faults": [{"on": "a", "kind": "nap"}]},
        {"faults": [{"on": "a", "kind": "hang", "attempts": 0}]},
        {"latncy": 1},
    ],
)
def test_a_script_that_makes_no_sense_is_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        run("a", **settings)


@pytest.mark.parametrize(
    "schema",
    [
        SCHEMA,
        {"type": "string", "minLength": 3},
        {"type": "integer", "minimum": 4, "maximum": 9},
        {"type": "integer", "exclusiveMinimum": 4},
        {"type": "integer", "maximum": -4},
        {"type": "integer", "minimum": 4, "multipleOf": 5},
        {"type": "number", "minimum": 0.5},
        {"type": ["null", "string"]},
        {"type": "boolean"},
        {"enum": ["b", "a"]},
        {"const": {"x": 1}},
        {"type": "array", "items": {"type": "integer"}, "minItems": 2},
        {"anyOf": [{"type": "integer", "minimum": 2}, {"type": "null"}]},
        {"type": "object", "oneOf": [{"required": ["a"]}, {"required": ["b"]}], "properties": {"a": {"const": 1}}},
        {"allOf": [{"type": "object", "properties": {"a": {"const": 1}}, "required": ["a"]}, {"required": ["b"]}]},
        {
            "$defs": {"node": {"type": "object", "properties": {"next": {"$ref": "#/$defs/node"}}, "required": []}},
            "$ref": "#/$defs/node",
        },
        {
            "$defs": {"a/b": {"type": "integer", "minimum": 1}},
            "type": "array",
            "minItems": 1,
            "items": {"$ref": "#/$defs/a~1b"},
        },
        {},
        {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
        {"type": "number", "minimum": 0.2, "multipleOf": 0.25},
        {"type": "integer", "minimum": -9007199254740991, "maximum": 9007199254740991},
        {"type": "integer", "exclusiveMaximum": -4},
        {
            "type": "string",
            "format": "email",
            "pattern": r"^[A-Za-z0-9_'+\-\.]*@([A-Za-z0-9][A-Za-z0-9\-]*\.)+[A-Za-z]{2,}$",
        },
        {"type": "string", "format": "date-time"},
        {"type": "string", "format": "uri"},
        {"type": "string", "pattern": "^[A-Z]{3}$"},
        {"type": "string", "pattern": "^p-[0-9]+$", "examples": ["p-17"]},
        {"type": "string", "pattern": r"^\d{4}(-\d{2})?$", "minLength": 7},
        {"type": "array", "items": {"enum": ["a", "b", "c"]}, "minItems": 2, "uniqueItems": True},
        {"type": "array", "items": {"type": "string"}, "minItems": 3, "uniqueItems": True},
        {"type": "array", "prefixItems": [{"type": "string"}, {"type": "number"}], "minItems": 2, "items": False},
        {"type": "object", "additionalProperties": {"type": "integer"}, "minProperties": 2},
        {"type": "object", "properties": {"kind": {"enum": ["a"]}, "x": {"type": "null"}}, "minProperties": 1},
        {  # zod's z.toJSONSchema() of a recursive type
            "$ref": "#/$defs/__schema0",
            "$defs": {
                "__schema0": {
                    "type": "object",
                    "properties": {
                        "name": {"type": "string"},
                        "parent": {"anyOf": [{"$ref": "#/$defs/__schema0"}, {"type": "null"}]},
                        "children": {"type": "array", "items": {"$ref": "#/$defs/__schema0"}},
                    },
                    "required": ["name", "parent", "children"],
                    "additionalProperties": False,
                }
            },
        },
        {  # zod-to-json-schema refers into what it has already written
            "type": "object",
            "properties": {
                "a": {"anyOf": [{"type": "null"}, {"type": "array", "items": {"type": "integer"}, "minItems": 1}]},
                "b": {"$ref": "#/properties/a/anyOf/1/items", "description": "a number"},
            },
            "required": ["a", "b"],
        },
        {"oneOf": [{"type": "object", "required": ["a"]}, {"type": "null"}], "properties": {"a": {"minimum": 3}}},
        {"allOf": [{"$ref": "#/$defs/b"}], "$defs": {"b": {"type": "string", "minLength": 2}}, "maxLength": 4},
    ],
)
def test_a_minimal_instance_satisfies_its_schema(schema: dict[str, Any]) -> None:
    assert jsonschema_rs.is_valid(schema, minimal_instance(schema))


@pytest.mark.parametrize(
    ("schema", "says"),
    [
        ({"$ref": "#/$defs/none"}, "leads nowhere"),
        ({"$ref": "https://elsewhere/schema"}, "leads nowhere"),
        ({"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]}, "requires itself"),
        ({"allOf": [{"$ref": "#"}]}, "requires itself"),
        ({"anyOf": [{"$ref": "#"}, {"$ref": "#/anyOf/0"}]}, "requires itself"),
    ],
)
def test_a_schema_without_an_instance_says_why(schema: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        minimal_instance(schema)
