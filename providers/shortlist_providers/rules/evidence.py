"""Whether a résumé's text supports a keyword, and by which of its own words."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from shortlist_providers.rules.education import Study
from shortlist_providers.rules.fillers import is_filler
from shortlist_providers.rules.keywords import Keyword
from shortlist_providers.rules.lines import fold
from shortlist_providers.rules.matching import Index, is_denied, stems, ungendered

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
    """Words of the résumé, white space squeezed; None where it does not hold the keyword."""
    denied: bool = False
    """The résumé holds the keyword only to say that it is lacking: present by the letter, but nothing to claim."""

    @property
    def present(self) -> bool:
        """Whether the résumé holds the keyword."""
        return self.evidence is not None

    @property
    def claimable(self) -> bool:
        """Whether it may be named as a strength."""
        return self.present and not self.denied


def check_keywords(
    keywords: list[Keyword], resume: Index, advert_text: str, studies: tuple[Study, ...]
) -> list[Finding]:
    """Every keyword with its evidence.

    A keyword is present where its own words stand in the résumé, be they inflected, hyphenated or written as one, or
    its acronym or expansion where either text says that the two are one. Of a longer name the advert's shorter form
    counts as the keyword where only that is present: "Excel" for "Microsoft Excel".
    """
    spelled = {**_spelled_out(advert_text), **_spelled_out(resume.text)}
    findings: list[Finding] = []
    for keyword in keywords:
        found = _finding(keyword, resume, spelled, studies)
        if not found.present:
            shorter = (_finding(short, resume, spelled, studies) for short in _shorter(keyword))
            found = next((one for one in shorter if one.present), found)
        findings.append(found)
    return findings


def level_of(text: str) -> int:
    """0 to 3: none, bachelor, master, doctor."""
    folded = fold(text)
    return max((level for pattern, level in _DEGREE_LEVELS if pattern.search(folded)), default=0)


def _shorter(keyword: Keyword) -> list[Keyword]:
    """The keyword under those of its known names that are a part of it as the advert writes it."""
    names = keyword.entry.names if keyword.entry else ()
    whole = stems(keyword.text)
    found = []
    for name in names:
        at = fold(keyword.text).find(fold(name))
        if at >= 0 and len(stems(name)) < len(whole):
            found.append(replace(keyword, text=keyword.text[at : at + len(name)]))
    return found


def _finding(keyword: Keyword, resume: Index, spelled: dict[str, str], studies: tuple[Study, ...]) -> Finding:
    names = list(dict.fromkeys((keyword.text, ungendered(keyword.text))))
    names.extend(spelled[fold(name)] for name in tuple(names) if fold(name) in spelled)
    cased = keyword.entry.cased if keyword.entry else ()
    denied: str | None = None
    for name in names:
        exact = name in cased or len(name) <= 2 or (name.isupper() and len(name) <= 4 and name.isalpha())
        sure, unsure = _quotes(resume, resume.find(stems(name)), name if exact else None)
        if sure:
            return Finding(keyword, sure)
        denied = denied or unsure
    if denied:
        return Finding(keyword, denied, denied=True)
    sure, unsure = _quotes(resume, resume.find_near(ungendered(keyword.text)), None)
    if sure or unsure:
        return Finding(keyword, sure or unsure, denied=not sure)
    wanted = level_of(keyword.text) if "degree" in fold(keyword.text) else 0
    return Finding(keyword, next((one.degree for one in studies if wanted and level_of(one.degree) >= wanted), None))


def _quotes(resume: Index, places: list[tuple[int, int]], exact: str | None) -> tuple[str | None, str | None]:
    """The words around the best place that is not denied (in a sentence before in a list), and around one that is."""
    sure: list[str] = []
    denied: str | None = None
    for first, last in places[:20]:
        begin, finish = resume.tokens[first].begin, resume.tokens[last].finish
        if exact is not None and exact not in (resume.text[begin:finish], resume.text[begin:finish].rstrip("s")):
            continue
        snippet = _snippet(resume.text, begin, finish)
        if is_filler(snippet):
            snippet = " ".join(resume.text[begin:finish].split())
        if is_denied(resume.text, begin):
            denied = denied or snippet
        else:
            sure.append(snippet)
    return max(sure, key=lambda quote: (quote.count(" ") >= 4, -sure.index(quote)), default=None), denied


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
