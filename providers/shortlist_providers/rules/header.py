"""Reads a role's header: which words are the title, which the company, which only say where and how."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from shortlist_providers.rules.dates import is_month
from shortlist_providers.rules.foreign_words import GERMAN_TITLE_ENDINGS, TITLES
from shortlist_providers.rules.lines import fold
from shortlist_providers.rules.verbs import past_forms
from shortlist_providers.rules.words import (
    CITIES,
    COMPANY_WORDS,
    COUNTRIES,
    EMPLOYMENT_TYPES,
    PLACE_WORDS,
    SENIORITY,
    SMALL_WORDS,
    STATE_CODES,
    TITLE_HEADS_LATE,
    TITLE_WORDS,
    US_STATES,
)

_STRONG = re.compile(r"\s*\|\s*|\s+[•·~›◆]\s+|\s+(?:-|–|—|--)\s+|\s*(?:–|—)\s+|\s+(?:–|—)\s*|\s{2,}|\s+@\s+|\s*;\s+")
_AT = re.compile(r"\s+(?:at|bei|beim|chez|with|@|no|na|nos|nas|em|en)\s+(?=[^\W_a-z]|\d)")
_WORD = re.compile(r"[^\W_][\w.&'’-]*")
_LABEL = re.compile(
    r"(?P<title>position|title|job title|role|designation|puesto|cargo|poste|funktion|função|fonction|tätigkeit)\s*:\s*"
    r"|(?P<company>employer|current employer|previous employer|company|organi[sz]ation|client|empresa"
    r"|entreprise|employeur|firma|arbeitgeber|empregador)\s*:\s*",
    re.IGNORECASE,
)
DATES_LABEL = re.compile(r"(?:duration|period|dates?)\s*:", re.IGNORECASE)
"""Opens a line that only says when."""
_NOISE_LABEL = re.compile(
    r"(?:duration|location|period|dates?|department|team|reporting to|reports to)\s*(?::|$)", re.IGNORECASE
)
_SUFFIX = re.compile(
    r"(?:inc|llc|ltd|limited|gmbh|ag|s\.?a|s\.?l|llp|lp|plc|corp|co|p\.?c|pllc|n\.?a|b\.?v|s\.?p\.?a|ii+|jr"
    r"|sr|lda|kg)\.?",
    re.IGNORECASE,
)
_INCORPORATED = re.compile(r"[\s,](?:inc|llc|ltd|limited|gmbh|plc|corp|llp|pllc)\.?$", re.IGNORECASE)
_ABBREVIATED = re.compile(r"(?:\b(?:inc|ltd|co|corp|st|ave|jr|sr|dept|univ|assoc|bros|[a-z]))\.$", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[a-z]{3})\.\s+(?=[A-Z])")
_POSTCODE = re.compile(r"\s+\d{4,5}(?:-\d{4})?$")
_PARENTHESES = re.compile(r"\s*[(\[]([^()\[\]]{0,80})[)\]]")
_FREELANCE = re.compile(r"\b(freelance|self[- ]employed|independent|autonomo|freiberuflich)\w*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Heading:
    """What a role's header says. An empty string is not said."""

    title: str = ""
    company: str = ""
    separate: bool = False
    """The company stands on another line than the title, so that further titles may share it."""
    guessed: bool = False
    """The company is only what followed a comma behind the title; a better one on the next line wins."""


@lru_cache(maxsize=8192)
def header_like(text: str) -> bool:
    """Whether `text` reads like a title, an employer or a place, and not like a sentence."""
    text = _PARENTHESES.sub("", text)
    if not text or len(text) > 120 or (text[-1] in ".;:" and not _ABBREVIATED.search(text)):
        return False
    words = _WORD.findall(text)
    if not words or len(words) > 16:
        return False
    content = [word for word in words if word.lower() not in SMALL_WORDS]
    if not content:
        return False
    if title_score(text) >= 2 and len(words) <= 9:
        return True
    if fold(words[0]) in past_forms() and len(words) > 2 and company_score(text) < 2:
        return False
    capital = sum(1 for word in content if not word[0].islower())
    return not text[0].islower() and capital >= 0.6 * len(content)


@lru_cache(maxsize=8192)
def title_score(text: str) -> int:
    """0 to 4: how much `text` reads like a job title."""
    return _score(text, TITLE_WORDS) + (1 if _folded_words(text)[:1] and _folded_words(text)[0] in SENIORITY else 0)


@lru_cache(maxsize=8192)
def company_score(text: str) -> int:
    """0 to 3: how much `text` reads like an employer's name."""
    words = _folded_words(text)
    if len(words) > 2 and words[0] in PLACE_WORDS and words[1] == "of":
        return 3
    return _score(text, COMPANY_WORDS)


@lru_cache(maxsize=8192)
def is_location(text: str) -> bool:
    """Whether `text` is a place, or a way of working such as "remote", and nothing else."""
    text = _POSTCODE.sub("", text.strip(" ,.()"))
    if not text or len(text) > 60 or ":" in text:
        return False
    parts = [part.strip() for part in text.split(",")]
    last = parts[-1]
    if fold(last) in EMPLOYMENT_TYPES or fold(text) in US_STATES or fold(text) in COUNTRIES or fold(text) in CITIES:
        return True
    words = text.split()
    if len(parts) == 1:
        return (
            len(words) in (2, 3) and words[-1].isupper() and fold(words[-1]) in STATE_CODES and company_score(text) == 0
        )
    placed = fold(last) in COUNTRIES or fold(last) in US_STATES or fold(last) in CITIES
    placed = placed or (last.isupper() and fold(last) in STATE_CODES)
    return placed and len(words) <= 6 and title_score(text) < 2 and company_score(text) < 2


def company_in_city(text: str) -> bool:
    """Whether what reads like a place may be an employer with its city: "Pizza House, Glasgow"."""
    parts = [part.strip() for part in text.split(",")]
    return len(parts) == 2 and len(parts[0].split()) > 1 and fold(parts[1]) in CITIES and fold(parts[0]) not in CITIES


def interpret(lines: list[str]) -> Heading:
    """Title and company of a header's lines, whose dates have been taken out."""
    heading = _interpret(lines)
    if not heading.title:
        return heading
    first = heading.title[0]
    # What opens like the middle of a sentence, like a quotation or with a deed names no position.
    broken = first.islower() and len(heading.title.split()) > 4
    acting = fold(heading.title.split()[0]) in past_forms()
    odd = title_score(heading.title) < 2 and (first.islower() or not first.isalnum() or acting)
    return replace(heading, title="") if broken or odd else heading


def _interpret(lines: list[str]) -> Heading:
    said = Heading()
    segments: list[tuple[int, str]] = []
    for number, line in enumerate(lines):
        if _NOISE_LABEL.match(line):
            continue
        label = _LABEL.match(line)
        if label:
            value = line[label.end() :].strip(" ,|-–—")
            said = Heading(value, said.company) if label["title"] else Heading(said.title, value)
            continue
        segments.extend((number, segment) for segment in _segments(line))
    if said.title and said.company:
        return Heading(said.title, clean_company(said.company))
    useful = [(number, text) for number, text in segments if not _is_aside(text)]
    if said.title or said.company:
        rest = useful[0][1] if useful else ""
        if said.company and company_score(rest) > title_score(rest):  # "Client: …" under the employer
            return Heading("", clean_company(rest))
        return Heading(said.title or rest, clean_company(said.company or rest))
    if not useful:
        return Heading()
    return _one(useful[0][1]) if len(useful) == 1 else _many(useful)


def clean_company(text: str) -> str:
    """An employer's name without place, description and kind of contract."""
    text = re.sub('[«»“”"]', "", text).replace(" ,", ",").strip(" ,;|–—-:·•")
    for aside in reversed(list(_PARENTHESES.finditer(text))):
        inside = aside.group(1)
        if not (inside.isupper() and " " not in inside):
            text = text[: aside.start()] + text[aside.end() :]
    parts = commas(text)
    kept = parts[:1]
    for part in parts[1:]:
        if _SUFFIX.fullmatch(part) or (company_score(part) >= 2 and not is_location(part)) or "&" in part:
            kept.append(part)
        else:
            break
    return ", ".join(kept).strip(" ,;|–—-:·•") or text


def _clean_title(text: str) -> str:
    text = _SENTENCE.split(text.strip(" ,;|–—-:·•").lstrip(". "))[0]
    for aside in reversed(list(_PARENTHESES.finditer(text))):
        if fold(aside.group(1)) in EMPLOYMENT_TYPES or is_location(aside.group(1)):
            text = text[: aside.start()] + text[aside.end() :]
    parts = commas(text)
    while len(parts) > 1 and (is_location(parts[-1]) or is_location(", ".join(parts[-2:]))):
        parts = parts[:-2] if len(parts) > 2 and is_location(", ".join(parts[-2:])) else parts[:-1]
    return ", ".join(parts).strip(" ,;|–—-:·•")


def _one(text: str) -> Heading:
    """A header that is one phrase: "Title at Company", "Title, Company, City", "Company, Title" or only one of them."""
    at = _AT.search(text)
    if at and at.start() > 2:
        return Heading(_clean_title(text[: at.start()]), clean_company(text[at.end() :]))
    parts = [part for part in commas(text) if fold(part) not in EMPLOYMENT_TYPES] or [text]
    while len(parts) > 1 and (is_location(parts[-1]) or is_location(", ".join(parts[-2:]))):
        parts = parts[:-2] if len(parts) > 2 and is_location(", ".join(parts[-2:])) else parts[:-1]
    titled = [_is_title(part) for part in parts]
    if not any(titled):
        firms = [at for at, part in enumerate(parts) if company_score(part) >= 2]
        if len(parts) == 2 and firms == [1]:
            return Heading(_clean_title(parts[0]), clean_company(parts[1]))
        return Heading("", clean_company(", ".join(parts)))
    first = titled.index(True)
    if first > 0:
        return Heading(_clean_title(", ".join(parts[first:])), clean_company(", ".join(parts[:first])))
    companies = [at for at, part in enumerate(parts) if at > 0 and not titled[at] and company_score(part) >= 2]
    others = [at for at in range(1, len(parts)) if not titled[at] and not parts[at][0].islower()]
    # Without a firm among them, "Title, Employer, City" is commoner than "Title, Department, Employer".
    cut = (companies or others[:1] or [len(parts)])[0]
    title = _clean_title(", ".join(parts[:cut]))
    company = clean_company(", ".join(parts[cut:]))
    if not company and (freelance := _FREELANCE.search(title)):
        company = freelance.group().capitalize()
    return Heading(title, company, guessed=bool(company) and not companies)


def _is_title(part: str) -> bool:
    return title_score(part) >= max(2, company_score(part)) and not _INCORPORATED.search(part)


def _many(segments: list[tuple[int, str]]) -> Heading:
    """A header of several phrases, on one line or more."""
    best = max(range(len(segments)), key=lambda at: (_lead(segments[at][1]), -at))
    if _lead(segments[best][1]) <= 0:
        # Nothing reads like a title: the one that reads like an employer is it, else the title stands first.
        firm = max(range(len(segments)), key=lambda at: (company_score(segments[at][1]), at))
        other = next(at for at in range(len(segments)) if at != firm)
        best = other if company_score(segments[firm][1]) else 0
        if company_score(segments[best][1]) >= 2:  # two employers, or an employer and a department of it
            return Heading("", clean_company(segments[firm][1]))
    line, title = segments[best]
    at = _AT.search(title)
    if at and title_score(title[: at.start()]) >= 2:
        return Heading(_clean_title(title[: at.start()]), clean_company(title[at.end() :]))
    others = [(number, text) for position, (number, text) in enumerate(segments) if position != best]
    number, company = max(
        enumerate(others),
        key=lambda item: (
            2 * company_score(item[1][1]) - 2 * title_score(item[1][1]) + (1 if item[1][0] != line else 0),
            -item[0],
        ),
    )[1]
    parts = commas(title)
    if title_score(company) >= 2 and company_score(company) < 2 and len(parts) > 1 and title_score(parts[0]) >= 2:
        # Both phrases are titles: the company hides behind a comma of the first.
        return _one(title)
    return Heading(_clean_title(title), clean_company(company), number != line)


def _lead(text: str) -> int:
    return title_score(text) - company_score(text) if title_score(text) >= 2 else 0


def _score(text: str, words: frozenset[str]) -> int:
    best = 0
    for part in re.split(r"[,(|/:]|\s(?:-|–|—)\s", text):
        found = _folded_words(part)
        while len(found) > 1 and (found[-1] in TITLE_HEADS_LATE or found[-1].isdigit()):
            found.pop()
        if not found:
            continue
        if words is TITLE_WORDS:
            found = [_umlauts(word) for word in found]
            if found[0] in TITLES:  # the head of a title stands first in Spanish, French and Portuguese
                best = max(best, 3)
        singular = [word[:-1] if word.endswith("s") and word not in words else word for word in found]
        if singular[-1] in words or (singular[0] in words and found[1:2] in (["of"], ["de"], ["to"], ["for"], ["in"])):
            best = max(best, 3)
        elif any(word in words for word in singular) or (
            words is TITLE_WORDS and any(len(word) > 8 and word.endswith(GERMAN_TITLE_ENDINGS) for word in found)
        ):
            best = max(best, 2)
    return best


def _umlauts(word: str) -> str:
    """A German word without the e that stands for an umlaut: "Verkaeuferin"."""
    if len(word) < 6 or not any(pair in word for pair in ("ae", "oe", "ue")):
        return word
    plain = word.replace("ae", "a").replace("oe", "o").replace("ue", "u")
    return plain if plain in TITLES or plain.endswith(GERMAN_TITLE_ENDINGS) else word


def _folded_words(text: str) -> list[str]:
    return [word.strip(".'’-") if "." not in word[:-1] else word for word in _WORD.findall(fold(text))]


def _segments(line: str) -> list[str]:
    return [
        part for piece in _STRONG.split(line) if (part := piece.strip(" ,;|–—-:·•")) and any(map(str.isalnum, part))
    ]


def _is_aside(text: str) -> bool:
    if fold(text.strip("()[] ")) in EMPLOYMENT_TYPES or (text[0] == "(" and text[-1] == ")"):
        return True
    return is_month(text) or (is_location(text) and not company_in_city(text))


def commas(text: str) -> list[str]:
    """`text` cut at its commas, but not inside parentheses and not before "Inc."."""
    parts: list[str] = []
    depth = start = 0
    for at, char in enumerate(text):
        if char in "([":
            depth += 1
        elif char in ")]":
            depth = max(0, depth - 1)
        elif char == "," and depth == 0:
            parts.append(text[start:at].strip())
            start = at + 1
    parts.append(text[start:].strip())
    joined: list[str] = []
    for part in parts:
        if joined and _SUFFIX.fullmatch(part):
            joined[-1] = f"{joined[-1]}, {part}"
        elif part:
            joined.append(part)
    return joined
