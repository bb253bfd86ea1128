"""What can go wrong, and the exit code it leads to.

ShortlistError
├── InputError        exit 2: usage, suite, dataset, task or run folder; nothing was sent
├── IncompleteRun     exit 4: provider unreachable, budget spent, too many errors
└── Interrupted       exit 130: Ctrl-C; what was done is saved
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


class ShortlistError(Exception):
    """Base of this tree."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a file that a person wrote."""

    message: str
    """What is wrong, with the value and what is allowed."""
    file: Path | None = None
    line: int | None = None
    """Counted from 1."""
    path: str | None = None
    """Where inside the document, e.g. `gate.rules[0].metric`."""

    def __str__(self) -> str:
        """`file:line: path: message`, leaving out what is unknown."""
        place = "" if self.file is None else f"{self.file}:{self.line}: " if self.line else f"{self.file}: "
        return f"{place}{self.path + ': ' if self.path else ''}{self.message}"


class InputError(ShortlistError):
    """Bad input; carries every problem that was found, so that a user mends a file once."""

    def __init__(self, *problems: Problem | str) -> None:
        self.problems = tuple(Problem(p) if isinstance(p, str) else p for p in problems)
        super().__init__("\n".join(map(str, self.problems)))


class IncompleteRun(ShortlistError):
    """The run stopped before every case was done; it can be resumed."""


class Interrupted(ShortlistError):
    """The user stopped the run; it can be resumed."""


def nearest(value: str, allowed: Iterable[str]) -> str:
    """`; did you mean 'x'?` for the closest allowed spelling, or an empty string."""
    near = difflib.get_close_matches(value, list(allowed), n=1, cutoff=0.6)
    return f"; did you mean {near[0]!r}?" if near else ""
