"""Headline and summary, out of nothing but the résumé's and the advert's own facts."""

from __future__ import annotations

import re

from shortlist_providers.rules.bullets import sentences
from shortlist_providers.rules.education import Study
from shortlist_providers.rules.evidence import Finding
from shortlist_providers.rules.fillers import FILLERS
from shortlist_providers.rules.resume import Resume

FIRST_PERSON = re.compile(r"\b(?:i|i'm|i've|my|me|we|our|us|mine)\b", re.IGNORECASE)
LISTED = 5


def headline(resume: Resume, findings: list[Finding]) -> str:
    """The profession, and up to three of the advert's keywords that the résumé supports."""
    profession = profession_of(resume)
    words = [word for word in matched(findings) if word.lower() not in profession.lower()][:3]
    return " | ".join(part for part in (profession, ", ".join(words)) if part) or "Candidate"


def summary(resume: Resume, findings: list[Finding]) -> str:
    """Two to four sentences: who and where, one of the résumé's own, the skills asked for, the degree."""
    roles = [role for role in resume.roles if role.title and role.company][:3]
    said: list[str] = []
    if roles:
        firms = list(dict.fromkeys(role.company for role in roles))
        said.append(stopped(f"{profession_of(resume)} with experience at {listed(firms)}"))
    else:
        said.append(f"{profession_of(resume) or 'Candidate'}.")
    if own := own_sentence(resume):
        said.append(stopped(own))
    shown = matched(findings)[:LISTED]
    if shown:
        said.append(f"Background that the advert asks for: {listed(shown)}.")
    if resume.education and len(said) < 4:
        said.append(stopped(study_text(resume.education[0])))
    if len(said) < 2:
        skills = [item for _, items in resume.skills for item in items][:LISTED]
        said.append(f"Skills named in the résumé: {listed(skills)}." if skills else "See the roles below.")
    return " ".join(said)


def profession_of(resume: Resume) -> str:
    """The title of the newest role that has one, else the line under the name."""
    title = next((role.title for role in resume.roles if role.title), "")
    return title or resume.headline


def own_sentence(resume: Resume) -> str:
    """The first sentence of the résumé's own summary that may be taken over, or an empty string."""
    return next((one for one in sentences(resume.summary) if _may_take_over(one)), "")


def matched(findings: list[Finding]) -> list[str]:
    """The keywords that may be named as strengths, heaviest first."""
    return [finding.keyword.text for finding in findings if finding.claimable]


def _may_take_over(sentence: str) -> bool:
    whole = 4 <= len(sentence.split()) <= 40 and sentence[0].isalnum() and not sentence[0].islower()
    return whole and not FILLERS.search(sentence) and not FIRST_PERSON.search(sentence)


def study_text(study: Study) -> str:
    """A course of study as a phrase."""
    subject = f" in {study.field}" if study.field else ""
    where = f", {study.institution}" if study.institution else ""
    return f"{study.degree or 'Studies'}{subject}{where}".rstrip(" .")


def stopped(sentence: str) -> str:
    """`sentence` with a full stop, unless it ends with a mark."""
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."


def listed(items: list[str]) -> str:
    """`a, b and c`."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else ""
