"""Words and how alike two texts are.

Words are compared after NFKC, case folding, and dropping punctuation, so `Acme, Inc.` equals `ACME Inc`. Kept are a
number's inner separators and its `%` (`3.5`, `10%`) and a trailing `+` or `#` (`C++` and `C#` are not `C`). A
language written without spaces gives one word a phrase.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import lru_cache

from shortlist.metrics.assignment import assign

NEAR_WORD = 0.8
"""Similarity from which two different words count as spellings of one (`programme`, `program`)."""

_WORD = re.compile(r"\d+(?:[.,]\d+)*%?|[^\W_]+[+#]*")
_APOSTROPHE = re.compile(r"['\u2019\u02bc]")
_DIGIT = re.compile(r"\d")
_MOST_NEAR_WORDS = 32  # left-over words on a side beyond which no spellings are compared: a short text has fewer


def fold(text: str) -> str:
    """NFKC, case folded, white space at the ends taken off."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).strip()


@lru_cache(maxsize=4096)
def words(text: str) -> tuple[str, ...]:
    """The text's words in order; empty for a text of punctuation only."""
    return tuple(_WORD.findall(_APOSTROPHE.sub("", fold(text))))


def bag_similarity(a: str, b: str) -> float:
    """F1 of the two bags of words, in [0, 1]: ROUGE-1 F (Lin 2004). Symmetric, and blind to the order of words."""
    return _similarity(a, b, spellings=False)


def text_similarity(a: str, b: str) -> float:
    """`bag_similarity`, with left-over words paired where they are spellings of one, each pair for its likeness.

    Likeness of two words is the Indel similarity of their letters (2·LCS / both lengths), counted from `NEAR_WORD`
    on and never between words with digits: 2019 is not nearly 2018. Pairs are chosen so that their sum is greatest.
    """
    return _similarity(a, b, spellings=True)


def _similarity(a: str, b: str, *, spellings: bool) -> float:
    mine, theirs = words(a), words(b)
    if not mine or not theirs:
        return float(fold(a) == fold(b))
    if mine == theirs:
        return 1.0
    bag, other = Counter(mine), Counter(theirs)
    shared = bag & other
    credit = float(shared.total())
    if spellings and credit < min(len(mine), len(theirs)):
        credit += _near(sorted((bag - shared).elements()), sorted((other - shared).elements()))
    return 2 * credit / (len(mine) + len(theirs))


def _near(mine: list[str], theirs: list[str]) -> float:
    """The greatest sum of likenesses over pairs of words that are spellings of one."""
    from rapidfuzz.distance import Indel  # noqa: PLC0415 - 35 ms

    mine = [word for word in mine if not _DIGIT.search(word)]
    theirs = [word for word in theirs if not _DIGIT.search(word)]
    if not mine or not theirs or max(len(mine), len(theirs)) > _MOST_NEAR_WORDS:
        return 0.0
    likeness = [[Indel.normalized_similarity(m, t, score_cutoff=NEAR_WORD) for t in theirs] for m in mine]
    return sum(likeness[row][column] for row, column in assign(likeness))
