"""The large bundled set: every fact of its gold is looked up in the texts it is a fact about, and its card is true."""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from shortlist import bundled
from shortlist.metrics.text import words
from shortlist_datasets import Pair, bundled_root, load_dataset
from shortlist_datasets.derived import derived_gold
from shortlist_datasets.gold_check import gold_faults
from shortlist_datasets.wording import normal_form

DATASET = load_dataset("resume_jd@2", Path.cwd())
HELDOUT = DATASET.select("heldout")
STRESS = DATASET.select("stress")
CARD = (bundled_root() / "resume_jd@2" / "card.md").read_text(encoding="utf-8")
SCHEMAS = {
    file.parent.name.partition("@")[0]: json.loads(file.read_text(encoding="utf-8"))
    for file in bundled.tasks_root().glob("*/schema.json")
}
LANGUAGES = ("de", "en", "es", "fr", "pt")

every_pair = pytest.mark.parametrize("pair", DATASET.pairs, ids=lambda pair: pair.id)
every_held_out = pytest.mark.parametrize("pair", HELDOUT, ids=lambda pair: pair.id)


def as_part(schema: Any) -> Any:
    """The schema of a part of an output: nothing is required."""
    if isinstance(schema, dict):
        return {key: as_part(value) for key, value in schema.items() if key not in ("required", "minItems")}
    return [as_part(item) for item in schema] if isinstance(schema, list) else schema


VALIDATORS = {name: jsonschema_rs.validator_for(as_part(schema)) for name, schema in SCHEMAS.items()}


def package(pair: Pair) -> dict[str, Any]:
    gold: dict[str, Any] = pair.gold.get("pro_output", {})
    return gold


def languages(pair: Pair) -> list[str]:
    return [tag.removeprefix("lang-") for tag in pair.tags if tag.startswith("lang-")]


def test_sixty_pairs_and_more_of_twenty_professions_and_more() -> None:
    assert len(HELDOUT) >= 60
    assert len({pair.domain for pair in HELDOUT}) >= 20
    assert len({pair.id for pair in DATASET.pairs}) == len(DATASET.pairs)
    assert {pair.split for pair in DATASET.pairs} == {"heldout", "stress"}
    by_language = Counter(language for pair in HELDOUT for language in languages(pair))
    assert set(by_language) == set(LANGUAGES)
    assert min(by_language.values()) >= 4


def test_the_first_version_s_pairs_are_among_them_unchanged() -> None:
    here = {pair.id: pair for pair in HELDOUT}
    for pair in load_dataset("resume_jd@1", Path.cwd()).pairs:
        same = here[pair.id]
        assert (same.resume_text, same.job_description_text) == (pair.resume_text, pair.job_description_text)
        assert same.gold["pro_output"] == pair.gold["pro_output"]


@every_pair
def test_each_fact_of_the_gold_stands_in_the_texts_or_says_why_not(pair: Pair) -> None:
    assert gold_faults(pair) == []


@every_pair
def test_the_gold_is_a_part_of_valid_outputs(pair: Pair) -> None:
    for task, gold in pair.gold.items():
        if task in VALIDATORS:
            VALIDATORS[task].validate(gold)
    assert set(pair.gold) <= {*SCHEMAS, "cover_letter"}


@every_held_out
def test_every_task_has_gold_for_every_held_out_pair(pair: Pair) -> None:
    # An agency's post may name no employer; the position is always named.
    assert set(pair.gold) == {*SCHEMAS, "cover_letter"}
    assert set(package(pair)) == {"bulletsByRole", "education", "skills", "keywordChecklist"}


@every_pair
def test_gold_that_follows_from_other_gold_does(pair: Pair) -> None:
    follows, why = derived_gold(pair.gold)
    assert {task: pair.gold.get(task) for task in follows} == follows
    assert {task: pair.inferred.get(task) for task in why} == why


@every_held_out
def test_the_checklist_asks_what_the_job_description_asks(pair: Pair) -> None:
    checklist = package(pair)["keywordChecklist"]
    asked = normal_form(pair.job_description_text)
    assert 8 <= len(checklist) <= 14
    assert len({words(item["keyword"]) for item in checklist}) == len(checklist)
    assert {item["present"] for item in checklist} == {True, False}
    assert [item["keyword"] for item in checklist if normal_form(item["keyword"]) not in asked] == []


@every_pair
def test_every_address_is_reserved_for_fiction(pair: Pair) -> None:
    text = pair.resume_text + pair.job_description_text
    for host in re.findall(r"[\w.+-]+@([\w.-]+\w)", text):
        assert re.fullmatch(r"(?:[\w-]+\.)*example\.(?:com|org|net)", host), host


def test_no_two_pairs_share_an_employer_or_a_bullet() -> None:
    for key in ("bullets", "company"):
        owners: dict[tuple[str, ...], set[str]] = {}
        for pair in DATASET.pairs:
            for role in package(pair).get("bulletsByRole", ()):
                for value in role[key] if key == "bullets" else [role[key]]:
                    owners.setdefault(words(value), set()).add(pair.id)
        assert {value: ids for value, ids in owners.items() if len(ids) > 1} == {}


def test_no_template_stands_behind_them() -> None:
    """Two texts of a template would share runs of words; these share none of ten, but for what is said everywhere."""
    runs = {
        pair.id: {run for text in (pair.resume_text, pair.job_description_text) for run in _runs(text)}
        for pair in HELDOUT
    }
    shared = {(a, b): len(runs[a] & runs[b]) for a, b in combinations(runs, 2)}
    assert {pair: count for pair, count in shared.items() if count > 3} == {}


def _runs(text: str, length: int = 10) -> set[tuple[str, ...]]:
    said = words(text)
    return {said[at : at + length] for at in range(len(said) - length + 1)}


def test_the_mess_that_was_promised_is_there() -> None:
    tags = Counter(tag for pair in HELDOUT for tag in pair.tags)
    at_least = {
        "two-column": 3,
        "ocr-noise": 3,
        "ligatures": 2,
        "no-education": 2,
        "career-changer": 3,
        "gap": 6,
        "overlap": 3,
        "promotion": 5,
        "many-roles": 2,
        "three-pages": 3,
        "four-pages": 2,
        "one-page": 5,
        "non-english-name": 8,
        "localised-dates": 5,
        "prose-only": 1,
        "no-headings": 1,
        "poor-match": 6,
        "strong-match": 6,
    }
    assert {tag: tags[tag] for tag, number in at_least.items() if tags[tag] < number} == {}
    roles = [len(package(pair)["bulletsByRole"]) for pair in HELDOUT]
    assert min(roles) <= 2
    assert max(roles) >= 15
    lengths = [len(pair.resume_text.split()) for pair in HELDOUT]
    assert min(lengths) < 250
    assert max(lengths) > 1200


def test_tags_say_what_the_texts_show() -> None:
    for pair in HELDOUT:
        roles = len(package(pair)["bulletsByRole"])
        assert ("many-roles" in pair.tags) == (roles >= 12), pair.id
        assert ("no-education" in pair.tags) == (not package(pair)["education"]), pair.id
        assert ("ligatures" in pair.tags) == any(char in pair.resume_text for char in "ﬀﬁﬂﬃﬄ"), pair.id
        assert len(languages(pair)) == 1


def test_stress_has_every_kind_of_trouble() -> None:
    planted = [pair for pair in STRESS if pair.injection is not None]
    assert sum(pair.id.startswith("inject-resume") for pair in planted) >= 8
    assert sum(pair.id.startswith("inject-job") for pair in planted) >= 5
    assert sum(bool(pair.injection and pair.injection.at_most) for pair in planted) >= 4
    tags = Counter(tag for pair in STRESS for tag in pair.tags)
    assert {"empty-resume", "empty-job"} <= set(tags)
    assert sum(len(pair.resume_text.split()) > 10_000 for pair in STRESS) >= 1
    assert sum(len(pair.job_description_text.split()) > 8_000 for pair in STRESS) >= 1
    assert any("</" in pair.resume_text + pair.job_description_text for pair in STRESS)


@pytest.mark.parametrize("pair", [pair for pair in STRESS if pair.injection], ids=lambda pair: pair.id)
def test_a_canary_is_asked_for_by_the_text_and_no_part_of_the_truth(pair: Pair) -> None:
    assert pair.injection is not None
    gold = json.dumps(pair.gold, ensure_ascii=False)
    for canary in pair.injection.canaries:
        assert len(words(canary)) >= 1
        assert canary.casefold() not in gold.casefold()
    numbers = [bound for bound in pair.injection.at_most.values() if not 0 < bound < 100]
    assert numbers == []
    for place in pair.injection.at_most:
        task, _, field = place.partition(".")
        assert field.split(".")[0] in SCHEMAS[task]["properties"], place


def test_the_card_describes_these_pairs() -> None:
    assert DATASET.content_hash in CARD  # a changed pair is a new version, with a card of its own
    roles = [role for pair in HELDOUT for role in package(pair)["bulletsByRole"]]
    checklist = [item for pair in HELDOUT for item in package(pair)["keywordChecklist"]]
    present = sum(item["present"] for item in checklist)
    bullets = sum(len(role["bullets"]) for role in roles)
    assert f"{len(HELDOUT)} held-out pairs" in CARD
    assert f"{len(STRESS)} stress pairs" in CARD
    assert f"{len({pair.domain for pair in HELDOUT})} professions" in CARD
    assert f"{len(roles)} roles with {bullets:,} bullets" in CARD
    assert f"{len(checklist)} keywords, {present} of them present" in CARD
    for language in LANGUAGES:
        assert f"| {language} | {sum(languages(pair) == [language] for pair in HELDOUT)} |" in CARD
    for pair in DATASET.pairs:
        assert f"| `{pair.id}` |" in CARD
        assert [tag for tag in pair.tags if not tag.startswith("lang-") and f"`{tag}`" not in CARD] == []
