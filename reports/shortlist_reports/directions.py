"""Which way a metric is better."""

from __future__ import annotations

from shortlist.metric_names import spec_of


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
