"""The score stage: `records.jsonl` in, `scores.jsonl` out. Pure over records: nothing is sent and no clock is read."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import orjson

from shortlist.cases import Record
from shortlist.errors import InputError, Problem
from shortlist.metrics.base import Backends, Case, Material
from shortlist.metrics.registry import Family, prepare
from shortlist.scores import CaseScores, Loss, SchemaFailure, Score
from shortlist.tasks.model import Task
from shortlist_datasets import Pair


def score_records(
    records: Sequence[Record],
    *,
    task: Task,
    pairs: Mapping[str, Pair],
    backends: Backends,
    parity_reference: str | None,
    families: Sequence[str],
) -> Iterator[CaseScores]:
    """The scores of each record, in the records' order.

    All records of the run are needed at once: parity looks up the reference's, and busy time is shared among a
    provider's.

    Args:
        records: Every case's latest record.
        task: What the records answer.
        pairs: By id, at least those that the records name.
        backends: What is known of the providers: prices, and whom chains may ask.
        parity_reference: A provider's name, or `gold`; None when nothing is compared.
        families: The metric families to score, the suite's `metrics:`.

    Raises:
        InputError: a record is of another task or names a pair that is not there; an unknown family; a bad schema.
    """
    for record in records:
        if record.case.task != task.ref:
            raise InputError(f"record {record.case}: it answers task {record.case.task}, and this is {task.ref}")
        if record.case.pair not in pairs:
            raise InputError(f"record {record.case}: the data set has no pair {record.case.pair!r}")
    plain_text = task.schema is None
    cases = [Case(record, plain_text) for record in records]
    judges = prepare(families, Material(task, cases, pairs, backends, parity_reference))
    return _judged(cases, judges)


def _judged(cases: Sequence[Case], judges: Sequence[Family]) -> Iterator[CaseScores]:
    versions = {family.name: family.version for family in judges}
    for case in cases:
        scores: dict[str, Score] = {}
        losses: tuple[Loss, ...] = ()
        failure: SchemaFailure | None = None
        for family in judges:
            given = family.score(case)
            scores.update(given.scores)
            losses += given.losses
            failure = given.schema_failure or failure
        yield CaseScores(case.record.case, case.record.outcome, scores, versions, failure, losses)


def write_scores(path: Path, scores: Iterable[CaseScores]) -> None:
    """Writes `scores.jsonl`, one case a line, whole or not at all: an older file stays until the new one is complete.

    Money is written as text, so that no digit is lost.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("wb") as lines:
            for case in scores:
                lines.write(orjson.dumps(case, default=_as_text, option=orjson.OPT_APPEND_NEWLINE))
            lines.flush()
            os.fsync(lines.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _as_text(value: object) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError(f"{type(value).__name__} does not belong in a score")


def read_scores(path: Path) -> list[CaseScores]:
    """Reads what `write_scores` wrote, in the file's order.

    Raises:
        InputError: the file is missing, or a line of it is not a case's scores; it names the line.
    """
    from pydantic import TypeAdapter, ValidationError  # noqa: PLC0415 - building the adapter takes milliseconds

    adapter = TypeAdapter(CaseScores)
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        raise InputError(Problem("there are no scores here; `shortlist score` makes them", path)) from None
    scores = []
    for number, line in enumerate(lines, start=1):
        try:
            scores.append(adapter.validate_json(line))
        except ValidationError as broken:
            first = broken.errors(include_url=False)[0]
            where = ".".join(map(str, first["loc"])) or "line"
            raise InputError(Problem(f"not a case's scores: {where}: {first['msg']}", path, number)) from None
    return scores
