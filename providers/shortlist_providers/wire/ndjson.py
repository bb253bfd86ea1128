"""Newline-delimited JSON, read leanly: bytes in, one event to a line."""

from __future__ import annotations

from shortlist_providers.wire.sse import Event


class LineReader:
    """Takes a stream in pieces cut anywhere and gives back whole lines. Empty ones are left out."""

    __slots__ = ("_pieces",)

    def __init__(self) -> None:
        self._pieces: list[bytes] = []  # a line that has not ended

    def feed(self, chunk: bytes) -> list[Event]:
        """The lines that `chunk` completes."""
        if b"\n" not in chunk:
            self._pieces.append(chunk)  # joining now would be quadratic in the length of a long line
            return []
        lines = chunk.split(b"\n")
        if self._pieces:
            lines[0] = b"".join((*self._pieces, lines[0]))
        rest = lines.pop()
        self._pieces = [rest] if rest else []
        return _events(lines)

    def flush(self) -> list[Event]:
        """The line that the end of the stream left open, if any."""
        line = b"".join(self._pieces)
        self._pieces = []
        return _events([line])


def _events(lines: list[bytes]) -> list[Event]:
    return [Event("message", line) for line in lines if line.strip()]
