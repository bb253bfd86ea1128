"""The radar and the match score: small formulas over what was found, integers from 0 to 100."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from shortlist_providers.rules.advert import Advert
from shortlist_providers.rules.evidence import Finding, level_of
from shortlist_providers.rules.lines import fold
from shortlist_providers.rules.matching import stems
from shortlist_providers.rules.resume import Resume

_NUMBERS: Final = {
    word: number
    for number, words in enumerate(
        (
            "one uno un une ein einem ein um",
            "two dos deux zwei dois duas",
            "three tres trois drei",
            "four cuatro quatre vier quatro",
            "five cinco cinq funf",
            "six seis sechs",
            "seven siete sept sieben sete",
            "eight ocho huit acht oito",
            "nine nueve neuf neun nove",
            "ten diez dix zehn dez",
        ),
        start=1,
    )
    for word in words.split()
}
_YEARS = re.compile(
    rf"\b(\d{{1,2}}|{'|'.join(sorted(_NUMBERS, key=len, reverse=True))})(?:\s*\+|\s*(?:-|–|to|a|bis)\s*\d{{1,2}}"
    r"|\s+or more|\s+full|\s+o mas|\s+ou plus|\s+ou mais)?[- ]+(?:years?|anos?|ans?|annees?|jahren?|jahr|jahrige)\b"
)
"""Years that a text names, in five languages; over folded text."""
_LEADING = frozenset(
    stems(
        "led managed supervised directed mentored coached headed oversaw trained hired recruited founded"
        " chaired lead manager director"
        " supervisor head chief team staff budget delegated"
    )
)
_SPEAKING = frozenset(
    stems(
        "presented wrote taught trained negotiated advised explained published reported documented"
        " collaborated liaised facilitated"
        " communicated interviewed presentation stakeholders clients customers patients students parents"
        " public interpreted"
    )
)
_MOST_YEARS = 20
DEFAULT_YEARS = 3
"""What an advert that names no years is taken to ask."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Integers from 0 to 100."""

    technical: int
    experience: int
    education: int
    leadership: int
    communication: int
    keyword_match: int
    match: int


def score(resume: Resume, advert: Advert, findings: list[Finding]) -> Scores:
    """All scores.

    keywordMatch = weight of the keywords present / weight of all; 50 where the advert names none.
    technical = the same over named skills, tools and certificates alone; keywordMatch where there are none.
    experience = 70 * min(1, years worked / years asked) + 30 * share of the advert's title that
    stands in the résumé's titles.
    education = 100 where the highest degree reaches the one asked, 60 where it misses it, 20 where none was found
    (70 where none was found and none is asked).
    leadership, communication = 30 + 10 for each different word of leading or speaking in the bullets, at most 100.
    matchScore = 50% keywordMatch + 20% experience + 15% technical + 10% education + 2.5% each of the last two.
    """
    keyword_match = _share(findings)
    hard = [finding for finding in findings if finding.keyword.hard]
    technical = _share(hard) if hard else keyword_match
    experience = _experience(resume, advert)
    education = _education(resume, advert)
    worked = frozenset(stems(" ".join(bullet for role in resume.roles for bullet in (role.title, *role.bullets))))
    leadership = min(100, 30 + 10 * len(worked & _LEADING))
    communication = min(100, 30 + 10 * len(worked & _SPEAKING))
    match = (
        0.5 * keyword_match
        + 0.2 * experience
        + 0.15 * technical
        + 0.1 * education
        + 0.025 * (leadership + communication)
    )
    return Scores(technical, experience, education, leadership, communication, keyword_match, round(match))


def years_worked(resume: Resume) -> float:
    """Years in which at least one role was held; "present" is the latest date that the résumé mentions."""
    now = resume.now()
    spans = sorted(span for role in resume.roles if (span := role.months(now)) is not None)
    months = reached = 0
    for begin, finish in spans:
        months += max(0, finish - max(begin, reached))
        reached = max(reached, finish)
    return months / 12


def _share(findings: list[Finding]) -> int:
    whole = sum(finding.keyword.weight for finding in findings)
    return round(100 * sum(finding.keyword.weight for finding in findings if finding.present) / whole) if whole else 50


def _experience(resume: Resume, advert: Advert) -> int:
    wanted = years_asked(advert) or DEFAULT_YEARS
    held = frozenset(stems(" ".join([resume.headline, *(role.title for role in resume.roles)])))
    title = frozenset(stems(advert.title))
    alike = len(title & held) / len(title) if title else 0.5
    return round(70 * min(1.0, years_worked(resume) / max(1, wanted)) + 30 * alike)


def years_asked(advert: Advert) -> int | None:
    """The most years that the advert asks for, at most 20; None where it names none."""
    asked = [number for ask in advert.asks if ask.weight for number in years_named(ask.text)]
    return max((number for number in asked if number <= _MOST_YEARS), default=None)


def years_named(text: str) -> list[int]:
    """Every number of years in `text`, in figures or words."""
    return [
        _NUMBERS.get(found) or int(found) for found in _YEARS.findall(fold(text)) if _NUMBERS.get(found) or found != "0"
    ]


def _education(resume: Resume, advert: Advert) -> int:
    wanted = max(
        (level_of(ask.text) for ask in advert.asks if "degree" in ask.text.lower() or "master" in ask.text.lower()),
        default=0,
    )
    if not resume.education:
        return 20 if wanted else 70
    held = max(level_of(study.degree) for study in resume.education)
    return 100 if held >= wanted else 60
