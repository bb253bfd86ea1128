"""Figures in a text: their values, scales and units.

A figure has one reading or several, each a value with a unit: `1.200` is 1200 or 1.2; the `5` of `5-10%` is 5 or 5%.
A figure is stated by a source when the source has one of its readings. So `18.6 million` is 18,600,000, `'19` is 2019,
and `95%` is not 95.

Digits with any locale's marks (`1,200`, `1.200`, `1 200`, `1'200`, `1.5`, `1,5`); words from two to a hundred in five
languages (`number_words`); scales (`k`, `M`, million, Mio., mil …); per cent; currencies by sign, code or word;
two-digit years after an apostrophe; both ends of a range; months with their year (`03/2019`), which are dates. Words
for "about", "over" and "up to" change nothing: "over 100" states 100. A figure glued to letters in front of it is part
of a name (`B2B`, `Q3`, `COVID-19`): the name must stand in the source. Not read are `one` and its like, ordinals in
words ("first"), and figures that a verb implies ("doubled").
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, pairwise
from typing import Final

from shortlist.metrics.number_words import LONGEST, ONLY_IN, SCALES, WORDS, language_of
from shortlist.metrics.tokens import Gap, Words, words_of

Reading = tuple[float, str]
"""A value and its unit: empty, `%` or a currency."""

_SPACES = " \u00a0\u202f\u2009"
_DIGITS = re.compile(
    rf"(?P<grouped>(?<![\d.,])\d{{1,3}}(?P<mark>[.,'\u2019{_SPACES}])\d{{3}}(?:(?P=mark)\d{{3}})*(?!\d)"
    rf"(?P<fraction>[.,]\d{{1,2}}(?!\d))?)"
    r"|\d+(?:[.,]\d{1,3}(?![\d]))?"
)
_DIGIT = re.compile(r"\d")
_CURRENCY_BEFORE = re.compile(
    rf"(?:(?:US|CA?|AU?|MX|R)?\$|[€£¥₹]|\b(?:USD|EUR|GBP|CHF|CAD|AUD|BRL|MXN|INR|JPY|Fr\.))[{_SPACES}]?$", re.IGNORECASE
)
_GLUED = re.compile(r"(?:[^\W_]|[-&/](?=[^\W_]|-?$))*[^\W\d_]-?$")
_TAIL = re.compile(r"[^\W_]*(?:\+\+|\#|\+(?!\w))?")
_AFTER = re.compile(r"(?P<space>\s{0,3})(?P<word>%|(?:US|R)?\$|[€£¥]|[^\W\d_]+(?=\W|$|_|\d))\.?")
_PER_CENT = re.compile(
    r"\s{0,3}(?:%|(?:(?:per|por|pour|pro)\s{1,3}(?:cent|ciento|cento)|percent|percentage|pct|prozent)\b)", re.I
)
_RANGE = re.compile(r"\s{0,3}(?:[-\u2010-\u2015]|\bto\b|\bbis\b|\ba\b|\bà\b|\bate\b|\baté\b)\s{0,3}", re.IGNORECASE)
_MONTH = re.compile(
    r"(?<![\d./-])(?:(?P<month>0?[1-9]|1[0-2])[/.-](?P<year>(?:19|20)\d\d)|(?P<first>(?:19|20)\d\d)-(?P<second>0[1-9]|1[0-2]))"
    r"(?![\d/-])"
)
_CURRENCIES: Final = {
    **dict.fromkeys(("$", "us$", "usd", "dollar", "dollars", "dolares"), "$"),
    **dict.fromkeys(("€", "eur", "euro", "euros"), "€"),
    **dict.fromkeys(("£", "gbp", "pound", "pounds"), "£"),
    **dict.fromkeys(("r$", "brl", "reais", "real"), "r$"),
    **dict.fromkeys(("c$", "ca$", "cad"), "c$"),
    **dict.fromkeys(("a$", "au$", "aud"), "a$"),
    **dict.fromkeys(("mx$", "mxn", "pesos"), "mx$"),
    **dict.fromkeys(("chf", "fr", "franken"), "chf"),
    **dict.fromkeys(("¥", "jpy", "yen"), "¥"),
    **dict.fromkeys(("₹", "inr", "rupees"), "₹"),
}
_OF_DOLLARS: Final = frozenset(("c$", "a$", "mx$"))
"""What may be written as `$` alone at home."""
_NUMBER_STARTS: Final = frozenset(phrase[0] for phrase in (*WORDS, *(p for of in ONLY_IN.values() for p in of)))
_CENTURIES: Final = (1900, 2000)
_LONGEST_NAME: Final = 60  # characters in front of a figure that is glued to them
_LONGEST_CURRENCY: Final = 8  # characters, with what must not stand in front of it
_YEARS: Final = range(1900, 2100)


@dataclass(slots=True)
class Figure:
    """One figure of a text."""

    start: int
    end: int
    readings: set[Reading] = field(default_factory=set)
    name: str | None = None
    """The name that it is a part of, as the text spells it."""
    date: str | None = None
    """Of a month with its year: `2019-03`."""
    scale: float = 1.0
    """What the words behind it multiply it by."""


def language(texts: Iterable[str]) -> str:
    """The likeliest of the five languages of texts; it decides how words like `once` and `dos` are read."""
    return language_of(Counter(chain.from_iterable(words_of(text).folded for text in texts)))


def figures_of(text: str, spoken: str | None) -> list[Figure]:
    """Every figure of the text, in order.

    Args:
        text: Any text.
        spoken: Its language, for words that are numbers in one language alone; None reads those of every language.
    """
    any_digits = _DIGIT.search(text) is not None
    months = [
        Figure(*match.span(), date=f"{match['year'] or match['first']}-{int(match['month'] or match['second']):02}")
        for match in (_MONTH.finditer(text) if any_digits else ())
    ]
    for month in months:
        month.readings = {(float((month.date or "")[:4]), "")} if spoken is None else set()
    found = [*months, *(_in_digits(text) if any_digits else ()), *_in_words(words_of(text), spoken)]
    found.sort(key=lambda figure: (figure.start, -figure.end))
    figures: list[Figure] = []
    for figure in found:
        # "hundred" inside "two hundred" is no figure of its own, unless it begins a line and could be read alone
        inside = figures and figure.end <= figures[-1].end
        if not inside or "\n" in text[figures[-1].start : figure.start]:
            figures.append(figure)
    _join_ranges(text, figures)
    return figures


def _in_digits(text: str) -> Iterator[Figure]:
    for match in _DIGITS.finditer(text):
        start, end = match.span()
        values = _values(match)
        figure = Figure(start, end)
        before = text[max(0, start - _LONGEST_NAME) : start]
        # what is glued to the figure; most have white space there, and the search costs more than the look
        currency = _CURRENCY_BEFORE.search(before[-_LONGEST_CURRENCY:])
        glued = currency is None and (before[-1:].isalpha() or before[-1:] == "-")
        letters = _GLUED.search(before) if glued else None
        if letters is not None:
            tail = _TAIL.match(text, end)
            figure.name = letters.group() + match.group() + (tail.group() if tail else "")
            if before.endswith("-"):
                figure.readings |= {(value, "") for value in values if value in _YEARS}
            figure.start = start - len(letters.group())
            yield figure
            continue
        unit = _CURRENCIES[currency.group().strip().casefold().rstrip(".")] if currency else ""
        if currency:
            figure.start = start - len(currency.group())
        _with_what_follows(text, figure, values, unit)
        if not unit and end - start == 2 and before.endswith(("'", "\u2019", "\u2018", "/", ".")):
            figure.readings |= {(century + int(match.group()), "") for century in _CENTURIES}
        yield figure


def _values(match: re.Match[str]) -> set[float]:
    digits = match.group()
    mark = match["mark"]
    if mark is None:
        return {float(digits.replace(",", "."))}
    fraction = match["fraction"] or ""
    one_mark = mark in ".," and digits.count(mark) == 1 and not fraction
    if one_mark and digits.startswith("0"):
        return {float(digits.replace(",", "."))}
    grouped = float(re.sub(r"\D", "", digits.removesuffix(fraction)) + fraction.replace(",", "."))
    return {grouped, float(digits)} if one_mark and mark == "." else {grouped}


def _in_words(words: Words, spoken: str | None) -> Iterator[Figure]:
    special = [ONLY_IN[spoken]] if spoken is not None else list(ONLY_IN.values())
    index, count = 0, len(words.folded)
    while index < count:
        if words.folded[index] not in _NUMBER_STARTS:
            index += 1
            continue
        step = 1
        for length in range(min(LONGEST, count - index), 0, -1):
            phrase = words.folded[index : index + length]
            value = next((table[phrase] for table in (WORDS, *special) if phrase in table), None)
            gaps = words.gaps[index + 1 : index + length]
            if value is None or Gap.MARK in gaps:
                continue
            figure = Figure(words.starts[index], words.ends[index + length - 1])
            _with_what_follows(words.text, figure, {float(value)}, "")
            yield figure
            step = length
            if Gap.LINE not in gaps:
                break  # else the line's end may be the phrase's: the shorter number is one as well
        index += step


def _with_what_follows(text: str, figure: Figure, values: set[float], unit: str) -> None:
    """Gives the figure its readings by the scales and units behind it, and moves its end behind them."""
    readings = {(value, unit) for value in values}
    position = figure.end
    for _ in range(4):
        found = _unit(text, position, unit)
        if found is None:
            break
        end, scale, new_unit, certain = found
        scaled = {(round(value * scale, 6), new_unit or of) for value, of in readings}
        figure.readings |= set() if certain and "\n" not in text[position:end] else readings
        readings = scaled
        figure.scale *= scale
        unit = unit or new_unit
        position = end
    ends_a_sentence = position > figure.end and text[position - 1] == "."
    figure.end = position - ends_a_sentence
    figure.readings |= readings
    figure.readings |= {(value, "$") for value, of in figure.readings if of in _OF_DOLLARS}


def _unit(text: str, position: int, unit: str) -> tuple[int, float, str, bool] | None:
    """What stands at a position behind a figure: where it ends, its scale, its unit, and whether it can be no other."""
    per_cent = _PER_CENT.match(text, position)
    if per_cent is not None:
        return per_cent.end(), 1.0, "%", True
    after = _AFTER.match(text, position)
    if after is None:
        return None
    word, glued = after["word"], not after["space"]
    if word.casefold() in ("m", "mm", "b", "k"):
        return _letter(after, word, glued, unit)
    folded = words_of(word).folded[0] if word.isalpha() else word.casefold()
    if folded in SCALES:
        return after.end(), SCALES[folded], "", True
    if folded in _CURRENCIES and not unit:
        return after.end("word"), 1.0, _CURRENCIES[folded], folded not in ("real", "fr", "pound", "pounds")
    return None


def _letter(after: re.Match[str], word: str, glued: bool, unit: str) -> tuple[int, float, str, bool] | None:
    """`5k`, `5M`, `5 MM`, `$5m`; `5 m` are metres, and `5 k` is anything."""
    scale = {"m": 1e6, "mm": 1e6, "b": 1e9, "k": 1e3}[word.casefold()]
    likely = bool(unit) or (glued and (word.isupper() or word == "k"))
    possible = likely or word.isupper() or word == "k"
    return (after.end("word"), scale, "", likely) if possible else None


def _join_ranges(text: str, figures: list[Figure]) -> None:
    """Gives both ends of a range the unit and the scale that only one of them has: `$10-85 million`, `5 to 10%`."""
    for first, second in pairwise(figures):
        if first.end > second.start or not _RANGE.fullmatch(text, first.end, second.start):
            continue
        values = {value for value, _ in first.readings}
        own, other = ({unit for _, unit in figure.readings if unit} for figure in (first, second))
        if own and not other:
            second.readings |= {(value, unit) for value, _ in second.readings for unit in own}
        if second.scale != 1.0 or other:
            scales = {1.0, second.scale} if first.scale == 1.0 else {1.0}
            units = own or other or {""}
            first.readings |= {
                (round(value * scale, 6), unit) for value in values for scale in scales for unit in units
            }
