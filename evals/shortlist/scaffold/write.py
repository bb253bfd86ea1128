"""Writing a first suite, or a further task."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from shortlist.errors import InputError
from shortlist.scaffold import content
from shortlist.scaffold.infer import infer_fields
from shortlist.scaffold.schema_source import schema_text
from shortlist.suite.export import suite_schema_text
from shortlist.suite.file import PROVIDER_NAME
from shortlist.tasks.schema import Place, parse_schema

_BARE = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_WORDS_OF_YAML = frozenset({"true", "false", "null", "True", "False", "Null", "TRUE", "FALSE", "NULL"})


def init(folder: Path, schema: str | None, name: str) -> list[Path]:
    """Writes a suite called `name`, its task and two example pairs into `folder`; returns the files, the suite first.

    With a JSON Schema (a file, or `module:Model` for a pydantic model), the task is a new one of the same name that
    asks for such an output, and stand-ins that need no model fill the providers' places; without, it is the bundled
    `pro_output`. The suite runs as it is written.

    Raises:
        InputError: the name or the schema will not do, or a file is already there; then nothing is written.
    """
    _check_name(name)
    files = _suite_files("suite.yaml", name, has_task=schema is not None)
    if schema is not None:
        files |= _task_files(name, schema)
    return _write(folder, files)


def add_task(folder: Path, schema: str, name: str) -> list[Path]:
    """Writes a task called `name` around a JSON Schema, and a suite `<name>.yaml` for it, beside what is there.

    Pairs and the suites' schema are written where the folder has none. Returns the files, the suite first.

    Raises:
        InputError: as `init`.
    """
    _check_name(name)
    files = _suite_files(f"{name}.yaml", name, has_task=True) | _task_files(name, schema)
    shared = {file for file in ("pairs.jsonl", "suite.schema.json") if (folder / file).exists()}
    return _write(folder, {file: text for file, text in files.items() if file not in shared})


def _check_name(name: str) -> None:
    if not re.fullmatch(PROVIDER_NAME, name):
        raise InputError(f"{name!r} cannot be a name: letters, digits, '_', '-' and '.', at most 64, the first no mark")


def _write(folder: Path, files: Mapping[str, str]) -> list[Path]:
    targets = {folder / path: text for path, text in files.items()}
    _refuse_to_overwrite(folder, list(targets))
    for path, text in targets.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
        except OSError as error:
            raise InputError(f"{path}: cannot be written: {error.strerror}") from error
    return list(targets)


def _refuse_to_overwrite(folder: Path, targets: list[Path]) -> None:
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder}: is a file; name a folder")
    there = [str(path) for path in targets if path.exists()]
    if there:
        raise InputError(f"already there, and never overwritten: {', '.join(there)}; name another folder")


def _suite_files(file: str, name: str, has_task: bool) -> dict[str, str]:
    suite = content.SUITE_HEAD + (content.PROVIDERS_FAKE if has_task else content.PROVIDERS_RULES) + content.SUITE_TAIL
    task = _yaml_text(f"tasks/{name}@1") if has_task else "pro_output@1"
    return {
        file: suite.replace("@FILE@", file).replace("@TASK@", task).replace("@NAME@", _yaml_text(name)),
        "pairs.jsonl": "".join(json.dumps(pair, ensure_ascii=False) + "\n" for pair in content.PAIRS),
        "suite.schema.json": suite_schema_text(),
    }


def _task_files(name: str, schema: str) -> dict[str, str]:
    text = schema_text(schema)
    fields = infer_fields(Place.top(parse_schema(text, Path(schema))))
    lines = ["fields:", *_field_lines(fields, "  ")] if fields else ["fields: {}"]
    folder = f"tasks/{name}@1"
    return {
        f"{folder}/task.yaml": content.TASK.replace("@FIELDS@", "\n".join(lines))
        .replace("@NAME@", _yaml_text(name))
        .replace("@TITLE@", name),
        f"{folder}/schema.json": text,
        f"{folder}/system.md.j2": content.SYSTEM,
        f"{folder}/user.md.j2": content.USER,
    }


def _field_lines(fields: Mapping[str, Mapping[str, Any]], indent: str) -> list[str]:
    lines: list[str] = []
    for name, rule in fields.items():
        flat = [f"{option}: {_flat(value)}" for option, value in rule.items() if option != "fields"]
        if "fields" in rule:
            lines += [f"{indent}{_yaml_text(name)}:", *(f"{indent}  {line}" for line in flat), f"{indent}  fields:"]
            lines += _field_lines(rule["fields"], indent + "    ")
        else:
            lines.append(f"{indent}{_yaml_text(name)}: {{{', '.join(flat)}}}")
    return lines


def _flat(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_yaml_text, value))}]"
    return value if isinstance(value, str) else json.dumps(value)


def _yaml_text(text: str) -> str:
    """A string as YAML writes it: bare where it cannot be taken for something else."""
    bare = _BARE.fullmatch(text) or re.fullmatch(r"tasks/[A-Za-z0-9_@.-]+", text)
    return text if bare and text not in _WORDS_OF_YAML else json.dumps(text, ensure_ascii=False)
