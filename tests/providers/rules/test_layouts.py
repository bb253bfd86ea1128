"""Résumés in many layouts: the same facts must come out."""

from __future__ import annotations

import pytest

from providers.rules.helpers import Row, output, rows

TITLE_FIRST = """\
Ana Petrova
Berlin | ana@example.com | +49 30 5550100

WORK EXPERIENCE
Senior Data Engineer | Fennelworks GmbH | Berlin | Mar 2021 – Present
- Built the ingestion pipeline for 40 sources
- Cut the nightly load from 5 hours to
  50 minutes

Data Engineer | Oakhurst Retail | Hamburg | 06/2018 - 02/2021
- Moved reports to Snowflake

EDUCATION
MSc Computer Science, University of Lindow, 2018

SKILLS
Languages: Python, SQL
Platforms: Snowflake, Airflow
"""
COMPANY_FIRST = """\
ANA PETROVA

# Employment History

**Fennelworks GmbH**, Berlin
*Senior Data Engineer* (2021-03 to present)

* Built the ingestion pipeline for 40 sources
* Cut the nightly load from 5 hours to 50 minutes

**Oakhurst Retail**, Hamburg
*Data Engineer* (2018-06 to 2021-02)

* Moved reports to Snowflake

# Education

University of Lindow
MSc Computer Science, 2018

# Technical Skills

- Languages: Python, SQL
- Platforms: Snowflake, Airflow
"""
AT = """\
Ana Petrova

Career History
==============

Senior Data Engineer at Fennelworks GmbH
March 2021 to date
1. Built the ingestion pipeline for 40 sources
2. Cut the nightly load from 5 hours to 50 minutes

Data Engineer at Oakhurst Retail
June 2018 to February 2021
1. Moved reports to Snowflake

Education
=========

2018    MSc Computer Science    University of Lindow

Skills
======

Languages
- Python
- SQL
Platforms: Snowflake; Airflow
"""
DATES_FIRST = """\
Ana Petrova

E X P E R I E N C E
-------------------
03/2021 – now    Senior Data Engineer, Fennelworks GmbH, Berlin, Germany
    ▪ Built the ingestion pipeline for 40 sources
    ▪ Cut the nightly load from 5 hours to 50 minutes
06/2018 – 02/2021    Data Engineer, Oakhurst Retail, Hamburg, Germany
    ▪ Moved reports to Snowflake

EDUCATION: MSc Computer Science, University of Lindow, 2018
SKILLS: Python, SQL, Snowflake, Airflow
"""
GERMAN = """\
Ana Petrova

BERUFSERFAHRUNG
März 2021 bis heute
Senior Data Engineer
Fennelworks GmbH, Berlin
• Built the ingestion pipeline for 40 sources
• Cut the nightly load from 5 hours to 50 minutes

Juni 2018 bis Februar 2021
Data Engineer
Oakhurst Retail, Hamburg
• Moved reports to Snowflake

AUSBILDUNG
MSc Computer Science, University of Lindow, 2018

KENNTNISSE
Python, SQL, Snowflake, Airflow
"""
EXPECTED: list[Row] = [
    ("Senior Data Engineer", "Fennelworks GmbH", "2021-03", None, 2),
    ("Data Engineer", "Oakhurst Retail", "2018-06", "2021-02", 1),
]


@pytest.mark.parametrize(
    "resume",
    [TITLE_FIRST, COMPANY_FIRST, AT, DATES_FIRST, GERMAN],
    ids=["title-first", "markdown-company-first", "at", "dates-first", "german"],
)
def test_one_career_in_five_layouts(resume: str) -> None:
    value = output(resume)
    assert rows(value) == EXPECTED
    assert value["bulletsByRole"][0]["bullets"] == [
        "Built the ingestion pipeline for 40 sources",
        "Cut the nightly load from 5 hours to 50 minutes",
    ]
    assert value["education"] == [
        {"institution": "University of Lindow", "degree": "MSc", "field": "Computer Science", "year": "2018"}
    ]
    assert {item for group in value["skills"] for item in group["items"]} == {"Python", "SQL", "Snowflake", "Airflow"}


def test_a_wrapped_bullet_of_one_company_with_two_titles() -> None:
    value = output(
        """\
EXPERIENCE

Quayside Foods Ltd, Leeds

Shift Manager, Jan 2020 - Present
– Led nineteen people across two lines; scrap went
  from 6% to 4%.

Team Leader, 2017 - 2019
– Trained all new starters.
"""
    )
    assert rows(value) == [
        ("Shift Manager", "Quayside Foods Ltd", "2020-01", None, 1),
        ("Team Leader", "Quayside Foods Ltd", "2017", "2019", 1),
    ]
    assert value["bulletsByRole"][0]["bullets"] == ["Led nineteen people across two lines; scrap went from 6% to 4%."]


def test_a_company_that_states_its_whole_span_is_no_role() -> None:
    value = output(
        """\
EXPERIENCE
Marlowe Bank plc    2012 - Present
Branch Manager    2018 - Present
- Ran a branch of nine
Teller    2012 - 2018
- Served 90 customers a day
"""
    )
    assert rows(value) == [
        ("Branch Manager", "Marlowe Bank plc", "2018", None, 1),
        ("Teller", "Marlowe Bank plc", "2012", "2018", 1),
    ]


def test_sentences_are_bullets_where_glyphs_are_missing() -> None:
    value = output(
        """\
Employment

Head Gardener
Saltmarsh Estate
Since June 2020

Planted an orchard of 300 trees. Looks after the glasshouses and the kitchen garden. Led four
gardeners and two apprentices.
"""
    )
    assert rows(value) == [("Head Gardener", "Saltmarsh Estate", "2020-06", None, 3)]


def test_lines_are_bullets_where_glyphs_and_full_stops_are_missing() -> None:
    value = output(
        """\
Work history

Plasterer
Brightwall Contractors
April 2018 to May 2020

Skimmed about four hundred rooms in new houses and in old ones as well
Repaired cornices
Kept the van stocked and the books of the day in order for the foreman
"""
    )
    assert value["bulletsByRole"][0]["bullets"] == [
        "Skimmed about four hundred rooms in new houses and in old ones as well",
        "Repaired cornices",
        "Kept the van stocked and the books of the day in order for the foreman",
    ]


@pytest.mark.parametrize(
    ("written", "start", "end"),
    [
        ("Mar 2019 – Present", "2019-03", None),
        ("03/2019-05/2021", "2019-03", "2021-05"),
        ("2019-03 to 2021-05", "2019-03", "2021-05"),
        ("2016 to 2018", "2016", "2018"),
        ("2016–18", "2016", "2018"),
        ("2016-2018", "2016", "2018"),
        ("2016/2018", "2016", "2018"),
        ("Summer 2014", "2014", "2014"),
        ("Since June 2020", "2020-06", None),
        ("'09–'12", "2009", "2012"),
        ("Mar – Sep 2019", "2019-03", "2019-09"),
        ("01.03.2019 - 31.05.2021", "2019-03", "2021-05"),
        ("marzo de 2019 - actualidad", "2019-03", None),
        ("mars 2012 – août 2013", "2012-03", "2013-08"),
        ("März 2019 bis heute", "2019-03", None),
        ("janeiro de 2018 a dezembro de 2019", "2018-01", "2019-12"),
        ("Sept 2015 through Aug 2017", "2015-09", "2017-08"),
        ("(2010-till date)", "2010", None),
        ("[Jan '22 – now]", "2022-01", None),
        ("2021 –", "2021", None),
        ("January 2019 - Present (3 years 2 months)", "2019-01", None),
    ],
)
def test_dates(written: str, start: str, end: str | None) -> None:
    value = output(f"EXPERIENCE\n\nBaker, Millstone Bakery\n{written}\n- Baked 200 loaves a day\n")
    assert rows(value) == [("Baker", "Millstone Bakery", start, end, 1)]


@pytest.mark.parametrize("written", ["May, 19xx", "May 19th", "Tel. 0114 555-2014"])
def test_what_is_no_date_is_not_made_one(written: str) -> None:
    value = output(f"EDUCATION\nBSc Geology, University of Lindow\n{written}\n")
    assert [study.get("year") for study in value["education"]] == [None]


def test_glyphs_of_a_lost_symbol_font_are_bullets() -> None:
    value = output(
        "EXPERIENCE\n\nBaker, Millstone Bakery, 2016-2018\n\uf095 Baked loaves\n\ue0a1 Kept the ovens clean\n"
    )
    assert value["bulletsByRole"][0]["bullets"] == ["Baked loaves", "Kept the ovens clean"]


def test_labelled_headers() -> None:
    value = output(
        """\
WORK EXPERIENCE

Designation: Sales Executive
Organization: Violet Lamps, Phoenix, AZ
Duration: May 2015 - till date
- Sold lamps to 40 shops

Harrow Systems Ltd
April 2012 to March 2015
Location: Pune, India
Client: Insurance Client from London
Duration: April 2012 - March 2015

Responsibilities:
- Wrote the claims forms
"""
    )
    assert rows(value) == [
        ("Sales Executive", "Violet Lamps", "2015-05", None, 1),
        ("Not stated", "Harrow Systems Ltd", "2012-04", "2015-03", 1),
    ]


def test_an_employer_with_its_city_is_no_mere_place() -> None:
    value = output(
        """\
EMPLOYMENT

Sept 2014 - present
Telesales Agent
Spacious Kitchens Ltd, Leeds
- Called customers

Jul 2011 - Sept 2013 Team Member
Pizza House, Glasgow
- Trained new staff
"""
    )
    assert rows(value) == [
        ("Telesales Agent", "Spacious Kitchens Ltd", "2014-09", None, 1),
        ("Team Member", "Pizza House", "2011-07", "2013-09", 1),
    ]


@pytest.mark.parametrize(
    "above",
    [
        "children prepare to become independent adults one day",
        "“Everything for the kitchen, the garden and the hall.”",
        "Promoted to the head office after a year with",
    ],
)
def test_the_end_of_a_sentence_is_no_title(above: str) -> None:
    value = output(f"EXPERIENCE\n\n{above}\nBrightwall Contractors Ltd, 2016 - 2018\n- Repaired cornices\n")
    assert rows(value) == [("Not stated", "Brightwall Contractors Ltd", "2016", "2018", 1)]


def test_a_career_overview_may_be_the_career() -> None:
    value = output(
        """\
Ana Petrova

CAREER OVERVIEW

ASSOCIATE PRINCIPAL (8/01 to Present) Clearwell, Austin, TX
- Led four management consultants

PROJECT MANAGER (1/99 - 6/01) Company Net, Edinburgh, UK
- Directed 12 web projects
"""
    )
    assert [row[2:] for row in rows(value)] == [("2001-08", None, 1), ("1999-01", "2001-06", 1)]


def test_an_incorporated_employer_is_no_title() -> None:
    value = output("EXPERIENCE\n\nAcme Mechanics, Inc., Los Angeles, CA\n2007 to 2010\n- Repaired pumps\n")
    assert rows(value) == [("Not stated", "Acme Mechanics, Inc.", "2007", "2010", 1)]


def test_a_date_alone_is_no_bullet() -> None:
    value = output(
        "EXPERIENCE\n\nBaker, Millstone Bakery, 2016 - 2018\n- Aug 2016 - Aug 2017.\n- Baked 200 loaves a day.\n"
    )
    assert value["bulletsByRole"][0]["bullets"] == ["Baked 200 loaves a day."]


def test_newest_role_first() -> None:
    value = output(
        """\
EXPERIENCE
Clerk, Alder Insurance (2009 - 2012)
- Filed claims
Adjuster, Birch Insurance (2012 - present)
- Settled claims
"""
    )
    assert [role["title"] for role in value["bulletsByRole"]] == ["Adjuster", "Clerk"]


def test_roles_without_any_heading() -> None:
    value = output(
        """\
Lena Okoro
lena@example.com

Forklift Operator / Harbour Cold Store, Hull / 05/13 - 07/16
* Loaded 22 trucks a day
Excel, SAP, Kronos
BSc Logistics, Humber College, 2012
"""
    )
    assert rows(value) == [("Forklift Operator", "Harbour Cold Store", "2013-05", "2016-07", 1)]
    assert value["education"] == [
        {"institution": "Humber College", "degree": "BSc", "field": "Logistics", "year": "2012"}
    ]
    assert value["skills"] == [{"category": "Skills", "items": ["Excel", "SAP", "Kronos"]}]


def test_line_breaks_lost_to_wide_gaps() -> None:
    page = (
        "Tom Reed  EXPERIENCE  Ardent Hotels Ltd  Night Porter  2015  2018  •  Carried luggage for 120 rooms"
        "  •  Locked up and kept the log  Hotel Lumen  Receptionist  Jan 2012 - Dec 2014  •  Checked guests in and out"
        "  EDUCATION  BA in History, Larkfield University, 2011  SKILLS  typing, French, till work, bookings, first aid"
    ) + "  " * 60
    value = output(page)
    assert rows(value) == [
        ("Night Porter", "Ardent Hotels Ltd", "2015", "2018", 2),
        ("Receptionist", "Hotel Lumen", "2012-01", "2014-12", 1),
    ]
    assert value["education"][0]["degree"] == "BA"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "Bachelor of Science in Nursing (BSN), Rincon University, May 2016",
            ("Rincon University", "Bachelor of Science in Nursing (BSN)", None, "2016-05"),
        ),
        ("B.A., History, Old Mill College, 2009", ("Old Mill College", "B.A.", "History", "2009")),
        (
            "2014 | Master of Arts, Music | Universiteit Noord",
            ("Universiteit Noord", "Master of Arts", "Music", "2014"),
        ),
        (
            "BEng (Hons) Civil Engineering, Leeds, Tern University (2010 - 2013)",
            ("Tern University", "BEng (Hons)", "Civil Engineering", "2013"),
        ),
        (
            "Licenciatura en Derecho, Universidad de Soria, 2008",
            ("Universidad de Soria", "Licenciatura", "Derecho", "2008"),
        ),
        (
            "Holy Well College, Boston, MA. Bachelor of Arts, Politics, cum laude (2014)",
            ("Holy Well College", "Bachelor of Arts", "Politics", "2014"),
        ),
        (
            "2011-2014 Tern University, BEd Primary Education",
            ("Tern University", "BEd", "Primary Education", "2014"),
        ),
        (
            "LLB Honours (2.1 expected), Tern University, 2017",
            ("Tern University", "LLB Honours", None, "2017"),
        ),
        (
            "High school diploma, Gap Valley High School, 2012",
            ("Gap Valley High School", "High school diploma", None, "2012"),
        ),
    ],
)
def test_education(line: str, expected: tuple[str, str, str | None, str]) -> None:
    value = output(f"Jo Bloggs\n\nEDUCATION\n{line}\n")
    [study] = value["education"]
    assert (study["institution"], study["degree"], study.get("field"), study.get("year")) == expected


def test_a_label_without_a_school_is_no_education() -> None:
    assert output("EDUCATION\nBSc Geology, Tern University, 2012\n\nSchool:\nTeacher:\n")["education"] == [
        {"institution": "Tern University", "degree": "BSc", "field": "Geology", "year": "2012"}
    ]


def test_skills_keep_their_parentheses_and_categories() -> None:
    value = output(
        """\
SKILLS
Systems   NetSuite, Microsoft Excel (PivotTables, XLOOKUP), BlackLine
Languages   Irish (native), English
"""
    )
    assert value["skills"] == [
        {"category": "Systems", "items": ["NetSuite", "Microsoft Excel (PivotTables, XLOOKUP)", "BlackLine"]},
        {"category": "Languages", "items": ["Irish (native)", "English"]},
    ]


def test_skills_without_a_section_come_from_the_text() -> None:
    value = output("EXPERIENCE\nAnalyst, Wren Ltd, 2019 - 2021\n- Wrote SQL and built Tableau dashboards\n")
    assert {item for group in value["skills"] for item in group["items"]} >= {"SQL", "Tableau"}
