"""Outputs that would look better than they are, and honest ones that would look worse."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from shortlist.metrics.support import Source
from shortlist.metrics.text import says, words
from shortlist.metrics.tokens import words_of
from shortlist.scores import CaseScores, ScoreStatus
from shortlist.tasks.load import load_task
from shortlist.tasks.rules import ClaimRule, FieldRule, FlagsTrue
from shortlist_datasets import Pair, load_dataset
from support.cases import pair, record, score, task

RESUME = "Transitaire, 2019 \u2013 2021: fret a\u00e9rien, 40 clients. Excel."
SKILLS = task(
    schema={},
    fields={"note": FieldRule(compare="text")},
    grounding={"skills": ClaimRule(fields=("skills[]",)), "numbers": ClaimRule(fields=("summary",))},
)
FLAGS = task(schema={}, fields={}, quality={"flags": FlagsTrue(check="flags_true", field="k[]", term="t", flag="f")})


def grounded(output: Any, gold: Any = None) -> CaseScores:
    return score([record(output)], ["grounding"], of=SKILLS, pairs=[pair(resume=RESUME, gold=gold)])[0]


def share(output: Any, gold: Any = None) -> tuple[ScoreStatus, Any]:
    found = grounded(output, gold).scores["grounding.score"]
    return found.status, found.value


def test_a_true_claim_said_again_dilutes_no_false_one() -> None:
    assert share({"skills": ["Excel", "excel", "Excel!", "SAP"], "summary": "40, 40 and forty of 99"})[1] == 2 / 4
    assert len(grounded({"skills": ["SAP", "SAP"]}).losses) == 2  # each place is shown


def test_what_has_no_words_is_no_claim() -> None:
    assert share({"skills": ["\u2014", "...", "SAP"]})[1] == 0.0
    assert share({"skills": ["\u2014"]})[0] is ScoreStatus.NOT_APPLICABLE


@pytest.mark.parametrize("output", [[], {}, {"error": "too long"}, {"result": {"skills": ["Excel"]}}, "[1]"])
def test_an_output_of_another_shape_does_not_escape(output: Any) -> None:
    assert share(output) == (ScoreStatus.FAILED, 0.0)


@pytest.mark.parametrize("output", [{"note": "x"}, {"skills": []}, {"summary": "forty"}])
def test_an_output_of_the_task_that_claims_little_is_judged_by_what_it_claims(output: Any) -> None:
    assert share(output)[0] is not ScoreStatus.FAILED


def test_what_gold_states_at_the_same_place_is_borne_out() -> None:
    gold = {"skills": ["air freight"], "summary": "99"}
    assert share({"skills": ["Air Freight", "sea freight"]}, gold)[1] == 1 / 2
    assert share({"skills": ["air freight"]})[1] == 0.0
    assert share({"summary": "99"}, gold)[1] == 0.0  # figures rest on the texts alone


def test_an_elided_article_is_a_word_of_its_own() -> None:
    source = Source(
        "L'Institut Corvalec, dipl\u00f4me de l\u2019anglais technique, O'Brien & D'Souza, demandes d'acc\u00e8s"
    )
    for name in ("Institut Corvalec", "L'Institut Corvalec", "O'Brien", "OBrien", "DSouza"):
        assert source.bears_out(name, "name"), name
    for term in ("anglais technique", "l'anglais technique", "demandes acc\u00e8s"):
        assert source.bears_out(term, "term"), term
    assert Source("Institut Corvalec").bears_out("L\u2019Institut Corvalec", "name")
    assert not source.bears_out("Brien", "name")
    assert words_of("l'h\u00f4pital d\u2019Arc I'd don't").folded == ("l", "hopital", "d", "arc", "id", "dont")


def test_both_flags_for_a_term_are_not_kept() -> None:
    def kept(*flags: tuple[str, bool]) -> float:
        output = {"k": [{"t": term, "f": flag} for term, flag in flags]}
        of = pair(resume="Planned the labor of three shifts.")
        found = score([record(output)], ["quality"], of=FLAGS, pairs=[of])[0].scores["quality.flags"].value
        assert found is not None
        return float(found)

    assert kept(("labor planning", True)) == kept(("labor planning", False)) == 1.0  # one could argue
    assert kept(("labor planning", True), ("Labor  planning", True)) == 1.0
    assert kept(("labor planning", True), ("Labor  planning", False)) == 0.0


def test_the_words_of_huge_outputs_are_not_kept_in_memory() -> None:
    tracemalloc.start()
    for number in range(4):
        words_of(f"{number} " * 20_000)
        words(f"{number} " * 20_000)
        says(f"{number} " * 20_000, "x")
    kept = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert kept < 200_000


TASKS = ("pro_output@1", "job_match@1", "job_extraction@1", "skill_suggestions@1", "assistant_result@1")


@pytest.mark.parametrize("ref", TASKS)
def test_gold_itself_is_grounded(ref: str) -> None:
    bundled = load_task(ref, Path())
    small = replace(bundled, name="small", version="1")
    pairs: list[Pair] = [
        replace(one, gold={"small": one.gold[bundled.name]})
        for one in load_dataset("resume_jd@2", Path()).pairs
        if bundled.name in one.gold
    ]
    assert len(pairs) >= 95
    records = [record(dict(one.gold["small"]), key=(one.id, "gold", 0)) for one in pairs]
    for scored in score(records, ["gold", "grounding"], of=small, pairs=pairs):
        assert scored.scores["gold.score"].value == 1.0, scored
        claimed = {name: of.value for name, of in scored.scores.items() if of.status is not ScoreStatus.NOT_APPLICABLE}
        assert all(value == 1.0 for name, value in claimed.items() if name.startswith("grounding.")), scored
