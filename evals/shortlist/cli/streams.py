"""Stdout and stderr that cannot spoil a run, whoever reads them and in whatever encoding."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class _Outlet(io.FileIO):
    """A file whose reader may leave: `| head`, a pager, a log's pipe that broke. What follows is dropped.

    Otherwise a broken pipe would end a run that costs money, or turn the gate's PROMOTE into exit code 1.
    """

    def __init__(self, descriptor: int, must_arrive: bool) -> None:
        super().__init__(descriptor, "w", closefd=False)
        self._must_arrive = must_arrive
        self._lost = False

    def write(self, data: ReadableBuffer) -> int:
        if not self._lost:
            try:
                return super().write(data)
            except OSError as refused:
                self._lost = True  # buffers offer again what was refused, at exit at the latest
                if self._must_arrive and not isinstance(refused, BrokenPipeError):
                    raise
        return memoryview(data).nbytes


def harden() -> None:
    """Replaces `sys.stdout` and `sys.stderr`: what their encoding lacks is escaped, and a lost reader is no error.

    A full disk is one on stdout, which has results, and not on stderr, which has progress. A stream that was closed
    before we began (`>&-`) is opened on nothing: `print` to a closed stderr would go to stdout.
    """
    sys.stdout = _hardened(sys.stdout, 1)
    sys.stderr = _hardened(sys.stderr, 2)


def _hardened(stream: TextIO | None, descriptor: int) -> TextIO:
    if stream is None:
        return open(os.devnull, "w", encoding="utf-8")
    raw = io.BufferedWriter(_Outlet(descriptor, must_arrive=descriptor == 1))
    return io.TextIOWrapper(raw, stream.encoding, "backslashreplace", line_buffering=descriptor == 2 or stream.isatty())
