"""Renders a run as JUnit XML, so that any CI shows rules and cases as tests."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from shortlist.cases import Outcome
from shortlist.results import CaseView, RuleStatus, RunResults
from shortlist_reports.tables import failure_message, provider_order, rule_rows
from shortlist_reports.text import xml_valid


def render_junit(results: RunResults) -> str:
    """`junit.xml`: a suite of the gate's rules, then one per provider with its cases.

    Only a rule that passes is green: an undecided rule is a failure of type `undecided`. A run that stopped early adds
    an error to the gate's suite. A case fails when its outcome is not `ok` or its output misses the schema.
    """
    root = ET.Element("testsuites")
    _gate(root, results)
    for provider in provider_order(results):
        _provider(root, results, provider)
    for key in ("tests", "failures", "errors"):
        root.set(key, str(sum(int(suite.get(key, "0")) for suite in root)))
    _set(root, "name", results.manifest.suite)
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _set(element: ET.Element, key: str, value: str) -> None:
    element.set(key, xml_valid(value))


def _suite(root: ET.Element, results: RunResults, name: str) -> ET.Element:
    suite = ET.SubElement(root, "testsuite")
    _set(suite, "name", name)
    if results.manifest.sittings:
        _set(suite, "timestamp", results.manifest.sittings[0].started_at)
    properties = ET.SubElement(suite, "properties")
    for key, value in (("run_id", results.manifest.run_id), ("signature", results.manifest.signature)):
        _set(ET.SubElement(properties, "property", name=key), "value", value)
    return suite


def _case(suite: ET.Element, classname: str, name: str, seconds: float | None = None) -> ET.Element:
    case = ET.SubElement(suite, "testcase")
    _set(case, "classname", classname)
    _set(case, "name", name)
    if seconds is not None:
        case.set("time", f"{seconds:.3f}")
    return case


def _fault(case: ET.Element, tag: str, kind: str, message: str) -> None:
    fault = ET.SubElement(case, tag)
    _set(fault, "type", kind)
    _set(fault, "message", message)
    fault.text = xml_valid(message)


def _totals(suite: ET.Element) -> None:
    suite.set("tests", str(len(suite.findall("testcase"))))
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    suite.set("errors", str(len(suite.findall("testcase/error"))))
    suite.set("skipped", "0")
    suite.set("time", f"{sum(float(case.get('time', '0')) for case in suite.findall('testcase')):.3f}")


def _gate(root: ET.Element, results: RunResults) -> None:
    suite = _suite(root, results, "gate")
    for rule, row in zip(results.verdict.rules, rule_rows(results), strict=True):
        case = _case(suite, "gate", f"{rule.metric} {rule.condition}{' (alert)' if rule.alert else ''}")
        if rule.status is not RuleStatus.PASS:
            seen = row.value if rule.slices else f"value {row.value}, interval {row.interval}"
            figures = f"{seen}, bound {row.bound}, n {row.n}, n needed {row.needed_n}"
            _fault(case, "failure", row.status, f"{rule.why} ({figures})")
    if not results.summary.complete:
        why = results.summary.incomplete_why or "no reason was recorded"
        _fault(_case(suite, "gate", "the run is complete"), "error", "incomplete", why)
    _totals(suite)


def _provider(root: ET.Element, results: RunResults, provider: str) -> None:
    suite = _suite(root, results, f"provider {provider}")
    for view in results.cases:
        if view.case.provider == provider:
            _provider_case(suite, view, results.manifest.repeats)
    _totals(suite)


def _provider_case(suite: ET.Element, view: CaseView, repeats: int) -> None:
    generation = view.record.generation
    seconds = None if generation.cached else max(generation.timings.last_token - generation.timings.sent, 0.0)
    name = view.case.pair if repeats == 1 else f"{view.case.pair}[{view.case.repeat}]"
    case = _case(suite, f"{view.case.task}.{view.case.provider}", name, seconds)
    if view.record.outcome is not Outcome.OK:
        _fault(case, "failure", view.record.outcome.value, failure_message(view.record))
        return
    score = view.scores.scores.get("schema.pass")
    if score is not None and score.value is not None and score.value < 1:
        failure = view.scores.schema_failure
        kind = "schema" if failure is None else f"schema.{failure.category}"
        message = "the output misses the schema" if failure is None else f"{failure.path}: {failure.message}"
        _fault(case, "failure", kind, message)
