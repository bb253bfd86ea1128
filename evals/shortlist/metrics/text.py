"""Words and how alike two texts are.

Words are compared after NFKC, case folding, and dropping punctuation, so `Acme, Inc.` equals `ACME Inc`. Kept are a
number's inner separators and its `%` (`3.5`, `10%`) and a trailing `+` or `#` (`C++` and `C#` are not `C`). Han
characters and hiragana, which are written without spaces, are a word each. Accents count: `resume` is not `résumé`.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from shortlist.metrics.assignment import assign

NEAR_WORD = 0.8
"""Similarity from which two different words count as spellings of one (`programme`, `program`)."""

_UNSPACED = "\u3041-\u309f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_WORD = re.compile(rf"\d+(?:[.,]\d+)*%?|[{_UNSPACED}]|[^\W_{_UNSPACED}]+[+#]*")
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")
_SHORTEST_PLURAL = 4  # letters: `apis`, but not `gas`
_PLURAL_STEM = re.compile(r"(?:(s|sh|ch|x|z)e|ie|y)$")  # tax(e), company and companie
_APOSTROPHE = re.compile(r"['\u2019\u02bc]")
_DIGIT = re.compile(r"\d")
_LONGEST_KEPT = 16_384  # characters of a text whose words are remembered: thousands of megabytes must not be
_MOST_NEAR_WORDS = 32  # left-over words on a side beyond which no spellings are compared: a short text has fewer


def fold(text: str) -> str:
    """NFKC, case folded, white space at the ends taken off; Turkish ı and İ are i, as their capitals and lower case."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return folded.replace("i\u0307", "i").replace("ı", "i").strip()


def words(text: str) -> tuple[str, ...]:
    """The text's words in order; empty for a text of punctuation only."""
    return _words(text) if len(text) <= _LONGEST_KEPT else _words.__wrapped__(text)


@lru_cache(maxsize=4096)
def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(_APOSTROPHE.sub("", fold(text))))


def paragraphs(text: str) -> int:
    """How many paragraphs a text has; a line that is empty, or white space alone, parts two."""
    return sum(bool(part.strip()) for part in _BLANK_LINE.split(text.replace("\r\n", "\n").replace("\r", "\n")))


def says(text: str, term: str) -> bool:
    """Whether the text says the term: its words one after the other, case and punctuation aside.

    A plural in -s, -es or -ies is as good as its singular (`APIs`, `companies`). No other ending is forgiven, in any
    language: `accountant` does not say `accounting`. A term without any word must stand in the text as it is.
    """
    wanted = _spoken(term)
    return wanted in _spoken(text) if wanted.strip() else fold(term) in fold(text)


def _spoken(text: str) -> str:
    """The text's words in the singular with a space on either side of each, so that terms are found as substrings."""
    return _said(text) if len(text) <= _LONGEST_KEPT else _said.__wrapped__(text)


@lru_cache(maxsize=1024)
def _said(text: str) -> str:
    return f" {' '.join(map(_singular, words(text)))} "


def _singular(word: str) -> str:
    """One form for a word and its plural; not always a word itself."""
    if len(word) >= _SHORTEST_PLURAL and word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    return _PLURAL_STEM.sub(lambda end: end[1] or "i", word)


def bag_similarity(a: str, b: str) -> float:
    """F1 of the two bags of words, in [0, 1]: ROUGE-1 F (Lin 2004). Symmetric, and blind to the order of words."""
    mine, theirs = words(a), words(b)
    if mine == theirs or not mine or not theirs:
        return _without_words(a, b) if not mine or not theirs else 1.0
    bag, other = sorted((_bag(mine), _bag(theirs)), key=len)
    shared = sum(min(count, other[word]) for word, count in bag.items() if word in other)
    return 2 * shared / (len(mine) + len(theirs))


def text_similarity(a: str, b: str) -> float:
    """`bag_similarity`, with left-over words paired where they are spellings of one, each pair for its likeness.

    Likeness of two words is the Indel similarity of their letters (2·LCS / both lengths), counted from `NEAR_WORD`
    on and never between words with digits: 2019 is not nearly 2018. Pairs are chosen so that their sum is greatest.
    """
    return _text_similarity(a, b) if a <= b else _text_similarity(b, a)


@lru_cache(maxsize=1 << 16)  # roles and keywords are compared many times over: as fields, as keys, and in checks
def _text_similarity(a: str, b: str) -> float:
    mine, theirs = words(a), words(b)
    if mine == theirs or not mine or not theirs:
        return _without_words(a, b) if not mine or not theirs else 1.0
    if set(mine).isdisjoint(theirs):
        credit = _near(mine, theirs)
    else:
        bag, other = Counter(mine), Counter(theirs)
        shared = bag & other
        credit = float(shared.total())
        if credit < min(len(mine), len(theirs)):
            credit += _near(sorted((bag - shared).elements()), sorted((other - shared).elements()))
    return 2 * credit / (len(mine) + len(theirs))


def _without_words(a: str, b: str) -> float:
    return float(fold(a) == fold(b))


@lru_cache(maxsize=1024)
def _bag(of: tuple[str, ...]) -> Counter[str]:
    return Counter(of)


def _near(mine: Sequence[str], theirs: Sequence[str]) -> float:
    """The greatest sum of likenesses over pairs of words that are spellings of one."""
    from rapidfuzz.distance import Indel  # noqa: PLC0415 - 35 ms

    mine = [word for word in mine if not _DIGIT.search(word)]
    theirs = [word for word in theirs if not _DIGIT.search(word)]
    if not mine or not theirs or max(len(mine), len(theirs)) > _MOST_NEAR_WORDS:
        return 0.0
    near = Indel.normalized_similarity
    likeness = [[near(m, t, score_cutoff=NEAR_WORD) for t in theirs] for m in mine]
    if not any(map(any, likeness)):
        return 0.0
    return sum(likeness[row][column] for row, column in assign(likeness))
