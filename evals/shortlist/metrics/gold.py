"""`gold.score` and `gold.<field>`: agreement with what is known of the pair without any model.

Gold states a part of the truth, and only that part is asked for: the fields that it has and, inside objects, the keys
that its objects have. null in gold is a statement (a job that goes on has `endDate: null`); a key that is not there is
none. Lists are stated whole: an item that gold does not have is one too many.

A field that gold does not state is not applicable. A pair without gold for the task has its scores missing.
"""

from __future__ import annotations

from shortlist.metrics.agreement import agreement, every_field
from shortlist.metrics.base import Case, FamilyScores, Material, Scorer, missing
from shortlist.metrics.values import ABSENT

VERSION = "1"


def scorer(material: Material) -> Scorer:
    """Judges cases against their pairs' gold."""
    return against_gold(material, "gold")


def against_gold(material: Material, family: str) -> Scorer:
    """Judges cases against gold, under the metric names of `family`."""
    no_gold = every_field(family, material.task, missing("the pair has no gold for this task"))

    def judge(case: Case) -> FamilyScores:
        reference = material.gold(case.record.case.pair)
        if reference is ABSENT:
            return no_gold
        return agreement(family, material.task, case, reference, stated_only=True)

    return judge
