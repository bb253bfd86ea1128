"""The pay that a job advert names: figures, currency and what they are for, in five languages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from shortlist_providers.rules.language import language_of
from shortlist_providers.rules.lines import fold

_CURRENCY = (
    r"(?:(?:us|ca|au|nz|c|a|r|s/|mx)\$|\$(?:us|mxn?|ca)?|[£€]|\b(?:usd|gbp|eur|euros?|mxn|brl|cad|aud|chf|ars|cop"
    r"|clp|pen|inr|pln"
    r"|reais|pesos|dollars?|pounds|fr\.|sfr\.?)(?![a-z])|\bs/\.?)"
)
_AMOUNT = r"\d{1,3}(?:[.,'’ ]\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d{1,7}(?:[.,]\d{1,2})?(?!\d)"
_THOUSAND = r"(?:\s?(?:k|mil)\b)?"
_SUM = re.compile(
    rf"(?P<before>{_CURRENCY})?\s?(?P<low>{_AMOUNT})(?P<low_k>{_THOUSAND})\s?(?P<middle>{_CURRENCY})?"
    rf"(?:\s?(?:-|–|—|/|\bto\b|\band\b|\ba\b|\by\b|\be\b|\bate\b|\bbis\b|\bund\b|\bet\b|\bhasta\b|\bau?\b)\s?"
    rf"(?P<second>{_CURRENCY})?\s?(?P<high>{_AMOUNT})(?P<high_k>{_THOUSAND})\s?(?P<after>{_CURRENCY})?)?"
)
_UNITS: Final = (
    ("HOUR", r"\b(?:hours?|hourly|hr|hrs|ph|horas?|heures?|stunden?|std|stundlich|stundenlohn)\b|/\s?h\b|l'heure"),
    ("DAY", r"\b(?:per day|a day|daily|day rate|diari[oa]s?|al dia|por dia|par jour|jour|pro tag|tagessatz|diaria)\b"
            r"|/\s?day"),
    ("WEEK", r"\b(?:per week|a week|weekly|semanal(?:es|is)?|por semana|a la semana|par semaine|pro woche"
             r"|wochentlich)\b"),
    ("MONTH", r"\b(?:months?|monthly|mensual(?:es)?|mes|meses|mois|mensuels?|mensuelle|monat|monatlich|monats\w*"
              r"|mensa(?:l|is))\b|/\s?mes"),
    ("YEAR", r"\b(?:years?|yearly|annum|annual(?:ly)?|p\.?a|anual(?:es)?|anuais|ano|anos|annuels?|annuelle|par an"
             r"|annee"
             r"|jahr|jahrlich"
             r"|jahres\w*|year's)\b|/\s?(?:yr|year|ano|an)\b"),
)  # fmt: skip
_UNIT_PATTERNS = tuple((unit, re.compile(pattern)) for unit, pattern in _UNITS)
_ABOUT_PAY = re.compile(
    r"\b(?:salar\w+|pay|paid|paying|wages?|compensation|rate|remunera\w+|sueldo|retribu\w+|salaire|gehalt\w*"
    r"|vergutung\w*|entgelt"
    r"|verdienst|lohn|stundenlohn|jahresgehalt|brut[oa]s?|brutto\w*|bruts?|gross|ordenado|vencimento|echelle|package"
    r"|offer|base)\b"
)
_NO_PAY = re.compile(
    r"\b(?:bonus|sign-?on|relocation|allowance|premium|differential|stipend|tuition|learning|training budget"
    r"|reimburse\w*|budget"
    r"|revenue|turnover|million|millones|millions|millionen|milhoes|mio|funding|sales of|raised|citizens|employees"
    r"|colaboradores"
    r"|habitantes|einwohner|mitarbeiter|salaries|vale[- ]\w+|tickets?|primes?|zuschlag|zulage|supplement\w*|plus d"
    r"|subsidio|prima"
    r"|ajuda de custo|contribution|pension|401|gutschein|essenszuschuss|fee|fees|deposit)\b"
)
_UP_TO = re.compile(r"\b(?:up to|to|hasta|jusqu'?a|bis zu|bis|ate|maximum|max\.?)\s*$")
_FROM = re.compile(
    r"\b(?:from|starting at|starts? at|not be below|no less than|desde|a partir de|a partir del?|ab|mindestens"
    r"|beginnt bei|at least"
    r"|a partir|des|minimum(?: salary)?(?: of| is)?|min\.?)\s*$"
)
_DOLLARS: Final = (
    ("MXN", r"mexico|queretaro|monterrey|guadalajara|puebla|tijuana|cdmx|toluca|merida|jalisco|nuevo leon|guanajuato"
            r"|imss"),
    ("CAD", r"canada|quebec|ontario|toronto|vancouver|montreal|alberta|calgary|ottawa|manitoba|nova scotia"
            r"|monteregie|british columbia"),
    ("AUD", r"australia|sydney|melbourne|brisbane|perth|adelaide|queensland|victoria\b"),
    ("NZD", r"new zealand|auckland|wellington"),
    ("ARS", r"argentina|buenos aires|rosario|cordoba|mendoza|santa fe|monotributo"),
    ("CLP", r"chile|santiago|valparaiso"),
    ("COP", r"colombia|bogota|medellin|cali\b|barranquilla"),
)  # fmt: skip
_PLACES = tuple((code, re.compile(rf"\b(?:{pattern})")) for code, pattern in _DOLLARS)
_CODES: Final = {
    "£": "GBP", "€": "EUR", "euro": "EUR", "euros": "EUR", "pounds": "GBP", "reais": "BRL", "r$": "BRL", "us$": "USD",
    "$us": "USD", "ca$": "CAD", "c$": "CAD", "$ca": "CAD", "au$": "AUD", "a$": "AUD", "nz$": "NZD", "mx$": "MXN",
    "$mx": "MXN",
    "$mxn": "MXN", "s/$": "PEN", "s/": "PEN", "s/.": "PEN", "fr.": "CHF", "sfr": "CHF", "sfr.": "CHF",
}  # fmt: skip
_READ = 20_000
_AROUND = 45
"""Characters before and after the figures that say what they are."""
_MOST_SUMS = 200
_LEAST = 5
"""Of any currency: less is no pay."""


@dataclass(frozen=True, slots=True)
class _Found:
    worth: int
    pay: dict[str, Any]


def base_salary(text: str) -> dict[str, Any] | None:
    """The pay in a text as the task's `baseSalary`; None where it names no figure that reads like pay."""
    folded = fold(text[:_READ]).replace("\u202f", " ").replace("\u00a0", " ")
    best: _Found | None = None
    for number, match in enumerate(_SUM.finditer(folded)):
        if number == _MOST_SUMS:
            break
        found = _read(folded, match)
        if found is not None and (best is None or found.worth > best.worth):
            best = found
    return best.pay if best else None


def _read(folded: str, match: re.Match[str]) -> _Found | None:
    """One sum of money as pay, with how sure it is; None where it is no pay."""
    sign = next((match[name] for name in ("before", "middle", "second", "after") if match[name]), None)
    if sign is None:
        return None
    before = folded[max(0, match.start() - _AROUND) : match.start()].rpartition("\n\n")[2]
    after = folded[match.end() : match.end() + _AROUND].partition("\n\n")[0]
    said = _ABOUT_PAY.search(before) is not None or _ABOUT_PAY.search(after[:20]) is not None
    low = _value(match["low"], match["low_k"] or (match["high_k"] if match["high"] else ""))
    high = _value(match["high"], match["high_k"]) if match["high"] else None
    unit = _unit(after) or _unit(before)
    top = high if high is not None else low
    # "to" and "a" also part other things than the ends of a range.
    range_holds = high is None or low <= high <= 20 * max(low, 1)
    told = bool(unit) or said or high is not None
    if not range_holds or top < _LEAST or not told or _is_no_pay(before, after, sure=said and high is not None):
        return None
    least = None if high is None and _UP_TO.search(before) else low
    most = None if high is None and least is not None and _FROM.search(before) else top
    worth = 3 * said + 2 * (high is not None) + 2 * bool(unit)
    return _Found(worth, _pay(folded, sign, least, most, unit))


def _is_no_pay(before: str, after: str, *, sure: bool) -> bool:
    """Whether the words next to a sum say that it is a bonus, a budget, a turnover or the like."""
    clause = re.split(r"[.;!](?=\s)|, |\s[·|•]\s", before)[-1]
    behind = re.split(r"[.;!](?=\s)|, ", after)[0][:14]
    return _NO_PAY.search(clause) is not None or (not sure and _NO_PAY.search(behind) is not None)


def _pay(folded: str, sign: str, low: float | None, high: float | None, unit: str | None) -> dict[str, Any]:
    return {
        "currency": _currency(sign, folded),
        "minValue": low,
        "maxValue": high,
        "unitText": unit or _unit_by_size(high or low or 0.0),
    }


def _unit(text: str) -> str | None:
    """The unit that is named first."""
    places = [(match.start(), unit) for unit, pattern in _UNIT_PATTERNS if (match := pattern.search(text))]
    return min(places)[1] if places else None


def _unit_by_size(value: float) -> str:
    return "HOUR" if value < 200 else "DAY" if value < 700 else "MONTH" if value < 9000 else "YEAR"


def _currency(sign: str, folded: str) -> str:
    sign = sign.strip()
    if sign in _CODES:
        return _CODES[sign]
    if len(sign) == 3 and sign.isalpha():
        return sign.upper()
    for code, pattern in _PLACES:
        if pattern.search(folded):
            return code
    if sign == "pesos":
        return "MXN"
    return "BRL" if sign == "r$" else "MXN" if language_of(folded) == "es" else "USD"


def _value(text: str, thousands: str) -> float:
    """A figure of any notation: "61,542", "2.400", "33,18", "45k"."""
    text = re.sub(r"['’ ]", "", text)
    marks = re.findall(r"[.,]", text)
    if marks and len(text) - text.rfind(marks[-1]) - 1 < 3:
        whole, _, part = text.rpartition(marks[-1])
        value = float(f"{re.sub('[.,]', '', whole)}.{part or 0}")
    else:
        value = float(re.sub("[.,]", "", text))
    value = value * 1000 if thousands.strip() else value
    return int(value) if value == int(value) else value
