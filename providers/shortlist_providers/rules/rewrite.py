"""Cleans bullets: no first person, no filler, no opening verb twice in a role. Figures stay as they are."""

from __future__ import annotations

import re

from shortlist_providers.rules.fillers import OPENINGS, plainly
from shortlist_providers.rules.lines import fold, squeeze
from shortlist_providers.rules.verbs import base_forms, gerunds, past, past_forms, synonyms

_FURTHER = ("Also", "Additionally", "Further", "Likewise", "Moreover", "Besides", "Furthermore", "Then")
_FIRST_WORD = re.compile(r"\d[\d.,]*%?|[^\W_]+")
_FIRST_PERSON = (
    (
        re.compile(
            r"^(?:in this (?:role|position),?\s+)?(?:i|we)(?:\s+(?:have|had|was|were|am|are|also"
            r"|would)\b)?\s+(?=[a-z])",
            re.I,
        ),
        "",
    ),
    (re.compile(r"(?<=[a-z,;]) and (?:I|we) (?=[a-z])"), " and "),
    (
        re.compile(
            r"\b(?:my|our)\b(?=\s+(?:team|manager|department|company|group|clients?|customers?|school|office|unit)\b)",
            re.I,
        ),
        "the",
    ),
)


def clean_bullet(text: str) -> str:
    """One bullet without first person and filler. Where a safe active form is unknown, the words stay."""
    text = squeeze(text).strip(" -–—*•")
    for pattern, plain in _FIRST_PERSON:
        text = pattern.sub(plain, text)
    text = squeeze(plainly(_active(text)))
    return text[:1].upper() + text[1:] if text[:1].islower() and text.split()[0].isalpha() else text


def opening_verb(text: str) -> str:
    """The verb that opens `text`, folded, or an empty string."""
    words = text.split(None, 1)
    first = fold(words[0]).strip(".,;:") if words else ""
    return first if first in past_forms() or first in base_forms() else ""


def _active(text: str) -> str:
    """`text` with "Responsible for managing X" as "Managed X" and "Responsible for X" as "Handled X"."""
    match = OPENINGS.match(text)
    if match is None:
        return text
    rest = text[match.end() :].strip(" :-")
    if not rest:
        return text
    first, _, tail = rest.partition(" ")
    plain = fold(first).strip(",")
    verb = gerunds().get(plain) or (
        plain if plain in base_forms() and match.group().rstrip().lower().endswith("to") else None
    )
    if verb is None:
        return f"Handled {rest[0].lower() + rest[1:] if rest[1:2].islower() else rest}"
    # "managing and training staff" needs both verbs in the past.
    tail = re.sub(
        r"^((?:,|and|or)?\s*(?:and |or )?)([a-z]+ing)\b",
        lambda found: found[1] + (past(gerunds()[found[2]]) if found[2] in gerunds() else found[2]),
        tail,
    )
    comma = "," if first.endswith(",") else ""
    return f"{past(verb)}{comma} {tail}".strip()


def varied(bullets: tuple[str, ...]) -> tuple[str, ...]:
    """`bullets` of a role, no two of which open with the same word.

    A verb that opened an earlier one gives way to a synonym that opens none; without a free synonym "Also" or the like
    goes before it.
    """
    taken = {_opening(bullet) for bullet in bullets}
    seen: set[str] = set()
    changed: list[str] = []
    for bullet in bullets:
        opening, text = _opening(bullet), bullet
        if opening in seen:
            choices = [word for word in synonyms().get(opening_verb(bullet), ()) if word not in taken]
            if choices:
                text = choices[0].capitalize() + bullet[len(bullet.split(None, 1)[0]) :]
            else:
                word = next((word for word in _FURTHER if word.lower() not in taken), _FURTHER[-1])
                text = f"{word} {_lowered(bullet)}"
            opening = _opening(text)
            taken.add(opening)
        seen.add(opening)
        changed.append(text)
    return tuple(changed)


def _opening(text: str) -> str:
    found = _FIRST_WORD.search(text.replace("'", "").replace("’", ""))
    return found.group().casefold() if found else ""


def _lowered(text: str) -> str:
    first = text.split(None, 1)[0]
    verbal = opening_verb(text) or first.endswith(("ed", "ing"))
    return first.lower() + text[len(first) :] if first.istitle() and verbal else text
