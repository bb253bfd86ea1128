"""Copies of texts, changed in the ways in which training data comes by them."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from random import Random


def rewrapped(text: str, width: int = 47) -> str:
    """The same words on lines of another width, each paragraph apart."""
    return "\n\n".join(textwrap.fill(" ".join(part.split()), width) for part in re.split(r"\n\s*\n", text))


def reordered(text: str, random: Random) -> str:
    """The same paragraphs in another order."""
    parts = re.split(r"\n\s*\n", text.strip())
    return "\n\n".join(random.sample(parts, len(parts)))


def changed(text: str, share: float, random: Random, others: Sequence[str], *, block: bool = False) -> str:
    """The text with this share of its words replaced by `others`, singly or in one stretch."""
    pieces = re.split(r"(\s+)", text)
    words = [index for index in range(0, len(pieces), 2) if pieces[index]]
    count = round(len(words) * share)
    start = random.randrange(len(words) - count)
    for index in words[start : start + count] if block else random.sample(words, count):
        pieces[index] = random.choice(others)
    return "".join(pieces)


def of_their_words(texts: Sequence[str], random: Random, words: int) -> str:
    """A text of nobody: `words` words, each drawn from all of the texts, so that only the vocabulary is shared."""
    every = [word for text in texts for word in text.split()]
    return " ".join(random.choices(every, k=words))
