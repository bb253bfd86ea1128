"""`parity.score`, `.<field>` and `.<check>`: agreement with what the reference provider made of the pair and repeat.

Both outputs are read as strictly as they allow: raw, else extracted, else repaired. Fields compare as the task says
(`shortlist.metrics.fields`); the score is their weighted mean. A case that failed, or gave nothing that can be read,
scores 0.0 whatever the reference did. Where the reference failed, has no record, or gave nothing that can be read as an
object, parity is missing, with that reason: two outputs that both lack every field agree on nothing. The reference
itself has none. Absolute checks are judged in all these cases, as they ask nothing of the reference.
With `references: {parity: gold}` the reference is gold, as in the family `gold`.
"""

from __future__ import annotations

from dataclasses import replace

from shortlist.metrics import gold
from shortlist.metrics.agreement import agreement, without_reference
from shortlist.metrics.base import Case, FamilyScores, Material, Scorer, missing, not_applicable
from shortlist.metrics.semantic import version_with_embedder
from shortlist.tasks.model import Task

VERSION = "3"


def version_for(task: Task) -> str:
    """`VERSION`, with the embedder's name where the task compares meanings.

    Raises:
        InputError: it does, and the extra or the model for it is missing.
    """
    return version_with_embedder(VERSION, task)


def scorer(material: Material) -> Scorer:
    """Judges cases against the reference's generations."""
    task, reference_name = material.task, material.parity_reference
    if reference_name == "gold":
        return gold.against_gold(material, "parity")

    def judge(case: Case) -> FamilyScores:
        key = case.record.case
        if reference_name is None:
            return without_reference("parity", task, case, missing("the suite names no reference for parity"))
        if key.provider == reference_name:
            return without_reference("parity", task, case, not_applicable("it is the reference"))
        reference = material.by_key.get(replace(key, provider=reference_name))
        reason = _unusable(reference)
        if reason is not None and case.unusable is None:
            return without_reference("parity", task, case, missing(reason))
        return agreement("parity", task, case, {} if reference is None else reference.value, stated_only=False)

    return judge


def _unusable(reference: Case | None) -> str | None:
    """Why nothing can be compared with a reference case; None when it can."""
    if reference is None:
        return "the reference has no generation for this pair and repeat"
    if reference.failure is not None:
        return f"the reference {reference.failure}"
    if reference.unusable is not None:
        return reference.unusable.replace("the output", "the reference's output")
    return None if isinstance(reference.value, dict) else "the reference's output is no object"
