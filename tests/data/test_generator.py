"""Generated pairs: as many as wanted, the same every time, and true by construction."""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shortlist import bundled
from shortlist_datasets import Pair, load_dataset
from shortlist_datasets.generator import generate_pairs
from shortlist_datasets.generator.professions import tables
from shortlist_datasets.gold_check import gold_faults
from shortlist_datasets.pair_file import pair_json, read_pair
from support.commands import shortlist

SCHEMAS = {
    file.parent.name.partition("@")[0]: json.loads(file.read_text(encoding="utf-8"))
    for file in bundled.tasks_root().glob("*/schema.json")
}


def as_part(schema: Any) -> Any:
    """The schema of a part of an output: nothing is required."""
    if isinstance(schema, dict):
        return {key: as_part(value) for key, value in schema.items() if key not in ("required", "minItems")}
    return [as_part(item) for item in schema] if isinstance(schema, list) else schema


@pytest.fixture(scope="module")
def many() -> list[Pair]:
    return list(generate_pairs(600, seed=3))


def test_every_fact_of_the_gold_stands_in_the_texts(many: list[Pair]) -> None:
    assert [fault for pair in many for fault in gold_faults(pair)] == []


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**40))
def test_whatever_the_seed_the_gold_is_true(seed: int) -> None:
    (pair,) = generate_pairs(1, seed)
    assert gold_faults(pair) == []


def test_gold_is_a_part_of_valid_outputs_of_every_task(many: list[Pair]) -> None:
    validators = {name: jsonschema_rs.validator_for(as_part(schema)) for name, schema in SCHEMAS.items()}
    for pair in many:
        assert set(pair.gold) == {*SCHEMAS, "cover_letter"}
        for task, gold in pair.gold.items():
            if task in validators:
                validators[task].validate(gold)


def test_a_seed_makes_the_same_pairs_and_a_larger_count_more_of_the_same(many: list[Pair]) -> None:
    assert list(generate_pairs(40, seed=3)) == many[:40]
    assert list(generate_pairs(5, seed=4)) != many[:5]


def test_no_two_are_alike(many: list[Pair]) -> None:
    assert len({pair.id for pair in many}) == len({pair.resume_text for pair in many}) == 600
    assert len({pair.job_description_text for pair in many}) == 600
    lines = Counter(line for pair in many for line in {*pair.resume_text.splitlines()} if len(line) > 60)
    assert max(lines.values()) <= 6


def test_layouts_and_facts_vary(many: list[Pair]) -> None:
    tags = Counter(tag for pair in many for tag in pair.tags)
    assert len(tags) == 1 + 7 + 6  # generated, dates, headers
    assert min(tags.values()) > 30
    concerns = Counter(item["kind"] for pair in many for item in pair.gold["recruiter_lens"]["concerns"])
    assert set(concerns) == {"missing_requirement", "no_education", "employment_gap", "short_tenures"}
    roles = Counter(len(pair.gold["pro_output"]["bulletsByRole"]) for pair in many)
    assert set(roles) == {1, 2, 3, 4, 5, 6}
    assert len({pair.domain for pair in many}) == len(tables().professions)


def test_jobs_follow_each_other_and_overlap_by_a_month_at_most(many: list[Pair]) -> None:
    for pair in many:
        jobs = pair.gold["pro_output"]["bulletsByRole"]
        assert all(job["endDate"] is None or job["startDate"] <= job["endDate"] for job in jobs)
        assert all(older["endDate"] <= newer["startDate"] for newer, older in pairwise(jobs))


def test_they_are_marked_as_generated_and_belong_to_no_held_out_split(many: list[Pair]) -> None:
    assert {pair.split for pair in many} == {"train"}
    assert all("generated" in pair.tags for pair in many)


def test_no_skill_is_a_part_of_another() -> None:
    for profession in tables().professions:
        others = " ".join((*profession.duties, *profession.outcomes, profession.title)).casefold()
        for skill in profession.skills:
            assert skill.casefold() not in others
            assert [one for one in profession.skills if skill.casefold() in one.casefold()] == [skill]


def test_they_survive_a_file(tmp_path: Path) -> None:
    pairs = list(generate_pairs(30, seed=1))
    file = tmp_path / "made.jsonl"
    file.write_text("".join(pair_json(pair) + "\n" for pair in pairs), encoding="utf-8")
    assert load_dataset(str(file), tmp_path).pairs == tuple(pairs)
    assert read_pair(json.loads(pair_json(pairs[0])), "x") == pairs[0]


def test_the_command_writes_them_once(tmp_path: Path) -> None:
    done = shortlist("dataset", "generate", "--pairs", "25", "--seed", "9", "--out", "made.jsonl", cwd=tmp_path)
    assert (done.code, done.out) == (0, "made.jsonl: 25 pairs of split train, seed 9\n")
    assert load_dataset("made.jsonl", tmp_path).pairs == tuple(generate_pairs(25, 9))
    again = shortlist("dataset", "generate", "--pairs", "1", "--out", "made.jsonl", cwd=tmp_path)
    assert again.code == 2
    assert "never overwritten" in again.err
    assert shortlist("dataset", "check", "made.jsonl", cwd=tmp_path).code == 0
    assert shortlist("dataset", "generate", "--pairs", "0", "--out", "x", cwd=tmp_path).code == 2
    gone = shortlist("dataset", "generate", "--pairs", "1", "--out", "gone/x.jsonl", cwd=tmp_path)
    assert gone.code == 2
    assert "cannot be written" in gone.err
