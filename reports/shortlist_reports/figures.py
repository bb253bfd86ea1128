"""Writes numbers for people: enough digits to tell values apart, units, a true minus sign."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext

from shortlist.results import Number

MINUS = "\N{MINUS SIGN}"
_MIRRORED = {ROUND_FLOOR: ROUND_CEILING, ROUND_CEILING: ROUND_FLOOR}
MAX_DIGITS = 6


def figure(value: Number, unit: str | None, *, extra: int = 0, plus: bool = False, rounding: str | None = None) -> str:
    """`value` with its unit; `extra` asks for more digits than usual, `plus` for a sign on what is above zero.

    Shares and scores have three decimals, seconds three significant digits (below one second as ms), money at least
    cents and three significant digits. A share that is not exactly 0 or 1 is never written as if it were.
    """
    sign = MINUS if value < 0 else "+" if plus and value > 0 else ""
    size = abs(Decimal(str(value)))
    if rounding is None:
        return sign + _sized(size, unit, extra)
    size = Decimal(f"{size:.12g}")  # so that rounding outwards does not act on the noise of binary floats
    with localcontext(rounding=_MIRRORED[rounding] if value < 0 else rounding):
        return sign + _sized(size, unit, extra)


def _sized(size: Decimal, unit: str | None, extra: int) -> str:
    if unit == "s":
        return _seconds(size, extra)
    if unit == "USD":
        return f"${_significant(size, 3 + extra, least=2)}"
    if unit == "×":
        return f"{_significant(size, 3 + extra)}×"
    if unit == "tokens":
        return f"{size:,.{(0 if size >= 100 or size == size.to_integral_value() else 1) + extra}f} tokens"
    if unit == "1/s":
        return f"{_significant(size, 3 + extra)}/s"
    return _share(size, 3 + extra) + (f" {unit}" if unit else "")


def interval(
    low: Number | None, high: Number | None, unit: str | None, *, extra: int = 0, plus: bool = False
) -> str | None:
    """`low to high`, rounded outwards so that it never promises more than is known; an open end in words.

    None without either end.
    """
    lower = None if low is None else figure(low, unit, extra=extra, plus=plus, rounding=ROUND_FLOOR)
    upper = None if high is None else figure(high, unit, extra=extra, plus=plus, rounding=ROUND_CEILING)
    if lower is None or upper is None:
        return f"at least {lower}" if lower is not None else None if upper is None else f"at most {upper}"
    first, _, suffix = lower.rpartition(" ")
    same = bool(first) and upper.endswith(f" {suffix}")
    return f"{first if same else lower} to {upper}"


def when(moment: str) -> str:
    """A UTC moment in ISO 8601 as people write it; any other text as it is."""
    try:
        return datetime.fromisoformat(moment).strftime("%Y-%m-%d %H:%M:%S UTC")
    except ValueError:
        return moment


def digits_apart(bound: Number, values: Iterable[Number | None], unit: str | None) -> int:
    """How many extra digits show every one of `values` that is not the bound as different from it."""
    unlike = [v for v in values if v is not None and v != bound]
    for extra in range(MAX_DIGITS):
        if all(figure(v, unit, extra=extra) != figure(bound, unit, extra=extra) for v in unlike):
            return extra
    return MAX_DIGITS


def count(number: int, one: str, many: str | None = None) -> str:
    """`1 pair`, `2 pairs`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _share(size: Decimal, digits: int) -> str:
    shown = f"{size:,.{digits}f}"
    while Decimal(shown.replace(",", "")) != size and Decimal(shown.replace(",", "")) in (0, 1) and digits < 12:
        digits += 1
        shown = f"{size:,.{digits}f}"
    return shown


def _significant(size: Decimal, digits: int, least: int = 0) -> str:
    """`size` with `digits` significant digits and at least `least` decimals, never in exponent form."""
    if size == 0:
        return f"{size:.{least}f}"
    decimals = max(digits - 1 - size.adjusted(), least)
    return f"{size:,.{min(decimals, 15)}f}"


def _seconds(size: Decimal, extra: int) -> str:
    if size == 0 or size >= 1:
        return f"{_significant(size, 3 + extra)} s"
    return f"{_significant(size * 1000, 3 + extra)} ms"
