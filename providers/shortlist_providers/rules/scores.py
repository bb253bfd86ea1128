"""The radar and the match score: small formulas over what was found, integers from 0 to 100."""

from __future__ import annotations

import re
from dataclasses import dataclass

from shortlist_providers.rules.advert import Advert
from shortlist_providers.rules.evidence import Finding, level_of
from shortlist_providers.rules.lines import fold
from shortlist_providers.rules.matching import stems
from shortlist_providers.rules.resume import Resume

_YEARS = re.compile(
    r"\b(\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten)(?:\s*\+|\s*(?:-|–|to)\s*\d{1,2}"
    r"|\s+or more)?\s+years?\b"
)
_NUMBERS = {
    word: at
    for at, word in enumerate("zero one two three four five six seven eight nine ten".split())  # noqa: SIM905 - reads better than a list
}
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
    asked = [number for ask in advert.asks if ask.weight for number in _years(ask.text)]
    wanted = max((number for number in asked if number <= 20), default=DEFAULT_YEARS)
    held = frozenset(stems(" ".join([resume.headline, *(role.title for role in resume.roles)])))
    title = frozenset(stems(advert.title))
    alike = len(title & held) / len(title) if title else 0.5
    return round(70 * min(1.0, years_worked(resume) / max(1, wanted)) + 30 * alike)


def _years(text: str) -> list[int]:
    return [
        _NUMBERS.get(found, 0) or int(found)
        for found in _YEARS.findall(fold(text))
        if found in _NUMBERS or found.isdigit()
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
