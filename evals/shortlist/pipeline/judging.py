"""The judging stage: whatever a run's outputs still need of judges is asked, and every judgement saved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from shortlist.cases import CaseKey, Record
from shortlist.errors import InputError, Problem
from shortlist.judges import Grader, runner_name
from shortlist.pipeline.judgements import Docket, contestants_of, docket, graders, ledger_of
from shortlist.pipeline.workspace import Workspace
from shortlist.run.budget import Ledger
from shortlist.run.completion import is_complete
from shortlist.run.journal import BatchJournal
from shortlist.run.runner import Observer, Outside
from shortlist.run.site import Opened
from shortlist.run.sitting import Ended, Interruption, Sheet, check_health, conduct
from shortlist.run.store import RecordStore
from shortlist.suite.gate import JUDGE
from shortlist.suite.model import Judge, Suite
from shortlist_providers import Health

ShowProgress = Callable[[Mapping[str, int]], AbstractContextManager[Observer]]
"""Judgements by judge -> something that is told of every one while the block runs."""


@dataclass(frozen=True, slots=True)
class NotesOnly:
    """Watches judgements between two batches of generations, whose display is still there."""

    on_note: Callable[[str], None]

    def on_record(self, record: Record, spent: Decimal | None) -> None:
        """Shows nothing."""

    @contextmanager
    def shown(self, planned: Mapping[str, int]) -> Iterator[Observer]:
        """A `ShowProgress`."""
        yield self


def refuse_unfit_judges(suite: Suite, environment: Mapping[str, str]) -> None:
    """Opens every judge that is a service, before outputs are paid for which nobody could judge. Generates nothing.

    One that loads a model in this process, or starts a server, shows when its turn comes.

    Raises:
        InputError: a judge cannot be started as configured.
    """
    services = {
        name: judge
        for name, judge in suite.judges.items()
        if hasattr(judge.by, "base_url") and getattr(judge.by, "launch", None) is None
    }
    if JUDGE not in suite.metrics or not services:
        return
    try:
        check_health(_bench(suite, services), environment)
    except InputError as refused:
        raise _by_judge(refused, services) from None


def health_of_judges(suite: Suite, environment: Mapping[str, str]) -> dict[str, Health]:
    """Starts every judge of the suite, asks how it is, and shuts it down; by judge. Grades nothing.

    Raises:
        InputError: a judge cannot be started as configured.
    """
    if JUDGE not in suite.metrics:
        return {}
    try:
        answers = check_health(_bench(suite, suite.judges), environment)
    except InputError as refused:
        raise _by_judge(refused, suite.judges) from None
    return {name: answers[runner_name(name)] for name in suite.judges}


def judge_stage(
    space: Workspace,
    environment: Mapping[str, str],
    show_progress: ShowProgress,
    ledger: Ledger | None = None,
    interruption: Interruption | None = None,
) -> Workspace:
    """Asks for every judgement that the run's outputs need and that has not been made; the rest is read by scoring.

    To be called as often as there are new outputs.

    Args:
        space: the run so far.
        environment: where judges' keys are looked up.
        show_progress: judgements by judge -> an observer.
        ledger: the run's account, where somebody keeps one; else it is made from the run's files.
        interruption: ends it, where Ctrl-C would not reach this thread.

    Returns:
        The run with the judgements; its manifest says so where the judges had to stop.

    Raises:
        KeyboardInterrupt: Ctrl-C; what was judged is saved.
    """
    judging = graders(space)
    if not _todo(space, docket(space, judging)):
        return space
    with RecordStore(space.folder.judgements) as store:
        space = Workspace(space.folder, space.manifest, space.suite)  # nobody else writes from here on
        judging = graders(space)
        wanted = docket(space, judging)
        todo = _todo(space, wanted)
        sheet = replace(_sheet(space, wanted, todo, environment), interruption=interruption)
        with show_progress(Counter(key.provider for key in todo)) as observer:
            for grader in judging.values():
                _note(space, grader, wanted, observer)
            outside = Outside(store.append, observer, BatchJournal(space.folder.batches))
            try:
                ended = conduct(sheet, ledger or ledger_of(space, space.records), outside, _NoBook())
            except InputError as refused:  # what was generated is paid for and saved: the run can be resumed
                ended = Ended(tuple(map(str, _by_judge(refused, space.suite.judges).problems)), interrupted=False)
                observer.on_note(ended.stops[0])
    if ended.interrupted:
        raise KeyboardInterrupt
    manifest = space.manifest.model_copy(update={"incomplete_why": "; ".join(ended.stops) or None})
    space.folder.write_model(space.folder.manifest, manifest)
    return Workspace(space.folder, manifest, space.suite)


def _todo(space: Workspace, wanted: Docket) -> list[CaseKey]:
    made = {record.case for record in space.judgements if is_complete(record)}
    return [key for key in wanted if key not in made]


def _sheet(space: Workspace, wanted: Docket, todo: Sequence[CaseKey], environment: Mapping[str, str]) -> Sheet:
    def request_of(key: CaseKey) -> Any:
        grader, asked = wanted[key]
        return grader.request(key, asked)

    number = 1 + max((record.session for record in space.judgements), default=-1)
    bench = _bench(space.suite, space.suite.judges)
    return Sheet(bench, todo, number, environment, space.folder.logs, request_of=request_of)


def _bench(suite: Suite, judges: Mapping[str, Judge]) -> Suite:
    """The suite with its judges in the providers' place."""
    return replace(suite, providers={runner_name(name): judge.by for name, judge in judges.items()}, fallbacks={})


def _by_judge(refused: InputError, judges: Mapping[str, Judge]) -> InputError:
    """The same, with the judges' place in the suite."""
    problems: list[Problem] = []
    for problem in refused.problems:
        message = problem.message
        for name in judges:
            message = message.replace(f"providers.{runner_name(name)}:", f"judges.{name}.by:")
        problems.append(replace(problem, message=message))
    return InputError(*problems)


def _note(space: Workspace, grader: Grader, wanted: Docket, observer: Observer) -> None:
    """Says what a person should know of a judge before it is paid."""
    judge = grader.judge
    same = contestants_of(space, judge)
    if same:
        observer.on_note(
            f"judge {judge.name} is the model of {' and '.join(same)} itself, and models tend to prefer what they wrote"
        )
    name = runner_name(judge.name)
    aside = sum(record.case.provider == name and record.case not in wanted for record in space.judgements)
    if aside:
        observer.on_note(
            f"judge {judge.name}: {aside} judgements are left aside and made anew, since the rubric, the judge or the "
            "outputs have changed"
        )


class _NoBook:
    """The manifest says what contestants' backends say of themselves, and judges are none."""

    def note_opened(self, site: Opened) -> None:
        pass

    def note_closing(self, facts: Mapping[str, Mapping[str, Any]]) -> None:
        pass
