"""Server-sent events, read leanly: bytes in, payloads out."""

from __future__ import annotations

from typing import NamedTuple


class Event(NamedTuple):
    """One event."""

    name: str
    """`message` unless the server said otherwise."""
    data: bytes


class EventReader:
    """Takes a stream in pieces cut anywhere and gives back whole events.

    Follows the event-stream format of the HTML standard (comments, CR, LF and CRLF, several `data` lines to an event,
    with or without a space after the colon) and is kinder than it in two ways: an event that the stream's end cuts off
    from its blank line still counts, and `error: {…}`, which older llama.cpp servers write, is an event `error`.
    """

    __slots__ = ("_data", "_name", "_pieces", "_started")

    def __init__(self) -> None:
        self._pieces: list[bytes] = []  # a line that has not ended
        self._data: list[bytes] = []
        self._name = "message"
        self._started = False

    def feed(self, chunk: bytes) -> list[Event]:
        """The events that `chunk` completes."""
        if b"\n" not in chunk and b"\r" not in chunk and self._pieces and not self._pieces[-1].endswith(b"\r"):
            self._pieces.append(chunk)  # joining now would be quadratic in the length of a long line
            return []
        if self._pieces:
            self._pieces.append(chunk)
            chunk = b"".join(self._pieces)
        held = b""
        if b"\r" in chunk:
            if chunk.endswith(b"\r"):  # perhaps the first half of CRLF
                chunk, held = chunk[:-1], b"\r"
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        lines = chunk.split(b"\n")
        rest = lines.pop() + held
        self._pieces = [rest] if rest else []
        events: list[Event] = []
        for line in lines:
            self._line(line, events)
        return events

    def flush(self) -> list[Event]:
        """The event that the end of the stream left open, if any."""
        events: list[Event] = []
        self._line(b"".join(self._pieces).rstrip(b"\r"), events)
        self._pieces = []
        self._line(b"", events)
        return events

    def _line(self, line: bytes, events: list[Event]) -> None:
        if not self._started:
            line = line.removeprefix(b"\xef\xbb\xbf")
            self._started = True
        if not line:
            if self._data:
                events.append(Event(self._name, self._data[0] if len(self._data) == 1 else b"\n".join(self._data)))
                self._data = []
            self._name = "message"
            return
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            self._data.append(value)
        elif field == b"event":
            self._name = value.decode("utf-8", "replace")
        elif field == b"error":
            self._name = "error"
            self._data.append(value)
