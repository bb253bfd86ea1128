"""Personal data taken out of résumés, and out of whatever is said about them.

What a résumé's head tells (name, address) is found once, and then replaced wherever it stands: in the body, the job
description, the gold, a model's answer. Forms that are told by themselves (e-mail, telephone, profile links, labelled
birth dates and ID numbers) are replaced in every text. It is done by rules, for English, Spanish, French, German and
Portuguese, and takes too much rather than too little; only employers, schools, skills and dates of work are to stay.
Names of other people (referees, managers) are not looked for.

`phonenumbers` (Apache-2.0, 23 MB installed) was measured against the rule here: over the bundled pairs both find all 12
numbers, and its matcher also takes two ranges of dates ("2016 - 03/2019") for numbers; it has to be told the country of
a number that has no `+`. So it is not needed.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from shortlist_datasets.names import name_pattern, names_in
from shortlist_datasets.pair import Pair
from shortlist_datasets.personal_data import (
    ADDRESS_LABEL,
    BIRTH,
    EMAIL,
    HOST,
    ID,
    ORGANISATION,
    PLACE,
    POSTAL,
    STREET,
    URL,
    as_scanned,
    contact_of,
    head_of,
    phones_in,
)

_OF_BEFORE = re.compile(r"\b(?:University|College|Bank|Church|School|Hospital|City|Hotel|Institute)\s+(?:of\s+)?$")


_AS_SCANNED = {"0": "[0Oo]", "1": "[1lI]"}


@dataclass(frozen=True, slots=True)
class Redactor:
    """What is replaced for one résumé; `redactor_of` makes it."""

    literals: tuple[tuple[re.Pattern[str], str], ...]
    """What the head of the résumé tells, each with its placeholder, in the order in which they are replaced."""
    head_only: tuple[str, ...]
    """Places of residence: they stay where they are also those of an employer."""

    def apply(self, text: str) -> str:
        """The text without the résumé's personal data, nor any e-mail, telephone, profile link, birth date or ID."""
        return self.counted(text, Counter())

    def apply_told(self, text: str) -> str:
        """The text without what the résumé's head tells: for texts whose own links and numbers are to stay."""
        return self._told(text, Counter())

    def _told(self, text: str, counts: Counter[str]) -> str:
        for pattern, kind in self.literals:
            text = pattern.sub(_put(kind, counts), text)
        return text

    def apply_to(self, value: Any) -> Any:
        """A JSON value with every text in it redacted; keys stay."""
        return self.counted_in(value, Counter())

    def counted(self, text: str, counts: Counter[str]) -> str:
        """As `apply`; adds to `counts` how often each kind was replaced."""
        for pattern, kind in ((EMAIL, "EMAIL"), (URL, "URL"), (BIRTH, "BIRTH DATE"), (ID, "ID")):
            text = pattern.sub(_put(kind, counts), text)
        text = self._told(text, counts)
        for start, end in reversed(phones_in(text)):
            counts["PHONE"] += 1
            text = f"{text[:start]}[PHONE]{text[end:]}"
        return text

    def counted_in(self, value: Any, counts: Counter[str]) -> Any:
        """As `apply_to`; adds to `counts` how often each kind was replaced."""
        if isinstance(value, str):
            return self.counted(value, counts)
        if isinstance(value, Mapping):
            return {key: self.counted_in(inner, counts) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(self.counted_in(inner, counts) for inner in value)
        return value


def _put(kind: str, counts: Counter[str]) -> Callable[[re.Match[str]], str]:
    def placeholder(found: re.Match[str]) -> str:
        if kind == "NAME" and _is_of_organisation(found):
            return found[0]
        counts[kind] += 1
        return f"{found.groupdict().get('label') or ''}[{kind}]"

    return placeholder


def redactor_of(resume: str) -> Redactor:
    """What there is to replace of a résumé, by its head: its first lines, as far as contact data reaches."""
    head = head_of(resume)
    contact = contact_of(head)
    # Without what a redaction before this one has found, the next best would be taken for it.
    addresses, places = ((), []) if "[ADDRESS]" in head else _addresses(contact)
    mails = {found[0].lower().removeprefix("mailto:").partition("@")[0] for found in EMAIL.finditer(resume)}
    literals = [(_mail(local), "EMAIL") for local in sorted(mails, key=len, reverse=True)]
    hosts = {found[0] for found in HOST.finditer(URL.sub(" ", contact))}
    literals += [(_loosely(text), "URL") for text in sorted(hosts, key=len, reverse=True)]
    literals += [(_loosely(text), "ADDRESS") for text in sorted(addresses, key=len, reverse=True)]
    figures = as_scanned(head)
    numbers = {re.sub(r"\D", "", figures[start:end]) for start, end in phones_in(figures, is_head=True)}
    literals += [(_digits_apart(number), "PHONE") for number in sorted(numbers, key=len, reverse=True)]
    name = None if "[NAME]" in head else name_pattern(names_in(resume), resume)
    if name is not None:
        literals.append((name, "NAME"))
    return Redactor(tuple(literals), tuple(places))


def redact_pair(pair: Pair) -> tuple[Pair, Counter[str]]:
    """The pair without personal data, and how often each kind was replaced. Ids, domain and tags stay as they are."""
    redactor = redactor_of(pair.resume_text)
    counts: Counter[str] = Counter()
    head = head_of(pair.resume_text)
    start = pair.resume_text.index(head)
    end = start + len(head)
    for place in redactor.head_only:
        if place in head:
            counts["ADDRESS"] += 1
            head = head.replace(place, "[ADDRESS]", 1)
    resume = f"{pair.resume_text[:start]}{head}{pair.resume_text[end:]}"
    return (
        replace(
            pair,
            resume_text=redactor.counted(resume, counts),
            job_description_text=redactor.counted(pair.job_description_text, counts),
            gold=redactor.counted_in(pair.gold, counts),
            inferred=redactor.counted_in(pair.inferred, counts),
        ),
        counts,
    )


def write_pairs(path: Path, pairs: Iterable[Pair]) -> None:
    """The pairs as JSONL, whole or not at all; keys that say nothing are left out."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("w", encoding="utf-8") as lines:
            for pair in pairs:
                row = {key: value for key, value in asdict(pair).items() if value or key.endswith("_text")}
                lines.write(json.dumps(row, ensure_ascii=False) + "\n")
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _addresses(head: str) -> tuple[set[str], list[str]]:
    """Addresses among contact data, to be replaced anywhere, and places of residence, which are replaced only there."""
    found: set[str] = set()
    places: list[str] = []
    contact = head
    for pattern in (EMAIL, URL):
        contact = pattern.sub(lambda one: "\n" * len(one[0]), contact)
    for start, end in phones_in(contact, is_head=True):
        contact = contact[:start] + "\n" * (end - start) + contact[end:]
    for labelled in ADDRESS_LABEL.finditer(contact):
        found.add(labelled["value"].strip(" ,;"))
    for line in re.split(r"\n|\s{2,}|\t|[|•·✦~]| -- ", contact):
        spans = [one.span() for pattern in (STREET, POSTAL) for one in pattern.finditer(line)]
        if spans:
            start, end = min(spans)[0], max(end for _, end in spans)
            rest = re.match(r",?\s*[^,\n]{2,40}(?:,\s*[^,\n]{2,40})?$", line[end:])
            found.add(line[start : end + (rest.end() if rest else 0)].strip(" ,;"))
        elif PLACE.fullmatch(line.strip(" ,;.-–—")) and line != contact.split("\n", 1)[0]:
            places.append(line.strip(" ,;.-–—"))
    return {one for one in found if len(one) > 4}, places


def _loosely(text: str) -> re.Pattern[str]:
    """The text with any white space between its words, blind to case."""
    return re.compile(r"\s+".join(re.escape(word) for word in text.split()) + r"(?!\w)", re.IGNORECASE)


def _mail(local: str) -> re.Pattern[str]:
    """What stands before the @, also where an excerpt was cut off after it; alone only if it is no plain word."""
    cut = r"@[\w.-]*" + ("" if local.isalpha() else "|")
    begun = "|".join(re.escape(local[:length]) for length in range(len(local), 4, -1)) or "(?!)"
    whole = rf"{re.escape(local)}(?:{cut})(?![\w@])"
    return re.compile(rf"(?<![\w.+-])(?:{whole}|(?:{begun})(?=\.\.\.|…))", re.IGNORECASE)


def _digits_apart(number: str) -> re.Pattern[str]:
    """A telephone number, however it is grouped, with or without what is dialled before its last nine digits."""
    gap = r"[\s().–/-]{0,3}"
    before = rf"[+(]{{0,2}}(?:\d{gap}){{0,{max(0, len(number) - 9) + 3}}}\(?" if len(number) >= 9 else ""
    return re.compile(rf"(?<![\w+]){before}{gap.join(_AS_SCANNED.get(figure, figure) for figure in number[-9:])}(?!\d)")


def _is_of_organisation(found: re.Match[str]) -> bool:
    """Whether a single name goes on as that of a firm or a school: those stay."""
    if len(found[0].split()) > 1:
        return False
    before, after = found.string[max(0, found.start() - 40) : found.start()], found.string[found.end() :][:60]
    return _OF_BEFORE.search(before) is not None or ORGANISATION.match(after.split("\n", 1)[0]) is not None
