"""What `parity` and `gold` share: an output's fields and checks against a reference, as scores with their losses.

The fields make up the score. A check is a metric of its own beside them and no part of it. An absolute check
(`equals`) asks nothing of the reference, so it is judged also where there is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shortlist.metrics.base import Case, FamilyScores, failed, not_applicable, ok
from shortlist.metrics.fields import FieldLoss, compare_records, is_asked
from shortlist.scores import Loss, Score
from shortlist.tasks.model import Task
from shortlist.tasks.rules import FieldRule


@dataclass(frozen=True, slots=True)
class _Judged:
    score: Score
    """Weighted mean of `each`."""
    each: Mapping[str, Score]
    losses: tuple[FieldLoss, ...]


def agreement(family: str, task: Task, case: Case, reference: Any, *, stated_only: bool) -> FamilyScores:
    """`<family>.score`, `<family>.<field>` and `<family>.<check>` of a case against `reference`, an object.

    A failed case, and one of whose output nothing can be read, scores 0.0 with status `failed` in everything that is
    asked for. What the reference does not state is asked for only when `stated_only` is False.
    """
    fields = _judge(task.fields, case, reference, stated_only)
    checks = _judge(task.checks, case, reference, stated_only)
    return FamilyScores(
        _named(family, {"score": fields.score, **fields.each, **checks.each}),
        _losses(family, (*fields.losses, *checks.losses)),
    )


def without_reference(family: str, task: Task, case: Case, score: Score) -> FamilyScores:
    """The same score for the family's every metric, but for the absolute checks, which are judged all the same."""
    absolute = {name: rule for name, rule in task.checks.items() if rule.absolute}
    checks = _judge(absolute, case, {}, stated_only=True)
    scores = {"score": score, **dict.fromkeys((*task.fields, *task.checks), score), **checks.each}
    return FamilyScores(_named(family, scores), _losses(family, checks.losses))


def _judge(rules: Mapping[str, FieldRule], case: Case, reference: Any, stated_only: bool) -> _Judged:
    asked = [name for name, rule in rules.items() if is_asked(name, rule, reference, stated_only=stated_only)]
    each = dict.fromkeys(rules, not_applicable("gold does not state it"))
    if not asked:
        nothing = "gold states none of the task's fields" if rules else "the task compares no fields"
        return _Judged(not_applicable(nothing), each, ())
    if case.unusable is not None:
        worst = failed(case.unusable)
        return _Judged(worst, each | dict.fromkeys(asked, worst), ())
    compared = compare_records(rules, case.value, reference, stated_only=stated_only)
    assert compared.score is not None  # something was asked for
    return _Judged(
        ok(compared.score), each | {name: ok(score) for name, score in compared.fields.items()}, compared.losses
    )


def _named(family: str, scores: Mapping[str, Score]) -> dict[str, Score]:
    return {f"{family}.{name}": score for name, score in scores.items()}


def _losses(family: str, losses: tuple[FieldLoss, ...]) -> tuple[Loss, ...]:
    return tuple(Loss(f"{family}.{loss.field}", loss.path, loss.why) for loss in losses)
