"""Sentences in five languages, with places for the two texts' own facts; read once from `phrases.txt`."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from shortlist_providers.rules.language import Language


@cache
def _table() -> dict[tuple[str, str], str]:
    """(Key, language) -> sentence."""
    text = (files("shortlist_providers.rules") / "phrases.txt").read_text(encoding="utf-8")
    table: dict[tuple[str, str], str] = {}
    key = ""
    for line in text.splitlines():
        if line.startswith("["):
            key = line.strip("[]")
        elif line and not line.startswith("#"):
            language, _, sentence = line.partition(": ")
            table[key, language] = sentence
    return table


def say(language: Language, key: str, **facts: str) -> str:
    """The sentence `key` in a language, its places filled."""
    return _table()[key, language].format(**facts)


def enumerated(language: Language, items: list[str]) -> str:
    """`a, b and c` in a language; an empty string of no items."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {say(language, 'and')} {items[-1]}"
