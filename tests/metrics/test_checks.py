"""`parity.<check>` and `gold.<check>`: the named checks of a task, and those of the product."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from shortlist.scores import CaseScores, ScoreStatus
from shortlist.tasks.rules import CheckRule
from shortlist_providers.types import FailureKind
from support.cases import attempt, bundled_pairs, pair, pro_output, record, score, task

LETTER = "Dear team,\n\nfirst.\n\nsecond.\n\nYours"
CHECKS = {
    "years_close": CheckRule(field="year", compare="date"),
    "four_parts": CheckRule(field="letter", compare="paragraphs", equals=4),
}
SMALL = task(checks=CHECKS)
TIMEOUT = attempt(failure=FailureKind.TIMEOUT)
GOOD = {"title": "Chef", "year": "2021", "letter": LETTER}


def shown(scores: CaseScores, family: str) -> dict[str, tuple[object, ScoreStatus, str | None]]:
    return {name: (one.value, one.status, one.reason) for name in CHECKS for one in [scores.scores[f"{family}.{name}"]]}


def test_checks_are_metrics_beside_the_score() -> None:
    output = GOOD | {"year": "2020", "letter": "one"}
    [scored] = score([record(output)], ["gold"], of=SMALL, pairs=[pair(gold=GOOD)])
    assert scored.scores["gold.score"].value == 0.5  # of title and year alone
    assert shown(scored, "gold") == {
        "years_close": (0.0, ScoreStatus.OK, None),
        "four_parts": (0.0, ScoreStatus.OK, None),
    }
    assert [(loss.metric, loss.path, loss.why) for loss in scored.losses] == [
        ("gold.year", "year", "2020 ≠ 2021"),
        ("gold.years_close", "year", "2020 ≠ 2021"),
        ("gold.four_parts", "letter", "1 paragraph ≠ 4"),
    ]


def test_a_check_that_gold_does_not_state_is_not_asked_unless_it_is_absolute() -> None:
    [scored] = score([record(GOOD)], ["gold"], of=SMALL, pairs=[pair(gold={"title": "Chef"})])
    assert shown(scored, "gold") == {
        "years_close": (None, ScoreStatus.NOT_APPLICABLE, "gold does not state it"),
        "four_parts": (1.0, ScoreStatus.OK, None),
    }


@pytest.mark.parametrize("family", ["parity", "gold"])
def test_an_absolute_check_needs_no_reference(family: str) -> None:
    absent = score([record(GOOD)], [family], of=SMALL, reference="incumbent")[0]
    assert shown(absent, family)["four_parts"] == (1.0, ScoreStatus.OK, None)
    assert shown(absent, family)["years_close"][1] == ScoreStatus.MISSING
    bad = score([record(GOOD | {"letter": None})], [family], of=SMALL, reference="incumbent")[0]
    assert shown(bad, family)["four_parts"] == (0.0, ScoreStatus.OK, None)
    assert [(loss.metric, loss.why) for loss in bad.losses] == [(f"{family}.four_parts", "null, not a text")]


def test_the_reference_itself_is_held_to_absolute_checks() -> None:
    [scored] = score([record(GOOD, key=("p1", "incumbent", 0))], ["parity"], of=SMALL, reference="incumbent")
    assert shown(scored, "parity") == {
        "years_close": (None, ScoreStatus.NOT_APPLICABLE, "it is the reference"),
        "four_parts": (1.0, ScoreStatus.OK, None),
    }


@pytest.mark.parametrize(
    ("output", "attempts", "reason"),
    [
        ("", [TIMEOUT], "failed: timeout"),
        ("sorry", [], "the output holds no JSON that could be read"),
    ],
)
def test_a_failed_case_fails_every_check_that_is_asked(output: str, attempts: list[Any], reason: str) -> None:
    worst = (0.0, ScoreStatus.FAILED, reason)
    unstated = (None, ScoreStatus.NOT_APPLICABLE, "gold does not state it")
    bad = record(output, *attempts)
    [gold] = score([bad], ["gold"], of=SMALL, pairs=[pair(gold={"title": "Chef"})])
    assert shown(gold, "gold") == {"years_close": unstated, "four_parts": worst}
    [parity, _] = score([bad, record(GOOD, key=("p1", "incumbent", 0))], ["parity"], of=SMALL, reference="incumbent")
    assert shown(parity, "parity") == {"years_close": worst, "four_parts": worst}
    [alone] = score([bad], ["parity"], of=SMALL, reference=None)
    assert shown(alone, "parity")["four_parts"] == worst


def test_checks_without_fields() -> None:
    of = task(fields={}, checks=CHECKS)
    [scored] = score([record(GOOD)], ["gold"], of=of, pairs=[pair(gold=GOOD)])
    assert (scored.scores["gold.score"].status, scored.scores["gold.score"].reason) == (
        ScoreStatus.NOT_APPLICABLE,
        "the task compares no fields",
    )
    assert scored.scores["gold.years_close"].value == 1.0


# The product's six, each in a situation of its own.

ROLES: list[dict[str, Any]] = [
    {"company": "Acme", "title": "Engineer", "startDate": "2019", "endDate": None, "bullets": ["a", "b", "c", "d"]},
    {"company": "Bolt", "title": "Technician", "startDate": "2016", "endDate": "2019", "bullets": ["a", "b"]},
]
REFERENCE: dict[str, Any] = {
    "bulletsByRole": ROLES,
    "keywordChecklist": [
        {"keyword": "Python", "present": True},
        {"keyword": "Excel", "present": True},
        {"keyword": "SAP", "present": False},
        {"keyword": "SQL", "present": True},
    ],
    "coverLetter": "five\n\nparagraphs\n\nin\n\nthe\n\nreference",
    "radar": dict.fromkeys(("technical", "experience", "education", "leadership", "communication", "keywordMatch"), 50),
}
PRODUCT = task(schema=pro_output().schema, fields=pro_output().fields, checks=pro_output().checks)


def role(index: int, **changes: Any) -> dict[str, Any]:
    return ROLES[index] | changes


def keywords(**flags: bool) -> list[dict[str, Any]]:
    return [{"keyword": keyword, "present": flag} for keyword, flag in flags.items()]


SITUATIONS: dict[str, tuple[str, Any, str, float, list[str] | None]] = {
    "a lost role": ("bulletsByRole", ROLES[:1], "roles_match", 2 / 3, ["[Bolt/Technician]: missing from the output"]),
    "an invented role": (
        "bulletsByRole",
        [*ROLES, role(0, company="Zeta", title="Zookeeper")],
        "roles_match",
        4 / 5,
        ["[Zeta/Zookeeper]: not in the reference"],
    ),
    "a title in other words": (
        "bulletsByRole",
        [role(0, title="Senior Engineer"), ROLES[1]],
        "roles_match",
        (1 + (1 + 2 / 3) / 2) / 2,
        ["[Acme/Engineer].title: Senior Engineer ≠ Engineer"],
    ),
    "other dates are no other role": ("bulletsByRole", [role(0, startDate="2001"), ROLES[1]], "roles_match", 1, []),
    "bullets lost in one role": (
        "bulletsByRole",
        [role(0, bullets=["a"]), role(1, bullets=["a", "b", "c"])],
        "bullets_per_role",
        (1 / 4 + 1) / 2,
        ["[Acme/Engineer/2019].bullets: 1 items ≠ at least 4"],
    ),
    "a lost role loses no bullets": ("bulletsByRole", ROLES[:1], "bullets_per_role", 1, []),
    "an invented role has no bullets to keep": (
        "bulletsByRole",
        [*ROLES, role(0, company="Zeta", title="Zookeeper", bullets=[])],
        "bullets_per_role",
        1,
        [],
    ),
    "no role in common": (
        "bulletsByRole",
        [role(0, company="Zeta", title="Zookeeper")],
        "bullets_per_role",
        0,
        [": nothing in common with the reference"],
    ),
    "no roles": ("bulletsByRole", [], "bullets_per_role", 0, [": nothing in common with the reference"]),
    "a keyword left out": (
        "keywordChecklist",
        keywords(Python=True, Excel=True, SAP=False),
        "keywords_complete",
        3 / 4,
        ["[SQL]: missing from the output"],
    ),
    "wrong flags are complete": (
        "keywordChecklist",
        keywords(Python=False, Excel=False, SAP=True, SQL=False, Kafka=True),
        "keywords_complete",
        1,
        [],
    ),
    "a wrong flag among three": (
        "keywordChecklist",
        keywords(Python=True, Excel=False, SQL=True, Kafka=True),
        "keywords_true",
        2 / 3,
        ["[Excel].present: false ≠ true"],
    ),
    "a keyword said both ways": (
        "keywordChecklist",
        [*REFERENCE["keywordChecklist"], {"keyword": "excel", "present": False}],
        "keywords_true",
        4 / 5,
        ["[Excel].present: false ≠ true"],
    ),
    "no keyword in common": (
        "keywordChecklist",
        keywords(Kafka=True),
        "keywords_true",
        0,
        [": nothing in common with the reference"],
    ),
    "as many paragraphs as the reference": (
        "coverLetter",
        REFERENCE["coverLetter"],
        "four_paragraphs",
        0,
        [": 5 paragraphs ≠ 4"],
    ),
    "four paragraphs": ("coverLetter", "\n\na\n \nb\r\n\r\nc\n\n\n\nd\n\n", "four_paragraphs", 1, []),
    "a letter that is no text": ("coverLetter", ["a", "b", "c", "d"], "four_paragraphs", 0, None),
    "radar": (
        "radar",
        REFERENCE["radar"] | {"technical": 60, "education": 39, "leadership": 61},
        "radar_within_10",
        4 / 6,
        [".education: 39 ≠ 50 ± 10", ".leadership: 61 ≠ 50 ± 10"],
    ),
}


@pytest.mark.parametrize(("field", "said", "check", "expected", "whys"), SITUATIONS.values(), ids=SITUATIONS.keys())
def test_a_check_of_the_product(field: str, said: Any, check: str, expected: float, whys: list[str] | None) -> None:
    output = copy.deepcopy(REFERENCE) | {field: said}
    records = [record(output), record(REFERENCE, key=("p1", "incumbent", 0))]
    scored = score(records, ["parity", "gold"], of=PRODUCT, pairs=[pair(gold=REFERENCE)], reference="incumbent")[0]
    for family in ("parity", "gold"):
        assert scored.scores[f"{family}.{check}"].value == pytest.approx(expected)
        found = [f"{loss.path}: {loss.why}" for loss in scored.losses if loss.metric == f"{family}.{check}"]
        if whys is not None:
            assert found == [f"{field}{why}" for why in whys]
        assert bool(found) == (expected < 1)


def test_two_terms_in_one_post_do_not_borrow_each_others_bullets() -> None:
    terms = [role(0, startDate="2015", bullets=["a"] * 6), role(0, startDate="2021", bullets=["a"] * 2)]
    swapped = [role(0, startDate="2015", bullets=["a"] * 2), role(0, startDate="2021", bullets=["a"] * 6)]
    [scored] = score(
        [record({"bulletsByRole": swapped})], ["gold"], of=PRODUCT, pairs=[pair(gold={"bulletsByRole": terms})]
    )
    assert scored.scores["gold.bullets_per_role"].value == pytest.approx((2 / 6 + 1) / 2)
    assert scored.scores["gold.roles_match"].value == 1.0


def test_more_keywords_than_the_reference_cost_nothing() -> None:
    more = REFERENCE | {"keywordChecklist": [*REFERENCE["keywordChecklist"], *keywords(Kafka=True, Rust=False)]}
    [scored] = score([record(more)], ["gold"], of=PRODUCT, pairs=[pair(gold=REFERENCE)])
    checked = ("keywordChecklist", "keywords_complete", "keywords_true")
    assert [scored.scores[f"gold.{name}"].value for name in checked] == [1.0, 1.0, 1.0]
    assert not [loss for loss in scored.losses if "keyword" in loss.metric]


def test_the_bundled_gold_keeps_every_check_that_it_states() -> None:
    for one in bundled_pairs():
        gold = one.gold["pro_output"]
        [scored] = score([record(gold)], ["gold"], of=PRODUCT, pairs=[pair(gold=gold)])
        assert scored.scores["gold.score"].value == 1.0
        stated = [name for name, rule in PRODUCT.checks.items() if rule.field in gold]
        assert stated == ["roles_match", "bullets_per_role", "keywords_complete", "keywords_true"]
        assert {scored.scores[f"gold.{name}"].value for name in stated} == {1.0}
