"""The vocabulary of known skills, read once from `skills.txt`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from shortlist_providers.rules.lines import fold
from shortlist_providers.rules.matching import Token, stems, tokenize

_SINGLE_LETTERS = frozenset({"c", "r"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One known skill."""

    name: str
    category: str
    names: tuple[str, ...]
    """All its names, the first being `name`."""
    cased: tuple[str, ...]
    """Names that count only with their capital."""


@dataclass(frozen=True, slots=True)
class Term:
    """A known skill where a text mentions it."""

    surface: str
    """As the text writes it."""
    category: str
    begin: int
    finish: int
    entry: Entry


@cache
def _table() -> dict[tuple[str, ...], Entry]:
    text = (files("shortlist_providers.rules") / "skills.txt").read_text(encoding="utf-8")
    table: dict[tuple[str, ...], Entry] = {}
    category = ""
    for line in text.splitlines():
        if line.startswith("["):
            category = line.strip("[]")
        elif line and not line.startswith("#"):
            for item in line.split(";"):
                raw = [name.strip() for name in item.split("|") if name.strip()]
                if not raw:
                    continue
                names = tuple(name.removeprefix("=") for name in raw)
                entry = Entry(names[0], category, names, tuple(name[1:] for name in raw if name.startswith("=")))
                for name in names:
                    table.setdefault(stems(name), entry)
    return table


@cache
def _longest() -> dict[str, int]:
    """First stem -> most stems of any name that begins with it."""
    longest: dict[str, int] = {}
    for key in _table():
        longest[key[0]] = max(longest.get(key[0], 0), len(key))
    return longest


def find_terms(text: str, tokens: list[Token] | None = None) -> list[Term]:
    """The known skills in `text`, each once, where they first stand; the longest name at a place wins."""
    found: dict[str, Term] = {}
    for term in all_terms(text, tokens):
        found.setdefault(term.entry.name, term)
    return list(found.values())


def all_terms(text: str, tokens: list[Token] | None = None) -> Iterator[Term]:
    """Every mention of a known skill in `text`."""
    tokens = tokenize(text) if tokens is None else tokens
    table, longest = _table(), _longest()
    at = 0
    while at < len(tokens):
        for size in range(min(longest.get(tokens[at].stem, 0), len(tokens) - at), 0, -1):
            entry = table.get(tuple(token.stem for token in tokens[at : at + size]))
            begin, finish = tokens[at].begin, tokens[at + size - 1].finish
            if (
                entry is not None
                and tokens[at].sentence == tokens[at + size - 1].sentence
                and _written_so(text, begin, finish, entry)
            ):
                yield Term(" ".join(text[begin:finish].split()), entry.category, begin, finish, entry)
                at += size - 1
                break
        at += 1


def _written_so(text: str, begin: int, finish: int, entry: Entry) -> bool:
    surface = text[begin:finish]
    folded = fold(surface)
    for name in entry.cased:
        if fold(name) == folded:
            if surface != name:
                return False
            return folded not in _SINGLE_LETTERS or _in_list(text, begin, finish)
    return True


def _in_list(text: str, begin: int, finish: int) -> bool:
    """A single letter is a language only among other things: "Python, R and SQL"."""
    before, after = text[max(0, begin - 6) : begin].rstrip(" "), text[finish : finish + 6].lstrip(" ")
    listed = before.endswith((",", ";", "(", "/", ":", "•", "|", " in", " and", " or", "&", "Python")) or not before
    return listed and (not after or after[0] in ",/);.&|•\n" or after.startswith(("and ", "or ", "prog")))
