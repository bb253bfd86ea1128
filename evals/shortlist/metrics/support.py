"""Whether a text bears a claim out: names, titles, degrees, skills and dates, looked up in a résumé.

A claim rests on its content words: those that are not `lexicon.STOP_WORDS`. All ways of looking up are blind to case,
accents, ligatures, punctuation, line breaks, words hyphenated or parted by a hyphen (`start-up`, `startup`), and faults
of scanners in words of five letters and more. Spellings of one thing (`lexicon`) count as one.

name
    Content words in the claim's order, next to each other but for stop words and legal forms. Legal forms at the
    claim's end do not count. So "Brightloom" is borne out by "BRIGHTLOOM PACKAGING, INC.", and "Northmoor Hospital"
    is not by "Northfield Hospital", nor "University of Arden" by "Arden University".
title
    As a name, endings of gender aside, or the same words in another order: close together on one line, or
    directly together when a word of rank is among them. A place where a word beside it makes it a lesser title
    ("Assistant Director", "reported to the Director") bears nothing out.
degree
    Content words, endings aside, close together in any order, and no other degree among them.
term
    Content words, endings aside, close together in any order; or as a degree, where it names one. For skills, keywords
    and certificates.

What does not fit as a whole fits when each of its parts (between commas, slashes, brackets) fits by itself; degrees
excepted. Where in the text a claim stands is not asked: a title in a sentence about somebody else counts. Adding text
to the source never takes support away.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Final, Literal

from shortlist.metrics.lexicon import LEGAL_FORMS, LESSER_AFTER, LESSER_BEFORE, RANKS, STOP_WORDS
from shortlist.metrics.spellings import DEGREES, OTHERS, Spellings, person, skeleton, stem, without_legal_forms
from shortlist.metrics.tokens import Gap, Words, words_of
from shortlist_datasets.wording import says_date, searchable

Way = Literal["name", "title", "degree", "term"]

_STRAY: Final = {"title": 2, "degree": 3, "term": 2}
"""Other content words that may stand between a claim's own."""
_LONGEST_COMPOUND = 4
_MOST_WORDS = 40
"""Of a claim whose words may stand in any order: a longer one is a text, and is found in its own order or not."""
_SHORTEST_SKELETON = 5
_LOOK_BACK = 3
_PARTS = re.compile(r"[,;|/()\[\]&+\u2022\u00b7]|\s[-\u2013\u2014]\s|\b(?:and|y|e|et|und)\b")
_PLACES = re.compile(r"[,;|()\[\]]|\s[-\u2013\u2014]\s")
_TAG = re.compile(r"</?[A-Za-z][^<>\n]{0,200}>")
_SCANNED = re.compile(r"\b(?=[OoIl|.,/]*\d)(?=[\d.,/]*[OoIl|])[\dOoIl|]+(?:[.,/][\dOoIl|]+)*(?!\w)")
_DIGITS: Final = str.maketrans("OoIl|", "00111")
_DATE = re.compile(r"\s*(?P<year>\d{4})(?:-(?P<month>\d{1,2})(?:-(?P<day>\d{1,2}))?)?\s*")

_PASSABLE: Final[Mapping[Way, frozenset[str]]] = {
    "name": STOP_WORDS | LEGAL_FORMS,
    "title": STOP_WORDS,
    "degree": STOP_WORDS,
    "term": STOP_WORDS,
}
"""What may stand between words that stand in order."""
_ENDINGS: Final[Mapping[Way, Callable[[str], str]]] = {"title": person, "degree": stem, "term": stem}
"""What takes the endings off that do not count; none of a name's."""

Span = tuple[int, int]
"""Words of the source: from, to."""


class Source:
    """A text that claims are looked up in, also as it reads without its markup and without scanned digits' faults.

    What it costs to prepare is paid once.
    """

    def __init__(self, text: str, also_otherwise: bool = True) -> None:
        self.text = text
        self.others = tuple(Source(other, False) for other in _otherwise(text)) if also_otherwise else ()
        """What else the text can be read as; what bears a claim out there does so here."""
        self.words: Words = words_of(text)
        self._dates: dict[str, bool] = {}
        self._known: dict[tuple[Way, str], bool] = {}
        self._indexes: dict[Way, dict[str, list[Span]]] = {}

    def bears_out(self, claim: str, way: Way) -> bool:
        """Whether the text says `claim`; a claim without any word is borne out by anything."""
        known = self._known.get((way, claim))
        if known is None:
            known = self._bears_out(claim, way) or any(other.bears_out(claim, way) for other in self.others)
            self._known[way, claim] = known
        return known

    def states(self, date: str) -> bool:
        """Whether the text states a date, `2019`, `2019-03` or `2019-03-15`; any other text as a term."""
        known = self._dates.get(date)
        if known is None:
            parts = _DATE.fullmatch(date)
            known = says_date(self._searchable, **parts.groupdict()) if parts else self.bears_out(date, "term")
            known = known or any(other.states(date) for other in self.others)
            self._dates[date] = known
        return known

    @cached_property
    def _searchable(self) -> str:
        return searchable(self.text)

    def _bears_out(self, claim: str, way: Way) -> bool:
        if self._fits(claim, way) or (way == "term" and _names_degree(claim) and self._fits(claim, "degree")):
            return True
        parts = list(_parts(claim, way))
        return len(parts) > 1 and all(self._fits(part, way) for part in parts)

    def _fits(self, claim: str, way: Way) -> bool:
        words = words_of(claim)
        if not words.folded:
            return True
        if any(way != "title" or self._full_title(span, words.folded) for span in self._in_order(words.folded, way)):
            return True
        return any(self._reads(keys, way) for keys in _readings(words, way))

    def _reads(self, keys: Sequence[str], way: Way) -> bool:
        if way == "name":
            return any(self._in_order(keys, way))
        if way == "title":
            in_order = any(self._full_title(span, keys) for span in self._in_order(keys, way))
            return in_order or self._reordered_title(keys)
        return self._together(keys, way)

    # Names and titles: words in their order

    def _in_order(self, words: Sequence[str], way: Way) -> Iterator[Span]:
        spans, passable = self._spans(way), _PASSABLE[way]
        for start, end in spans.get(words[0], ()):
            position = end
            for word in words[1:]:
                after = self._next(spans.get(word, ()), position, passable)
                if after is None:
                    break
                position = after
            else:
                yield start, position

    def _next(self, spans: Sequence[Span], position: int, passable: frozenset[str]) -> int | None:
        """Where the word ends that stands at `position`, or behind passable words there."""
        for _ in range(5):
            index = bisect_left(spans, (position, 0))
            if index < len(spans) and spans[index][0] == position:
                return spans[index][1]
            if position >= len(self.words.folded) or self.words.folded[position] not in passable:
                return None
            position += 1
        return None

    def _full_title(self, span: Span, claimed: Collection[str]) -> bool:
        """Whether no word beside the span makes it a lesser title than the one that is claimed."""
        start, end = span
        folded, gaps = self.words.folded, self.words.gaps
        if end < len(folded) and gaps[end] <= Gap.SPACE and folded[end] in LESSER_AFTER and folded[end] not in claimed:
            return False
        seen = 0
        for index in range(start - 1, -1, -1):
            if gaps[index + 1] > Gap.SPACE or seen == _LOOK_BACK:
                break
            if folded[index] in LESSER_BEFORE:
                return False
            seen += folded[index] not in STOP_WORDS
        return True

    def _reordered_title(self, words: Sequence[str]) -> bool:
        spans = [self._spans("title").get(word, ()) for word in words]
        claimed = {word.lstrip("=") for word in words}
        stray = 0 if RANKS & claimed else _STRAY["title"]
        for found in self._windows(spans, len(set(words)) + stray):
            start, end = min(span[0] for span in found), max(span[1] for span in found)
            inside = set(self.words.folded[start:end]) - claimed
            one_line = Gap.LINE not in self.words.gaps[start + 1 : end]
            if one_line and not inside & LESSER_BEFORE and self._full_title((start, end), claimed):
                return True
        return False

    # Degrees and terms: words close together

    def _together(self, words: Sequence[str], way: Way) -> bool:
        spans = [self._spans(way).get(word, ()) for word in words]
        for found in self._windows(spans, len(set(words)) + _STRAY[way]):
            if way == "term":
                return True
            start, end = min(span[0] for span in found), max(span[1] for span in found)
            mine = {span for span, of in zip(found, words, strict=True) if of.startswith("=")}
            others = [
                span
                for span in self._degree_places
                if start <= span[0] < end and not any(span[0] < b and a < span[1] for a, b in mine)
            ]
            if not others or not mine:
                return True
        return False

    def _windows(self, spans: Sequence[Sequence[Span]], width: int) -> Iterator[list[Span]]:
        """Places where each of the words stands, all within `width` content words; one for each start."""
        if not all(spans) or len(spans) > _MOST_WORDS:
            return
        rarest = min(spans, key=len)
        rank = self._rank
        for start, _ in rarest:
            for first in range(max(0, rank[start] - width + 1), rank[start] + 1):
                found = [self._within(of, first, first + width) for of in spans]
                if None not in found:
                    yield [span for span in found if span is not None]

    def _within(self, spans: Sequence[Span], first: int, end: int) -> Span | None:
        index = bisect_left(spans, first, key=lambda span: self._rank[span[0]])
        return spans[index] if index < len(spans) and self._rank[spans[index][0]] < end else None

    # The index

    @cached_property
    def _rank(self) -> list[int]:
        """How many content words stand before each word."""
        rank, number = [], 0
        for word in self.words.folded:
            rank.append(number)
            number += word not in STOP_WORDS
        return rank

    def _spans(self, way: Way) -> dict[str, list[Span]]:
        """Where each key of a way of looking up stands: ascending."""
        found = self._indexes.get(way)
        if found is None:
            found = self._indexes[way] = self._index(way)
        return found

    def _index(self, way: Way) -> dict[str, list[Span]]:
        ending, lexicon = _ENDINGS.get(way), DEGREES if way == "degree" else OTHERS
        spans: dict[str, set[Span]] = {}
        for span, word in self._plain:
            for key in {word, ending(word)} if ending else {word}:
                spans.setdefault(key, set()).add(span)
            if len(word) >= _SHORTEST_SKELETON:
                spans.setdefault("~" + skeleton(word), set()).add(span)
        for index in range(len(self.words.folded)):
            for end, group in lexicon.at(self.words, index):
                for name in group.names:
                    spans.setdefault(name, set()).add((index, end))
        return {key: sorted(places) for key, places in spans.items()}

    @cached_property
    def _plain(self) -> list[tuple[Span, str]]:
        """Every word, and every run of words that are glued together or parted by a hyphen at a line's end."""
        folded = self.words.folded
        plain = []
        glued = [False, *map(self._glued, range(1, len(folded)))]
        for start in range(len(folded)):
            word = folded[start]
            plain.append(((start, start + 1), word))
            for end in range(start + 1, min(start + _LONGEST_COMPOUND, len(folded))):
                if not glued[end]:
                    break
                word += folded[end]
                plain.append(((start, end + 1), word))
        return plain

    def _glued(self, index: int) -> bool:
        words = self.words
        if words.gaps[index] is not Gap.LINE:
            return words.gaps[index] is Gap.GLUED
        between = words.text[words.ends[index - 1] : words.starts[index]]
        return between[0] in "-\u00ad\u2010\u2011" and not between[1:].strip()

    @cached_property
    def _degree_places(self) -> list[Span]:
        return sorted({span for key in DEGREES.names for span in self._spans("degree").get(key, ())})


def _otherwise(text: str) -> Iterator[str]:
    """The text without HTML, and its lines with figures in which a scanner read `O` for 0 or `l` for 1."""
    plain = html.unescape(_TAG.sub(" ", text))
    if plain != text:
        yield plain
    mended = (_SCANNED.sub(lambda match: match.group().translate(_DIGITS), line) for line in plain.split("\n"))
    lines = [line for line, before in zip(mended, plain.split("\n"), strict=True) if line != before]
    if lines:
        yield "\n".join(lines)


def _parts(claim: str, way: Way) -> Iterator[str]:
    """The parts of a claim that may be looked up one by one; none where that would bear out what is not there.

    "Pell & Tran" is not borne out by one "Pell" and another "Tran", nor "Accountant, Senior" by another "Senior". A
    name's further parts are its place, so its first part has to be more than one word.
    """
    if way == "degree":
        return
    parts = [part for part in (_PLACES if way == "name" else _PARTS).split(claim) if words_of(part).folded]
    if way == "title" and any(RANKS.issuperset(words_of(part).folded) for part in parts):
        return
    if way == "name" and len(_content(words_of(parts[0]).folded, way) if parts else ()) < 2:
        return
    yield from parts


def _names_degree(claim: str) -> bool:
    words = words_of(claim)
    return any(DEGREES.at(words, index) for index in range(len(words.folded)))


@lru_cache(maxsize=512)
def source_of(text: str) -> Source:
    """The source of a text; the metrics of one run share it."""
    return Source(text)


def _readings(words: Words, way: Way) -> Iterator[list[str]]:
    """The claim's content words as keys of the index: as written, with glued words as one, as scanners garble them."""
    lexicon = DEGREES if way == "degree" else OTHERS
    ending = _ENDINGS.get(way)
    seen: list[list[str]] = []
    for longest in (True, False):
        keys = _content(_grouped(words, lexicon, longest), way)
        if keys in seen:
            continue
        seen.append(keys)
        yield keys
        if ending is not None:
            yield [key if key.startswith("=") else ending(key) for key in keys]
    if way == "term" and 1 < len(words.folded) <= _LONGEST_COMPOUND:
        yield [stem("".join(words.folded))]
    if len(words.folded) == 1:
        yield [_garbled(words.folded[0])]
    joined = list(_joined(words))
    if len(joined) < len(words.folded):
        yield _content(joined, way)
    if any(len(key) >= _SHORTEST_SKELETON for key in seen[0]):
        yield [_garbled(key) for key in seen[0]]


def _garbled(key: str) -> str:
    return key if key.startswith("=") or len(key) < _SHORTEST_SKELETON else "~" + skeleton(key)


def _grouped(words: Words, lexicon: Spellings, longest: bool) -> list[str]:
    """The words, each longest (else its next longest) spelling of a group replaced by the group's name."""
    keys, index = [], 0
    while index < len(words.folded):
        found = lexicon.at(words, index)
        if found:
            index, group = found[0 if longest or len(found) == 1 else 1]
            keys.append(group.name)
        else:
            keys.append(words.folded[index])
            index += 1
    return keys


def _content(words: Sequence[str], way: Way) -> list[str]:
    kept = without_legal_forms(words) if way == "name" else list(words)
    content = [word for word in kept if word not in STOP_WORDS]
    return content or kept


def _joined(words: Words) -> Iterable[str]:
    """The words, those that are glued together as one."""
    current = ""
    for word, gap in zip(words.folded, words.gaps, strict=True):
        if current and gap is Gap.GLUED:
            current += word
        else:
            if current:
                yield current
            current = word
    if current:
        yield current
