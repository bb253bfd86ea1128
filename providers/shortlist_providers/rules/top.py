"""The first lines of a job advert: which words are the position, which the employer, which the place."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from shortlist_providers.rules.advert_words import (
    ANNOUNCED,
    EMPLOYER_LABEL,
    HEADINGS,
    MARKS_OF_SEX,
    PLACE_LABEL,
    TITLE_LABEL,
)
from shortlist_providers.rules.header import clean_company, company_score, is_location, title_score
from shortlist_providers.rules.lines import Line, fold, squeeze
from shortlist_providers.rules.words import CITIES, EMPLOYMENT_TYPES, NOT_A_COMPANY

_MOST_LINES = 5
_BREAK = re.compile(r"\s+[|•·~]\s+|\s+(?:–|—|-|@)\s+|\s+(?:at|bei|chez)\s+(?=[A-ZÀ-Þ])|\s{2,}|;\s+")
_TERMS = re.compile(
    r"[£€$]|\b(?:ref(?:erence|erencia)?|concours|busqueda|recruitment no|requisition|req|id|grade|classification"
    r"|department:|flsa"
    r"|union|represented|contract|contrato|contrat|vertrag|permanent|poste permanent|permanente|hours|hrs|horas|stunden"
    r"|wochenstunden|shifts?"
    r"|nights|days|dias|tage|hybrid|hybride|remote|remoto|home ?office|salary|salario|sueldo|gehalt|salaire|starting"
    r"|start"
    r"|immediate|asap|ab sofort|zum nachst\w+|deadline|closing|posted|urgent|cdi|cdd|clt|pro rata|\d+ ?%)\b|\d{4,}"
    r"|#\s?\d"
)
_AGENCY = re.compile(
    r"\b(?:recruit\w*|staffing|talent|appointments|headhunt\w*|personnel|seleccion|consultora|rrhh|interim"
    r"|personal(?:dienst\w*"
    r"|vermittlung|beratung)|zeitarbeit|recursos humanos|search partners|search)\b"
)
_FOR_A_CLIENT = re.compile(
    r"\b(?:our client|my client|on behalf of (?:a|our)|nuestro cliente|importante (?:empresa|compania)"
    r"|para (?:importante|empresa)"
    r"|notre client|son client|unser kunde|unseren kunden|im auftrag|mandant|nosso cliente|empresa cliente)\b"
)
_WANTED = re.compile(r"\s+(?:wanted|needed|required|gesucht|sought)\b.*$", re.IGNORECASE)
_HOURS = re.compile(
    r"\d+\s?(?:h\b|hours|std|stunden|wochenstunden|%)|shift|schicht|full|part|remote|hybrid|turno|f/m|m/f|days"
)
_MARKED_PLACE = re.compile(r"^[^\W\d_][\w .'-]+/[A-Z]{2}$|^\d{4,5} [^\W\d_]")
"""`Alagoinhas/BA`, `8020 Graz`."""
_ASIDE = re.compile(r"\s*\(([^()]{0,80})\)")


@dataclass(slots=True)
class Top:
    """What the first lines say. An empty string is not said."""

    title: str = ""
    company: str = ""
    place: str = ""
    used: int = 0
    """Lines that hold nothing else."""
    agency: bool = False
    """An agency that does not name its client."""
    beside: list[tuple[str, str]] = field(default_factory=list)
    """Names on the title's own line with the mark before each: the employer, or what the position is for."""
    before: list[str] = field(default_factory=list)
    """Names above the title."""


def read_top(lines: list[Line], text: str, spoken: str) -> Top:
    """Title, employer and place out of the first lines of an advert; `spoken` is the employer in its sentences."""
    top = Top()
    for at, line in enumerate(lines[:_MOST_LINES]):
        said = squeeze(line.text)
        # Below the position a line with a full stop is a sentence; "Harbourlight Claims Inc." is a name.
        longest = 3 if top.title else 9
        if line.bullet or len(said) > 140 or (said[-1] in ".!?" and len(said.split()) > longest):
            break
        if said.lower().startswith("about ") or (at > 0 and top.title and _is_heading(line)):
            break
        if _read_line(top, said) or said[-1] not in ".!?":
            top.used = at + 1
        if top.title and top.company and top.place:
            break
    _settle(top, text, spoken)
    if not top.title:
        top.used = 0
    return top


def _read_line(top: Top, said: str) -> bool:
    """Reads one line into `top`; False where it says nothing that belongs there."""
    folded = fold(said)
    announced = ANNOUNCED.match(folded)
    if announced:
        said, folded = said[announced.end() :], folded[announced.end() :]
    if employer := EMPLOYER_LABEL.match(folded):
        top.company = top.company or clean_company(said[employer.end() :])
        return True
    if place := PLACE_LABEL.match(folded):
        top.place = top.place or tidy_place(said[place.start("place") :])
        return True
    label = TITLE_LABEL.match(folded)
    held = top.title
    told = False
    for mark, part in _parts(said[label.start(1) :] if label else said):
        told = _read_part(top, part, mark if top.title and not held else "") or told
    return told


def _parts(said: str) -> list[tuple[str, str]]:
    """The phrases of a line, each with the mark before it; marks inside parentheses part nothing."""
    masked = _ASIDE.sub(lambda aside: re.sub(r"[–—|•·;@-]", "_", aside.group()), said)
    found = []
    at, mark = 0, ""
    for match in [*_BREAK.finditer(masked), None]:
        part = said[at : match.start() if match else len(said)].strip(" .")
        if part.strip(" ,"):
            found.append((mark, part))
        if match:
            at, mark = match.end(), match.group().strip() or "  "
    return found


def _read_part(top: Top, part: str, mark: str) -> bool:
    """Reads one phrase; `mark` stands between it and the title where both are on one line."""
    plain = _ASIDE.sub("", part).strip(" ,.")
    named = _WANTED.sub("", plain)
    if not top.title and title_score(named) >= 2 and title_score(named) >= company_score(named):
        _take_title(top, part)
        return True
    for aside in _ASIDE.findall(part):
        first = re.split(r"\s*[;:|]\s*", aside)[0]
        if not top.place and is_location(first) and fold(first) not in EMPLOYMENT_TYPES:
            top.place = first
    pieces = [piece for piece in re.split(r",\s+", plain) if piece]
    if not pieces or (not mark and _TERMS.search(fold(pieces[0]))) or fold(pieces[0]) in EMPLOYMENT_TYPES:
        return True
    if top.title and not mark and is_location(pieces[0]):
        top.place = top.place or tidy_place(part[: len(part) - len(plain) + len(pieces[0])])
        return True
    if _is_place(plain) and not (len(pieces) > 1 and not top.company and _may_employ(top, pieces)):
        top.place = top.place or tidy_place(part)
        return True
    return _read_name(top, plain, pieces, mark)


def _read_name(top: Top, plain: str, pieces: list[str], mark: str) -> bool:
    """A phrase that is no place: the employer, what the position is for, or, once an employer is known, where it is."""
    rest = [piece for piece in pieces[1:] if not _TERMS.search(fold(piece)) and fold(piece) not in EMPLOYMENT_TYPES]
    if not _plausible(pieces[0]):
        return False
    if rest and (_is_place(rest[-1]) or (not mark and len(rest[-1].split()) <= 4)):
        top.place = top.place or tidy_place(", ".join(rest) if _is_place(", ".join(rest)) else rest[-1])
        plain = pieces[0]
    if mark:
        top.beside.append((mark, plain))
    elif not top.title:
        top.before.append(plain)
    elif not top.company and title_score(plain) < 2:
        top.company = clean_company(plain)
    elif not top.place and company_score(top.company) >= 2 and len(plain.split()) <= 5:
        top.place = tidy_place(", ".join(pieces))
    else:
        return False
    return True


def _may_employ(top: Top, pieces: list[str]) -> bool:
    """Whether what reads like "place, state" may be "employer, place": the first piece is long, or a firm's name."""
    first = pieces[0]
    if is_location(first) or not top.title:
        return False
    return len(first.split()) > 2 or company_score(first) >= 2


def _take_title(top: Top, part: str) -> None:
    """The title without wanted, hours, sex and years; places and employers behind its commas go where they belong."""
    for aside in reversed(list(_ASIDE.finditer(part))):
        inside = aside.group(1)
        place = re.split(r"\s*[;:|]\s*", inside)[0]
        if is_location(place) and fold(place) not in EMPLOYMENT_TYPES:
            top.place = top.place or place
        if is_location(place) or _HOURS.search(fold(inside)) or MARKS_OF_SEX.search(aside.group()):
            part = part[: aside.start()] + part[aside.end() :]
    part = MARKS_OF_SEX.sub("", part)
    first, *others = [piece for piece in re.split(r",\s+", part.strip(" .,")) if piece] or [""]
    kept = [_WANTED.sub("", first).strip(" .")]
    announced = kept[0] != first.strip(" .")
    for piece in others:
        bare = piece.strip(" .")
        plain = not re.search(r"\d", bare) and not _TERMS.search(fold(bare))
        if is_location(bare) or (announced and plain and bare[:1].isupper()):
            top.place = top.place or bare
        elif plain and company_score(bare) >= 2 and title_score(bare) < 2 and len(bare.split()) > 1:
            top.company = top.company or clean_company(bare)
        elif plain:
            kept.append(bare)
    top.title = _plain_case(", ".join(kept).strip(" :,-–—"))


def _settle(top: Top, text: str, spoken: str) -> None:
    """Decides what the names beside the title are, and whether the employer is only an agency."""
    for mark, name in top.beside:
        often = text.count(name) > 1
        other = top.company or (spoken if spoken and not often and spoken not in name else "")
        if not other and (often or company_score(name) >= 2 or mark not in ("–", "—", "-") or len(text) < 600):
            top.company = clean_company(name)
        elif name != top.company and mark in ("–", "—", "-"):
            top.title = f"{top.title} – {name}"
        elif name != top.company:
            top.place = top.place or tidy_place(name)
    if not top.company and top.title and top.before:
        top.company = clean_company(top.before[0])
    folded = fold(text[:6000])
    if _FOR_A_CLIENT.search(folded) and (not top.company or _AGENCY.search(fold(top.company)) or spoken != top.company):
        top.company, top.agency = "", True


def tidy_place(text: str) -> str:
    """A place without what says only how one works there."""
    text = re.sub(
        r"\s*\((?=[^()]*(?:hybrid|remote|híbrid|office|oficina|days|días|tage|jours))[^()]*\)", "", text, flags=re.I
    )
    text = re.sub(r",?\s+(?:hybrid|hybride|híbrido|on[- ]site|presencial|depot|office)\b.*$", "", text, flags=re.I)
    text = re.sub(r"^(?:in|en|em|à|a|based in|located in)\s+(?=[^\W_a-z])", "", text.strip(" ,.;:|–—-*"))
    return text.strip(" ,.;:|–—-*")


def _is_place(text: str) -> bool:
    """Whether a phrase is a place, by its last words."""
    parts = [part.strip() for part in tidy_place(_ASIDE.sub("", text)).split(",")]
    last = parts[-1]
    words = last.split()
    placed = is_location(last) or is_location(", ".join(parts[-2:])) or _MARKED_PLACE.search(last) is not None
    placed = placed or is_location(re.sub(r"\s+\d{1,2}$", "", last))
    placed = placed or (len(words) in (2, 3, 4) and fold(words[-1]) in CITIES and company_score(last) < 2)
    return placed and len(text.split()) <= 8 and title_score(parts[0]) < 2


def _plausible(name: str) -> bool:
    words = name.split()
    first = fold(words[0]) if words else ""
    return bool(words) and len(words) <= 8 and first not in NOT_A_COMPANY and (name[0].isupper() or name[0].isdigit())


def _is_heading(line: Line) -> bool:
    """Whether a line below the title opens a section."""
    text = line.text.strip()
    if text.endswith(":") or line.level > 0:
        return True
    known = any(pattern.search(fold(text)) for pattern, _ in HEADINGS)
    return line.blank_before and known and len(text.split()) <= 4 and company_score(text) < 2


def _plain_case(title: str) -> str:
    """A title in capitals as a title; abbreviations keep theirs."""
    if not title.isupper() or len(title.split()) < 2:
        return title
    return " ".join(word if len(word) <= 3 else word.capitalize() for word in title.split())
