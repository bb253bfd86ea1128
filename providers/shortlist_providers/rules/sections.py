"""Cuts a résumé's lines into its sections."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from shortlist_providers.rules.dates import find_spans
from shortlist_providers.rules.header import company_score, title_score
from shortlist_providers.rules.lines import Line, fold
from shortlist_providers.rules.vocabulary import find_terms
from shortlist_providers.rules.words import (
    HEADING_CORES,
    HEADING_QUALIFIERS,
    INFORMAL_NAMES,
    NOT_HEADINGS,
    SECTION_NAMES,
)

UNKNOWN = "unknown"
"""The kind of a section whose heading says nothing that we know; `resume` goes by what stands in it."""
HEAD = "head"
"""The kind of what stands before the first heading: name, headline, contact, a summary without a heading."""
_KIND_OF_NAME = {name: kind for kind, names in SECTION_NAMES.items() for name in sorted(names)}
_SPACED = re.compile(r"(?:[^\W\d_]\s){3,}[^\W\d_]")
_INLINE = re.compile(r"([^:]{3,40}):\s+(\S.*)")
_LISTS = frozenset({"skills", "languages", "certifications", "interests", "memberships", "references", "awards"})
_CODE = "Languages and frameworks"
_KEPT_APART = frozenset(
    {"technologies", "tools", "environment", "software", "projects", "highlights", "systems", "methods"}
)


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with what stands under it."""

    kind: str
    """A key of `words.SECTION_NAMES`, or `head`."""
    title: str
    lines: tuple[Line, ...]


def split_sections(lines: tuple[Line, ...]) -> list[Section]:
    """The sections of a résumé in their order; the first is the head, perhaps empty."""
    lines = _without_numbers(lines)
    sections: list[Section] = []
    kind, title = HEAD, ""
    held: list[Line] = []
    shouted = _shouts(lines)
    top = min((line.level for line in lines if line.level and heading_kind(line.text)), default=0)
    for at, line in enumerate(lines):
        follower = lines[at + 1] if at + 1 < len(lines) else None
        found = _heading(line, kind, follower, shouted)
        if found is None and at > 0 and _unknown_heading(lines, at, kind, top):
            found = UNKNOWN, line.text.strip(" :"), ""
        if found and not held and kind == "skills" and found[0] in _LISTS and not line.level:
            found = None  # "Languages" right under "Skills" opens a category, for no section is empty
        if found is None:
            held.append(line)
            continue
        sections.append(Section(kind, title, tuple(held)))
        kind, title, rest = found
        held = [Line(rest, line.indent, blank_before=True)] if rest else []
    sections.append(Section(kind, title, tuple(held)))
    return sections


def _without_numbers(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """Headings that are numbered ("2. Education") look like bullets: three of them are none."""
    numbered = [line for line in lines if line.bullet and len(line.text) <= 60 and heading_kind(line.text)]
    if len(numbered) < 3:
        return lines
    return tuple(replace(line, bullet=False, blank_before=True) if line in numbered else line for line in lines)


@lru_cache(maxsize=8192)
def heading_kind(text: str) -> str | None:
    """The kind of section that `text` names, or None where it is no section's name by itself."""
    name = _plain_name(text) if len(text) <= 80 else ""
    if not name or len(name) > 60 or name in NOT_HEADINGS:
        return None
    informal = (kind for pattern, kind in INFORMAL_NAMES.items() if re.fullmatch(pattern, name))
    return _KIND_OF_NAME.get(name) or next(informal, None) or _composed_kind(name)


def _composed_kind(name: str) -> str | None:
    """The kind of a name made of known words ("relevant work experience") or of two names ("skills and interests")."""
    words = name.split()
    if len(words) > 6:
        return None
    cores = [word for word in words if word in HEADING_CORES]
    if cores and all(word in HEADING_CORES or word in HEADING_QUALIFIERS for word in words):
        return HEADING_CORES[cores[-1] if "and" not in words and "&" not in words else cores[0]]
    for joiner in (" and ", " & ", " / ", " y ", " et ", " und ", " e ", ", "):
        first, _, rest = name.partition(joiner)
        if rest and heading_kind(first) and heading_kind(rest):
            return heading_kind(first)
    return _KIND_OF_NAME.get(" ".join(words[1:])) if words[0] in HEADING_QUALIFIERS else None


def _plain_name(text: str) -> str:
    text = text.strip(" :.-–—=_*#|•~<>[]()")
    if _SPACED.search(text):
        text = " ".join(re.sub(r"(?<=\S) (?=\S)", "", part) for part in re.split(r"\s{2,}", text))
    return " ".join(fold(text).replace("’", "'").split())


def _shouts(lines: tuple[Line, ...]) -> bool:
    """Whether this résumé writes its headings in capitals."""
    return sum(1 for line in lines if _is_caps(line.text) and heading_kind(line.text)) >= 2


def _heading(line: Line, current: str, follower: Line | None, shouted: bool) -> tuple[str, str, str] | None:
    if line.bullet or len(line.text) > 300:
        return None
    text = line.text
    kind = heading_kind(text)
    if kind is not None and _stands_out(line, current, follower, shouted):
        return kind, text.strip(" :"), ""
    if kind is None and len(text) <= 60 and (line.level or _is_caps(text)) and not re.search(r"\d", text):
        last = _plain_name(text).split()[-1:]
        if last and last[0] in HEADING_CORES and _plain_name(text) not in NOT_HEADINGS and len(text.split()) <= 5:
            return HEADING_CORES[last[0]], text.strip(" :"), ""
    inline = _INLINE.fullmatch(text)
    if inline is not None and (kind := _inline_kind(line, current, inline)) is not None:
        return kind, inline.group(1), inline.group(2)
    return None


def _inline_kind(line: Line, current: str, inline: re.Match[str]) -> str | None:
    """The kind of a heading with its content on the same line; None for a category or label within a section."""
    name = inline.group(1)
    kind = heading_kind(name)
    if kind in (None, current, "contact") or _plain_name(name) in _KEPT_APART:
        return None
    spoken = kind != "languages" or not any(term.category == _CODE for term in find_terms(inline.group(2)))
    if current == "skills":
        inside = kind in _LISTS and not (line.blank_before and spoken)
    elif current == "experience":
        inside = not (_is_caps(name) or (line.blank_before and kind in ("education", "languages")))
    else:
        inside = current in ("other", "contact", "volunteering") and kind in _LISTS and not _is_caps(name)
    return None if inside else kind


def _unknown_heading(lines: tuple[Line, ...], at: int, current: str, top: int) -> bool:
    """Whether line `at` is marked or written like a heading, though it is no section's name that we know."""
    line = lines[at]
    if line.level:
        return 0 < line.level <= top
    words = line.text.split()
    plain = _is_caps(line.text) and len(words) <= 4 and not re.search(r"[\d,|@–—•·()]", line.text) and not line.bullet
    if not plain or not line.blank_before or title_score(line.text) >= 2 or company_score(line.text) >= 2:
        return False
    following = lines[at + 1 : at + 4]
    if not following or (current == HEAD and at < 2):
        return False
    if current not in ("experience", HEAD) or (current == HEAD and following[0].blank_before):
        return True
    return not any(span.is_range for ahead in following if not ahead.bullet for span in find_spans(ahead.text))


def _stands_out(line: Line, current: str, follower: Line | None, shouted: bool) -> bool:
    """Whether a line that reads like a section's name is one, and not a word in a list or a label under a role."""
    name = _plain_name(line.text)
    if line.level or _is_caps(line.text):
        return True
    if current == "experience" and (
        name in _KEPT_APART or name.endswith("achievements") or name in ("skills", "research")
    ):
        return line.blank_before and not shouted and not line.text.endswith(":")
    if current == HEAD and name in ("personal", "leadership", "writing", "teaching", "engineering"):
        return line.blank_before
    return (
        line.blank_before
        or line.bold
        or line.text.endswith(":")
        or (follower is not None and follower.blank_before)
        or (len(name) > 8 and not shouted)
    )


def _is_caps(text: str) -> bool:
    letters = [char for char in text if char.isalpha()]
    return len(letters) >= 3 and all(not char.islower() for char in letters)
