"""Both texts of a pair, read once: what every generator works with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from shortlist_providers.rules.advert import Advert, parse_advert
from shortlist_providers.rules.evidence import Finding, check_keywords
from shortlist_providers.rules.keywords import rank_keywords
from shortlist_providers.rules.language import Language, language_of
from shortlist_providers.rules.matching import Index
from shortlist_providers.rules.resume import Resume, parse_resume
from shortlist_providers.rules.scores import Scores, score

Profile = Literal["full", "keywords"]
"""How much is worked out."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known of a pair."""

    resume: Resume
    advert: Advert
    findings: list[Finding]
    """The advert's keywords, heaviest first, each with the résumé's evidence."""
    scores: Scores
    language: Language
    """The résumé's; the advert's where the résumé is empty."""


def read(inputs: Mapping[str, str]) -> Reading:
    """Reads the pair's `resume_text` and `job_description_text`; either may be missing."""
    resume = parse_resume(inputs.get("resume_text", ""))
    advert = parse_advert(inputs.get("job_description_text", ""))
    language = language_of(resume.text)
    findings = check_keywords(rank_keywords(advert), Index(resume.text, language), advert.text, resume.education)
    written = language if resume.text.strip() else language_of(advert.text)
    return Reading(resume, advert, findings, score(resume, advert, findings), written)
