"""What a person sees while a run goes on: bars on a terminal, plain lines in a CI log. Always on stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from time import monotonic
from typing import TYPE_CHECKING

from shortlist.cases import Outcome, Record
from shortlist.cli.output import without_controls
from shortlist.run.runner import Observer

if TYPE_CHECKING:
    from rich.table import Table

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
        """Counts a finished case. A provider's time begins when its first case could be sent, not in others' turns."""
        if not self.done:
            since_queued = max(0.0, record.generation.timings.last_token - record.queued)
            self.began = max(self.began, monotonic() - since_queued)
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
        print(f"note: {without_controls(message)}", file=sys.stderr, flush=True)


class _Bars:
    """A live table of bars on a terminal, drawn four times a second whatever the rate of cases.

    Every drawing asks for the figures anew, so that they stay true while all that is under way hangs.
    """

    def __init__(self, planned: Mapping[str, int]) -> None:
        from rich.console import Console
        from rich.live import Live

        now = monotonic()
        self._tallies = {name: Tally(count, now) for name, count in planned.items()}
        self._console = Console(stderr=True)
        self.live = Live(get_renderable=self._bars, console=self._console, refresh_per_second=4)

    def _bars(self) -> Table:
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        now = monotonic()
        rows = Table.grid(padding=(0, 1))
        for name, tally in self._tallies.items():
            bar = ProgressBar(total=tally.planned, completed=tally.done, width=min(40, self._console.width // 3))
            share = Text(f"{100 * tally.done // tally.planned:3d}%", style="magenta")
            rows.add_row(Text(name, style="bold"), bar, share, Text(tally.line(now), no_wrap=True, overflow="ellipsis"))
        return rows

    def on_record(self, record: Record, spent: Decimal | None) -> None:
        self._tallies[record.case.provider].add(record, spent)

    def on_note(self, message: str) -> None:
        from rich.text import Text

        self._console.print(Text(f"note: {without_controls(message)}", style="yellow"))


@contextmanager
def display(planned: Mapping[str, int], *, quiet: bool) -> Iterator[Observer]:
    """Shows the progress of `planned` cases per provider while the block runs."""
    if quiet or not sys.stderr.isatty():
        yield _Lines(planned) if not quiet else _Silent()
        return
    bars = _Bars(planned)
    with bars.live:
        yield bars


class _Silent:
    """Shows notes only."""

    def on_record(self, record: Record, spent: Decimal | None) -> None:
        pass

    def on_note(self, message: str) -> None:
        print(f"note: {without_controls(message)}", file=sys.stderr, flush=True)
