from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortlist.metrics.reading import MAX_DEPTH, read_output
from shortlist.metrics.values import ABSENT, same

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("ab{}[]\"\\ '\n", max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)
DOCUMENTS = st.dictionaries(st.text('ab{}[]"\\ ', max_size=4), JSON_VALUES, min_size=1, max_size=4)


@pytest.mark.parametrize(
    ("text", "raw", "extracted", "repaired"),
    [
        ('{"a": 1}', {"a": 1}, {"a": 1}, {"a": 1}),
        (' \n{"a": 1}\n', {"a": 1}, {"a": 1}, {"a": 1}),
        ("5", 5, 5, 5),
        ("null", None, None, None),
        ('```json\n{"a": 1}\n```', ABSENT, {"a": 1}, {"a": 1}),
        ('Here it is:\n```\n{"a": 1}\n```\nAnything else?', ABSENT, {"a": 1}, {"a": 1}),
        ('See [1]: {"a": [1, 2]} as asked.', ABSENT, {"a": [1, 2]}, {"a": [1, 2]}),
        ('<think>{"d": 1}</think>\n{"d": 2, "e": 3}', ABSENT, {"d": 2, "e": 3}, {"d": 2, "e": 3}),
        ('I use { here. {"a": 1}', ABSENT, {"a": 1}, {"a": 1}),
        ('"quoted" prose {"a": "}"} more', ABSENT, {"a": "}"}, {"a": "}"}),
        ('{"a": 1} {"b": [1, 2, 3]}', ABSENT, {"b": [1, 2, 3]}, {"b": [1, 2, 3]}),
        ('\ufeff{"a": 1}', ABSENT, {"a": 1}, {"a": 1}),
        ('{"a": 1,}', ABSENT, ABSENT, {"a": 1}),
        ("{'a': 'x'}", ABSENT, ABSENT, {"a": "x"}),
        ("{a: 1, list: [1, 2]}", ABSENT, ABSENT, {"a": 1, "list": [1, 2]}),
        ('{"a": "one\ntwo", "b": {"c": 1}}', ABSENT, ABSENT, {"a": "one\ntwo", "b": {"c": 1}}),
        ('{"a": "say "hi" there", "b": 1}', ABSENT, ABSENT, {"a": 'say "hi" there', "b": 1}),
        ('{"a": {"b": 1}, "c": [1, 2', ABSENT, ABSENT, {"a": {"b": 1}, "c": [1, 2]}),
        ("```json\n{'a': 1}\n```", ABSENT, ABSENT, {"a": 1}),
        ("", ABSENT, ABSENT, ABSENT),
        ("I cannot help with that.", ABSENT, ABSENT, ABSENT),
        ("NaN", ABSENT, ABSENT, ABSENT),
        ("1e999", ABSENT, ABSENT, ABSENT),
    ],
)
def test_three_degrees_of_strictness(text: str, raw: object, extracted: object, repaired: object) -> None:
    reading = read_output(text)
    assert (reading.raw, reading.extracted, reading.repaired) == (raw, extracted, repaired)


def test_numbers_that_json_does_not_have_are_refused() -> None:
    for number in ("NaN", "Infinity", "-Infinity", "1e999"):
        reading = read_output(f'{{"a": {number}}}')
        assert reading.raw is ABSENT
        assert reading.extracted is ABSENT
        json.dumps(reading.repaired is ABSENT or reading.repaired, allow_nan=False)


def test_of_a_key_that_occurs_twice_the_last_counts() -> None:
    assert read_output('{"a": 1, "a": 2}').raw == {"a": 2}


def test_half_a_surrogate_is_never_read() -> None:
    assert read_output('{"a": "\\ud800"}').raw is ABSENT
    repaired = read_output('{"a": "\\ud800",}').repaired
    assert repaired is ABSENT or json.dumps(repaired, ensure_ascii=False).encode()


def test_nesting_that_cannot_be_written_again_is_not_read() -> None:
    assert read_output("[" * MAX_DEPTH + "]" * MAX_DEPTH).raw is not ABSENT
    for depth in (MAX_DEPTH + 1, 500, 5_000):
        reading = read_output("[" * depth + "]" * depth)
        assert (reading.raw, reading.extracted, reading.repaired) == (ABSENT, ABSENT, ABSENT)


@pytest.mark.parametrize(
    "unit",
    [
        "{",
        "[",
        '{"',
        '{"a":',
        '["a" ',
        '"\\',
        '{"a":"b" ',
        "{ ",
        "{_ ",
        "[1,",
        "[x]",
        '[{"',
        "{'",
        '"{',
        '""{',
        "\\",
        "(",
        "{}",
    ],
)
def test_hostile_text_ends(unit: str) -> None:
    reading = read_output((unit * 60_000)[:60_000])
    for value in (reading.raw, reading.extracted, reading.repaired):
        assert value is ABSENT or isinstance(value, dict | list)


def test_300_kb_of_brackets_are_not_json() -> None:
    for bracket in "{[":
        reading = read_output(bracket * 300_000)
        assert (reading.raw, reading.extracted, reading.repaired) == (ABSENT, ABSENT, ABSENT)


def test_repair_gives_up_on_what_would_take_minutes() -> None:
    # json_repair looks ahead to the end of the text at each of the 20,000 quotes
    assert read_output('{"' * 20_000).repaired is ABSENT


def test_wrapping_and_truncation_are_told_apart() -> None:
    assert read_output('{"a": 1}').wrapping is None
    assert read_output('```json\n{"a": 1}\n```').wrapping == "fenced"
    assert read_output('```json\n{"a": 1}').wrapping == "fenced"
    assert read_output('Sure!\n```json\n{"a": 1}\n```').wrapping == "prose_around"
    assert read_output('{"a": 1} done').wrapping == "prose_around"
    assert read_output('{"a": [1, 2').cut_off
    assert read_output('{"a": "tex').cut_off
    assert not read_output('{"a": 1,}').cut_off
    assert not read_output("no { json").cut_off


@given(
    DOCUMENTS,
    st.sampled_from(["", "Sure: ", "```json\n", 'It\'s "here" (see below)\n']),
    st.sampled_from(["", "\n```", " Done."]),
)
def test_a_wrapped_document_is_extracted_whole(document: dict[str, object], before: str, after: str) -> None:
    reading = read_output(before + json.dumps(document) + after)
    assert same(reading.extracted, json.loads(json.dumps(document)))
    assert same(reading.repaired, reading.extracted)
    assert (reading.raw is not ABSENT) == (not before and not after)


@given(st.text())
def test_any_text_can_be_read_and_what_was_read_can_be_written(text: str) -> None:
    reading = read_output(text)
    for value in (reading.raw, reading.extracted, reading.repaired, reading.strictest):
        assert value is ABSENT or json.dumps(value, allow_nan=False)


@given(DOCUMENTS, st.data())
def test_a_truncated_document_gives_no_fragment_of_itself(document: dict[str, object], data: st.DataObject) -> None:
    text = json.dumps(document)
    cut = text[: data.draw(st.integers(1, len(text) - 1))]
    assert read_output(cut).extracted is ABSENT
