"""Whose résumé it is: the name in its head, and the forms in which it may stand elsewhere."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from shortlist_datasets.personal_data import (
    CREDENTIAL,
    EMAIL,
    NAME_LABEL,
    NO_NAME,
    TITLES,
    contact_of,
    head_of,
    phones_in,
)

_TOKEN = re.compile(r"[^\W\d_](?:[^\W_]|['’\u02bc.-](?=[^\W\d_]))*\.?")
"""A word of a name; digits inside are a scan's."""
_TAG = re.compile(r"<[^<>]{1,300}>|&nbsp;")
_PARTICLES = frozenset(
    """de da do dos das del la las los el y e van von der den di du le ten ter zu bin ibn al""".split()  # noqa: SIM905 - a list would take one line a word
)
_SUFFIXES = frozenset("""jr sr ii iii iv dr dra cra mr mrs ms prof ing dipl mag""".split())  # noqa: SIM905 - as above
_BETWEEN = r"[\s.,\"“”„'()\u00a0-]{1,3}"
_MOST_SEGMENTS = 16


def names_in(resume: str) -> tuple[str, ...]:
    """The words of the person's name, as the head spells them: first names, surnames, nicknames; empty for none.

    A line, or a part of one, is a name when it has two to six capitalised words, none of a heading or a job title. Of
    several, those that the e-mail address bears out, else the first near the top.
    """
    head = head_of(unicodedata.normalize("NFC", _TAG.sub("\n", resume)).strip())
    local = "".join(_folded(one[0].partition("@")[0]) for one in EMAIL.finditer(head))
    candidates = [words for part in _segments(head) if (words := _person(part))]
    labelled = [
        words
        for line in head.splitlines()
        if (found := NAME_LABEL.match(line))
        if (words := _person(found["value"], least=1))
    ]
    borne_out = [words for words in candidates if any(len(f := _folded(w)) >= 3 and f in local for w in words)]
    # A heading further down could pass for a name; above the contact data it rarely does.
    near_contact = [words for part in _segments(contact_of(head)) if (words := _person(part))]
    first = labelled or borne_out or near_contact[:1]
    if not first:  # some write even their name in lower case
        lower = [words for part in _segments(head) if part.islower() and (words := _person(_title(part)))]
        first = [words for words in lower if any(len(f := _folded(w)) >= 4 and f in local for w in words)]
    if not first:  # jane.doe@example.com says it as well
        parts = re.split(r"[._-]+", next((one[0].partition("@")[0] for one in EMAIL.finditer(head)), ""))
        return tuple(part for part in parts if len(part) >= 4 and part.isalpha()) if len(parts) > 1 else ()
    chosen = dict.fromkeys(first[0])
    known = {_folded(word) for word in first[0]}
    for words in candidates:  # the same name once more, in another script or order
        if known & {_folded(word) for word in words}:
            chosen |= dict.fromkeys(words)
    return (*chosen, *(word for word in _beside(head, first[0]) if word not in chosen))


def _beside(head: str, names: Sequence[str]) -> tuple[str, ...]:
    """The words of a name in brackets or quotes after the last of `names`: a nickname, or another script's spelling."""
    aside = re.search(
        rf"{re.escape(names[-1])}[ ,]{{0,2}}(?:\([\"“]?|[\"“„])([^()\"“”„\n]{{2,30}})(?:[\"”]?\)|[\"”“])", head
    )
    words = aside[1].split() if aside else []
    is_name = all(
        _TOKEN.fullmatch(_bare(word)) and not word[0].islower() and not CREDENTIAL.fullmatch(word) for word in words
    )
    return tuple(words) if is_name and not any(_folded(word) in NO_NAME for word in words) else ()


def name_pattern(names: Sequence[str], resume: str) -> re.Pattern[str] | None:
    """Any run of these words, with initials and particles between: `P. Raman`, `RAMAN, Priya`, `Raman`; None for none.

    One word by itself counts when it is capitalised and no common word: at least three letters, and nowhere in the
    résumé in lower case.
    """
    words = {part for name in names for part in (name, *re.split(r"[-'’]", name)) if len(part) > 1}
    if not words:
        return None
    any_case = "|".join(_spelling(word) for word in sorted(words, key=len, reverse=True))
    single = [one for word in words if _stands_alone(word, resume) for one in {word, word.upper(), _title(word)}]
    initials = "".join(sorted({re.escape(word[0].upper()) for word in words}))
    particles = "|".join(sorted(_PARTICLES | _SUFFIXES, key=len, reverse=True))
    initial = rf"[{initials}]\.?"
    word = rf"(?i:{any_case})"
    run = rf"(?:{initial}\s?){{0,3}}{word}(?:{_BETWEEN}(?:(?i:{particles})\.?|[A-Z]\.?|{word})){{0,4}}{_BETWEEN}{word}"
    with_initial = rf"(?:{initial}\s){{1,3}}{_any(single)}|{initial}\s?{_any(single)}" if single else "(?!)"
    alone = _any(single) if single else "(?!)"
    return re.compile(rf"(?<!\w)(?:{run}(?:,?\s(?:Jr|Sr|II|III)\b\.?)?|{with_initial}|{alone})(?!\w)(?:['’]s\b)?")


def _any(words: Iterable[str]) -> str:
    return "(?:" + "|".join(_spelling(word) for word in sorted(set(words), key=len, reverse=True)) + ")"


def _stands_alone(word: str, resume: str) -> bool:
    if word.lower() == word.upper():  # a script without capitals
        return len(word) >= 2
    return len(word) >= 3 and re.search(rf"(?<!\w){re.escape(word.lower())}(?!\w)", _without_mail(resume)) is None


def _without_mail(resume: str) -> str:
    return EMAIL.sub(" ", re.sub(r"\S+/\S+", " ", resume))


def _spelling(word: str) -> str:
    """The word with or without its accents, and with any apostrophe."""
    parts = []
    for char in unicodedata.normalize("NFC", word):
        plain = _folded(char) if char.islower() else _folded(char).upper()
        if char in "'’\u02bc":
            parts.append("['’\u02bc]?")
        elif plain and plain != char and len(plain) == 1:
            parts.append(f"(?:[{char}{plain}]|{plain}[\u0300-\u036f]+)")
        else:
            parts.append(re.escape(char))
    return "".join(parts)


def _bare(word: str) -> str:
    return "".join(char for char in word if not unicodedata.combining(char))


def _title(word: str) -> str:
    return re.sub(r"[^\W\d_]+", lambda part: part[0][:1].upper() + part[0][1:].lower(), word)


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold().replace("ł", "l").replace("ø", "o").replace("ı", "i"))
    return "".join(char for char in decomposed if char.isalpha())


def _segments(head: str) -> list[str]:
    """The first parts of a head: lines, and what bars, bullets and wide gaps divide, without contact data."""
    text = EMAIL.sub("\n", TITLES.sub("\n", head))
    text = re.sub(r"\(([^\W\d_]+)\)(?=[ ]\w)", r'"\1"', text)  # Harpreet (Harry) Gill
    for start, end in reversed(phones_in(text, is_head=True)):
        text = text[:start] + "\n" + text[end:]
    parts = re.split(r"\n|\s{2,}|\t|[|•·✦~/:;]|\s[–—-]+\s|(?=\()|\)", text)
    return [part.strip(" ,.(*#_") for part in parts if part.strip(" ,.(*#_")][:_MOST_SEGMENTS]


def _person(segment: str, least: int = 2) -> tuple[str, ...] | None:
    """The words of a name, if the segment is one: credentials after a comma are no part of it."""
    first, *after = segment.split(",")
    if after and len(_TOKEN.findall(first)) == 1 and not CREDENTIAL.fullmatch(after[0].strip()):
        first = f"{after[0]} {first}"  # "Raman, Priya"
    if after and re.search(r"\d{4}", after[0]):
        return None  # a town and its postal code
    first = re.sub(r"(?<![^\W_])\d.*", "", first).strip()
    words = [word.strip("\"“”„'()*_") for word in first.split()]
    names: list[str] = []
    for word in filter(None, words):
        plain = word.rstrip(".")
        if _folded(plain) in NO_NAME:
            return None
        if plain.casefold() in _PARTICLES | _SUFFIXES or (len(plain) == 1 and plain.isupper()):
            continue
        if not _TOKEN.fullmatch(word) or not word[0].isupper():
            return None
        if CREDENTIAL.fullmatch(word) and names and not all(one.isupper() for one in names):
            continue
        names.append(plain)
    return tuple(names) if least <= len(names) <= 6 else None
