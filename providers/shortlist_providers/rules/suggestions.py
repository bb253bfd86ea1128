"""skill_suggestions: what to list, and what would have to be learned."""

from __future__ import annotations

from typing import Any

from shortlist_providers.rules.fillers import plainly
from shortlist_providers.rules.match import lacking, quoted
from shortlist_providers.rules.matching import tokenize
from shortlist_providers.rules.phrases import say
from shortlist_providers.rules.reading import Profile, Reading


def skill_suggestions(reading: Reading, profile: Profile) -> dict[str, Any]:
    """Keywords that the résumé shows and its own list of skills does not name, then those that it does not show."""
    resume, language = reading.resume, reading.language
    items = [item for _, listed in resume.skills for item in listed] if resume.lists_skills else []
    listed = [_words(item) for item in items]
    suggestions = []
    for one in reading.findings if profile == "full" else ():
        words = _words(one.keyword.text)
        if one.claimable and not any(words <= item for item in listed):
            why = plainly(say(language, "list_it", quote=quoted(one)))
            suggestions.append({"skill": one.keyword.text, "kind": "list", "why": why})
    suggestions.extend(
        {"skill": one.keyword.text, "kind": "learn", "why": say(language, "learn_it")}
        for one in lacking(reading.findings)
    )
    return {"suggestions": suggestions}


def _words(text: str) -> frozenset[str]:
    return frozenset(token.plain for token in tokenize(text))
