"""`latency.total`, `latency.first_token`, `latency.per_output_token`: seconds, of the last attempt of an `ok` case.

total
    From sending the request to its last token. Waiting in the queue and earlier attempts are not part of it.
first_token
    From sending the request to its first token; needs a backend that streams.
per_output_token
    From the first token to the last, over the tokens after the first; needs streaming and reported usage, and has no
    meaning for an output of one token.

A case that did not end `ok` has no latency: it is missing, as `failed: timeout` and the like, for whoever compares to
count as worse than any value. Cached and replayed generations took no time that says anything: missing, as `cached`.
"""

from __future__ import annotations

from shortlist.metrics.base import Case, FamilyScores, Material, Scorer, missing, not_applicable, ok
from shortlist.scores import Score

VERSION = "1"

METRICS = ("latency.total", "latency.first_token", "latency.per_output_token")


def scorer(material: Material) -> Scorer:
    """Times cases; needs nothing but the case."""
    return _judge


def _judge(case: Case) -> FamilyScores:
    generation = case.record.generation
    reason = "cached" if generation.cached else case.failure
    if reason is not None:
        return FamilyScores(dict.fromkeys(METRICS, missing(reason)))
    timings = generation.timings
    total = ok(timings.last_token - timings.sent)
    if timings.first_token is None:
        unknown = missing("not streamed")
        return FamilyScores(dict(zip(METRICS, (total, unknown, unknown), strict=True)))
    first = ok(timings.first_token - timings.sent)
    each = _per_token(timings.last_token - timings.first_token, generation.usage.output)
    return FamilyScores(dict(zip(METRICS, (total, first, each), strict=True)))


def _per_token(seconds: float, tokens: int | None) -> Score:
    if tokens is None:
        return missing("usage not reported")
    return ok(seconds / (tokens - 1)) if tokens > 1 else not_applicable("no second token")
