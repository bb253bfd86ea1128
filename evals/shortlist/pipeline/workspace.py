"""A finished or unfinished run, opened again from its own files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from shortlist.cases import Record
from shortlist.errors import InputError
from shortlist.judges import runner_name
from shortlist.pricing import Price, price_for
from shortlist.results import Manifest
from shortlist.run.store import read_records
from shortlist.runfolder import RunFolder, find_run
from shortlist.suite.load import suite_from_source
from shortlist.suite.model import Suite
from shortlist.suite.signature import signature_of


@dataclass(frozen=True)  # not slotted: the cached properties below need a __dict__
class Workspace:
    """A run's folder with the suite behind it."""

    folder: RunFolder
    manifest: Manifest
    suite: Suite

    @cached_property
    def records(self) -> list[Record]:
        """Every case's latest record."""
        return read_records(self.folder.records)

    @cached_property
    def judgements(self) -> list[Record]:
        """Everything that judges were asked, also by rubrics that hold no longer."""
        return read_records(self.folder.judgements)

    @cached_property
    def judge_prices(self) -> Mapping[str, Price | None]:
        """By the names under which judges are run; else as `prices`."""
        return {runner_name(name): price_for(judge.by, self._began) for name, judge in self.suite.judges.items()}

    @cached_property
    def prices(self) -> Mapping[str, Price | None]:
        """By provider, those that chains ask among them.

        List prices are those of the day on which the run began, so that re-scoring changes none.
        """
        names = self.suite.with_steps(self.manifest.selected)
        return {name: price_for(self.suite.config(name), self._began) for name in names}

    @property
    def _began(self) -> datetime | None:
        sittings = self.manifest.sittings
        return datetime.fromisoformat(sittings[0].started_at) if sittings else None


def open_workspace(reference: str) -> Workspace:
    """Opens the run that `reference` names: an id, a folder, or `latest`. Nothing is sent.

    Raises:
        InputError: there is no such run, or its task or data set is gone or has changed since.
    """
    folder = find_run(reference)
    manifest = folder.read_manifest()
    suite = suite_from_source(manifest.suite_source, Path(manifest.suite_path))
    if signature_of(suite) != manifest.signature:
        changed = [
            name
            for name, now, then in (
                (f"task {manifest.task}", suite.task.hash, manifest.task_hash),
                (f"data set {manifest.dataset}", suite.dataset.content_hash, manifest.dataset_hash),
            )
            if now != then
        ]
        what = " and ".join(changed) or "the suite"
        raise InputError(
            f"{folder.path}: {what} changed since this run was made, so its records cannot be judged by it; "
            "restore it, or run again: shortlist run SUITE"
        )
    return Workspace(folder, manifest, suite)
