"""Tasks: what loads, and what every mistake says."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from shortlist import bundled
from shortlist.errors import InputError
from shortlist.tasks.load import load_task
from shortlist_datasets import load_dataset
from support.suites import SCHEMA, TASK, write_task


def _problem(folder: Path) -> str:
    with pytest.raises(InputError) as caught:
        load_task(f"./{folder.name}", folder.parent)
    return str(caught.value).removeprefix(f"{folder}/")


def test_a_task_becomes_what_its_files_say(tmp_path: Path) -> None:
    task = load_task("./t", write_task(tmp_path / "t").parent)
    assert (task.ref, task.schema) == ("small@1", SCHEMA)
    assert task.fields["roles"].key == ("company",)
    assert list(task.quality) == ["short"]
    assert task.system == "Answer by {{ schema_json }}"


def test_a_bundled_task_is_found_by_name_and_newest_version() -> None:
    assert load_task("pro_output", Path()).ref == "pro_output@1"
    assert load_task("pro_output@1", Path("/nowhere")) == load_task("pro_output", Path())


@pytest.mark.parametrize("name", bundled.task_names())
def test_a_bundled_task_is_called_as_its_folder(name: str) -> None:
    assert load_task(name, Path()).ref == name


def test_gold_of_the_bundled_pairs_names_only_fields_that_are_compared() -> None:
    task = load_task("pro_output", Path())
    for pair in load_dataset("resume_jd@1", Path()).pairs:
        assert set(pair.gold["pro_output"]) <= set(task.fields)


def test_the_product_has_its_named_checks() -> None:
    checks = load_task("pro_output", Path()).checks
    assert {name: rule.field for name, rule in checks.items()} == {
        "roles_match": "bulletsByRole",
        "bullets_per_role": "bulletsByRole",
        "keywords_complete": "keywordChecklist",
        "keywords_true": "keywordChecklist",
        "four_paragraphs": "coverLetter",
        "radar_within_10": "radar",
    }
    assert [name for name, rule in checks.items() if rule.absolute] == ["four_paragraphs"]


def test_a_task_without_schema_is_plain_text(tmp_path: Path) -> None:
    text = TASK.partition("schema:")[0]
    task = load_task("./t", write_task(tmp_path / "t", text, system="Write a letter.").parent)
    assert (task.schema, dict(task.fields)) == (None, {})


CHECKS = """\
checks:
  four: {field: summary, compare: paragraphs, equals: 4}
  kept: {field: roles, compare: objects, key: [company], fields: {company: {compare: text}}, unpaired: missing}
"""

HASHED: dict[str, dict[str, Any]] = {
    "prompt": {"user": "{{ resume_text }}"},
    "rule": {"task": TASK.replace("at_most: 50", "at_most: 51")},
    "weight": {"task": TASK.replace("long_text}", "long_text, weight: 2}")},
    "version": {"task": TASK.replace("version: 1", "version: 2")},
    "check": {"task": TASK + CHECKS},
    "way of a check": {"task": TASK + CHECKS.replace("compare: paragraphs, equals: 4", "compare: long_text")},
    "schema": {"schema": {**SCHEMA, "required": ["summary"]}},
    "order of properties": {"schema": {**SCHEMA, "properties": dict(reversed(SCHEMA["properties"].items()))}},
}


@pytest.mark.parametrize("change", HASHED.values(), ids=HASHED.keys())
def test_the_hash_changes_with_whatever_changes_an_output_or_a_score(change: dict[str, Any], tmp_path: Path) -> None:
    before = load_task("./a", write_task(tmp_path / "a").parent)
    assert load_task("./b", write_task(tmp_path / "b", **change).parent).hash != before.hash


def test_the_hash_does_not_change_with_layout_or_description(tmp_path: Path) -> None:
    before = load_task("./a", write_task(tmp_path / "a").parent)
    same = write_task(tmp_path / "b", "description: new\n" + TASK + "# note\n", json.dumps(SCHEMA, indent=8))
    assert load_task("./b", same.parent).hash == before.hash


MISTAKES = {
    "unknown key": (
        TASK + "qualty: {}\n",
        "task.yaml:15: qualty: unknown key 'qualty'; allowed: name, version, description, prompt, schema, fields, "
        "checks, quality, grounding; did you mean 'quality'?",
    ),
    "unknown kind of claim": (
        TASK + "grounding:\n  numbrs: {fields: [summary]}\n",
        "task.yaml:16: grounding.numbrs: must be one of numbers, employers, titles, degrees, institutions, dates, "
        "certifications, skills; got 'numbrs'; did you mean 'numbers'?",
    ),
    "unknown comparison": (
        TASK.replace("long_text", "longtext"),
        "task.yaml:6: fields.summary.compare: must be one of exact, text, long_text, semantic, mentions, "
        "paragraphs, number, date, enum, set, count, object, objects; got 'longtext'; did you mean 'long_text'?",
    ),
    "an option of another comparison": (
        TASK.replace("long_text}", "long_text, within: 3}"),
        "task.yaml:6: fields.summary: 'within' goes with compare: number, not long_text",
    ),
    "unknown check": (
        TASK.replace("check: words", "check: wrds"),
        "task.yaml:14: quality.short: must be one of paragraphs, words, items, no_phrases, distinct_openings, "
        "flags_true, names_gold, as_many_as_gold; got 'wrds'; did you mean 'words'?",
    ),
    "unknown option of a check": (
        TASK.replace("at_most: 50", "at_most: 50, atleast: 3"),
        "task.yaml:14: quality.short.atleast: unknown key 'atleast'; allowed: check, field, at_least, at_most; "
        "did you mean 'at_least'?",
    ),
    "a field that the schema lacks": (
        TASK.replace("summary: {", "sumary: {"),
        "task.yaml:6: fields.sumary: the schema has no property 'sumary' there; allowed: summary, score, roles, "
        "skills; did you mean 'summary'?",
    ),
    "a key that the items lack": (
        TASK.replace("[company]", "[firm]"),
        "task.yaml:9: fields.roles.key[0]: the schema has no property 'firm' there; allowed: company, bullets",
    ),
    "a nested field that the items lack": (
        TASK.replace("bullets: {", "bulets: {"),
        "task.yaml:12: fields.roles.fields.bulets: the schema has no property 'bulets' there; allowed: company, "
        "bullets; did you mean 'bullets'?",
    ),
    "a list comparison of a text": (
        TASK.replace("{compare: long_text}", "{compare: set}"),
        "task.yaml:6: fields.summary.compare: 'set' compares lists, and the schema has none here",
    ),
    "an object comparison of a text": (
        TASK.replace("{compare: long_text}", "{compare: object, fields: {a: {compare: text}}}"),
        "task.yaml:6: fields.summary.compare: 'object' compares objects, and the schema has none here",
    ),
    "a selection that leads nowhere": (
        TASK.replace("bullets: {compare: count}", "bullets: {compare: set, select: '[].text'}"),
        "task.yaml:12: fields.roles.fields.bullets.select: 'text' cannot be there: the schema has no object at that "
        "place",
    ),
    "a quality path that leads nowhere": (
        TASK.replace("field: summary", "field: 'roles[].bulets'"),
        "task.yaml:14: quality.short.field: the schema has no property 'bulets' there; allowed: company, bullets; "
        "did you mean 'bullets'?",
    ),
    "a quality path over what is no list": (
        TASK.replace("field: summary", "field: 'summary[]'"),
        "task.yaml:14: quality.short.field: '[]' goes over a list, and the schema has no list at that place",
    ),
    "a flag that the items lack": (
        TASK.replace(
            "check: words, field: summary, at_most: 50", "check: flags_true, field: 'roles[]', term: company, flag: x"
        ),
        "task.yaml:14: quality.short.flag: the schema has no property 'x' there; allowed: company, bullets",
    ),
    "rules without a schema": (
        TASK.replace("schema: schema.json\n", "").replace("system: system.md.j2, ", ""),
        "task.yaml:5: fields.summary: the schema has no property 'summary' there; allowed: text\n"
        "{folder}/task.yaml:6: fields.roles: the schema has no property 'roles' there; allowed: text\n"
        "{folder}/task.yaml:13: quality.short.field: the schema has no property 'summary' there; allowed: text",
    ),
    "an unpaired of a text": (
        TASK.replace("long_text}", "long_text, unpaired: missing}"),
        "task.yaml:6: fields.summary: 'unpaired' of compare: long_text is one of both; got 'missing'",
    ),
    "an unpaired that a set has not": (
        TASK.replace("bullets: {compare: count}", "bullets: {compare: set, unpaired: none}"),
        "task.yaml:12: fields.roles.fields.bullets: 'unpaired' of compare: set is one of both, missing; got 'none'",
    ),
    "a number of paragraphs of a date": (
        TASK.replace("long_text}", "date, equals: 4}"),
        "task.yaml:6: fields.summary: 'equals' goes with compare: paragraphs, not date",
    ),
    "a check called as a field": (
        TASK + CHECKS.replace("four:", "summary:"),
        "task.yaml:16: checks.summary: 'summary' is already a metric of the fields; give the check another name",
    ),
    "a check called as the score": (
        TASK + CHECKS.replace("four:", "score:"),
        "task.yaml:16: checks.score: 'score' is already a metric of the fields; give the check another name",
    ),
    "a check without a field": (
        TASK + CHECKS.replace("field: summary, ", ""),
        "task.yaml:16: checks.four.field: missing key 'field'",
    ),
    "a check of a field that the schema lacks": (
        TASK + CHECKS.replace("field: summary", "field: sumary"),
        "task.yaml:16: checks.four.field: the schema has no property 'sumary' there; allowed: summary, score, roles, "
        "skills; did you mean 'summary'?",
    ),
    "a check of a nested field that the items lack": (
        TASK + CHECKS.replace("fields: {company", "fields: {compny"),
        "task.yaml:17: checks.kept.fields.compny: the schema has no property 'compny' there; allowed: company, "
        "bullets; did you mean 'company'?",
    ),
    "a path into another task's gold that leads nowhere": (
        TASK + "  named: {check: names_gold, field: summary, gold: job_extraction.hiringOrganisation}\n",
        "task.yaml:15: quality.named.gold: the schema has no property 'hiringOrganisation' there; allowed: title, "
        "hiringOrganization, jobLocation, employmentType, baseSalary, seniority, mustHaveSkills, niceToHaveSkills, "
        "responsibilities; did you mean 'hiringOrganization'?",
    ),
    "a path into its own gold that leads nowhere": (
        TASK + "  kept: {check: as_many_as_gold, field: skills, gold: small.skils}\n",
        "task.yaml:15: quality.kept.gold: the schema has no property 'skils' there; allowed: summary, score, roles, "
        "skills; did you mean 'skills'?",
    ),
    "paragraphs of a number": (
        TASK + CHECKS.replace("field: summary", "field: score"),
        "task.yaml:16: checks.four.compare: 'paragraphs' compares texts, and the schema has none here",
    ),
    "a check with a weight": (
        TASK + CHECKS.replace("equals: 4", "equals: 4, weight: 2"),
        "task.yaml:16: checks.four: a check is no part of the score, so it has no 'weight'",
    ),
    "a prompt elsewhere": (
        TASK.replace("user.md.j2", "../user.md.j2"),
        "task.yaml:3: prompt.user: must lie in the task's own folder; got '../user.md.j2'",
    ),
    "no such prompt": (TASK.replace("user.md.j2", "usr.md.j2"), "usr.md.j2: no such file"),
    "no such schema": (TASK.replace("schema.json", "shema.json"), "shema.json: no such file"),
}


@pytest.mark.parametrize(("task", "message"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_in_the_task_is_named_with_its_place(task: str, message: str, tmp_path: Path) -> None:
    folder = write_task(tmp_path / "t", task)
    assert _problem(folder) == message.replace("{folder}", str(folder))


def _schema(**changes: Any) -> dict[str, Any]:
    schema = deepcopy(SCHEMA)
    schema["properties"]["summary"] |= changes
    return schema


SCHEMAS: dict[str, tuple[Any, str]] = {
    "not JSON": ('{\n"type" "object"\n}', "schema.json:2: not JSON: "),
    "not an object": ("[1]", 'schema.json:1: a JSON Schema is an object, e.g. {"type": "object", …}'),
    "key twice": ('{"type": "object", "type": "array"}', "schema.json: not JSON: the key 'type' is given twice"),
    "not a number": ('{"const": NaN}', "schema.json: not JSON: NaN is not a JSON number"),
    "too long a number": ('{"const": 123456789012345678901234567890}', "schema.json: not JSON: Integer exceeds 64-bit"),
    "half a character": ('{"const": "\\ud800"}', "schema.json: not JSON: str is not valid UTF-8"),
    "unknown type": (
        _schema(type="strnig"),
        "schema.json:11: properties.summary.type: must be one of array, boolean, integer, null, number, object, "
        "string; got 'strnig'; did you mean 'string'?",
    ),
    "broken keyword": (
        _schema(minLength=-1),
        "schema.json:12: properties.summary.minLength: not a valid JSON Schema: -1 is less than the minimum of 0",
    ),
    "broken pattern": (
        _schema(pattern="("),
        'schema.json:12: properties.summary.pattern: not a valid JSON Schema: "(" is not a "regex"',
    ),
    "a reference into the network": (
        {"$ref": "http://127.0.0.1:9/x"},
        "schema.json:1: a $ref may only point inside this file (#/$defs/…): ",
    ),
    "a reference to nothing": (
        {"$ref": "#/$defs/none"},
        "schema.json:1: not a valid JSON Schema: Pointer '/$defs/none' does not exist",
    ),
    "an old draft": (
        {"$schema": "http://json-schema.org/draft-04/schema#"},
        "schema.json:2: $schema: must be one of https://json-schema.org/draft/2020-12/schema, "
        "http://json-schema.org/draft-07/schema; got 'http://json-schema.org/draft-04/schema#'",
    ),
}


@pytest.mark.parametrize(("schema", "message"), SCHEMAS.values(), ids=SCHEMAS.keys())
def test_a_broken_schema_is_named_with_its_place(schema: Any, message: str, tmp_path: Path) -> None:
    assert _problem(write_task(tmp_path / "t", schema=schema)).startswith(message)


def test_a_schema_indented_with_tabs_keeps_its_lines(tmp_path: Path) -> None:
    schema = '{\n\t"type": "object",\n\t"properties": {\n\t\t"summary": {"type": "text"}\n\t}\n}'
    assert _problem(write_task(tmp_path / "t", schema=schema)).startswith("schema.json:4: properties.summary.type: ")


def test_a_schema_may_use_draft_07_and_refer_to_itself(tmp_path: Path) -> None:
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "properties": {"summary": {"type": "string"}, "roles": {"type": "array", "items": {"$ref": "#"}}},
    }
    task = TASK.replace("company", "summary").replace("bullets: {compare: count}", "roles: {compare: count}")
    assert load_task("./t", write_task(tmp_path / "t", task, schema).parent).schema == schema


def test_a_task_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError) as caught:
        load_task("empty", tmp_path)
    assert str(caught.value) == f"{tmp_path / 'empty'}: the folder holds no task.yaml"
    for ref in ("", "nothing", "a" * 5000):
        with pytest.raises(InputError, match=r"no task .*; allowed: .*pro_output@1.*, or the path of a folder"):
            load_task(ref, tmp_path)
