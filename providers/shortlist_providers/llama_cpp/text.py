"""Tokens back to text."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

_LARGEST_PIECE = 16 * 1024


class Pieces:
    """The bytes of each token, asked for once."""

    def __init__(self, library: Any, vocabulary: Any) -> None:
        self._library = library
        self._vocabulary = vocabulary
        self._buffer = ctypes.create_string_buffer(_LARGEST_PIECE)
        self._known: dict[int, bytes] = {}

    def __getitem__(self, token: int) -> bytes:
        piece = self._known.get(token)
        if piece is None:
            length = self._library.llama_token_to_piece(self._vocabulary, token, self._buffer, _LARGEST_PIECE, 0, False)
            piece = self._known[token] = self._buffer.raw[: max(length, 0)]
        return piece


class Text:
    """An output that grows by tokens and ends before the first stop string."""

    def __init__(self, pieces: Pieces, stops: Sequence[str]) -> None:
        self._pieces = pieces
        self._stops = [stop.encode() for stop in stops if stop]
        self._longest = max(map(len, self._stops), default=0)
        self._bytes = bytearray()

    def add(self, token: int) -> bool:
        """Takes a token and says whether a stop string ends the output."""
        piece = self._pieces[token]
        self._bytes += piece
        if not self._stops:
            return False
        start = max(0, len(self._bytes) - len(piece) - self._longest + 1)
        found = [at for stop in self._stops if (at := self._bytes.find(stop, start)) >= 0]
        if not found:
            return False
        del self._bytes[min(found) :]
        return True

    def decoded(self, *, cut: bool) -> str:
        """The text. Where it was `cut`, a last character of which bytes are missing is left out."""
        whole = bytes(self._bytes)
        if cut:
            whole = whole[: len(whole) - _unfinished(whole)]
        return whole.decode("utf-8", "replace")


def _unfinished(data: bytes) -> int:
    """How many bytes at the end begin a character that is not complete."""
    for back in range(1, min(3, len(data)) + 1):
        byte = data[-back]
        if byte >= 0xC0:
            needed = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return back if needed > back else 0
        if byte < 0x80:
            return 0
    return 0
