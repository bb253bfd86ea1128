"""Which way a metric is better."""

from __future__ import annotations

from shortlist.metric_names import spec_of
from shortlist.results import Number, RuleResult


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


def is_margin(rule: RuleResult) -> bool:
    """Whether the rule's figures are differences to the incumbent, and its bound a margin."""
    return rule.condition.startswith("no worse")


def limit_of(rule: RuleResult) -> Number:
    """The figure that the rule's value is held against.

    A margin is written without a sign; on candidate minus incumbent it lies below zero where higher is better.
    """
    below_zero = is_margin(rule) and higher_is_better(rule.metric) and rule.bound > 0
    return -rule.bound if below_zero else rule.bound


def passes_above(rule: RuleResult) -> bool | None:
    """Whether the rule passes above its limit, or below it; None when its words do not tell."""
    if is_margin(rule):
        return higher_is_better(rule.metric)
    return True if "at least" in rule.condition else False if "at most" in rule.condition else None
