"""The `shortlist` command as a process, and suites that point it at a scripted server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

COMMAND = Path(sys.executable).with_name("shortlist")

ANSWER_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {"answer": {"type": "string"}},
    "required": ["answer"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """What it printed, as JSON."""
        return json.loads(self.out)


def start(*arguments: str | Path, cwd: Path, environment: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    """Starts `shortlist ARGUMENTS` with the environment of the tests, less what CI would add."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
    return subprocess.Popen(
        [COMMAND, *map(str, arguments)],
        cwd=cwd,
        env={**inherited, "COLUMNS": "200", **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> Done:
    """Waits for its end."""
    out, err = process.communicate(timeout=120)
    return Done(process.returncode, out, err)


def shortlist(*arguments: str | Path, cwd: Path, environment: Mapping[str, str] | None = None) -> Done:
    """Runs `shortlist ARGUMENTS` to its end."""
    return finish(start(*arguments, cwd=cwd, environment=environment))


def marker(number: int) -> str:
    """What stands in the prompt of a pair, and is its id."""
    return f"pair-{number:03d}"


def write_suite(
    folder: Path,
    providers: Mapping[str, Mapping[str, Any]],
    pairs: int,
    *,
    rules: Sequence[Mapping[str, Any]] = (),
    **sections: Any,
) -> Path:
    """A suite of `pairs` short pairs, whose task asks for {"answer": …} and has gold `yes`; judged by `rules`.

    With two providers the second is the incumbent.
    """
    task = folder / "answer@1"
    task.mkdir(parents=True, exist_ok=True)
    (task / "schema.json").write_text(json.dumps(ANSWER_SCHEMA))
    (task / "user.md.j2").write_text("Résumé {{ resume_text }} for {{ job_description_text }}?")
    definition = {
        "name": "answer",
        "version": 1,
        "prompt": {"user": "user.md.j2"},
        "schema": "schema.json",
        "fields": {"answer": {"compare": "text"}},
        "quality": {"short": {"check": "words", "field": "answer", "at_most": 5}},
    }
    (task / "task.yaml").write_text(yaml.safe_dump(definition))
    lines = [
        json.dumps(
            {
                "id": marker(number),
                "domain": f"trade-{number % 3}",
                "resume_text": f"{marker(number)} has worked for {number} years",
                "job_description_text": f"job {number}",
                "gold": {"answer": {"answer": "yes"}},
            }
        )
        for number in range(pairs)
    ]
    (folder / "pairs.jsonl").write_text("\n".join(lines) + "\n")
    suite: dict[str, Any] = {
        "name": "served",
        "task": "./answer@1",
        "dataset": "pairs.jsonl",
        "sampling": {"temperature": 0, "max_tokens": 64},
        "providers": {name: dict(settings) for name, settings in providers.items()},
        **sections,
    }
    names = list(providers)
    if rules:
        suite["gate"] = {"candidate": names[0], "rules": [dict(rule) for rule in rules]}
        if len(names) > 1:
            suite["gate"]["incumbent"] = names[1]
    path = folder / "suite.yaml"
    path.write_text(yaml.safe_dump(suite, sort_keys=False))
    return path
