"""recruiter_lens: a verdict, the concerns that the two texts prove, and questions."""

from __future__ import annotations

import re
from typing import Any, Final

from shortlist_providers.rules.dates import Point, find_spans
from shortlist_providers.rules.education import names_schooling
from shortlist_providers.rules.extraction import seniority_of
from shortlist_providers.rules.fillers import plainly
from shortlist_providers.rules.lines import fold
from shortlist_providers.rules.match import lacking
from shortlist_providers.rules.matching import loose_foreign_stem, tokenize
from shortlist_providers.rules.phrases import enumerated, say
from shortlist_providers.rules.reading import Profile, Reading
from shortlist_providers.rules.roles import Role
from shortlist_providers.rules.scores import years_asked, years_worked
from shortlist_providers.rules.timeline import backwards, gaps, overlaps, short_stays
from shortlist_providers.rules.words import SENIORITY, STOPWORDS

_MOST_CONCERNS, _MOST_QUESTIONS = 6, 5
_MOST_NAMED = 3
_STAYS = re.compile(
    r"\b(?:(?:not|no|un)(?:t| |-)?(?:willing|able|open|available)? ?(?:to )?(?:relocat\w+|move\b)|cannot relocate"
    r"|no relocation"
    r"|remote (?:only|work only)|only remote|solo remoto|sin disponibilidad (?:para viajar|geografica)"
    r"|kein(?:e)? umzug|umzug nicht moglich|pas de mobilite|pas mobile|teletravail (?:uniquement|seulement)"
    r"|sem disponibilidade (?:para viagens|geografica|para mudanca)|nao disponivel para mudanca)"
)
_AWAY: Final = re.compile(
    r"\b(?:remote|remoto|teletravail|teletrabajo|homeoffice|home office|hybrid\w*|hibrido|a distancia)\b"
)
_LEVELS: Final = {"intern": 0, "entry": 1, "mid": 2, "senior": 3, "lead": 3, "executive": 5}
_MUCH, _LITTLE = 10, 0.4
"""Years that are far too many for a beginner's job, and the share of the years asked that is far too few."""
Concern = tuple[str, str]
"""Kind and detail."""


def recruiter_lens(reading: Reading, profile: Profile) -> dict[str, Any]:
    """The recruiter's view of one pair."""
    verdict = _verdict(reading)
    concerns = _concerns(reading) if profile == "full" else []
    return {
        "verdict": verdict,
        "summary": plainly(_summary(reading, verdict)),
        "concerns": [{"kind": kind, "detail": plainly(detail)} for kind, detail in concerns[:_MOST_CONCERNS]],
        "questions": [plainly(question) for question in _questions(reading, full=profile == "full")],
    }


def _verdict(reading: Reading) -> str:
    """By the weight of the keywords that are required and shown, and by the match as a whole."""
    if not reading.resume.text.strip():
        return "reject"
    required = [one for one in reading.findings if one.keyword.required] or reading.findings
    whole = sum(one.keyword.weight for one in required)
    shown = sum(one.keyword.weight for one in required if one.claimable) / whole if whole else 0.5
    if shown >= 0.6 and reading.scores.match >= 50:
        return "interview"
    return "reject" if shown < 0.2 and reading.scores.match < 40 else "maybe"


def _summary(reading: Reading, verdict: str) -> str:
    language = reading.language
    shown = [one.keyword.text for one in reading.findings if one.claimable][:5]
    missing = [one.keyword.text for one in lacking(reading.findings)][:5]
    return " ".join(
        (
            say(language, "lens_for", shown=enumerated(language, shown) or say(language, "lens_nothing")),
            say(language, "lens_against", lacking=enumerated(language, missing) or say(language, "lens_no_lack")),
            say(language, verdict),
        )
    )


def _concerns(reading: Reading) -> list[Concern]:
    """Each kind once, the weightiest first."""
    resume, language = reading.resume, reading.language
    if not resume.text.strip():
        return [("missing_requirement", say(language, "lens_nothing"))]
    now = today(reading)
    found: list[Concern] = []
    missing = [one.keyword.text for one in lacking(reading.findings) if one.keyword.required]
    if missing:
        named = enumerated(language, missing[:_MOST_NAMED])
        found.append(("missing_requirement", say(language, "not_shown", keyword=named)))
    found.extend(_by_dates(reading, now))
    found.extend(_by_level(reading))
    if not resume.education and not names_schooling(resume.text):
        found.append(("no_education", say(language, "no_education")))
    if _STAYS.search(fold(resume.text)) and not _AWAY.search(fold(reading.advert.text)):
        found.append(("location", say(language, "place")))
    if resume.injected:
        found.append(("other", say(language, "addressed")))
    return found


def _by_dates(reading: Reading, now: Point) -> list[Concern]:
    language, roles = reading.language, reading.resume.roles
    found: list[Concern] = []
    holes = gaps(roles, now)
    if holes:
        longest = max(holes, key=lambda gap: gap.months)
        before = _label(longest.before, reading)
        after = longest.after and _label(longest.after, reading)
        key = "gap" if after else "gap_since"
        found.append(("employment_gap", say(language, key, before=before, after=after or "")))
    both = overlaps(roles, now)
    if both:
        first, second = both[0]
        detail = say(language, "overlap", first=_label(first, reading), second=_label(second, reading))
        found.append(("overlapping_roles", detail))
    short = short_stays(roles)
    if len(short) > 1:
        named = enumerated(language, [_label(role, reading) for role in short[:_MOST_NAMED]])
        found.append(("short_tenures", say(language, "short", roles=named)))
    undated = [role for role in roles if not role.dated]
    wrong = backwards(roles)
    if undated or wrong:
        named = enumerated(language, [_label(role, reading) for role in (wrong or undated)[:_MOST_NAMED]])
        found.append(("unclear_dates", say(language, "bad_dates" if wrong else "no_dates", roles=named)))
    return found


def _by_level(reading: Reading) -> list[Concern]:
    resume, language, advert = reading.resume, reading.language, reading.advert
    found: list[Concern] = []
    worked, asked = years_worked(resume), years_asked(advert)
    wanted = _LEVELS.get(seniority_of(advert.title, advert.text) or "", -1)
    held = max((_LEVELS.get(seniority_of(role.title, "") or "mid", 2) for role in resume.roles), default=-1)
    if 0 <= wanted <= 1 and (held >= 5 or (held >= 3 and worked >= _MUCH)):
        found.append(("overqualified", say(language, "over")))
    if asked and asked >= 4 and worked < _LITTLE * asked and resume.roles and all(role.dated for role in resume.roles):
        found.append(("underqualified", say(language, "under")))
    titles = _stems(" ".join(role.title for role in resume.roles if role.title))
    if titles and advert.title and not titles & _stems(advert.title) and reading.scores.keyword_match < 45:
        found.append(("career_change", say(language, "career", title=advert.title)))
    return found


def _stems(text: str) -> set[str]:
    """What a title says of the field: without grade and stop words, endings aside."""
    words = {token.plain for token in tokenize(text)} - SENIORITY - STOPWORDS
    return {loose_foreign_stem(word) for word in words if len(word) > 3}


def today(reading: Reading) -> Point:
    """The latest month that either text implies; the advert's dates count where they lie at most two years ahead."""
    now = reading.resume.now()
    spans = [span for line in reading.advert.text[:20_000].splitlines() for span in find_spans(line[:400])]
    points = [point for span in spans for point in (span.start, span.end) if point is not None and point.month]
    near = [point for point in points if 0 < point.index() - now.index() <= 24]
    return max(near, default=now, key=lambda point: point.index())


def _questions(reading: Reading, *, full: bool) -> list[str]:
    language = reading.language
    asked = [say(language, "ask_why"), say(language, "ask_when")]
    if not full:
        return asked
    own: list[str] = []
    holes = gaps(reading.resume.roles, today(reading))
    between = next((gap for gap in holes if gap.after is not None), None)
    if between is not None and between.after is not None:
        before, after = _label(between.before, reading), _label(between.after, reading)
        own.append(say(language, "ask_gap", before=before, after=after))
    own.extend(say(language, "ask_skill", keyword=one.keyword.text) for one in lacking(reading.findings)[:2])
    newest = next((role for role in reading.resume.roles if role.title and role.company), None)
    if newest is not None:
        own.append(say(language, "ask_role", role=_label(newest, reading)))
    return [*own, *asked][:_MOST_QUESTIONS]


def _label(role: Role, reading: Reading) -> str:
    """A role by title and employer, with its dates where they are known."""
    if role.title and role.company:
        name = say(reading.language, "role_at", title=role.title, company=role.company)
    else:
        name = role.title or role.company or say(reading.language, "a_role")
    dates = " – ".join(str(point) for point in (role.start, role.end) if point)
    return f"{name} ({dates})" if dates else name
