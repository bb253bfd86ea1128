"""Recorded runs as they lie there: found by a `kind: replay`, and followed to where their generations were made."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shortlist.errors import InputError, nearest
from shortlist.results import Manifest, ProviderFacts
from shortlist.runfolder import RunFolder, run_ids
from shortlist.suite.model import Suite
from shortlist_providers.replay import ReplayConfig

_REPLAY = "replay"


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """One provider's side of a run that was made before."""

    folder: RunFolder
    manifest: Manifest
    provider: str
    """The provider's name in that run."""

    @property
    def facts(self) -> ProviderFacts:
        """What that run wrote down about the provider."""
        return self.manifest.providers[self.provider]

    @property
    def settings(self) -> dict[str, Any]:
        """The provider's configuration then, as that run's manifest keeps it."""
        return dict(self.manifest.suite_source["providers"][self.provider])


@dataclass(frozen=True, slots=True)
class Made:
    """Where and when generations were made."""

    run_id: str
    provider: str
    kind: str
    model: str | None
    at: datetime
    price: str | None = None
    """Where that provider's price came from."""


def run_that(suite: Suite, config: ReplayConfig) -> RecordedRun:
    """The run that a provider of the suite replays.

    Raises:
        InputError: there is no such run, or no such provider in it.
    """
    return _named(suite.path.parent / config.run, config.provider)


def origin_of(run: RecordedRun) -> RecordedRun:
    """The run in which the generations were made, over as many replays as lie between.

    Raises:
        InputError: one of them is gone, or its records are not those that were replayed.
    """
    seen = set()
    while run.facts.kind == _REPLAY:
        here = run.folder.path.resolve()
        if here in seen:
            raise InputError(f"run {run.manifest.run_id} replays itself")
        seen.add(here)
        before = run
        run = _named(Path(before.manifest.suite_path).parent / before.settings["run"], before.settings["provider"])
        kept = before.facts.recorded
        if kept is not None:
            refuse_changed(run.folder, kept.records_sha256)
    return run


def made(run: RecordedRun) -> Made:
    """Where and when the generations of `run` were made. A replay's own manifest says it, were the origin gone.

    Raises:
        InputError: that is not known.
    """
    known = run.facts.recorded
    if known is not None:
        return Made(
            known.run_id, known.provider, known.kind, known.model, _moment(known.recorded_at, run), run.facts.price
        )
    origin = origin_of(run)
    facts = origin.facts
    return Made(origin.manifest.run_id, origin.provider, facts.kind, facts.model, began_at(origin), facts.price)


def began_at(run: RecordedRun) -> datetime:
    """When the run began.

    Raises:
        InputError: its manifest does not say.
    """
    if not run.manifest.sittings:
        raise InputError(f"{shown(run.folder)}: its manifest.json names no sitting, so nobody knows when it was made")
    return _moment(run.manifest.sittings[0].started_at, run)


def whole_lines_hash(path: Path) -> str:
    """SHA-256 (hex) of the file without a torn last line: of a whole file, what `sha256sum` prints."""
    return list(_hashes(path))[-1]


def refuse_changed(folder: RunFolder, sha256: str | None) -> None:
    """Refuses a run whose records are not those of that hash. What was added after them is no change.

    Raises:
        InputError: they have changed, or are gone.
    """
    if sha256 is not None and sha256 not in _hashes(folder.records):
        raise InputError(f"{shown(folder)}: records.jsonl is not what it was when it was replayed; bring that back")


def shown(folder: RunFolder) -> str:
    """The folder's path, without the detours that a suite's relative path takes."""
    return os.path.normpath(folder.path)


def _hashes(path: Path) -> Iterator[str]:
    """The hash after each whole line, and before the first."""
    so_far = hashlib.sha256()
    yield so_far.hexdigest()
    try:
        with path.open("rb") as lines:
            for line in lines:
                if line.endswith(b"\n"):
                    so_far.update(line)
                    yield so_far.hexdigest()
    except OSError as refused:
        raise InputError(f"{os.path.normpath(path)}: cannot be read: {refused.strerror}") from None


def _named(path: Path, provider: str) -> RecordedRun:
    folder = RunFolder(Path(os.path.normpath(path)))
    if not folder.manifest.exists():
        there = run_ids(folder.path.parent)
        listed = f"; the runs beside it: {', '.join(there[-5:])}" if there else ""
        raise InputError(
            f"there is no recorded run at {folder.path} (no manifest.json){listed}{nearest(folder.path.name, there)}"
        )
    manifest = folder.read_manifest()
    if provider not in manifest.providers:
        raise InputError(
            f"the recorded run {folder.path} has no provider {provider!r}; it has: {', '.join(manifest.providers)}"
            f"{nearest(provider, manifest.providers)}"
        )
    return RecordedRun(folder, manifest, provider)


def _moment(text: str, run: RecordedRun) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(f"{shown(run.folder)}: {text!r} in its manifest.json is no date") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
