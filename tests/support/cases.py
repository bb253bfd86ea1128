"""Records, pairs and tasks made by hand, for tests of metrics and scoring."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from shortlist.cases import Attempt, CaseKey, Outcome, Record
from shortlist.metrics.base import Backends, Charges
from shortlist.scores import CaseScores
from shortlist.scoring import score_records
from shortlist.tasks.load import load_task
from shortlist.tasks.model import Task
from shortlist.tasks.rules import CheckRule, ClaimKind, ClaimRule, FieldRule, QualityRule
from shortlist_datasets import Pair, load_dataset
from shortlist_providers.types import Failure, FailureKind, Generation, Timings, Usage

SMALL_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {"title": {"type": "string"}, "year": {"type": ["string", "null"]}},
    "required": ["title"],
    "additionalProperties": False,
}
NO_USAGE = Usage()
SMALL_FIELDS = {"title": FieldRule(compare="text"), "year": FieldRule(compare="date")}


def task(
    *,
    schema: Mapping[str, Any] | None = SMALL_SCHEMA,
    fields: Mapping[str, FieldRule] | None = None,
    checks: Mapping[str, CheckRule] | None = None,
    quality: Mapping[str, QualityRule] | None = None,
    grounding: Mapping[ClaimKind, ClaimRule] | None = None,
) -> Task:
    """A task named `small@1`."""
    return Task(
        name="small",
        version="1",
        folder=Path(),
        system=None,
        user="",
        schema=schema,
        fields=SMALL_FIELDS if fields is None else fields,
        checks=checks or {},
        quality=quality or {},
        grounding=grounding or {},
        hash="",
    )


def pair(identifier: str = "p1", resume: str = "", gold: Any = None) -> Pair:
    """A pair whose gold, if given, is for the task `small`."""
    return Pair(identifier, "cook", resume, "", {} if gold is None else {"small": gold}, (), None)


def attempt(
    sent: float = 0.0,
    last: float = 1.0,
    *,
    first: float | None = None,
    usage: Usage = NO_USAGE,
    failure: FailureKind | None = None,
) -> Attempt:
    """One attempt, from `sent` to `last` seconds."""
    failed = None if failure is None else Failure(failure, "made to fail")
    return Attempt(Timings(sent, first, last), usage, failed, 0.0)


def record(
    output: Any = "",
    *attempts: Attempt,
    key: tuple[str, str, int] = ("p1", "candidate", 0),
    cached: bool = False,
    session: int = 0,
) -> Record:
    """A record of `small@1`; an output that is no string is written as JSON. Its outcome is its last attempt's.

    `key` is pair, provider, repeat. Without attempts, it took one of a second without usage.
    """
    attempts = attempts or (attempt(),)
    last = attempts[-1]
    text = output if isinstance(output, str) else json.dumps(output)
    generation = Generation(
        text=text if last.failure is None else None,
        timings=last.timings,
        usage=last.usage,
        failure=last.failure,
        cached=cached,
    )
    case = CaseKey("small@1", *key)
    return Record(case, Outcome.of(last.failure), generation, attempts, 0.0, session, "2026-11-20T12:00:00Z")


def score(  # noqa: PLR0913 - keywords, each with a default
    records: Iterable[Record],
    families: Iterable[str],
    *,
    of: Task | None = None,
    pairs: Iterable[Pair] = (),
    prices: Mapping[str, Charges | None] | None = None,
    reference: str | None = None,
    chains: Mapping[str, Sequence[str]] | None = None,
) -> list[CaseScores]:
    """Scores records of `small@1`; a pair that is not given has no texts and no gold."""
    records = list(records)
    known = {one.case.pair: pair(one.case.pair) for one in records} | {one.id: one for one in pairs}
    return list(
        score_records(
            records,
            task=of or task(),
            pairs=known,
            backends=Backends(prices or {}, chains or {}),
            parity_reference=reference,
            families=tuple(families),
        )
    )


@cache
def pro_output() -> Task:
    """The bundled task."""
    return load_task("pro_output@1", Path())


@cache
def bundled_pairs() -> tuple[Pair, ...]:
    """The bundled pairs, all with gold for `pro_output`."""
    return load_dataset("resume_jd@1", Path()).pairs
