"""`usage.input`, `usage.cached`, `usage.output`, `usage.reasoning`: tokens of a case, summed over its attempts.

input
    Prompt tokens that were neither read from a cache nor written to one.
cached
    Prompt tokens read from a cache.
output
    All generated tokens, reasoning included.
reasoning
    The part of output that is reasoning.

Every attempt that reports a figure counts, failed ones too: they were generated, and are paid for; of a chain, every
request that it made. A figure that no attempt reports is missing, never 0.
"""

from __future__ import annotations

from shortlist.cases import Record
from shortlist.metrics.base import Case, FamilyScores, Material, Scorer, missing, ok
from shortlist.scores import Score

VERSION = "2"

_FIGURES = {
    "usage.input": "input",
    "usage.cached": "cached_read",
    "usage.output": "output",
    "usage.reasoning": "reasoning",
}


def scorer(material: Material) -> Scorer:
    """Counts tokens; needs nothing but the case."""
    return _judge


def _judge(case: Case) -> FamilyScores:
    return FamilyScores({metric: _sum(case.record, figure) for metric, figure in _FIGURES.items()})


def _sum(record: Record, figure: str) -> Score:
    asked = record.generation.steps or record.attempts
    reported = [count for request in asked if (count := getattr(request.usage, figure)) is not None]
    if reported:
        return ok(float(sum(reported)))
    return missing("usage not reported" if record.attempts else "not sent")
