"""A suite's `judges:` with mistakes in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from shortlist.errors import InputError
from shortlist.suite.load import load_suite
from shortlist.suite.signature import gate_hash
from support.suites import SUITE, problems_of, write_suite

GRADER = {"by": {"kind": "fake"}, "rubric": "By this."}
BOTH = [{"metric": "schema.pass", "at_least": 0.9}, {"metric": "judge.x", "at_least": 0.5}]


def with_judge(folder: Path, settings: Mapping[str, Any], **sections: Any) -> Path:
    suite = yaml.safe_load(SUITE)
    for key, value in sections.items():
        suite[key] = {**suite[key], **value} if isinstance(value, dict) else value
    return write_suite(folder, yaml.safe_dump({**suite, "judges": {"x": dict(settings)}}, sort_keys=False))


def said(folder: Path, settings: Mapping[str, Any], **sections: Any) -> list[str]:
    return [problem.partition(": ")[2] for problem in problems_of(with_judge(folder, settings, **sections))]


MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "unknown key": (
        {"rubrik": "x"},
        "judges.x.rubrik: unknown key 'rubrik'; allowed: by, rubric, rubric_file, show, against, grades, samples, "
        "sampling, labels; did you mean 'rubric'?",
    ),
    "no rubric": (
        {"rubric": None},
        "judges.x: say what it judges by: exactly one of rubric and rubric_file; got neither",
    ),
    "two rubrics": (
        {"rubric_file": "x.md"},
        "judges.x: say what it judges by: exactly one of rubric and rubric_file; got both",
    ),
    "an empty rubric": (
        {"rubric": " "},
        "judges.x.rubric: is empty: say what a good output is, and what each grade means",
    ),
    "no kind": ({"by": {}}, "judges.x.by.kind: missing key 'kind', e.g. kind: openai_compatible"),
    "a key of the model": (
        {"by": {"kind": "fake", "modle": "m"}},
        "judges.x.by.modle: unknown key 'modle'",
    ),
    "a secret": (
        {"by": {"kind": "fake", "api_key": "sk-1"}},
        "judges.x.by.api_key: 'api_key' would put a secret into a file",
    ),
    "a chain": (
        {"by": {"kind": "chain", "steps": ["new", "old"]}},
        "judges.x.by.kind: a provider of kind 'chain' cannot judge: its answers would come from several models",
    ),
    "the rules": (
        {"by": {"kind": "rules"}},
        "judges.x.by.kind: a provider of kind 'rules' cannot judge: it reads no rubric",
    ),
    "optional": (
        {"by": {"kind": "fake", "optional": True}},
        "judges.x.by.optional: a judge cannot be left out; remove optional",
    ),
    "no such field": ({"show": "sumary"}, "judges.x.show: "),
    "no such opponent": (
        {"against": "odl"},
        "judges.x.against: no provider of this suite is called 'odl'; allowed: new, old; did you mean 'old'?",
    ),
    "a scale for two": (
        {"against": "old", "grades": {"lowest": 1}},
        "judges.x.grades: goes without against: of two outputs it says which is better, or a tie",
    ),
    "a scale upside down": (
        {"grades": {"lowest": 5, "highest": 1}},
        "judges.x.grades: lowest (5) must lie below highest (1)",
    ),
    "no samples": ({"samples": 0}, "judges.x.samples: must be greater than or equal to 1; got 0"),
    "no labels": ({"labels": "none.jsonl"}, "judges.x.labels: "),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, mistake: str) -> None:
    settings, expected = MISTAKES[mistake]
    merged = {key: value for key, value in {**GRADER, **settings}.items() if value is not None}
    problems = said(tmp_path, merged)
    assert len(problems) == 1, problems
    assert problems[0].startswith(expected)


LABELS: dict[str, tuple[dict[str, Any], str, str]] = {
    "no JSON": ({}, "{", "not JSON"),
    "no object": ({}, "[1]", "a labelled example is an object"),
    "unknown key": ({}, '{"pair": "a", "output": "x", "grade": 1, "why": "?"}', "why: unknown key 'why'"),
    "no grade": ({}, '{"pair": "a", "output": "x"}', "grade: missing key 'grade'"),
    "a grade off the scale": (
        {},
        '{"pair": "a", "output": "x", "grade": 9}',
        "grade: must be a whole number from 1 to 5",
    ),
    "no such pair": ({}, '{"pair": "z", "output": "x", "grade": 1}', "pair: the data set has no pair 'z'"),
    "an empty output": ({}, '{"pair": "a", "output": "", "grade": 1}', "output: must not be empty"),
    "one where two are compared": ({"against": "old"}, '{"pair": "a", "outputs": ["x"], "better": 0}', "outputs: "),
    "the better of three": (
        {"against": "old"},
        '{"pair": "a", "outputs": ["x", "y"], "better": 2}',
        "better: must be one of",
    ),
    "a grade where two are compared": (
        {"against": "old"},
        '{"pair": "a", "output": "x", "grade": 1}',
        "output: unknown key",
    ),
}


@pytest.mark.parametrize("mistake", LABELS)
def test_a_mistake_in_a_label_is_named_with_its_line(tmp_path: Path, mistake: str) -> None:
    more, line, expected = LABELS[mistake]
    fine = {"pair": "a", "outputs": ["x", "y"], "better": "tie"} if more else {"pair": "a", "output": "x", "grade": 1}
    (tmp_path / "labels.jsonl").write_text(f"{json.dumps(fine)}\n\n{line}\n")
    problems = problems_of(with_judge(tmp_path, {**GRADER, **more, "labels": "labels.jsonl"}))
    assert any(expected in problem and "labels.jsonl:3: " in problem for problem in problems), problems


def test_an_empty_file_of_labels(tmp_path: Path) -> None:
    (tmp_path / "labels.jsonl").write_text("\n")
    [problem] = said(tmp_path, {**GRADER, "labels": "labels.jsonl"})
    assert problem.startswith("judges.x.labels: ")
    assert "labels.jsonl: holds no labelled example" in problem


def test_a_gate_does_not_rest_on_judges_alone(tmp_path: Path) -> None:
    rules = [{"metric": "judge.x", "at_least": 0.5}]
    [problem] = said(tmp_path, GRADER, gate={"rules": rules})
    assert "the gate rests on judges' grades alone, and a judge is a model too" in problem
    load_suite(with_judge(tmp_path, GRADER, gate={"rules": rules, "judges_alone": True}), {})


def test_rules_name_judges_of_the_suite(tmp_path: Path) -> None:
    rules = [*BOTH, {"metric": "judge.y", "at_least": 0.5}]
    [problem] = said(tmp_path, GRADER, gate={"rules": rules})
    assert problem.startswith(
        "gate.rules[2].metric: unknown metric 'judge.y'; allowed: judge.x; did you mean 'judge.x'?"
    )


def test_a_rule_does_not_compare_what_the_judge_has_compared(tmp_path: Path) -> None:
    rules = [BOTH[0], {"metric": "judge.x", "no_worse_by": 0.05}]
    load_suite(with_judge(tmp_path, GRADER, gate={"rules": rules}), {})
    [problem] = said(tmp_path, {**GRADER, "against": "old"}, gate={"rules": rules})
    assert "judge.x is the share of wins against old already: say at_least, where 0.5 is as good as old" in problem
    [problem] = said(tmp_path, {**GRADER, "against": "new"}, gate={"rules": BOTH})
    assert "which is the candidate itself" in problem


def test_looks_do_not_wait_for_a_vendors_batches(tmp_path: Path) -> None:
    slow = {**GRADER, "by": {"kind": "claude", "model": "claude-sonnet-4-6", "mode": "batch"}}
    load_suite(with_judge(tmp_path, slow, gate={"rules": BOTH}), {}, only=())
    with pytest.raises(InputError, match="judge 'x' answers by batches"):
        load_suite(with_judge(tmp_path, slow, gate={"rules": BOTH, "early_stop": True}), {}, only=())
    load_suite(with_judge(tmp_path, slow, gate={"rules": BOTH[:1], "early_stop": True}), {}, only=())


def test_what_a_judge_judges_by_is_part_of_the_gate(tmp_path: Path) -> None:
    def hashed(**changes: Any) -> str | None:
        gate = changes.pop("gate", {"rules": BOTH})
        return gate_hash(load_suite(with_judge(tmp_path, {**GRADER, **changes}, gate=gate), {}).gate)

    (tmp_path / "labels.jsonl").write_text('{"pair": "a", "output": "x", "grade": 1}\n')
    assert hashed() == hashed(labels="labels.jsonl") == hashed(by={"kind": "fake", "concurrency": 2})
    others: list[dict[str, Any]] = [
        {"rubric": "By that."},
        {"samples": 5},
        {"show": "summary"},
        {"by": {"kind": "fake", "model": "m"}},
    ]
    assert len({hashed(), *(hashed(**other) for other in others)}) == 5
    no_rule = {"rules": BOTH[:1]}
    assert hashed(gate=no_rule) == hashed(gate=no_rule, rubric="By that.")


def test_how_often_a_judge_is_asked(tmp_path: Path) -> None:
    (tmp_path / "labels.jsonl").write_text('{"pair": "a", "outputs": ["x", "y"], "better": 0}\n')
    alone = load_suite(with_judge(tmp_path, GRADER), {}).judges["x"]
    assert alone.requests({"new": 3, "old": 3}) == 3 * 6
    against = load_suite(with_judge(tmp_path, {**GRADER, "against": "old", "labels": "labels.jsonl"}), {}).judges["x"]
    assert against.requests({"new": 3, "old": 3}) == 3 * 2 * (3 + 1)
