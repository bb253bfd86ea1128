"""Whether recorded runs may stand in for providers: asked the same, whole, and not too old."""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from shortlist.errors import InputError, Problem
from shortlist.pipeline.recorded_runs import Made, RecordedRun, made, refuse_changed, run_that, shown, whole_lines_hash
from shortlist.plan import Plan, plan
from shortlist.results import Manifest, Recording
from shortlist.run.completion import is_complete
from shortlist.run.store import read_records
from shortlist.suite.model import Suite, steps_of
from shortlist.suite.signature import signature_of
from shortlist_providers.replay import ReplayConfig

_MOST_NAMED = 5
_SKEW = timedelta(hours=1)
"""By which two machines' clocks may differ."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Recordings:
    """What is known of the recorded runs that a run replays."""

    facts: Mapping[str, Recording] = field(default_factory=dict)
    """By provider."""
    prices: Mapping[str, str | None] = field(default_factory=dict)
    """Provider -> where the price came from when it was recorded."""
    left_out: Mapping[str, str] = field(default_factory=dict)
    """Optional providers whose recorded run will not do, and chains that ask one: why."""

    def noted_in(self, manifest: Manifest) -> Manifest:
        """The manifest with what is known here."""
        providers = dict(manifest.providers)
        for name in providers.keys() & self.facts.keys():
            price = self.prices[name]
            told = price and (price if price.startswith("as recorded") else f"as recorded: {price}")
            providers[name] = providers[name].model_copy(update={"recorded": self.facts[name], "price": told})
        for name in providers.keys() & self.left_out.keys():
            why = self.left_out[name]
            providers[name] = providers[name].model_copy(update={"healthy": False, "detail": why, "skipped": why})
        return manifest.model_copy(update={"providers": providers})

    def without_left_out(self, planned: Plan) -> Plan:
        """The plan without the cases of those that are left out."""
        return replace(planned, cases=tuple(case for case in planned.cases if case.provider not in self.left_out))


def look_at_recordings(suite: Suite, planned: Plan, earlier: Manifest | None = None) -> Recordings:
    """Looks at every recorded run that the plan's cases need, just before they are run.

    Args:
        suite: Whose providers replay.
        planned: What is asked of them.
        earlier: Of the run that goes on, when it is one: ages are those at its start, and what it has replayed so far
            must not have changed.

    Raises:
        InputError: with all that is wrong; nothing was sent.
    """
    began = datetime.now(UTC)
    if earlier is not None and earlier.sittings:
        began = datetime.fromisoformat(earlier.sittings[0].started_at)
    return _looked(suite, planned, began, earlier)


def refuse_faulty_recordings(suite: Suite, planned: Plan | None = None) -> None:
    """Refuses a suite whose recorded runs do not fit it; their age, for which a clock is needed, is left to the run.

    Raises:
        InputError: with all that is wrong.
    """
    if any(isinstance(config, ReplayConfig) for config in suite.providers.values()):
        _looked(suite, planned or plan(suite), None, None)


def faults_of_recordings(suite: Suite, planned: Plan) -> str | None:
    """What `refuse_faulty_recordings` would say; None where it says nothing."""
    try:
        refuse_faulty_recordings(suite, planned)
    except InputError as wrong:
        return str(wrong)
    return None


def _looked(suite: Suite, planned: Plan, began: datetime | None, earlier: Manifest | None) -> Recordings:
    facts: dict[str, Recording] = {}
    prices: dict[str, str | None] = {}
    left_out: dict[str, str] = {}
    problems: list[Problem] = []
    asked = planned.cases_by_provider()
    for name in suite.with_steps(asked):
        config = suite.config(name)
        if not isinstance(config, ReplayConfig):
            continue
        try:
            run = run_that(suite, config)
            _refuse_unlike(suite, run)
            _refuse_torn_apart(suite, planned, run)
            origin = made(run)
            if began is not None:
                facts[name] = _aged(suite, name, run, origin, began)
                prices[name] = origin.price
                _refuse_exchanged(name, facts[name], run, earlier)
        except InputError as wrong:
            if config.optional:
                left_out[name] = str(wrong)
            else:
                problems += [replace(one, message=_placed(name, one)) for one in wrong.problems]
    if problems:
        raise InputError(*problems)
    for name in asked:
        gone = next((step for step in steps_of(suite.config(name)) if step in left_out), None)
        if gone is not None:
            left_out[name] = f"its step {gone} is left out: {left_out[gone]}"
    if asked and not asked.keys() - left_out.keys():
        reasons = "".join(f"\n  {name}: {why}" for name, why in left_out.items())
        raise InputError(f"every provider is optional, and none is set up:{reasons}")
    return Recordings(facts, prices, left_out)


def _placed(name: str, problem: Problem) -> str:
    return problem.message if problem.file else f"providers.{name}: {problem.message}"


def _refuse_unlike(suite: Suite, run: RecordedRun) -> None:
    """A recorded run stands in for a provider only if it was asked the same: the same prompt, data and sampling."""
    now = signature_of(suite)
    if run.manifest.signature == now:
        return
    raise InputError(
        f"the recorded run {shown(run.folder)} asked something else than {suite.path} does (signature "
        f"{run.manifest.signature[:12]}, now {now[:12]}): {_what_differs(suite, run.manifest)}; restore that, or "
        f"record again: {_record_again(run, suite)}"
    )


def _what_differs(suite: Suite, then: Manifest) -> str:
    parts = []
    if then.task_hash != suite.task.hash:
        versions = f"{then.task}, now {suite.task.ref}" if then.task != suite.task.ref else suite.task.ref
        parts.append(f"the task ({versions}: its prompt, schema or rules)")
    if then.dataset_hash != suite.dataset.content_hash:
        parts.append(f"the pairs of the data set {then.dataset} (their ids, texts, tags or gold)")
    for name, before, here in (("split", then.split, suite.split), ("seed", then.seed, suite.seed)):
        if before != here:
            parts.append(f"the {name} (then {before}, now {here})")
    before, here = then.suite_source.get("sampling"), suite.source.get("sampling")
    if before != here or not parts:
        parts.append(f"the sampling (then {before or 'the defaults'}, now {here or 'the defaults'})")
    return " and ".join(parts) + (" differ" if len(parts) > 1 or "pairs" in parts[0] else " differs")


def _refuse_torn_apart(suite: Suite, planned: Plan, run: RecordedRun) -> None:
    """Every case that this run asks must have been dealt with: one that is missing would be a failure it never had."""
    records = {
        (record.case.task, record.case.pair, record.case.repeat): record
        for record in read_records(run.folder.records)
        if record.case.provider == run.provider
    }
    asked = list(dict.fromkeys((case.task, case.pair, case.repeat) for case in planned.cases))
    absent = [case for case in asked if case not in records]
    undone = [case for case in asked if case in records and not is_complete(records[case])]
    if not absent and not undone:
        return
    said = []
    if absent:
        said.append(f"lacks {len(absent)} of the {len(asked)} cases that are asked of it ({_some(absent, planned)})")
    if undone:
        failure = records[undone[0]].generation.failure
        why = f": {failure.message}" if failure else ""
        said.append(f"has no answer to {len(undone)} of the {len(asked)} cases ({_some(undone, planned)}){why}")
    hints = []
    if run.facts.skipped is not None:
        hints.append(f"{run.provider} was left out of it: {run.facts.skipped}")
    early = run.manifest.early_stop
    if early is not None and early.stopped_at is not None:
        hints.append(
            f"its gate was decided after {early.stopped_at} of {early.planned_pairs} pairs, so it stopped there"
        )
    known = {pair.id for pair in suite.pairs}
    if strange := sorted({pair for _, pair, _ in records if pair not in known}):
        hints.append(f"it records pairs that the data set lacks, so it was changed by hand: {_listed(strange)}")
    if other := sorted({task for task, _, _ in records if task != suite.task.ref}):
        hints.append(f"it answers the task {_listed(other)}, and asked is {suite.task.ref}")
    remedy = f"Complete it with: {_complete(run, suite, planned)}"
    if early is not None and early.stopped_at is not None:  # --resume would find nothing to do
        remedy = f"Record again, with `early_stop: false` in its gate: {_record_again(run, suite)}"
    raise InputError(
        f"the recorded run {shown(run.folder)} {' and '.join(said)}"
        f"{''.join(f'; {hint}' for hint in hints)}. "
        "What is missing would count as a failure of the recorded side and flatter the other. "
        f"{remedy}"
    )


def _some(cases: Sequence[tuple[str, str, int]], planned: Plan) -> str:
    return _listed([f"{pair}/{repeat}" if planned.repeats > 1 else pair for _, pair, repeat in cases])


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _aged(suite: Suite, name: str, run: RecordedRun, origin: Made, began: datetime) -> Recording:
    age = (began - origin.at) / _DAY
    date = f"{origin.at:%Y-%m-%d}"
    if began - origin.at < -_SKEW:
        raise InputError(
            f"the recorded run {shown(run.folder)} says that it was made at {origin.at.isoformat()}, which is still to "
            "come: one of the two machines' clocks is wrong, so its age is not known; set the clock right and record "
            f"again: {_record_again(run, suite)}"
        )
    gate = suite.gate
    judged = gate is not None and gate.incumbent is not None and name in suite.with_steps([gate.incumbent])
    if gate is not None and judged and age > gate.incumbent_max_age_days:
        raise InputError(
            f"the recorded run {shown(run.folder)} was made on {date}, {age:.1f} days ago, and "
            f"gate.incumbent_max_age_days allows {gate.incumbent_max_age_days:f}: what it would answer today may be "
            f"another. Record it again: {_record_again(run, suite)}; or, where it is known not to have changed, raise "
            f"gate.incumbent_max_age_days to {math.ceil(age)}"
        )
    return Recording(
        run_id=origin.run_id,
        provider=origin.provider,
        kind=origin.kind,
        model=origin.model,
        recorded_at=origin.at.astimezone(UTC).isoformat(timespec="milliseconds"),
        age_days=max(0.0, age),
        records_sha256=whole_lines_hash(run.folder.records),
    )


def _refuse_exchanged(name: str, now: Recording, run: RecordedRun, earlier: Manifest | None) -> None:
    """A run that goes on must not replay its first half from one recording and its second from another."""
    before = earlier.providers[name].recorded if earlier is not None and name in earlier.providers else None
    if before is None:
        return
    if (before.run_id, before.provider) != (now.run_id, now.provider):
        raise InputError(
            f"the recorded run {shown(run.folder)} holds {now.provider} of {now.run_id}, and this run began with "
            f"{before.provider} of {before.run_id}; restore that, or start a new run"
        )
    refuse_changed(run.folder, before.records_sha256)


def _complete(run: RecordedRun, suite: Suite, planned: Plan) -> str:
    then = run.manifest
    words = ["shortlist", "run", then.suite_path, "--resume", shown(run.folder)]
    if then.limit is not None and planned.pairs > then.limit:
        words += ["--limit", str(planned.pairs)]
    if planned.repeats > then.repeats:
        words += ["--repeats", str(planned.repeats)]
    return shlex.join(words) + _as_it_was(run, suite)


def _record_again(run: RecordedRun, suite: Suite) -> str:
    words = ["shortlist", "run", run.manifest.suite_path, "--provider", run.provider]
    return f"{shlex.join(words)}{_as_it_was(run, suite)}, then name the new run's folder as `run:`"


def _as_it_was(run: RecordedRun, suite: Suite) -> str:
    """Where the suite that recorded is the one that replays now, its file says something else than it did."""
    same = Path(run.manifest.suite_path) == suite.path
    return " (with the suite as it was then: manifest.json there keeps it as `suite_source`)" if same else ""
