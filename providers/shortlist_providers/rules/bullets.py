"""A role's body as a list of what was done: wrapped lines joined, labels dropped, paragraphs cut into sentences."""

from __future__ import annotations

import re

from shortlist_providers.rules.dates import find_spans, without_spans
from shortlist_providers.rules.lines import Line, fold, squeeze
from shortlist_providers.rules.verbs import base_forms, gerunds, past_forms
from shortlist_providers.rules.words import ROLE_LABELS, TOOL_LABELS

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[^\W_a-z])")
_NOT_AN_END = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|approx|no|dr|mr|mrs|ms|st|inc|ltd|co|corp|dept|jr|sr|incl|esp|u\.s|u\.k|ph\.d"
    r"|b\.sc|m\.sc|[a-z]))\.$",
    re.IGNORECASE,
)
_LABEL = re.compile(r"([^:.]{3,40}):\s*(.*)")
_CLOSING = re.compile(
    r"references (?:are )?(?:available|furnished|provided|on request)|page \d+(?: of \d+)?$", re.IGNORECASE
)
_FULL_LINE = 55
"""A line of at least this many characters may have been broken by its width."""


def read_bullets(lines: list[Line]) -> list[str]:
    """The bullets of a role's body, in order."""
    lines = [line for line in lines if not _CLOSING.search(line.text) and any(map(str.isalnum, line.text))]
    found = _from_glyphs(lines) if any(line.bullet for line in lines) else _from_paragraphs(lines)
    return [text for text in found if without_spans(text, find_spans(text)).strip(" .")]  # a date tells no deed


def sentences(text: str) -> list[str]:
    """`text` cut into sentences; abbreviations do not end one."""
    found: list[str] = []
    for part in _SENTENCE_END.split(text):
        if found and _NOT_AN_END.search(found[-1]):
            found[-1] = f"{found[-1]} {part}"
        elif part:
            found.append(part)
    return found


def join(first: str, second: str) -> str:
    """Two pieces of a wrapped sentence. A hyphen at the break stays: compounds break there more often than words."""
    if first.endswith(("-", "/")) and not first.endswith((" -", " /")) and second[:1].islower():
        return first + second
    return f"{first} {second}"


def _from_glyphs(lines: list[Line]) -> list[str]:
    bullets: list[str] = []
    intro: list[str] = []
    open_bullet = False
    base = min((line.indent for line in lines if line.bullet), default=0)
    for line in lines:
        text = squeeze(line.text)
        if line.bullet:
            label = _label(text)
            open_bullet = label is None
            if label is None:
                bullets.append(text)
            continue
        if _label(text) is not None:
            open_bullet = False
        elif open_bullet and _continues(bullets[-1], line, base):
            bullets[-1] = join(bullets[-1], text)
        elif not bullets:
            intro.append(text)
        elif acts(text) and not line.blank_before:
            bullets.append(text)
            open_bullet = True
        else:
            open_bullet = False
    opening = " ".join(intro)
    return [*(sentence for sentence in sentences(opening) if acts(sentence) and len(sentence.split()) >= 4), *bullets]


def _continues(previous: str, line: Line, base: int) -> bool:
    if line.blank_before:
        return line.text[:1].islower() and previous[-1] not in ".!?"
    return line.indent > base or line.text[:1].islower() or previous[-1] not in ".!?;:" or len(previous) >= _FULL_LINE


def _from_paragraphs(lines: list[Line]) -> list[str]:
    found: list[str] = []
    paragraph = ""
    width = max((len(line.text) for line in lines), default=0)
    listed = _is_list(lines)
    for line in lines:
        text = squeeze(line.text)
        label = _label(text)
        if label is not None:
            text = label
            if not text:
                continue
        wrapped = (
            paragraph and not line.blank_before and (text[:1].islower() or (not listed and _was_cut(paragraph, width)))
        )
        if wrapped:
            paragraph = join(paragraph, text)
            width = max(width, len(text))
            continue
        found.extend(sentences(paragraph))
        paragraph = text
    found.extend(sentences(paragraph))
    return [sentence for sentence in found if len(sentence.split()) >= 3 or acts(sentence)]


def _is_list(lines: list[Line]) -> bool:
    """Whether each line is an item of its own: nearly all open with a capital, and most do without a full stop."""
    opened = sum(1 for line in lines if not line.text[0].islower())
    stopped = sum(1 for line in lines if line.text[-1] in ".!?")
    acting = sum(1 for line in lines if acts(line.text))
    return len(lines) > 1 and opened >= 0.8 * len(lines) and (stopped < 0.4 * len(lines) or acting >= 0.8 * len(lines))


def _was_cut(paragraph: str, width: int) -> bool:
    """Whether the last line of `paragraph` was broken by its width and not by its author."""
    return paragraph[-1] not in ".!?;:" and width > _FULL_LINE and len(paragraph) > 0.8 * width


def _label(text: str) -> str | None:
    """What stands behind a label such as "Responsibilities:", or None where `text` is no label; "" drops the line."""
    name, _, rest = text.partition(":")
    folded = fold(name).strip(" -–*")
    if folded in TOOL_LABELS and ":" in text:
        return ""
    if folded in ROLE_LABELS and (":" in text or len(text) < 40):
        return rest.strip()
    match = _LABEL.fullmatch(text)
    if match and not match.group(2) and len(match.group(1).split()) <= 5:
        return ""
    return None


def acts(text: str) -> bool:
    """Whether `text` opens with a verb, as an achievement does."""
    words = fold(text).split()[:2]
    if words and words[0] == "i" and len(words) > 1:
        words = words[1:]
    if not words:
        return False
    first = words[0].strip(".,;:()")
    return (
        first in past_forms()
        or first in base_forms()
        or first in gerunds()
        or first in ("responsible", "duties", "tasked")
        or (first.endswith("ed") and len(first) > 4)
    )
