"""A job advert as weighed sentences: who hires, for what, and what is really asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass

from shortlist_providers.rules.advert_words import (
    BOILERPLATE,
    DUTIES,
    HEADINGS,
    HIRING,
    MARKS_OF_SEX,
    NOTHING,
    PLAIN,
    PREFERRED,
    REQUIRED,
    TITLE_END,
    TITLE_LABEL,
    WANTED,
    WISHED,
)
from shortlist_providers.rules.bullets import sentences
from shortlist_providers.rules.fillers import INJECTION
from shortlist_providers.rules.foreign_words import STOPWORDS as FOREIGN_STOPWORDS
from shortlist_providers.rules.header import clean_company, is_location, title_score
from shortlist_providers.rules.lines import Line, clean_text, fold, squeeze, to_lines
from shortlist_providers.rules.top import read_top
from shortlist_providers.rules.words import NOT_A_COMPANY, STOPWORDS

_COMPANY = re.compile(
    r"(?:^|\n)\s*(?i:company|employer|organi[sz]ation|client|empresa|entreprise|société|employeur|unternehmen"
    r"|arbeitgeber|firma)\s*:\s*(?P<label>[^\n]{2,60})"
    r"|(?:^|\n)[ \t#*]*[Aa]bout\s+(?P<about>(?!the\b|us\b|you\b|this\b|our\b|role\b|job\b)[^\W\d_a-z][^\n:.,]{1,50})"
    r"|\b(?:join|at|with|for)\s+(?P<at>(?:[A-Z][\w&'’.-]*[ ]?(?:of |de |and |& )?){1,5}),?\s+(?:as\b|you\b"
    r"|we\b|you'll\b|is\b|our\b)"
    r"|(?:^|\n|[.!?]\s+)(?P<is>(?:[A-Z][\w&'’.-]*[ ]?(?:of |de |and |& )?){1,5})\s+(?:is|makes|builds|seeks"
    r"|provides|operates|has been|runs|"
    r"is (?:looking|hiring|seeking|a|an)|are)\b"
    r"|(?:^|\n)(?P<opens>(?:[A-ZÀ-Þ][\w&'’-]*[ ](?:(?:of|de|du|des|da|do|and|y|und|et|&|la|le|les|el"
    r"|for) )*){2,6})(?=[a-zà-ÿ]{2,})"
    r"|\b(?:En|Em|Bei|Chez|Na|No)\s+(?P<among>(?:[A-ZÀ-Þ][\w&'’.-]*[ ]?(?:of |de |du |y |& )?){1,5}),?\s+(?=[a-zà-ÿ])"
)
_WORTH = {"label": 9, "about": 5, "is": 2, "at": 3, "opens": 3, "among": 3}
"""What each way of naming the employer counts."""
_READ = 6000
"""Characters in which the position and the employer are looked for."""
_TELLS = re.compile(r"\b(?:you|Sie|du|vous|você|usted)\b[^:]{0,120}:$")
"""A sentence to the reader that opens a list."""
_FULL_LINE = 50
"""Characters of a line that may have been broken by its width."""
_LONGEST = 1500
"""Characters of a paragraph, above which a further line starts a new one."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One sentence of the advert with what it counts."""

    text: str
    weight: float
    section: float = PLAIN
    """What its section is for; `weight` may be more where the sentence itself says so."""
    item: bool = False
    """It is a bullet, or a part of one."""


@dataclass(frozen=True, slots=True)
class Advert:
    """What a job advert says. An empty title, company or place was not found."""

    title: str
    company: str
    place: str
    asks: tuple[Ask, ...]
    text: str
    injected: bool


def parse_advert(text: str) -> Advert:
    """The advert's title, employer and weighed sentences."""
    clean = clean_text(text)
    lines = [line for line in to_lines(clean) if not INJECTION.search(line.text)]
    spoken = _company(clean[:_READ])
    top = read_top(lines, clean, spoken)
    company = top.company or ("" if top.agency else spoken)
    title = top.title or _title("\n".join(line.text for line in lines)[:_READ])
    injected = INJECTION.search(clean) is not None
    return Advert(title, company, top.place, tuple(_asks(lines, top.used)), clean, injected)


@dataclass(slots=True)
class _Held:
    """What a line says, until it is known whether the next one goes on with it."""

    text: str = ""
    item: bool = False
    last: int = 0
    """Characters of its last line."""


def _asks(lines: list[Line], used: int) -> list[Ask]:
    asks: list[Ask] = []
    weight, inline, listed = PLAIN, False, False
    held = _Held()
    for line in lines[used:]:
        text = squeeze(line.text)
        found = _section_weight(line)
        if found is not None:
            asks.extend(_weighed(held, weight))
            weight, text = found
            held, inline, listed = _Held(text), bool(text), False
            continue
        if _goes_on(held, text, line):
            held.text, held.last = f"{held.text} {text}", len(text)
            continue
        asks.extend(_weighed(held, weight))
        if line.blank_before and not line.bullet and (inline or listed) and weight != NOTHING:
            weight = PLAIN  # a paragraph behind a list, or behind "Preferred: …", is of no section
        inline, listed = inline and line.bullet, listed or line.bullet
        held = _Held(text, line.bullet, len(text))
    asks.extend(_weighed(held, weight))
    return asks


def _goes_on(held: _Held, text: str, line: Line) -> bool:
    """Whether a line is the wrapped end of what is held: a short line was not broken by its width."""
    if not held.text or len(held.text) >= _LONGEST or line.bullet or line.blank_before:
        return False
    return text[0].islower() or (held.text[-1] not in ".!?:;" and held.last >= _FULL_LINE)


def _weighed(held: _Held, weight: float) -> list[Ask]:
    found = []
    for sentence in [part for whole in sentences(held.text) for part in re.split(r";\s+", whole[:_LONGEST])]:
        folded = fold(sentence)
        if BOILERPLATE.search(folded):
            continue
        own = section = weight
        if WISHED.search(folded) and weight != NOTHING:
            own = section = PREFERRED
        elif WANTED.search(folded):
            own = max(weight, REQUIRED)
        found.append(Ask(sentence, own, section, held.item))
    return found


def _section_weight(line: Line) -> tuple[float, str] | None:
    """The weight that a heading gives to what follows, and what stands behind its colon; else None."""
    text = line.text
    if not line.bullet and _TELLS.search(text) and len(text) <= 160:
        return DUTIES, ""
    if line.bullet or (len(text) > 60 and ":" not in text[:50]):
        return None
    name, colon, rest = text.partition(":")
    headed = line.level > 0 or line.bold or bool(colon) or text.isupper()
    headed = headed or (line.blank_before and text[-1] not in ".!?,;" and len(text.split()) <= 7)
    if not headed or len(name) > 50 or (colon and rest.strip() and len(name.split()) > 3):
        return None
    folded = fold(name).replace("’", "'")
    for pattern, weight in HEADINGS:
        if pattern.search(folded):
            return weight, rest.strip()
    return (PLAIN, rest.strip()) if line.level or text.isupper() else None


def _company(text: str) -> str:
    counts: dict[str, int] = {}
    for match in _COMPANY.finditer(text):
        kind = match.lastgroup or ""
        name = squeeze(match.group(kind)).strip(" .,:;-–—*#")
        if _plausible(name):
            counts[name] = counts.get(name, 0) + _WORTH[kind]
    if not counts:
        return ""
    best = max(counts, key=lambda name: (counts[name] + text.count(name), len(name)))
    return clean_company(best)


def _plausible(name: str) -> bool:
    words = name.split()
    return (
        bool(words)
        and len(words) <= 7
        and fold(words[0]) not in NOT_A_COMPANY
        and fold(words[0]) not in STOPWORDS
        and fold(words[0]) not in FOREIGN_STOPWORDS
        and title_score(name) < 3
        and not is_location(name)
        and name[0].isupper()
    )


def _title(text: str) -> str:
    folded = fold(text)
    for pattern in (TITLE_LABEL, HIRING):
        for match in pattern.finditer(folded):
            whole = text[match.start(1) : match.end(1)]
            end = TITLE_END.search(match.group(1))
            part = MARKS_OF_SEX.sub("", whole[: end.start()] if end else whole).strip(" *:,-–—")
            if title_score(part) >= 2:
                return part
    return ""
