"""The smaller tasks: what a post offers, whether it is one, and what a résumé shows of what it asks, in five "
"languages."""

from __future__ import annotations

from typing import Any

import pytest

from providers.rules.helpers import made
from shortlist_providers.rules import RulesConfig

POSTS: dict[str, tuple[str, dict[str, Any]]] = {
    "en": (
        "Senior Lab Technician\nMarrow Peak Biologics Ltd, Leeds (hybrid)\n£31,000 – £34,500 a year | Full-time\n\n"
        "What you will do\n- Run HPLC assays\n- Keep the LIMS in order\n\nRequirements\n- Three years in a GLP lab\n"
        "- HPLC\n\nNice to have\n- GC-MS\n\nBenefits\n- A bonus of £2,000\n",
        {
            "title": "Senior Lab Technician", "hiringOrganization": "Marrow Peak Biologics Ltd",
            "jobLocation": "Leeds",
            "employmentType": ["FULL_TIME"], "seniority": "senior",
            "baseSalary": {"currency": "GBP", "minValue": 31000, "maxValue": 34500, "unitText": "YEAR"},
            "mustHaveSkills": ["Three years in a GLP lab", "HPLC"], "niceToHaveSkills": ["GC-MS"],
            "responsibilities": ["Run HPLC assays", "Keep the LIMS in order"],
        },
    ),
    "es": (
        "Conservas Peñalta – Planta de Monterrey\n\nVACANTE: Supervisora de Producción\n\nSomos fabricantes de "
        "conservas.\n\n"
        "Funciones\n• Coordinar dos líneas\n\nRequisitos indispensables\n• Manejo de SAP\n• 5 años de experiencia\n\n"
        "Deseable: inglés intermedio, Power BI.\n\nOfrecemos sueldo de $24,000 a $27,000 mensuales. Tiempo "
        "completo.\n",
        {
            "title": "Supervisora de Producción", "hiringOrganization": "Conservas Peñalta", "seniority": "lead",
            "employmentType": ["FULL_TIME"],
            "baseSalary": {"currency": "MXN", "minValue": 24000, "maxValue": 27000, "unitText": "MONTH"},
            "mustHaveSkills": ["Manejo de SAP", "5 años de experiencia"],
            "niceToHaveSkills": ["inglés intermedio", "Power BI"], "responsibilities": ["Coordinar dos líneas"],
        },
    ),
    "fr": (
        "Comptable (H/F)\nMaison Vauquelin SARL, Rennes\n\nVos missions :\n– Tenir la comptabilité\n\nProfil "
        "recherché\n"
        "– BTS comptabilité\n– Maîtrise de Sage\n\nAtouts\n– Anglais courant\n\nCDI à temps partiel, 15,50 € de "
        "l'heure.\n",
        {
            "title": "Comptable", "hiringOrganization": "Maison Vauquelin SARL", "jobLocation": "Rennes",
            "employmentType": ["PART_TIME"],
            "baseSalary": {"currency": "EUR", "minValue": 15.5, "maxValue": 15.5, "unitText": "HOUR"},
            "mustHaveSkills": ["BTS comptabilité", "Maîtrise de Sage"], "niceToHaveSkills": ["Anglais courant"],
            "responsibilities": ["Tenir la comptabilité"],
        },
    ),
    "de": (
        "Filialleiterin (m/w/d)\nBäckerei Hartungen GmbH, Graz\n\nIhre Aufgaben\n* Dienstplan erstellen\n\n"
        "Das bringen Sie mit\n* Abgeschlossene Lehre\n* Führerschein B\n\nVon Vorteil\n* Kenntnisse in DATEV\n\n"
        "Vollzeit, unbefristet. Das Gehalt beginnt bei € 2.950,00 brutto im Monat.\n",
        {
            "title": "Filialleiterin", "hiringOrganization": "Bäckerei Hartungen GmbH", "jobLocation": "Graz",
            "employmentType": ["FULL_TIME"], "seniority": "lead",
            "baseSalary": {"currency": "EUR", "minValue": 2950, "maxValue": None, "unitText": "MONTH"},
            "mustHaveSkills": ["Abgeschlossene Lehre", "Führerschein B"], "niceToHaveSkills": ["Kenntnisse in DATEV"],
            "responsibilities": ["Dienstplan erstellen"],
        },
    ),
    "pt": (
        "Técnico(a) em Edificações – Alagoinhas/BA\n\nObras Mirandela contrata, regime CLT, salário de R$ 3.850,00 "
        "por mês.\n\n"
        "Atividades:\n- Diário de obra\n\nRequisitos:\n- AutoCAD\n\nDiferenciais:\n- Revit\n",
        {
            "title": "Técnico(a) em Edificações", "hiringOrganization": "Obras Mirandela",
            "jobLocation": "Alagoinhas/BA",
            "baseSalary": {"currency": "BRL", "minValue": 3850, "maxValue": 3850, "unitText": "MONTH"},
            "mustHaveSkills": ["AutoCAD"], "niceToHaveSkills": ["Revit"], "responsibilities": ["Diário de obra"],
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize("language", POSTS)
def test_a_post_is_read_in_five_languages(language: str) -> None:
    text, expected = POSTS[language]
    found = made("job_extraction", "", text)
    assert {key: found[key] for key in expected} == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Pay: $18.50 an hour", ("USD", 18.5, 18.5, "HOUR")),
        ("Salary up to 45k € a year", ("EUR", None, 45000, "YEAR")),
        ("Salaire : à partir de 2 300 € brut par mois", ("EUR", 2300, None, "MONTH")),
        ("Salary CAD 70,000 to 80,000 a year", ("CAD", 70000, 80000, "YEAR")),
        ("Échelle de 33,18 $ à 40,92 $ l'heure, Montréal", ("CAD", 33.18, 40.92, "HOUR")),
        ("Gehalt: CHF 6'500 – 7'200 im Monat", ("CHF", 6500, 7200, "MONTH")),
        ("We pay £150 a day", ("GBP", 150, 150, "DAY")),
        ("Lohn: 800 € pro Woche", ("EUR", 800, 800, "WEEK")),
        ("Sueldo: S/ 4,500 mensuales", ("PEN", 4500, 4500, "MONTH")),
        ("Base salary of $82,000–$96,000, a 6% match", ("USD", 82000, 96000, "YEAR")),
    ],
)
def test_pay_in_many_notations(line: str, expected: tuple[Any, ...]) -> None:
    found = made("job_extraction", "", f"Baker\nMill Ltd\n\n{line}\n")["baseSalary"]
    assert found is not None
    assert (found["currency"], found["minValue"], found["maxValue"], found["unitText"]) == expected


@pytest.mark.parametrize(
    "line",
    [
        "A sign-on bonus of $10,000 a year",
        "Our revenue is $210 million a year",
        "We look after a budget of £40,000 a year",
        "There is an on-call allowance of £210 a week",
        "Founded in 1987, 1,150 employees",
        "Pension and 26 days of leave",
    ],
)
def test_other_figures_are_no_pay(line: str) -> None:
    assert made("job_extraction", "", f"Baker\nMill Ltd\n\n{line}\n")["baseSalary"] is None


RESUME = (
    "Jane Osei\njane@example.com\n\nEXPERIENCE\nBaker, Mill Bakery, Hull, 2019 - present\n- Baked bread\n\n"
    "Cook, Inn Ltd, 2015 - 2019\n- Cooked\n\nEDUCATION\nDiploma in Baking, Hull College, 2014\n\nSKILLS\nOvens, "
    "dough\n"
)
NOT_POSTS = {
    "resume": RESUME,
    "letter": (
        "Dear hiring team,\n\nI am applying for the baker position. I have worked in bakeries for years and I have "
        "baked "
        "much bread. My résumé is enclosed. I would welcome a call.\n\nYours sincerely, Jane"
    ),
    "recipe": "Sourdough bread\n\nIngredients: 500 g flour, 2 tbsp salt\nPreheat the oven. Bake for 40 minutes. "
    "Serves 4.",
    "article": (
        "Bakers face higher prices\n\nPublished on 3 May 2026, 4 min read\n\nAccording to researchers, the price of "
        "flour has "
        "risen by 12%. Analysts say that small bakeries suffer most. Subscribe to our newsletter."
    ),
    "shop": "Stand mixer, 5 litres\n£199.00\nAdd to basket. Free shipping. In stock. 214 customer reviews. 2 year "
    "warranty.",
}


@pytest.mark.parametrize("kind", NOT_POSTS)
def test_other_texts_are_no_posts(kind: str) -> None:
    found = made("job_detection", "", NOT_POSTS[kind])
    assert (found["isJobPost"], found["isValid"], found["reason"]) == (False, False, "not_a_job_post")


@pytest.mark.parametrize(
    "text", ["", "   \n", "\ufffd\ufffd \ufffd", "Ã¼ Ã¤ Ã¶ â€™ Ã©", "xkcd qzrt wvbn " * 12, "1010 0101 -- ##"]
)
def test_what_cannot_be_read(text: str) -> None:
    found = made("job_detection", "", text)
    assert (found["isJobPost"], found["isValid"], found["reason"]) == (False, False, "unreadable")


@pytest.mark.parametrize("language", POSTS)
def test_a_whole_open_post_is_valid_in_five_languages(language: str) -> None:
    found = made("job_detection", "", POSTS[language][0])
    assert (found["isJobPost"], found["isValid"], found["reason"]) == (True, True, None)


FAULTS = {
    "closed": (
        "This position has been filled.\n\n{post}",
        "{post}\nLa vacante ya está cubierta. Puesto ya cubierto.\n",
        "{post}\nDie Stelle ist bereits besetzt.\n",
        "{post}\nCette offre n'est plus disponible : poste pourvu.\n",
        "{post}\nVaga encerrada.\n",
    ),
    "suspicious": (
        "Work from home\n\nWe are hiring! No experience. Earn $900 per day. Pay a small registration fee and send "
        "your "
        "bank account details. Apply now, contact us on Telegram.\n",
        "Payment Assistant (part-time)\n\nRequirements\n- a bank account\n\nWe are looking for a payment processor: "
        "you will receive packages at home and "
        "forward parcels. Send a copy of your passport. Apply today.\n",
    ),
    "several_jobs": (
        "We are hiring for the following positions\n\nBaker\n- bakes bread, full-time\n\nCashier\n- serves "
        "customers\n\n"
        "Delivery Driver\n- drives the van\n\nApply with your CV to jobs@example.com\n",
    ),
    "incomplete": (
        "We are looking for a Baker to join our team. Apply today. Read more",
        "{post}\nRequirements\n- Ovens and ...",
    ),
}


@pytest.mark.parametrize(("reason", "text"), [(reason, text) for reason, texts in FAULTS.items() for text in texts])
def test_why_one_cannot_apply(reason: str, text: str) -> None:
    found = made("job_detection", "", text.replace("{post}", POSTS["en"][0]))
    assert (found["isJobPost"], found["isValid"], found["reason"]) == (True, False, reason)


def test_a_post_that_is_open_until_filled_is_open() -> None:
    found = made("job_detection", "", POSTS["en"][0] + "\nReview goes on until the position is filled.\n")
    assert found["isValid"]


ROLES = "Nurse, North Hospital, {0}\n- Cared for patients\n\nNurse, South Clinic, {1}\n- Cared for patients\n"


@pytest.mark.parametrize(
    ("dates", "kinds"),
    [
        (("2021-01 - present", "2016-01 - 2020-12"), set()),
        (("2021-08 - present", "2016-01 - 2020-12"), {"employment_gap"}),
        (("2021-07 - present", "2016-01 - 2020-12"), set()),  # six months are not more than six
        (("2018 - present", "2014 - 2016"), {"employment_gap"}),  # the whole of 2017 at least
        (("2017 - present", "2014 - 2016"), set()),
        (("2019-01 - present", "2016-01 - 2020-12"), {"overlapping_roles"}),
        (("2020-11 - present", "2016-01 - 2020-12"), set()),
        (("2021-01 - 2021-06", "2020-08 - 2020-12"), {"short_tenures"}),
        (("2021-01 - 2019-06", "2016-01 - 2020-12"), {"unclear_dates"}),
    ],
)
def test_concerns_out_of_dates_are_exact_to_the_month(dates: tuple[str, str], kinds: set[str]) -> None:
    resume = f"EXPERIENCE\n\n{ROLES.format(*dates)}\nEDUCATION\nBSc Nursing, Leeds University, 2014\n"
    concerns = made("recruiter_lens", resume, "Nurse\nNorth Hospital\n")["concerns"]
    by_dates = {"employment_gap", "overlapping_roles", "short_tenures", "unclear_dates"}
    assert {one["kind"] for one in concerns} & by_dates == kinds


def test_a_promotion_and_an_internship_are_no_short_stays() -> None:
    resume = (
        "EXPERIENCE\n\nHead Chef, Inn Ltd, 2021-06 - 2022-02\n- Cooked\n\nSous Chef, Inn Ltd, 2020-12 - 2021-05\n- "
        "Cooked\n\n"
        "Kitchen Intern, Hotel Ltd, 2020-06 - 2020-11\n- Cooked\n\nEDUCATION\nDiploma in Cooking, Hull College, 2020\n"
    )
    concerns = made("recruiter_lens", resume, "Chef\nInn Ltd\n")["concerns"]
    assert "short_tenures" not in {one["kind"] for one in concerns}


def test_what_is_required_and_not_shown_is_a_concern_and_no_schooling_is_one() -> None:
    advert = "Baker\nMill Ltd\n\nRequirements\n- HACCP\n- SAP\n"
    found = made("recruiter_lens", "EXPERIENCE\n\nBaker, Mill Bakery, 2019 - present\n- Baked under HACCP\n", advert)
    details = {one["kind"]: one["detail"] for one in found["concerns"]}
    assert "SAP" in details["missing_requirement"]
    assert "HACCP" not in details["missing_requirement"]
    assert "no_education" in details
    assert made("recruiter_lens", "", advert)["verdict"] == "reject"


MATCH = "Analyst\nRail Ltd\n\nRequirements\n- SQL\n- Python\n- dbt\n- Tableau\n"
SHOWS = (
    "Mira Holt\n\nEXPERIENCE\n\nAnalyst, Transit Ltd, 2020 - present\n- Built Tableau dashboards in Python\n"
    "- Never used dbt\n\nSKILLS\nSQL, Python\n"
)


def test_each_keyword_is_matched_or_missing_and_one_that_is_denied_is_missing() -> None:
    found = made("job_match", SHOWS, MATCH)
    assert set(found["matchedKeywords"]) == {"SQL", "Python", "Tableau"}
    assert found["missingKeywords"] == ["dbt"]
    assert any("Tableau" in sentence for sentence in found["strengths"])
    assert any("dbt" in sentence for sentence in found["gaps"])


def test_what_is_shown_and_not_listed_is_to_be_listed_and_the_rest_learned() -> None:
    found = {one["skill"]: one["kind"] for one in made("skill_suggestions", SHOWS, MATCH)["suggestions"]}
    assert found == {"Tableau": "list", "dbt": "learn"}


def test_without_a_list_of_skills_all_that_is_shown_is_to_be_listed() -> None:
    found = made("skill_suggestions", SHOWS.partition("SKILLS")[0], MATCH)["suggestions"]
    assert {one["skill"] for one in found if one["kind"] == "list"} == {"Python", "Tableau"}


def test_the_keywords_that_were_added_stand_in_the_text() -> None:
    found = made("assistant_result", SHOWS, MATCH)
    assert set(found["keywords_added"]) == {"SQL", "Python", "Tableau"}
    assert all(word in found["content"] for word in found["keywords_added"])
    assert "dbt" not in found["content"]
    assert 30 <= len(found["content"].split()) <= 130
    assert any("dbt" in warning for warning in found["warnings"])


FOREIGN = {
    "es": (
        "EXPERIENCIA LABORAL\n\nSupervisora de Producción, Aceites Rumbo S.A., marzo de 2019 a la actualidad\n"
        "- Coordiné tres líneas con SAP\n\nOperaria, Dulces Lario, 2015 - 2018\n- Envasé\n\nFORMACIÓN\nBachillerato, "
        "Colegio "
        "Norte, 2014\n",
        "Supervisora de Producción", "Aceites Rumbo S.A.",
    ),
    "fr": (
        "EXPÉRIENCE PROFESSIONNELLE\n\ndepuis mars 2019 : Comptable, Cabinet Lerat, Nantes\n- Tenue de la "
        "comptabilité sous "
        "Sage\n\n2015 – 2018 : Aide-comptable, Garage Morin, Nantes\n- Saisie des factures\n\nFORMATION\nBTS "
        "comptabilité, "
        "Lycée du Parc, 2014\n",
        "Comptable", "Cabinet Lerat",
    ),
    "de": (
        "BERUFSERFAHRUNG\n\nseit 03/2019: Filialleiterin, Bäckerei Hahn, Graz\n- Führung von sieben "
        "Mitarbeiterinnen\n\n"
        "10/2015 - 02/2019: Verkaeuferin, Kaufhaus Tax, Graz\n- Verkauf und Kassa\n\nAUSBILDUNG\nHandelsschule "
        "Leibnitz, "
        "2014\n",
        "Filialleiterin", "Bäckerei Hahn",
    ),
    "pt": (
        "PERCURSO PROFISSIONAL\n\nTécnica de Edificações, Construtora Serra Ltda., de março de 2019 até hoje\n- "
        "Diário de obra "
        "em AutoCAD\n\nAuxiliar de obras, Saneobras S/A, 2015 – 2018\n- Locação de rede\n\nFORMAÇÃO\nEnsino médio, "
        "Colégio "
        "Central, 2014\n",
        "Técnica de Edificações", "Construtora Serra Ltda.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("language", FOREIGN)
def test_a_resume_is_read_and_a_letter_written_in_its_language(language: str) -> None:
    resume, title, company = FOREIGN[language]
    post, expected = POSTS[language]
    roles = made("pro_output", resume, post)["bulletsByRole"]
    newest = roles[0]
    assert (newest["title"], newest["company"]) == (title, company)
    assert (newest["startDate"], newest["endDate"], len(roles)) == ("2019-03", None, 2)
    letter = made("cover_letter", resume, post)
    assert letter.count("\n\n") == 3
    assert expected["hiringOrganization"] in letter
    assert expected["title"] in letter
    assert title in letter
    assert not {"the", "and", "with"} & set(letter.split())
    assert 150 <= len(letter.split()) <= 400


@pytest.mark.parametrize(("language", "shown"), [("es", "SAP"), ("fr", "Sage"), ("pt", "AutoCAD")])
def test_keywords_are_found_in_other_languages(language: str, shown: str) -> None:
    found = made("job_match", FOREIGN[language][0], POSTS[language][0])
    assert any(shown in keyword for keyword in found["matchedKeywords"])


def test_inflected_words_of_another_language_are_the_same_words() -> None:
    advert = "Contador/a\n\nRequisitos excluyentes:\n- Contador/a Público/a\n- Cierre mensual\n- Manejo de Bejerman\n"
    resume = (
        "Contadora Pública Nacional\n\nEXPERIENCIA LABORAL\n\nContadora, Estudio Oroño, 2019 - actualidad\n"
        "- Análisis de cuentas para los cierres mensuales de la empresa\n"
    )
    found = made("job_match", resume, advert)
    assert "Cierre mensual" in found["matchedKeywords"]
    assert "Contador/a Público/a" in found["matchedKeywords"]
    assert "Bejerman" in found["missingKeywords"]


def test_an_address_under_example_net_is_no_skill_in_dot_net() -> None:
    resume = (
        "Ana Gil\nana.gil@example.net\n\nEXPERIENCE\n\nCook, Inn Ltd, 2019 - present\n- Cooked with .NET colleagues\n"
    )
    without = resume.replace(" with .NET colleagues", "")
    assert made("job_match", resume, "Cook\n\nRequirements\n- .NET\n")["matchedKeywords"] == [".NET"]
    assert made("job_match", without, "Cook\n\nRequirements\n- .NET\n")["matchedKeywords"] == []


@pytest.mark.parametrize(
    "top", ["London (Farringdon), permanent, full-time", "Larkspur Recruitment Ltd, London (Farringdon)"]
)
def test_the_agency_of_an_unnamed_client_is_not_the_employer(top: str) -> None:
    text = (
        f"Executive Assistant\n{top}\n\nOur client, a listed group, has asked Larkspur Recruitment to find one.\n\n"
        "You will need\n~ Outlook\n"
    )
    found = made("job_extraction", "", text)
    assert found["hiringOrganization"] is None
    assert found["jobLocation"] in ("London (Farringdon)", "London")


def test_html_is_taken_off() -> None:
    text = (
        "<p><strong>Head of Buying</strong></p><p>Aldergate &amp; Finch is a store group.</p>"
        "<p>Requirements</p><ul><li>Excel</li><li>Negotiation</li></ul>"
    )
    found = made("job_extraction", "", text)
    assert (found["title"], found["hiringOrganization"]) == ("Head of Buying", "Aldergate & Finch")
    assert found["mustHaveSkills"] == ["Excel", "Negotiation"]


def test_braces_in_the_texts_are_text() -> None:
    advert = "Baker\nMill {0} Ltd\n\nRequirements\n- {title} and {keyword!r}\n"
    assert "Mill {0} Ltd" in made("cover_letter", RESUME.replace("Mill Bakery", "{name}"), advert)


@pytest.mark.parametrize("task", ["assistant_result", "job_match", "recruiter_lens", "skill_suggestions"])
def test_the_minimal_profile_does_less(task: str) -> None:
    full = made(task, SHOWS, MATCH)
    least = made(task, SHOWS, MATCH, config=RulesConfig(profile="keywords"))
    assert len(str(least)) < len(str(full))


def test_the_minimal_profile_writes_one_paragraph() -> None:
    assert "\n\n" not in made("cover_letter", SHOWS, MATCH, config=RulesConfig(profile="keywords"))
