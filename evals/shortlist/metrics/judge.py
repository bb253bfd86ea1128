"""`judge.<name>`: how good an output is by a suite's judge, a model with a rubric; from 0 (worst) to 1 (best).

Graded alone, it is `(grade - lowest)/(highest - lowest)`, the mean over samples. Set beside another provider's output
for the same pair and repeat, it is 1 for a win, 0.5 for a tie and 0 for a loss, the mean over samples and over both
orders; two outputs that are equal are a tie, and nobody is asked.

A case that failed, or holds nothing to show, scores 0 without asking. Where the judge itself fails, or where the other
provider's case did, the score is missing with the reason: that says nothing of this output. Of several samples those
that brought a grade count. Not applicable to the provider whom the others are set beside.

Nothing is sent here: the judgements were made before, and are read.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from shortlist.metrics.base import Case, FamilyScores, Material, Scorer, failed, missing, not_applicable, ok
from shortlist.metrics.paths import reach
from shortlist.metrics.values import ABSENT
from shortlist.scores import Loss, Score
from shortlist.suite.model import Judge

VERSION = "1"


def version_of(material: Material) -> str:
    """`VERSION`, and that of each judge: scores by another rubric or model are told apart."""
    judges = [f"{name}:{grader.version}" for name, grader in material.backends.judges.items()]
    return " ".join([VERSION, *judges])


def scorer(material: Material) -> Scorer:
    """Gives cases what the suite's judges have said of them."""

    def judge(case: Case) -> FamilyScores:
        scores: dict[str, Score] = {}
        losses: tuple[Loss, ...] = ()
        for name, grader in material.backends.judges.items():
            metric = f"judge.{name}"
            shown = what_is_shown(grader.judge, case, opponent_of(grader.judge, case, material))
            if isinstance(shown, Score):
                scores[metric] = shown
                continue
            graded = grader.grade(case.record.case.pair, shown)
            scores[metric] = missing(graded.why_missing or "not judged") if graded.score is None else ok(graded.score)
            losses += tuple(Loss(metric, grader.judge.show or "$", why) for why in graded.losses)
        return FamilyScores(scores, losses)

    return judge


def opponent_of(judge: Judge, case: Case, material: Material) -> Case | None:
    """The case whose output is set beside this one's, where there is one."""
    return None if judge.against is None else material.by_key.get(replace(case.record.case, provider=judge.against))


def what_is_shown(judge: Judge, case: Case, opponent: Case | None) -> tuple[str, ...] | Score:
    """The text to grade, or the two to compare, this case's first; or the score where nobody need be asked."""
    if judge.against == case.record.case.provider:
        return not_applicable("the others are set beside it")
    ours, why = text_shown(judge, case)
    if ours is None:
        return failed(why)
    if judge.against is None:
        return (ours,)
    if opponent is None:
        return missing(f"{judge.against} has no output for this pair and repeat")
    theirs, why = text_shown(judge, opponent)
    if theirs is None:
        return missing(f"{judge.against}: {why}")
    return ok(0.5) if ours == theirs else (ours, theirs)


def text_shown(judge: Judge, case: Case) -> tuple[str | None, str]:
    """What the judge sees of an output; None, and why, when there is nothing."""
    if case.unusable is not None:
        return None, case.unusable
    text = as_shown(judge, case.value)
    return (text, "") if text.strip() else (None, f"the output has no {judge.show or 'text'}")


def as_shown(judge: Judge, value: Any) -> str:
    """An output, or a part of it, as text: strings as they are, all else as indented JSON; empty when it is not there.

    Laid out by us, so that no judge is swayed by white space.
    """
    if isinstance(value, str):
        return _sendable(value)
    found = [value] if judge.show is None else [inner for _, inner in reach(value, judge.show) if inner is not ABSENT]
    found = [inner for inner in found if inner is not None]
    if not found:
        return ""
    part = found[0] if len(found) == 1 else found
    return _sendable(part if isinstance(part, str) else json.dumps(part, ensure_ascii=False, indent=2))


def _sendable(text: str) -> str:
    """Without halves of surrogate pairs, which a repaired output can hold and no request can carry."""
    return text.encode("utf-8", "replace").decode()
