"""The suite file's JSON Schema, for editors: made from the same models that read the file."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from shortlist.suite.file import PROVIDER_NAME, JudgeSection, SuiteFile
from shortlist_providers import ProviderConfig, ProviderError, kinds, load_kind

_REFS = "#/$defs/{model}"
_VARIABLE = {"type": "string", "pattern": r"\$\{", "description": "${VAR} or ${VAR:-default}, from the environment"}
_CONSTRAINED = ("enum", "pattern", "const")


def suite_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a suite file.

    Each of its `providers`, and what a judge is `by`, is of one installed kind, told by `kind`. Wherever a
    value is more than free text, `${VAR}` may stand for it, as in a suite.
    """
    configs = {kind: _config_of(kind) for kind in kinds()}
    models: list[type[BaseModel]] = [SuiteFile, *dict.fromkeys(configs.values())]
    references, together = models_json_schema([(model, "validation") for model in models], ref_template=_REFS)
    definitions: dict[str, Any] = together["$defs"]
    names = {model: references[model, "validation"]["$ref"].rpartition("/")[2] for model in models}
    suite = definitions[names[SuiteFile]]
    providers = {f"provider_{kind}": _of_kind(kind, definitions[names[model]]) for kind, model in configs.items()}
    of_any_kind = {"oneOf": [{"$ref": f"#/$defs/{name}"} for name in providers]}
    suite["properties"]["providers"] |= {
        "propertyNames": {"pattern": PROVIDER_NAME},
        "additionalProperties": of_any_kind,
    }
    by = definitions[JudgeSection.__name__]["properties"]["by"]
    definitions[JudgeSection.__name__]["properties"]["by"] = {**of_any_kind, "description": by["description"]}
    suite["properties"]["providers"].pop("patternProperties", None)
    rest = {name: definition for name, definition in definitions.items() if name not in names.values()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **_with_variables(suite),
        "title": "Shortlist suite",
        "$defs": dict(sorted(_with_variables({**rest, **providers}).items())),
    }


def suite_schema_text() -> str:
    """The schema as it lies beside suites, `suite.schema.json`."""
    return json.dumps(suite_schema(), indent=1, ensure_ascii=False) + "\n"


def _config_of(kind: str) -> type[ProviderConfig]:
    try:
        return load_kind(kind).Config
    except ProviderError:  # a third party's kind that cannot be asked for its keys
        return ProviderConfig


def _of_kind(kind: str, definition: dict[str, Any]) -> dict[str, Any]:
    return {
        **definition,
        "title": kind,
        "properties": {**definition["properties"], "kind": {"const": kind}},
        "required": sorted({*definition.get("required", ()), "kind"}),
    }


def _with_variables(schema: Any) -> Any:
    """Lets `${VAR}` stand for every number, flag, choice and patterned text; not for `kind`, which tells them apart."""
    if isinstance(schema, list):
        return [_with_variables(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    if isinstance(schema.get("type"), str) and (
        schema["type"] in ("integer", "number", "boolean") or any(key in schema for key in _CONSTRAINED)
    ):
        outside = {key: schema[key] for key in ("description", "default", "title") if key in schema}
        inside = {key: value for key, value in schema.items() if key not in outside}
        return {**outside, "anyOf": [inside, _VARIABLE]}
    kept = ("propertyNames", "default", "kind", "required", "enum")
    return {key: value if key in kept else _with_variables(value) for key, value in schema.items()}
