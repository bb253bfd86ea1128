"""What a run writes down about itself before anything is sent."""

from __future__ import annotations

import os
import platform
import secrets
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from shortlist.plan import Plan
from shortlist.results import EarlyStop, Manifest, ProviderFacts, Sitting
from shortlist.suite.model import Suite
from shortlist.suite.signature import gate_hash, provider_hash, signature_of

_RECORDED_PACKAGES = (
    "aiohttp",
    "anthropic",
    "genai-prices",
    "json-repair",
    "jsonschema-rs",
    "numpy",
    "openai",
    "orjson",
    "pydantic",
    "rapidfuzz",
    "scipy",
    "uvloop",
)  # fmt: skip - one line a package would say no more


def new_run_id(suite_name: str) -> str:
    """`20261120-101502-<suite>-<4 hex>`: sorts by time (UTC) and does not collide."""
    now = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    return f"{now}-{suite_name}-{secrets.token_hex(2)}"


def new_manifest(run_id: str, suite: Suite, plan: Plan, limit: int | None, repeats: int) -> Manifest:
    """The manifest of a run that has not begun."""
    planned = plan.cases_by_provider()
    return Manifest(
        run_id=run_id,
        suite=suite.name,
        suite_path=str(suite.path),
        suite_source=suite.source,
        signature=signature_of(suite),
        gate_hash=gate_hash(suite.gate),
        task=suite.task.ref,
        task_hash=suite.task.hash,
        dataset=suite.dataset.name,
        dataset_path=str(suite.dataset.path),
        dataset_hash=suite.dataset.content_hash,
        split=suite.split,
        seed=suite.seed,
        repeats=repeats,
        limit=limit,
        selected=tuple(planned),
        providers={
            name: ProviderFacts(
                kind=suite.providers[name].kind,
                model=suite.providers[name].model_name(),
                hash=provider_hash(suite, name),
                planned=cases,
            )
            for name, cases in planned.items()
        },
        sittings=(),
        early_stop=EarlyStop(planned_pairs=plan.pairs, planned_looks=plan.looks)
        if suite.gate is not None and suite.gate.early_stop
        else None,
    )


def this_sitting(folder: Path) -> Sitting:
    """The machine, the software and the git commit (of `folder`) that one sitting works with."""
    commit = _git(folder, ["rev-parse", "HEAD"])
    status = None if commit is None else _git(folder, ["status", "--porcelain", "--untracked-files=no"])
    return Sitting(
        started_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        shortlist=version("shortlist"),
        python=platform.python_version(),
        platform=platform.platform(),
        machine=platform.machine(),
        cpus=os.cpu_count(),
        git_commit=commit,
        git_dirty=None if status is None else bool(status),
        packages=dict(_versions(_RECORDED_PACKAGES)),
    )


def _versions(packages: Sequence[str]) -> list[tuple[str, str]]:
    found = []
    for package in packages:
        try:
            found.append((package, version(package)))
        except PackageNotFoundError:
            continue
    return found


def _git(folder: Path, arguments: list[str]) -> str | None:
    """What git prints, or None where there is no git or no repository."""
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
