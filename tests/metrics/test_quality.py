from __future__ import annotations

from typing import Any

import pytest

from shortlist.scores import CaseScores, ScoreStatus
from shortlist.tasks.rules import DistinctOpenings, FlagsTrue, NoPhrases, Paragraphs, QualityRule, Words
from shortlist_providers.types import FailureKind
from support.cases import attempt, pair, record, score, task

RESUME = "Ran CI/CD pipelines.\nPlan labor for 40 people; forklift certified.\nC++ and Python, 3.5 years."


def judged(rule: QualityRule, output: Any) -> CaseScores:
    of = task(schema={}, fields={}, quality={"rule": rule})
    return score([record(output)], ["quality"], of=of, pairs=[pair(resume=RESUME)])[0]


def offences(rule: QualityRule, output: Any) -> list[str]:
    scores = judged(rule, output)
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
