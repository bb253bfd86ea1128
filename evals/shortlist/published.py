"""The JSON Schemas of the files that a run leaves, for whoever reads them with other tools."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from shortlist.cases import Record
from shortlist.results import Comparison, Manifest, Summary, Verdict
from shortlist.scores import CaseScores

_FILES: dict[str, Any] = {
    "manifest.json": Manifest,
    "records.jsonl": Record,
    "scores.jsonl": CaseScores,
    "comparison.json": Comparison,
    "verdict.json": Verdict,
    "summary.json": Summary,
}


def schemas() -> dict[str, dict[str, Any]]:
    """File name -> JSON Schema (draft 2020-12) of the file, or of each of its lines."""
    return {
        name: {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            **TypeAdapter(model).json_schema(mode="serialization"),
        }
        for name, model in _FILES.items()
    }


def write(folder: Path) -> None:
    """Writes `<file>.schema.json` for each of the files."""
    for name, schema in schemas().items():
        text = json.dumps(schema, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
        (folder / f"{name}.schema.json").write_text(text, encoding="utf-8")
