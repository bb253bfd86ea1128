"""What the advert asks for, as a ranked list of keywords."""

from __future__ import annotations

import re
from dataclasses import dataclass

from shortlist_providers.rules.advert import Advert, Ask
from shortlist_providers.rules.advert_words import DUTIES, NOTHING, PREFERRED, REQUIRED
from shortlist_providers.rules.dates import is_month
from shortlist_providers.rules.fillers import is_filler
from shortlist_providers.rules.foreign_keywords import asked_phrases
from shortlist_providers.rules.foreign_words import STOPWORDS as FOREIGN_STOPWORDS
from shortlist_providers.rules.language import Language, language_of
from shortlist_providers.rules.lines import fold, squeeze
from shortlist_providers.rules.matching import stems, tokenize
from shortlist_providers.rules.verbs import base_forms, gerunds, past_forms
from shortlist_providers.rules.vocabulary import Entry, all_terms
from shortlist_providers.rules.words import (
    CITIES,
    COUNTRIES,
    NOT_ACRONYMS,
    PHRASE_EDGES,
    PRONOUNS,
    SENIORITY,
    STOPWORDS,
    TITLE_WORDS,
    TOO_GENERAL,
    US_STATES,
)

MOST, FEWEST = 15, 8
_ACRONYM = re.compile(
    r"(?<![\w/&.$-])(?:[A-Z]{2,6}(?:[-/&+][A-Z0-9]{1,6})?|[A-Z]{2,5} \d{2,5}[A-Z]?|[A-Z]+[a-z]?[A-Z][\w]*)(?![\w/&])"
)
_PROPER = re.compile(
    r"(?<=[a-z,;(] )(?:[A-Z][\w+#.&-]*[\w+#]|[A-Z]\w)(?: (?:[A-Z][\w+#.&-]*[\w+#]|\d[\w.]*))*"
    r"|^[A-Z][\w&-]+(?: (?:[A-Z][\w+#.&-]*[\w+#]))+(?=[,;.(]| [a-z]|$)"
)
_CERTIFIED = re.compile(
    r"\b(?:[Cc]ertified(?: [A-Z]\w+){1,4}|(?:[A-Z][\w-]+ ){1,3}(?:[Cc]ertification|[Cc]ertificate"
    r"|[Ll]icen[sc]e|[Rr]egistration))\b"
)
_CUE = re.compile(
    r"\b(?:(?:experience|proficien\w+|skill(?:s|ed)?|expertise|background|fluen\w+|comfortable"
    r"|familiar(?:ity)?|competence|proven ability|"
    r"hands-on|work(?:ing)?|knowledge|understanding|command|grasp|degree|certification|training|interest"
    r"|confident|versed)"
    r"\s+(?:with|in|of|on|using|as)|use of|familiar with|knowledge of|know)\s+([^.;:()]{3,140})",
    re.IGNORECASE,
)
_DUTY = re.compile(
    r"^(?:(?:as [^,]{3,50},? )?(?:you(?: will|'ll| would)?)\s+|to\s+)?([A-Za-z-]+)\s+([^.;:()]{3,140})", re.IGNORECASE
)
_CALENDAR = re.compile(
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?|easter|christmas|lunes|martes|lundi|mardi|montag\w*"
)
_PIECES = re.compile(
    r",|;|\band/or\b|\band\b|\bor\b|/|\bincluding\b|\bsuch as\b|\bas well as\b|\be\.g\.|\blike\b|\bplus\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Keyword:
    """Something the advert asks for."""

    text: str
    """As the advert writes it."""
    weight: float
    """How much the advert asks for it; only comparable within one advert."""
    hard: bool
    """A skill, tool, certificate or licence by name, and not only a phrase."""
    entry: Entry | None
    required: bool = False
    """It stands among the requirements, or in a sentence that says "must"."""


@dataclass(slots=True)
class _Candidate:
    text: str
    weight: float
    hard: bool
    entry: Entry | None
    order: int
    required: bool
    mentions: int = 1


def rank_keywords(advert: Advert) -> list[Keyword]:
    """At most 15 keywords, heaviest first.

    A candidate weighs its best section (requirements 3, wishes 2.5, duties 2, else 1; see `advert`) times its kind
    (a known skill or certificate 2, an acronym or name 1.6, a phrase after "experience with" 1.1, a duty's object 0.8),
    and a tenth more for each further mention.
    """
    found: dict[tuple[str, ...], _Candidate] = {}
    own = set(stems(advert.company))
    language = language_of(advert.text)
    for ask in advert.asks:
        if ask.weight == NOTHING:
            continue
        for text, factor, entry in _candidates(ask, language):
            key = stems(entry.name) if entry else stems(text)
            if not key or (own and set(key) <= own) or _is_place(text) or is_filler(f"{text} "):
                continue
            weight = ask.weight * factor
            held = found.get(key)
            if held is None:
                found[key] = _Candidate(text, weight, factor >= 1.5, entry, len(found), ask.weight == REQUIRED)
            else:
                held.mentions += 1
                held.weight = max(held.weight, weight)
                held.hard = held.hard or factor >= 1.5
                held.required = held.required or ask.weight == REQUIRED
    ranked = sorted(found.values(), key=lambda one: (-one.weight * (1 + 0.1 * min(one.mentions - 1, 3)), one.order))
    return _picked(ranked, MOST - 2)


def _picked(ranked: list[_Candidate], phrases: int) -> list[Keyword]:
    """The best candidates without those that only repeat a part of another; mere phrases among the first `phrases`."""
    kept: list[_Candidate] = []
    taken: list[tuple[str, ...]] = []
    for candidate in ranked:
        key = stems(candidate.text)
        if any(set(key) <= set(other) or set(other) <= set(key) for other in taken):
            continue
        if not candidate.hard and len(kept) >= phrases:
            continue
        kept.append(candidate)
        taken.append(key)
        if len(kept) == MOST:
            break
    return [Keyword(one.text, round(one.weight, 3), one.hard, one.entry, one.required) for one in kept]


def _candidates(ask: Ask, language: Language) -> list[tuple[str, float, Entry | None]]:
    """(text, factor, known skill) of everything in one sentence that could be a keyword."""
    sentence = ask.text
    found: list[tuple[str, float, Entry | None]] = []
    covered: list[tuple[int, int]] = []
    for term in all_terms(sentence, tokenize(sentence)):
        covered.append((term.begin, term.finish))
        found.append((term.surface, 2.0, term.entry))
    # Every noun of German has a capital: it is no name.
    named = ((_CERTIFIED, 1.9), *(((_PROPER, 1.6),) if language != "de" else ()), (_ACRONYM, 1.7))
    phrases = _english_phrases(ask) if language == "en" else asked_phrases(sentence, ask.section)
    for pattern, factor in named:
        for match in pattern.finditer(sentence):
            text = match.group().strip(" .,-")
            inside = any(begin < match.end() and match.start() < finish for begin, finish in covered)
            if inside or text in NOT_ACRONYMS or not _useful_name(text):
                continue
            if language != "en" and " " not in text and any(text in phrase for phrase, _ in phrases):
                continue  # "Registre foncier": the phrase says more
            if pattern is not _CERTIFIED and sentence.isupper() and sentence.count(" ") > 3:
                continue
            covered.append((match.start(), match.end()))
            found.append((text, factor, None))
    return [*found, *((text, factor, None) for text, factor in phrases if not _within(sentence, text, covered))]


def _english_phrases(ask: Ask) -> list[tuple[str, float]]:
    """What stands behind "experience with" and the like, what a duty is done to, and short requirements."""
    if ask.weight < DUTIES:
        return []
    sentence = ask.text
    found = [(phrase, 1.1) for match in _CUE.finditer(sentence) for phrase in _phrases(match.group(1))]
    duty = _DUTY.match(sentence)
    opens = duty is not None and (fold(duty.group(1)) in base_forms() or fold(duty.group(1)) in gerunds())
    if duty is not None and opens:
        found.extend((phrase, 0.8) for phrase in _phrases(duty.group(2)))
    elif ask.weight >= PREFERRED and len(sentence.split()) <= 8 and fold(sentence.split(maxsplit=1)[0]) not in PRONOUNS:
        found.extend((phrase, 1.0) for phrase in _phrases(sentence))
    return found


def _within(sentence: str, phrase: str, covered: list[tuple[int, int]]) -> bool:
    begin = sentence.find(phrase)
    return any(low < begin + len(phrase) and begin < high for low, high in covered)


def _phrases(text: str) -> list[str]:
    """Noun phrases of one to three words in an enumeration."""
    found = []
    for piece in _PIECES.split(text):
        words = squeeze(piece).strip(" .,;:*()\"'“”").split()
        cut = next((at for at, word in enumerate(words) if at > 0 and fold(word).strip(".,") in STOPWORDS), len(words))
        while cut > 0 and _is_edge(words[0]):
            words, cut = words[1:], cut - 1
        words = words[:cut]
        while words and (_is_edge(words[-1]) and len(words) < 3):
            words.pop()
        if not 1 <= len(words) <= 3 or not all(re.search(r"[^\W\d_]", word) for word in words):
            continue
        if len(words) == 1 and (len(words[0]) < 4 or _says_little(fold(words[0])) or _is_verb(words[0])):
            continue
        if _is_verb(words[0]) and len(words) > 1 and fold(words[0]) not in gerunds():
            continue
        found.append(" ".join(words).strip(" .,;:"))
    return found


def _says_little(word: str) -> bool:
    """Whether a folded word is no keyword by itself: too general, or whom they seek and not what ("Manager")."""
    return word in TOO_GENERAL or word in TITLE_WORDS or word in SENIORITY


def _is_edge(word: str) -> bool:
    plain = fold(word).strip(".,;:()'’\"")
    return plain in PHRASE_EDGES or plain in STOPWORDS or plain.isdigit() or plain.endswith(("ly", "+"))


def _is_verb(word: str) -> bool:
    plain = fold(word)
    return plain in base_forms() or plain in past_forms() or plain in gerunds()


def _useful_name(text: str) -> bool:
    words = text.split()
    first = fold(words[0])
    if _CALENDAR.fullmatch(first) or is_month(words[0]):
        return False
    return (
        len(words) <= 5
        and len(text) > 1
        and first not in STOPWORDS
        and first not in FOREIGN_STOPWORDS
        and first not in PHRASE_EDGES
        and text.lower() not in TOO_GENERAL
        and not (len(words) == 1 and _says_little(first))
    )


def _is_place(text: str) -> bool:
    return fold(text) in COUNTRIES or fold(text) in US_STATES or fold(text) in CITIES
