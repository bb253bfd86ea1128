"""Texts as the words and word n-grams by which copies are told, blind to layout, markup and spelling of characters."""

from __future__ import annotations

import codecs
import html
import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import repeat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WORDS_EACH = 3
"""Words in one shingle; `overlap` has the figures behind it."""
BREAK = "\n\x1f\n"
"""Put between texts, it is a word of its own, over which no shingle reaches."""

_TAG = re.compile(r"</?[A-Za-z!][^<>]{0,300}>")
_BROKEN = re.compile(rb"-[ \t]*\r?\n[ \t]*")
# Bytes from 0x80 on are letters of other scripts: `_fold` leaves no other characters.
_BYTES = bytes(
    ord(chr(code).lower()) if code >= 0x80 or chr(code).isalnum() or chr(code) in BREAK[1:2] else 0x20
    for code in range(0x80)
) + bytes(range(0x80, 0x100))
_DASHES = dict.fromkeys(map(ord, "\u00ad\u2010\u2011\u2012\u2013\u2014\u2015\u2212"), "-")
# Letters that Unicode does not take apart, and that scans and keyboards do without.
_PLAIN = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i"})
_folded: dict[str, bytes] = {}
_MOST_FOLDED = 50_000
"""Runs of foreign characters whose plain form is kept; texts in other scripts would fill the memory with them."""
_MIX = 0x9E3779B97F4A7C15
"""Odd, so that multiplying by it loses nothing modulo 2^64 (the golden ratio's bits, as in splitmix64)."""

Words = Sequence[bytes]
"""The words of a text as UTF-8, in order."""


def words_of(text: str) -> list[bytes]:
    """The words of a text, in order, as UTF-8.

    Case, accents, ligatures and other forms of one character, punctuation, white space, HTML tags and entities, and
    Markdown's marks make no difference. Hyphens are taken out, so that `re-sequencing`, `resequencing` and a word
    broken at the end of a line are one word each.
    """
    if "<" in text:
        text = _TAG.sub(" ", text)
    if "&" in text:
        text = html.unescape(text)
    # The codec runs over ASCII at the speed of a copy, and asks only about what is none; no expression does that.
    data = text.encode("ascii", _FOLD)
    if b"-" in data:
        data = _BROKEN.sub(b"", data)
    return data.translate(_BYTES, b"-").split()


def shown(words: Iterable[bytes]) -> str:
    """Words as people read them."""
    return b" ".join(words).decode()


def _fold(error: UnicodeError) -> tuple[bytes, int]:
    """A codec's error handler: the plain form of a run of characters outside ASCII."""
    assert isinstance(error, UnicodeEncodeError)
    run = error.object[error.start : error.end]
    plain = _folded.get(run)
    if plain is None:
        text = unicodedata.normalize("NFKC", run.translate(_DASHES)).casefold().translate(_PLAIN)
        parts = [one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one)]
        plain = "".join(one if one.isalnum() or one == "-" else " " for one in parts).encode()
        if len(_folded) < _MOST_FOLDED:
            _folded[run] = plain
    return plain, error.end


_FOLD = "shortlist.fold"
codecs.register_error(_FOLD, _fold)


class Vocabulary:
    """Numbers for the words of the texts that are looked for; every other word is 0, and no shingle holds one."""

    def __init__(self, texts: Iterable[Words]) -> None:
        self._numbers: dict[bytes, int] = {}
        for words in texts:
            for word in words:
                self._numbers.setdefault(word, len(self._numbers) + 1)

    def shingles(self, words: Words) -> NDArray[np.uint64]:
        """The shingles of a text in its order, one for each run of `WORDS_EACH` known words.

        A shingle is its words' numbers, mixed into 64 bits: among a million shingles the chance of any two being taken
        for each other is 3e-8.
        """
        import numpy as np  # noqa: PLC0415 - a tenth of a second, which listing names does without

        numbers = np.fromiter(map(self._numbers.get, words, repeat(0)), dtype=np.uint64, count=len(words))
        count = max(0, len(words) - WORDS_EACH + 1)
        known = numbers != 0
        whole = known[:count].copy()
        for place in range(1, WORDS_EACH):
            whole &= known[place : place + count]
        starts = np.flatnonzero(whole)
        keys = np.zeros(len(starts), dtype=np.uint64)
        for place in range(WORDS_EACH):
            keys = (keys + numbers[starts + place]) * np.uint64(_MIX)
            keys ^= keys >> np.uint64(29)
        return keys
