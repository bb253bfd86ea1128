"""Runs a server's command, and ends it when whoever asked for it ends. A program of its own; standard library only.

    python guard.py PARENT STOP_TIMEOUT COMMAND…

Standard input is a socket to the parent process. `go` on it starts the command in a session of its own; its end, or the
parent's, stops the command and all that it has started: SIGTERM to the process group, and after STOP_TIMEOUT seconds
SIGKILL. Written to the socket: `started PID`, `failed WHY`, `exited STATUS` (negative: the signal that ended it).
A second request to stop (SIGTERM to this process) kills at once.

A parent that is killed can clean up nothing, so somebody else must.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from types import FrameType

_LOOK = 1.0
"""Seconds between two looks at whether the parent lives. All else wakes this process."""
_PAUSE = 0.05
"""Seconds between two looks at a process group that is to end."""


class _Guard:
    def __init__(self, parent: int, stop_timeout: float, channel: socket.socket) -> None:
        self._parent = parent
        self._stop_timeout = stop_timeout
        self._channel = channel
        self._asked = 0
        self._awake, wake = os.pipe()
        os.set_blocking(self._awake, False)
        os.set_blocking(wake, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        # Handlers, since a signal that is ignored here would be ignored by the server too.
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._ask)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self._asked += 1

    def run(self, command: list[str]) -> None:
        if not self._told_to_go():
            return
        try:
            server = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
        except OSError as error:
            self._say(f"failed {error.strerror}: {command[0]}")
            return
        self._say(f"started {server.pid}")
        while server.poll() is None and self._wanted():
            pass
        if server.returncode is not None:
            self._say(f"exited {server.returncode}")  # at once: what it leaves behind may take its time
            self._stop(server)
        else:
            self._stop(server)
            self._say(f"exited {server.returncode}")

    def _told_to_go(self) -> bool:
        try:
            return self._channel.recv(16).startswith(b"go")
        except OSError:
            return False

    def _wanted(self) -> bool:
        """Sleeps until something happens; whether the parent is there and still wants the server."""
        if self._asked:
            return False
        channel = self._channel.fileno()
        ready, _, _ = select.select([channel, self._awake], [], [], _LOOK)
        if self._awake in ready:
            os.read(self._awake, 4096)
        if channel in ready:
            try:
                if not self._channel.recv(16):
                    return False
            except OSError:
                return False
        # The socket may be held open by a process that the parent forked; the parent's id tells, too.
        return os.getppid() == self._parent and not self._asked

    def _stop(self, server: subprocess.Popen[bytes]) -> None:
        """Ends the command's process group, which outlives the command where that started others."""
        asked = self._asked
        _signal_group(server.pid, signal.SIGTERM)
        until = time.monotonic() + self._stop_timeout
        while time.monotonic() < until and self._asked == asked:
            if server.poll() is not None and not _has_members(server.pid):
                return
            time.sleep(_PAUSE)
        _signal_group(server.pid, signal.SIGKILL)
        server.wait()

    def _say(self, line: str) -> None:
        with suppress(OSError):  # the parent may be gone
            self._channel.sendall(f"{line}\n".encode())


def _signal_group(group: int, number: int) -> bool:
    """Whether there was a group to signal. macOS answers EPERM for one that has only ended processes."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _has_members(group: int) -> bool:
    """Whether processes of the group still run.

    Ended ones that nobody collects do not count: many containers' first process never does.
    """
    if not _signal_group(group, 0):
        return False
    processes = [name for name in os.listdir("/proc") if name.isdigit()] if os.path.isdir("/proc") else []
    return not processes or any(_runs_in(group, process) for process in processes)


def _runs_in(group: int, process: str) -> bool:
    try:
        with open(f"/proc/{process}/stat", "rb") as file:
            state, _, its_group, *_ = file.read().rpartition(b")")[2].split()
    except (OSError, ValueError):  # it has just ended
        return False
    return int(its_group) == group and state not in (b"Z", b"X")


def main(arguments: list[str]) -> None:
    """Does as the module says."""
    parent, stop_timeout, *command = arguments
    with socket.socket(fileno=0) as channel:
        _Guard(int(parent), float(stop_timeout), channel).run(command)


if __name__ == "__main__":
    main(sys.argv[1:])
