"""Labelled examples: how far a judge agrees with people. Kappas are those of scikit-learn 1.7 and statsmodels 0.14."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support.commands import write_suite
from support.judge_server import JudgeServer, Shown, answering, better, grade, judge, judge_in, run

PEOPLE = [5, 4, 4, 3, 1, 2, 5, 1, 3, 2]
JUDGE = [5, 4, 3, 3, 2, 2, 5, 1, 4, 1]
PEOPLE_COMPARE = ["A", "A", "B", "B", "tie", "A", "B", "tie"]
JUDGE_COMPARES = ["A", "B", "B", "B", "tie", "A", "A", "A"]


def write_labels(folder: Path, lines: list[dict[str, Any]]) -> str:
    (folder / "labels.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return "labels.jsonl"


def graded(folder: Path, people: list[int]) -> str:
    return write_labels(
        folder,
        [{"pair": "pair-000", "output": {"answer": f"text {at}"}, "grade": says} for at, says in enumerate(people)],
    )


def suite_with(folder: Path, server: JudgeServer, **more: Any) -> Path:
    contestants = {"new": answering(["text 0"]), "old": answering(["text 1"])}
    return write_suite(folder, contestants, 1, judges={"letter": judge(server, **more)})


def test_kappa_of_grades_is_weighted_by_how_far_they_lie_apart(tmp_path: Path) -> None:
    with JudgeServer(lambda shown: grade(JUDGE[int(shown.answer.split()[1])])) as server:
        assert run(suite_with(tmp_path, server, labels=graded(tmp_path, PEOPLE))).code == 0
        assert len(server.log) == 10  # what new and old wrote stands among the examples, and is not asked about twice
    facts = judge_in(tmp_path / "run")
    assert facts["kappa"] == pytest.approx(0.9)
    assert facts["kappa_low"] <= 0.8005426902470907 + 1e-9
    assert facts["kappa_high"] >= 0.9994573097529094 - 1e-9
    assert (facts["labels"], facts["labels_agreed"], facts["judgements"]) == (10, 6, 10)
    assert facts["why_no_kappa"] is None


def test_kappa_of_comparisons_counts_every_disagreement_alike(tmp_path: Path) -> None:
    says = {"A": 0, "B": 1, "tie": "tie"}
    lines = [
        {"pair": "pair-000", "outputs": [f"first {at}", f"second {at}"], "better": says[word]}
        for at, word in enumerate(PEOPLE_COMPARE)
    ]

    def act(shown: Shown) -> dict[str, Any]:
        kind, _, at = shown.texts["output A"].partition(" ")
        if kind not in ("first", "second"):
            return better("tie")
        word = JUDGE_COMPARES[int(at)]
        return better(word if kind == "first" or word == "tie" else "B" if word == "A" else "A")

    with JudgeServer(act) as server:
        suite = suite_with(tmp_path, server, against="old", labels=write_labels(tmp_path, lines))
        assert run(suite).code == 0
        assert len(server.log) == 2 * (8 + 1)
    facts = judge_in(tmp_path / "run")
    assert facts["kappa"] == pytest.approx(0.41463414634146345)
    assert facts["kappa_low"] <= -0.11547246669052852 + 1e-9
    assert facts["kappa_high"] >= 0.9447407593734554 - 1e-9
    assert (facts["labels"], facts["labels_agreed"]) == (8, 5)


def test_several_samples_of_an_example_count_as_their_median(tmp_path: Path) -> None:
    with JudgeServer(lambda shown: grade((1, 4, 5)[shown.body["seed"]])) as server:
        assert run(suite_with(tmp_path, server, samples=3, labels=graded(tmp_path, [4, 4, 1]))).code == 0
    facts = judge_in(tmp_path / "run")
    assert (facts["labels"], facts["labels_agreed"]) == (3, 2)


@pytest.mark.parametrize(
    ("people", "gives", "why"),
    [
        (None, 5, "no labelled examples: name a file of them with labels:"),
        ([4], 5, "one labelled example is too few"),
        ([5, 5, 5], 5, "all 3 labelled examples have one and the same grade, so agreement cannot be told from chance"),
        ([5, 4, 3], 9, "no labelled example was graded"),
    ],
)
def test_why_there_is_no_kappa(tmp_path: Path, people: list[int] | None, gives: int, why: str) -> None:
    labels = {} if people is None else {"labels": graded(tmp_path, people)}
    with JudgeServer(lambda shown: grade(gives)) as server:
        assert run(suite_with(tmp_path, server, **labels)).code == 0
    facts = judge_in(tmp_path / "run")
    assert (facts["kappa"], facts["why_no_kappa"]) == (None, why)
