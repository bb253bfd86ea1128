"""The bundled tasks: what their prompts state, what gold knows of them, and what every backend can be held to."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from shortlist import bundled
from shortlist.metrics.fields import compare_records
from shortlist.suite.load import load_suite
from shortlist.tasks.load import load_task
from shortlist.tasks.model import Task
from shortlist.tasks.prompt import PromptRenderer
from shortlist.tasks.rules import TEXT_FIELD, AsManyAsGold, FlagsTrue, Items, NamesGold, NoPhrases, Paragraphs, Words
from shortlist_datasets import Pair, load_dataset
from shortlist_providers.constrained import matcher_grammar
from shortlist_providers.gbnf import skipped_by_llama_cpp, skipped_by_llama_cpp_python
from shortlist_providers.openai.strict import strict_obstacles
from shortlist_providers.rules.generators import GENERATORS
from support.commands import shortlist

NAMES = tuple(name.partition("@")[0] for name in bundled.task_names())
SMALL = tuple(name for name in NAMES if name != "pro_output")
STRUCTURED = tuple(name for name in SMALL if name != "cover_letter")
OF_PRODUCT = {
    "assistant_result",
    "cover_letter",
    "job_detection",
    "job_extraction",
    "job_match",
    "pro_output",
    "recruiter_lens",
    "skill_suggestions",
}
GOLD: dict[str, set[str]] = {
    "assistant_result": {"keywords_added"},
    "cover_letter": {TEXT_FIELD},
    "job_detection": {"isJobPost", "isValid", "reason"},
    "job_extraction": {
        "title", "hiringOrganization", "jobLocation", "employmentType", "baseSalary", "seniority", "mustHaveSkills",
        "niceToHaveSkills", "responsibilities",
    },
    "job_match": {"matchedKeywords", "missingKeywords"},
    "recruiter_lens": {"verdict", "concerns"},
    "skill_suggestions": {"suggestions"},
}  # fmt: skip
"""What the bundled pairs' gold states of each task."""
NUMBERS = {1: "one", 2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}


def task(name: str) -> Task:
    return load_task(name, Path())


def pairs() -> tuple[Pair, ...]:
    return tuple(load_dataset("resume_jd@1", Path()).pairs)


def generated(name: str, pair: Pair) -> Any:
    inputs = {"resume_text": pair.resume_text, "job_description_text": pair.job_description_text}
    return GENERATORS[name](inputs, "full")


def prompt(name: str) -> str:
    """The task's messages for one pair, as one text."""
    return "\n".join(message.content for message in PromptRenderer(task(name)).messages(pairs()[0]))


def instructions(name: str) -> str:
    """The prompt without the schema that is pasted into it, white space squeezed."""
    return " ".join((task(name).system or "").replace("{{ schema_json }}", "").split())


def test_every_task_of_the_product_is_bundled_with_a_suite_of_its_own() -> None:
    assert set(NAMES) == OF_PRODUCT
    assert set(bundled.suite_names()) >= set(SMALL)


@pytest.mark.parametrize("name", NAMES)
def test_the_prompt_of_every_pair_can_be_rendered_and_carries_its_texts(name: str) -> None:
    renderer = PromptRenderer(task(name))
    about_the_job = name in ("job_detection", "job_extraction")
    for pair in pairs():
        text = "\n".join(message.content for message in renderer.messages(pair))
        assert pair.job_description_text in text
        assert (pair.resume_text in text) != about_the_job
        assert "{{" not in text


@pytest.mark.parametrize("name", NAMES)
def test_the_prompt_says_that_the_texts_are_no_instructions(name: str) -> None:
    said = instructions(name)
    assert re.search(r"material, not (?:an )?instructions?", said)
    assert re.search(r"ignore any request that stands inside", said)


@pytest.mark.parametrize("name", NAMES)
def test_the_prompt_says_how_to_answer(name: str) -> None:
    said = instructions(name)
    if task(name).schema is None:
        assert "no JSON" in said
    else:
        assert "Answer with the JSON object only" in said
        assert json.dumps(task(name).schema, ensure_ascii=False, indent=2) in prompt(name)


def enums(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from (value for value in schema.get("enum", ()) if value is not None)
        for inner in schema.values():
            yield from enums(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from enums(inner)


@pytest.mark.parametrize("name", [name for name in NAMES if task(name).schema is not None])
def test_the_prompt_names_every_property_and_every_choice(name: str) -> None:
    schema = task(name).schema
    assert schema is not None
    said = instructions(name)
    for key in schema["properties"]:
        assert re.search(rf"\b{key}\b", said), key
    for value in enums(schema):
        assert f'"{value}"' in said, value


def bounds(rule: Any) -> Iterator[int]:
    match rule:
        case Paragraphs():
            yield rule.equals
        case Words() | Items():
            yield rule.at_most
            if rule.at_least:
                yield rule.at_least
        case _:
            return


@pytest.mark.parametrize("name", SMALL)
def test_the_prompt_states_every_quality_rule(name: str) -> None:
    said = instructions(name)
    for key, rule in task(name).quality.items():
        for number in bounds(rule):
            spelled = NUMBERS.get(number, str(number))
            assert re.search(rf"\b(?:{number}|{spelled})\b", said), f"{key}: {number}"
        if isinstance(rule, NoPhrases):
            told = [phrase for phrase in rule.phrases if phrase.casefold() in said.casefold()]
            assert len(told) >= 5, f"{key}: the prompt gives too few examples: {told}"
        if isinstance(rule, NamesGold):
            assert "employer's name" in said
        assert not isinstance(rule, FlagsTrue | AsManyAsGold)


def test_the_package_may_name_the_employer_that_its_letter_is_judged_by() -> None:
    """What must stand in the résumé is what is claimed: a letter without the hiring employer's name fails its rule."""
    said = " ".join(instructions("pro_output").split())
    assert any(isinstance(rule, NamesGold) for rule in task("pro_output").quality.values())
    assert "with the employer's name where the job description gives one" in said
    assert "number that your output claims must stand in the résumé" in said


def test_gold_of_a_post_keeps_to_the_length_that_the_prompt_asks_for() -> None:
    """`mentions` asks for each item whole, so nobody could obey a prompt that allows fewer words than gold has."""
    words = [
        len(item.split())
        for pair in load_dataset("resume_jd@2", Path.cwd()).pairs
        for key in ("mustHaveSkills", "niceToHaveSkills")
        for item in pair.gold.get("job_extraction", {}).get(key, ())
    ]
    most = sum(count <= 6 for count in words) / len(words)
    assert 0.9 < most < 1
    assert "mostly 1 to 6 of them and never so few that the meaning changes" in " ".join(
        instructions("job_extraction").split()
    )


@pytest.mark.parametrize("name", SMALL)
def test_every_property_is_compared_with_gold_or_says_why_not(name: str) -> None:
    found = task(name)
    properties = {TEXT_FIELD} if found.schema is None else set(found.schema["properties"])
    source = (found.folder / "task.yaml").read_text(encoding="utf-8")
    comments = " ".join(line.partition("#")[2] for line in source.splitlines() if "#" in line)
    assert GOLD[name] <= set(found.fields)
    for key in properties - GOLD[name]:
        assert re.search(rf"\b{key}\b", comments), f"{key} has no gold, and no comment says why"


@pytest.mark.parametrize("name", SMALL)
def test_gold_of_its_suites_pairs_is_there_and_names_only_what_is_compared(name: str) -> None:
    gold = [pair.gold[name] for pair in load_suite(name, {}).pairs if name in pair.gold]
    assert gold
    assert set().union(*gold) <= GOLD[name]


@pytest.mark.parametrize("name", STRUCTURED)
def test_every_backend_can_hold_a_model_to_the_schema(name: str) -> None:
    schema = task(name).schema
    assert schema is not None
    assert strict_obstacles(schema) == ()
    assert set(skipped_by_llama_cpp(schema)) <= {"minimum", "maximum"}  # of numbers, which its grammars cannot bound
    assert set(skipped_by_llama_cpp_python(schema)) <= {"minimum", "maximum"}


@pytest.mark.parametrize("name", STRUCTURED)
def test_llguidance_makes_a_grammar_of_the_whole_schema_and_takes_what_rules_write(name: str) -> None:
    llguidance = pytest.importorskip("llguidance", reason="an optional engine's part")
    schema = task(name).schema
    assert schema is not None
    grammar, unhonoured = matcher_grammar(schema)
    assert grammar is not None
    assert unhonoured == ()
    assert not llguidance.LLMatcher.validate_grammar(grammar)


@pytest.mark.parametrize("name", NAMES)
def test_what_rules_write_is_valid_and_agrees_with_itself(name: str) -> None:
    found = task(name)
    for pair in pairs():
        output = generated(name, pair)
        value = {TEXT_FIELD: output} if found.schema is None else output
        if found.schema is not None:
            jsonschema_rs.validator_for(dict(found.schema)).validate(value)
        assert compare_records(found.fields, value, value).score == 1.0
        assert isinstance(output, str) == (found.schema is None)


@pytest.mark.parametrize("name", SMALL)
def test_its_suite_runs_as_it_stands_on_a_bare_machine(name: str, tmp_path: Path) -> None:
    done = shortlist("run", name, "--limit", "3", "--out", tmp_path / "run", "--format", "json", cwd=tmp_path)
    assert done.code in (0, 1, 3), done.err
    summary = done.json()
    assert {provider["outcomes"]["ok"] for provider in summary["providers"].values()} == {3}
    metrics = summary["providers"]["candidate"]["metrics"]
    for key, rule in task(name).quality.items():
        if isinstance(rule, NamesGold):
            continue  # whether rules find the employer is no matter of form
        assert metrics[f"quality.{key}"]["value"] == 1.0, key
    if name != "cover_letter":
        assert metrics["schema.pass"]["value"] == 1.0
