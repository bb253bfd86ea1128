"""What runs really leave is what the published schemas say."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import jsonschema_rs
import pytest

from shortlist.published import schemas, write
from support.commands import marker, shortlist, write_suite
from support.scripted_server import Behaviour, ScriptedServer, html_200, ok, rate_limit, truncated

PUBLISHED = Path(__file__).parents[2] / "docs" / "schemas"


def test_the_committed_schemas_are_up_to_date(tmp_path: Path) -> None:
    write(tmp_path)
    for fresh in tmp_path.iterdir():
        assert (PUBLISHED / fresh.name).read_text(encoding="utf-8") == fresh.read_text(encoding="utf-8"), (
            "docs/schemas/README.md says how to write them again"
        )


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published")
    script: dict[str, Behaviour | Sequence[Behaviour]] = {
        marker(0): [rate_limit(0.01), ok()],
        marker(1): html_200(),
        marker(2): truncated(),
    }
    with ScriptedServer(script) as server:
        settings = {
            "kind": "openai_compatible",
            "base_url": server.base_url,
            "model": "m",
            "cost": {"input_per_million": 1, "output_per_million": 2},
        }
        rules = [{"metric": "schema.pass", "at_least": 0.5}, {"metric": "cost.per_generation", "at_most": 1}]
        judges = {"letter": {"by": {"kind": "fake"}, "rubric": "Grade it.", "samples": 1}}
        suite = write_suite(folder, {"new": settings, "old": {"kind": "fake"}}, 6, rules=rules, judges=judges)
        done = shortlist("run", suite, "--out", "run", cwd=folder)
        assert done.code in (0, 1, 3), done.err
    return folder / "run"


@pytest.mark.parametrize("name", sorted(schemas()))
def test_every_file_of_a_run_fits_its_schema(run: Path, name: str) -> None:
    schema = schemas()[name]
    assert jsonschema_rs.meta.is_valid(schema)
    validator = jsonschema_rs.validator_for(schema)
    text = (run / name).read_text(encoding="utf-8")
    documents = [json.loads(line) for line in text.splitlines()] if name.endswith(".jsonl") else [json.loads(text)]
    assert documents
    for document in documents:
        assert [error.message for error in validator.iter_errors(document)] == []
        assert document["schema_version"] == 1
        assert "NaN" not in text
