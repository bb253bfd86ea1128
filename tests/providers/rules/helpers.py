"""One way in for these tests: the provider's own `generate`."""

from __future__ import annotations

import asyncio
import itertools
import json
from pathlib import Path
from typing import Any

import jsonschema_rs

from shortlist_providers.base import ProviderContext
from shortlist_providers.rules import Rules, RulesConfig
from shortlist_providers.types import Generation, Request, Sampling

TASKS = Path(__file__).parents[3] / "evals" / "tasks"
SCHEMAS = {
    file.parent.name.partition("@")[0]: json.loads(file.read_text(encoding="utf-8"))
    for file in sorted(TASKS.glob("*@1/schema.json"))
}
_VALID = {name: jsonschema_rs.validator_for(schema) for name, schema in SCHEMAS.items()}
Row = tuple[str, str, str | None, str | None, int]


def ask(resume: str, advert: str, *, config: RulesConfig | None = None, task: str = "pro_output@1") -> Generation:
    ticks = itertools.count(100.0, 0.5)
    provider = Rules(config or RulesConfig(), ProviderContext(clock=lambda: next(ticks), sleep=asyncio.sleep))
    request = Request(
        key="k",
        messages=(),
        sampling=Sampling(),
        task=task,
        schema=SCHEMAS.get(task.partition("@")[0]),
        inputs={"resume_text": resume, "job_description_text": advert},
    )
    return asyncio.run(provider.generate(request))


def output(resume: str, advert: str = "", *, config: RulesConfig | None = None) -> dict[str, Any]:
    generation = ask(resume, advert, config=config)
    assert generation.text is not None
    value: dict[str, Any] = json.loads(generation.text)
    _VALID["pro_output"].validate(value)
    return value


def made(task: str, resume: str, advert: str, *, config: RulesConfig | None = None) -> Any:
    """The output of a task: checked JSON, or the text of the one that has no schema."""
    generation = ask(resume, advert, config=config, task=f"{task}@1")
    assert generation.text is not None
    if task not in SCHEMAS:
        return generation.text
    value = json.loads(generation.text)
    _VALID[task].validate(value)
    return value


def rows(value: dict[str, Any]) -> list[Row]:
    return [
        (role["title"], role["company"], role["startDate"], role["endDate"], len(role["bullets"]))
        for role in value["bulletsByRole"]
    ]
