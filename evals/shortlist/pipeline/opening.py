"""A run's folder, made anew or opened to go on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from shortlist.errors import InputError, Problem
from shortlist.plan import Plan, plan
from shortlist.results import Manifest
from shortlist.run.manifest import new_manifest, new_run_id
from shortlist.runfolder import DEFAULT_ROOT, RunFolder, find_run
from shortlist.suite.model import Suite
from shortlist.suite.signature import gate_hash, signature_of
from shortlist_providers.replay import ReplayConfig


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What `shortlist run` can be told beside the suite. None leaves it to the suite, or to the resumed run."""

    out: Path | None = None
    resume: str | None = None
    limit: int | None = None
    providers: tuple[str, ...] | None = None
    repeats: int | None = None


def open_run(suite: Suite, options: RunOptions) -> tuple[RunFolder, Manifest, Plan]:
    """The folder to write to, its manifest, and every case that the run sets out to do.

    Raises:
        InputError: the folder is taken, or the run to go on with asked something else.
    """
    _refuse_unlike_recordings(suite, options.providers)
    return _resumed(suite, options) if options.resume is not None else _new(suite, options)


def _new(suite: Suite, options: RunOptions) -> tuple[RunFolder, Manifest, Plan]:
    repeats = options.repeats or suite.repeats
    planned = plan(suite, options.limit, options.providers, repeats)
    run_id = new_run_id(suite.name)
    folder = RunFolder(options.out or DEFAULT_ROOT / run_id)
    if folder.manifest.exists():
        raise InputError(
            Problem(f"holds a run already; go on with it: --resume {folder.path}, or name another --out", folder.path)
        )
    try:
        folder.path.mkdir(parents=True, exist_ok=True)
    except OSError as refused:
        raise InputError(Problem(f"cannot be made: {refused.strerror}", folder.path)) from None
    manifest = new_manifest(run_id, suite, planned, options.limit, repeats)
    folder.write_model(folder.manifest, manifest)
    return folder, manifest, planned


def _resumed(suite: Suite, options: RunOptions) -> tuple[RunFolder, Manifest, Plan]:
    assert options.resume is not None
    if options.out is not None:
        raise InputError("--out and --resume exclude each other: a resumed run stays in its folder")
    folder = find_run(options.resume)
    manifest = folder.read_manifest()
    _refuse_unlike(suite, manifest, folder)
    limit = manifest.limit if options.limit is None else options.limit
    repeats = options.repeats or manifest.repeats
    # What earlier sittings set out to do stays part of the run; a sitting can add to it, not take away.
    names = {*manifest.selected, *(options.providers or ())}
    planned = plan(suite, limit, [name for name in suite.providers if name in names], repeats)
    fresh = new_manifest(manifest.run_id, suite, planned, limit, repeats)
    for name, facts in manifest.providers.items():
        if name in fresh.providers and facts.hash != fresh.providers[name].hash:
            raise InputError(
                f"{folder.path}: provider {name!r} is configured otherwise than when this run began, so its cases "
                "would be of two kinds; restore its configuration, or start a new run"
            )
    return folder, fresh.model_copy(update={"sittings": manifest.sittings}), planned


def _refuse_unlike_recordings(suite: Suite, chosen: tuple[str, ...] | None) -> None:
    """A recorded run stands in for a provider only if it was asked the same: the same prompt, data and sampling."""
    for name, config in suite.providers.items():
        if not isinstance(config, ReplayConfig) or (chosen is not None and name not in chosen):
            continue
        recorded = RunFolder(suite.path.parent / config.run).read_manifest()
        if recorded.signature != signature_of(suite):
            raise InputError(
                f"providers.{name}: the recorded run {config.run} asked something else than {suite.path} does "
                f"(signature {recorded.signature[:12]}, now {signature_of(suite)[:12]}): task, data, split, sampling "
                "or seed differ; record it again with this suite"
            )


def _refuse_unlike(suite: Suite, manifest: Manifest, folder: RunFolder) -> None:
    if signature_of(suite) != manifest.signature:
        raise InputError(
            f"{folder.path}: this run asked something else than {suite.path} does (signature "
            f"{manifest.signature[:12]}, now {signature_of(suite)[:12]}): task, data, sampling or seed have changed; "
            "restore them, or start a new run"
        )
    if gate_hash(suite.gate) != manifest.gate_hash:
        raise InputError(
            f"{folder.path}: the gate of {suite.path} has changed since this run began, and margins are written down "
            "before; restore it, or start a new run"
        )
