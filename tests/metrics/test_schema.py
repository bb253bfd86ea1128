from __future__ import annotations

import json
from typing import Any

import pytest

from shortlist.errors import InputError
from shortlist.scores import CaseScores, SchemaFailure, ScoreStatus
from shortlist_providers.types import FailureKind
from support.cases import attempt, bundled_pairs, pro_output, record, score, task

METRICS = ("schema.pass", "schema.pass_extracted", "schema.pass_repaired")

ROLE = {"company": "Acme", "title": "Cook", "startDate": "2020-01", "endDate": None, "bullets": ["Cooked"]}


def document(**changes: Any) -> dict[str, Any]:
    whole: dict[str, Any] = {
        "headline": "Cook",
        "summary": "Cooks.",
        "bulletsByRole": [ROLE],
        "education": [],
        "skills": [],
        "keywordChecklist": [{"keyword": "knife", "present": True}],
        "coverLetter": "Dear all",
        "radar": dict.fromkeys(
            ("technical", "experience", "education", "leadership", "communication", "keywordMatch"), 50
        ),
        "matchScore": 50,
        "warnings": [],
    }
    return whole | changes


def judged(output: Any, schema: dict[str, Any] | None = None) -> CaseScores:
    of = task(schema=pro_output().schema if schema is None else schema)
    return score([record(output)], ["schema"], of=of)[0]


def values(scores: CaseScores) -> tuple[Any, ...]:
    return tuple(scores.scores[metric].value for metric in METRICS)


def test_a_valid_output_passes_all_three() -> None:
    scores = judged(document())
    assert values(scores) == (1.0, 1.0, 1.0)
    assert scores.schema_failure is None


@pytest.mark.parametrize(
    ("text", "expected", "category"),
    [
        ("```json\n{}\n```", (0.0, 1.0, 1.0), "fenced"),
        ("Here: {}", (0.0, 1.0, 1.0), "prose_around"),
        ('{"a": 1,}', (0.0, 0.0, 1.0), "not_json"),
        ('{"a": 1', (0.0, 0.0, 1.0), "truncated_json"),
        ("", (0.0, 0.0, 0.0), "empty"),
        (" \n", (0.0, 0.0, 0.0), "empty"),
        ("I cannot.", (0.0, 0.0, 0.0), "not_json"),
        ("<html><body>502</body></html>", (0.0, 0.0, 0.0), "not_json"),
        ("[]", (0.0, 0.0, 0.0), "wrong_type"),
    ],
)
def test_what_is_wrong_with_the_text(text: str, expected: tuple[float, ...], category: str) -> None:
    scores = judged(text, {"type": "object"})
    assert values(scores) == expected
    assert scores.schema_failure is not None
    assert (scores.schema_failure.category, scores.schema_failure.path) == (category, "$")


def changed_role(**changes: Any) -> dict[str, Any]:
    return document(bulletsByRole=[ROLE, ROLE, ROLE | changes])


def without(whole: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in whole.items() if name != key}


@pytest.mark.parametrize(
    ("output", "category", "path"),
    [
        (changed_role(endDate="2021-13"), "pattern", "bulletsByRole[2].endDate"),
        (changed_role(endDate=5), "wrong_type", "bulletsByRole[2].endDate"),
        (changed_role(bullets=[]), "length", "bulletsByRole[2].bullets"),
        (changed_role(bullets=["x"] * 9), "length", "bulletsByRole[2].bullets"),
        (changed_role(bullets=["x", 5]), "wrong_type", "bulletsByRole[2].bullets[1]"),
        (changed_role(city="Rome"), "extra_key", "bulletsByRole[2].city"),
        (changed_role(**{"odd key": 1}), "extra_key", 'bulletsByRole[2]["odd key"]'),
        (document(bulletsByRole=[without(ROLE, "title")]), "missing_key", "bulletsByRole[0].title"),
        (without(document(), "radar"), "missing_key", "radar"),
        (document(radar={}), "missing_key", "radar.technical"),
        (document(matchScore=101), "out_of_range", "matchScore"),
        (document(matchScore=-1), "out_of_range", "matchScore"),
        (document(matchScore=50.5), "wrong_type", "matchScore"),
        (document(matchScore="50"), "wrong_type", "matchScore"),
        (document(headline=""), "length", "headline"),
        (
            document(keywordChecklist=[{"keyword": "knife", "present": "yes"}]),
            "wrong_type",
            "keywordChecklist[0].present",
        ),
        (document(extra=1), "extra_key", "extra"),
        ([document()], "wrong_type", "$"),
    ],
)
def test_the_taxonomy_of_violations(output: Any, category: str, path: str) -> None:
    scores = judged(output)
    assert values(scores) == (0.0, 0.0, 0.0)
    assert scores.schema_failure is not None
    assert (scores.schema_failure.category, scores.schema_failure.path) == (category, path)


@pytest.mark.parametrize(
    ("schema", "output", "category"),
    [
        ({"enum": ["a", "b"]}, "c", "enum"),
        ({"const": 1}, 2, "enum"),
        ({"multipleOf": 5}, 7, "out_of_range"),
        ({"type": "string", "format": "date"}, "tomorrow", "pattern"),
        ({"$schema": "http://json-schema.org/draft-07/schema#", "format": "email"}, "nobody", "pattern"),
        ({"uniqueItems": True}, [1, 1], "other"),
        ({"not": {}}, 1, "other"),
        ({"oneOf": [{"type": "integer"}, {"minimum": 1}]}, 3, "other"),
        ({"anyOf": [{"minimum": 5}, {"maximum": 1}]}, 3, "other"),
        ({"anyOf": [{"type": "string"}, {"type": "array"}]}, 3, "wrong_type"),
    ],
)
def test_other_keywords(schema: dict[str, Any], output: Any, category: str) -> None:
    failure = judged(json.dumps(output), schema).schema_failure
    assert failure is not None
    assert (failure.category, failure.path) == (category, "$")


def test_an_alternative_is_chosen_by_how_far_it_was_followed() -> None:
    schema = {
        "anyOf": [
            {"type": "object", "required": ["url"], "properties": {"kind": {"const": "link"}}},
            {"type": "object", "properties": {"kind": {"const": "list"}, "items": {"items": {"type": "string"}}}},
        ]
    }
    failure = judged({"kind": "list", "items": ["a", 5]}, schema).schema_failure
    assert failure == SchemaFailure("wrong_type", "items[1]", '5 is not of type "string"')


def test_the_violation_named_is_the_first_in_the_document() -> None:
    both = {"matchScore": 500, **without(without(document(), "matchScore"), "headline"), "headline": ""}
    other = {"headline": "", **without(document(), "headline"), "matchScore": 500}
    first, second = judged(both).schema_failure, judged(other).schema_failure
    assert first is not None
    assert second is not None
    assert (first.path, second.path) == ("matchScore", "headline")
    inside = judged(document(radar={"technical": 101})).schema_failure  # five keys are missing, but only at its end
    assert inside is not None
    assert (inside.category, inside.path) == ("out_of_range", "radar.technical")


def test_a_fence_around_an_invalid_document_says_so() -> None:
    failure = judged("```json\n" + json.dumps(document(matchScore=101)) + "\n```").schema_failure
    assert failure is not None
    assert failure.category == "fenced"
    assert "matchScore" in failure.message


def test_messages_are_bounded_and_on_one_line() -> None:
    long = changed_role(bullets=["x\n" * 5_000] * 9)
    for scores in (judged(long), judged("word\n" * 100_000), judged('{"a": "' + "x" * 100_000)):
        assert scores.schema_failure is not None
        assert len(scores.schema_failure.message) <= 200
        assert "\n" not in scores.schema_failure.message


def test_a_failed_case_fails_all_three() -> None:
    failed = record("", attempt(failure=FailureKind.TRUNCATED))
    scores = score([failed], ["schema"])[0]
    assert all(scores.scores[metric].status is ScoreStatus.FAILED for metric in METRICS)
    assert values(scores) == (0.0, 0.0, 0.0)
    assert scores.schema_failure == SchemaFailure("no_output", "$", "failed: truncated")


def test_plain_text_has_no_schema() -> None:
    scores = score([record("Dear all")], ["schema"], of=task(schema=None, fields={}))[0]
    assert {scores.scores[metric].status for metric in METRICS} == {ScoreStatus.NOT_APPLICABLE}
    assert scores.schema_failure is None


def test_nothing_is_fetched_and_a_bad_schema_is_bad_input() -> None:
    for schema in ({"$ref": "http://127.0.0.1:9/schema"}, {"type": "strin"}):
        with pytest.raises(InputError, match="small@1"):
            judged({}, schema)


def test_bundled_gold_keeps_the_bundled_schema() -> None:
    for pair in bundled_pairs():
        scores = judged(document(**pair.gold["pro_output"]))
        assert scores.schema_failure is None, pair.id
