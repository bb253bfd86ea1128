"""Reading a task's folder: `task.yaml`, its prompt templates and its JSON Schema."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from shortlist import bundled
from shortlist.documents import Findings, Where, read_yaml, validate
from shortlist.documents.yaml_text import read_text
from shortlist.errors import InputError, Problem, nearest
from shortlist.tasks.model import Task
from shortlist.tasks.prompt import template_problems
from shortlist.tasks.rules import (
    TEXT_FIELD,
    AsManyAsGold,
    CheckRule,
    ClaimKind,
    ClaimRule,
    FieldRule,
    FlagsTrue,
    NamesGold,
    QualityRule,
)
from shortlist.tasks.schema import NoSuchPlace, Place, read_schema

TASK_FILE = "task.yaml"

_PLAIN_TEXT = {"type": "object", "properties": {TEXT_FIELD: {"type": "string"}}}
"""What the rules of a task without a schema may name."""

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
RuleName = Annotated[str, Field(pattern=r"^[^.\[\]/\s]+$")]


def _number_as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


class _PromptFile(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    system: str | None = None
    user: str


class _TaskFile(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    version: Annotated[Name, BeforeValidator(_number_as_text)]
    description: str = ""
    prompt: _PromptFile
    output_schema: str | None = Field(default=None, alias="schema")  # `schema` is a method of pydantic's models
    fields: dict[RuleName, FieldRule] = Field(default_factory=dict)
    checks: dict[RuleName, CheckRule] = Field(default_factory=dict)
    quality: dict[RuleName, QualityRule] = Field(default_factory=dict)
    grounding: dict[ClaimKind, ClaimRule] = Field(default_factory=dict)


def load_task(ref: str, base: Path) -> Task:
    """The task that `ref` names: a bundled `name@version`, a bundled `name` (its newest version), or a task's folder.

    A path is relative to `base`. A bundled name wins over a folder of the same name; write `./name` for the folder.

    Raises:
        InputError: there is no such task, or something in its files is wrong; with every problem found.
    """
    folder = _find(ref, base)
    document, findings = read_yaml(folder / TASK_FILE)
    file = validate(_TaskFile, document.value, (), findings)
    findings.raise_if_any()
    if file is None:  # pragma: no cover - whatever `validate` refuses it also reports
        raise InputError(f"{folder / TASK_FILE}: not a task")
    schema = _schema(file, folder, findings)
    prompts = {
        role: _template(folder, name, ("prompt", role), findings, file.output_schema is not None)
        for role, name in (("system", file.prompt.system), ("user", file.prompt.user))
    }
    if schema is not None or file.output_schema is None:
        _check_rules(file, Place.top(_PLAIN_TEXT if schema is None else schema), findings)
    findings.raise_if_any()
    return Task(
        name=file.name,
        version=file.version,
        folder=folder,
        system=prompts["system"],
        user=prompts["user"] or "",
        schema=schema,
        fields=file.fields,
        checks=file.checks,
        quality=file.quality,
        grounding=file.grounding,
        hash=_hash(file, prompts, schema),
    )


def _find(ref: str, base: Path) -> Path:
    bundled_folder = bundled.task_folder(ref)
    if bundled_folder is not None:
        return bundled_folder
    folder = base / Path(ref).expanduser()
    try:
        if ref.strip() and (folder / TASK_FILE).is_file():
            return folder
        exists = bool(ref.strip()) and folder.is_dir()
    except (OSError, ValueError):  # a name that no file system takes
        exists = False
    if exists:
        raise InputError(Problem(f"the folder holds no {TASK_FILE}", folder))
    names = bundled.task_names()
    known = [*names, *{name.partition("@")[0]: None for name in names}]
    raise InputError(
        f"no task {ref!r}; allowed: {', '.join(names)}, or the path of a folder with a {TASK_FILE}{nearest(ref, known)}"
    )


def _inside(folder: Path, name: str, where: Where, findings: Findings) -> Path | None:
    """The file of this name, if it belongs to the task's folder: a task that is copied must stay whole."""
    file = folder / name
    if Path(name).is_absolute() or not file.resolve().is_relative_to(folder.resolve()):
        findings.add(where, f"must lie in the task's own folder; got {name!r}")
        return None
    return file


def _schema(file: _TaskFile, folder: Path, findings: Findings) -> dict[str, Any] | None:
    path = file.output_schema and _inside(folder, file.output_schema, ("schema",), findings)
    if not path:
        return None
    try:
        return read_schema(path)
    except InputError as error:
        findings.include(error)
    return None


def _template(folder: Path, name: str | None, where: Where, findings: Findings, has_schema: bool) -> str | None:
    path = None if name is None else _inside(folder, name, where, findings)
    if path is None:
        return None
    try:
        source = read_text(path)
    except InputError as error:
        findings.include(error)
        return None
    findings.problems.extend(template_problems(source, path, has_schema))
    return source


def _check_rules(file: _TaskFile, top: Place, findings: Findings) -> None:
    _check_fields(file.fields, top, ("fields",), findings)
    _check_checks(file, top, findings)
    for kind, claims in file.grounding.items():
        for index, path in enumerate(claims.fields):
            _followed(top, path, ("grounding", kind, "fields", index), findings)
    for name, rule in file.quality.items():
        where: Where = ("quality", name, "field")
        place = _followed(top, rule.field, where, findings) if rule.field else None
        if isinstance(rule, NamesGold | AsManyAsGold):
            _check_gold(rule.gold, file.name, top, ("quality", name, "gold"), findings)
        if place is not None and isinstance(rule, FlagsTrue):
            objects = place.items() if place.may_be("array") else place
            for option in ("term", "flag"):
                _followed(objects, getattr(rule, option), ("quality", name, option), findings)


def _check_gold(path: str, own: str, top: Place, where: Where, findings: Findings) -> None:
    """A path into gold must lead somewhere, as far as the schema of its task is known: its own, or a bundled one's."""
    task, _, rest = path.partition(".")
    if task == own:
        _followed(top, rest, where, findings)
        return
    folder = bundled.task_folder(task)
    if folder is not None and (folder / "schema.json").is_file():
        _followed(Place.top(read_schema(folder / "schema.json")), rest, where, findings)


def _check_checks(file: _TaskFile, top: Place, findings: Findings) -> None:
    for name, rule in file.checks.items():
        where: Where = ("checks", name)
        if name in file.fields or name == "score":
            findings.add(where, f"{name!r} is already a metric of the fields; give the check another name")
        if _followed(top, rule.field, (*where, "field"), findings) is not None:
            _check_field(rule, top.property(rule.field), where, findings)


def _check_fields(fields: Mapping[str, FieldRule], place: Place, where: Where, findings: Findings) -> None:
    for name, rule in fields.items():
        here = _followed(place, name, (*where, name), findings)
        if here is not None:
            _check_field(rule, here, (*where, name), findings)


def _check_field(rule: FieldRule, here: Place, where: Where, findings: Findings) -> None:
    if rule.compare in ("objects", "set", "count") and not here.may_be("array"):
        findings.add((*where, "compare"), f"{rule.compare!r} compares lists, and the schema has none here")
    elif rule.compare in ("paragraphs", "semantic") and not here.may_be("string"):
        findings.add((*where, "compare"), f"{rule.compare!r} compares texts, and the schema has none here")
    elif rule.compare == "object" and not here.may_be("object"):
        findings.add((*where, "compare"), "'object' compares objects, and the schema has none here")
    elif rule.compare == "objects":
        inner = here.items()
        for index, key in enumerate(rule.key):
            _followed(inner, key, (*where, "key", index), findings)
        _check_fields(rule.fields, inner, (*where, "fields"), findings)
    elif rule.compare == "object":
        _check_fields(rule.fields, here, (*where, "fields"), findings)
    elif rule.select is not None:
        _followed(here, rule.select, (*where, "select"), findings)


def _followed(place: Place, path: str, where: Where, findings: Findings) -> Place | None:
    try:
        return place.follow(path)
    except NoSuchPlace as error:
        findings.add(where, str(error))
        return None


def _hash(file: _TaskFile, prompts: Mapping[str, str | None], schema: dict[str, Any] | None) -> str:
    """SHA-256 (hex). The schema's layout does not count, but the order of its keys does: models write in that order."""
    parts = {
        "name": file.name,
        "version": file.version,
        "prompts": prompts,
        "schema": schema,
        "fields": {name: rule.model_dump(mode="json") for name, rule in sorted(file.fields.items())},
        "checks": {name: rule.model_dump(mode="json") for name, rule in sorted(file.checks.items())},
        "grounding": {kind: rule.model_dump(mode="json") for kind, rule in sorted(file.grounding.items())},
        "quality": {name: rule.model_dump(mode="json") for name, rule in sorted(file.quality.items())},
    }
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()
