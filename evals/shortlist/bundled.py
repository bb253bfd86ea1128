"""What travels with Shortlist: suites and tasks, beside the package in a checkout and inside it in a wheel."""

from __future__ import annotations

import re
from pathlib import Path

_VERSIONED = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9_.-]*)@(?P<version>[A-Za-z0-9][A-Za-z0-9_.-]*)")
_INSIDE = Path(__file__).parent / "_bundled"
_BESIDE = Path(__file__).parents[1]


def suites_root() -> Path:
    """The folder of the bundled suites."""
    return _INSIDE / "suites" if _INSIDE.is_dir() else _BESIDE


def tasks_root() -> Path:
    """The folder of the bundled tasks: one folder `name@version` each."""
    return (_INSIDE if _INSIDE.is_dir() else _BESIDE) / "tasks"


def suite_names() -> tuple[str, ...]:
    """The bundled suites, sorted."""
    return tuple(sorted(file.stem for file in suites_root().glob("*.yaml")))


def task_names() -> tuple[str, ...]:
    """The bundled tasks as `name@version`, sorted by name, then from the oldest version to the newest."""
    found = [_VERSIONED.fullmatch(file.parent.name) for file in tasks_root().glob("*/task.yaml")]
    named = sorted(((match["name"], _natural(match["version"])), match[0]) for match in found if match)
    return tuple(folder for _, folder in named)


def task_folder(ref: str) -> Path | None:
    """The folder of a bundled task; `ref` is `name@version`, or `name` for its newest version."""
    newest: dict[str, str] = {folder.partition("@")[0]: folder for folder in task_names()}
    folder = ref if ref in task_names() else newest.get(ref)
    return None if folder is None else tasks_root() / folder


def _natural(version: str) -> tuple[tuple[int, str], ...]:
    """Sorts `10` after `9`."""
    return tuple((int(part) if part.isdigit() else -1, part) for part in re.split(r"[._-]", version))
