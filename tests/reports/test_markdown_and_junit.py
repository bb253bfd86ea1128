"""`summary.md` and `junit.xml`: what a CI job shows."""

from __future__ import annotations

import re
from collections.abc import Callable
from xml.etree import ElementTree as ET

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shortlist.results import RunResults, VerdictWord
from shortlist_reports import render_junit, render_markdown

Make = Callable[..., RunResults]
ANY_TEXT = st.text(st.one_of(st.characters(), st.sampled_from("<>|`@\\*_[]()#~$&\n\r\x00\ud800")), max_size=60)
RELAXED = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def cells_per_line(markdown: str) -> list[int]:
    return [len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) for line in markdown.splitlines() if line.startswith("|")]


def test_the_summary_says_verdict_rules_providers_failures_and_path(make: Make) -> None:
    text = render_markdown(make())
    assert text.startswith("# ❌ REJECT: promote-resumemate-14b\n")
    assert "| ✗ fail | schema.pass at least 0.9 | 0.250 | 0.045 to 0.700 | 4 | decided |" in text
    assert "| candidate | 2 | 0 | 1 | 0 | 1 | 0 | 4 | 4 |" in text
    assert "no value: 4 cases: no price for this model" in text
    assert "| missing\\_key | 1 | 0 | 0 |" in text
    assert "edge, error, 1 ×: HTTP 400: permanent as scripted, first: welder-03" in text
    assert text.endswith("Run folder: reports/runs/20261120-quick-7f3a\n")


def test_an_incomplete_run_has_no_verdict_and_says_why(make: Make) -> None:
    text = render_markdown(make("", None))
    assert "NO VERDICT" in text
    assert "**The run is incomplete.** edge is out of reach: connection refused" in text


def test_hostile_text_is_no_markdown_html_mention_or_link(make: Make) -> None:
    hostile = "@team <b>x</b> [a](javascript:alert) `c` | | https://x.example www.x.example ![i](//x) # h"
    text = render_markdown(make(hostile))
    assert "@team" not in text
    assert "<b>" not in text
    assert "](" not in re.sub(r"\\.", "", text)
    assert "://" not in text.replace("://\u200b", "")
    assert "www.x" not in text
    assert cells_per_line(text) == cells_per_line(render_markdown(make("plain")))


@RELAXED
@given(text=ANY_TEXT)
def test_no_text_at_all_changes_the_summary_s_tables_or_lines(make: Make, text: str) -> None:
    plain, hostile = render_markdown(make("plain")), render_markdown(make(text))
    assert cells_per_line(hostile) == cells_per_line(plain)
    assert len(hostile.splitlines()) == len(plain.splitlines())
    assert not re.search(r"<[a-zA-Z/!]", hostile)
    hostile.encode()


def suites(xml: str) -> dict[str, ET.Element]:
    root = ET.fromstring(xml)
    assert root.tag == "testsuites"
    return {suite.get("name", ""): suite for suite in root}


def test_junit_has_a_suite_of_rules_and_one_per_provider(make: Make) -> None:
    found = suites(render_junit(make()))
    assert list(found) == ["gate", "provider candidate", "provider incumbent", "provider edge"]
    assert next(case.get("name") for case in found["gate"].iter("testcase")) == "schema.pass at least 0.9"
    assert [f.get("type") for f in found["gate"].findall("testcase/failure")] == [
        "fail",
        "undecided",
        "undecided",
        "undecided",
    ]
    candidate = found["provider candidate"]
    kinds = {case.get("name"): [f.get("type") for f in case] for case in candidate.findall("testcase")}
    assert kinds == {
        "nurse-01": [],
        "accountant-02": ["schema.missing_key"],
        "welder-03": ["truncated"],
        "teacher-04": ["timeout"],
    }
    failure = candidate.find("testcase[@name='accountant-02']/failure")
    assert failure is not None
    assert (failure.get("message") or "").startswith("$.education: 'education' is required")


def test_junit_counts_are_what_the_file_holds(results: RunResults) -> None:
    root = ET.fromstring(render_junit(results))
    for element, prefix in [(root, "testsuite/"), *((suite, "") for suite in root)]:
        assert element.get("tests") == str(len(element.findall(f"{prefix}testcase")))
        assert element.get("failures") == str(len(element.findall(f"{prefix}testcase/failure")))
        assert element.get("errors") == str(len(element.findall(f"{prefix}testcase/error")))
    allowed = {"testsuites", "testsuite", "properties", "property", "testcase", "failure", "error"}
    assert {element.tag for element in root.iter()} <= allowed
    assert all(case.get("name") and case.get("classname") for case in root.iter("testcase"))


def test_a_run_that_stopped_early_is_not_green(make: Make) -> None:
    gate = suites(render_junit(make("", None)))["gate"]
    error = gate.find("testcase/error")
    assert error is not None
    assert error.get("message") == "edge is out of reach: connection refused"
    assert gate.get("errors") == "1"


def test_an_inconclusive_gate_is_not_green(make: Make) -> None:
    gate = suites(render_junit(make("", VerdictWord.INCONCLUSIVE)))["gate"]
    assert "undecided" in {failure.get("type") for failure in gate.iter("failure")}


@RELAXED
@given(text=ANY_TEXT)
def test_no_text_at_all_breaks_the_xml(make: Make, text: str) -> None:
    plain, hostile = ET.fromstring(render_junit(make("plain"))), ET.fromstring(render_junit(make(text)).encode())
    assert [element.tag for element in hostile.iter()] == [element.tag for element in plain.iter()]
