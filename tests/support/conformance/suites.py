"""A small suite for the run stage: three pairs, one task with a schema."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from shortlist_providers import Message, Request, Sampling
from support.conformance.subject import Question
from support.conformance.texts import ANSWER, RARE, SCHEMA

PAIRS = 3
MAX_TOKENS = 48
SEED = 7
_RESUME = "Zoë 🎉 number {} has worked for {} years at the café"
_JOB = "job number {}"


def small_suite(
    folder: Path, settings: Mapping[str, Any], others: Mapping[str, Mapping[str, Any]] | None = None
) -> Path:
    """A suite whose provider `candidate` is to be run; `others` are those that it asks."""
    task = folder / "conformance@1"
    task.mkdir(parents=True)
    (task / "schema.json").write_text(json.dumps(SCHEMA))
    (task / "user.md.j2").write_text("Résumé: {{ resume_text }} Job: {{ job_description_text }}")
    definition = {
        "name": "conformance",
        "version": 1,
        "prompt": {"user": "user.md.j2"},
        "schema": "schema.json",
        "fields": {RARE: {"compare": "text"}},
    }
    (task / "task.yaml").write_text(yaml.safe_dump(definition))
    gold = {"conformance": json.loads(ANSWER)}
    pairs = [
        {
            "id": f"pair-{number}",
            "domain": "conformance",
            "resume_text": _RESUME.format(number, number),
            "job_description_text": _JOB.format(number),
            "gold": gold,
        }
        for number in range(PAIRS)
    ]
    (folder / "pairs.jsonl").write_text("".join(json.dumps(pair) + "\n" for pair in pairs))
    suite = {
        "name": "conformance",
        "task": "./conformance@1",
        "dataset": "pairs.jsonl",
        "seed": SEED,
        "sampling": {"temperature": 0, "max_tokens": MAX_TOKENS},
        "providers": {"candidate": dict(settings), **{name: dict(one) for name, one in (others or {}).items()}},
    }
    path = folder / "suite.yaml"
    path.write_text(yaml.safe_dump(suite, sort_keys=False))
    return path


def asked(number: int) -> Question:
    """What the run stage asks for one of its pairs."""
    prompt = f"Résumé: {_RESUME.format(number, number)} Job: {_JOB.format(number)}"
    request = Request(
        key=f"conformance@1/pair-{number}/candidate/0",
        messages=(Message("user", prompt),),
        sampling=Sampling(temperature=0.0, max_tokens=MAX_TOKENS, seed=SEED),
        task="conformance@1",
        schema=SCHEMA,
        schema_name="conformance",
    )
    return Question(request)
