"""The JSON Schemas of the files that a run leaves and of promotion records, for whoever reads them with other tools."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from shortlist.cases import Record
from shortlist.promotion.statement import Statement
from shortlist.results import Comparison, Manifest, Summary, Verdict
from shortlist.scores import CaseScores

_FILES: dict[str, Any] = {
    "manifest.json": Manifest,
    "records.jsonl": Record,
    "judgements.jsonl": Record,
    "scores.jsonl": CaseScores,
    "comparison.json": Comparison,
    "verdict.json": Verdict,
    "summary.json": Summary,
}


def schemas() -> dict[str, dict[str, Any]]:
    """File name -> JSON Schema (draft 2020-12) of the file of a run, or of each of its lines."""
    return {name: _schema(model) for name, model in _FILES.items()}


def promotion_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of what a promotion record signs: the payload of its envelope, decoded."""
    return _schema(Statement)


def _schema(model: Any) -> dict[str, Any]:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **TypeAdapter(model).json_schema(mode="serialization"),
    }


def write(folder: Path) -> None:
    """Writes `<file>.schema.json` for each of the files, and for what a promotion record signs."""
    for name, schema in {**schemas(), "promotion-statement": promotion_schema()}.items():
        text = json.dumps(schema, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
        (folder / f"{name}.schema.json").write_text(text, encoding="utf-8")
