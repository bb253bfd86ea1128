"""Suite and task files for tests, written into a temporary folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from shortlist.errors import InputError
from shortlist.suite.load import load_suite

SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["summary", "score", "roles"],
    "properties": {
        "summary": {"type": "string"},
        "score": {"type": "integer", "minimum": 0, "maximum": 100},
        "roles": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["company"],
                "properties": {"company": {"type": "string"}, "bullets": {"$ref": "#/$defs/texts"}},
            },
        },
        "skills": {"anyOf": [{"$ref": "#/$defs/texts"}, {"type": "null"}]},
    },
    "$defs": {"texts": {"type": "array", "items": {"type": "string"}}},
}

TASK = """\
name: small
version: 1
prompt: {system: system.md.j2, user: user.md.j2}
schema: schema.json
fields:
  summary: {compare: long_text}
  roles:
    compare: objects
    key: [company]
    fields:
      company: {compare: text}
      bullets: {compare: count}
quality:
  short: {check: words, field: summary, at_most: 50}
"""

SUITE = """\
name: demo
task: small@1
dataset: pairs.jsonl
providers:
  new: {kind: fake, model: m, cost: {per_generation: 0.5}}
  old: {kind: fake, cost: {machine_hour: 1}}
gate:
  candidate: new
  incumbent: old
  rules:
    - {metric: schema.pass, at_least: 0.9}
"""


def write_task(folder: Path, task: str = TASK, schema: Any = SCHEMA, **prompts: str) -> Path:
    """A task's folder; `system` and `user` replace the prompts."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "task.yaml").write_text(task, encoding="utf-8")
    (folder / "schema.json").write_text(schema if isinstance(schema, str) else json.dumps(schema, indent=2))
    (folder / "system.md.j2").write_text(prompts.get("system", "Answer by {{ schema_json }}"), encoding="utf-8")
    (folder / "user.md.j2").write_text(
        prompts.get("user", "{{ domain }}\n{{ resume_text }}\n{{ job_description_text }}"), encoding="utf-8"
    )
    return folder


def pair(identity: str, **fields: Any) -> dict[str, Any]:
    """One pair, as its line holds it."""
    return {"id": identity, "domain": "test", "resume_text": "r" * 40, "job_description_text": "j" * 40, **fields}


def write_suite(folder: Path, suite: str = SUITE, pairs: list[dict[str, Any]] | None = None) -> Path:
    """A suite with its task and pairs."""
    write_task(folder / "small@1")
    lines = [json.dumps(one) + "\n" for one in (pairs or [pair("a"), pair("b"), pair("c")])]
    (folder / "pairs.jsonl").write_text("".join(lines), encoding="utf-8")
    file = folder / "suite.yaml"
    file.write_text(suite, encoding="utf-8")
    return file


def problems_of(file: Path, environment: dict[str, str] | None = None) -> list[str]:
    """What is wrong with a suite, each as `line: path: message`."""
    with pytest.raises(InputError) as caught:
        load_suite(file, environment or {})
    return [str(problem).removeprefix(f"{file}:").strip() for problem in caught.value.problems]
