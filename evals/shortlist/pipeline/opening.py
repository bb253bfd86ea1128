"""A run's folder, made anew or opened to go on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from shortlist.errors import InputError, Problem
from shortlist.pipeline.recordings import look_at_recordings
from shortlist.plan import Plan, plan
from shortlist.results import Manifest
from shortlist.run.manifest import new_manifest, new_run_id
from shortlist.runfolder import DEFAULT_ROOT, RunFolder, find_run
from shortlist.suite.model import Suite
from shortlist.suite.signature import gate_hash, signature_of


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What `shortlist run` can be told beside the suite. None leaves it to the suite, or to the resumed run."""

    out: Path | None = None
    resume: str | None = None
    limit: int | None = None
    providers: tuple[str, ...] | None = None
    repeats: int | None = None
    allow_contaminated: bool = False
    """Goes on although the suite's training data holds pairs of the run."""


def open_run(suite: Suite, options: RunOptions) -> tuple[RunFolder, Manifest, Plan]:
    """The folder to write to, its manifest, and every case that the run sets out to do.

    Raises:
        InputError: the folder is taken, the run to go on with asked something else, or a recorded run will not do.
    """
    resumed = None if options.resume is None else find_run(options.resume).read_manifest()
    recordings = look_at_recordings(suite, plan_run(suite, options), resumed)
    folder, manifest, planned = _new(suite, options) if resumed is None else _resumed(suite, options)
    return folder, recordings.noted_in(manifest), recordings.without_left_out(planned)


def plan_run(suite: Suite, options: RunOptions) -> Plan:
    """The cases that a run with these options sets out to do, without making or changing anything.

    Raises:
        InputError: the options do not fit the suite, or the run to go on with.
    """
    if options.resume is None:
        return plan(suite, options.limit, options.providers, options.repeats)
    return plan_resumed(suite, find_run(options.resume).read_manifest(), options)


def _new(suite: Suite, options: RunOptions) -> tuple[RunFolder, Manifest, Plan]:
    repeats = options.repeats or suite.repeats
    planned = plan(suite, options.limit, options.providers, repeats)
    run_id = new_run_id(suite.name)
    folder = RunFolder(options.out or DEFAULT_ROOT / run_id)
    manifest = new_manifest(run_id, suite, planned, options.limit, repeats)
    try:
        _refuse_taken(folder)
        folder.path.mkdir(parents=True, exist_ok=True)
        folder.write_model(folder.manifest, manifest)
    except OSError as refused:
        raise InputError(Problem(f"cannot be made: {refused.strerror}", folder.path)) from None
    return folder, manifest, planned


def _refuse_taken(folder: RunFolder) -> None:
    if not str(folder.path).isprintable():
        raise InputError(f"--out {str(folder.path)!r}: the summary cannot name it in UTF-8; name another folder")
    if folder.manifest.exists():
        raise InputError(
            Problem(f"holds a run already; go on with it: --resume {folder.path}, or name another --out", folder.path)
        )
    for path in (folder.records, folder.batches, folder.judgements):
        if path.exists() and path.stat().st_size:
            # It would be taken for this run's own, whatever it answers.
            raise InputError(
                Problem(
                    f"holds {path.name} without a manifest.json; bring that back, or name another --out", folder.path
                )
            )


def _resumed(suite: Suite, options: RunOptions) -> tuple[RunFolder, Manifest, Plan]:
    assert options.resume is not None
    if options.out is not None:
        raise InputError("--out and --resume exclude each other: a resumed run stays in its folder")
    folder = find_run(options.resume)
    manifest = folder.read_manifest()
    _refuse_unlike(suite, manifest, folder)
    planned = plan_resumed(suite, manifest, options)
    fresh = new_manifest(manifest.run_id, suite, planned, _limit(suite, manifest, options.limit), planned.repeats)
    providers = dict(fresh.providers)
    for name, facts in manifest.providers.items():
        if facts.hash != providers[name].hash:
            raise InputError(
                f"{folder.path}: provider {name!r} is configured otherwise than when this run began, so its cases "
                "would be of two kinds; restore its configuration, or start a new run"
            )
        # What the backend said of itself stays: a sitting that has nothing left to send does not ask again.
        providers[name] = facts.model_copy(update={"planned": providers[name].planned})
    kept = {"providers": providers, "sittings": manifest.sittings, "early_stop": manifest.early_stop}
    return folder, fresh.model_copy(update=kept), planned


def plan_resumed(suite: Suite, manifest: Manifest, options: RunOptions) -> Plan:
    """Every case of a run that goes on: what earlier sittings set out to do stays part of it, and more may be added.

    Raises:
        InputError: the options or the suite would take something away, and what is left would pass for the whole.
    """
    gone = [name for name in manifest.selected if name not in suite.providers]
    if gone:
        raise InputError(f"{suite.path}: lacks {', '.join(gone)} of the run; restore it, or start a new run")
    repeats = options.repeats or manifest.repeats
    if repeats < manifest.repeats:
        raise InputError(_may_not_shrink("--repeats", repeats, str(manifest.repeats)))
    names = {*manifest.selected, *(options.providers or ())}
    chosen = [name for name in suite.providers if name in names]
    limit = _limit(suite, manifest, options.limit)
    if manifest.early_stop is not None and (limit, repeats, names) != _as_begun(manifest):
        raise InputError(
            "a run with gate.early_stop keeps the pairs, repeats and providers that it began with, for by them its "
            "looks were fixed; leave --limit, --repeats and --provider out, or start a new run"
        )
    planned = plan(suite, limit, chosen, repeats)
    stopped_at = None if manifest.early_stop is None else manifest.early_stop.stopped_at
    return planned if stopped_at is None else planned.up_to(stopped_at)


def _as_begun(manifest: Manifest) -> tuple[int | None, int, set[str]]:
    return manifest.limit, manifest.repeats, set(manifest.selected)


def _limit(suite: Suite, manifest: Manifest, asked: int | None) -> int | None:
    if asked is None:
        return manifest.limit
    if asked < min(manifest.limit or len(suite.pairs), len(suite.pairs)):
        raise InputError(_may_not_shrink("--limit", asked, str(manifest.limit or "all")))
    return None if manifest.limit is None else asked


def _may_not_shrink(option: str, asked: int, before: str) -> str:
    return (
        f"{option} {asked}: the run has {before}, and may grow when it is resumed but not shrink; "
        f"leave {option} out, or start a new run"
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
