"""`latency.total`, `latency.first_token`, `latency.per_output_token`: seconds, of the last attempt of an `ok` case.

total
    From sending the request to its last token. Waiting in the queue and earlier attempts are not part of it.
first_token
    From sending the request to its first token; needs a backend that streams.
per_output_token
    From the first token to the last, over the tokens after the first; needs streaming and reported usage, and has no
    meaning for an output of one token.

A case that did not end `ok` has no latency: it is missing, as `failed: timeout` and the like, for whoever compares to
count as worse than any value. Cached and replayed generations took no time that says anything: missing, as `cached`; so
did those that waited in a vendor's batch: missing, as `deferred`.

Of a chain, total is the sum over all its requests, one after another, and the first token comes after all that was
rejected before: what the user of a chain waits for. Waiting for a place at one of its providers is not part of it.
"""

from __future__ import annotations

from shortlist.metrics.base import Case, FamilyScores, Material, Scorer, missing, not_applicable, ok
from shortlist.scores import Score
from shortlist_providers.types import Generation, Timings

VERSION = "2"

METRICS = ("latency.total", "latency.first_token", "latency.per_output_token")


def scorer(material: Material) -> Scorer:
    """Times cases; needs nothing but the case."""
    return _judge


def _judge(case: Case) -> FamilyScores:
    generation = case.record.generation
    reason = case.untimed or case.failure
    if reason is not None:
        return FamilyScores(dict.fromkeys(METRICS, missing(reason)))
    before, answer, after = _around_the_answer(generation)
    total = ok(before + (answer.last_token - answer.sent) + after)
    if answer.first_token is None:
        unknown = missing("not streamed")
        return FamilyScores(dict(zip(METRICS, (total, unknown, unknown), strict=True)))
    first = ok(before + (answer.first_token - answer.sent))
    each = _per_token(answer.last_token - answer.first_token, generation.usage.output)
    return FamilyScores(dict(zip(METRICS, (total, first, each), strict=True)))


def _around_the_answer(generation: Generation) -> tuple[float, Timings, float]:
    """Seconds of a chain's requests before the one that was taken, that one's timings, seconds of those after it."""
    if not generation.steps:
        return 0.0, generation.timings, 0.0
    spent = [step.timings.last_token - step.timings.sent for step in generation.steps]
    complete = [number for number, step in enumerate(generation.steps) if step.failure is None]
    taken = complete[-1]  # the chain hands out the last complete answer
    return sum(spent[:taken]), generation.steps[taken].timings, sum(spent[taken + 1 :])


def _per_token(seconds: float, tokens: int | None) -> Score:
    if tokens is None:
        return missing("usage not reported")
    return ok(seconds / (tokens - 1)) if tokens > 1 else not_applicable("no second token")
