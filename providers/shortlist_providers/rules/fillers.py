"""Phrases that say nothing, how they are replaced, and words that give an injected instruction away."""

from __future__ import annotations

import re

OPENINGS = re.compile(
    r"(?:(?:i\s+(?:was|am)\s+)?(?:responsible|accountable)\s+for|(?:my\s+)?(?:duties"
    r"|responsibilities)\s+includ(?:ed?|ing)|"
    r"(?:i\s+was\s+)?tasked\s+with|(?:i\s+was\s+)?in\s+charge\s+of|charged\s+with|"
    r"(?:i\s+)?was\s+able\s+to|(?:i\s+)?managed\s+to)\b[:\s]*",
    re.IGNORECASE,
)
"""What opens a bullet without saying anything; an active verb takes its place."""

_PLAIN_WORDS: tuple[tuple[str, str], ...] = (
    (r"\bin order to\b", "to"),
    (r"\butili[sz]ing\b", "using"),
    (r"\butili[sz]ed\b", "used"),
    (r"\butili[sz]es?\b", "use"),
    (r"\bleveraging\b", "using"),
    (r"\bleveraged\b", "used"),
    (r"\bproven track record\b", "record"),
    (r"\b(?:a )?wealth of experience\b", "experience"),
    (r"\b(?:dynamic|seasoned) professional\b", "professional"),
    (r"\bfast[- ]paced environment", "busy environment"),
    (r"\bpassionate about\b", "interested in"),
    (r"\bhit(?:ting)? the ground running\b", "quick start"),
    (r"\bwear(?:ing)? many hats\b", "several tasks"),
    (r"\bthink(?:ing)? outside the box\b", "new ideas"),
    (r"\bsynerg(?:y|ies)\b", "cooperation"),
    (r"\bvalue-add(?:s|ed)?\b|\bgame-changers?\b", "value"),
    (r"\bteam players?\b", "colleague"),
    (r"\b(?:go-getters?|self-starters?)\b", "colleague"),
    (r"\b(?:successfully|effectively|proactively|passionately|seamlessly)\s+", ""),
    (
        r"\b(?:results?[- ](?:driven|oriented)|hard[- ]?working|detail[- ]oriented|highly[- ]motivated"
        r"|self[- ]motivated|passionate"
        r"|synergistic|best[- ]in[- ]class|best[- ]of[- ]breed|world[- ]class"
        r"|cutting[- ]edge)(?:,?\s+and\s+|,\s*|\s+|(?=[.,;)]|$))",
        "",
    ),
)
_COMPILED = tuple((re.compile(pattern, re.IGNORECASE), plain) for pattern, plain in _PLAIN_WORDS)


_ANY = re.compile("|".join(f"(?:{pattern})" for pattern, _ in _PLAIN_WORDS), re.IGNORECASE)


def plainly(text: str) -> str:
    """`text` with plain words in the place of filler."""
    if _ANY.search(text) is None:
        return text
    for pattern, plain in _COMPILED:
        text = pattern.sub(plain, text)
    return text


def is_filler(text: str) -> bool:
    """Whether `text`, a skill or a keyword, is a phrase that says nothing."""
    return plainly(text) != text


FILLERS = re.compile(
    r"\b(?:results?[- ](?:driven|oriented)|team[- ]player|go[- ]getter|self[- ]starter|think(?:s"
    r"|ing)?\s+outside\s+the\s+box|"
    r"proven\s+(?:track\s+record|ability)|track\s+record\s+of|hard[- ]?working|detail[- ]oriented|synerg\w+"
    r"|highly\s+motivated|"
    r"passionate|dynamic|fast[- ]paced|wear(?:s|ing)?\s+many\s+hats|hit\s+the\s+ground\s+running"
    r"|excellent\s+communicat\w+|"
    r"strong\s+work\s+ethic|responsible\s+for|seeking|looking\s+(?:for|forward)|rockstar|ninja|guru"
    r"|seasoned|motivated|"
    r"excellent|outstanding|innovative|quick\s+learner|cutting[- ]edge|dedicated|enthusiastic|utili[sz]\w+"
    r"|leverag\w+)\b",
    re.IGNORECASE,
)
"""A sentence with one of these is not taken over from a résumé's summary."""

INJECTION = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b[^.\n]{0,30}\b(?:previous|prior|above|earlier|preceding|all|any"
    r"|your)\b[^.\n]{0,20}"
    r"\b(?:instructions?|prompts?|rules|directions|guidelines|context)\b"
    r"|\b(?:system|developer)\s+(?:prompt|message|instruction)s?\b|<\|[a-z_]{2,20}\|>|\[/?INST\]|<</?SYS>>"
    r"|\byou\s+are\s+(?:now\s+)?(?:an?\s+)?(?:ai|language\s+model|llm|chatgpt|assistant)\b|\bas\s+an\s+ai\b"
    r"|\bif\s+you\s+are\s+an?\s+(?:ai|llm|language\s+model|automated|bot|large)\b"
    r"|\b(?:note|instructions?|message)\s+(?:to|for)\s+(?:the\s+)?(?:ai|llm|ats|model|assistant|screening"
    r"|recruiting\s+bot|automated)\b"
    r"|\b(?:rate|score|rank|mark|give|set|return|output|report)\b[^.\n]{0,40}\b(?:candidate|applicant|resume"
    r"|résumé|match\s?score|me)\b"
    r"[^.\n]{0,40}\b(?:100|10/10|perfect|top|highest|best|maximum|strong\s+hire)\b"
    r"|\b(?:set|return|output|report)\b[^.\n]{0,20}\bmatch\s?score\b|\b(?:mark|set"
    r"|list)\b[^.\n]{0,20}\b(?:all|every)\b[^.\n]{0,20}"
    r"\bkeywords?\b[^.\n]{0,30}\b(?:present|true|matched)\b",
    re.IGNORECASE,
)
"""Text that addresses a model and not a reader."""
