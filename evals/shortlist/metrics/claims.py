"""The claims that an output makes, by the task's `grounding` rules."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Any

from shortlist.metrics.certificates import certificates_of
from shortlist.metrics.figures import Figure, figures_of, language
from shortlist.metrics.paths import every_string, reach
from shortlist.metrics.tokens import words_of
from shortlist.metrics.values import ABSENT
from shortlist.tasks.rules import ClaimKind, ClaimRule


@dataclass(frozen=True, slots=True)
class Claim:
    """A stretch of an output that some text has to bear out."""

    path: str
    """Of the string that it stands in."""
    start: int
    end: int
    whole: bool
    """Whether it is the whole string."""
    text: str
    figure: Figure | None = None
    """Of a claim of the kind `numbers`."""

    @property
    def said(self) -> Hashable:
        """Equal for two claims that say the same: the words, or what a figure can be read as."""
        if self.figure is None:
            return words_of(self.text).folded
        return frozenset(self.figure.readings), self.figure.name, self.figure.date

    @property
    def place(self) -> str:
        """Its path, with the characters that it takes there: `summary[34:47]`."""
        return self.path if self.whole else f"{self.path}[{self.start}:{self.end}]"


def claims_of(kind: ClaimKind, rule: ClaimRule, output: Any) -> Iterator[Claim]:
    """Every claim of a kind, in the order of the rule's fields. A string without any word claims nothing."""
    texts = [found for field in rule.fields for found in _strings(output, field)]
    if kind == "numbers":
        spoken = language(text for _, text in texts)
        for path, text in texts:
            for figure in figures_of(text, spoken):
                yield Claim(path, figure.start, figure.end, False, text[figure.start : figure.end], figure)
    elif kind == "certifications":
        for path, text in texts:
            for start, end in certificates_of(text):
                yield Claim(path, start, end, (start, end) == (0, len(text)), text[start:end])
    else:
        for path, text in texts:
            if words_of(text).folded:
                yield Claim(path, 0, len(text), True, text)


def _strings(output: Any, field: str) -> Iterator[tuple[str, str]]:
    for path, value in reach(output, field):
        if value is not ABSENT:
            yield from every_string(value, path)
