"""Where a run's figures come from: hashes, versions, machine, seeds, what the servers said of themselves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shortlist.results import ProviderFacts, RunResults
from shortlist_reports.contamination import searched
from shortlist_reports.decision import recording
from shortlist_reports.figures import count, when
from shortlist_reports.text import cut, outline

MAX_FACTS_CHARS = 20_000
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ProviderProvenance:
    """What a provider was, as the run saw it."""

    name: str
    rows: tuple[tuple[str, str], ...]
    facts: str
    """As the server reports them; empty when it said nothing."""
    closing: str
    """What it said at the end of each sitting about what happened in it; empty when it said nothing."""


def run_facts(results: RunResults) -> list[tuple[str, str]]:
    """The run's identity, name and value."""
    manifest, comparison = results.manifest, results.comparison
    resumes = len({pair.resume_cluster for pair in comparison.pairs})
    jobs = len({pair.job_cluster for pair in comparison.pairs})
    return [
        ("run", manifest.run_id),
        ("folder", results.summary.path),
        ("suite", f"{manifest.suite} ({manifest.suite_path})"),
        ("signature", manifest.signature),
        ("gate hash (rules and margins, fixed before the run)", manifest.gate_hash or "no gate"),
        ("task", manifest.task),
        ("task hash", manifest.task_hash),
        ("dataset", f"{manifest.dataset} ({manifest.dataset_path})"),
        ("dataset hash", manifest.dataset_hash),
        ("split", manifest.split or "all pairs"),
        ("pairs", f"{len(comparison.pairs):,}: {count(resumes, 'résumé')}, {count(jobs, 'job description')}"),
        ("pairs in the training data", searched(results)),
        ("limit", "none" if manifest.limit is None else f"{manifest.limit:,} pairs"),
        ("repeats", f"{manifest.repeats:,}"),
        ("seed", str(manifest.seed)),
        ("confidence of intervals", str(comparison.confidence)),
        ("metric versions", _versions(results)),
    ]


def _versions(results: RunResults) -> str:
    found: dict[str, set[str]] = {}
    for view in results.cases:
        for family, version in view.scores.versions.items():
            found.setdefault(family, set()).add(version)
    return ", ".join(f"{family} {'/'.join(sorted(v))}" for family, v in sorted(found.items())) or "nothing was scored"


def sitting_rows(results: RunResults) -> list[tuple[str, ...]]:
    """Per sitting: start, Shortlist, Python, platform, machine, processors, commit, packages."""
    rows: list[tuple[str, ...]] = []
    for sitting in results.manifest.sittings:
        commit = sitting.git_commit or "not in a git checkout"
        if sitting.git_dirty:
            commit += " with uncommitted changes"
        rows.append(
            (
                when(sitting.started_at),
                sitting.shortlist,
                sitting.python,
                sitting.platform,
                sitting.machine,
                UNKNOWN if sitting.cpus is None else str(sitting.cpus),
                commit,
                ", ".join(f"{name} {version}" for name, version in sorted(sitting.packages.items())) or UNKNOWN,
            )
        )
    return rows


def provider_provenance(results: RunResults) -> list[ProviderProvenance]:
    """The manifest's providers, in its order."""
    return [
        ProviderProvenance(name, tuple(_provider_rows(facts)), _as_text(facts.facts), _as_text(facts.closing_facts))
        for name, facts in results.manifest.providers.items()
    ]


def _provider_rows(facts: ProviderFacts) -> list[tuple[str, str]]:
    healthy = {True: "yes", False: "no", None: "not asked"}[facts.healthy]
    can = [name for name, able in facts.capabilities.items() if able]
    cannot = [name for name, able in facts.capabilities.items() if not able]
    return [
        ("kind", facts.kind),
        ("model", facts.model or "none"),
        ("configuration hash", facts.hash),
        ("planned cases", f"{facts.planned:,}"),
        ("pool", facts.pool or "its own"),
        ("healthy at start", healthy + (f": {facts.detail}" if facts.detail else "")),
        ("can", ", ".join(can) or "nothing declared"),
        ("cannot", ", ".join(cannot) or "nothing declared"),
        ("price", facts.price or "unknown"),
        *([("generations", recording(facts.recorded))] if facts.recorded else []),
    ]


def _as_text(facts: Mapping[str, Any]) -> str:
    return _bounded(outline(dict(facts))) if facts else ""


def suite_text(results: RunResults) -> str:
    """The suite as it was run, as JSON."""
    return _bounded(json.dumps(dict(results.manifest.suite_source), indent=2, ensure_ascii=False, default=str))


def _bounded(text: str) -> str:
    kept, left = cut(text, MAX_FACTS_CHARS)
    return f"{kept}\n… {left:,} more characters, see manifest.json" if left else kept
