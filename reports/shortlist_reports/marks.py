"""Marks what differs between two texts, word by word, at a bounded cost."""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_TOKENS = 12_000
"""Beyond this many words and blanks a side, a field is only marked as a whole."""
SHORT = 80
"""Characters up to which a text is always marked word by word."""
LEAST_COMMON = 0.4
"""Below this share of the shorter side's words the marks would be noise: the text counts as rewritten."""

_INDENT = re.compile(r"(\s*\n\s*)")
_TOKEN = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of text, and whether the other side lacks it."""

    text: str
    changed: bool


Side = tuple[Segment, ...]


def word_marks(old: str, new: str) -> tuple[Side, Side] | None:
    """Both texts cut into segments by their longest common subsequence of words.

    None when marking would not help: one side is longer than `MAX_TOKENS`, or they share hardly a word.
    """
    # The bit-parallel LCS of rapidfuzz takes about 1 ms on a long letter.
    from rapidfuzz.distance import Indel  # noqa: PLC0415 - only reports with pairs need it

    words = _TOKEN.findall(old), _TOKEN.findall(new)
    if max(map(len, words)) > MAX_TOKENS:
        return None
    numbers: dict[str, int] = {}
    coded = [[numbers.setdefault(word, len(numbers)) for word in side] for side in words]
    runs = [(op.src_start, op.src_end, op.dest_start, op.dest_end, op.tag == "equal") for op in Indel.opcodes(*coded)]
    if max(len(old), len(new)) > SHORT and _common(words[0], words[1], runs) < LEAST_COMMON:
        return None
    runs = _without_crumbs(words[0], runs)
    return (
        _segments(words[0], [(a, b, equal) for a, b, _, _, equal in runs]),
        _segments(words[1], [(c, d, equal) for _, _, c, d, equal in runs]),
    )


_Run = tuple[int, int, int, int, bool]


def _common(old: list[str], new: list[str], runs: list[_Run]) -> float:
    def words(tokens: list[str]) -> int:
        return sum(token[0].isalnum() for token in tokens)

    shorter = min(words(old), words(new))
    same = sum(words(old[a:b]) for a, b, _, _, equal in runs if equal)
    return same / shorter if shorter else 1.0  # an empty list against a full one: all of it is new


def _without_crumbs(old: list[str], runs: list[_Run]) -> list[_Run]:
    """Runs in which a lone short word between two changes counts as changed: single `and`s kept apart read badly."""
    last = len(runs) - 1
    out: list[_Run] = []
    for at, (a, b, c, d, equal) in enumerate(runs):
        crumb = equal and 0 < at < last and "\n" not in (kept := "".join(old[a:b])) and len(kept.strip()) < 4
        out.append((a, b, c, d, equal and not crumb))
    return out


def _segments(words: list[str], runs: list[tuple[int, int, bool]]) -> Side:
    merged: list[Segment] = []
    for start, end, equal in runs:
        if start == end:
            continue
        for text, changed in _by_line("".join(words[start:end]), not equal):
            if merged and merged[-1].changed is changed:
                merged[-1] = Segment(merged[-1].text + text, changed)
            else:
                merged.append(Segment(text, changed))
    return tuple(merged)


def _by_line(text: str, changed: bool) -> list[tuple[str, bool]]:
    """Changed text cut at line ends, which with the next line's indent stay unmarked: a line under them reads badly."""
    if not changed or not text.strip():
        return [(text, changed)]
    return [(part, not part.isspace()) for part in _INDENT.split(text) if part]
