"""The processes that this one has started, and whether they still work."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_WINDOW = 0.4
"""Seconds over which work is looked for."""
_QUIET = 0.25
"""Share of one processor that counts as doing nothing."""
_PATIENCE = 20.0


class Family:
    """This process and those it starts from now on."""

    def __init__(self) -> None:
        self._before = _descendants()

    def newcomers(self) -> list[int]:
        """Processes that were started since, and are still there."""
        return [pid for pid in _descendants() if pid not in self._before and not _keeps_house(pid)]

    def kill_newcomers(self) -> None:
        """Ends them at once, as a crash would."""
        newcomers = self.newcomers()
        assert newcomers, "there is no process of its own to kill"
        for pid in newcomers:
            os.kill(pid, signal.SIGKILL)

    async def falls_quiet(self) -> None:
        """Waits until nothing computes any more. What computes on would do so for longer than is waited here."""
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            before = _cpu_seconds()
            await asyncio.sleep(_WINDOW)
            if _cpu_seconds() - before < _QUIET * _WINDOW:
                return
        raise AssertionError(f"something still computes {_PATIENCE:g} s after it was given up")


def _keeps_house(pid: int) -> bool:
    """Whether it is multiprocessing's own helper, which lives as long as we do."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return True
    return not command or b"resource_tracker" in command or b"forkserver" in command


def _descendants() -> set[int]:
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (stat := _stat(int(entry.name))):
            parents[int(entry.name)] = int(stat[1])
    found: set[int] = set()
    fresh = {os.getpid()}
    while fresh:
        fresh = {pid for pid, parent in parents.items() if parent in fresh} - found
        found |= fresh
    return found


def _cpu_seconds() -> float:
    """Processor time that this process and all below it have used."""
    ticks = 0
    for pid in (*_descendants(), os.getpid()):
        if stat := _stat(pid):
            ticks += int(stat[11]) + int(stat[12])
    return ticks / _TICKS


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the command's name; empty where it has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
