"""What is asked arrives whole, and what is answered comes back whole: text, usage, finish reason, times."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs

from shortlist_providers import FailureKind, FinishReason
from support.conformance import Place, Situation, Subject
from support.conformance.driving import answered, conforms
from support.conformance.texts import LONG, LONG_MARGIN, RARE, UNICODE, long_prompt, tokens_of


def strings_in(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for one in inner for text in strings_in(one)]


def arrived(text: str, body: str) -> bool:
    """Whether `text` stands in one string of a request, to the last character."""
    return any(text in one for one in strings_in(json.loads(body)))


@conforms(Situation.PLAIN_TEXT)
def test_plain_text_comes_back_as_it_was_written(subject: Subject, place: Place) -> None:
    done = answered(subject, Situation.PLAIN_TEXT, place)
    assert done.generation.text
    assert all(RARE not in body for body in done.bodies), "no schema was asked for, and none is sent"


@conforms(Situation.SCHEMA)
def test_a_schema_is_passed_on_or_owned_up_to(subject: Subject, place: Place) -> None:
    done = answered(subject, Situation.SCHEMA, place)
    assert ("schema" in done.generation.unhonoured) is not subject.honours_schema
    for body in done.bodies:
        assert (RARE in body) is subject.honours_schema
    if subject.enforces:
        schema = done.question.request.schema
        assert schema is not None
        jsonschema_rs.validate(dict(schema), json.loads(done.generation.text or ""))


@conforms(Situation.UNICODE)
def test_no_character_is_lost_on_the_way(subject: Subject, place: Place) -> None:
    done = answered(subject, Situation.UNICODE, place)
    for body in done.bodies:
        assert arrived(UNICODE, body)
    if done.generation.failure is None:
        text = done.generation.text or ""
        said = json.loads(text) if text.startswith("{") else text
        assert any(subject.unicode in one for one in strings_in(said))


@conforms(Situation.LONG_PROMPT)
def test_a_prompt_of_12k_tokens_arrives_whole(subject: Subject, place: Place) -> None:
    prompt = long_prompt(place.tiny)
    done = answered(subject, Situation.LONG_PROMPT, place)
    assert abs(tokens_of(done.question.request.messages, place.tiny) - LONG) <= LONG_MARGIN or not done.bodies
    for body in done.bodies:
        assert arrived(prompt, body)


@conforms(Situation.TRUNCATION)
def test_what_a_token_limit_cut_is_kept_and_called_truncated(subject: Subject, place: Place) -> None:
    generation = answered(subject, Situation.TRUNCATION, place).generation
    assert generation.failure is not None
    assert generation.failure.kind is FailureKind.TRUNCATED
    assert generation.finish_reason is FinishReason.LENGTH
    assert generation.text


@conforms(Situation.EMPTY)
def test_a_model_that_says_nothing_has_answered(subject: Subject, place: Place) -> None:
    generation = answered(subject, Situation.EMPTY, place).generation
    assert generation.failure is None
    assert generation.text == ""
