"""Nobody is left out: every kind has a subject, and every subject meets every situation or says why not."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from shortlist_providers import kinds
from support.conformance import Situation, Subject
from support.conformance.subjects import SUBJECTS
from support.conformance.table import markdown, rows

subjects = pytest.mark.parametrize("subject", [pytest.param(one, id=one.id) for one in SUBJECTS])


@pytest.mark.parametrize("kind", kinds())
def test_every_kind_has_a_subject(kind: str) -> None:
    assert kind in {subject.kind for subject in SUBJECTS}, f"add a subject of kind {kind!r} to support.conformance"


def test_no_subject_is_of_an_unknown_kind_or_named_twice() -> None:
    assert {subject.kind for subject in SUBJECTS} <= set(kinds())
    assert set(Counter(subject.id for subject in SUBJECTS).values()) == {1}


@pytest.mark.parametrize("situation", Situation)
def test_every_situation_is_tested(situation: Situation) -> None:
    source = "\n".join(file.read_text() for file in Path(__file__).parent.glob("test_*.py"))
    assert re.search(rf"@conforms\(Situation\.{situation.name}[^)]*\)\ndef test_", source)
    assert any(subject.meets(situation) for subject in SUBJECTS)


@subjects
def test_every_situation_that_is_left_out_has_a_reason(subject: Subject) -> None:
    assert set(subject.absent) < set(Situation)
    assert all(len(reason.split()) >= 4 for reason in subject.absent.values())
    assert subject.oracle


def test_the_table_has_a_row_for_every_kind_and_situation() -> None:
    table = rows()
    assert {(row.kind, row.situation) for row in table} == {(kind, one) for kind in kinds() for one in Situation}
    assert all(row.oracles or row.reasons for row in table)


def test_the_table_in_the_docs_is_this_one() -> None:
    docs = Path(__file__).parents[2] / "docs" / "conformance.md"
    assert docs.read_text(encoding="utf-8").rstrip().endswith("\n".join(markdown()).rstrip()), (
        "docs/conformance.md says how"
    )
