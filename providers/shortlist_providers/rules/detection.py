"""job_detection: whether a text is a job post, whether one can apply by it, and if not, why."""

from __future__ import annotations

import re
from typing import Any

from shortlist_providers.rules.advert import Advert, parse_advert
from shortlist_providers.rules.advert_words import DUTIES, PREFERRED, REQUIRED, TITLE_LABEL
from shortlist_providers.rules.dates import find_spans
from shortlist_providers.rules.detection_words import (
    APPLIES,
    ASKS,
    CLOSED,
    CUT_OFF,
    LETTER,
    OFFERS,
    OTHER,
    RESUME,
    SEVERAL,
    SPEAKS_TO,
    SUSPICIOUS,
    TERMS,
)
from shortlist_providers.rules.header import company_score, title_score
from shortlist_providers.rules.language import common_share
from shortlist_providers.rules.lines import Line, fold, squeeze, to_lines
from shortlist_providers.rules.matching import stems
from shortlist_providers.rules.pay import base_salary
from shortlist_providers.rules.reading import Profile
from shortlist_providers.rules.sections import heading_kind

_READ = 15_000
"""Characters that are looked at."""
_POST = 4
"""Signs that make a post."""
_MOST_OF_A_SIGN = 3
_VOWEL = re.compile(r"[aeiouy]")
_WORD = re.compile(r"[^\W\d_]{3,}")
_BROKEN = re.compile("\ufffd|Ã.|Â.|â€.?|&#\\d{2,5};")
_FEW_WORDS = 12


def job_detection(text: str, profile: Profile) -> dict[str, Any]:
    """The judgement of one text. `keywords` only asks whether a position and something of it can be read."""
    read = text[:_READ]
    if _unreadable(read):
        return _answer(is_post=False, reason="unreadable", margin=3)
    advert = parse_advert(read)
    if profile == "keywords":
        found = bool(advert.title and advert.asks)
        return _answer(is_post=found, reason=None if found else "not_a_job_post", margin=0)
    post, other = _signs_of_a_post(advert), _signs_of_others(advert)
    if post < _POST or post <= other:
        return _answer(is_post=False, reason="not_a_job_post", margin=other + max(0, _POST - post))
    return _answer(is_post=True, reason=_fault(advert), margin=post - other - _POST)


def _answer(*, is_post: bool, reason: str | None, margin: int) -> dict[str, Any]:
    """`margin` counts the signs beyond what it took; each adds a little to 0.6."""
    return {
        "isJobPost": is_post,
        "isValid": is_post and reason is None,
        "reason": reason,
        "confidence": round(min(0.95, 0.6 + 0.05 * max(0, margin)), 2),
    }


def _signs_of_a_post(advert: Advert) -> int:
    """Offers, ways to apply, terms, what is asked, and a position at the top."""
    folded = fold(advert.text)
    score = sum(_count(pattern, folded) for pattern in (OFFERS, SPEAKS_TO, ASKS))
    score += min(2, _count(APPLIES, folded)) + min(2, _count(TERMS, folded))
    score += 2 if advert.title else 0
    score += 1 if base_salary(advert.text) is not None else 0
    score += min(2, _count(SUSPICIOUS, folded)) if OFFERS.search(folded) else 0  # a fraud offers work as well
    return score + len({ask.section for ask in advert.asks} & {REQUIRED, DUTIES, PREFERRED})


def _signs_of_others(advert: Advert) -> int:
    """A résumé's headings and dated roles, a letter's phrases, and the words of recipes, shops, articles and papers."""
    folded = fold(advert.text)
    lines = to_lines(advert.text)
    kinds = {kind for line in lines if len(line.text) <= 60 and (kind := heading_kind(line.text))}
    score = 4 if {"experience", "education"} <= kinds else 0
    ranges = sum(
        1 for line in lines[:200] if len(line.text) <= 160 and any(span.is_range for span in find_spans(line.text))
    )
    score += 4 if ranges >= 2 else 0
    score += 2 * _count(RESUME, folded) + 2 * _count(LETTER, folded) + 2 * _count(OTHER, folded)
    return score + (2 if re.search(r"\b(?:i|my|me)\b", folded) and len(re.findall(r"\bi\b", folded)) >= 4 else 0)


def _count(pattern: re.Pattern[str], folded: str) -> int:
    """How many different signs of one kind there are, at most three."""
    found: set[str] = set()
    for match in pattern.finditer(folded):
        found.add(match.group())
        if len(found) == _MOST_OF_A_SIGN:
            break
    return len(found)


def _fault(advert: Advert) -> str | None:
    """Why one cannot apply by a post; in the order that the task gives."""
    folded = fold(advert.text)
    if _count(SUSPICIOUS, folded) >= (1 if not advert.company else 2) or _count(SUSPICIOUS, folded) >= 2:
        return "suspicious"
    if CLOSED.search(folded):
        return "closed"
    several = SEVERAL.search(folded) is not None
    titles = _titles(to_lines(advert.text), bullets=several)
    if len(titles) >= 3 or (len(titles) >= 2 and several) or len(TITLE_LABEL.findall(folded)) >= 3:
        return "several_jobs"
    bare = not any(ask.section in (REQUIRED, DUTIES, PREFERRED) for ask in advert.asks)
    words = len(folded.split())
    if (
        CUT_OFF.search(folded.rstrip()[-400:])
        or words < _FEW_WORDS
        or (bare and words < 4 * _FEW_WORDS and not ASKS.search(folded))
    ):
        return "incomplete"
    return None


def _titles(lines: tuple[Line, ...], *, bullets: bool) -> set[tuple[str, ...]]:
    """Different positions that have a line of their own at the top of a block, or a bullet where these count."""
    found: set[tuple[str, ...]] = set()
    for at, line in enumerate(lines[:150]):
        opens = line.blank_before or line.level > 0 or line.bold or (bullets and line.bullet) or at == 0
        name = re.split(r"\s+[–—|-]\s+|[(:,]", squeeze(line.text))[0]
        short = 1 <= len(name.split()) <= 5 and len(line.text) <= 90 and line.text[-1] not in ".;!?"
        if opens and short and not name[0].islower() and title_score(name) >= 3 and company_score(name) < 2:
            found.add(stems(name))
    return found


def _unreadable(text: str) -> bool:
    """No words, broken encoding, or words that no language has."""
    words = _WORD.findall(fold(text))
    if not words:
        return True
    if len(_BROKEN.findall(text)) > 0.08 * len(text.split()):
        return True
    ascii_words = [word for word in words if word.isascii()]
    spoken = sum(1 for word in ascii_words if _VOWEL.search(word) and len(word) <= 24)
    if len(ascii_words) >= 10 and spoken < 0.7 * len(ascii_words):
        return True
    letters = sum(map(str.isalpha, text)) / max(1, sum(not char.isspace() for char in text))
    return letters < 0.55 or (len(ascii_words) >= 25 and common_share(text) < 0.04)
