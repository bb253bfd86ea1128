"""A document in memory, and the collection of what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shortlist.errors import InputError, Problem

Where = tuple[str | int, ...]
"""A place in a document: keys and list positions from the top."""


@dataclass(frozen=True, slots=True)
class Document:
    """What a file holds (JSON-ready), and the line of every place in it, counted from 1."""

    file: Path
    value: dict[str, Any]
    lines: Mapping[Where, int]


@dataclass(slots=True)
class Findings:
    """Everything that is wrong in one file, so that a person mends it once.

    A place that is broken once is not reported again: what follows from the first fault is noise.
    """

    file: Path
    lines: Mapping[Where, int]
    problems: list[Problem] = field(default_factory=list)
    broken: set[Where] = field(default_factory=set)

    def add(self, where: Where, message: str) -> None:
        """Reports a fault, and takes its place as broken."""
        if not self.is_broken(where):
            self.problems.append(Problem(message, self.file, self.line_of(where), path_text(where) or None))
            self.broken.add(where)

    def include(self, error: InputError) -> None:
        """Takes over what was found in another file."""
        self.problems.extend(error.problems)

    def is_broken(self, where: Where) -> bool:
        """Whether this place, or one that holds it, has been reported."""
        return any(where[:depth] in self.broken for depth in range(len(where) + 1))

    def line_of(self, where: Where) -> int | None:
        """The line of this place, or of the nearest one around it."""
        for depth in range(len(where), -1, -1):
            if where[:depth] in self.lines:
                return self.lines[where[:depth]]
        return None

    def raise_if_any(self) -> None:
        """Ends the reading when something was wrong.

        Raises:
            InputError: with every problem, in the order of the file's lines.
        """
        if self.problems:
            raise InputError(*sorted(self.problems, key=lambda p: (p.file != self.file, str(p.file), p.line or 0)))


def path_text(where: Where) -> str:
    """`gate.rules[0].metric`."""
    text = ""
    for part in where:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def shown(value: Any) -> str:
    """A value as messages quote it: short, and never over several lines."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None or isinstance(value, bool):
        return {None: "nothing", True: "true", False: "false"}[value]
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}…"
