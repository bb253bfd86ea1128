"""Skills as the résumé lists them, and the vocabulary of known ones."""

from __future__ import annotations

import re

from shortlist_providers.rules.dates import find_spans
from shortlist_providers.rules.header import commas
from shortlist_providers.rules.lines import Line, squeeze
from shortlist_providers.rules.matching import is_denied
from shortlist_providers.rules.vocabulary import find_terms

_CATEGORY = re.compile(r"([^:|]{2,40}?)\s*(?::\s+|\s\|\s+|\s{2,}|\s+[–—-]\s+(?=.*,))(.+)")
_SPLIT = re.compile(r"\s*[;|•·▪●■◦✦∙]\s*|\s{2,}|\s+/\s+|\t")
_LEAD = re.compile(
    r"(?:(?:highly\s+)?(?:proficient|skilled|experienced|knowledgeable|fluent|competent|expert"
    r"|certified)\s+(?:in|with|at|user of)"
    r"|(?:good|basic|advanced|working|strong|excellent|solid|expert)?\s*(?:knowledge|understanding|command"
    r"|experience)\s+(?:of|in|with)"
    r"|familiar(?:ity)?\s+with|expertise\s+in|ability\s+to\s+use|and|or|a little|some|including)\s+",
    re.IGNORECASE,
)
_MOST_WORDS = 8


def parse_skills(lines: tuple[Line, ...], title: str) -> list[tuple[str, list[str]]]:
    """A skills section's categories with their items; items without one come under the section's own title."""
    lines = tuple(_joined(lines))
    groups: list[tuple[str, list[str]]] = []
    loose: list[str] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        follower = lines[at + 1] if at + 1 < len(lines) else None
        match = _CATEGORY.fullmatch(line.text)
        if match and len(match.group(1).split()) <= 5:
            _add(groups, match.group(1), split_items(match.group(2)))
        elif follower is not None and _opens_category(line, follower):
            items: list[str] = []
            while at + 1 < len(lines) and not _next_category(lines, at + 1):
                items.extend(split_items(lines[at + 1].text))
                at += 1
            _add(groups, line.text.rstrip(" :"), items)
        else:
            loose.extend(split_items(line.text))
        at += 1
    if loose:
        _add(groups, title or "Skills", loose)
    return groups


def _opens_category(line: Line, follower: Line) -> bool:
    """Whether `line` names the category of the lines below it."""
    if line.bullet or len(line.text) > 40:
        return False
    return line.text.endswith(":") or (follower.bullet and not follower.blank_before and "," not in line.text)


def _next_category(lines: tuple[Line, ...], at: int) -> bool:
    line = lines[at]
    follower = lines[at + 1] if at + 1 < len(lines) else None
    return _CATEGORY.fullmatch(line.text) is not None or (follower is not None and _opens_category(line, follower))


def split_items(text: str) -> list[str]:
    """The items of a list such as "Excel (pivot tables), SAP and Kronos"."""
    found: list[str] = []
    for piece in _SPLIT.split(text):
        for part in commas(piece):
            item = squeeze(part).strip(" .,;:-–—*")
            while lead := _LEAD.match(item):
                item = item[lead.end() :].strip()
            item = item if item.count("(") == item.count(")") else item.strip("()")
            if not item or not any(map(str.isalnum, item)):
                continue
            if len(item.split()) <= _MOST_WORDS and len(item) <= 90:
                found.append(item)
            else:
                found.extend(term.surface for term in find_terms(item))
    return list(dict.fromkeys(found))


def skills_line(text: str) -> bool:
    """Whether a line outside any section of skills is a list of them: short items, most of them known."""
    if len(text) > 300 or text.endswith((".", "!", "?")) or find_spans(text):
        return False
    items = split_items(text)
    if len(items) < 3 or sum(len(item.split()) for item in items) > 4 * len(items):
        return False
    return sum(1 for item in items if find_terms(item)) >= 0.6 * len(items)


def list_like(lines: tuple[Line, ...]) -> bool:
    """Whether `lines` are mostly lists of short items."""
    text = "; ".join(line.text for line in lines)
    items = split_items(text)
    separators = sum(text.count(mark) for mark in ",;|·•") - (len(lines) - 1)
    return (
        len(items) >= 4
        and separators >= 3 * len(lines)
        and "." not in text.rstrip(".")
        and (sum(len(item.split()) for item in items) <= 4 * len(items))
    )


def skills_in_text(text: str) -> list[tuple[str, list[str]]]:
    """The known skills that `text` mentions, by the vocabulary's own categories."""
    groups: list[tuple[str, list[str]]] = []
    for term in find_terms(text):
        if not is_denied(text, term.begin):
            _add(groups, term.category, [term.surface])
    return groups


def _add(groups: list[tuple[str, list[str]]], category: str, items: list[str]) -> None:
    name = squeeze(category).strip(" :|-–—*") or "Skills"
    held = next((held for known, held in groups if known == name), None)
    if held is None:
        if not items:
            return
        held = []
        groups.append((name, held))
    seen = {item.lower() for item in held}
    held.extend(item for item in items if item.lower() not in seen)


def _joined(lines: tuple[Line, ...]) -> list[Line]:
    """Wrapped lines of a list become one."""
    joined: list[Line] = []
    for line in lines:
        previous = joined[-1] if joined else None
        wraps = (
            previous is not None
            and not line.bullet
            and not line.blank_before
            and (
                previous.text.endswith((",", ";", "·", "|"))
                or (line.indent > previous.indent and ":" not in line.text)
                or (line.text[0].islower() and ":" not in line.text and "," in previous.text)
            )
        )
        if previous is not None and wraps:
            joined[-1] = Line(f"{previous.text} {line.text}", previous.indent, previous.bullet, previous.blank_before)
        else:
            joined.append(line)
    return joined
