"""The folder of a run: where each file lies, and how it is read and written (DESIGN §5)."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from shortlist.errors import InputError, Problem, nearest
from shortlist.results import Comparison, Manifest, Summary, Verdict

DEFAULT_ROOT = Path("reports") / "runs"
"""Where runs go unless `--out` says otherwise, under the current folder."""

_Model = TypeVar("_Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Paths and typed access to one run's files."""

    path: Path

    @property
    def manifest(self) -> Path:
        """What was run."""
        return self.path / "manifest.json"

    @property
    def records(self) -> Path:
        """One generation a line."""
        return self.path / "records.jsonl"

    @property
    def judgements(self) -> Path:
        """One judgement a line, as `records` has generations."""
        return self.path / "judgements.jsonl"

    @property
    def batches(self) -> Path:
        """What vendors' batch interfaces have been handed."""
        return self.path / "batches.jsonl"

    @property
    def logs(self) -> Path:
        """What servers wrote that the run started."""
        return self.path / "logs"

    @property
    def scores(self) -> Path:
        """One case's scores a line."""
        return self.path / "scores.jsonl"

    @property
    def comparison(self) -> Path:
        """Every provider's figures and the differences between them."""
        return self.path / "comparison.json"

    @property
    def verdict(self) -> Path:
        """What the gate said."""
        return self.path / "verdict.json"

    @property
    def summary(self) -> Path:
        """What `--format json` prints."""
        return self.path / "summary.json"

    @property
    def report(self) -> Path:
        """The page for people."""
        return self.path / "report.html"

    @property
    def markdown(self) -> Path:
        """The short text for CI job pages."""
        return self.path / "summary.md"

    @property
    def junit(self) -> Path:
        """The XML for CI test views."""
        return self.path / "junit.xml"

    def read_manifest(self) -> Manifest:
        """Raises `InputError` where there is none or it is not one."""
        return self._read(self.manifest, Manifest, "shortlist run SUITE")

    def read_comparison(self) -> Comparison:
        """Raises `InputError` where there is none or it is not one."""
        return self._read(self.comparison, Comparison, f"shortlist compare {self.path}")

    def read_verdict(self) -> Verdict:
        """Raises `InputError` where there is none or it is not one."""
        return self._read(self.verdict, Verdict, f"shortlist gate {self.path}")

    def read_summary(self) -> Summary:
        """Raises `InputError` where there is none or it is not one."""
        return self._read(self.summary, Summary, f"shortlist score {self.path}")

    def forget(self) -> None:
        """Takes back a run that has not begun: its manifest and its empty records.

        The folder goes too, unless something else lies in it.
        """
        self.manifest.unlink(missing_ok=True)
        self.records.unlink(missing_ok=True)
        with suppress(OSError):
            self.path.rmdir()

    def write_model(self, path: Path, model: BaseModel) -> None:
        """Writes `model` as JSON, whole or not at all."""
        write_whole(path, model.model_dump_json(indent=2) + "\n")

    @staticmethod
    def _read(path: Path, model: type[_Model], command: str) -> _Model:
        try:
            return model.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            raise InputError(Problem(f"no {path.name} here; make it with: {command}", path.parent)) from None
        except OSError as refused:
            raise InputError(Problem(f"cannot be read: {refused.strerror}", path)) from None
        except ValidationError as broken:
            first = broken.errors(include_url=False)[0]
            where = ".".join(map(str, first["loc"]))
            raise InputError(Problem(first["msg"], path, path=where)) from None


def write_whole(path: Path, text: str) -> None:
    """Writes a text file so that a reader sees the old one or the new one, never half of it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


def find_run(reference: str, root: Path = DEFAULT_ROOT) -> RunFolder:
    """The folder that `reference` names: a path, a run's id under `root`, or `latest`.

    Raises:
        InputError: there is no such run; names the nearest id.
    """
    as_path = Path(reference)
    try:
        if (as_path / "manifest.json").is_file():
            return RunFolder(as_path)
    except OSError as refused:  # too long a name, a folder that may not be looked into
        raise InputError(f"no run {reference[:100]!r}: {refused.strerror}") from None
    ids = run_ids(root)
    if reference == "latest" and ids:
        return RunFolder(root / ids[-1])
    if reference in ids:
        return RunFolder(root / reference)
    listed = f"; the runs under {root}: {', '.join(ids[-5:])}" if ids else f"; there are no runs under {root}"
    raise InputError(
        f"no run {reference!r}: neither a folder with a manifest.json nor an id{listed}{nearest(reference, ids)}"
    )


def run_ids(root: Path = DEFAULT_ROOT) -> list[str]:
    """Ids of the runs under `root`, oldest first (an id begins with its time)."""
    return sorted(path.parent.name for path in root.glob("*/manifest.json"))
