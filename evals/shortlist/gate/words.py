"""Figures and conditions as a person reads them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

from shortlist.metric_names import MetricSpec
from shortlist.results import MetricKind
from shortlist.suite.model import Rule

_UNIT_WORDS = {
    "s": " s",
    "USD": " USD",
    "tokens": " tokens",
    "requests": " requests",
    "1/s": " per second",
    "ratio": "",
    None: "",
}
AS_SAID = 12
"""Digits of a bound: those that the suite gives it, and no rounding."""
RATIO = MetricSpec(MetricKind.MEAN, "ratio", higher_is_better=False)
"""How the figures of a ratio are written: `0.0294`."""


def condition(rule: Rule, spec: MetricSpec, incumbent: str | None) -> str:
    """The rule as `RuleResult.condition` has it, e.g. `p95 at most 30 s`, `in each domain no worse by 0.1 than old`."""
    where = " ".join(
        part
        for part in (
            place(rule).strip(),
            "" if rule.each is None else f"in each {rule.each}" if rule.each != "tag" else "with each tag",
        )
        if part
    )
    return f"{where} {_condition(rule, spec, incumbent or 'the incumbent')}".strip()


def _condition(rule: Rule, spec: MetricSpec, incumbent: str) -> str:
    percentile = "" if rule.percentile is None else f"p{plain(rule.percentile)} "
    said = plain(bound_said(rule))
    unit = _unit(said, spec)
    if rule.no_worse_by is not None:
        return f"no worse by {said}{unit} than {incumbent}"
    if rule.better_by is not None:
        return f"better than {incumbent}" if rule.better_by == 0 else f"better by {said}{unit} than {incumbent}"
    if rule.at_most_ratio is not None or rule.at_least_ratio is not None:
        return f"at {'least' if rule.at_most_ratio is None else 'most'} {said} times {incumbent}'s"
    return f"{percentile}at {'least' if rule.at_least is not None else 'most'} {said}{unit}"


def place(rule: Rule) -> str:
    """Which pairs the rule is about: ` in domain nurse`, ` with tag ocr`, or nothing for all."""
    if rule.domain is not None:
        return f" in domain {rule.domain}"
    return "" if rule.tag is None else f" with tag {rule.tag}"


def bound_said(rule: Rule) -> Decimal:
    """The one bound that the rule sets, as the suite has it."""
    for bound in (
        rule.at_least,
        rule.at_most,
        rule.no_worse_by,
        rule.better_by,
        rule.at_most_ratio,
        rule.at_least_ratio,
    ):
        if bound is not None:
            return bound
    raise ValueError(f"the rule on {rule.metric} sets no bound")


def plain(number: Decimal, style: str = "f") -> str:
    """Without exponent and without trailing zeros: `0.9`, `30`."""
    text = format(number, style)
    return text.rstrip("0").rstrip(".") if "." in text else text


def figure(value: float, spec: MetricSpec, digits: int = 3, rounding: str = ROUND_HALF_EVEN) -> str:
    """A value with its unit: `75.7%`, `0.93`, `28.1 s`, `$0.0041`, `5,012 tokens`, `3.2 per second`.

    A share or score that is not exactly 0 or 1 gets as many digits as it takes to not read as if it were.
    """
    if spec.unit is None and value not in (0, 1):
        digits = next((d for d in range(digits, AS_SAID + 1) if _rounded(value, d, rounding) not in "01"), digits)
    if spec.kind is MetricKind.RATE:
        return f"{_rounded(100 * value, digits, rounding)}%"
    if spec.unit == "USD":
        return f"{'-' if value < 0 else ''}${_rounded(abs(value), digits, rounding if value > 0 else _other(rounding))}"
    number = _rounded(value, digits, rounding)
    return f"{number}{_unit(number, spec)}"


def _unit(number: str, spec: MetricSpec) -> str:
    """What follows the number: ` s`, ` tokens`, but ` token` after a 1."""
    word = _UNIT_WORDS[spec.unit]
    return word.removesuffix("s") if number == "1" and spec.unit in ("tokens", "requests") else word


def gap(value: float, spec: MetricSpec, digits: int = 3, rounding: str = ROUND_HALF_EVEN) -> str:
    """The size of a difference, at least 0: shares are apart by points."""
    if spec.kind is MetricKind.RATE:
        points = _rounded(100 * value, digits, rounding)
        return f"{points} point{'' if points == '1' else 's'}"
    return figure(value, spec, digits, rounding)


def signed_gap(value: float, spec: MetricSpec, digits: int = 3, rounding: str = ROUND_HALF_EVEN) -> str:
    """A difference in words: `2 points lower`, `0.4 s higher`, `no different`."""
    if value == 0:
        return "no different"
    if value > 0:
        return f"{gap(value, spec, digits, rounding)} higher"
    return f"{gap(-value, spec, digits, _other(rounding))} lower"


def _other(rounding: str) -> str:
    """Rounding of the size of a negative number."""
    return {ROUND_FLOOR: ROUND_CEILING, ROUND_CEILING: ROUND_FLOOR}.get(rounding, rounding)


def digits_apart(value: float, bound: float, spec: MetricSpec, rounding: str) -> int:
    """Digits with which the two read differently: 89.97% must not read as 90% beside a bound of 90%."""
    for digits in range(3, AS_SAID + 1):
        if figure(value, spec, digits, rounding) != figure(bound, spec, digits):
            return digits
    return 3


def percent(share: float) -> str:
    """A confidence: `95%`, `99.99%`, and 100% for nothing but 1."""
    return f"{plain(Decimal(f'{100 * share:.12g}'))}%"


def count(n: int, noun: str) -> str:
    """`1 pair`, `12 pairs`."""
    return f"{n} {noun}" if n == 1 else f"{n:,} {noun}s"


def some(names: Sequence[str]) -> str:
    """The first few names, and how many more there are."""
    shown = ", ".join(names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"


def _rounded(value: float, digits: int, rounding: str) -> str:
    """Significant digits with no exponent; whole numbers stay whole."""
    # Twelve digits first: a float's 0.1 + 0.2 must not become 0.301 when rounded upwards.
    exact = Decimal(f"{value:.12g}")
    last = min(0, exact.adjusted() - digits + 1)
    return plain(exact.quantize(Decimal(1).scaleb(last), rounding=rounding), ",f")
