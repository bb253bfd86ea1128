"""The run stage: what is still to be done is sent, and every record saved."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from shortlist.cases import CaseKey, Record
from shortlist.errors import InputError, Interrupted
from shortlist.pipeline.contamination import refuse_contaminated
from shortlist.pipeline.judge import look_at, refuse_unscorable
from shortlist.pipeline.judgements import ledger_of, undone
from shortlist.pipeline.judging import NotesOnly, judge_stage
from shortlist.pipeline.looking import Batches, about_looks
from shortlist.pipeline.opening import RunOptions, open_run
from shortlist.pipeline.workspace import Workspace
from shortlist.plan import Plan
from shortlist.pricing import Price
from shortlist.results import EarlyStop, Manifest, VerdictWord
from shortlist.run.budget import Ledger
from shortlist.run.journal import BatchJournal
from shortlist.run.manifest import this_sitting
from shortlist.run.runner import Observer, Outside
from shortlist.run.site import Opened
from shortlist.run.sitting import Interruption, Sheet, conduct
from shortlist.run.store import RecordStore, read_records
from shortlist.runfolder import RunFolder
from shortlist.suite.model import Suite

ShowProgress = Callable[[Mapping[str, int]], AbstractContextManager[Observer]]
"""Planned cases by provider -> something that is told of every record while the block runs."""


def generate(
    suite: Suite, options: RunOptions, environment: Mapping[str, str], show_progress: ShowProgress
) -> Workspace:
    """Sends every case that has no complete record yet.

    Raises:
        InputError: the options or the resumed run do not fit the suite, or its pairs stand in the training data;
            nothing was sent.
        Interrupted: Ctrl-C; what was done is saved, and the message says how to go on.
    """
    refuse_unscorable(suite)
    contamination = refuse_contaminated(suite, allowed=options.allow_contaminated)
    folder, manifest, planned = open_run(suite, options)
    opened = folder, manifest.model_copy(update={"contamination": contamination}), planned
    try:
        return _send(suite, opened, environment, show_progress)
    except KeyboardInterrupt:  # before anything was sent, or after the last
        raise Interrupted(f"interrupted\n{how_to_go_on(suite, folder)}") from None


def _send(
    suite: Suite, opened: tuple[RunFolder, Manifest, Plan], environment: Mapping[str, str], show_progress: ShowProgress
) -> Workspace:
    folder, manifest, planned = opened
    book = _Book(folder, manifest)
    with RecordStore(folder.records) as store:
        earlier = read_records(folder.records)
        space = Workspace(folder, manifest, suite)
        prices = space.prices
        ledger = ledger_of(space, earlier)
        looker = _Looker(space, book, ledger, environment)
        batches = Batches(planned, earlier, lambda: book.manifest, looker.look)
        if not batches.advance():
            return Workspace(folder, book.end(looker.why_none), suite)
        book.begin(suite)
        book.note_prices(prices)
        saved = {record.case for record in earlier}

        def save(record: Record) -> None:
            store.append(record)
            saved.add(record.case)
            batches.saved(record)

        todo = batches.left
        next_batch = batches.next if planned.looks else None
        sheet = Sheet(suite, todo, len(manifest.sittings), environment, folder.logs, next_batch, looker.interruption)
        try:
            with show_progress(_counts(planned, todo)) as observer:
                looker.tell(observer)
                _note_left_out(manifest, planned, observer)
                if about := about_looks(suite, planned, manifest):
                    observer.on_note(about)
                ended = conduct(sheet, ledger, Outside(save, observer, BatchJournal(folder.batches)), book)
                if next_batch is not None and not batches.left and (stopped := book.manifest.early_stop):
                    observer.on_note(_decided(stopped))
            if not saved and not ended.interrupted:
                book.refuse_if_nobody_was_there()
        except InputError:
            if not (manifest.sittings or saved):
                folder.forget()  # so that the same command works once what it complains of is mended
            raise
    if ended.interrupted:
        book.end("interrupted")
        raise Interrupted(
            f"interrupted; {len(saved)} of {len(planned.cases)} cases are saved in {folder.path}\n"
            f"{how_to_go_on(suite, folder)}"
        )
    stops = [*ended.stops, *([looker.why_none] if looker.why_none else [])]
    return Workspace(folder, book.end("; ".join(stops) or None), suite)


def _decided(early: EarlyStop) -> str:
    if early.stopped_at is None:
        return f"not decided before the last of {early.planned_pairs} pairs"
    return f"decided after {early.stopped_at} of {early.planned_pairs} pairs: the rest is not sent"


class _Looker:
    """Takes looks, and writes down what came of them. What the gate needs of judges is asked before.

    A look may be taken in a thread of its own. `interruption` ends it there; then nothing is written down any more.
    """

    def __init__(self, begun: Workspace, book: _Book, ledger: Ledger, environment: Mapping[str, str]) -> None:
        self.interruption = Interruption()
        self._begun = begun
        self._book = book
        self._ledger = ledger
        self._environment = environment
        self.why_none: str | None = None
        """Why the next look could not be taken, if so."""
        self._notes: dict[str, None] = {}
        self._observer: Observer | None = None

    def look(self, pairs: int) -> bool | None:
        """A `Look`. It is not taken while judgements lack: it would say another thing than once they are there."""
        suite = self._begun.suite
        space = Workspace(self._begun.folder, self._book.manifest, suite)
        if suite.gate is not None and suite.gate.judges:
            shown = NotesOnly(self._note).shown
            space = judge_stage(space, self._environment, shown, self._ledger, self.interruption)
            self.why_none = undone(space)
            if self.why_none is not None:
                return None
        verdict = look_at(space, pairs)
        decided = verdict.verdict in (VerdictWord.PROMOTE, VerdictWord.REJECT)
        some_price = any(price is not None for price in self._begun.prices.values())
        with self.interruption.not_yet():
            self._book.note_look(pairs, decided, self._ledger.spent if some_price else None)
        return decided

    def tell(self, observer: Observer) -> None:
        """From now on the observer is told what judges' sittings have to say, and now what it has missed."""
        self._observer = observer
        for message in self._notes:
            observer.on_note(message)

    def _note(self, message: str) -> None:
        if message in self._notes:
            return  # said at an earlier look
        self._notes[message] = None
        if self._observer is not None:
            self._observer.on_note(message)


def _note_left_out(manifest: Manifest, planned: Plan, observer: Observer) -> None:
    """Says of whom no case was planned, and why: an optional recorded run that will not do."""
    there = {case.provider for case in planned.cases}
    for name, facts in manifest.providers.items():
        if facts.skipped is not None and name not in there:
            observer.on_note(f"{name} is left out (optional): {facts.skipped}")


def _counts(planned: Plan, todo: Iterable[CaseKey]) -> dict[str, int]:
    """How many of `todo` each provider has, in the suite's order."""
    of = Counter(case.provider for case in todo)
    return {name: of[name] for name in planned.cases_by_provider() if name in of}


def how_to_go_on(suite: Suite, folder: RunFolder) -> str:
    """The command that resumes a run."""
    return f"go on with: {shlex.join(['shortlist', 'run', str(suite.path), '--resume', str(folder.path)])}"


class _Book:
    """Keeps the manifest in step with what happens."""

    def __init__(self, folder: RunFolder, manifest: Manifest) -> None:
        self._folder = folder
        self._manifest = manifest

    @property
    def manifest(self) -> Manifest:
        """As it was last written."""
        return self._manifest

    def begin(self, suite: Suite) -> Manifest:
        """Writes down the machine and the software of this sitting."""
        return self._write(sittings=(*self._manifest.sittings, this_sitting(suite.path.parent)))

    def note_prices(self, prices: Mapping[str, Price | None]) -> None:
        """Writes down where each price comes from."""
        self._write(
            providers={
                name: facts.model_copy(
                    # What a recorded generation cost is known from where it was made.
                    update={"price": price.source if (price := prices[name]) else facts.recorded and facts.price}
                )
                for name, facts in self._manifest.providers.items()
            }
        )

    def note_opened(self, site: Opened) -> None:
        """Writes down what each backend says of itself, and who is left out."""
        providers = dict(self._manifest.providers)
        for name, answer in site.health.items():
            if name not in providers:
                continue  # asked by a chain only
            provider = site.providers[name]
            providers[name] = providers[name].model_copy(
                update={
                    "pool": provider.pool_key,
                    "healthy": answer.ok,
                    "detail": answer.detail,
                    "facts": dict(answer.facts),
                    "capabilities": asdict(provider.capabilities),
                    "skipped": None,
                }
            )
        for name, why in site.skipped.items():
            if name in providers:
                providers[name] = providers[name].model_copy(update={"healthy": False, "detail": why, "skipped": why})
        self._write(providers=providers)

    def refuse_if_nobody_was_there(self) -> None:
        """Raises `InputError` if every provider was left out: a run of nothing must not pass for one that is done."""
        providers = self._manifest.providers
        reasons = [f"{name}: {facts.skipped}" for name, facts in providers.items() if facts.skipped is not None]
        if len(reasons) == len(providers):
            raise InputError(f"every provider is optional, and none is set up:\n  {chr(10).join(reasons)}")

    def note_closing(self, facts: Mapping[str, Mapping[str, Any]]) -> None:
        """Writes down what backends say at the end about this sitting, beside what earlier ones were told."""
        providers = dict(self._manifest.providers)
        number = len(self._manifest.sittings) - 1
        for name, said in facts.items():
            if name in providers:
                known = dict(providers[name].closing_facts)
                providers[name] = providers[name].model_copy(
                    update={"closing_facts": {**known, str(number): dict(said)}}
                )
        self._write(providers=providers)

    def note_look(self, pairs: int, decided: bool, spent: Decimal | None) -> None:
        """Writes down that the verdict was looked at, and, when it is decided, that nothing more is to be done.

        Args:
            pairs: behind the look.
            decided: whether it is.
            spent: USD so far, over the providers whose price is known; None where none is.
        """
        early, providers = self._manifest.early_stop, dict(self._manifest.providers)
        assert early is not None  # else nobody looks
        changes: dict[str, object] = {"looks": (*early.looks, pairs)}
        if decided:
            more = early.planned_pairs - pairs
            there = sum(facts.skipped is None for facts in providers.values())
            changes |= {
                "stopped_at": pairs,
                "saved_cases": more * self._manifest.repeats * there,
                "saved_usd": None if spent is None else Decimal(f"{spent * more / pairs:.6g}"),
            }
            planned = pairs * self._manifest.repeats
            providers = {name: facts.model_copy(update={"planned": planned}) for name, facts in providers.items()}
        self._write(early_stop=early.model_copy(update=changes), providers=providers)

    def end(self, incomplete_why: str | None) -> Manifest:
        """Writes down why the sitting stopped early, if it did."""
        return self._write(incomplete_why=incomplete_why)

    def _write(self, **changes: object) -> Manifest:
        self._manifest = self._manifest.model_copy(update=changes)
        self._folder.write_model(self._folder.manifest, self._manifest)
        return self._manifest
