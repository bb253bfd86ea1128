"""Whether a résumé's text supports a keyword, and by which of its own words."""

from __future__ import annotations

import re
from dataclasses import dataclass

from shortlist_providers.rules.education import Study
from shortlist_providers.rules.keywords import Keyword
from shortlist_providers.rules.lines import fold
from shortlist_providers.rules.matching import Index, stems

_NEGATION = re.compile(
    r"\b(?:no|not|never|without|lack(?:s|ing)?|neither|nor|unfamiliar with|none|yet to|learning|planning to"
    r"|interested in|studying for"
    r"|working towards?|sin|kein(?:e|en)?|ohne)\b[^.;,:\n]{0,30}$"
)
_SPELLED = re.compile(
    r"(?<![\w-])((?:[^\W\d_][\w-]{0,30} (?:(?:and|of|the|for|in"
    r"|to) )?){2,6})\(([A-Z][A-Za-z&/]{1,6})s?\)"
)
_DEGREE_LEVELS = (
    (re.compile(r"\b(?:bachelor|undergraduate|b\.?s\.?c?\b|b\.?a\b|degree in|college degree|university degree)"), 1),
    (re.compile(r"\bmaster|\bm\.?s\.?c?\b|\bmba\b|graduate degree"), 2),
    (re.compile(r"\bph\.?d|doctora"), 3),
)
_LEADING_MARK = re.compile(r"^(?:[\W_]+|\s*o\s{1,4}(?=[A-Z])|\s*\d{1,2}[.)]\s)+")
_REACH = 90
"""Most characters of evidence."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A keyword with what the résumé says about it."""

    keyword: Keyword
    evidence: str | None
    """Words of the résumé, white space squeezed; None where it does not support the keyword."""

    @property
    def present(self) -> bool:
        """Whether the résumé supports the keyword."""
        return self.evidence is not None


def check_keywords(
    keywords: list[Keyword], resume: Index, advert_text: str, studies: tuple[Study, ...]
) -> list[Finding]:
    """Every keyword with its evidence."""
    spelled = {**_spelled_out(advert_text), **_spelled_out(resume.text)}
    return [Finding(keyword, _evidence(keyword, resume, spelled, studies)) for keyword in keywords]


def level_of(text: str) -> int:
    """0 to 3: none, bachelor, master, doctor."""
    folded = fold(text)
    return max((level for pattern, level in _DEGREE_LEVELS if pattern.search(folded)), default=0)


def _evidence(keyword: Keyword, resume: Index, spelled: dict[str, str], studies: tuple[Study, ...]) -> str | None:
    names = list(dict.fromkeys([keyword.text, *(keyword.entry.names if keyword.entry else ())]))
    names.extend(spelled[fold(name)] for name in tuple(names) if fold(name) in spelled)
    cased = keyword.entry.cased if keyword.entry else ()
    for name in names:
        exact = name in cased or len(name) <= 2 or (name.isupper() and len(name) <= 4 and name.isalpha())
        if quote := _quote(resume, resume.find(stems(name)), name if exact else None):
            return quote
    loose = keyword.entry is None or not keyword.hard
    if loose and (quote := _quote(resume, resume.find_near(stems(keyword.text)), None)):
        return quote
    if "degree" in fold(keyword.text):
        wanted = level_of(keyword.text)
        return next((study.degree for study in studies if wanted and level_of(study.degree) >= wanted), None)
    return None


def _quote(resume: Index, places: list[tuple[int, int]], exact: str | None) -> str | None:
    """The words around the best place that is not denied: one in a sentence before one in a list."""
    quotes = []
    for first, last in places[:20]:
        begin, finish = resume.tokens[first].begin, resume.tokens[last].finish
        if exact is not None and exact not in (resume.text[begin:finish], resume.text[begin:finish].rstrip("s")):
            continue
        line = resume.text.rfind("\n", 0, begin) + 1
        if _NEGATION.search(fold(resume.text[max(line, begin - 60) : begin])):
            continue
        quotes.append(_snippet(resume.text, begin, finish))
    return max(quotes, key=lambda quote: (quote.count(" ") >= 4, -quotes.index(quote)), default=None)


def _snippet(text: str, begin: int, finish: int) -> str:
    """The line around a match, at most 90 characters and cut between words."""
    low = text.rfind("\n", 0, begin) + 1
    high = text.find("\n", finish)
    high = len(text) if high < 0 else high
    if high - low > _REACH:
        low = max(low, begin - max(0, (_REACH - (finish - begin)) // 2))
        high = min(high, max(finish, low + _REACH))
        while low < begin and low > 0 and not text[low - 1].isspace():
            low += 1
        while high > finish and high < len(text) and not text[high].isspace():
            high -= 1
    quote = _LEADING_MARK.sub("", text[low:begin]) + text[begin:high]
    return " ".join(quote.split())


def _spelled_out(text: str) -> dict[str, str]:
    """Folded acronym -> its expansion and the reverse, where `text` writes "Continuous Integration (CI)"."""
    found: dict[str, str] = {}
    for match in _SPELLED.finditer(text):
        acronym = match.group(2)
        words = match.group(1).split()
        letters = [char for char in acronym.lower() if char.isalpha()]
        heads = [word for word in words if word.lower() not in ("and", "of", "the", "for", "in", "to")]
        if len(heads) >= len(letters) and [word[0].lower() for word in heads[-len(letters) :]] == letters:
            expansion = " ".join(words[words.index(heads[-len(letters)]) :])
            found[fold(acronym)] = expansion
            found[fold(expansion)] = acronym
    return found
