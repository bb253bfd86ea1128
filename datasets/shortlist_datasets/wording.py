"""Whether a text says something, however it is spelt: words, and dates in the languages of the bundled pairs."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_MONTHS = (
    "january jan januar janner janvier janv enero ene janeiro gennaio gen",
    "february feb febr februar fevrier fevr fev febrero fevereiro febbraio",
    "march mar marz maerz mrz mars marzo marco",
    "april apr avril avr abril abr aprile",
    "may mai mayo maio maggio mag",
    "june jun juni juin junio junho giugno giu",
    "july jul juli juillet juil julio julho luglio lug",
    "august aug aout agosto ago",
    "september sep sept septembre septiembre setiembre setembro set settembre",
    "october oct okt oktober octobre octubre outubro out ottobre ott",
    "november nov novembre noviembre novembro",
    "december dec dez dezember decembre diciembre dic dezembro dicembre",
)
"""Names of the months, without accents, in English, Spanish, French, German, Portuguese and Italian."""

_LINE_HYPHEN = re.compile(r"(?<=\w)(?:-[^\S\n]*\n\s*|\u00ad\s*)(?=[^\W\d_])")
_DASHES = re.compile(r"[\u2010-\u2015\u2212-]")
_SINGLE_QUOTES = re.compile(r"[\u2018\u2019\u201b\u02bc\u00b4]")
_DOUBLE_QUOTES = re.compile(r"[\u201c\u201d\u201e\u00ab\u00bb]")


def normal_form(text: str) -> str:
    """The text blind to case, accents, ligatures, white space, kinds of dash and quote, words broken across lines."""
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", _LINE_HYPHEN.sub("", text)).casefold())
    text = "".join(char for char in text if not unicodedata.combining(char))
    text = _SINGLE_QUOTES.sub("'", _DOUBLE_QUOTES.sub('"', _DASHES.sub(" ", text)))
    return " ".join(text.split())


def searchable(text: str) -> str:
    """The text in `normal_form`; where a hyphen ends a line, also with the two halves as two words.

    `month-` at a line's end and `end` on the next are "month-end" as well as "monthend": nothing tells which.
    """
    joined = normal_form(text)
    apart = normal_form(_LINE_HYPHEN.sub(" ", text))
    return joined if joined == apart else f"{joined} \n {apart}"


def says(text: str, words: str) -> bool:
    """Whether the words occur in a text of `normal_form` as whole words: "Java" is not in "JavaScript"."""
    return re.search(rf"(?<!\w){re.escape(normal_form(words))}(?![\w+#])", text) is not None


def says_date(text: str, year: str, month: str | None = None, day: str | None = None) -> bool:
    """Whether a text of `normal_form` states a date.

    A year alone stands in four digits, or in two after an apostrophe or a month (`'19`, `3/19`, `mar 19`). A
    month stands beside its year, in words or figures, in either order, with or without a day (`März 2019`, `03/2019`,
    `March 15, 2019`, `2019-03`), or before a span's end that names the year for both (`March to June 2019`). A day's
    figure must occur somewhere.

    Args:
        text: In `normal_form` or `searchable`.
        year: Four digits.
        month: One or two digits; a number that is no month occurs nowhere.
        day: One or two digits.
    """
    if month is None:
        return _year_pattern(year).search(text) is not None
    if not 1 <= int(month) <= len(_MONTHS):
        return False
    if day is not None and re.search(rf"(?<!\d)0?{int(day)}(?!\d)", text) is None:
        return False
    return _month_pattern(year, int(month)).search(text) is not None


@lru_cache(maxsize=256)
def _year_pattern(year: str) -> re.Pattern[str]:
    names = "|".join(name for month in _MONTHS for name in month.split())
    return re.compile(
        rf"(?<!\d){year}(?!\d)|(?:'|\b(?:{names})\b[./]? ?){year[2:]}(?!\d)"
        rf"|(?<![\d.])(?:\d{{1,2}}[/.])?(?:0?[1-9]|1[0-2])[/.]{year[2:]}(?![\d%])"
    )


@lru_cache(maxsize=1024)
def _month_pattern(year: str, month: int) -> re.Pattern[str]:
    names = rf"\b(?:{'|'.join(_MONTHS[month - 1].split())})\b"
    short = rf"{year[2:]}(?!\d|(?:st|nd|rd|th)\b|, ?\d{{4}})"  # in "May 19, 2021" the 19 is a day
    either = rf"'?(?:{year}(?!\d)|{short})"
    ways = (
        rf"{names}[.,/]? ?(?:(?:del?|of) )?{either}",
        rf"{names}\.? \d{{1,2}}(?:st|nd|rd|th)?,? {year}(?!\d)",
        rf"(?<!\d){year}[,/.]? ?{names}",
        rf"{names}\.?[^\d]{{1,20}}{year}(?!\d)",  # "March to June 2019"
        rf"(?<!\d)0?{month} ?[/.] ?{either}",
        rf"(?<!\d)0?{month} {year}(?!\d)",  # 03-2019: a dash is a space here
        rf"(?<!\d)0?{month}[/.]\d{{1,2}}[/.](?:{year}|{year[2:]})(?!\d)",
        rf"(?<!\d)0?{month} (?:\w{{1,3}} )?\d{{1,2}}[/.]{year}(?!\d)",  # 03-05/2019
        rf"(?<!\d){year} ?[ /.] ?0?{month}(?!\d)",
    )
    return re.compile("|".join(ways))
