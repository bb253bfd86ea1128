"""Dates and date ranges as résumés write them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from shortlist_providers.rules.lines import fold

_MONTHS: dict[str, int] = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar janner enero ene janvier janv januari janeiro gennaio",
            "february feb febr februar febrero fevrier fev fevr fevereiro febbraio",
            "march mar marz marzo mars maerz mrz marco",
            "april apr abril abr avril avr aprile",
            "may mai mayo maio maggio",
            "june jun juni junio juin junho giugno",
            "july jul juli julio juil juillet julho luglio",
            "august aug agosto ago aout",
            "september sept sep septiembre septembre setembro set settembre",
            "october oct oktober okt octubre octobre outubro out ottobre",
            "november nov noviembre novembre novembro",
            "december dec dezember dez diciembre dic decembre dezembro dicembre",
        ),
        start=1,
    )
    for name in names.split()
}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_SEASON = "spring|summer|fall|autumn|winter|verano|invierno|otono|primavera|ete|hiver|sommer|herbst|q[1-4]"
_PRESENT = (
    "present|current|currently|now|today|to date|till date|ongoing|date|heute|aktuell|laufend|actualidad|la actualidad"
    "|actual|presente|el presente|atual|o momento|aujourd['’]?hui|present|ce jour|hoy|oggi|jetzt|actualmente|la fecha"
    "|fecha|vigente|maintenant|actuellement|en cours|en poste|gegenwartig|derzeit|dato|atualmente|hoje|momento atual"
    "|em curso|a data"
).replace(" ", r"\s")  # the pattern below is verbose: a plain space would be dropped
_YEAR = r"(?:19|20)\d{2}"
_POINT = re.compile(
    rf"""
      (?P<month>\b(?:\d{{1,2}}(?:st|nd|rd|th|\.)?\s+)?(?P<name>{_MONTH})\b\.?
         (?:\s+\d{{1,2}}(?:st|nd|rd|th)?(?=,?\s+{_YEAR}))?
         (?:,?\s*(?:de\s+|of\s+|del\s+|do\s+)?|[-/'’]\s?'?)
         (?:(?P<name_year>{_YEAR})|['’]?(?P<name_short>\d{{2}}(?![^\W\d_])))(?!\d|[.,]\d))
    | (?P<iso>(?<![\d/.-])(?P<iso_year>{_YEAR})[-/.](?P<iso_month>0[1-9]|1[0-2])
         (?:[-/.](?:0[1-9]|[12]\d|3[01]))?(?![\d/]))
    | (?P<full>(?<![\d/.])(?P<full_a>\d{{1,2}})(?P<full_mark>[/.])
         (?P<full_b>\d{{1,2}})(?P=full_mark)(?P<full_year>{_YEAR})(?!\d))
    | (?P<numeric>(?<![\d/.])(?P<num_month>0?[1-9]|1[0-2])\s?[/.-]\s?(?P<num_year>{_YEAR})(?!\d))
    | (?P<short>(?<![\d/.,$£€-])(?P<short_month>0?[1-9]|1[0-2])/(?P<short_year>\d{{2}})(?![\d/%]))
    | (?P<season>\b(?:{_SEASON})(?:\s+of)?,?\s+(?P<season_year>{_YEAR})\b)
    | (?P<year>(?<![\w$£€.,#+])(?:(?<!\d[-/])|(?<=(?:19|20)\d\d[-/])){_YEAR}(?![\w%+]|[.,]\d))
    | (?P<apostrophe>(?<!\w)['’](?P<apo_year>\d{{2}})(?!\w))
    | (?P<bare>\b(?P<bare_name>{_MONTH})\b\.?(?=\s*(?:-|–|—|to\b|bis\b|a\b)))
    | (?P<present>\b(?:{_PRESENT})\b)
    """,
    re.VERBOSE,
)
_KINDS = ("month", "iso", "full", "numeric", "short", "season", "year", "apostrophe", "bare", "present")
_SEPARATOR = re.compile(
    r"[\s,)(\]]{0,6}(?:--?|–|—|‐|‑|−|~|/|\bto\b|\buntil\b|\btill?\b|\bthrough\b|\bthru\b|\bbis(?: zum)?\b|\ba(?: la)?\b"
    r"|\bau\b|\bal\b|\bate\b|\bhasta\b(?: la)?|\bjusqu'?(?:a|en)\b|\bs/d\b)?[\s(]{0,4}(?:the\s)?"
)
_OPEN_SEPARATOR = re.compile(r"\s?(?:-|–|—)\s*(?:$|[|,;)\]]|\s{2})")
_SHORT_END = re.compile(r"\s?[-–—/]\s?(\d{2})(?![\d/%.-])")
_SINCE = re.compile(r"(?:since|from|depuis|seit|desde|ab|dal|a partir de)(?:\s+(?:le|el|the|o|dem|mois de))?\s*$")
_BETWEEN = re.compile(r"(?<!\w)(?:from|de|du|von|desde|depuis|d')\s*$")
"""What opens a range: "de marzo de 2019 a julio de 2020"."""
_UNTIL = re.compile(r"(?:until|till|up to|bis|hasta|jusqu'?en|ate)\s*$")
_DURATION = re.compile(
    r"[(\[]?\s?\b\d{1,2}\+?\s?(?:years?|yrs?\.?|jahre?|ans|anos)(?:,?\s(?:and\s)?\d{1,2}\s?(?:months?"
    r"|mos?\.?))?\s?[)\]]?"
    r"|[(\[]\s?\d{1,2}\s?(?:months?|mos?\.?|monate?|mois|meses)\s?[)\]]"
)


@dataclass(frozen=True, slots=True, order=True)
class Point:
    """A year, with its month where it is known."""

    year: int
    month: int | None = None

    def __str__(self) -> str:
        return f"{self.year:04d}" if self.month is None else f"{self.year:04d}-{self.month:02d}"

    def index(self, *, end: bool = False) -> int:
        """Months since year 0. A bare year counts from its January, or to its December for an `end`."""
        return self.year * 12 + ((self.month or (12 if end else 1)) - 1)


@dataclass(frozen=True, slots=True)
class Span:
    """One date or date range in a line."""

    start: Point | None
    end: Point | None
    """None with `present` is an open end; None without it is one single date, in `start`."""
    present: bool
    begin: int
    """Offset of its first character."""
    finish: int
    """Offset behind its last character."""

    @property
    def is_range(self) -> bool:
        """Whether it has two ends."""
        return self.present or self.end is not None


@dataclass(frozen=True, slots=True)
class _Token:
    point: Point | None
    month: int | None
    present: bool
    begin: int
    finish: int


def find_spans(line: str) -> list[Span]:
    """Every date or range in `line`, left to right."""
    return list(_spans(line)) if any(map(str.isdigit, line)) else []


@lru_cache(maxsize=4096)  # each line is asked about by several readers
def _spans(line: str) -> tuple[Span, ...]:
    folded = fold(line)
    tokens = [token for match in _POINT.finditer(folded) if (token := _token(match))]
    spans: list[Span] = []
    at = 0
    while at < len(tokens):
        span, used = _span(folded, tokens, at)
        if span is not None:
            spans.append(span)
        at += used
    return tuple(spans)


def is_month(text: str) -> bool:
    """Whether `text` is a month's name and nothing else."""
    return fold(text).strip(" .,") in _MONTHS


def without_spans(line: str, spans: list[Span]) -> str:
    """`line` without its dates; a column gap stands where each was. Durations go too."""
    rest = line
    for span in reversed(spans):
        rest = f"{rest[: span.begin]}  {rest[span.finish :]}"
    rest = re.sub(r"[(\[]\s*[)\]]", "  ", rest)
    if spans:
        rest = _DURATION.sub("  ", rest)
    return rest.strip(" \t,;|–—-·•:/")


def _span(folded: str, tokens: list[_Token], at: int) -> tuple[Span | None, int]:
    """The span that begins at a token, if any, and how many tokens it takes."""
    first = tokens[at]
    if first.present:
        return None, 1
    if at + 1 < len(tokens) and (both := _pair(folded, first, tokens[at + 1])):
        return both, 2
    return (None if first.point is None else _single(folded, first, first.point)), 1


def _pair(folded: str, first: _Token, second: _Token) -> Span | None:
    """Two dates as a range, where what stands between them says so."""
    between = _SEPARATOR.fullmatch(folded, first.finish, second.begin)
    # Two dates side by side, with nothing but space between them, are a range only when the second is "present".
    marked = folded[first.finish : second.begin].strip(" ,()[]")
    if between is None or not (marked or second.present):
        return None
    start = first.point
    if start is None and second.point is not None and first.month is not None:
        start = Point(second.point.year, first.month)
    if start is None or not (second.present or second.point is not None):
        return None
    low = max(0, first.begin - 8)
    opened = _BETWEEN.search(folded[low : first.begin])
    begin = low + opened.start() if opened else first.begin
    return Span(start, second.point, second.present, begin, second.finish)


def _single(folded: str, token: _Token, point: Point) -> Span:
    """One date: open ("since 2019", "2019 -"), an end ("until 2019"), a short range ("2016-18") or only itself."""
    low = max(0, token.begin - 16)
    lead = folded[low : token.begin]
    if since := _SINCE.search(lead):
        return Span(point, None, True, low + since.start(), token.finish)
    if until := _UNTIL.search(lead):
        return Span(None, point, False, low + until.start(), token.finish)
    short = _SHORT_END.match(folded, token.finish)
    if short and point.month is None:
        end = Point(point.year - point.year % 100 + int(short.group(1)))
        if point.year <= end.year <= point.year + 50:
            return Span(point, end, False, token.begin, short.end())
    return Span(point, None, _OPEN_SEPARATOR.match(folded, token.finish) is not None, token.begin, token.finish)


def _token(match: re.Match[str]) -> _Token | None:
    kind = next(kind for kind in _KINDS if match[kind] is not None)
    month = _MONTHS[match["bare_name"]] if kind == "bare" else None
    point = None if kind in ("bare", "present") else _point(kind, match)
    if point is not None and not 1940 <= point.year <= 2049:
        return None
    return _Token(point, month, kind == "present", match.start(), match.end())


def _point(kind: str, match: re.Match[str]) -> Point:
    if kind == "month":
        year = int(match["name_year"]) if match["name_year"] else _century(int(match["name_short"]))
        return Point(year, _MONTHS[match["name"]])
    if kind == "full":
        first, second = int(match["full_a"]), int(match["full_b"])
        month = second if match["full_mark"] == "." or first > 12 else first
        return Point(int(match["full_year"]), month if 1 <= month <= 12 else None)
    if kind in ("iso", "numeric", "short"):
        prefix = {"iso": "iso", "numeric": "num", "short": "short"}[kind]
        year = int(match[f"{prefix}_year"])
        return Point(_century(year) if kind == "short" else year, int(match[f"{prefix}_month"]))
    if kind == "apostrophe":
        return Point(_century(int(match["apo_year"])))
    return Point(int(match["season_year"] if kind == "season" else match["year"]))


def _century(short: int) -> int:
    return 2000 + short if short <= 39 else 1900 + short
