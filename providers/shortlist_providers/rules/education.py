"""Degrees, schools, fields and years."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from shortlist_providers.rules.dates import Point, find_spans, without_spans
from shortlist_providers.rules.header import commas, is_location
from shortlist_providers.rules.lines import Line, fold, squeeze
from shortlist_providers.rules.words import STATE_CODES

NOT_STATED = "Not stated"
_OF = (
    "science|arts|engineering|applied science|business administration|business|commerce|education|laws?"
    "|philosophy|fine arts"
    "|technology|nursing|social work|music|architecture|public health|public administration|library science|medicine"
    "|information science|computer applications|pharmacy|accountancy|accounting|economics|design|divinity|psychology"
    "|physical therapy|occupational therapy|management|health science|applied arts|studies|medicine and surgery"
)
_DEGREE = re.compile(
    rf"""
      (?:\b(?:bachelor|master|doctor|doctorate|associate)(?:['’]?s)?\s+of\s+(?:{_OF})\b(?:\s+in\s+nursing\b)?)
    | (?:\b(?:bachelor|master|doctor|associate)['’]?s?(?:\s+degree)?\b)
    | (?:(?<![\w.])(?:b\.\s?s\.?\s?n|m\.\s?s\.?\s?n|b\.\s?s\.?\s?w|m\.\s?s\.?\s?w|b\.\s?b\.\s?a
        |m\.\s?b\.\s?a|b\.\s?f\.\s?a
        |m\.\s?f\.\s?a|m\.\s?p\.\s?h|m\.\s?p\.\s?a|m\.\s?l\.\s?i?\.?\s?s|l\.\s?l\.\s?[bm]|ph\.\s?d
        |ed\.\s?[dm]|psy\.\s?d|pharm\.\s?d
        |d\.\s?n\.\s?p|j\.\s?d|m\.\s?d|b\.\s?s\.\s?ed|m\.\s?s\.\s?ed|b\.\s?s\.?\s?c|m\.\s?s\.?\s?c
        |b\.?\s?eng|m\.?\s?eng|b\.?\s?tech|m\.?\s?tech|b\.?\s?ed|m\.?\s?ed
        |b\.?\s?com|m\.?\s?com|b\.?\s?arch|m\.?\s?arch|m\.?\s?phil|b\.\s?e|m\.\s?e|a\.\s?a\.\s?s
        |a\.\s?d\.\s?n|[bma]\.\s?[sa])\.?(?![\w]))
    | (?:(?<![\w.])(?:bsn|msn|bsw|msw|bba|mba|bfa|mfa|mph|mpa|mlis|mls|llb|llm|phd|edd|pharmd|dnp|jd|md|bsc
        |msc|beng|meng|btech|mtech
        |bcom|bca|mca|mphil|mres|pgce|pgdip|hnd|hnc|btec|nvq|gnvq|gcses?|a[ -]levels?|ged|aas|adn|bs|ba|ms
        |ma|be)(?![\w.])
        (?:\s\(hons\)|\shons\b)?)
    | (?:\b(?:juris\s+doctor|high\s+school\s+(?:diploma|certificate|equivalency)
        |secondary\s+school\s+(?:diploma|certificate)
        |(?:advanced|graduate|postgraduate|professional|associate|national|higher\s+national)\s+(?:diploma
        |certificate)
        |apprenticeship|diploma|certificate\s+(?:in|of|iii|iv)|(?:[a-z]+\s+)?certificate
        |foundation\s+degree|leaving\s+certificate)\b)
    | (?:\b(?:licenciatura|licenciad[oa]|grado|master|maestria|diplomatura|doctorado|bachillerato
        |tecnico\s+superior|ingenieria
        |ciclo\s+formativo|diplom(?:-\w+)?|abitur|staatsexamen|magister|promotion|fachhochschulreife
        |realschulabschluss|mittlere\s+reife
        |licence|maitrise|doctorat|baccalaureat|bac\s*\+\s*\d|brevet|bts|dut|deug|cap\b|bep|diplome
        |cycle\s+ingenieur
        |bacharelado|mestrado|doutorado|graduacao|pos-graduacao|tecnologo|ensino\s+medio|laurea)\b)
    """,
    re.VERBOSE,
)
_SCHOOL = re.compile(
    r"\b(?:universit\w*|universidad\w*|college|school|institute|institution|academy|polytechnic\w*"
    r"|politechnik\w*|hochschule\w*"
    r"|fachhochschule|gymnasium|instituto|escuela|ecole|lycee|iut|colegio|faculdade|escola|facultad|akademie"
    r"|berufsschule|conservator\w*"
    r"|seminary|iit|mit|eth|ucla|unc|suny|cuny|jatc|technikum|politecnico|truong|dai hoc|universiteit|campus"
    r"|centre of|sixth form)\b"
)
_HONOURS = re.compile(
    r"\b(?:(?:magna|summa)?\s*cum laude|with (?:high |highest )?(?:honou?rs|distinction)"
    r"|first[- ]class(?: honou?rs)?|2:[12]|gpa"
    r"|dean'?s list|valedictorian|minor(?:ed)?\b|graduated|completed|expected|anticipated|candidate"
    r"|in progress|nights|evenings"
    r"|part[- ]time|approved|accredited|relevant coursework|coursework|thesis|dissertation|note|mention|grade)\b"
)
_IN = re.compile(r"\s+(?:in|en|em|of|im|der|in der)\s+")
_BREAK = re.compile(
    r"(?<=\b[A-Z]{2})\.\s+|\s*\|\s*|\s+[•·~›◆]\s+|\s+(?:-|–|—|--)\s+|\s*[–—]\s+|\s{2,}|\s*;\s+|:\s+"
    r"|\s+(?:from|at)\s+(?=[^\W_a-z])"
)
_PENDING = re.compile(
    r"[,\s(]*(?:\d[.:]\d\s+)?\b(?:completed|expected|anticipated|(?:to|will) be (?:conferred|awarded))\b.*$",
    re.IGNORECASE,
)
_WHOLE = re.compile(r"certificate|diploma|apprenticeship|cap\b|ged|a[ -]level|abitur|\(\s?[a-z]{2,5}\s?\)$")


@dataclass(frozen=True, slots=True)
class Study:
    """One course of study. An empty field was not stated."""

    institution: str
    degree: str
    field: str
    year: Point | None


@dataclass(slots=True)
class _Entry:
    lines: list[str] = field(default_factory=list)
    degree: bool = False
    school: bool = False


def parse_education(lines: tuple[Line, ...]) -> list[Study]:
    """The courses of study in a section of education, latest first where all years are known."""
    studies: list[Study] = []
    for entry in _entries(lines):
        study = _study(entry.lines)
        if study is None:
            continue
        if not study.institution and studies and study.degree and not _is_certificate(study.degree):
            study = Study(studies[-1].institution, study.degree, study.field, study.year)
        if study.institution or (study.degree and not _is_certificate(study.degree)):
            studies.append(study)
    if all(study.year is not None for study in studies):
        studies.sort(key=lambda study: study.year.year if study.year else 0, reverse=True)
    return studies


def education_like(text: str) -> bool:
    """Whether a line outside any section of education states a degree and where or when it was taken."""
    if len(text) > 160 or len(text.split()) > 20:
        return False
    folded = fold(text)
    spans = find_spans(text)
    if not _DEGREE.search(folded) or any(span.is_range for span in spans):
        return False
    return bool(spans) and (_SCHOOL.search(folded) is not None or "," in text)


def _entries(lines: tuple[Line, ...]) -> list[_Entry]:
    entries: list[_Entry] = []
    current = _Entry()
    for line in lines:
        text = squeeze(line.text) if len(line.text) > 400 else line.text
        folded = fold(text)
        degree = _DEGREE.search(folded) is not None and len(text) <= 200
        school = _SCHOOL.search(folded) is not None and len(text) <= 200
        whole = (current.degree or not degree) and (current.school or not school)
        parted = (
            line.blank_before and current.lines and (degree or school) and (current.degree or current.school) and whole
        )
        if (current.degree and degree) or (current.school and school) or parted:
            entries.append(current)
            current = _Entry()
        if degree or school or (len(text) <= 80 and not (line.bullet and current.lines)):
            current.lines.append(text)
            current.degree = current.degree or degree
            current.school = current.school or school
    entries.append(current)
    return [entry for entry in entries if entry.degree or entry.school]


def _study(lines: list[str]) -> Study | None:
    year: Point | None = None
    parts: list[str] = []
    for line in lines:
        spans = find_spans(line)
        points = [point for span in spans for point in (span.start, span.end) if point is not None]
        if year is not None and not _SCHOOL.search(fold(line)) and not _DEGREE.search(fold(line)):
            continue
        year = max([*points, *([year] if year else [])], key=lambda point: (point.year, point.month or 0), default=None)
        for piece in _BREAK.split(without_spans(line, spans)):
            parts.extend(part for raw in commas(piece) if (part := raw.strip(" ,;|–—-:·•\"'()")))
    parts = [part for part in (_balanced(part) for part in parts) if part and not is_location(part)]
    useful = [part for part in parts if not _HONOURS.search(fold(part)) or _DEGREE.search(fold(part))]
    # "Boston, MA" is a place and no Master of Arts, where the entry names another degree.
    degrees = [index for index, part in enumerate(useful) if _DEGREE.search(fold(part))]
    real = [index for index in degrees if index == 0 or fold(useful[index]) not in STATE_CODES]
    at = next(iter(real or degrees), None)
    if at is None:
        school = next((part for part in useful if " " in part and _SCHOOL.search(fold(part))), "")
        return Study(school, "", "", year) if school else None
    degree, subject = _degree(useful[at])
    others = [(index, part) for index, part in enumerate(useful) if index != at]
    school_at = next((index for index, part in others if _SCHOOL.search(fold(part))), None)
    rest = [
        (index, part)
        for index, part in others
        if index != school_at and part[0].isupper() and fold(part) not in STATE_CODES
    ]
    if school_at is None and rest:
        school_at = rest.pop()[0]
    if not subject:
        subject = next((part for index, part in rest if index == at + 1), "")
    return Study(useful[school_at] if school_at is not None else "", degree, subject, year)


def _degree(text: str) -> tuple[str, str]:
    """Degree and field of a phrase such as "BSc (Hons) Physics" or "Bachelor of Arts in History"."""
    text = _PENDING.sub("", text).strip(" ,")
    folded = fold(text)
    match = _DEGREE.search(folded)
    if match is None or _WHOLE.search(folded):
        return text, ""
    degree, rest = text[: match.end()], text[match.end() :]
    if match.start() > 0 and not rest.strip():
        return text, ""
    honours = re.match(r"\s*\(?\s*hon(?:ou?r)?s\b\.?\s*\)?", rest, re.IGNORECASE)
    if honours:
        degree, rest = degree + rest[: honours.end()], rest[honours.end() :]
    degree = degree.strip(" ,:(")
    rest = rest.strip()
    if rest.startswith("(") and rest.endswith(")"):
        return degree, rest[1:-1].strip()
    prefix = _IN.match(f" {rest}")
    if prefix:
        return degree, rest[prefix.end() - 1 :].strip(" ,")
    return degree, rest.strip(" ,:-–—")


def _is_certificate(degree: str) -> bool:
    return bool(re.search(r"certificat|licen[sc]e\b|\bged\b|gcse", fold(degree)))


def _balanced(part: str) -> str:
    """`part` with the parenthesis that stripping may have taken."""
    missing = part.count("(") - part.count(")")
    if missing > 0:
        return part + ")" * missing
    return part.replace(")", "") if missing < 0 and "(" not in part else part


def names_schooling(text: str) -> bool:
    """Whether a text names any degree or school at all."""
    folded = fold(text)
    return _DEGREE.search(folded) is not None or _SCHOOL.search(folded) is not None
