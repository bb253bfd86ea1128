"""A text as words with their places: what claims are found in and looked up by.

Words are folded: blind to case, accents, ligatures, apostrophes and invisible characters. Letters and digits are
separate words (`OSHA30` is two), and so is an article that French elides (`l'institut`, `d'accès`, but `O'Brien`);
`C++`, `C#` and `.NET` are one each. Places are those of the text as it was given.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

_INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
_APOSTROPHES = "'\u2018\u2019\u02bc\u00b4"
_TOKEN = re.compile(
    rf"(?<![^\W_])\.net\b"
    rf"|\d+"
    rf"|(?<![^\W_])[ld](?=[{_APOSTROPHES}][aeiouyh\u00e0-\u00e6\u00e8-\u00ef\u00f2-\u00f6\u00f9-\u00fc\u0153])"
    rf"|[^\W\d_](?:[{_INVISIBLE}\u0300-\u036f]*[^\W\d_]|[\u0300-\u036f]|[{_APOSTROPHES}](?=[^\W\d_]))*"
    rf"(?:\+\+|\#|\+(?![\w]))?",
    re.IGNORECASE,
)
_UNDIVIDED = str.maketrans({"\u0111": "d", "\u00f8": "o", "\u0142": "l", "\u0131": "i", "\u00e6": "ae", "\u0153": "oe"})
"""Letters that Unicode does not take apart."""
_LONGEST_KEPT = 32_768
"""Characters of the longest text whose words are remembered: 500 outputs of a megabyte would take 10 GB."""
_DROPPED = re.compile(rf"[{_INVISIBLE}{_APOSTROPHES}]")


class Gap(IntEnum):
    """What stands before a word, loosest last."""

    GLUED = 0
    """Nothing, or one of `-./&'` without white space: `CI/CD`, `B.S.`"""
    SPACE = 1
    """White space, or a dash or dot with white space."""
    MARK = 2
    """Punctuation that parts phrases."""
    LINE = 3
    """A new line."""


@dataclass(frozen=True, slots=True)
class Words:
    """A text's words in order."""

    text: str
    folded: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    gaps: tuple[Gap, ...]
    """Before each word."""

    def original(self, index: int) -> str:
        """A word as the text spells it."""
        return self.text[self.starts[index] : self.ends[index]]


def words_of(text: str) -> Words:
    """The words of a text."""
    return _words_of(text) if len(text) <= _LONGEST_KEPT else _words_of.__wrapped__(text)


@lru_cache(maxsize=512)
def _words_of(text: str) -> Words:
    folded, starts, ends, gaps = [], [], [], []
    before = 0
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        folded.append(_fold(match.group()))
        starts.append(start)
        ends.append(end)
        gaps.append(_gap(text[before:start]))
        before = end
    return Words(text, tuple(folded), tuple(starts), tuple(ends), tuple(gaps))


@lru_cache(maxsize=16384)
def _fold(word: str) -> str:
    if word.isascii():
        return _DROPPED.sub("", word.lower())
    word = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", _DROPPED.sub("", word)).casefold())
    return "".join(char for char in word.translate(_UNDIVIDED) if not unicodedata.combining(char))


@lru_cache(maxsize=4096)
def _gap(between: str) -> Gap:
    if "\n" in between or "\r" in between:
        return Gap.LINE
    if between in ("", "-", ".", "/", "&", "\u2010", "\u2011", *_APOSTROPHES):
        return Gap.GLUED
    return Gap.SPACE if not between.strip(" \u00a0\u202f.&'\"\u2019") else Gap.MARK
