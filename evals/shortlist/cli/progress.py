"""What a person sees while a run goes on: bars on a terminal, plain lines in a CI log. Always on stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from time import monotonic

from shortlist.cases import Outcome, Record
from shortlist.run.runner import Observer

LINES_EVERY = 10.0
"""Seconds between two plain lines of one provider."""


@dataclass(slots=True)
class Tally:
    """One provider's figures so far."""

    planned: int
    began: float
    done: int = 0
    failed: int = 0
    spent: Decimal | None = None

    def add(self, record: Record, spent: Decimal | None) -> None:
        """Counts a finished case."""
        self.spent = spent
        self.done += 1
        self.failed += record.outcome is not Outcome.OK

    def rate(self, now: float) -> float | None:
        """Cases a second in this sitting, or None before the first."""
        return self.done / (now - self.began) if self.done and now > self.began else None

    def eta(self, now: float) -> float | None:
        """Seconds to go at the present rate."""
        rate = self.rate(now)
        return None if rate is None else (self.planned - self.done) / rate

    def line(self, now: float) -> str:
        """`12/60 done, 1 failed, 3.1/s, $0.0421, 15 s left`."""
        parts = [f"{self.done}/{self.planned} done", f"{self.failed} failed"]
        rate, eta = self.rate(now), self.eta(now)
        if rate is not None:
            parts.append(f"{rate:.3g}/s")
        parts.append("price unknown" if self.spent is None else f"${self.spent:.4f}")
        if eta is not None and self.done < self.planned:
            parts.append(f"{_clock(eta)} left")
        return ", ".join(parts)


def _clock(seconds: float) -> str:
    whole = int(seconds + 0.5)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes}:{rest:02d} min" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02d} h"


class _Lines:
    """Plain lines for logs: one a provider every `LINES_EVERY` seconds and at its end."""

    def __init__(self, planned: Mapping[str, int]) -> None:
        now = monotonic()
        self._tallies = {name: Tally(count, now) for name, count in planned.items()}
        self._due = dict.fromkeys(planned, now + LINES_EVERY)

    def on_record(self, record: Record, spent: Decimal | None) -> None:
        name = record.case.provider
        tally = self._tallies[name]
        tally.add(record, spent)
        now = monotonic()
        if now >= self._due[name] or tally.done == tally.planned:
            self._due[name] = now + LINES_EVERY
            print(f"{name}: {tally.line(now)}", file=sys.stderr, flush=True)

    def on_note(self, message: str) -> None:
        print(f"note: {message}", file=sys.stderr, flush=True)


class _Bars:
    """A live table of bars on a terminal, drawn four times a second whatever the rate of cases."""

    def __init__(self, planned: Mapping[str, int]) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

        self.progress = Progress(
            TextColumn("{task.description}", style="bold"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[figures]}"),
            console=Console(stderr=True),
            refresh_per_second=4,
        )
        now = monotonic()
        self._tallies = {name: Tally(count, now) for name, count in planned.items()}
        self._rows = {name: self.progress.add_task(name, total=count, figures="") for name, count in planned.items()}
        self._drawn = dict.fromkeys(planned, 0.0)

    def on_record(self, record: Record, spent: Decimal | None) -> None:
        name = record.case.provider
        tally = self._tallies[name]
        tally.add(record, spent)
        now = monotonic()
        if now - self._drawn[name] > 0.2 or tally.done == tally.planned:
            self._drawn[name] = now
            self.progress.update(self._rows[name], completed=tally.done, figures=tally.line(now))

    def on_note(self, message: str) -> None:
        from rich.text import Text

        self.progress.console.print(Text(f"note: {message}", style="yellow"))


@contextmanager
def display(planned: Mapping[str, int], *, quiet: bool) -> Iterator[Observer]:
    """Shows the progress of `planned` cases per provider while the block runs."""
    if quiet or not sys.stderr.isatty():
        yield _Lines(planned) if not quiet else _Silent()
        return
    bars = _Bars(planned)
    with bars.progress:
        yield bars


class _Silent:
    """Shows notes only."""

    def on_record(self, record: Record, spent: Decimal | None) -> None:
        pass

    def on_note(self, message: str) -> None:
        print(f"note: {message}", file=sys.stderr, flush=True)
