"""The run stage: what is still to be done is sent, and every record saved."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict
from typing import Any

from shortlist.cases import CaseKey, Record
from shortlist.errors import InputError, Interrupted
from shortlist.pipeline.contamination import refuse_contaminated
from shortlist.pipeline.judge import refuse_unscorable
from shortlist.pipeline.opening import RunOptions, open_run
from shortlist.pipeline.workspace import Workspace
from shortlist.plan import Plan
from shortlist.pricing import Price
from shortlist.results import Manifest
from shortlist.run.budget import Ledger
from shortlist.run.completion import is_complete
from shortlist.run.journal import BatchJournal
from shortlist.run.manifest import this_sitting
from shortlist.run.runner import Observer, Outside
from shortlist.run.site import Opened
from shortlist.run.sitting import Sheet, conduct
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
        done = {record.case for record in earlier if is_complete(record)}
        todo = [case for case in planned.cases if case not in done]
        if not todo:
            return Workspace(folder, book.end(None), suite)
        space = Workspace(folder, book.begin(suite), suite)
        book.note_prices(space.prices)
        ledger = Ledger(suite.budget, {name: price for name, price in space.prices.items() if price is not None})
        ledger.restore(earlier)
        saved = {record.case for record in earlier}

        def save(record: Record) -> None:
            store.append(record)
            saved.add(record.case)

        sheet = Sheet(suite, todo, len(manifest.sittings), environment, folder.logs)
        try:
            with show_progress(_counts(planned, todo)) as observer:
                ended = conduct(sheet, ledger, Outside(save, observer, BatchJournal(folder.batches)), book)
            if not saved and not ended.interrupted:
                book.refuse_if_nobody_was_there()
        except InputError:
            if not (manifest.sittings or earlier):
                folder.forget()  # so that the same command works once what it complains of is mended
            raise
    if ended.interrupted:
        book.end("interrupted")
        raise Interrupted(
            f"interrupted; {len(saved)} of {len(planned.cases)} cases are saved in {folder.path}\n"
            f"{how_to_go_on(suite, folder)}"
        )
    return Workspace(folder, book.end("; ".join(ended.stops) or None), suite)


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

    def begin(self, suite: Suite) -> Manifest:
        """Writes down the machine and the software of this sitting."""
        return self._write(sittings=(*self._manifest.sittings, this_sitting(suite.path.parent)))

    def note_prices(self, prices: Mapping[str, Price | None]) -> None:
        """Writes down where each price comes from."""
        self._write(
            providers={
                name: facts.model_copy(update={"price": price.source if (price := prices[name]) else None})
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

    def end(self, incomplete_why: str | None) -> Manifest:
        """Writes down why the sitting stopped early, if it did."""
        return self._write(incomplete_why=incomplete_why)

    def _write(self, **changes: object) -> Manifest:
        self._manifest = self._manifest.model_copy(update=changes)
        self._folder.write_model(self._folder.manifest, self._manifest)
        return self._manifest
