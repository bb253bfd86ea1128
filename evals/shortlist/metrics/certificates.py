"""Certificates and licences that a text names.

Found are: the names of `lexicon.CERTIFICATES` and their other spellings, short ones in capitals only; the words around
"certified" and "licensed" (`AWS Certified Solutions Architect – Associate`, `forklift certified`); and the words
before, or in a Romance language behind, "certification", "licence" and their like (`CCRN certification`, `certificado
en soldadura`, `License: CDL`). A certificate that a sentence says is not held, within a few words, is not claimed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from shortlist.metrics.lexicon import (
    CALLED_CERTIFIED,
    CERTIFICATES,
    CERTIFYING_WORDS,
    HOLDING_VERBS,
    NEGATIONS,
    STOP_WORDS,
    VAGUE_WORDS,
)
from shortlist.metrics.spellings import OTHERS
from shortlist.metrics.tokens import Gap, Words, words_of

Span = tuple[int, int]
"""Words: from, to."""

_SHORT: Final = 6
"""Names of one word of at most this length count in capitals only: a delta is no DELTA."""
_MOST_WORDS: Final = 5
_NEGATION_REACH: Final = 6
_SENTENCE_END = re.compile(r"[.;!?]\s")
_ABBREVIATED: Final = 3
"""A full stop after so few letters (`St.`, `Dr.`) ends no sentence."""
_PERSONS: Final = frozenset(("i", "we", "he", "she", "they", "who"))
"""Behind these "certified" is what somebody did."""

_LINKS: Final = frozenset(("in", "en", "em", "de", "d", "of", "as"))
"""What stands between "certificate" and what it is one of."""


def _phrases() -> dict[str, list[tuple[str, ...]]]:
    by_first: dict[str, list[tuple[str, ...]]] = {}
    for name in CERTIFICATES.replace("\n", " ").split(";"):
        words = words_of(name).folded
        by_first.setdefault(words[0], []).append(words)
    return by_first


_NAMES = _phrases()
_GROUPS = frozenset(f"={' '.join(name.split()).casefold()}" for name in CERTIFICATES.split(";")) & OTHERS.names
_CERTIFYING = CERTIFYING_WORDS | OTHERS.single_words("=license") | OTHERS.single_words("=certificate")
_STARTS = _NAMES.keys() | OTHERS.first_words
_SAYS_NOTHING = _CERTIFYING | CALLED_CERTIFIED | STOP_WORDS | VAGUE_WORDS


def certificates_of(text: str) -> list[Span]:
    """Where the text claims a certificate: places in characters, in order, none inside another."""
    words = words_of(text)
    named = [span for index, word in enumerate(words.folded) if word in _STARTS for span in _named_at(words, index)]
    described = [
        span
        for span in _described(words)
        if not any(span[0] < end and start < span[1] for start, end in named) and _says_something(words, span)
    ]
    found: list[Span] = []
    for start, end in sorted({*named, *described}, key=lambda span: (span[0], -span[1])):
        if (not found or start >= found[-1][1]) and not _negated(words, start):
            found.append((start, end))
    return [(words.starts[start], words.ends[end - 1]) for start, end in found]


def _named_at(words: Words, index: int) -> Iterator[Span]:
    for end, group in OTHERS.at(words, index):
        if (
            group.name in _GROUPS
            and not _scattered(words, index, end)
            and (end > index + 1 or _in_capitals(words, index))
        ):
            yield index, end
    for name in _NAMES.get(words.folded[index], ()):
        end = index + len(name)
        there = words.folded[index:end] == name and Gap.MARK not in words.gaps[index + 1 : end]
        if there and (len(name) > 1 or len(name[0]) > _SHORT or _in_capitals(words, index)):
            yield index, end


def _scattered(words: Words, start: int, end: int) -> bool:
    """Whether letters stand apart: `P.E.` is one thing, and a P before the Portuguese "e" another."""
    letters = max(map(len, words.folded[start:end])) == 1
    return letters and any(gap is not Gap.GLUED for gap in words.gaps[start + 1 : end])


def _in_capitals(words: Words, index: int) -> bool:
    word = words.original(index)
    return word.isupper() or sum(char.isupper() for char in word) > 1


def _described(words: Words) -> Iterator[Span]:
    for index, word in enumerate(words.folded):
        if index > 0 and words.folded[index - 1] in _PERSONS:
            continue
        if word in CALLED_CERTIFIED:
            yield _around_called(words, index)
        if word in _CERTIFYING:
            yield _around_noun(words, index)


def _around_called(words: Words, index: int) -> Span:
    """`AWS Certified Solutions Architect`, `certified forklift trainer`, `forklift certified`."""
    end = _names_from(words, index + 1)
    if end == index + 1:
        end = _plain_from(words, index + 1, 2)
    start = index
    while start > 0 and index - start < 2 and _joined(words, start) and words.original(start - 1)[0].isupper():
        start -= 1
    if end == index + 1 and start == index:
        start = _plain_before(words, index, 1)
    return start, end


def _around_noun(words: Words, index: int) -> Span:
    """`CCRN certification`, `compact license`, `certificado en soldadura`, `License: CDL`."""
    start = index
    while (
        start > 0
        and index - start < _MOST_WORDS
        and _joined(words, start)
        and words.original(start - 1)[0].isupper()
        and words.folded[start - 1] not in STOP_WORDS
    ):
        start -= 1
    if start < index:
        return start, index + 1
    start = _plain_before(words, index, 2)
    if start < index and not VAGUE_WORDS.issuperset(words.folded[start:index]):
        return start, index + 1
    after = index + 1
    if after < len(words.folded) and words.gaps[after] is Gap.MARK and words.original(after).isupper():
        return index, after + 1
    if after < len(words.folded) and _joined(words, after) and words.folded[after] in _LINKS:
        end = _names_from(words, after + 1)
        return index, end if end > after + 1 else _plain_from(words, after + 1, 2)
    return index, _names_from(words, after)


def _names_from(words: Words, index: int) -> int:
    """Where a run of words with a capital or a figure ends; `of` and a dash may stand inside."""
    end = position = index
    while position < len(words.folded) and position - index < _MOST_WORDS:
        between = words.text[words.ends[position - 1] : words.starts[position]]
        if not _joined(words, position) and between.strip() not in ("-", "\u2013", "\u2014"):
            break
        if words.original(position)[0].isupper() or words.original(position).isdigit():
            end = position + 1
        elif words.folded[position] not in _LINKS:
            break
        position += 1
    return end


def _plain_from(words: Words, index: int, most: int) -> int:
    end = index
    while (
        end < len(words.folded) and end - index < most and _joined(words, end) and words.folded[end] not in STOP_WORDS
    ):
        end += 1
    return end


def _plain_before(words: Words, index: int, most: int) -> int:
    start = index
    while (
        start > 0
        and index - start < most
        and _joined(words, start)
        and words.folded[start - 1] not in STOP_WORDS
        and words.folded[start - 1] not in HOLDING_VERBS
    ):
        start -= 1
    return start


def _joined(words: Words, index: int) -> bool:
    """Whether a word can belong to one name with the word before: at most white space between, no sentence's end."""
    if words.gaps[index] is not Gap.SPACE or "." not in words.text[words.ends[index - 1] : words.starts[index]]:
        return words.gaps[index] <= Gap.SPACE
    before = words.folded[index - 1]
    return len(before) <= _ABBREVIATED and not before.isdigit()


def _says_something(words: Words, span: Span) -> bool:
    """Whether more than the certifying word itself is there."""
    return not _SAYS_NOTHING.issuperset(words.folded[span[0] : span[1]])


def _negated(words: Words, index: int) -> bool:
    for before in range(index - 1, max(-1, index - 1 - _NEGATION_REACH), -1):
        if _SENTENCE_END.search(words.text, words.ends[before], words.starts[before + 1] + 1):
            return False
        if words.folded[before] in NEGATIONS:
            return True
    return False
