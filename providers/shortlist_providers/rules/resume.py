"""A résumé's text as facts."""

from __future__ import annotations

import re
from dataclasses import dataclass

from shortlist_providers.rules.dates import Point, find_spans, without_spans
from shortlist_providers.rules.education import Study, education_like, parse_education
from shortlist_providers.rules.fillers import INJECTION
from shortlist_providers.rules.header import company_score, header_like, is_location, title_score
from shortlist_providers.rules.lines import Line, clean_text, squeeze, to_lines
from shortlist_providers.rules.roles import Role, newest_first, parse_roles
from shortlist_providers.rules.sections import HEAD, UNKNOWN, Section, split_sections
from shortlist_providers.rules.skills import list_like, parse_skills, skills_in_text, skills_line

_CONTACT = re.compile(
    r"@|\bhttps?:|\bwww\.|linkedin|github\.|\+?\(?\d[\d\s().-]{7,}\d|\b(?:phone|tel|mobile|cell|e-?mail|address)\b",
    re.I,
)
_NAME = re.compile(r"[^\W\d_][\w.’'-]*(?:[ \t]+[^\d\W_(\"“][\w.’'-]*|[ \t]+[\"“(][\w.’' -]+[\"”)]){0,5}")
_NOT_A_NAME = re.compile(
    r"resume|résumé|curriculum|vitae|\bcv\b|profile|page|confidential|\b(?:bachelor|master|doctor|diploma|degree)s?\b",
    re.IGNORECASE,
)

_PASSAGE = 300
"""Most characters of a passage before and after the words that give it away."""


@dataclass(frozen=True, slots=True)
class Resume:
    """What a résumé says."""

    text: str
    """The clean text, without what addresses a model."""
    name: str
    headline: str
    """The line under the name, or empty."""
    summary: str
    roles: tuple[Role, ...]
    """Newest first."""
    education: tuple[Study, ...]
    skills: tuple[tuple[str, tuple[str, ...]], ...]
    """(category, items)."""
    lists_skills: bool
    """The résumé has a list of skills of its own; else `skills` are those that its text mentions."""
    injected: tuple[str, ...]
    """Passages that address a model and were left out."""

    def now(self) -> Point:
        """The latest date in the résumé: what "present" means without a clock."""
        points = [point for role in self.roles for point in (role.start, role.end) if point]
        points += [study.year for study in self.education if study.year]
        latest = max((point.index(end=True) for point in points), default=2000 * 12)
        return Point(latest // 12, latest % 12 + 1)


def parse_resume(text: str) -> Resume:
    """Everything that `text` says, as far as it can be told."""
    text, injected = without_injections(clean_text(text))
    sections = [_named(section) for section in split_sections(to_lines(text))]
    head = sections[0].lines
    education = [study for section in _of(sections, "education") for study in parse_education(section.lines)]
    if not education:
        sections, stray = _pull_education(sections)
        education = parse_education(tuple(stray))
    roles = [role for section in _of(sections, "experience") for role in parse_roles(section.lines)]
    if not roles:
        kinds = (HEAD, UNKNOWN, "other", "volunteering", "projects", "contact")
        roles = [
            role for kind in kinds for section in _of(sections, kind) for role in _dated(parse_roles(section.lines))
        ]
    name, headline, summary = _head(head)
    stated = " ".join(line.text for section in _of(sections, "summary") for line in section.lines)
    return Resume(
        text=text,
        name=name,
        headline=headline,
        summary=squeeze(stated or summary),
        roles=tuple(newest_first(roles)),
        education=tuple(education),
        skills=_skills(sections, text),
        lists_skills=any(section.lines for section in _of(sections, "skills")),
        injected=injected,
    )


def without_injections(text: str) -> tuple[str, tuple[str, ...]]:
    """`text` without the sentences that address a model, and those sentences."""
    found: list[str] = []
    kept: list[str] = []
    at = 0
    for match in INJECTION.finditer(text):
        low = max(at, match.start() - _PASSAGE)
        begin = max(low, text.rfind("\n", low, match.start()) + 1, text.rfind(". ", low, match.start()) + 1)
        high = min(len(text), match.end() + _PASSAGE)
        ends = [end for end in (text.find("\n", match.end(), high), text.find(". ", match.end(), high)) if end >= 0]
        finish = min(ends, default=high)
        if finish > at:
            found.append(squeeze(text[begin:finish])[:200])
            kept.append(text[at:begin])
            at = finish
    return "".join([*kept, text[at:]]), tuple(found)


def _of(sections: list[Section], kind: str) -> list[Section]:
    return [section for section in sections if section.kind == kind]


def _named(section: Section) -> Section:
    """An unknown section gets the kind that its content shows; so does a "career overview" that is a list of roles."""
    if section.kind == "summary":
        titled = [role for role in _dated(parse_roles(section.lines)) if title_score(role.title) >= 2]
        return Section("experience", section.title, section.lines) if len(titled) > 1 else section
    if section.kind != UNKNOWN or not section.lines:
        return section
    kind = UNKNOWN
    if list_like(section.lines):
        kind = "skills"
    elif any(role.title and title_score(role.title) >= 2 for role in _dated(parse_roles(section.lines))):
        kind = "experience"
    elif any(education_like(line.text) for line in section.lines):
        kind = "education"
    return Section(kind, section.title, section.lines)


def _dated(roles: list[Role]) -> list[Role]:
    return [
        role
        for role in roles
        if role.dated and (role.title or role.company) and (role.bullets or title_score(role.title) >= 2)
    ]


def _pull_education(sections: list[Section]) -> tuple[list[Section], list[Line]]:
    """Without a section of education: the lines elsewhere that state a degree, taken out of where they stand."""
    stray: list[Line] = []
    left: list[Section] = []
    for section in sections:
        taken = []
        if section.kind in (HEAD, UNKNOWN, "experience", "other", "certifications"):
            taken = [line for line in section.lines if education_like(line.text)]
        stray.extend(Line(line.text, blank_before=True) for line in taken)
        left.append(Section(section.kind, section.title, tuple(line for line in section.lines if line not in taken)))
    return left, stray


def _skills(sections: list[Section], text: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    groups: dict[str, list[str]] = {}
    for section in _of(sections, "skills"):
        for category, items in parse_skills(section.lines, section.title):
            groups.setdefault(category, []).extend(items)
    if not groups:
        loose = [
            line
            for section in sections
            if section.kind != "languages"
            for line in section.lines
            if not line.bullet and skills_line(line.text)
        ]
        for category, items in parse_skills(tuple(loose), "Skills"):
            groups.setdefault(category, []).extend(items)
    if not groups:
        groups = dict(skills_in_text(text))
    return tuple((category, tuple(dict.fromkeys(items))) for category, items in groups.items() if items)


def _head(lines: tuple[Line, ...]) -> tuple[str, str, str]:
    """Name, headline and summary out of what stands before the first heading."""
    name = headline = ""
    prose: list[str] = []
    for line in lines[:14]:
        text = squeeze(line.text)
        if not name and not prose and (found := _name(line.text)):
            name = found
            continue
        if line.bullet or (find_spans(text) and len(text) < 60):
            if prose or headline:
                break
            continue
        for part in _parts(text):
            if _CONTACT.search(part) or is_location(part) or part[:1].isdigit():
                continue
            if not headline and not prose and len(part.split()) <= 9 and (title_score(part) >= 2 or header_like(part)):
                headline = part if part[-1] not in ".,:!?" else headline
            elif len(part.split()) >= 6:
                prose.append(part)
    return name, headline, " ".join(prose)


def _parts(text: str) -> list[str]:
    """The phrases of a line; letters that are spaced out ("C H E F") make a word again."""
    parts = re.split(r"\s+[|•·~✦]\s+|\s{2,}", text)
    return [part.replace(" ", "") if re.fullmatch(r"(?:\w ){2,}\w", part) else part for part in parts]


def _name(text: str) -> str:
    first = re.split(r"\s*[|,•·~]\s*|\s{2,}|\s[–—-]\s", text)[0].strip()
    plain = _NAME.fullmatch(first)
    if plain is None or not 2 <= len(first.split()) <= 6 or _NOT_A_NAME.search(first) or title_score(first) >= 3:
        return ""
    words = first.split()
    if not (words[0][0].isupper() and words[-1].strip('"“(')[0].isupper()) or company_score(first) >= 2:
        return ""
    if _CONTACT.search(first) or without_spans(first, find_spans(first)) != first:
        return ""
    return first.title() if first.isupper() else first
