"""From gold, one seeded corruption at a time: exactly the fields that should fall, fall."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from typing import Any

import pytest

from shortlist.metrics.fields import compare_records
from support.cases import bundled_pairs, pro_output

Document = dict[str, Any]
Corruption = Callable[[Document, random.Random], None]

RADAR = ("technical", "experience", "education", "leadership", "communication", "keywordMatch")


def drop_role(document: Document, rng: random.Random) -> None:
    document["bulletsByRole"].pop(rng.randrange(len(document["bulletsByRole"])))


def invent_role(document: Document, rng: random.Random) -> None:
    role = {"company": "Quixotic", "title": "Zookeeper", "startDate": "1999", "endDate": "2000", "bullets": ["x"]}
    document["bulletsByRole"].insert(rng.randrange(len(document["bulletsByRole"]) + 1), role)


def move_date(document: Document, rng: random.Random) -> None:
    rng.choice(document["bulletsByRole"])["startDate"] = "1871-02"


def end_the_present(document: Document, rng: random.Random) -> None:
    role = rng.choice(document["bulletsByRole"])
    role["endDate"] = "2035" if role["endDate"] is None else None


def rename_title(document: Document, rng: random.Random) -> None:
    rng.choice(document["bulletsByRole"])["title"] += " Emeritus"


def lose_bullet(document: Document, rng: random.Random) -> None:
    rng.choice([role for role in document["bulletsByRole"] if role["bullets"]])["bullets"].pop()


def lose_degree(document: Document, rng: random.Random) -> None:
    rng.choice(document["education"])["degree"] = "Zoology"


def flip_keyword(document: Document, rng: random.Random) -> None:
    keyword = rng.choice(document["keywordChecklist"])
    keyword["present"] = not keyword["present"]


def drop_keyword(document: Document, rng: random.Random) -> None:
    document["keywordChecklist"].pop(rng.randrange(len(document["keywordChecklist"])))


def invent_skill(document: Document, rng: random.Random) -> None:
    rng.choice(document["skills"])["items"].append("underwater basket weaving")


def inflate_score(document: Document, rng: random.Random) -> None:
    document["matchScore"] += 11


def inflate_radar(document: Document, rng: random.Random) -> None:
    document["radar"][rng.choice(RADAR)] += 11


def rewrite_letter(document: Document, rng: random.Random) -> None:
    document["coverLetter"] += " Zounds."


LOWERS: list[tuple[Corruption, str]] = [
    (drop_role, "bulletsByRole"),
    (invent_role, "bulletsByRole"),
    (move_date, "bulletsByRole"),
    (end_the_present, "bulletsByRole"),
    (rename_title, "bulletsByRole"),
    (lose_bullet, "bulletsByRole"),
    (lose_degree, "education"),
    (flip_keyword, "keywordChecklist"),
    (drop_keyword, "keywordChecklist"),
    (invent_skill, "skills"),
    (inflate_score, "matchScore"),
    (inflate_radar, "radar"),
    (rewrite_letter, "coverLetter"),
]


def shuffle_everything(value: Any, rng: random.Random) -> Any:
    """The same document with every list of it, and the keys of every object, in another order."""
    if isinstance(value, list):
        return [shuffle_everything(item, rng) for item in rng.sample(value, len(value))]
    if isinstance(value, dict):
        return {key: shuffle_everything(value[key], rng) for key in rng.sample(list(value), len(value))}
    return value


def whole_documents() -> list[Document]:
    return [
        copy.deepcopy(dict(pair.gold["pro_output"]))
        | {"radar": dict.fromkeys(RADAR, 50), "matchScore": 50, "coverLetter": pair.job_description_text}
        for pair in bundled_pairs()
    ]


def applies(corruption: Corruption, document: Document) -> bool:
    needs = {lose_degree: "education", invent_skill: "skills"}
    return corruption not in needs or bool(document[needs[corruption]])


@pytest.mark.parametrize(("corruption", "field"), LOWERS, ids=[corruption.__name__ for corruption, _ in LOWERS])
def test_exactly_the_field_that_should_fall_falls(corruption: Corruption, field: str) -> None:
    rules = pro_output().fields
    for seed, original in enumerate(whole_documents()):
        if not applies(corruption, original):
            continue
        rng = random.Random(seed)
        corrupted = copy.deepcopy(original)
        corruption(corrupted, rng)
        for output in (corrupted, shuffle_everything(corrupted, rng)):
            compared = compare_records(rules, output, original, stated_only=True)
            fallen = {name for name, score in compared.fields.items() if score < 1.0}
            assert fallen == {field}, (seed, compared.losses)
            assert compared.score is not None
            assert compared.score < 1.0
            assert {loss.field for loss in compared.losses} == {field}


def test_shuffling_changes_nothing() -> None:
    for seed, document in enumerate(whole_documents()):
        compared = compare_records(pro_output().fields, shuffle_everything(document, random.Random(seed)), document)
        assert compared.score == 1.0, compared.losses


def test_more_corruptions_never_score_better() -> None:
    for seed, original in enumerate(whole_documents()):
        rng = random.Random(seed)
        corrupted = copy.deepcopy(original)
        before = 1.0
        for _ in range(min(3, len(original["bulletsByRole"]))):
            drop_role(corrupted, rng)
            score = compare_records(pro_output().fields, corrupted, original).score
            assert score is not None
            assert score < before
            before = score
