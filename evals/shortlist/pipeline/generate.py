"""The run stage: what is still to be done is sent, and every record saved."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict

from shortlist.errors import Interrupted
from shortlist.pipeline.opening import RunOptions, open_run
from shortlist.pipeline.workspace import Workspace
from shortlist.plan import Plan
from shortlist.pricing import Price
from shortlist.results import Manifest
from shortlist.run.budget import Ledger
from shortlist.run.manifest import this_sitting
from shortlist.run.runner import Observer, Outside, is_complete
from shortlist.run.sitting import Sheet, conduct
from shortlist.run.store import RecordStore, read_records
from shortlist.runfolder import RunFolder
from shortlist.suite.model import Suite
from shortlist_providers import Health, Provider

ShowProgress = Callable[[Mapping[str, int]], AbstractContextManager[Observer]]
"""Planned cases by provider -> something that is told of every record while the block runs."""


def generate(
    suite: Suite, options: RunOptions, environment: Mapping[str, str], show_progress: ShowProgress
) -> Workspace:
    """Sends every case that has no complete record yet.

    Raises:
        InputError: the options or the resumed run do not fit the suite; nothing was sent.
        Interrupted: Ctrl-C; what was done is saved, and the message says how to go on.
    """
    folder, manifest, planned = open_run(suite, options)
    with RecordStore(folder.records) as store:
        earlier = read_records(folder.records)
        done = {record.case for record in earlier if is_complete(record)}
        todo = [case for case in planned.cases if case not in done]
        book = _Book(folder, manifest)
        space = Workspace(folder, book.begin(suite), suite)
        book.note_prices(space.prices)
        prices = {name: price for name, price in space.prices.items() if price is not None}
        ledger = Ledger(suite.budget, prices)
        ledger.restore(earlier)
        stops: tuple[str, ...] = ()
        if todo:
            counts = _counts(planned, {case.provider: 0 for case in todo})
            for case in todo:
                counts[case.provider] += 1
            sheet = Sheet(suite, todo, len(manifest.sittings), environment)
            with show_progress(counts) as observer:
                ended = conduct(sheet, ledger, Outside(store.append, observer), book.note_health)
            stops = ended.stops
            if ended.interrupted:
                book.end("interrupted")
                raise Interrupted(_how_to_go_on(suite, folder, len(read_records(folder.records)), len(planned.cases)))
    return Workspace(folder, book.end("; ".join(stops) or None), suite)


def _counts(planned: Plan, of: Mapping[str, int]) -> dict[str, int]:
    """In the suite's order."""
    return {name: of[name] for name in planned.cases_by_provider() if name in of}


def _how_to_go_on(suite: Suite, folder: RunFolder, done: int, planned: int) -> str:
    command = shlex.join(["shortlist", "run", str(suite.path), "--resume", str(folder.path)])
    return f"interrupted; {done} of {planned} cases are saved in {folder.path}\ngo on with: {command}"


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
                name: self._manifest.providers[name].model_copy(update={"price": price.source if price else None})
                for name, price in prices.items()
            }
        )

    def note_health(self, health: Mapping[str, tuple[Provider, Health]]) -> None:
        """Writes down what each backend says of itself."""
        providers = dict(self._manifest.providers)
        for name, (provider, answer) in health.items():
            providers[name] = providers[name].model_copy(
                update={
                    "pool": provider.pool_key,
                    "healthy": answer.ok,
                    "detail": answer.detail,
                    "facts": dict(answer.facts),
                    "capabilities": asdict(provider.capabilities),
                }
            )
        self._write(providers=providers)

    def end(self, incomplete_why: str | None) -> Manifest:
        """Writes down why the sitting stopped early, if it did."""
        return self._write(incomplete_why=incomplete_why)

    def _write(self, **changes: object) -> Manifest:
        self._manifest = self._manifest.model_copy(update=changes)
        self._folder.write_model(self._folder.manifest, self._manifest)
        return self._manifest
