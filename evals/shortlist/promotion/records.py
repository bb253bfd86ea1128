"""A promotion record, from the evidence to the file."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from shortlist.errors import InputError, Problem
from shortlist.promotion.envelope import sealed, signed_bytes
from shortlist.promotion.evidence import Evidence, Objection
from shortlist.promotion.keys import SigningKey
from shortlist.promotion.statement import Digest, Forced, Pinned, Promotion, Run, Side, Statement, Subject, Work
from shortlist.results import Manifest


@dataclass(frozen=True, slots=True)
class Occasion:
    """Who promotes, when, and why against the evidence if so."""

    who: str
    when: datetime
    """With a time zone."""
    reason: str | None = None
    """Of forcing it; left out of the record where nothing stands against the promotion."""


def state(evidence: Evidence, objections: Sequence[Objection], occasion: Occasion, public_key: str) -> Statement:
    """The statement of a promotion: equal for equal arguments.

    Raises:
        ValueError: something stands against it and no reason is given.
    """
    if objections and not occasion.reason:
        raise ValueError("a promotion against the evidence needs a reason")
    manifest, verdict = evidence.manifest, evidence.verdict
    gate = manifest.suite_source.get("gate")
    sides = {name: None if gate is None else _side(manifest, gate.get(name)) for name in ("candidate", "incumbent")}
    return Statement(
        subject=tuple(
            Subject(name=name, digest=Digest(sha256=sha256)) for name, sha256 in sorted(evidence.digests.items())
        ),
        predicate=Promotion(
            run=_run(manifest, evidence.folder),
            task=Pinned(ref=manifest.task, hash=manifest.task_hash),
            dataset=Pinned(ref=manifest.dataset, hash=manifest.dataset_hash),
            gate_hash=manifest.gate_hash,
            gate=gate,
            candidate=sides["candidate"],
            incumbent=sides["incumbent"],
            verdict=verdict.verdict,
            why=verdict.why,
            rules=verdict.rules,
            early_stop=verdict.early_stop,
            contamination=manifest.contamination,
            incomplete_why=evidence.incomplete_why,
            forced=Forced(reason=occasion.reason, against=tuple(one.why for one in objections))
            if objections and occasion.reason
            else None,
            who=occasion.who,
            when=occasion.when.astimezone(UTC).isoformat(timespec="seconds"),
            shortlist=version("shortlist"),
            public_key=public_key,
        ),
    )


def write_record(statement: Statement, key: SigningKey, folder: Path) -> Path:
    """Signs the statement and writes `<sha256 of the file>.json` in `folder`, which is made where it is missing.

    Raises:
        InputError: it cannot be written.
    """
    payload = statement.to_bytes()
    data = sealed(payload, key.sign(signed_bytes(payload)), key.fingerprint)
    path = folder / f"{hashlib.sha256(data).hexdigest()}.json"
    temporary = path.with_name(f".{path.name}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(data)
        temporary.replace(path)
    except OSError as refused:
        raise InputError(Problem(f"the record cannot be written: {refused.strerror}", path)) from None
    return path


def _side(manifest: Manifest, name: str | None) -> Side | None:
    """None for a provider that the run left out."""
    facts = manifest.providers.get(name) if name is not None else None
    return None if name is None or facts is None else Side(name=name, facts=facts)


def _run(manifest: Manifest, folder: Path) -> Run:
    return Run(
        run_id=manifest.run_id,
        path=_below_here(folder),
        suite=manifest.suite,
        signature=manifest.signature,
        split=manifest.split,
        seed=manifest.seed,
        repeats=manifest.repeats,
        limit=manifest.limit,
        sittings=tuple(
            Work(
                started_at=one.started_at,
                shortlist=one.shortlist,
                git_commit=one.git_commit,
                git_dirty=one.git_dirty,
            )
            for one in manifest.sittings
        ),
    )


def _below_here(folder: Path) -> str:
    """Relative where it can be, so that a record and its run can move together with the checkout."""
    whole, here = folder.resolve(), Path.cwd()
    return (whole.relative_to(here) if whole.is_relative_to(here) else whole).as_posix()
