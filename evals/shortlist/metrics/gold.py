"""`gold.score`, `gold.<field>` and `gold.<check>`: agreement with what is known of the pair without any model.

Gold states a part of the truth, and only that part is asked for: the fields that it has and, inside objects, the keys
that its objects have. null in gold is a statement (a job that goes on has `endDate: null`); a key that is not there is
none. Lists are stated whole, so that an item which gold does not have is one too many, unless the field's rule says
`unpaired: missing`.

A field that gold does not state is not applicable, and so is a check of that field unless it is absolute. A pair
without gold for the task has its scores missing, but for those of absolute checks.
"""

from __future__ import annotations

from shortlist.metrics.agreement import agreement, without_reference
from shortlist.metrics.base import Case, FamilyScores, Material, Scorer, missing
from shortlist.metrics.semantic import version_with_embedder
from shortlist.metrics.values import ABSENT
from shortlist.tasks.model import Task

VERSION = "3"


def version_for(task: Task) -> str:
    """`VERSION`, with the embedder's name where the task compares meanings.

    Raises:
        InputError: it does, and the extra or the model for it is missing.
    """
    return version_with_embedder(VERSION, task)


def scorer(material: Material) -> Scorer:
    """Judges cases against their pairs' gold."""
    return against_gold(material, "gold")


def against_gold(material: Material, family: str) -> Scorer:
    """Judges cases against gold, under the metric names of `family`."""
    no_gold = missing("the pair has no gold for this task")

    def judge(case: Case) -> FamilyScores:
        reference = material.gold(case.record.case.pair)
        if reference is ABSENT:
            return without_reference(family, material.task, case, no_gold)
        return agreement(family, material.task, case, reference, stated_only=True)

    return judge
