"""A task: what is asked for a pair."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shortlist.tasks.rules import CheckRule, ClaimKind, ClaimRule, FieldRule, QualityRule


@dataclass(frozen=True, slots=True)
class Task:
    """A versioned prompt, the JSON Schema of its output, and the rules that judge it."""

    name: str
    version: str
    folder: Path
    system: str | None
    """Source of the system message's template, if there is one."""
    user: str
    """Source of the user message's template."""
    schema: Mapping[str, Any] | None
    """None for a task whose output is plain text."""
    fields: Mapping[str, FieldRule]
    checks: Mapping[str, CheckRule]
    quality: Mapping[str, QualityRule]
    grounding: Mapping[ClaimKind, ClaimRule]
    hash: str
    """SHA-256 (hex) over everything above that can change a generation or a score."""

    @property
    def ref(self) -> str:
        """`name@version`."""
        return f"{self.name}@{self.version}"
