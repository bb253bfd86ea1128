"""`shortlist init`: what it writes loads, plans, and can be answered."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from time import perf_counter
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shortlist import bundled
from shortlist.errors import InputError
from shortlist.plan import plan
from shortlist.scaffold import init
from shortlist.suite.load import load_suite
from shortlist.suite.model import Suite
from shortlist.tasks.prompt import PromptRenderer
from shortlist_providers import ProviderContext, Request, load_kind
from support.commands import shortlist
from support.suites import SCHEMA


def _schema_file(folder: Path, schema: Any) -> str:
    file = folder / "mine.json"
    file.write_text(json.dumps(schema), encoding="utf-8")
    return str(file)


def _answers(suite: Suite) -> list[Any]:
    """What the suite's providers say to its first pair."""
    pair = suite.pairs[0]
    request = Request(
        key="k/p/x/0",
        messages=PromptRenderer(suite.task).messages(pair),
        sampling=suite.sampling,
        task=suite.task.ref,
        schema=suite.task.schema,
        inputs={
            "resume_text": pair.resume_text,
            "job_description_text": pair.job_description_text,
            "domain": pair.domain,
        },
    )

    async def ask() -> list[Any]:
        context = ProviderContext(perf_counter, asyncio.sleep)
        made = [load_kind(config.kind)(config, context) for config in suite.providers.values()]
        return [json.loads((await provider.generate(request)).text or "") for provider in made]

    return asyncio.run(ask())


def test_a_schema_of_ones_own_runs_without_a_key(tmp_path: Path) -> None:
    written = init(tmp_path / "new", _schema_file(tmp_path, SCHEMA), "letters")
    assert [str(path.relative_to(tmp_path / "new")) for path in written] == [
        "suite.yaml",
        "pairs.jsonl",
        "suite.schema.json",
        "tasks/letters@1/task.yaml",
        "tasks/letters@1/schema.json",
        "tasks/letters@1/system.md.j2",
        "tasks/letters@1/user.md.j2",
    ]
    assert all(path.is_file() for path in written)
    suite = load_suite(written[0], {})
    assert (suite.name, suite.task.ref, len(suite.pairs)) == ("letters", "letters@1", 2)
    assert len(plan(suite).cases) == 4
    assert all(jsonschema_rs.is_valid(SCHEMA, answer) for answer in _answers(suite))


ZOD = {  # as z.toJSONSchema() writes it
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {
        "title": {"type": "string", "minLength": 1},
        "salary": {
            "anyOf": [
                {
                    "type": "object",
                    "properties": {
                        "least": {"type": "integer", "minimum": -9007199254740991, "maximum": 9007199254740991},
                        "share": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
                    },
                    "required": ["least", "share"],
                    "additionalProperties": False,
                },
                {"type": "null"},
            ]
        },
        "email": {
            "type": "string",
            "format": "email",
            "pattern": r"^(?!\.)([A-Za-z0-9_.]*)@([A-Za-z0-9-]*\.)+[A-Za-z]{2,}$",
        },
        "posted": {"type": "string", "format": "date-time"},
        "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
        "parent": {"anyOf": [{"$ref": "#"}, {"type": "null"}]},
    },
    "required": ["title", "salary", "email", "posted", "currency", "parent"],
    "additionalProperties": False,
}


def test_what_zod_writes_runs_as_promised(tmp_path: Path) -> None:
    suite = load_suite(init(tmp_path / "new", _schema_file(tmp_path, ZOD), "mine")[0], {})
    validator = jsonschema_rs.validator_for(ZOD, validate_formats=True)
    assert all(validator.is_valid(answer) for answer in _answers(suite))
    task = (tmp_path / "new/tasks/mine@1/task.yaml").read_text(encoding="utf-8")
    assert "least: {compare: number}" in task, "what JavaScript can count to is no scale"


def test_without_a_schema_it_is_the_bundled_task_on_ones_own_pairs(tmp_path: Path) -> None:
    written = init(tmp_path, None, "mine")
    assert [path.name for path in written] == ["suite.yaml", "pairs.jsonl", "suite.schema.json"]
    suite = load_suite(written[0], {})
    assert suite.task.ref == "pro_output@1"
    assert suite.task.schema is not None
    assert all(jsonschema_rs.is_valid(dict(suite.task.schema), answer) for answer in _answers(suite))


def test_field_rules_follow_the_schema(tmp_path: Path) -> None:
    text = {"type": "string"}
    schema = {
        "type": "object",
        "properties": {
            "headline": text,
            "coverLetter": text,
            "essay": {"type": "string", "maxLength": 4000},
            "startDate": {"anyOf": [text, {"type": "null"}]},
            "born": {"type": "string", "format": "date"},
            "level": {"enum": ["junior", "senior"]},
            "fit": {"type": "integer", "minimum": 0, "maximum": 100},
            "salary": {"type": ["number", "null"]},
            "remote": {"type": "boolean"},
            "skills": {"type": "array", "items": text},
            "years": {"type": "array", "items": {"type": "integer"}},
            "roles": {"type": "array", "items": {"$ref": "#/$defs/role"}},
            "place": {"type": "object", "properties": {"city": text}},
            "open": {"type": "object"},
            "anything": {},
            "candidateId": text,
            "paid": text,
            "email": {"type": "string", "format": "email"},
            "odd name": text,
            "true": text,
        },
        "$defs": {"role": {"type": "object", "required": ["firm"], "properties": {"city": text, "firm": text}}},
    }
    written = init(tmp_path / "new", _schema_file(tmp_path, schema), "t")
    fields = load_suite(written[0], {}).task.fields
    assert {name: rule.compare for name, rule in fields.items()} == {
        "headline": "text",
        "coverLetter": "long_text",
        "essay": "long_text",
        "startDate": "date",
        "born": "date",
        "level": "enum",
        "fit": "number",
        "salary": "number",
        "remote": "exact",
        "skills": "set",
        "years": "count",
        "roles": "objects",
        "place": "object",
        "candidateId": "exact",
        "paid": "text",
        "email": "exact",
        "true": "text",
    }
    assert fields["roles"].key == ("firm",)
    assert (fields["fit"].within, fields["salary"].within) == (10, None)


def test_the_bundled_schema_as_ones_own(tmp_path: Path) -> None:
    schema = bundled.tasks_root() / "pro_output@1/schema.json"
    suite = load_suite(init(tmp_path, str(schema), "x")[0], {})
    assert suite.task.fields["keywordChecklist"].key == ("keyword",)


def test_nothing_is_ever_overwritten(tmp_path: Path) -> None:
    (tmp_path / "pairs.jsonl").write_text("mine")
    with pytest.raises(InputError) as caught:
        init(tmp_path, None, "mine")
    assert str(caught.value) == (
        f"already there, and never overwritten: {tmp_path / 'pairs.jsonl'}; name another folder"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["pairs.jsonl"]
    assert (tmp_path / "pairs.jsonl").read_text() == "mine"


@pytest.mark.parametrize("name", ["", "a b", "../x", "é", "-x", "a" * 65])
def test_a_name_that_is_none_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be a name"):
        init(tmp_path, None, name)


def test_a_broken_schema_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"mine.json:1: type: must be one of"):
        init(tmp_path / "new", _schema_file(tmp_path, {"type": "objct"}), "x")
    assert not (tmp_path / "new").exists()


def test_a_file_in_the_folders_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("")
    with pytest.raises(InputError, match="is a file; name a folder"):
        init(tmp_path / "f", None, "x")


@pytest.mark.parametrize("name", ["true", "null", "1", "1.5", "1e3", "0x10", "a.b-c_d"])
def test_any_name_survives_yaml(name: str, tmp_path: Path) -> None:
    suite = load_suite(init(tmp_path / "new", _schema_file(tmp_path, SCHEMA), name)[0], {})
    assert (suite.name, suite.task.name) == (name, name)


LEAVES = [{}, {"type": "string"}, {"type": "integer"}, {"type": "null"}, {"enum": [1, "a"]}, {"const": None}]
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6)
SCHEMAS = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: st.one_of(
        st.builds(lambda items: {"type": "array", "items": items}, inner),
        st.builds(lambda a, b: {"anyOf": [a, b]}, inner, inner),
        st.builds(
            lambda properties, required: {
                "type": "object",
                "properties": properties,
                "required": [name for name in properties if required],
            },
            st.dictionaries(NAMES, inner, max_size=4),
            st.booleans(),
        ),
    ),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(SCHEMAS)
def test_whatever_the_schema_the_scaffold_loads(tmp_path_factory: pytest.TempPathFactory, schema: Any) -> None:
    folder = tmp_path_factory.mktemp("schema")
    assert load_suite(init(folder / "new", _schema_file(folder, schema), "x")[0], {}).task.schema == schema


def test_a_task_is_added_beside_others_by_a_schema_alone(tmp_path: Path) -> None:
    init(tmp_path, None, "mine")
    (tmp_path / "invoice.json").write_text(json.dumps(SCHEMA), encoding="utf-8")
    added = shortlist("init", "--task", "letters", "--schema", "invoice.json", cwd=tmp_path)
    assert (added.code, added.err) == (0, "")
    assert added.out.splitlines() == [
        "wrote letters.yaml",
        "wrote tasks/letters@1/task.yaml",
        "wrote tasks/letters@1/schema.json",
        "wrote tasks/letters@1/system.md.j2",
        "wrote tasks/letters@1/user.md.j2",
        "next: shortlist run letters.yaml",
    ]
    ran = shortlist("run", "letters.yaml", "--out", "r", "--format", "json", cwd=tmp_path)
    assert ran.code == 3  # two pairs decide nothing
    assert json.loads(ran.out)["providers"]["candidate"]["metrics"]["schema.pass"]["value"] == 1.0
    again = shortlist("init", "--task", "letters", "--schema", "invoice.json", cwd=tmp_path)
    assert again.code == 2
    assert "never overwritten" in again.err


def test_the_schema_may_be_a_pydantic_model(tmp_path: Path) -> None:
    (tmp_path / "products.py").write_text(
        "from pydantic import BaseModel, Field\n\n\n"
        "class Offer(BaseModel):\n"
        "    offer_id: str = Field(alias='offerId')\n"
        "    price: float = Field(ge=0, le=100)\n\n\n"
        "nothing = 1\n",
        encoding="utf-8",
    )
    assert shortlist("init", "--schema", "products:Offer", "--name", "offer", cwd=tmp_path).code == 0
    fields = load_suite(tmp_path / "suite.yaml", {}).task.fields
    assert {name: rule.compare for name, rule in fields.items()} == {"offerId": "exact", "price": "number"}
    for source, message in (
        ("products:Ofer", "products has no pydantic model called 'Ofer'"),
        ("products:nothing", "products has no pydantic model called 'nothing'"),
        ("produkts:Offer", "produkts cannot be imported: ModuleNotFoundError"),
        ("offer.json", "offer.json"),
    ):
        refused = shortlist("init", "new", "--schema", source, cwd=tmp_path)
        assert refused.code == 2, source
        assert message in refused.err
    assert shortlist("init", "new", "--task", "x", cwd=tmp_path).code == 2
    assert not (tmp_path / "new").exists()
