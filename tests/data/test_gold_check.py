"""The program that checks gold: what it accepts as standing in the texts, and what it reports."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortlist_datasets import Pair, load_dataset
from shortlist_datasets.gold_check import gold_faults
from shortlist_datasets.wording import normal_form, says, says_date, searchable

ROOT = Path(__file__).parents[2]


def faults(gold: Any, resume: str = "", job: str = "", inferred: dict[str, str] | None = None) -> dict[str, str]:
    """Path to reason of every fault of a fact `t.…`."""
    pair = Pair("p", "d", resume, job, {"t": gold}, (), None, inferred or {})
    found = gold_faults(pair)
    assert all(fault.pair == "p" for fault in found)
    return {fault.path: fault.why for fault in found}


# Texts


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        ("Acme Foods", "at ACME\n   foods, Inc."),
        ("financial", "the \ufb01nan-\n  cial plan"),
        ("month-end close", "the month-\nend close"),
        ("month-end close", "the month\u2013end close"),
        ("coopération", "coo\u00ad\npération"),
        ("Élodie", "E\u0301LODIE"),
        ("the client's", "the client\u2019s"),
        ('"Sade"', "\u201eSade\u201c"),
        ("FULL_TIME", "full time"),
        ("C++", "C++ and C"),
        ("2015-2017", "2015\u20132017"),
    ],
)
def test_a_text_that_stands_there(fact: str, text: str) -> None:
    assert faults({"a": [fact]}, resume=text) == {}
    assert faults({"a": [fact]}, job=text) == {}


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        ("Java", "JavaScript"),
        ("C", "C++"),
        ("Acme Food", "Acme Foods"),
        ("-", "a - b"),
        ("a b", "a. c b"),
        ("end", "month-\nends"),
    ],
)
def test_a_text_that_does_not(fact: str, text: str) -> None:
    assert faults({"a": [fact]}, resume=text) == {"t.a[0]": f"{fact!r} does not occur"}


# Dates

MONTHS = {
    "en": "January February March April May June July August September October November December",
    "en, short": "Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "es, short": "ene feb mar abr may jun jul ago set oct nov dic",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "fr, short": "janv févr mars avr mai juin juil août sept oct nov déc",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "de, short": "Jan Feb Mrz Apr Mai Jun Jul Aug Sep Okt Nov Dez",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "pt, short": "jan fev mar abr mai jun jul ago set out nov dez",
}
NAMED = [(style, number, name) for style, names in MONTHS.items() for number, name in enumerate(names.split(), start=1)]


@pytest.mark.parametrize(("style", "number", "name"), NAMED, ids=str)
def test_a_month_in_words(style: str, number: int, name: str) -> None:
    written = [f"{name} 2019", f"{name.upper()} 2019", f"{name}. '19", f"{name}/2019", f"{name}-19", f"2019 {name}"]
    written += [f"{name} de 2019", f"15. {name} 2019", f"{name} 15, 2019", f"{name}\n2019", f"{name} to Zzz 2019"]
    for text in written:
        assert faults({"d": f"2019-{number:02}"}, resume=f"x {text} y") == {}, text
        other = f"2019-{number % 12 + 1:02}"
        assert faults({"d": other}, resume=f"x {text} y") == {"t.d": f"the date {other} does not occur"}, text
        assert faults({"d": f"2018-{number:02}"}, resume=f"x {text} y"), text


@pytest.mark.parametrize(
    "text",
    [
        "03/2019",
        "3/2019",
        "03.2019",
        "03-2019",
        "2019-03",
        "2019/03",
        "3/19",
        "03.'19",
        "15.03.2019",
        "03/15/2019",
        "2019-03-15",
        "03\u201305/2019",
    ],
)
def test_a_month_in_figures(text: str) -> None:
    assert faults({"d": "2019-03"}, resume=f"from {text} on") == {}
    for wrong in ("2019-04", "2018-03", "2019-12", "2019-13", "2019-00"):
        assert faults({"d": wrong}, resume=f"from {text} on") == {"t.d": f"the date {wrong} does not occur"}


@pytest.mark.parametrize(
    ("date", "text", "right"),
    [
        ("2019", "in 2019", True),
        ("2019", "'19", True),
        ("2019", "\u201919", True),
        ("2019", "3/19", True),
        ("2019", "mar 19", True),
        ("2019", "20190", False),
        ("1998", "99.98%", False),
        ("2019", "19 people", False),
        ("2019-05", "May 19, 2021", False),
        ("2019-05", "May 19th", False),
        ("2019-03-15", "15 March 2019", True),
        ("2019-03-15", "March 2019", False),
        ("2019-03-15", "16.03.2019", False),
    ],
)
def test_a_date(date: str, text: str, right: bool) -> None:
    assert (faults({"d": date}, resume=text) == {}) == right


@given(st.integers(1950, 2049), st.integers(1, 12), st.sampled_from(sorted(MONTHS)), st.text(max_size=20))
def test_a_date_is_found_whatever_stands_around_it(year: int, month: int, style: str, around: str) -> None:
    text = f"{around} {MONTHS[style].split()[month - 1]} {year} {around}"
    assert says_date(searchable(text), str(year), f"{month:02}")
    assert says_date(searchable(text), str(year))


# Figures, flags, absences


@pytest.mark.parametrize(
    ("number", "text"),
    [
        *((82000, text) for text in ("$82,000", "82.000 €", "82 000", "CHF 82\u2019000", "82k", "75\u201382k")),
        *((3.5, text) for text in ("3.5", "3,5", "3.50")),
        *((1200000, "1,200,000"), (40, "40 hours"), (0.1, "0.1"), (182000.5, "182,000.5"), (12345678, "12.345.678")),
    ],
)
def test_a_number_by_its_digits(number: float, text: str) -> None:
    assert faults({"n": number}, resume=text) == {}


@pytest.mark.parametrize(
    ("number", "text"), [(82000, "8200"), (40, "140"), (3.5, "35"), (182000.5, "182,000"), (82, "820")]
)
def test_a_number_that_is_not_there(number: float, text: str) -> None:
    assert faults({"n": number}, resume=text) == {"t.n": f"the figure {number} does not occur"}


@given(st.integers(0, 10**9), st.sampled_from([",", ".", " ", "'", "\u2019", "\u202f", ""]))
def test_thousands_however_they_are_marked(number: int, mark: str) -> None:
    assert faults({"n": number}, resume=f"sold {number:,} pieces".replace(",", mark)) == {}


def test_a_flag_is_about_the_text_beside_it() -> None:
    gold: list[Any] = [{"keyword": "Java", "present": False}, {"keyword": "Go", "present": True}]
    assert faults(gold, resume="Go, JavaScript", job="Java and Go") == {}
    assert faults(gold, resume="Java", job="Go") == {
        "t[0].present": "the résumé says 'Java'",
        "t[1].present": "the résumé does not say 'Go'",
    }
    assert list(faults({"isJobPost": True}, resume="x")) == ["t.isJobPost"]


def test_an_absence_is_not_looked_up() -> None:
    assert faults({"a": None, "b": [], "c": {}, "d": [None]}) == {}


# Reasons


def test_a_reason_covers_its_path_and_what_is_below() -> None:
    gold = {"a": {"b": ["x", "y"]}, "ab": "z"}
    assert set(faults(gold)) == {"t.a.b[0]", "t.a.b[1]", "t.ab"}
    assert set(faults(gold, inferred={"t.a": "why"})) == {"t.ab"}
    assert set(faults(gold, inferred={"t.a.b[1]": "why"})) == {"t.a.b[0]", "t.ab"}
    assert faults(gold, inferred={"t": "why"}) == {}


def test_a_reason_for_nothing_is_a_fault() -> None:
    gold: dict[str, Any] = {"a": "x", "none": [], "null": None}
    unused = "'inferred' gives a reason for it, and gold has no such fact"
    assert faults(gold, resume="x", inferred={"t.b": "why"}) == {"t.b": unused}
    assert faults(gold, inferred={"t": "why", "t.a": "why", "t.none": "why", "t.null": "why"}) == {}


# The pairs that are bundled, and what holds for every text


def test_the_bundled_gold_is_true() -> None:
    """One fact of resume_jd@1 is not as printed: the flags that a person judged, and one heading that is not there."""
    found = [fault for pair in load_dataset("resume_jd@1", ROOT).pairs for fault in gold_faults(pair)]
    assert {fault.path.rsplit(".", 1)[-1] for fault in found} <= {"present", "category"}
    assert len(found) <= 9


@given(st.text(max_size=60))
def test_forms_are_stable_and_say_what_they_hold(text: str) -> None:
    form = normal_form(text)
    assert normal_form(form) == form
    assert searchable(text).startswith(form)
    words = [word for word in form.split() if word.isalnum()]
    assert all(says(form, word) for word in words)


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_more_text_never_makes_a_fact_false(fact: str, text: str, more: str) -> None:
    if not faults({"a": fact}, resume=text):
        assert not faults({"a": fact}, resume=f"{text}\n\n{more}")
