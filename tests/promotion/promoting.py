"""Runs that are promoted or refused, and commands in a home of their own."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.commands import Done, shortlist, write_suite

YES = {"kind": "fake", "model": "new-model", "output": {"answer": "yes"}}
PASSES = {"metric": "schema.pass", "at_least": 0.5}
PARITY = {"metric": "gold.score", "no_worse_by": 0.5}
PAIRS = 12


@dataclass(frozen=True, slots=True)
class Place:
    """A working folder with a run in `run/`, and a home without any key."""

    folder: Path

    def shortlist(self, *arguments: str | Path, environment: Mapping[str, str] | None = None) -> Done:
        """Runs a command here, as somebody who has never signed."""
        home = {"HOME": str(self.folder / "home"), "XDG_CONFIG_HOME": str(self.folder / "home" / "config")}
        # What git knows of whoever runs the tests is no part of them.
        git = {"GIT_CONFIG_GLOBAL": str(self.folder / "gitconfig"), "GIT_CONFIG_NOSYSTEM": "1"}
        return shortlist(*arguments, cwd=self.folder, environment={**home, **git, **(environment or {})})

    def promote(self, *options: str | Path, environment: Mapping[str, str] | None = None) -> Done:
        """`shortlist promote run`."""
        return self.shortlist("promote", "run", *options, environment=environment)

    def verify(self, *options: str | Path) -> Any:
        """What `shortlist verify` says of the only record, as JSON, with the exit code as `code`."""
        done = self.shortlist("verify", self.record, "--format", "json", *options)
        assert done.code in (0, 1), done.err
        return {"code": done.code, **done.json()}

    @property
    def run(self) -> Path:
        return self.folder / "run"

    @property
    def key(self) -> Path:
        return self.folder / "home" / "config" / "shortlist" / "signing_key"

    @property
    def records(self) -> list[Path]:
        return sorted((self.folder / "reports" / "promotions").glob("*"))

    @property
    def record(self) -> Path:
        (only,) = self.records
        return only


Kinds = Callable[[str], Place]
"""How a run ended -> a place with one."""


def run_in(folder: Path, kind: str) -> None:
    """A run that ended as `kind` says, in `folder`/run."""
    providers: dict[str, dict[str, Any]] = {"new": dict(YES), "old": {"kind": "fake", "output": {"answer": "yes"}}}
    rules: list[dict[str, Any]] = [PASSES, PARITY]
    sections: dict[str, Any] = {}
    options: list[str] = []
    if kind == "reject":
        providers["new"]["output"] = "no JSON"
    elif kind == "inconclusive":
        rules = [{"metric": "schema.pass", "at_least": 0.9}]
    elif kind == "incomplete":
        providers["new"] |= {"concurrency": 1, "cost": {"per_generation": 0.25}}
        providers["old"]["cost"] = {"per_generation": 0}
        sections = {"budget": {"usd": 1}}
    elif kind == "contaminated":
        sections, options = {"training_data": ["train.jsonl"]}, ["--allow-contaminated"]
    elif kind == "no gate":
        rules = []
    else:
        assert kind == "promote"
    suite = write_suite(folder, providers, PAIRS, rules=rules, **sections)
    if kind == "contaminated":
        _make_contaminated(folder)
    done = shortlist("run", suite, "--out", "run", *options, cwd=folder)
    expected = {"reject": 1, "inconclusive": 3, "incomplete": 4}.get(kind, 0)
    assert done.code == expected, (done.out, done.err)


def _make_contaminated(folder: Path) -> None:
    """Pairs with texts long enough to be known again, and training data that is the same."""
    pairs = [json.loads(line) for line in (folder / "pairs.jsonl").read_text().splitlines()]
    for number, pair in enumerate(pairs):
        pair["resume_text"] += " " + " ".join(f"skill{number}x{word}" for word in range(60))
    text = "".join(json.dumps(pair) + "\n" for pair in pairs)
    (folder / "pairs.jsonl").write_text(text)
    (folder / "train.jsonl").write_text(text)


def copy_of(made: Path, folder: Path) -> Place:
    """The run of `made` in a folder where a test may break it."""
    shutil.copytree(made / "run", folder / "run")
    return Place(folder)


def change(path: Path, **changes: Any) -> None:
    """Sets keys of a JSON file."""
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def renamed(path: Path, data: bytes) -> Path:
    """The same record with other bytes, under the name that they ask for."""
    path.unlink()
    other = path.with_name(f"{hashlib.sha256(data).hexdigest()}.json")
    other.write_bytes(data)
    return other


def failing(answer: Any) -> dict[str, str]:
    """Check -> why, of those that fail."""
    return {check["name"]: check["why"] for check in answer["checks"] if check["status"] == "fails"}
