"""The pair's keys about its own truth: why gold holds, what is planted, and texts that are empty on purpose."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from shortlist_datasets import Dataset, DatasetError, Injection, load_dataset

BASE = {"id": "a", "resume_text": "I weld.", "job_description_text": "We weld."}


def load(folder: Path, **keys: Any) -> Dataset:
    (folder / "set.jsonl").write_text(json.dumps(BASE | keys) + "\n", encoding="utf-8")
    return load_dataset("set.jsonl", folder)


def refusal(folder: Path, **keys: Any) -> str:
    with pytest.raises(DatasetError) as caught:
        load(folder, **keys)
    return str(caught.value)


def test_a_pair_without_the_keys_has_neither(tmp_path: Path) -> None:
    (pair,) = load(tmp_path).pairs
    assert (pair.inferred, pair.injection) == ({}, None)


def test_reasons_and_planted_text_reach_the_pair(tmp_path: Path) -> None:
    why = {"pro_output.skills": "from the bullets"}
    planted = {"canaries": ["PINEAPPLE-42"], "at_most": {"pro_output.matchScore": 60}}
    (pair,) = load(tmp_path, inferred=why, injection=planted).pairs
    assert pair.inferred == why
    assert pair.injection == Injection(("PINEAPPLE-42",), {"pro_output.matchScore": 60.0})
    (other,) = load(tmp_path, injection={"canaries": ["xyz"]}).pairs
    assert other.injection == Injection(("xyz",), {})
    hash(pair)  # pairs stay usable as keys


def test_the_hash_moves_with_them_and_is_the_old_one_without(tmp_path: Path) -> None:
    hashes = [
        load(tmp_path, **keys).content_hash
        for keys in (
            {},
            {"inferred": {"t.a": "why"}},
            {"inferred": {"t.a": "because"}},
            {"injection": {"canaries": ["xyz"]}},
            {"injection": {"canaries": ["xyz"], "at_most": {"t.a": 1}}},
            {"injection": {"canaries": ["xyz"], "at_most": {"t.a": 2}}},
        )
    ]
    assert len(set(hashes)) == len(hashes)
    assert load(tmp_path, inferred={}, injection=None).content_hash == hashes[0]


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"injection": {}}, 'names neither "canaries" nor "at_most", so nothing could be checked'),
        ({"injection": {"canaries": ["xy"]}}, "\"injection.canaries.0\" is 'xy'; at least 3 characters are needed"),
        (
            {"injection": {"canary": ["xyz"]}},
            'unknown key "injection.canary", did you mean "canaries"? (allowed: at_most, canaries)',
        ),
        ({"injection": {"at_most": {"t.a": "high"}}}, '"injection.at_most.t.a" must be a number, got a string'),
        ({"injection": ["xyz"]}, '"injection" must be an object, got an array'),
        ({"inferred": {"t.a": ""}}, "\"inferred.t.a\" is ''; at least 1 characters are needed"),
        ({"inferred": ["t.a"]}, '"inferred" must be an object, got an array'),
        ({"inferred": {"t.a": 3}}, '"inferred.t.a" must be a string, got a number'),
    ],
)
def test_a_faulty_key_is_named(tmp_path: Path, keys: dict[str, Any], message: str) -> None:
    assert message in refusal(tmp_path, **keys)


@pytest.mark.parametrize(("key", "tag"), [("resume_text", "empty-resume"), ("job_description_text", "empty-job")])
def test_a_blank_text_is_meant_only_with_its_tag(tmp_path: Path, key: str, tag: str) -> None:
    (pair,) = load(tmp_path, **{key: " \n", "tags": [tag, "x"]}).pairs
    assert getattr(pair, key) == " \n"
    assert f'"{key}" is empty; if that is meant, tag the pair "{tag}"' in refusal(tmp_path, **{key: ""})
    wrong = "empty-job" if tag == "empty-resume" else "empty-resume"
    assert "empty" in refusal(tmp_path, **{key: "", "tags": [wrong]})
    assert f'the pair is tagged "{tag}", and "{key}" is not empty' in refusal(tmp_path, tags=[tag])
