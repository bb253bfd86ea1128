"""The texts for `job_detection`: what their card says of them is true."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import jsonschema_rs

from shortlist import bundled
from shortlist.suite.order import pair_facts
from shortlist_datasets import bundled_root, load_dataset
from shortlist_datasets.gold_check import gold_faults

DATASET = load_dataset("job_texts@1", Path.cwd())
CARD = (bundled_root() / "job_texts@1" / "card.md").read_text(encoding="utf-8")
SCHEMA = json.loads((bundled.tasks_root() / "job_detection@1/schema.json").read_text(encoding="utf-8"))


def test_each_text_is_judged_and_says_what_decides() -> None:
    for pair in DATASET.pairs:
        gold = pair.gold["job_detection"]
        jsonschema_rs.validator_for(SCHEMA).validate({**gold, "confidence": 1})
        assert gold["isValid"] == (gold["reason"] is None)
        assert gold["isJobPost"] or not gold["isValid"]
        assert len(pair.inferred["job_detection"]) > 20
        assert gold_faults(pair) == []


def test_every_reason_and_every_language_occurs() -> None:
    reasons = Counter(pair.gold["job_detection"]["reason"] for pair in DATASET.pairs)
    assert set(reasons) == set(SCHEMA["properties"]["reason"]["enum"])
    assert min(reasons.values()) >= 2
    languages = {tag for pair in DATASET.pairs for tag in pair.tags if tag.startswith("lang-")}
    assert languages == {"lang-de", "lang-en", "lang-es", "lang-fr", "lang-pt"}


def test_the_card_describes_these_texts() -> None:
    assert DATASET.content_hash in CARD
    assert CARD.startswith(f"# job_texts@1\n\n{len(DATASET.pairs)} texts")
    for reason, count in Counter(pair.gold["job_detection"]["reason"] for pair in DATASET.pairs).items():
        assert f"{reason or 'valid'} {count}" in CARD
    assert [tag for pair in DATASET.pairs for tag in pair.tags if tag[:5] != "lang-" and f"`{tag}`" not in CARD] == []


def test_texts_without_a_resume_share_none() -> None:
    """Else all forty are one cluster, of which no interval can be made, and no rule of the suite is ever decided."""
    assert not any(pair.resume_text.strip() for pair in DATASET.pairs)
    facts = pair_facts(DATASET.pairs)
    assert len({fact.resume_cluster for fact in facts}) == len({fact.job_cluster for fact in facts}) == len(facts)
