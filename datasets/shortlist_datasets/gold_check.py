"""Whether gold is true: each fact stands in its pair's texts, or says why it does not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from shortlist_datasets.pair import Pair
from shortlist_datasets.wording import normal_form, says, says_date, searchable

_DATE = re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d{2})(?:-(?P<day>\d{2}))?)?")
_FIGURE = re.compile(r"(\d[\d.,' \u202f]*\d|\d)( ?k\b)?")
_THOUSANDS_MARK = re.compile(r"[.,' \u202f](?=\d{3}(?!\d))")


@dataclass(frozen=True, slots=True)
class GoldFault:
    """A fact of gold that the pair's texts do not bear out."""

    pair: str
    path: str
    """`task.field[0].key`, as `Pair.inferred` spells it."""
    why: str


def gold_faults(pair: Pair) -> list[GoldFault]:
    """Every fact of a pair's gold that neither stands in its texts nor has a reason in `Pair.inferred`.

    Texts must occur as whole words, blind to case, accents, white space, line breaks inside a word, kinds of dash and
    of quote. A date must be stated as `wording.says_date` has it. A number needs its digits, however its thousands are
    marked. A flag beside a text is true when the résumé says the text, and false when it does not; any other flag needs
    a reason. null, and an empty list or object, states an absence, and is not looked up. A reason that belongs to no
    fact is a fault as well.
    """
    texts = _Texts(pair)
    faults: list[GoldFault] = []
    used: set[str] = set()
    for path, value, beside in _facts(pair.gold):
        reasons = [key for key in pair.inferred if _covers(key, path)]
        used.update(reasons)
        if reasons:
            continue
        why = texts.fault(value, beside)
        if why is not None:
            faults.append(GoldFault(pair.id, path, why))
    faults += [
        GoldFault(pair.id, key, "'inferred' gives a reason for it, and gold has no such fact")
        for key in pair.inferred
        if key not in used
    ]
    return faults


def _covers(key: str, path: str) -> bool:
    return path == key or (path.startswith(key) and path[len(key)] in ".[")


def _facts(gold: Any) -> Iterator[tuple[str, Any, str | None]]:
    """Every leaf with its path and, for a flag, the text that it is a flag of."""
    stack: list[tuple[str, Any, str | None]] = [("", gold, None)]
    while stack:
        path, value, beside = stack.pop()
        if isinstance(value, dict | list) and not value:
            yield path, None, None
        elif isinstance(value, dict):
            text = next((inner for inner in value.values() if isinstance(inner, str)), None)
            stack.extend(
                (f"{path}.{key}" if path else key, inner, text) for key, inner in reversed(list(value.items()))
            )
        elif isinstance(value, list):
            stack.extend((f"{path}[{index}]", inner, None) for index, inner in reversed(list(enumerate(value))))
        else:
            yield path, value, beside


class _Texts:
    """A pair's texts, in the form in which facts are looked up."""

    def __init__(self, pair: Pair) -> None:
        self._resume = searchable(pair.resume_text)
        self._both = f"{self._resume} \n {searchable(pair.job_description_text)}"
        self._figures = _figures(self._both)

    def fault(self, value: Any, beside: str | None) -> str | None:
        """Why the texts do not bear the value out; None when they do."""
        if isinstance(value, bool):
            return self._flag(value, beside)
        if isinstance(value, int | float):
            return None if _digits(value) & self._figures else f"the figure {value} does not occur"
        if isinstance(value, str):
            return self._text(value)
        return None

    def _flag(self, value: bool, beside: str | None) -> str | None:
        if beside is None:
            return "a flag cannot be looked up: give the reason in 'inferred'"
        if says(self._resume, beside) != value:
            return f"the résumé {'does not say' if value else 'says'} {beside!r}"
        return None

    def _text(self, value: str) -> str | None:
        date = _DATE.fullmatch(value)
        if date is not None:
            return None if says_date(self._both, **date.groupdict()) else f"the date {value} does not occur"
        said = says(self._both, value.replace("_", " ")) if normal_form(value) else False
        return None if said else f"{value!r} does not occur"


def _figures(text: str) -> set[str]:
    """Every figure in the text, without the marks that part its thousands; `82k` counts as 82000."""
    found = set()
    for figure, thousands in _FIGURE.findall(text):
        for part in (figure, *figure.split()):
            whole = _THOUSANDS_MARK.sub("", part).replace(",", ".")
            found.add(whole.rstrip("0").rstrip(".") if "." in whole else whole)
            found.add(whole + "000" if thousands else whole)
    return found


def _digits(value: float) -> set[str]:
    plain = format(Decimal(repr(abs(value))), "f")
    return {plain, plain.rstrip("0").rstrip(".") if "." in plain else plain}
