"""The scores and losses of `grounding`, how figures are read, and what holds for every text."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shortlist.metrics.certificates import certificates_of
from shortlist.metrics.claims import claims_of
from shortlist.metrics.figures import figures_of
from shortlist.metrics.grounding import Evidence
from shortlist.metrics.support import Source
from shortlist.scores import CaseScores, ScoreStatus
from shortlist.tasks.rules import ClaimKind, ClaimRule
from shortlist_datasets import Pair
from shortlist_providers.types import FailureKind
from support.cases import attempt, bundled_pairs, pro_output, record, score, task

RESUME = "Acme GmbH, Köln\nSenior Accountant, 03/2019 – 05/2021\nSaved $1.2 million (12%) for 40 clients. CPA.\n"
RULES: dict[ClaimKind, ClaimRule] = {
    "employers": ClaimRule(fields=("roles[].company",)),
    "numbers": ClaimRule(fields=("summary", "roles[].bullets[]")),
    "certifications": ClaimRule(fields=("summary",)),
}


def judged(output: Any, rules: dict[ClaimKind, ClaimRule] = RULES, job: str = "") -> CaseScores:
    pair = Pair("p1", "cook", RESUME, job, {}, (), None)
    return score([record(output)], ["grounding"], of=task(schema={}, fields={}, grounding=rules), pairs=[pair])[0]


def values(scores: CaseScores) -> dict[str, float | None]:
    return {name: None if of.value is None else float(of.value) for name, of in scores.scores.items()}


def test_each_kind_has_its_share_and_the_score_counts_every_claim_once() -> None:
    output = {"summary": "Saved $1.2M and 30%; CPA.", "roles": [{"company": "Acme"}, {"company": "Apex"}]}
    assert values(judged(output)) == {
        "grounding.employers": 1 / 2,
        "grounding.numbers": 1 / 2,
        "grounding.certifications": 1.0,
        "grounding.score": 3 / 5,
    }


def test_a_loss_names_the_place_the_characters_and_the_nearest_thing() -> None:
    output = {"summary": "I looked after 12 million dollars.", "roles": [{"company": "Acne GmbH"}, {"company": "Zorg"}]}
    losses = [(loss.metric, f"{loss.path}: {loss.why}") for loss in judged(output).losses]
    assert losses == [
        (
            "grounding.employers",
            "roles[0].company: 'Acne GmbH' does not stand in the résumé; nearest: 'Acme GmbH'",
        ),
        ("grounding.employers", "roles[1].company: 'Zorg' does not stand in the résumé"),
        (
            "grounding.numbers",
            "summary[15:33]: '12 million dollars' does not stand in the résumé; nearest: '$1.2 million'",
        ),
    ]
    assert output["summary"][15:33] == "12 million dollars"


def test_a_kind_without_a_claim_does_not_apply_and_neither_does_silence() -> None:
    scores = judged({"summary": "Nothing to see.", "roles": [{"company": " "}, {"company": None}, 3]}).scores
    assert {name: of.status for name, of in scores.items()} == dict.fromkeys(scores, ScoreStatus.NOT_APPLICABLE)
    assert scores["grounding.certifications"].reason == "the output claims no certifications"
    assert scores["grounding.score"].reason == "the output claims nothing that is looked up"


def test_a_case_that_failed_scores_nothing_in_every_kind() -> None:
    of = task(schema={}, fields={}, grounding=RULES)
    lost, unread = score(
        [record("", attempt(failure=FailureKind.TIMEOUT)), record("no JSON", key=("p1", "other", 0))],
        ["grounding"],
        of=of,
    )
    for scores, reason in ((lost, "failed: timeout"), (unread, "the output holds no JSON that could be read")):
        assert {(s.value, s.status, s.reason) for s in scores.scores.values()} == {(0.0, ScoreStatus.FAILED, reason)}
        assert set(scores.scores) == {f"grounding.{kind}" for kind in RULES} | {"grounding.score"}


def test_a_task_without_rules_has_no_score() -> None:
    ((name, kept),) = judged({}, {}).scores.items()
    assert (name, kept.status, kept.value) == ("grounding.score", ScoreStatus.NOT_APPLICABLE, None)


@pytest.mark.parametrize(
    ("kind", "claimed", "source"),
    [
        ("employers", "Laiterie du Puy Cendr\u00e9", "<b>Laiterie du Puy Cendr&eacute;</b>"),
        ("employers", "High School", "High Scho0l"),
        ("dates", "2024-10", "lO/2O24 - O3/2O25"),
        ("dates", "2020-02", "f&eacute;vrier 2020"),
        ("numbers", "15,000 people", "l5,OOO people"),
        ("numbers", "220 trucks", "22O trucks"),
        ("degrees", "Diploma", "Diplorna"),
        ("institutions", "K\u00f6rperschule", "Koerperschule"),
    ],
)
def test_markup_and_scanners_faults_in_the_source(kind: ClaimKind, claimed: str, source: str) -> None:
    assert supports(source, kind, claimed) == [True]


def test_the_job_description_counts_where_the_rule_says_so() -> None:
    output, job = {"summary": "Your 620 people"}, "We are 620 people."
    assert values(judged(output, {"numbers": ClaimRule(fields=("summary",))}, job))["grounding.numbers"] == 0.0
    both: dict[ClaimKind, ClaimRule] = {"numbers": ClaimRule(fields=("summary",), source="pair")}
    assert values(judged(output, both, job))["grounding.numbers"] == 1.0
    (loss,) = judged({"summary": "Your 630 people"}, both, job).losses
    assert loss.why.startswith("'630' does not stand in the résumé or the job description")


def test_plain_text_is_judged_as_the_field_text() -> None:
    of = task(schema=None, fields={}, grounding={"numbers": ClaimRule(fields=("text",))})
    (scores,) = score([record("Saved 13%.")], ["grounding"], of=of, pairs=[Pair("p1", "", RESUME, "", {}, (), None)])
    assert scores.scores["grounding.score"].value == 0.0
    assert [loss.path for loss in scores.losses] == ["text[6:9]"]


# Figures


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("$18.6 million", {(18_600_000, "$")}),
        ("US$ 18,600,000", {(18_600_000, "$")}),
        ("18.600.000 €", {(18_600_000, "€")}),
        ("18\u202f600\u202f000 euros", {(18_600_000, "€")}),
        ("CHF 1'200", {(1200, "chf")}),
        ("1.200", {(1200, ""), (1.2, "")}),
        ("0,125", {(0.125, "")}),
        ("1,5 Mio. €", {(1_500_000, "€")}),
        ("R$ 300 mil", {(300_000, "r$")}),
        ("82k", {(82_000, "")}),
        ("5 m", {(5, "")}),
        ("$5m", {(5_000_000, "$")}),
        ("12,5 %", {(12.5, "%")}),
        ("97 per cent", {(97, "%")}),
        ("10 por ciento", {(10, "%")}),
        ("'19", {(19, ""), (1919, ""), (2019, "")}),
        ("3rd", {(3, "")}),
        ("twenty-one", {(21, "")}),
        ("treinta y cinco", {(35, "")}),
        ("quatre-vingt-dix-sept", {(97, "")}),
        ("f\u00fcnfundzwanzig", {(25, "")}),
        ("vinte e duas", {(22, "")}),
        ("two hundred", {(200, "")}),
        ("two dozen", {(24, "")}),
        ("C$ 5", {(5, "c$"), (5, "$")}),
    ],
)
def test_a_figure(text: str, readings: set[tuple[float, str]]) -> None:
    (figure,) = figures_of(text, None)
    assert figure.readings == readings


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("5-10%", [{(5, ""), (5, "%")}, {(10, "%")}]),
        ("5 to 10", [{(5, "")}, {(10, "")}]),
        ("$10\u201385 million", [{(10, "$"), (10e6, "$")}, {(85e6, ""), (85e6, "$")}]),
        ("2015-2017", [{(2015, "")}, {(2017, "")}]),
        ("24/7", [{(24, "")}, {(7, "")}]),
    ],
)
def test_a_range_shares_its_unit(text: str, readings: list[set[tuple[float, str]]]) -> None:
    assert [figure.readings for figure in figures_of(text, None)] == readings


def test_words_that_are_numbers_in_one_language_alone() -> None:
    assert [figure.readings for figure in figures_of("once", "es")] == [{(11, "")}]
    assert figures_of("once", "en") == figures_of("dos", "pt") == figures_of("one", "en") == []


@pytest.mark.parametrize(
    ("claimed", "source", "right"),
    [
        ("over 100", "97 people", False),
        ("95", "95%", False),
        ("$64,000", "64,000", False),
        ("since 2019", "Jan '19", True),
        ("since 2019", "3/19 - today", True),
        ("in 03/2019", "March 2019", True),
        ("in 04/2019", "March 2019", False),
        ("COVID-19", "19 people", False),
        ("COVID-19", "the Covid-19 wards", True),
        ("19 people", "COVID-19", False),
        ("B2B", "B2B sales", True),
        ("Q3", "3 teams", False),
        ("ASC 842", "ASC 606", False),
        ("401(k)", "a 401(k) plan", True),
        ("a dozen cooks", "12 cooks", True),
        ("twelve cooks", "eine Brigade von 12", True),
        ("12 cooks", "douze cuisiniers", True),
    ],
)
def test_a_claimed_figure(claimed: str, source: str, right: bool) -> None:
    assert all(supports(source, "numbers", claimed)) == right


def supports(source: str, kind: ClaimKind, text: str) -> list[bool]:
    evidence = Evidence(source)
    claims = claims_of(kind, ClaimRule(fields=("text",)), {"text": text})
    found = [evidence.bears_out(kind, claim) for claim in claims]
    assert found
    return found


# Names, titles, degrees


@pytest.mark.parametrize(
    ("kind", "claimed", "source", "right"),
    [
        ("employers", "Northmoor Hospital", "Northfield Hospital", False),
        ("employers", "Northfield Hospital", "North\ufb01eld\nHospital", True),
        ("employers", "Northfield Hospital", "North-\nfield Hospital, S.A.", True),
        ("employers", "Northfield Hospital", "Northf1eld Hosp1tal", True),
        ("employers", "Café Zürich S.A. de C.V.", "Cafe\u0301 Zu\u0308rich", True),
        ("employers", "University of Arden", "Arden University", False),
        ("employers", "Start-up Lab", "Startup Lab", True),
        ("titles", "Director", "Assistant Director", False),
        ("titles", "Marketing Director", "Assistant Marketing Director", False),
        ("titles", "Director", "Reported to the Director", False),
        ("titles", "Director", "Assistant Director\nDirector", True),
        ("titles", "Senior Accountant", "Accountant", False),
        ("titles", "Senior Accountant", "Senior Auditor, Accountant", False),
        ("titles", "Senior Engineer", "Engineer, Senior", True),
        ("titles", "Director of Nursing", "Nursing Director", True),
        ("titles", "President", "Vice President", False),
        ("titles", "VP Sales", "Vice President, Sales", True),
        ("titles", "Ingenieurin", "Ingenieur", True),
        ("titles", "Nurse", "Nurse Extern", False),
        ("degrees", "Master of Science", "Bachelor of Science", False),
        ("degrees", "Bachelor's degree", "B.Sc.", True),
        ("degrees", "MBA", "M.B.A.", True),
        ("degrees", "MS Finance", "MS Accounting\nBS Finance", False),
        ("degrees", "Master of Arts", "Worcester, MA", False),
        ("degrees", "Associate of Science", "as a nurse", False),
        ("skills", "Java", "JavaScript", False),
        ("skills", "C", "C++ and C#", False),
        ("skills", "C++", "C++17", True),
        ("skills", ".NET", "net income", False),
        ("skills", "CI/CD", "CICD", True),
        ("skills", "Python, Java", "Python; JavaScript", False),
    ],
)
def test_a_claimed_name(kind: ClaimKind, claimed: str, source: str, right: bool) -> None:
    assert supports(source, kind, claimed) == [right]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("A CPA with care", ["CPA"]),
        (
            "AWS Certified Solutions Architect \u2013 Associate since May",
            ["AWS Certified Solutions Architect \u2013 Associate"],
        ),
        ("holds CCRN certification", ["CCRN"]),
        ("License: CDL", ["CDL"]),
        ("forklift certified", ["forklift certified"]),
        ("certificado en soldadura", ["certificado en soldadura"]),
        ("I have no PMP, but time", []),
        ("a delta of nine; licensed to you", []),
        ("the required certifications", []),
        # A name ends where its sentence ends; an abbreviation ends none.
        ("Lead, Spanish. Nail Technology Certificate", ["Nail Technology Certificate"]),
        ("Crew Leader. ISA Certified Arborist", ["ISA Certified Arborist"]),
        ("at Level 2. Certified Nurse", ["Certified Nurse"]),
        ("Chartered Insurance Institute. Where I am now", ["Chartered Insurance Institute"]),
        ("a St. John Ambulance certificate", ["St. John Ambulance certificate"]),
        # What is said of it is no part of its name.
        ("the r\u00e9sum\u00e9 shows teaching certificate", ["teaching certificate"]),
        ("holding compact license", ["compact license"]),
        ("I certified translations", []),
        ("AGRO.GES, polos A e P e o resto", []),
        ("licensed P.E. in two states", ["P.E"]),
    ],
)
def test_what_names_a_certificate(text: str, named: list[str]) -> None:
    assert [text[start:end] for start, end in certificates_of(text)] == named


# What holds for every text

PIECES = st.sampled_from(
    [
        *(
            "Acme",
            "Senior",
            "Director",
            "Assistant",
            "of",
            "Nursing",
            "B.S.",
            "M.Ed.",
            "MA",
            "C++",
            ".NET",
            "Java",
            "-",
            "month-\n",
        ),
        *(
            "$18.6",
            "million",
            "5-10",
            "%",
            "'19",
            "03/2019",
            "COVID-19",
            "twenty",
            "one",
            "cent",
            "dos",
            "M",
            "CPA",
            "certified",
        ),
        *(
            "license",
            "\n",
            ",",
            "(",
            ")",
            "/",
            "&",
            "e\u0301",
            "\ufb01",
            "1.200",
            "1 200",
            "to",
            "mil",
            "k",
            "2019-03",
            "ASC 606",
            "<b>",
            "&eacute;",
            "2O19",
            "l5",
        ),
    ]
)
TEXTS = st.lists(st.tuples(PIECES, st.sampled_from([" ", " ", "\n", ""])), max_size=24).map(
    lambda parts: "".join(piece + gap for piece, gap in parts)
)
ANY_TEXT = st.one_of(TEXTS, st.text(max_size=60))
KINDS: list[ClaimKind] = [
    "employers",
    "titles",
    "degrees",
    "institutions",
    "dates",
    "skills",
    "numbers",
    "certifications",
]
WHOLE = ClaimRule(fields=("text",))


@settings(max_examples=300)
@given(ANY_TEXT)
def test_a_copied_text_claims_nothing_false(text: str) -> None:
    evidence = Evidence(text)
    for kind in ("numbers", "certifications", "skills", "employers"):
        for claim in claims_of(kind, WHOLE, {"text": text}):
            assert evidence.bears_out(kind, claim), (kind, claim)


@pytest.mark.parametrize("pair", bundled_pairs(), ids=lambda pair: pair.id)
def test_copied_lines_of_a_resume_claim_nothing_false(pair: Pair) -> None:
    evidence = Evidence(pair.resume_text)
    for line in pair.resume_text.splitlines():
        for kind in ("numbers", "certifications"):
            for claim in claims_of(kind, WHOLE, {"text": line}):
                assert evidence.bears_out(kind, claim), claim


@settings(max_examples=300)
@given(ANY_TEXT, ANY_TEXT, ANY_TEXT, st.sampled_from(KINDS))
def test_more_source_never_takes_support_away(claimed: str, source: str, more: str, kind: ClaimKind) -> None:
    less, enough = Evidence(source), Evidence(f"{source}\n{more}")
    for claim in claims_of(kind, WHOLE, {"text": claimed}):
        assert enough.bears_out(kind, claim) >= less.bears_out(kind, claim), claim


@settings(max_examples=200)
@given(ANY_TEXT, ANY_TEXT)
def test_shares_are_bounded_and_spans_are_places_in_the_output(claimed: str, source: str) -> None:
    rules = dict.fromkeys(KINDS, WHOLE)
    pair = Pair("p1", "", source, "", {}, (), None)
    (scores,) = score([record({"text": claimed})], ["grounding"], of=task(grounding=rules), pairs=[pair])
    assert all(of.value is None or 0 <= of.value <= 1 for of in scores.scores.values())
    for kind in KINDS:
        for claim in claims_of(kind, WHOLE, {"text": claimed}):
            assert claimed[claim.start : claim.end] == claim.text
            assert claim.text


def test_gold_as_an_output_is_fully_grounded() -> None:
    of = task(fields={}, grounding=pro_output().grounding)
    for pair in bundled_pairs():
        renamed = Pair("p1", pair.domain, pair.resume_text, pair.job_description_text, {}, (), None)
        (scores,) = score([record(pair.gold["pro_output"])], ["grounding"], of=of, pairs=[renamed])
        assert scores.scores["grounding.score"].value == 1.0
        assert scores.losses == ()


def test_thirty_pages_are_looked_through() -> None:
    source = Source("\n".join(f"line {n} of Acme Foods {n}" for n in range(6000)) + "\nNorthfield Hospital")
    assert source.bears_out("Northfield Hospital", "name")
    assert not source.bears_out("Northmoor Hospital", "name")


def test_a_claim_of_a_thousand_words_is_found_in_its_order_or_not_at_all() -> None:
    words = [f"word{n:04}" for n in range(1000)]
    source = Source(" ".join(words))
    assert source.bears_out(" ".join(words), "term")
    assert not source.bears_out(" ".join(reversed(words)), "term")
