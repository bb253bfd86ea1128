"""Puts a ProOutput together."""

from __future__ import annotations

from typing import Any

from shortlist_providers.rules.achievements import MOST_BULLETS, most_relevant, worth
from shortlist_providers.rules.advert import Advert
from shortlist_providers.rules.education import NOT_STATED
from shortlist_providers.rules.evidence import Finding
from shortlist_providers.rules.fillers import is_filler
from shortlist_providers.rules.letter import Achievement, letter, short_letter
from shortlist_providers.rules.matching import stems
from shortlist_providers.rules.reading import Profile, Reading
from shortlist_providers.rules.resume import Resume
from shortlist_providers.rules.rewrite import clean_bullet, varied
from shortlist_providers.rules.roles import Role
from shortlist_providers.rules.scores import Scores
from shortlist_providers.rules.writing import headline, stopped, summary

_LONG_GAP = 6
"""Months."""
_MOST_LACKS = 5
_SHORT_RESUME = 60
"""Words."""


def pro_output(reading: Reading, profile: Profile) -> dict[str, Any]:
    """The application package for one pair, valid by the task's schema whatever the texts are."""
    facts = (reading.resume, reading.advert, reading.findings, reading.scores)
    return _full(*facts) if profile == "full" else _keywords(*facts)


def _full(resume: Resume, advert: Advert, findings: list[Finding], scores: Scores) -> dict[str, Any]:
    warnings = [*_warnings(resume, advert), *_lacks(findings)]
    roles: list[dict[str, Any]] = []
    achievements: list[Achievement] = []
    for role in resume.roles:
        bullets = tuple(bullet for one in role.bullets if (bullet := clean_bullet(one)))
        if len(bullets) > MOST_BULLETS:
            warnings.append(
                f"{_label(role)}: of {len(bullets)} bullets the {MOST_BULLETS} that matter most for the job were kept."
            )
            bullets = most_relevant(bullets, findings)
        bullets = varied(bullets)
        if not bullets:
            warnings.append(f"{_label(role)}: the résumé lists nothing that was done in this role.")
        achievements.extend(Achievement(role, bullet) for bullet in bullets)
        roles.append(_role(role, bullets or (_nothing_more(role),)))
    achievements.sort(key=lambda one: -worth(one, findings))
    return {
        "headline": headline(resume, findings),
        "summary": summary(resume, findings),
        "bulletsByRole": roles,
        "education": _education(resume),
        "skills": _skills(resume, findings),
        "keywordChecklist": _checklist(findings),
        "coverLetter": letter(resume, advert, findings, achievements),
        **_figures(scores),
        "warnings": list(dict.fromkeys(warnings)),
    }


def _keywords(resume: Resume, advert: Advert, findings: list[Finding], scores: Scores) -> dict[str, Any]:
    """The profile that does the least: keywords and figures, and the newest role with one bullet."""
    title = resume.headline or advert.title or "Candidate"
    first = next((role for role in resume.roles if role.bullets), None)
    return {
        "headline": title,
        "summary": f"{title}. {sum(finding.present for finding in findings)} of {len(findings)} keywords found.",
        "bulletsByRole": [] if first is None else [_role(first, first.bullets[:1])],
        "education": [],
        "skills": [],
        "keywordChecklist": _checklist(findings),
        "coverLetter": short_letter(resume, advert),
        **_figures(scores),
        "warnings": ["Minimal profile: only keywords and match figures were worked out."],
    }


def _role(role: Role, bullets: tuple[str, ...]) -> dict[str, Any]:
    return {
        "company": role.company or NOT_STATED,
        "title": role.title or NOT_STATED,
        "startDate": str(role.start) if role.start else None,
        "endDate": None if role.present or role.end is None else str(role.end),
        "bullets": list(bullets),
    }


def _nothing_more(role: Role) -> str:
    """The only bullet of a role of which the résumé tells no more than its header."""
    place = f" at {role.company}" if role.company else ""
    return stopped(f"Worked{f' as {role.title}' if role.title else ''}{place}")


def _education(resume: Resume) -> list[dict[str, Any]]:
    return [
        {
            "institution": study.institution or NOT_STATED,
            "degree": study.degree or NOT_STATED,
            **({"field": study.field} if study.field else {}),
            **({"year": str(study.year)} if study.year else {}),
        }
        for study in resume.education
    ]


def _skills(resume: Resume, findings: list[Finding]) -> list[dict[str, Any]]:
    """The résumé's categories; within each, what the advert asks for stands first."""
    wanted = [set(stems(finding.keyword.text)) for finding in findings if finding.present]
    groups = []
    for category, items in resume.skills:
        kept = [item for item in items if not is_filler(item)]
        kept.sort(key=lambda item: not any(words <= set(stems(item)) for words in wanted))
        if kept:
            groups.append({"category": category, "items": kept})
    return groups


def _checklist(findings: list[Finding]) -> list[dict[str, Any]]:
    return [
        {"keyword": finding.keyword.text, "present": finding.present, "evidence": finding.evidence}
        for finding in findings
    ]


def _figures(scores: Scores) -> dict[str, Any]:
    return {
        "radar": {
            "technical": scores.technical,
            "experience": scores.experience,
            "education": scores.education,
            "leadership": scores.leadership,
            "communication": scores.communication,
            "keywordMatch": scores.keyword_match,
        },
        "matchScore": scores.match,
    }


def _warnings(resume: Resume, advert: Advert) -> list[str]:
    warnings: list[str] = []
    words = len(resume.text.split())
    if not words:
        warnings.append("The résumé is empty.")
    elif words < _SHORT_RESUME:
        warnings.append(f"The résumé is very short ({words} words).")
    if not advert.text.split():
        warnings.append("The job description is empty.")
    elif not advert.asks:
        warnings.append("No requirements were recognised in the job description.")
    if words and not resume.roles:
        warnings.append("No role was recognised in the résumé.")
    if words and not resume.education:
        warnings.append("No education was recognised in the résumé.")
    warnings.extend(f"{_label(role)}: no dates were found." for role in resume.roles if not role.dated)
    warnings.extend(
        f"{_label(role)}: the {'title' if not role.title else 'employer'} was not found."
        for role in resume.roles
        if not role.title or not role.company
    )
    warnings.extend(_gaps(resume))
    if resume.injected:
        warnings.append("The résumé holds text that addresses a language model; it was left out.")
    if advert.injected:
        warnings.append("The job description holds text that addresses a language model; it was left out.")
    return warnings


def _lacks(findings: list[Finding]) -> list[str]:
    missing = [finding.keyword.text for finding in findings if not finding.present and finding.keyword.hard]
    warnings = [f"The résumé says only that this is lacking: {one.keyword.text}." for one in findings if one.denied]
    return (
        [f"Asked for and not found in the résumé: {', '.join(missing[:_MOST_LACKS])}.", *warnings]
        if missing
        else warnings
    )


def _gaps(resume: Resume) -> list[str]:
    now = resume.now()
    dated = [(span, role) for role in resume.roles if (span := role.months(now)) is not None]
    spans = sorted(dated, key=lambda item: item[0])
    found: list[str] = []
    reached, before = 0, None
    for (begin, finish), role in spans:
        if before is not None and begin - reached > _LONG_GAP:
            found.append(stopped(f"Gap of {begin - reached} months between {_label(before)} and {_label(role)}"))
        if finish > reached:
            reached, before = finish, role
    return found


def _label(role: Role) -> str:
    return " at ".join(part for part in (role.title, role.company) if part) or "A role"
