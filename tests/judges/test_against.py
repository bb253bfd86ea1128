"""A judge that sets each output beside another provider's, in both orders."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from support.commands import shortlist, write_suite
from support.judge_server import JudgeServer, Shown, answering, better, judge, judge_in, run, scores_of

WORTH = {"great": 3, "good": 2, "poor": 1}
ANSWERS = {"new": ["great", "poor", "good", "great"], "old": ["good", "good", "good", "great!"]}
RULES = [{"metric": "schema.pass", "at_least": 0.1}, {"metric": "judge.letter", "at_least": 0.1}]


def worth(shown: Shown, name: str) -> int:
    return WORTH[json.loads(shown.texts[f"output {name}"])["answer"].strip("!")]


def fair(shown: Shown) -> dict[str, Any]:
    a, b = worth(shown, "A"), worth(shown, "B")
    return better("A" if a > b else "B" if b > a else "tie", f"{a} and {b}")


def duel(folder: Path, server: JudgeServer, **more: Any) -> Path:
    contestants = {name: answering(answers) for name, answers in ANSWERS.items()}
    judges = {"letter": judge(server, against="old", rubric="The greater, the better.", **more)}
    return write_suite(folder, contestants, 4, rules=RULES, judges=judges)


def test_wins_ties_and_losses_of_both_orders(tmp_path: Path) -> None:
    with JudgeServer(fair) as server:
        done = run(duel(tmp_path, server, samples=2))
        assert done.code in (0, 1, 3), done.err
        shown = server.shown
    scores = scores_of(tmp_path / "run", "judge.letter")
    assert {case: score["value"] for case, score in scores.items() if case.startswith("new/")} == {
        "new/pair-000": 1.0,
        "new/pair-001": 0.0,
        "new/pair-002": 0.5,  # the same words: a tie, and nobody was asked
        "new/pair-003": 0.5,  # other words of the same worth
    }
    assert {score["status"] for case, score in scores.items() if case.startswith("old/")} == {"not_applicable"}
    assert len(shown) == 3 * 2 * 2
    assert judge_in(tmp_path / "run")["same_when_swapped"] == 1.0
    assert judge_in(tmp_path / "run")["against"] == "old"
    first = [json.loads(one.texts["output A"])["answer"] for one in shown]
    assert (first.count("poor"), first.count("good"), first.count("great!")) == (2, 4, 2)
    lost = shortlist("show", "run", "new/pair-001", cwd=tmp_path).out
    assert "loss judge.letter: $: worse, shown as A against old: 1 and 2" in lost
    assert "loss judge.letter: $: worse, shown as B against old: 2 and 1" in lost


def test_a_judge_that_always_prefers_the_first_says_nothing(tmp_path: Path) -> None:
    with JudgeServer(lambda shown: better("A")) as server:
        assert run(duel(tmp_path, server)).code in (0, 1, 3)
    scores = scores_of(tmp_path / "run", "judge.letter")
    assert {score["value"] for case, score in scores.items() if case.startswith("new/")} == {0.5}
    assert judge_in(tmp_path / "run")["same_when_swapped"] == 0.0


def test_who_wrote_what_is_not_told(tmp_path: Path) -> None:
    with JudgeServer(fair) as server:
        assert run(duel(tmp_path, server)).code in (0, 1, 3)
        for shown in server.shown:
            assert not re.search(r"\b(new|old|fake|candidate|incumbent)\b", f"{shown.system}{shown.user}")
            assert list(shown.texts) == ["résumé", "job description", "output A", "output B"]
            assert list(shown.schema["properties"]) == ["reason", "better"]
            assert shown.schema["properties"]["better"]["enum"] == ["A", "B", "tie"]


def test_whoever_has_no_opponent_has_no_score(tmp_path: Path) -> None:
    with JudgeServer(fair) as server:
        contestants = {
            "new": answering(ANSWERS["new"], faults=[{"on": "pair-001", "kind": "truncated"}]),
            "old": answering(
                ANSWERS["old"],
                faults=[{"on": "pair-000", "kind": "refused"}, {"on": "pair-001", "kind": "refused"}],
            ),
        }
        suite = write_suite(tmp_path, contestants, 4, judges={"letter": judge(server, against="old")})
        assert run(suite).code == 0
        assert len(server.log) == 2
        assert run(suite, "--provider", "new", "--out", "alone").code == 0
        assert len(server.log) == 2
    scores = scores_of(tmp_path / "run", "judge.letter")
    assert scores["new/pair-000"] == {"value": None, "status": "missing", "reason": "old: failed: refused"}
    assert scores["new/pair-001"] == {"value": 0.0, "status": "failed", "reason": "failed: truncated"}
    assert {score["reason"] for score in scores_of(tmp_path / "alone", "judge.letter").values()} == {
        "old has no output for this pair and repeat",
        "failed: truncated",
    }


def test_a_half_failed_comparison_is_no_comparison(tmp_path: Path) -> None:
    """One order alone would be the judge's preference for a place."""

    def first_order_only(shown: Shown) -> Any:
        return fair(shown) if worth(shown, "A") >= worth(shown, "B") else {"reason": "hm", "better": "C"}

    with JudgeServer(first_order_only) as server:
        run(duel(tmp_path, server))
    scores = scores_of(tmp_path / "run", "judge.letter")
    why = "the judge's reply has no 'better' that is A, B or tie"
    assert scores["new/pair-000"] == {"value": None, "status": "missing", "reason": why}
    assert scores["new/pair-003"]["value"] == 0.5
    facts = judge_in(tmp_path / "run")
    assert (facts["judgements"], facts["failed"]) == (6, 2)


@pytest.mark.parametrize("kind", ["custom_http"])
def test_a_judge_of_ones_own_protocol(tmp_path: Path, kind: str) -> None:
    seen: list[Any] = []

    def own(shown: Shown) -> dict[str, Any]:
        seen.append(shown.body["response_model"]["required"])
        return fair(shown)

    with JudgeServer(own) as server:
        by = {"kind": kind, "base_url": server.url}
        contestants = {name: answering(answers) for name, answers in ANSWERS.items()}
        suite = write_suite(tmp_path, contestants, 4, judges={"letter": judge(server, against="old", by=by)})
        assert run(suite).code == 0
    assert scores_of(tmp_path / "run", "judge.letter")["new/pair-000"]["value"] == 1.0
    assert seen == [["reason", "better"]] * 6
