"""A job advert as weighed sentences: who hires, for what, and what is really asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass

from shortlist_providers.rules.bullets import sentences
from shortlist_providers.rules.fillers import INJECTION
from shortlist_providers.rules.header import clean_company, company_score, is_location, title_score
from shortlist_providers.rules.lines import Line, clean_text, fold, squeeze, to_lines
from shortlist_providers.rules.words import NOT_A_COMPANY

REQUIRED, DUTIES, PREFERRED, PLAIN, NOTHING = 3.0, 2.0, 2.5, 1.0, 0.0
"""Weights of a sentence by what its section is for."""
_SECTIONS: tuple[tuple[str, float], ...] = (
    (
        r"about (?!you|the (?:role|job|position|opportunity|work)|this)|benefits|perks|we offer"
        r"|what you get|you get|you'll get|in return|compensation|salary|pay\b|equal"
        r"|eeo|diversity|inclusion"
        r"|how to apply|apply|application|about us|about the (?:company|firm|team|hospital|school)|who we are"
        r"|our (?:company|story|values"
        r"|mission|culture)|the fine print|wir bieten|ofrecemos|nous offrons|basic information"
        r"|additional information|legal|notice"
        r"|schedule|hours|the offer|to apply|why (?:us|join|work)|the deal|package|next steps|contact",
        NOTHING,
    ),
    (
        r"preferred|nice to have|nice-to-have|bonus|desirable|a plus|pluses|advantage|would be great|it helps"
        r"|ideally|even better"
        r"|von vorteil|wunschenswert|deseable|valorable|souhaite|extra points|optional|not required",
        PREFERRED,
    ),
    (
        r"requirement|required|must|qualification|you bring|you have|you'll need|you will need|you need"
        r"|need from you|your profile|profile"
        r"|looking for|skills|experience|essential|minimum|who you are|about you|ideal candidate|credentials"
        r"|eligib|what we need|you are"
        r"|anforderungen|dein profil|ihr profil|requisitos|perfil|profil recherche|competences|what it takes"
        r"|the person|expect from you",
        REQUIRED,
    ),
    (
        r"responsib|duties|you will do|you'll do|you do|the role|the job|the work|your tasks|tasks|day to day"
        r"|day-to-day|objectives"
        r"|what you|role summary|job description|position summary|aufgaben|funciones|responsabilidades"
        r"|missions|summary|overview|you will",
        DUTIES,
    ),
)
_HEADINGS = tuple((re.compile(rf"(?:{pattern})"), weight) for pattern, weight in _SECTIONS)
_BOILERPLATE = re.compile(
    r"equal[- ](?:opportunity|employment)|affirmative action|regardless of|without regard to"
    r"|does not discriminate|discriminat"
    r"|reasonable accommodation|401\s?\(k\)|\bdental\b|\bpto\b|paid (?:time off|leave|holidays?)"
    r"|parental leave|health insurance"
    r"|sign-?on bonus|days of (?:vacation|holiday|leave)|weeks of vacation|background check|drug[- ]screen"
    r"|e-verify|salary (?:range|of)"
    r"|[$£€]\s?\d[\d,.]*\s?k?\s?(?:-|–|to)\s?[$£€]?\s?\d|please (?:send|apply|submit)|apply (?:by|at|through"
    r"|via)|send (?:us )?(?:your|a) (?:cv|resume)"
    r"|tuition|relocation (?:help|support|is|assistance)|pension|veterans|cover letter|we (?:offer|pay)\b"
    r"|americans with disabilities act|rehabilitation act|\bbenefits\b|free (?:lunch|parking)",
    re.IGNORECASE,
)
_WANTED = re.compile(r"\b(?:must|required?|requires|essential|minimum|at least|need(?:ed)?|mandatory)\b", re.IGNORECASE)
_WISHED = re.compile(
    r"\b(?:preferred|a plus|nice to have|bonus|ideally|desirable|an advantage|helps if|welcome|helpful)\b",
    re.IGNORECASE,
)
_COMPANY = re.compile(
    r"(?:^|\n)\s*(?i:company|employer|organi[sz]ation|client|empresa|entreprise"
    r"|unternehmen)\s*:\s*(?P<label>[^\n]{2,60})"
    r"|(?:^|\n)[ \t#*]*[Aa]bout\s+(?P<about>(?!the\b|us\b|you\b|this\b|our\b|role\b|job\b)[^\W\d_a-z][^\n:.,]{1,50})"
    r"|\b(?:join|at|with|for)\s+(?P<at>(?:[A-Z][\w&'’.-]*[ ]?(?:of |de |and |& )?){1,5}),?\s+(?:as\b|you\b"
    r"|we\b|you'll\b|is\b|our\b)"
    r"|(?:^|\n|[.!?]\s+)(?P<is>(?:[A-Z][\w&'’.-]*[ ]?(?:of |de |and |& )?){1,5})\s+(?:is|makes|builds|seeks"
    r"|provides|operates|has been|runs|"
    r"is (?:looking|hiring|seeking|a|an)|are)\b"
)
_LONGEST = 1500
"""Characters of a paragraph, above which a further line starts a new one."""
_TOP_BREAK = re.compile(r"\s+[|•·~]\s+|\s+(?:–|—|-|@)\s+|\s+at\s+(?=[A-Z])|\s{2,}|,\s+(?=[A-Z])")
_TITLE_LABEL = re.compile(
    r"(?:job title|position(?: title)?|title|role|vacancy|puesto|poste|stelle)\s*:\s*(.{3,90})", re.IGNORECASE
)
_EMPLOYER_LABEL = re.compile(
    r"(?:company|employer|organi[sz]ation|client|empresa|entreprise|unternehmen)\s*:\s*(?=\w)", re.IGNORECASE
)
_ANNOUNCED = re.compile(
    r"(?:job posting|job ad|vacancy|now hiring|we are hiring|hiring)\s*[:!-]\s*(?=\w)", re.IGNORECASE
)
_HIRING = re.compile(
    r"\b(?:looking for|seeking|hiring|recruiting|in need of|needs?|to hire)\s+(?:an?|our(?: next)?"
    r"|the)\s+([^.,;:\n]{3,60})",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Ask:
    """One sentence of the advert with what it counts."""

    text: str
    weight: float


@dataclass(frozen=True, slots=True)
class Advert:
    """What a job advert says. An empty title or company was not found."""

    title: str
    company: str
    asks: tuple[Ask, ...]
    text: str
    injected: bool


def parse_advert(text: str) -> Advert:
    """The advert's title, employer and weighed sentences."""
    clean = clean_text(text)
    lines = [line for line in to_lines(clean) if not INJECTION.search(line.text)]
    title, company, used = _opening(lines)
    company = company or _company(clean[:6000])
    title = title or _title("\n".join(line.text for line in lines)[:6000])
    return Advert(title, company, tuple(_asks(lines, used)), clean, INJECTION.search(clean) is not None)


def _asks(lines: list[Line], used: int) -> list[Ask]:
    asks: list[Ask] = []
    weight = PLAIN
    held = ""
    for line in lines[used:]:
        text = squeeze(line.text)
        found = _section_weight(line)
        if found is not None:
            asks.extend(_weighed(held, weight))
            held = ""
            weight, _, rest = found[0], None, found[1]
            text = rest
            if not text:
                continue
        if (
            held
            and len(held) < _LONGEST
            and not line.bullet
            and not line.blank_before
            and (text[0].islower() or held[-1] not in ".!?:;")
        ):
            held = f"{held} {text}"
            continue
        asks.extend(_weighed(held, weight))
        held = text
    asks.extend(_weighed(held, weight))
    return asks


def _weighed(text: str, weight: float) -> list[Ask]:
    found = []
    for sentence in [part for whole in sentences(text) for part in re.split(r";\s+", whole[:_LONGEST])]:
        if _BOILERPLATE.search(sentence):
            continue
        own = weight
        if _WISHED.search(sentence) and weight != NOTHING:
            own = PREFERRED
        elif _WANTED.search(sentence):
            own = max(weight, REQUIRED)
        found.append(Ask(sentence, own))
    return found


def _section_weight(line: Line) -> tuple[float, str] | None:
    """The weight that a heading gives to what follows, and what stands behind its colon; else None."""
    text = line.text
    if line.bullet or (len(text) > 60 and ":" not in text[:50]):
        return None
    name, colon, rest = text.partition(":")
    headed = line.level > 0 or line.bold or bool(colon) or text.isupper()
    headed = headed or (line.blank_before and text[-1] not in ".!?,;" and len(text.split()) <= 7)
    if not headed or len(name) > 50 or (colon and rest.strip() and len(name.split()) > 3):
        return None
    folded = fold(name).replace("’", "'")
    for pattern, weight in _HEADINGS:
        if pattern.search(folded):
            return weight, rest.strip()
    if line.level or text.isupper():
        return PLAIN, rest.strip()
    return None


def _opening(lines: list[Line]) -> tuple[str, str, int]:
    """Title and company of the first lines, with how many of them were used."""
    title = company = ""
    used = 0
    for at, line in enumerate(lines[:3]):
        text = squeeze(line.text)
        announced = _ANNOUNCED.match(text)
        text = text[announced.end() :] if announced else text
        if len(text) > 130 or line.bullet or (text[-1] in ".!?" and len(text.split()) > 8):
            break
        # A first line such as "Benefits Manager" is no heading of the benefits.
        named = announced or _TITLE_LABEL.match(text) or (at == 0 and any(title_score(p) >= 3 for p in _parts(text)))
        if text.lower().startswith("about ") or (not named and _section_weight(line)):
            break
        if employer := _EMPLOYER_LABEL.match(text):
            company = company or clean_company(text[employer.end() :])
            continue
        label = _TITLE_LABEL.match(text)
        told = False
        for part in _parts(label.group(1) if label else text):
            if is_location(part) or not part:
                told = True
            elif not title and title_score(part) >= 2 and title_score(part) >= company_score(part):
                title, told = part, True
            elif not company and title and _may_employ(part) and (at > 0 or company_score(part) >= 2):
                company, told = clean_company(part), True
        if told or text[-1] not in ".!?":
            used = at + 1
    return _plain_case(title.strip(" :,-")), company, used if title else 0


def _parts(text: str) -> list[str]:
    """The phrases of a line at the top of an advert, without what stands in parentheses."""
    return _TOP_BREAK.split(re.sub(r"\s*\([^()]*\)", "", text))


def _may_employ(part: str) -> bool:
    """Whether a phrase behind the title can be the employer's name."""
    return title_score(part) < 2 and _plausible(part) and (part[-1] not in ".!?" or company_score(part) > 0)


def _plain_case(title: str) -> str:
    """A title in capitals as a title; abbreviations keep theirs."""
    if not title.isupper() or len(title.split()) < 2:
        return title
    return " ".join(word if len(word) <= 3 else word.capitalize() for word in title.split())


def _company(text: str) -> str:
    counts: dict[str, int] = {}
    for match in _COMPANY.finditer(text):
        kind = match.lastgroup or ""
        name = squeeze(match.group(kind)).strip(" .,:;-–—*#")
        if _plausible(name):
            counts[name] = counts.get(name, 0) + {"label": 9, "about": 5, "is": 2, "at": 3}[kind]
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
        and not is_location(name)
        and name[0].isupper()
    )


def _title(text: str) -> str:
    for pattern in (_TITLE_LABEL, _HIRING):
        for match in pattern.finditer(text):
            part = re.split(r"\s+(?:to|who|with|for|at|in|on|and)\s+|\*", match.group(1))[0].strip(" *:,-")
            if title_score(part) >= 2:
                return part
    return ""
