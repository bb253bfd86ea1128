"""Suites that record a provider, and suites that replay it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from support.commands import Done, shortlist, write_suite
from support.scripted_server import Script, ScriptedServer

YES = {"kind": "fake", "output": {"answer": "yes"}}
REPLAY = {"kind": "replay", "run": "../recorded", "provider": "old"}
NO_WORSE = {"metric": "gold.score", "no_worse_by": 0.3}


def record(folder: Path, pairs: int = 6, *options: str, old: Mapping[str, Any] = YES, **sections: Any) -> Done:
    """Records `old` in folder/recorded, by a suite of its own."""
    suite = write_suite(folder / "then", {"old": old}, pairs, **sections)
    return shortlist("run", suite, "--out", "recorded", "--format", "json", *options, cwd=folder)


def record_served(folder: Path, script: Script, pairs: int = 6, **settings: Any) -> Done:
    """As `record`, with a server behind."""
    with ScriptedServer(script) as server:
        served = {"kind": "openai_compatible", "base_url": server.base_url, "model": "m", "retries": 0, **settings}
        return record(folder, pairs, old=served)


def replaying(folder: Path, pairs: int = 6, old: Mapping[str, Any] = REPLAY, **sections: Any) -> Path:
    """The suite in which the recorded run is the incumbent."""
    sections = {"rules": [NO_WORSE], **sections}
    return write_suite(folder / "now", {"new": YES, "old": old}, pairs, **sections)


def run(folder: Path, suite: Path, *options: str) -> Done:
    """Runs the suite into folder/run."""
    return shortlist("run", suite, "--out", "run", "--format", "json", *options, cwd=folder)


def refused(done: Done, folder: Path, *said: str) -> None:
    """Nothing was made, and it says why."""
    assert done.code == 2, done.out + done.err
    assert not (folder / "run").exists()
    for words in said:
        assert words in done.err
    assert "Traceback" not in done.err


def edit_json(path: Path, change: Callable[[Any], Any]) -> None:
    """Changes a file by what `change` gives back, or does to what it is given."""
    kept = json.loads(path.read_text())
    path.write_text(json.dumps(change(kept) or kept))


def edit_suite(path: Path, **sections: Any) -> None:
    """Puts other sections into a suite."""
    path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), **sections}, sort_keys=False))


def made_on(folder: Path, when: str) -> None:
    """Dates folder/recorded."""

    def change(manifest: Any) -> None:
        manifest["sittings"][0]["started_at"] = when

    edit_json(folder / "recorded" / "manifest.json", change)


def days_ago(days: float) -> str:
    """A date as manifests have it."""
    return (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="milliseconds")
