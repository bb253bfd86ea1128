"""The JSON Schema for editors says what the loader says."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest
import yaml

from shortlist import bundled
from shortlist.suite.export import suite_schema, suite_schema_text
from shortlist_providers import kinds
from support.suites import SUITE

COMMITTED = bundled.suites_root() / "suite.schema.json"


def _accepts(suite: Any) -> bool:
    return jsonschema_rs.validator_for(suite_schema()).is_valid(suite)


def test_the_committed_schema_is_up_to_date() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == suite_schema_text(), (
        f"write suite_schema_text() of shortlist.suite.export to {COMMITTED}"
    )


def test_it_is_a_valid_schema_with_every_installed_kind() -> None:
    schema = json.loads(suite_schema_text())
    assert jsonschema_rs.meta.is_valid(schema)
    assert {name.removeprefix("provider_") for name in schema["$defs"] if name.startswith("provider_")} == {*kinds()}


@pytest.mark.parametrize("name", bundled.suite_names())
def test_it_accepts_every_bundled_suite(name: str) -> None:
    text = (bundled.suites_root() / f"{name}.yaml").read_text(encoding="utf-8")
    assert _accepts(yaml.safe_load(text))


def test_it_accepts_variables_where_numbers_stand() -> None:
    suite = yaml.safe_load(SUITE.replace("per_generation: 0.5", 'per_generation: "${PRICE}"')) | {"repeats": "${N:-2}"}
    assert _accepts(suite)


@pytest.mark.parametrize(
    "edit",
    [
        ("providers:", "provders: {}\nproviders:"),
        ("kind: fake, model", "kind: fak, model"),
        ("model: m", "modle: m"),
        ("providers:", "repeats: 0\nproviders:"),
        ("providers:", "metrics: [latencies]\nproviders:"),
        ("  incumbent: old", "  incumbant: old"),
        ("per_generation: 0.5", "per_generation: -1"),
        ("  new:", "  new one:"),
    ],
)
def test_it_refuses_what_the_loader_refuses(edit: tuple[str, str]) -> None:
    assert edit[0] in SUITE
    assert not _accepts(yaml.safe_load(SUITE.replace(*edit)))
