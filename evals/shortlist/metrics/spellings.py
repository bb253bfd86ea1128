"""Groups of spellings as the search for support uses them, and words without their endings."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from shortlist.metrics.lexicon import DOTTED_LEGAL_FORMS, LEGAL_FORMS, SAME_DEGREES, SAME_WORDS, STOP_WORDS
from shortlist.metrics.tokens import Gap, Words, words_of

_ENDING = re.compile(
    r"(?:ications?|ations?|icated?s?|ates?|ied|ies|ings?|ers?|ed|es|s|e|y)$"
    r"|(?<=.{5})(?:iert|ierung|ungen|ung|en|em|os|as|ciones|cion|coes|cao|a|o)$"
)
_DOUBLED = re.compile(r"([b-df-hj-np-tv-z])\1$")  # plann(ing), modell(ed)
_GENDER = re.compile(r"(?<=.{4})(?:innen|in|[aoe])$")


class Group:
    """Spellings of one thing."""

    __slots__ = ("name", "names")

    def __init__(self, name: str, level: str | None) -> None:
        self.name = name
        self.names = {name, level} if level else {name}
        """Its own and, if it has one, its level's."""


class Spellings:
    """A lexicon's groups by the first word of each of their spellings."""

    def __init__(self, lexicon: str) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], str | None, Group]]] = {}
        self.names: set[str] = set()
        for line in lexicon.strip().splitlines():
            level, _, rest = line.rpartition(":")
            spellings = [spelling.strip() for spelling in rest.split(";") if spelling.strip()]
            name = level if spellings[0] == f"{level} degree" else spellings[0].casefold()
            group = Group(f"={name}", f"={level}" if level else None)
            self.names.add(group.name)
            for spelling in spellings:
                words = words_of(spelling).folded
                capitals = spelling if len(words) == 1 and spelling != spelling.lower() else None
                self._by_first.setdefault(words[0], []).append((words, capitals, group))
        for found in self._by_first.values():
            found.sort(key=lambda one: -len(one[0]))

    def at(self, words: Words, index: int) -> list[tuple[int, Group]]:
        """The groups that a spelling at `index` belongs to, longest first, each with where the spelling ends."""
        begun = self._by_first.get(words.folded[index])
        if begun is None:
            return []
        return [
            (index + len(spelling), group)
            for spelling, capitals, group in begun
            if words.folded[index : index + len(spelling)] == spelling
            and (capitals is None or (capitals == words.original(index) and not _is_state(words, index)))
            and Gap.MARK not in words.gaps[index + 1 : index + len(spelling)]
        ]

    def single_words(self, name: str) -> frozenset[str]:
        """The spellings of a group that are one word, folded."""
        return frozenset(
            word
            for word, begun in self._by_first.items()
            for spelling, _, group in begun
            if group.name == name and len(spelling) == 1
        )

    @property
    def first_words(self) -> frozenset[str]:
        """The words that a spelling of any group begins with."""
        return frozenset(self._by_first)


def _is_state(words: Words, index: int) -> bool:
    """Whether two capitals follow a comma, as in `Worcester, MA`."""
    word = words.original(index)
    return len(word) == 2 and word.isupper() and words.text[: words.starts[index]].endswith(", ")


DEGREES: Final = Spellings(SAME_DEGREES)
OTHERS: Final = Spellings(SAME_WORDS)


def without_legal_forms(words: Sequence[str]) -> list[str]:
    """A name without `Inc.`, `S.A.` and the like at its end, unless nothing else is left."""
    left = list(words)
    while len(left) > 1:
        dotted = next((form for form in DOTTED_LEGAL_FORMS if tuple(left[-len(form) :]) == form), None)
        cut = len(dotted) if dotted else int(left[-1] in LEGAL_FORMS or left[-1] in STOP_WORDS)
        if not cut or cut >= len(left):
            break
        del left[-cut:]
    return left


@lru_cache(maxsize=16384)
def stem(word: str) -> str:
    """A word without its ending, as far as three letters remain."""
    ending = _ENDING.search(word, 3)
    return _DOUBLED.sub(r"\1", word[: ending.start()] if ending else word)


@lru_cache(maxsize=16384)
def person(word: str) -> str:
    """A word of a title without the ending of its gender: `ingenieurin`, `enfermera`."""
    return _GENDER.sub("", word)


@lru_cache(maxsize=16384)
def skeleton(word: str) -> str:
    """A word blind to what scanners confuse (`0` and `o`; `1`, `i` and `l`; `rn` and `m`) and to `ae` for `ä`."""
    for written, read in _CONFUSED_PAIRS:
        word = word.replace(written, read)
    return word.translate(_CONFUSED)


_CONFUSED: Final[Mapping[int, str]] = str.maketrans({"0": "o", "1": "l", "i": "l", "|": "l", "5": "s", "8": "b"})
_CONFUSED_PAIRS: Final = (("rn", "m"), ("vv", "w"), ("ae", "a"), ("oe", "o"), ("ue", "u"))
