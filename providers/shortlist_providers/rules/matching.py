"""Finds a phrase in a text: folded, by word, with simple inflection, and with hyphens and spaces as one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from shortlist_providers.rules.foreign_words import STOPWORDS
from shortlist_providers.rules.language import Language
from shortlist_providers.rules.lines import fold
from shortlist_providers.rules.words import UNINFLECTED

_TOKEN = re.compile(r"(?:(?<!\w)|(?<=asp))\.net\b|[^\W_]+(?:\+\+|#|\+(?!\w))?")
_LOOSE_ENDING = re.compile(r"(?:ications?|ations?|ied|ies|ings?|ers?|ed|es|s|e|y)$")
_NEGATION = re.compile(
    r"\b(?:no|not|never|without|lack(?:s|ing)?|neither|nor|unfamiliar with|none|yet to|learning|planning to"
    r"|interested in|studying for"
    r"|working towards?|sin|ningun[ao]?|nunca|aun no|kein(?:e|en|erlei)?|nicht|ohne|noch nie|sans|aucune?|pas (?:de"
    r"|d|du|encore)"
    r"|jamais|sem|nao|nenhum[a]?)\b[^.;,:\n]{0,30}$"
)
_FOREIGN_ENDING = re.compile(
    r"(?:aciones|acoes|ciones|zione[ns]?|iones|imentos?|amentos?|ements?|ungen|ation|acion|acao|cion|cao|tions?|ung"
    r"|ados?"
    r"|adas?|idos?|idas?|ees?|innen|iere?s?|anas?|anos?|ales|aux|ares|ais|ores|oras|eurs?|euses?|trices?|ar|er|ir|al"
    r"|es|en"
    r"|em|or|ora|as|os|in|is|n|s|a|o|e)$"
)
"""Endings of Spanish, French, German and Portuguese, roughly; what is left must be alike on both sides."""
_SLASHED = re.compile(r"(?<=[^\W\d_])(?:[/*:·]-?|\()(?:as?|os|es|e|in|innen|ne|euse|trice|se)\b\)?", re.IGNORECASE)
_DOUBLED = re.compile(r"([b-df-hj-np-tv-z])\1$")
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


@lru_cache(maxsize=20_000)
def loose_stem(word: str) -> str:
    """`word` (folded) without any common ending, as far as three letters remain; "certified" is "certification"."""
    ending = _LOOSE_ENDING.search(word, 3)
    return _DOUBLED.sub(r"\1", word[: ending.start()] if ending else word)


@lru_cache(maxsize=20_000)
def loose_foreign_stem(word: str) -> str:
    """`word` (folded, of another language than English) without any common ending, as far as four letters remain."""
    ending = _FOREIGN_ENDING.search(word, 4)
    return word[: ending.start()] if ending else word


def ungendered(text: str) -> str:
    """`text` with only the first of two forms: "Contador/a", "Mitarbeiter:in", "employé(e)"."""
    return _SLASHED.sub("", text)


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


def is_denied(text: str, begin: int) -> bool:
    """Whether the words before offset `begin`, in its line and sentence, say that what follows is lacking."""
    low = max(text.rfind("\n", max(0, begin - 60), begin) + 1, begin - 60, 0)
    return _NEGATION.search(fold(text[low:begin])) is not None


class Index:
    """A text, ready for many searches."""

    def __init__(self, text: str, language: Language = "en") -> None:
        self.text = text
        self._loosely = loose_stem if language == "en" else loose_foreign_stem
        self._passed_over = frozenset[str]() if language == "en" else STOPWORDS
        self.tokens = tokenize(text)
        self._places: dict[str, list[int]] = {}
        for at, token in enumerate(self.tokens):
            self._places.setdefault(token.stem, []).append(at)
        self._joined: dict[str, int] | None = None
        self._loose: dict[str, list[int]] | None = None

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

    def find_near(self, phrase: str) -> list[tuple[int, int]]:
        """A place where two to four words stand in one sentence, endings aside, at most two others between them."""
        content = [token.plain for token in tokenize(phrase) if token.plain not in self._passed_over]
        wanted = tuple(dict.fromkeys(map(self._loosely, content)))
        # One word alone is looked for by its stem only in languages that inflect it more than English does.
        if not (2 if self._loosely is loose_stem else 1) <= len(wanted) <= 4:
            return []
        if self._loose is None:
            self._loose = {}
            for at, token in enumerate(self.tokens):
                self._loose.setdefault(self._loosely(token.plain), []).append(at)
        if any(part not in self._loose for part in wanted):
            return []
        rarest = min(wanted, key=lambda part: len(self._loose[part]) if self._loose else 0)
        width = len(wanted) + 2
        for at in self._loose[rarest][:50]:
            for low in range(max(0, at - width + 1), at + 1):
                window = self.tokens[low : low + width]
                spots = {
                    self._loosely(token.plain): low + step
                    for step, token in reversed(list(enumerate(window)))
                    if token.sentence == self.tokens[at].sentence
                }
                if all(part in spots for part in wanted):
                    places = [spots[part] for part in wanted]
                    return [(min(places), max(places))]
        return []

    def _find_joined(self, joined: str, size: int) -> list[tuple[int, int]]:
        if len(joined) < 5:
            return []
        if size > 1 and stem(joined) in self._places:
            return [(at, at) for at in self._places[stem(joined)]]
        if self._joined is None:
            # Only neighbours that touch or are hyphenated make one word: "front-end", "front end", "CI/CD".
            self._joined = {}
            for at, (first, second) in enumerate(pairwise(self.tokens)):
                if second.begin - first.finish <= 1 and first.sentence == second.sentence:
                    self._joined.setdefault(stem(first.plain + second.plain), at)
        place = self._joined.get(joined)
        return [] if place is None else [(place, place + 1)]
