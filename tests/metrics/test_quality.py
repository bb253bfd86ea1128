from __future__ import annotations

from typing import Any

import pytest

from shortlist.scores import CaseScores, ScoreStatus
from shortlist.tasks.rules import (
    AsManyAsGold,
    DistinctOpenings,
    FlagsTrue,
    Items,
    NamesGold,
    NoPhrases,
    Paragraphs,
    QualityRule,
    Words,
)
from shortlist_datasets import Pair
from shortlist_providers.types import FailureKind
from support.cases import attempt, bundled_pairs, pro_output, record, score, task

RESUME = "Ran CI/CD pipelines.\nPlan labor for 40 people; forklift certified.\nC++ and Python, 3.5 years."


def judged(rule: QualityRule, output: Any, gold: dict[str, Any] | None = None) -> CaseScores:
    of = task(schema={}, fields={}, quality={"rule": rule})
    known = Pair("p1", "cook", RESUME, "", gold or {}, (), None)
    return score([record(output)], ["quality"], of=of, pairs=[known])[0]


def offences(rule: QualityRule, output: Any, gold: dict[str, Any] | None = None) -> list[str]:
    scores = judged(rule, output, gold)
    value = scores.scores["quality.rule"].value
    assert value == float(not scores.losses)
    assert all(loss.metric == "quality.rule" for loss in scores.losses)
    return [f"{loss.path}: {loss.why}" for loss in scores.losses]


PARAGRAPHS = Paragraphs(check="paragraphs", field="letter", equals=2)
WORDS = Words(check="words", field="letter", at_least=2, at_most=3)
PHRASES = NoPhrases(check="no_phrases", phrases=("team player", "results-driven"))
OPENINGS = DistinctOpenings(check="distinct_openings", field="roles[].bullets")
FLAGS = FlagsTrue(check="flags_true", field="list[]", term="keyword", flag="present")


@pytest.mark.parametrize(
    ("letter", "expected"),
    [
        ("One.\n\nTwo.", []),
        ("One.\r\n\r\nTwo.\r\n", []),
        ("One.\n \t\n\n\nTwo\nstill two.\n\n", []),
        ("One.\nStill one.", ["letter: 1 paragraphs, not 2"]),
        ("One.\n\nTwo.\n\nThree.", ["letter: 3 paragraphs, not 2"]),
        ("", ["letter: 0 paragraphs, not 2"]),
        (None, ["letter: null, not a text"]),
        (["One."], ['letter: ["One."], not a text']),
    ],
)
def test_paragraphs(letter: Any, expected: list[str]) -> None:
    assert offences(PARAGRAPHS, {"letter": letter}) == expected


def test_words() -> None:
    assert offences(WORDS, {"letter": "two words"}) == []
    assert offences(WORDS, {"letter": "one"}) == ["letter: 1 words, not 2 to 3"]
    assert offences(WORDS, {"letter": "one two three four"}) == ["letter: 4 words, not 2 to 3"]
    assert offences(WORDS, {}) == ["letter: missing, not a text"]


def test_phrases_are_found_anywhere_as_whole_words() -> None:
    clean = {"a": "steam players", "team player": "a key is no text", "b": ["driven by results"]}
    assert offences(PHRASES, clean) == []
    dirty = {"a": "A Team\nPlayer!", "b": [{"c": "results driven"}]}
    assert offences(PHRASES, dirty) == ["a: says 'team player'", "b[0].c: says 'results-driven'"]


def test_phrases_in_one_field() -> None:
    rule = NoPhrases(check="no_phrases", field="a", phrases=("team player",))
    assert offences(rule, {"a": ["fine"], "b": "team player"}) == []
    assert offences(rule, {"a": ["fine", "team player"]}) == ["a[1]: says 'team player'"]
    assert offences(rule, {"b": "x"}) == ["a: missing"]


def test_distinct_openings() -> None:
    across = {"roles": [{"bullets": ["Led x", "Built y"]}, {"bullets": ["Led z"]}]}
    assert offences(OPENINGS, across) == []
    within = {"roles": [{"bullets": ["Led x", "Built y", "\u2022 led, z"]}]}
    assert offences(OPENINGS, within) == ["roles[0].bullets[2]: begins with 'led', as does item 0"]
    assert offences(OPENINGS, {"roles": []}) == []
    assert offences(OPENINGS, {"roles": [{}]}) == ["roles[0].bullets: missing, not a list"]
    items = DistinctOpenings(check="distinct_openings", field="roles[].bullets[]")
    assert offences(items, within) == offences(OPENINGS, within)


@pytest.mark.parametrize("output", [{}, {"roles": None}, {"roles": "none"}, [], 3])
def test_a_rule_inside_a_list_that_is_not_there_is_not_kept(output: Any) -> None:
    assert offences(OPENINGS, output) == ["roles[].bullets: missing, not a list"]
    letters = Paragraphs(check="paragraphs", field="roles[].letter", equals=2)
    assert offences(letters, output) == ["roles[].letter: missing, not a text"]
    assert offences(letters, {"roles": []}) == offences(OPENINGS, {"roles": []}) == []


@pytest.mark.parametrize(
    ("keyword", "says_true", "says_false"),
    [
        ("CI/CD", True, False),
        ("python", True, False),
        ("C++", True, False),
        ("labor planning", True, True),  # the same two words, in another order and with another ending
        ("forklift certification", True, True),
        ("pipeline", True, True),
        ("C", False, True),
        ("Java", False, True),
        ("people pipelines", False, True),  # both words, but not together
    ],
)
def test_flags(keyword: str, says_true: bool, says_false: bool) -> None:
    for flag, right in ((True, says_true), (False, says_false)):
        found = offences(
            FLAGS, {"list": [{"keyword": "Python", "present": True}, {"keyword": keyword, "present": flag}]}
        )
        assert bool(found) != right, found
        assert all(line.startswith("list[1].present: ") and keyword in line for line in found)


def test_flags_need_their_shape() -> None:
    assert offences(FLAGS, {"list": []}) == []
    assert offences(FLAGS, {}) == ["list: missing, not a list of objects"]
    assert len(offences(FLAGS, {"list": [{"keyword": "x", "present": "no"}, {"present": True}, 5]})) == 3


def test_a_failed_case_keeps_no_rule() -> None:
    of = task(quality={"rule": PARAGRAPHS})
    failed, unread = score(
        [record("", attempt(failure=FailureKind.TIMEOUT)), record("no JSON", key=("p1", "other", 0))],
        ["quality"],
        of=of,
    )
    for scores, reason in ((failed, "failed: timeout"), (unread, "the output holds no JSON that could be read")):
        kept = scores.scores["quality.rule"]
        assert (kept.value, kept.status, kept.reason) == (0.0, ScoreStatus.FAILED, reason)


def test_plain_text_is_judged_as_the_field_text() -> None:
    of = task(schema=None, fields={}, quality={"rule": Paragraphs(check="paragraphs", field="text", equals=2)})
    good, bad = score([record("One.\n\nTwo."), record("{}", key=("p1", "other", 0))], ["quality"], of=of)
    assert good.scores["quality.rule"].value == 1.0
    assert bad.scores["quality.rule"].value == 0.0


# Rules that ask for numbers, or for what gold knows

ITEMS = Items(check="items", field="list", at_least=2, at_most=3)
NAMES = NamesGold(check="names_gold", field="letter", gold="job.company")
AS_MANY = AsManyAsGold(check="as_many_as_gold", field="roles[].bullets[]", gold="small.roles[].bullets[]")


def test_bounds_are_allowed_themselves() -> None:
    assert [offences(ITEMS, {"list": ["x"] * number}) for number in (1, 2, 3, 4)] == [
        ["list: 1 items, not 2 to 3"],
        [],
        [],
        ["list: 4 items, not 2 to 3"],
    ]
    assert [offences(WORDS, {"letter": "x " * number}) == [] for number in (1, 2, 3, 4)] == [False, True, True, False]
    assert offences(ITEMS, {}) == ["list: missing, not a list"]
    assert offences(ITEMS, {"list": "xy"}) == ["list: xy, not a list"]


@pytest.mark.parametrize(
    ("letter", "expected"),
    [
        ("Dear team at Calder Ridge Foods,", []),
        ("I know CALDER RIDGE\nFOODS Inc.", []),
        ("I know Calder Ridge.", ["letter: does not name 'Calder Ridge Foods, Inc.'"]),
        ("I know Boulder Ridge Foods.", ["letter: does not name 'Calder Ridge Foods, Inc.'"]),
        ("", ["letter: does not name 'Calder Ridge Foods, Inc.'"]),
        (None, ["letter: null, not a text"]),
    ],
)
def test_a_letter_names_whom_gold_knows(letter: Any, expected: list[str]) -> None:
    assert offences(NAMES, {"letter": letter}, {"job": {"company": "Calder Ridge Foods, Inc."}}) == expected


def test_as_many_items_as_gold() -> None:
    gold = {"small": {"roles": [{"bullets": ["a", "b"]}, {"bullets": ["c"]}]}}
    enough = {"roles": [{"bullets": ["x", "y", "z"]}]}
    assert offences(AS_MANY, enough, gold) == []
    assert offences(AS_MANY, {"roles": [{"bullets": ["x", "y"]}]}, gold) == [
        "roles[].bullets[]: 2 items, and gold has 3"
    ]
    assert offences(AS_MANY, {"roles": [{"bullets": ["x", "y", "z"]}, {}]}, gold) == ["roles[1].bullets[]: missing"]
    assert offences(AS_MANY, {}, gold) == ["roles[].bullets[]: missing"]


@pytest.mark.parametrize("rule", [NAMES, AS_MANY])
@pytest.mark.parametrize("gold", [{}, {"job": {}, "small": {}}, {"job": {"company": None}, "small": {"roles": []}}])
def test_without_gold_such_a_rule_does_not_apply(rule: QualityRule, gold: dict[str, Any]) -> None:
    scores = judged(rule, {}, gold)
    kept = scores.scores["quality.rule"]
    assert (kept.status, kept.value) == (ScoreStatus.NOT_APPLICABLE, None)
    assert kept.reason is not None
    assert "gold does not state" in kept.reason
    assert scores.losses == ()


def test_openings_are_the_same_verb_in_any_form() -> None:
    def openings(*bullets: str) -> list[str]:
        return offences(OPENINGS, {"roles": [{"bullets": list(bullets)}]})

    assert openings("Managed x", "Built y", "Managing z") == [
        "roles[0].bullets[2]: begins with 'managing', as does item 0"
    ]
    assert openings("Planned x", "Plans y") == ["roles[0].bullets[1]: begins with 'plans', as does item 0"]
    assert openings("\u00c9tabli x", "E\u0301tabli y") == ["roles[0].bullets[1]: begins with 'etabli', as does item 0"]
    assert openings("Led x", "Lent y", "Used z", "Using a", "", "\u2022") == []


def test_phrases_are_found_without_their_accents() -> None:
    rule = NoPhrases(check="no_phrases", phrases=("vasta experi\u00eancia",))
    assert offences(rule, {"a": "com VASTA EXPERIENCIA em"}) == ["a: says 'vasta experi\u00eancia'"]


def test_gold_decides_the_flags_that_it_knows() -> None:
    gold = {"small": {"list": [{"keyword": "air freight", "present": True}, {"keyword": "Python", "present": False}]}}
    assert offences(FLAGS, {"list": [{"keyword": "Air Freight", "present": True}]}, gold) == []
    assert offences(FLAGS, {"list": [{"keyword": "Python", "present": False}]}, gold) == []
    assert offences(FLAGS, {"list": [{"keyword": "air freight", "present": False}]}, gold) == [
        "list[0].present: false, but gold knows that the r\u00e9sum\u00e9 shows 'air freight'"
    ]
    assert offences(FLAGS, {"list": [{"keyword": "air freight", "present": True}]}) == [
        "list[0].present: true, but the r\u00e9sum\u00e9 does not say 'air freight'"
    ]


def test_the_flags_of_the_bundled_pairs_are_right_and_turned_over_they_are_wrong() -> None:
    rule = pro_output().quality["keyword_flags_true"]
    of = task(schema={}, fields={}, quality={"rule": rule})
    flags = turned = 0
    for pair in bundled_pairs():
        without_gold = Pair("p1", pair.domain, pair.resume_text, pair.job_description_text, {}, (), None)
        checklist = pair.gold["pro_output"]["keywordChecklist"]
        (right,) = score([record({"keywordChecklist": checklist})], ["quality"], of=of, pairs=[without_gold])
        assert right.losses == ()
        flags += len(checklist)
        for item in checklist:
            wrong = {"keywordChecklist": [{**item, "present": not item["present"]}]}
            turned += len(score([record(wrong)], ["quality"], of=of, pairs=[without_gold])[0].losses)
    assert flags == 149
    assert turned >= 140  # the others say it in other words, so that either flag is right without gold


def test_the_bundled_gold_keeps_the_rules_that_ask_for_gold() -> None:
    of = task(fields={}, quality={name: pro_output().quality[name] for name in ("no_bullets_lost", "checklist_size")})
    for pair in bundled_pairs():
        same = Pair("p1", "", pair.resume_text, "", dict(pair.gold), (), None)
        output = pair.gold["pro_output"]
        (kept,) = score([record(output)], ["quality"], of=of, pairs=[same])
        assert kept.losses == ()
        lost = {**output, "bulletsByRole": output["bulletsByRole"][1:]}
        (fewer,) = score([record(lost)], ["quality"], of=of, pairs=[same])
        assert fewer.scores["quality.no_bullets_lost"].value == 0.0
