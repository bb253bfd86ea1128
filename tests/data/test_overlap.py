"""Contamination: planted copies are found with their lines and scores, and what is no copy is not."""

import json
import re
import unicodedata
from pathlib import Path
from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shortlist_datasets import Pair, load_dataset
from shortlist_datasets.duplicates import repeats
from shortlist_datasets.generator import generate_pairs
from shortlist_datasets.overlap import THRESHOLD, HeldOut, Overlap, bullets_of, contamination
from shortlist_datasets.shingles import shown, words_of
from shortlist_datasets.training import Part, TrainingLine, read_training
from support.copies import changed, of_their_words, reordered, rewrapped

PAIRS = load_dataset("resume_jd@1", Path()).pairs
HELD_OUT = HeldOut(PAIRS)
TEXTS = [text for pair in PAIRS for text in (pair.resume_text, pair.job_description_text)]
WORDS = [word for text in TEXTS for word in text.split()]
OTHER_JOB = "Lighthouse keeper wanted for a rock off the coast. You like silence, gulls and paraffin lamps."


def line(resume: str, job: str, answer: str = "", number: int = 1) -> TrainingLine:
    user = Part("user", f"RESUME TEXT:\n{resume}\n\nJOB DESCRIPTION:\n{job}")
    return TrainingLine(
        Path("train.jsonl"), number, f"t{number}", (Part("system", "You write."), user, Part("assistant", answer))
    )


def pair(resume: str, job: str = "", identity: str = "p") -> Pair:
    return Pair(identity, "x", resume, job, {}, (), None)


def only(found: list[Overlap]) -> Overlap:
    [one] = found
    return one


def plain_share(text: str, inside: str) -> float:
    """The share of a text's trigrams in another, by sets of tuples: what the index counts in another way."""

    def trigrams(one: str) -> set[tuple[bytes, ...]]:
        words = words_of(one)
        return set(zip(words, words[1:], words[2:], strict=False))

    return len(trigrams(text) & trigrams(inside)) / len(trigrams(text))


@pytest.mark.parametrize("held_out", PAIRS, ids=lambda one: one.id)
def test_every_planted_copy_of_every_pair_is_found(held_out: Pair) -> None:
    random = Random(held_out.id)
    resume, job = held_out.resume_text, held_out.job_description_text
    exact = only(HELD_OUT.find(line(resume, job)))
    assert (exact.pair, exact.side, exact.score, exact.exact) == (held_out.id, "both", 1.0, True)
    assert exact.part == "résumé, job description"
    wrapped = only(HELD_OUT.find(line(rewrapped(resume), rewrapped(job, 101))))
    assert (wrapped.side, wrapped.score, wrapped.exact) == ("both", 1.0, True)
    for share, block, least in ((0.1, False, 0.6), (0.1, True, 0.8), (0.15, False, 0.5)):
        copy, job_copy = (changed(text, share, random, WORDS, block=block) for text in (resume, job))
        found = only(HELD_OUT.find(line(copy, job_copy)))
        assert (found.pair, found.side, found.exact) == (held_out.id, "both", False)
        assert least <= found.score < 1
    alone = only(HELD_OUT.find(line(resume, OTHER_JOB)))
    assert (alone.pair, alone.side, alone.score, alone.part) == (held_out.id, "resume", 1.0, "résumé")
    moved = only(HELD_OUT.find(line(reordered(resume, random), OTHER_JOB)))
    assert (moved.side, moved.exact) == ("resume", False)
    assert moved.score > 0.8
    job_only = only(HELD_OUT.find(line("I kept a lighthouse for years.", job)))
    assert (job_only.side, job_only.part) == ("job_description", "job description")


@pytest.mark.parametrize("held_out", PAIRS, ids=lambda one: one.id)
def test_bullets_in_an_answer_are_found_and_said_to_be_there(held_out: Pair) -> None:
    roles = held_out.gold["pro_output"]["bulletsByRole"]
    answer = "\n".join(bullet for role in roles for bullet in role["bullets"])
    found = only(HELD_OUT.find(line("I kept a lighthouse.", OTHER_JOB, answer)))
    assert (found.pair, found.part) == (held_out.id, "assistant")
    assert found.side in ("resume", "resume_sentences")


def test_lines_are_named_as_they_stand_in_the_files(tmp_path: Path) -> None:
    rows = [{"text": of_their_words(TEXTS, Random(n), 600)} for n in range(9)]
    rows[6] = {"id": "planted", "prompt": "Rate this:", "completion": PAIRS[3].resume_text}
    file = tmp_path / "train.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    [found] = contamination(PAIRS, read_training([file]))
    assert (found.line.path, found.line.line, found.line.id) == (file, 7, "planted")
    assert (found.overlap.pair, found.overlap.part, found.overlap.score) == (PAIRS[3].id, "completion", 1.0)
    assert found.overlap.words.removesuffix(" …") in shown(words_of(PAIRS[3].resume_text))


def test_a_score_is_the_share_of_trigrams_where_none_is_shared_by_held_out_texts() -> None:
    random = Random(4)
    resume = " ".join(f"word{number}" for number in range(300))
    copy = changed(resume, 0.12, random, ["other"])
    found = only(HeldOut([pair(resume)]).find(line(copy, OTHER_JOB)))
    assert found.score == pytest.approx(plain_share(resume, copy), abs=1e-9)


def test_1000_generated_pairs_are_no_copies_of_the_bundled_ones() -> None:
    generated = [line(one.resume_text, one.job_description_text) for one in generate_pairs(1000, 9)]
    assert [found for one in generated for found in HELD_OUT.find(one)] == []


def test_1000_generated_pairs_are_no_copies_of_others_from_the_same_tables() -> None:
    held_out = HeldOut(generate_pairs(200, 1))
    generated = [line(one.resume_text, one.job_description_text) for one in generate_pairs(1000, 2)]
    assert [found for one in generated for found in held_out.find(one)] == []


def test_1000_texts_of_the_same_vocabulary_are_no_copies() -> None:
    random = Random(11)
    lines = (line(of_their_words(TEXTS, random, 400), of_their_words(TEXTS, random, 200)) for _ in range(1000))
    assert [found for one in lines for found in HELD_OUT.find(one)] == []


EEO = """We are an equal opportunity employer. All qualified applicants will receive consideration for employment
without regard to race, color, religion, sex, sexual orientation, gender identity, national origin, disability,
or status as a protected veteran. Reasonable accommodations are made on request at any stage of the hiring process."""
SKILLS = """SKILLS
Python, SQL, PostgreSQL, BigQuery, dbt, Airflow, Docker, Kubernetes, Terraform, Git, Linux, Tableau, pandas, NumPy"""


def test_boilerplate_and_equal_lists_of_skills_are_no_copies() -> None:
    first = next(one for one in PAIRS if one.id == "data-analyst-01")
    second = next(one for one in PAIRS if one.id == "software-engineer-01")
    held_out = HeldOut([pair(f"{first.resume_text}\n\n{SKILLS}", f"{first.job_description_text}\n\n{EEO}")])
    assert held_out.find(line(f"{second.resume_text}\n\n{SKILLS}", f"{second.job_description_text}\n\n{EEO}")) == []


def test_what_many_held_out_texts_share_counts_for_less() -> None:
    boilerplate = of_their_words(TEXTS, Random(1), 300)
    jobs = [f"{of_their_words(TEXTS, Random(n), 150)}\n{boilerplate}" for n in range(2, 12)]
    held_out = HeldOut([pair("", job, f"p{n}") for n, job in enumerate(jobs)])
    stranger = f"{of_their_words(TEXTS, Random(99), 150)}\n{boilerplate}"
    assert held_out.find(line("", stranger)) == []
    assert [one.pair for one in held_out.find(line("", changed(jobs[4], 0.15, Random(5), WORDS)))] == ["p4"]


def test_variants_of_one_resume_do_not_hide_each_other() -> None:
    resume = PAIRS[0].resume_text
    held_out = HeldOut([pair(f"{resume}\nVariant number {n} of it", identity=f"p{n}") for n in range(20)])
    assert len(held_out.find(line(changed(resume, 0.15, Random(3), WORDS), OTHER_JOB))) == 20


def test_trigrams_do_not_reach_from_one_part_into_the_next() -> None:
    held_out = HeldOut([pair(" ".join(f"w{n}" for n in range(60)))])
    parts = tuple(Part("user", f"w{n} w{n + 1}") for n in range(0, 60, 2))
    assert held_out.find(TrainingLine(Path("t"), 1, None, parts)) == []


@pytest.mark.parametrize(
    ("resume", "inside", "side"),
    [
        ("Welder", "Welder", "resume"),
        ("Welder", "The welder welds.", None),
        ("I weld big ships in Gdynia since 1990", "You see: I weld big ships in Gdynia since 1990!", "resume"),
        ("I weld big ships in Gdynia since 1990", "I weld big ships in Gdynia since 1991.", None),
        ("", "", None),
        ("· – •", "· – •", None),
    ],
)  # fmt: skip
def test_short_texts_must_occur_whole_and_the_shortest_alone(resume: str, inside: str, side: str | None) -> None:
    found = HeldOut([pair(resume, OTHER_JOB)]).find(line(inside, ""))
    assert [one.side for one in found] == ([side] if side else [])


def test_case_accents_ligatures_markup_hyphens_and_entities_make_no_difference() -> None:
    plain = "Réduction des coûts de 12 % chez Groß & Fils; office workflow, re-sequencing"
    marked = "<b>REDUCTION</b> des cou\u0302ts   de 12&nbsp;% chez **Gross** &amp; Fils;"
    marked += "\no\ufb03ce work-\n   flow, resequen\u00adcing"
    assert words_of(plain) == words_of(marked)


@given(st.text(), st.text())
def test_words_do_not_depend_on_what_stands_before_or_after(text: str, around: str) -> None:
    assume(not re.search(r"[<&-]", unicodedata.normalize("NFKC", text + around)))  # tags, entities, broken words
    assume(not any(unicodedata.category(one) in ("Pd", "Cf", "Sm") for one in text + around))
    words = words_of(text)
    assert words_of(f"{text}\n{around}") == [*words, *words_of(around)]
    assert words_of(shown(words)) == words


# Inside one set


def test_repeats_are_told_apart_from_shared_texts() -> None:
    first, second, third, *_ = PAIRS
    random = Random(8)
    twin = changed(first.resume_text, 0.08, random, WORDS)
    pairs = [
        pair(first.resume_text, first.job_description_text, "a"),
        pair(rewrapped(first.resume_text), first.job_description_text.upper(), "same"),
        pair(twin, changed(first.job_description_text, 0.08, random, WORDS), "near"),
        pair(first.resume_text, second.job_description_text, "other-job"),
        pair(third.resume_text, "", "empty-job"),
        pair("", "", "empty"),
    ]
    found = repeats(pairs)
    assert [(one.pairs, one.exact) for one in found.pairs] == [
        (("a", "same"), True),
        (("a", "near"), False),
        (("same", "near"), False),
    ]
    assert THRESHOLD < found.pairs[1].score < 1
    assert [one.pairs for one in found.resumes] == [("a", "same", "near", "other-job")]
    assert [one.pairs for one in found.jobs] == [("a", "same", "near")]


def test_an_answer_that_repeats_the_bullets_of_the_gold_is_found_without_its_prompt() -> None:
    pairs = load_dataset("resume_jd@2", Path()).select("heldout")
    held_out = HeldOut(pairs)
    answers = {pair.id: line("hidden", "hidden", "\n".join(bullets_of(pair.gold))) for pair in pairs}
    assert [one for one, answer in answers.items() if one not in {found.pair for found in held_out.find(answer)}] == []
