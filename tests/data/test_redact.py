"""What is taken out of résumés, and what has to stay."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from shortlist_datasets import Pair, load_dataset
from shortlist_datasets.names import names_in
from shortlist_datasets.personal_data import phones_in
from shortlist_datasets.redact import redact_pair, redactor_of

PAIRS = load_dataset("resume_jd@1", Path()).pairs
NAMES = {
    "accountant-01": "Priyanka Raman",
    "registered-nurse-01": "Folasade Okonkwo-Reyes",
    "software-engineer-01": "Zofia Brzezińska",
    "high-school-teacher-01": "Marguerite Thibodeaux",
    "electrician-01": "Dale Hutchins",
    "marketing-manager-01": "Tendai Moyo-Lindqvist",
    "warehouse-supervisor-01": "José Luis Ibarra Quiñones",
    "data-analyst-01": "Minh Anh Nguyen",
    "paralegal-01": "Siobhán Ní Dhomhnaill",
    "chef-01": "Jean-Baptiste Koffi N'Guessan",
    "civil-engineer-01": "Oluwaseun A. Adeyemi",
    "hr-business-partner-01": "Annelies van der Heijden-Çelik",
}
EMAIL = re.compile(r"\S+@\S+\.\w+")
PHONE = re.compile(r"555[ .)-]*01\d\d")


def redacted(resume: str, job: str = "A job.", gold: Any = None) -> Pair:
    return redact_pair(Pair("p", "x", resume, job, gold or {}, (), None))[0]


def everything(pair: Pair) -> str:
    return "\n".join((pair.resume_text, pair.job_description_text, json.dumps(pair.gold, ensure_ascii=False)))


@pytest.mark.parametrize("pair", PAIRS, ids=lambda one: one.id)
def test_name_email_and_phone_of_every_bundled_pair_are_gone_and_employers_stay(pair: Pair) -> None:
    done, counts = redact_pair(pair)
    text = everything(done)
    assert EMAIL.search(text) is None
    assert PHONE.search(text) is None
    for word in re.findall(r"\w[\w'’]{2,}", NAMES[pair.id].replace("-", " ")):
        if word not in ("van", "der"):
            assert re.search(rf"(?<!\w){word}(?!\w)", text, re.IGNORECASE) is None, word
    assert min(counts[kind] for kind in ("NAME", "EMAIL", "PHONE")) >= 1
    assert sum(counts.values()) <= 8
    before, after = pair.gold["pro_output"], done.gold["pro_output"]
    for key in ("education", "skills", "keywordChecklist"):
        assert after[key] == before[key]
    for was, now in zip(before["bulletsByRole"], after["bulletsByRole"], strict=True):
        assert now == was


SPANISH = """María Fernanda Gutiérrez López
C/ Alcalá 123, 4º B, 28009 Madrid
Móvil: 612 345 678 | mf.gutierrez@correo.example.com | linkedin.com/in/mfgutierrez
DNI: 12345678Z   Fecha de nacimiento: 14/03/1988

EXPERIENCIA
2015-2017 Contable, Gestoría Prado S.L., Madrid. Facturación de 1.250.000 €.
"""
FRENCH = """Curriculum Vitae

Jean-Luc LEFÈVRE
12 bis, rue de la République
69002 Lyon
Tél. : 06.12.34.56.78
jl.lefevre@example.fr
Né le 3 mai 1985

EXPÉRIENCE
De 2012 à 2016 : Infirmier, CHU de Lyon, budget de 1 250 000 €
"""
GERMAN = """LEBENSLAUF

Name: Jürgen Groß-Müller
Anschrift: Lindenstraße 14a, 10969 Berlin
Telefon: +49 30 1234567
E-Mail: j.gross@example.de
Geburtsdatum: 12.04.1979
Berufserfahrung
03/2015 - 05/2019 Elektriker, Stadtwerke München GmbH
01.01.2010 – 31.12.2014 Geselle
"""
PORTUGUESE = """João Pedro da Silva Santos
Rua das Flores, 45, 2.º Dto, 1200-195 Lisboa
+351 912 345 678 · joao.santos@example.pt
NIF 123456789

Experiência
2018 - 2021 Engenheiro civil, Santos & Filhos Lda, Lisboa. O João coordenou 12 pessoas.
"""


@pytest.mark.parametrize(
    ("resume", "gone", "stays"),
    [
        (
            SPANISH,
            ["María", "Gutiérrez", "López", "Alcalá", "28009", "612", "gutierrez", "12345678Z", "1988"],
            ["2015-2017 Contable, Gestoría Prado S.L., Madrid. Facturación de 1.250.000 €."],
        ),
        (
            FRENCH,
            ["LEFÈVRE", "République", "69002", "34.56", "lefevre", "1985"],
            ["CHU de Lyon, budget de 1 250 000 €"],
        ),
        (
            GERMAN,
            ["Jürgen", "Müller", "Lindenstraße", "10969", "1234567", "gross", "1979"],
            ["03/2015 - 05/2019 Elektriker, Stadtwerke München GmbH", "01.01.2010 – 31.12.2014 Geselle"],
        ),
        (
            PORTUGUESE,
            ["João", "Flores", "1200-195", "912", "joao", "123456789"],
            ["2018 - 2021 Engenheiro civil, Santos & Filhos Lda, Lisboa. O [NAME] coordenou 12 pessoas."],
        ),
    ],
    ids=["es", "fr", "de", "pt"],
)  # fmt: skip
def test_other_languages(resume: str, gone: list[str], stays: list[str]) -> None:
    text = redacted(resume).resume_text
    assert [one for one in gone if one in text] == []
    assert [one for one in stays if one not in text] == []


HEAD = "PRIYA RAMAN, CPA\n12 Elm Street, Dayton, OH 45402 | (614) 555-0142 | priya.raman@example.com\n"


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("Priya Raman", "[NAME]"),
        ("Raman, Priya", "[NAME]"),
        ("P. Raman", "[NAME]"),
        ("Raman", "[NAME]"),
        ("Dear Ms. Raman:", "Dear Ms. [NAME]:"),
        ("PRIYA", "[NAME]"),
        ("Priya's audit", "[NAME] audit"),
        ("Ramanathan and Priyanka", "Ramanathan and Priyanka"),
        ("Raman & Sons LLC", "Raman & Sons LLC"),
        ("614.555.0142", "[PHONE]"),
        ("+1 614-555-0142", "[PHONE]"),
        ("6145550142", "[PHONE]"),
        ("12 Elm Street,\n Dayton, OH  45402", "[ADDRESS]"),
        ("write to PRIYA.RAMAN@EXAMPLE.COM.", "write to [EMAIL]."),
        ("see https://github.com/priya/x and linkedin.com/in/priya", "see [URL] and [URL]"),
        ("SSN: 123-45-6789", "SSN: [ID]"),
        ("Date of birth: March 3, 1985", "Date of birth: [BIRTH DATE]"),
        ("Born in Lyon, 2019-03 to 2021-05, 2015-2017", "Born in Lyon, 2019-03 to 2021-05, 2015-2017"),
        ("revenue of $12 500 000, 1,250,000 units, 99.6%", "revenue of $12 500 000, 1,250,000 units, 99.6%"),
        ("Python 3.11, ASC 606, SOX 404, 480 accounts", "Python 3.11, ASC 606, SOX 404, 480 accounts"),
    ],
)
def test_forms_in_other_texts(said: str, wanted: str) -> None:
    assert redactor_of(HEAD).apply(said) == wanted


def test_a_name_that_is_a_common_word_stays_where_it_is_one() -> None:
    resume = "Will Stokes\nwill.stokes@example.com\n\nI will lead. Will Stokes did. Stokes too. Will it hold?"
    assert redacted(resume).resume_text.endswith("I will lead. [NAME] did. [NAME] too. Will it hold?")


def test_gold_job_and_reasons_are_redacted_alike() -> None:
    gold = {"t": {"by": ["P. Raman", 3, None]}}
    pair = Pair("p", "x", HEAD, "Ask Raman or hr@example.org", gold, (), None, {"t.by": "Priya says"})
    done, counts = redact_pair(pair)
    assert done.job_description_text == "Ask [NAME] or [EMAIL]"
    assert done.gold == {"t": {"by": ["[NAME]", 3, None]}}
    assert done.inferred == {"t.by": "[NAME] says"}
    assert counts["NAME"] == 4


@pytest.mark.parametrize(
    ("resume", "names"),
    [
        ("RESUME\n\nJane Q. Doe, RN\nNurse", ("Jane", "Doe")),
        ("Senior Accountant\nJane Doe\njane.doe@example.com", ("Jane", "Doe")),
        ("Doe, Jane\n555-0100", ("Jane", "Doe")),
        ("CV of Trevor Oldroyd-Banks\nMill Hey", ("Trevor", "Oldroyd-Banks")),
        ("HARPREET (HARRY) GILL          Physiotherapist", ("HARPREET", "HARRY", "GILL")),
        ("sabine okonkwo\nnew york, ny / sabine@example.com", ("Sabine", "Okonkwo")),
        ("<html><b>THEODORA VANCE</b><br>", ("THEODORA", "VANCE")),
        ("Rosa dos Anjos, 41 anos", ("Rosa", "Anjos")),
        ("LAMAR WH1TFIELD\n(210) 555-0155", ("LAMAR", "WH1TFIELD")),
        ("Mae\u0308lle The\u0301roude\nmaelle.t@example.fr", ("Maëlle", "Théroude")),
        ("Objective: to work\nExperience\n", ()),
        ("", ()),
    ],
)
def test_names_are_read_off_the_head(resume: str, names: tuple[str, ...]) -> None:
    assert names_in(resume) == names


def test_phones_are_no_dates_sums_or_codes() -> None:
    for text in ("2015 - 2017", "03.2015-05.2019", "12.04.1979", "1 250 000", "12.500.000", "2016 - 03/2019"):
        assert phones_in(text, is_head=True) == [], text
    for text in ("555-0142", "06 12 34 56 78", "612 345 678", "+49 30 1234567", "(614) 555-0142", "+33 6 12 34 56 78"):
        assert phones_in(text, is_head=True) == [(0, len(text))], text


@pytest.mark.parametrize(
    ("head", "gone"),
    [
        ("BAE Seo-yeon (배서연)\nx@example.org", "배서연"),
        ("Muhannad Sabbagh (محمد مهنّد)\nx@example.org", "محمد"),
        ('Ana Beltrova ("Rosie")\nx@example.org\n\nRosie has led teams.', "Rosie"),
        ("Ana Beltrova\n918-555-O177 x@example.org", "O177"),
        ("Ana Beltrova\n(210) 555-Ol53 x@example.org", "Ol53"),
        ("Ana Beltrova\nx@example.org · portfolio: ana-b.example.net", "ana-b"),
        ("Ana Beltrova\nana.bel7@example.org\n\nno JSON: (ana.bel7...e 2022", "ana.bel7"),
        ("Ana Beltrova\nana.bel7@example.org\n\nno JSON: (ana.be...e 2022", "ana.be"),
    ],
)
def test_other_spellings_of_who_it_is_go_too(head: str, gone: str) -> None:
    assert gone not in redacted(f"{head}\n\nEXPERIENCE\nPacker, Brightloom, 2019 - 2023").resume_text


def test_what_a_name_in_brackets_is_not_stays() -> None:
    kept = redacted("Ana Beltrova (RN)\nx@example.org\n\nASP.NET and Node.js at Amazon.com").resume_text
    assert all(word in kept for word in ("RN", "ASP.NET", "Node.js", "Amazon.com"))
