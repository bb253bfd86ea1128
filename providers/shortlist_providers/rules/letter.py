"""The cover letter: four paragraphs, out of nothing but the résumé's and the advert's own facts."""

from __future__ import annotations

import re
from dataclasses import dataclass

from shortlist_providers.rules.advert import Advert
from shortlist_providers.rules.evidence import Finding
from shortlist_providers.rules.fillers import plainly
from shortlist_providers.rules.lines import squeeze
from shortlist_providers.rules.resume import Resume
from shortlist_providers.rules.rewrite import opening_verb
from shortlist_providers.rules.roles import Role
from shortlist_providers.rules.verbs import past_forms
from shortlist_providers.rules.writing import FIRST_PERSON, LISTED, listed, matched, profession_of, stopped, study_text

_PASSIVE = re.compile(
    r"(?:(?:appointed|chosen|elected|hired|invited|nominated|promoted|recruited|selected|recogni[sz]ed|seconded|assigned)"
    r" (?:as|by|for|from|into|to|twice)|(?:credited|involved|entrusted|awarded) (?:by|in|with))\b",
    re.IGNORECASE,
)
"""Bullets whose first word is what was done to the writer."""
_QUOTE_MARKS = " .,;:“”\"'"


@dataclass(frozen=True, slots=True)
class Achievement:
    """One bullet with the role it belongs to."""

    role: Role
    text: str


def letter(resume: Resume, advert: Advert, findings: list[Finding], achievements: list[Achievement]) -> str:
    """Why this job; the two best achievements; what else the advert asks for and the résumé shows; the close."""
    parts = (
        _opening(resume, advert, findings),
        _evidence(resume, achievements[:2]),
        _fit(resume, advert, findings, achievements[2:4]),
        _close(resume, advert),
    )
    return "\n\n".join(squeeze(plainly(part)) for part in parts)


def short_letter(resume: Resume, advert: Advert) -> str:
    """One paragraph: for the profile that does the least."""
    parts = (_applying(advert), "My résumé is enclosed.", resume.name)
    return squeeze(" ".join(part for part in parts if part))


def can_be_claimed(achievement: Achievement) -> bool:
    """Whether a bullet reads well behind "I": a verb of a fitting tense opens it, and it names no first person."""
    verb = opening_verb(achievement.text)
    fitting = verb in past_forms() or (bool(verb) and achievement.role.present)
    return fitting and not FIRST_PERSON.search(achievement.text)


def _applying(advert: Advert) -> str:
    post = f"the {advert.title} position" if advert.title else "the advertised position"
    return stopped(f"I am applying for {post}" + (f" at {advert.company}" if advert.company else ""))


def _opening(resume: Resume, advert: Advert, findings: list[Finding]) -> str:
    said = [f"Dear {advert.company} hiring team," if advert.company else "Dear hiring team,", _applying(advert)]
    known = [role for role in resume.roles if role.title and role.company]
    if known:
        newest, *earlier = known
        stand = "I currently work" if newest.present else "Most recently I worked"
        said.append(stopped(f"{stand} as {newest.title} at {newest.company}"))
        if earlier:
            said.append(stopped(f"Before that I was {earlier[0].title} at {earlier[0].company}"))
    elif profession := profession_of(resume):
        said.append(stopped(f"My résumé describes my background: {profession}"))
    wanted = matched(findings)[:3]
    if wanted:
        said.append(
            f"What drew my attention is that you ask for {listed(wanted)}, because my résumé speaks to exactly that."
        )
    else:
        said.append("I have read your advert closely, and this letter says plainly what I can show for it.")
    return " ".join(said)


def _evidence(resume: Resume, achievements: list[Achievement]) -> str:
    if achievements:
        return " ".join(
            ["The part of my work that comes closest to what you describe is this.", *_claims(achievements)]
        )
    if resume.education:
        return (
            f"{stopped(f'What I bring first is my education: {study_text(resume.education[0])}')} My"
            f" résumé gives the rest in my"
            " own words, and I would rather point to it than repeat it here."
        )
    return (
        "My résumé gives the details of my work so far, and I would rather point to it than repeat it"
        " here: each role,"
        " date and result that I can offer stands there in my own words."
    )


def _fit(resume: Resume, advert: Advert, findings: list[Finding], achievements: list[Achievement]) -> str:
    said = _claims(achievements)
    if said:
        said.insert(0, "There is more that bears on the role.")
    shown = matched(findings)[:LISTED]
    if shown:
        said.append(f"Of what your advert names, my résumé shows {listed(shown)}.")
        told = next((one for one in findings if one.claimable and one.evidence and _is_told(one.evidence)), None)
        if told is not None and told.evidence is not None and not said[1:-1]:
            said.append(f"On {told.keyword.text}, for example, it says: “{told.evidence.strip(_QUOTE_MARKS)}”.")
    elif skills := [item for _, items in resume.skills for item in items][:LISTED]:
        said.append(f"The skills that I list are {listed(skills)}.")
    if achievements and resume.education:
        said.append(stopped(f"My education: {study_text(resume.education[0])}"))
    said.append(
        "Where you ask for something that my résumé does not show, I do not claim it; I would be glad to"
        " hear which of your"
        " requirements weigh most, so that I can say what I bring to each of them and what I would have to learn."
    )
    return " ".join(said)


def _close(resume: Resume, advert: Advert) -> str:
    whom = f"the team at {advert.company}" if advert.company else "you"
    return (
        f"I would welcome a conversation with {whom} about the role, and I am happy to go through any of"
        f" these points in detail,"
        " in person or by telephone. Please tell me which day would suit you; I will arrange my time"
        " around it. Thank you for"
        f" reading my application. Sincerely, {resume.name or 'the applicant'}"
    )


def _is_told(evidence: str) -> bool:
    """Whether evidence is a phrase and not an entry in a list."""
    return evidence.count(" ") >= 4 and evidence.count(",") <= 1 and ":" not in evidence


def _claims(achievements: list[Achievement]) -> list[str]:
    """Bullets as sentences in the first person, where their verbs allow; else as quotations."""
    claims: list[str] = []
    place = ""
    for achievement in achievements:
        role, text = achievement.role, achievement.text.rstrip(" .,;:")
        before, place = (
            place,
            f"At {role.company}" if role.company else f"As {role.title}" if role.title else "In my work",
        )
        where = "There" if place == before else f"{place},"
        first = text.split(None, 1)[0]
        if can_be_claimed(achievement):
            was = "" if _PASSIVE.match(text) is None else " am" if role.present else " was"
            also = " also" if place == before else ""
            claims.append(f"{where} I{was}{also} {first.lower()}{text[len(first) :]}.")
        else:
            claims.append(f"{where} my résumé records: “{text}”.")
    return claims
