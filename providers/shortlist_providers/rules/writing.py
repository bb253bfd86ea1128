"""Headline, summary and cover letter, out of nothing but the résumé's and the advert's own facts."""

from __future__ import annotations

import re
from dataclasses import dataclass

from shortlist_providers.rules.advert import Advert
from shortlist_providers.rules.bullets import sentences
from shortlist_providers.rules.education import Study
from shortlist_providers.rules.evidence import Finding
from shortlist_providers.rules.fillers import FILLERS
from shortlist_providers.rules.resume import Resume
from shortlist_providers.rules.rewrite import opening_verb
from shortlist_providers.rules.roles import Role
from shortlist_providers.rules.verbs import past_forms

_FIRST_PERSON = re.compile(r"\b(?:i|i'm|i've|my|me|we|our|us|mine)\b", re.IGNORECASE)
_QUOTE_MARKS = " .,;:“”\"'"
_LISTED = 5


@dataclass(frozen=True, slots=True)
class Achievement:
    """One bullet with the role it belongs to."""

    role: Role
    text: str


def headline(resume: Resume, findings: list[Finding]) -> str:
    """The profession, and up to three of the advert's keywords that the résumé supports."""
    profession = _profession(resume)
    words = [word for word in _matched(findings) if word.lower() not in profession.lower()][:3]
    return " | ".join(part for part in (profession, ", ".join(words)) if part) or "Candidate"


def summary(resume: Resume, findings: list[Finding]) -> str:
    """Two to four sentences: who and where, one of the résumé's own, the skills asked for, the degree."""
    roles = [role for role in resume.roles if role.title and role.company][:3]
    said: list[str] = []
    if roles:
        firms = list(dict.fromkeys(role.company for role in roles))
        said.append(_stopped(f"{_profession(resume)} with experience at {_listed(firms)}"))
    else:
        said.append(f"{_profession(resume) or 'Candidate'}.")
    own = [one for one in sentences(resume.summary) if _may_take_over(one)]
    said.extend(_stopped(one) for one in own[:1])
    matched = _matched(findings)[:_LISTED]
    if matched:
        said.append(f"Background that the advert asks for: {_listed(matched)}.")
    if resume.education and len(said) < 4:
        said.append(_stopped(_study(resume.education[0])))
    if len(said) < 2:
        skills = [item for _, items in resume.skills for item in items][:_LISTED]
        said.append(f"Skills named in the résumé: {_listed(skills)}." if skills else "See the roles below.")
    return " ".join(said)


def letter(resume: Resume, advert: Advert, findings: list[Finding], achievements: list[Achievement]) -> str:
    """A letter of four paragraphs: the role, two achievements, the matched keywords, the close."""
    addressee = f"Dear {advert.company} hiring team," if advert.company else "Dear hiring team,"
    post = f"the {advert.title} position" if advert.title else "the advertised position"
    at = f" at {advert.company}" if advert.company else ""
    newest = next((role for role in resume.roles if role.title and role.company), None)
    opening = f"{addressee}\n{_stopped(f'I am applying for {post}{at}')}"
    if newest is not None:
        stand = "I currently work" if newest.present else "Most recently I worked"
        opening += f" {_stopped(f'{stand} as {newest.title} at {newest.company}')}"
    elif profession := _profession(resume):
        opening += f" {_stopped(f'My résumé describes my background: {profession}')}"
    evidence = " ".join(_claims(achievements[:2]))
    if not evidence and resume.education:
        evidence = _stopped(f"My education: {_study(resume.education[0])}")
    evidence = evidence or "My résumé gives the details of my work."
    return "\n\n".join((opening, evidence, _fit(resume, advert, findings), _close(resume, advert)))


def short_letter(resume: Resume, advert: Advert) -> str:
    """One paragraph: for the profile that does the least."""
    at = f" at {advert.company}" if advert.company else ""
    post = f"the {advert.title} position" if advert.title else "the advertised position"
    return " ".join(part for part in (f"I am applying for {post}{at}.", "My résumé is enclosed.", resume.name) if part)


def _fit(resume: Resume, advert: Advert, findings: list[Finding]) -> str:
    matched = _matched(findings)[:_LISTED]
    if matched:
        text = f"Your advert asks for {_listed(matched)}; my résumé supports each of these."
        told = next((one for one in findings if one.evidence and _is_told(one.evidence)), None)
        if told is not None:
            text += f" On {told.keyword.text}, for example, it says: “{(told.evidence or '').strip(_QUOTE_MARKS)}”."
        return text
    skills = [item for _, items in resume.skills for item in items][:_LISTED]
    if skills:
        return f"The skills that I list are {_listed(skills)}."
    return "I would rather show how my background fits your requirements than claim it here."


def _is_told(evidence: str) -> bool:
    """Whether evidence is a phrase and not an entry in a list."""
    return evidence.count(" ") >= 4 and evidence.count(",") <= 1 and ":" not in evidence


def _close(resume: Resume, advert: Advert) -> str:
    whom = f"the team at {advert.company}" if advert.company else "you"
    text = f"I would welcome a conversation with {whom} about the role. Thank you for your time."
    return f"{text}\nSincerely,\n{resume.name}" if resume.name else f"{text}\nSincerely"


def can_be_claimed(achievement: Achievement) -> bool:
    """Whether a bullet reads well behind "I": a verb of a fitting tense opens it, and it names no first person."""
    verb = opening_verb(achievement.text)
    fitting = verb in past_forms() or (bool(verb) and achievement.role.present)
    return fitting and not _FIRST_PERSON.search(achievement.text)


def _claims(achievements: list[Achievement]) -> list[str]:
    """Bullets as sentences in the first person, where their verbs allow; else as quotations."""
    claims: list[str] = []
    place = ""
    for achievement in achievements:
        role, text = achievement.role, achievement.text.rstrip(" .")
        before, place = (
            place,
            f"At {role.company}" if role.company else f"As {role.title}" if role.title else "In my work",
        )
        where = "There" if place == before else f"{place},"
        first = text.split(None, 1)[0]
        if can_be_claimed(achievement):
            also = " also" if place == before else ""
            claims.append(f"{where} I{also} {first.lower()}{text[len(first) :]}.")
        else:
            claims.append(f"{where} my résumé records: “{text}”.")
    return claims


def _profession(resume: Resume) -> str:
    title = next((role.title for role in resume.roles if role.title), "")
    return title or resume.headline


def _matched(findings: list[Finding]) -> list[str]:
    return [finding.keyword.text for finding in findings if finding.present]


def _may_take_over(sentence: str) -> bool:
    return 4 <= len(sentence.split()) <= 40 and not FILLERS.search(sentence) and not _FIRST_PERSON.search(sentence)


def _study(study: Study) -> str:
    subject = f" in {study.field}" if study.field else ""
    where = f", {study.institution}" if study.institution else ""
    return f"{study.degree or 'Studies'}{subject}{where}".rstrip(" .")


def _stopped(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."


def _listed(items: list[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else ""
