"""Which way a metric is better."""

from __future__ import annotations

from shortlist.metric_names import spec_of
from shortlist.results import Measure, Number, RuleResult


def higher_is_better(metric: str) -> bool | None:
    """The metric's direction; None for a metric that this version does not know."""
    try:
        return spec_of(metric).higher_is_better
    except KeyError:
        return None


def unit_of(metric: str) -> str | None:
    """The metric's unit; None for shares, scores, and metrics that this version does not know."""
    try:
        return spec_of(metric).unit
    except KeyError:
        return None


def is_difference(rule: RuleResult) -> bool:
    """Whether the rule's figures are differences to the incumbent, and its bound a margin."""
    return rule.measures is Measure.DIFFERENCE


def unit_of_rule(rule: RuleResult) -> str | None:
    """The unit of the rule's figures: a ratio's is `×`."""
    return "×" if rule.measures is Measure.RATIO else rule.unit


def limit_of(rule: RuleResult) -> Number:
    """The figure that the rule's value is held against: of a margin, the difference that it allows."""
    return rule.limit
