"""`parity.score` and `parity.<field>`: agreement with what the reference provider made of the same pair and repeat.

Both outputs are read as strictly as they allow: raw, else extracted, else repaired. Fields compare as the task says
(`shortlist.metrics.fields`); the score is their weighted mean. A case that failed, or gave nothing that can be read,
scores 0.0 whatever the reference did. Where the reference failed, has no record, or gave nothing that can be read as an
object, parity is missing, with that reason: two outputs that both lack every field agree on nothing. The reference
itself has none. With `references: {parity: gold}` the reference is gold, as in the family `gold`.
"""

from __future__ import annotations

from dataclasses import replace

from shortlist.metrics import gold
from shortlist.metrics.agreement import agreement, every_field
from shortlist.metrics.base import Case, FamilyScores, Material, Scorer, missing, not_applicable

VERSION = "1"


def scorer(material: Material) -> Scorer:
    """Judges cases against the reference's generations."""
    task, reference_name = material.task, material.parity_reference
    if reference_name == "gold":
        return gold.against_gold(material, "parity")
    if reference_name is None:
        none_named = every_field("parity", task, missing("the suite names no reference for parity"))
        return lambda case: none_named
    itself = every_field("parity", task, not_applicable("it is the reference"))

    def judge(case: Case) -> FamilyScores:
        key = case.record.case
        if key.provider == reference_name:
            return itself
        reference = material.by_key.get(replace(key, provider=reference_name))
        reason = _unusable(reference)
        if reason is not None and case.unusable is None:
            return every_field("parity", task, missing(reason))
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
