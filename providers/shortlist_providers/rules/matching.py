"""Finds a phrase in a text: folded, by word, with simple inflection, and with hyphens and spaces as one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from shortlist_providers.rules.lines import fold
from shortlist_providers.rules.words import UNINFLECTED

_TOKEN = re.compile(r"\.net\b|[^\W_]+(?:\+\+|#|\+(?!\w))?")
_SENTENCE_MARK = re.compile(r"(?<!\b\w)[.!?;](?:\s|$)|\n(?=\s*(?:\n|[^\w\s(]))")
"""A line break inside a wrapped sentence is none; one before a blank line or a bullet is."""


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a text."""

    stem: str
    plain: str
    """The word itself, folded."""
    begin: int
    finish: int
    sentence: int


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """`word` (folded) without plural, -ing, -ed, -ment and final e; short words and names with digits stay."""
    if len(word) <= 3 or word in UNINFLECTED or not word.isalpha():
        return word
    if word.startswith(("analys", "analyz")) and not word.startswith("analyst"):
        return "analys"
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for suffix, least in (("ment", 7), ("ing", 6), ("ed", 5)):
        if word.endswith(suffix) and len(word) >= least and word not in UNINFLECTED:
            word = word[: -len(suffix)]
            if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lsz":
                word = word[:-1]
            break
    return word[:-1] if word.endswith("e") and len(word) > 4 else word


def tokenize(text: str) -> list[Token]:
    """The words of `text` with their places in it."""
    folded = fold(text)
    marks = iter([match.start() for match in _SENTENCE_MARK.finditer(text)] + [len(text) + 1])
    following, sentence = next(marks), 0
    tokens: list[Token] = []
    for match in _TOKEN.finditer(folded):
        while match.start() > following:
            following = next(marks)
            sentence += 1
        word = match.group()
        tokens.append(Token(stem(word), word, match.start(), match.end(), sentence))
    return tokens


@lru_cache(maxsize=20_000)
def stems(phrase: str) -> tuple[str, ...]:
    """The stems of a short phrase."""
    return tuple(token.stem for token in tokenize(phrase))


class Index:
    """A text, ready for many searches."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokenize(text)
        self._places: dict[str, list[int]] = {}
        for at, token in enumerate(self.tokens):
            self._places.setdefault(token.stem, []).append(at)
        self._joined: dict[str, int] | None = None

    def find(self, phrase: tuple[str, ...]) -> list[tuple[int, int]]:
        """Every place of consecutive stems, as first and last token; a compound may be one word or several."""
        if not phrase:
            return []
        size = len(phrase)
        found = [
            (at, at + size - 1)
            for at in self._places.get(phrase[0], ())
            if all(
                at + step < len(self.tokens) and self.tokens[at + step].stem == phrase[step] for step in range(1, size)
            )
            and self.tokens[at].sentence == self.tokens[at + size - 1].sentence
        ]
        return found or self._find_joined("".join(phrase), size)

    def find_near(self, phrase: tuple[str, ...]) -> list[tuple[int, int]]:
        """A place where all stems of two or three stand in one sentence, with at most two other words between them."""
        if not 2 <= len(phrase) <= 3 or len(set(phrase)) < len(phrase):
            return []
        rarest = min(phrase, key=lambda part: len(self._places.get(part, ())))
        for at in self._places.get(rarest, ()):
            reach = len(phrase) + 1
            low, high = max(0, at - reach), min(len(self.tokens), at + reach + 1)
            near = [place for place in range(low, high) if self.tokens[place].sentence == self.tokens[at].sentence]
            spots = [
                min(
                    (place for place in near if self.tokens[place].stem == part),
                    key=lambda place: abs(place - at),
                    default=-1,
                )
                for part in phrase
            ]
            if min(spots) >= 0 and max(spots) - min(spots) <= len(phrase) + 1:
                return [(min(spots), max(spots))]
        return []

    def _find_joined(self, joined: str, size: int) -> list[tuple[int, int]]:
        if len(joined) < 5:
            return []
        if size > 1 and joined in self._places:
            return [(at, at) for at in self._places[joined]]
        if self._joined is None:
            # Only neighbours that touch or are hyphenated make one word: "front-end", "front end", "CI/CD".
            self._joined = {}
            for at, (first, second) in enumerate(pairwise(self.tokens)):
                if second.begin - first.finish <= 1 and first.sentence == second.sentence:
                    self._joined.setdefault(stem(first.plain + second.plain), at)
        place = self._joined.get(joined)
        return [] if place is None else [(place, place + 1)]
