"""job_match: scores, matched and missing keywords, strengths and gaps."""

from __future__ import annotations

from typing import Any

from shortlist_providers.rules.evidence import Finding
from shortlist_providers.rules.fillers import plainly
from shortlist_providers.rules.lines import squeeze
from shortlist_providers.rules.phrases import say
from shortlist_providers.rules.reading import Profile, Reading

_MOST = 5
"""Strengths, and gaps."""


def job_match(reading: Reading, profile: Profile) -> dict[str, Any]:
    """The comparison of one pair. A keyword that the résumé only denies is missing."""
    scores, findings = reading.scores, reading.findings
    return {
        "overallScore": scores.match,
        "dimensions": {
            "technical": scores.technical,
            "experience": scores.experience,
            "education": scores.education,
            "leadership": scores.leadership,
            "communication": scores.communication,
            "keywordMatch": scores.keyword_match,
        },
        "matchedKeywords": [one.keyword.text for one in findings if one.claimable],
        "missingKeywords": [one.keyword.text for one in findings if not one.claimable],
        "strengths": _strengths(reading) if profile == "full" else [],
        "gaps": gaps(reading) if profile == "full" else [],
    }


def gaps(reading: Reading) -> list[str]:
    """A sentence for each of the weightiest keywords that the résumé does not show."""
    return [
        plainly(say(reading.language, "only_denied" if one.denied else "not_shown", keyword=one.keyword.text))
        for one in lacking(reading.findings)[:_MOST]
    ]


def lacking(findings: list[Finding]) -> list[Finding]:
    """The keywords that the résumé does not show: required ones first, then named skills, then by weight."""
    missing = [one for one in findings if not one.claimable]
    return sorted(missing, key=lambda one: (not one.keyword.required, not one.keyword.hard, -one.keyword.weight))


def quoted(finding: Finding) -> str:
    """The résumé's words for a keyword, fit to stand between quotation marks."""
    return squeeze(plainly(finding.evidence or "")).strip(" .,;:“”„«»\"'")


def _strengths(reading: Reading) -> list[str]:
    said = []
    role = next((role for role in reading.resume.roles if role.title and role.company), None)
    if role is not None:
        named = say(reading.language, "role_at", title=role.title, company=role.company)
        said.append(say(reading.language, "newest_role", role=named))
    told = (one for one in reading.findings if one.claimable)
    said.extend(say(reading.language, "shown", keyword=one.keyword.text, quote=quoted(one)) for one in told)
    return [plainly(sentence) for sentence in said[:_MOST]]
