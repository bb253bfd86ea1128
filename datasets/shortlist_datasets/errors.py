"""The one error of this package."""

from __future__ import annotations

from pathlib import Path


class DatasetError(ValueError):
    """A dataset that cannot be used, and where it went wrong.

    `str()` is `path:line: message`, or `path: message` where no single line is at fault.
    """

    def __init__(self, message: str, path: Path, line: int | None = None) -> None:
        # All three go to `args`, so that the error survives a process boundary (pickle).
        super().__init__(message, path, line)
        self.message = message
        self.path = path
        self.line = line

    def __str__(self) -> str:
        place = str(self.path) if self.line is None else f"{self.path}:{self.line}"
        return f"{place}: {self.message}"
