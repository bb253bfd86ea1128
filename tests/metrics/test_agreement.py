from __future__ import annotations

import pytest

from shortlist.scores import CaseScores, ScoreStatus
from shortlist_providers.types import FailureKind
from support.cases import attempt, pair, record, score, task

GOOD = {"title": "Head chef", "year": "2021"}
OFF = {"title": "Head chef", "year": "2021-05"}
TIMEOUT = attempt(failure=FailureKind.TIMEOUT)


def shown(scores: CaseScores) -> dict[str, tuple[object, ScoreStatus, str | None]]:
    return {name: (one.value, one.status, one.reason) for name, one in scores.scores.items()}


def every(family: str, *what: object) -> dict[str, tuple[object, ...]]:
    return {f"{family}.{name}": what for name in ("score", "title", "year")}


def test_parity_compares_with_the_reference_of_the_same_pair_and_repeat() -> None:
    scores = score(
        [
            record(OFF, key=("p1", "candidate", 0)),
            record(GOOD, key=("p1", "candidate", 1)),
            record(GOOD, key=("p1", "incumbent", 0)),
            record(GOOD, key=("p1", "incumbent", 1)),
        ],
        ["parity"],
        reference="incumbent",
    )
    assert [scores[0].scores[f"parity.{name}"].value for name in ("score", "title", "year")] == [0.75, 1.0, 0.5]
    assert [(loss.metric, loss.path, loss.why) for loss in scores[0].losses] == [
        ("parity.year", "year", "2021-05 ≠ 2021")
    ]
    assert scores[1].scores["parity.score"].value == 1.0
    assert shown(scores[2]) == every("parity", None, ScoreStatus.NOT_APPLICABLE, "it is the reference")


def test_the_strictest_reading_is_compared() -> None:
    fenced = '```json\n{"title": "Head chef", "year": "2021"}\n```'
    broken = '{"title": "Head chef", "year": "2021",}'
    records = [
        record(text, key=("p1", name, 0)) for name, text in (("fenced", fenced), ("broken", broken), ("no", "none"))
    ]
    scores = score([*records, record(GOOD, key=("p1", "incumbent", 0))], ["parity"], reference="incumbent")
    assert [case.scores["parity.score"].value for case in scores[:2]] == [1.0, 1.0]
    assert shown(scores[2]) == every("parity", 0.0, ScoreStatus.FAILED, "the output holds no JSON that could be read")


def test_a_failed_case_scores_nothing_whatever_the_reference_did() -> None:
    for reference in (
        [record(GOOD, key=("p1", "incumbent", 0))],
        [record("", TIMEOUT, key=("p1", "incumbent", 0))],
        [],
    ):
        failed = score([record("", TIMEOUT), *reference], ["parity"], reference="incumbent")[0]
        assert shown(failed) == every("parity", 0.0, ScoreStatus.FAILED, "failed: timeout")


def test_parity_is_missing_where_the_reference_is() -> None:
    cases = {
        "the reference failed: timeout": [record("", TIMEOUT, key=("p1", "incumbent", 0))],
        "the reference has no generation for this pair and repeat": [record(GOOD, key=("p2", "incumbent", 0))],
        "the reference's output holds no JSON that could be read": [record("prose", key=("p1", "incumbent", 0))],
    }
    for reason, reference in cases.items():
        scores = score([record(GOOD), *reference], ["parity"], reference="incumbent")[0]
        assert shown(scores) == every("parity", None, ScoreStatus.MISSING, reason)
    unnamed = score([record(GOOD)], ["parity"], reference=None)[0]
    assert {one.status for one in unnamed.scores.values()} == {ScoreStatus.MISSING}


@pytest.mark.parametrize("reference", ["[]", "3", "null", '["Head chef"]'])
def test_two_outputs_without_any_field_do_not_agree(reference: str) -> None:
    records = [record("[]", key=("p1", "candidate", 0)), record(reference, key=("p1", "incumbent", 0))]
    scores = score(records, ["parity"], reference="incumbent")[0]
    assert shown(scores) == every("parity", None, ScoreStatus.MISSING, "the reference's output is no object")


def test_an_output_that_cannot_be_read_scores_nothing_whatever_the_reference_did() -> None:
    records = [record("sorry", key=("p1", "candidate", 0)), record("", TIMEOUT, key=("p1", "incumbent", 0))]
    scores = score(records, ["parity"], reference="incumbent")[0]
    assert shown(scores) == every("parity", 0.0, ScoreStatus.FAILED, "the output holds no JSON that could be read")


def test_gold_asks_only_for_what_it_states() -> None:
    scores = score([record({"title": "Cook"})], ["gold"], pairs=[pair(gold={"title": "Cook"})])[0]
    assert shown(scores) == {
        "gold.score": (1.0, ScoreStatus.OK, None),
        "gold.title": (1.0, ScoreStatus.OK, None),
        "gold.year": (None, ScoreStatus.NOT_APPLICABLE, "gold does not state it"),
    }


def test_a_failed_case_fails_what_gold_states() -> None:
    scores = score([record("", TIMEOUT)], ["gold"], pairs=[pair(gold={"title": "Cook"})])[0]
    assert shown(scores) == {
        "gold.score": (0.0, ScoreStatus.FAILED, "failed: timeout"),
        "gold.title": (0.0, ScoreStatus.FAILED, "failed: timeout"),
        "gold.year": (None, ScoreStatus.NOT_APPLICABLE, "gold does not state it"),
    }


def test_null_in_gold_is_a_statement() -> None:
    pairs = [pair(gold={"year": None})]
    said, unsaid = score(
        [record({"title": "x", "year": None}), record({"title": "x"}, key=("p1", "other", 0))], ["gold"], pairs=pairs
    )
    assert (said.scores["gold.year"].value, unsaid.scores["gold.year"].value) == (1.0, 0.0)
    assert unsaid.losses[0].why == "missing ≠ null"


def test_a_pair_without_gold() -> None:
    scores = score([record(GOOD)], ["gold"])[0]
    assert shown(scores) == every("gold", None, ScoreStatus.MISSING, "the pair has no gold for this task")
    empty = score([record(GOOD)], ["gold"], pairs=[pair(gold={})])[0]
    assert {one.status for one in empty.scores.values()} == {ScoreStatus.NOT_APPLICABLE}


def test_parity_with_gold_as_its_reference_covers_every_provider() -> None:
    pairs = [pair(gold=GOOD)]
    records = [record(OFF), record(GOOD, key=("p1", "incumbent", 0))]
    scores = score(records, ["parity", "gold"], pairs=pairs, reference="gold")
    for case in scores:
        for name in ("score", "title", "year"):
            assert case.scores[f"parity.{name}"] == case.scores[f"gold.{name}"]
    assert scores[0].scores["parity.score"].value == 0.75


def test_a_task_that_compares_no_fields() -> None:
    for of in (task(fields={}), task(schema=None, fields={})):
        scores = score([record("{}")], ["gold"], of=of, pairs=[pair(gold={"title": "x"})])[0]
        assert shown(scores) == {"gold.score": (None, ScoreStatus.NOT_APPLICABLE, "the task compares no fields")}
