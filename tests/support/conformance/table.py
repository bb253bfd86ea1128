"""Kind by situation: by which oracles it is tested, or why it is not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from shortlist_providers import kinds
from support.conformance.subject import Situation
from support.conformance.subjects import SUBJECTS


@dataclass(frozen=True, slots=True)
class Row:
    """One kind in one situation."""

    kind: str
    situation: Situation
    oracles: tuple[str, ...]
    """Of the subjects that are put to it."""
    reasons: tuple[str, ...]
    """Of the subjects that are not."""


def rows() -> list[Row]:
    """All of them, kind by kind."""
    return [_row(kind, situation) for kind in kinds() for situation in Situation]


def _row(kind: str, situation: Situation) -> Row:
    subjects = [subject for subject in SUBJECTS if subject.kind == kind]
    oracles = [subject.oracle for subject in subjects if subject.meets(situation)]
    reasons = [f"{subject.id}: {subject.absent[situation]}" for subject in subjects if not subject.meets(situation)]
    return Row(kind, situation, tuple(dict.fromkeys(oracles)), tuple(dict.fromkeys(reasons)))


def markdown() -> Iterator[str]:
    """A table of kinds and situations, the oracles behind its letters, and the reasons for its gaps."""
    oracles = list(dict.fromkeys(subject.oracle for subject in SUBJECTS))
    letters = {oracle: chr(ord("A") + number) for number, oracle in enumerate(oracles)}
    yield "| kind | " + " | ".join(Situation) + " |"
    yield "|---|" + "---|" * len(Situation)
    found = rows()
    for kind in kinds():
        cells = [" ".join(letters[oracle] for oracle in row.oracles) or "–" for row in found if row.kind == kind]
        yield f"| `{kind}` | " + " | ".join(cells) + " |"
    yield ""
    for oracle, letter in letters.items():
        yield f"{letter}: {oracle}  "
    yield ""
    yield "| subject | left out | because |"
    yield "|---|---|---|"
    for subject in SUBJECTS:
        for situation, reason in subject.absent.items():
            yield f"| {subject.id} | {situation} | {reason} |"
