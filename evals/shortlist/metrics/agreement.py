"""What `parity` and `gold` share: an output's fields against a reference, as scores with their losses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from shortlist.metrics.base import Case, FamilyScores, failed, not_applicable, ok
from shortlist.metrics.fields import compare_records
from shortlist.scores import Loss, Score
from shortlist.tasks.model import Task


def agreement(family: str, task: Task, case: Case, reference: Any, *, stated_only: bool) -> FamilyScores:
    """`<family>.score` and `<family>.<field>` of a case against `reference`, an object.

    A failed case, and one of whose output nothing can be read, scores 0.0 with status `failed` in every field that is
    asked for. A field that the reference does not state is asked for only when `stated_only` is False.
    """
    asked = [name for name in task.fields if not stated_only or name in reference]
    unasked = {name: not_applicable("gold does not state it") for name in task.fields if name not in asked}
    if not asked:
        nothing = "gold states none of the task's fields" if task.fields else "the task compares no fields"
        return every_field(family, task, not_applicable(nothing))
    if case.unusable is not None:
        worst = failed(case.unusable)
        return FamilyScores(
            _named(family, [("score", worst), *((name, unasked.get(name, worst)) for name in task.fields)])
        )
    compared = compare_records(task.fields, case.value, reference, stated_only=stated_only)
    assert compared.score is not None  # some field was asked for
    scores = [
        ("score", ok(compared.score)),
        *((name, unasked[name] if name in unasked else ok(compared.fields[name])) for name in task.fields),
    ]
    losses = tuple(Loss(f"{family}.{loss.field}", loss.path, loss.why) for loss in compared.losses)
    return FamilyScores(_named(family, scores), losses)


def every_field(family: str, task: Task, score: Score) -> FamilyScores:
    """The same score for the family's every metric."""
    return FamilyScores(_named(family, [("score", score), *((name, score) for name in task.fields)]))


def _named(family: str, scores: Iterable[tuple[str, Score]]) -> dict[str, Score]:
    return {f"{family}.{name}": score for name, score in scores}
