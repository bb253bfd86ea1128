"""From a schema to llguidance's grammar, and what is lost on the way."""

from __future__ import annotations

from typing import Any

import pytest

from shortlist_providers.constrained import matcher_grammar


def of(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": [*properties], "additionalProperties": False}


@pytest.mark.parametrize(
    ("schema", "unhonoured"),
    [
        (of(a={"type": "integer", "minimum": 1, "maximum": 5, "multipleOf": 2}), ()),
        (of(a={"type": "array", "items": {"type": "integer"}, "uniqueItems": True}), ("schema:uniqueItems",)),
        (of(a={"type": "string", "format": "idn-email"}), ("schema:format",)),
        (of(a={"not": {"type": "string"}}, b={"if": {}, "then": {}}), ("schema:if", "schema:not", "schema:then")),
        (of(a={"oneOf": [{"type": "string"}, {"type": "string", "minLength": 3}]}), ("schema:oneOf",)),
        (of(a={"type": "string", "pattern": "^(?!x)[a-z]+$"}), ("schema:pattern",)),
        (of(a={"type": "object", "patternProperties": {"(?=a)": {}, "^b$": {}}}), ("schema:patternProperties",)),
        (of(pattern={"type": "string"}, contains={"const": {"pattern": "(?=x)"}}), ()),
    ],
)
def test_what_is_not_enforced_is_named(schema: dict[str, Any], unhonoured: tuple[str, ...]) -> None:
    grammar, lost = matcher_grammar(schema)
    assert grammar is not None
    assert lost == unhonoured


@pytest.mark.parametrize(
    "schema", [{"$ref": "http://elsewhere.invalid/schema"}, {"type": "string", "enum": []}, {"allOf": [False]}]
)
def test_a_schema_without_a_grammar_is_lost_whole(schema: dict[str, Any]) -> None:
    assert matcher_grammar(schema) == (None, ("schema",))


def test_the_schema_itself_is_left_as_it_is() -> None:
    schema = of(a={"type": "string", "pattern": "(?=a)b"})
    matcher_grammar(schema)
    assert schema["properties"]["a"] == {"type": "string", "pattern": "(?=a)b"}
