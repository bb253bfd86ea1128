"""What is known of one case beside its output: scores (cost among them), losses, attempts, timings, tokens."""

from __future__ import annotations

from dataclasses import dataclass

from shortlist.cases import Attempt
from shortlist.results import CaseView
from shortlist.scores import Loss, SchemaFailure, Score, ScoreStatus
from shortlist_providers.types import Timings, Usage
from shortlist_reports.chains import step_lines
from shortlist_reports.directions import unit_of
from shortlist_reports.figures import figure, when
from shortlist_reports.text import cut, one_line

MAX_RAW_CHARS = 20_000
MAX_LOSSES = 40
MAX_ATTEMPTS = 12
MAX_LINE = 500
WITHOUT_VALUE = {ScoreStatus.MISSING: "missing", ScoreStatus.NOT_APPLICABLE: "does not apply"}
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """One try, in words."""

    number: int
    end: str
    waited: str
    took: str
    tokens: str
    received: str | None
    """What arrived instead of a reply."""


@dataclass(frozen=True, slots=True)
class CaseDetails:
    """One case."""

    provider: str
    role: str | None
    outcome: str
    facts: tuple[tuple[str, str], ...]
    schema_failure: SchemaFailure | None
    losses: tuple[Loss, ...]
    losses_left: int
    attempts: tuple[AttemptRow, ...]
    attempts_left: int
    steps: tuple[str, ...]
    """Of a chain: each request it made, in one line."""
    unhonoured: tuple[str, ...]
    raw: str | None
    """The model's text as it came, when its fields do not tell all: nothing parsed, or the schema is missed."""
    raw_left: int


def case_details(view: CaseView, role: str | None) -> CaseDetails:
    """`view` in words, bounded in size."""
    record, generation = view.record, view.record.generation
    raw, raw_left = None, 0
    if generation.text is not None and (view.parsed is None or view.scores.schema_failure is not None):
        raw, raw_left = cut(generation.text, MAX_RAW_CHARS)
    return CaseDetails(
        provider=view.case.provider,
        role=role,
        outcome=record.outcome.value,
        facts=tuple(_facts(view)),
        schema_failure=view.scores.schema_failure,
        losses=view.scores.losses[:MAX_LOSSES],
        losses_left=max(len(view.scores.losses) - MAX_LOSSES, 0),
        attempts=tuple(_attempt(n, a) for n, a in enumerate(record.attempts[:MAX_ATTEMPTS], start=1)),
        attempts_left=max(len(record.attempts) - MAX_ATTEMPTS, 0),
        steps=step_lines(generation.steps),
        unhonoured=generation.unhonoured,
        raw=raw,
        raw_left=raw_left,
    )


def _facts(view: CaseView) -> list[tuple[str, str]]:
    record, generation = view.record, view.record.generation
    timings = generation.timings
    if generation.cached:
        total = first = "not measured: replayed or cached"
    elif not record.attempts:
        total = first = "nothing was sent"
    else:
        total = figure(timings.last_token - timings.sent, "s")
        first = (
            "unknown: not streamed" if timings.first_token is None else figure(timings.first_token - timings.sent, "s")
        )
    queued = figure(max(record.attempts[0].timings.sent - record.queued, 0.0), "s") if record.attempts else UNKNOWN
    return [
        ("model that answered", generation.model or UNKNOWN),
        ("finish reason", generation.finish_reason.value),
        ("queued", queued),
        ("first token", first),
        ("last attempt", total),
        ("tokens", _tokens(generation.usage)),
        ("finished", when(record.finished_at)),
        ("request id", generation.request_id or UNKNOWN),
    ]


def _tokens(usage: Usage) -> str:
    counts = {
        "input": usage.input,
        "cached read": usage.cached_read,
        "cached write": usage.cached_write,
        "output": usage.output,
        "reasoning": usage.reasoning,
    }
    known = [f"{name} {tokens:,}" for name, tokens in counts.items() if tokens is not None]
    return ", ".join(known) or "unknown: not reported"


def _attempt(number: int, attempt: Attempt) -> AttemptRow:
    failure = attempt.failure
    if failure is None:
        end = "complete"
    else:
        status = "" if failure.status is None else f" (HTTP {failure.status})"
        end = f"{failure.kind.value}{status}: {one_line(failure.message, MAX_LINE)}"
    return AttemptRow(
        number=number,
        end=end,
        waited=figure(attempt.waited, "s"),
        took=_took(attempt.timings),
        tokens=_tokens(attempt.usage),
        received=None if failure is None else failure.received,
    )


def _took(timings: Timings) -> str:
    return figure(max(timings.last_token - timings.sent, 0.0), "s")


def score_rows(views: list[CaseView]) -> tuple[tuple[str, tuple[tuple[str, str | None], ...]], ...]:
    """Every metric that applies to any of the cases, with each case's figure and reason."""
    names = dict.fromkeys(
        name
        for view in views
        for name, score in view.scores.scores.items()
        if score.status is not ScoreStatus.NOT_APPLICABLE
    )
    return tuple((name, tuple(_words_of(view, name) for view in views)) for name in names)


def _words_of(view: CaseView, name: str) -> tuple[str, str | None]:
    score = view.scores.scores.get(name)
    return ("not scored", None) if score is None else score_words(name, score)


def score_words(metric: str, score: Score) -> tuple[str, str | None]:
    """A score as its figure or a word, and its reason."""
    reason = None if score.reason is None else one_line(score.reason, MAX_LINE)
    if score.value is None:
        return WITHOUT_VALUE.get(score.status, score.status.value), reason or "no reason was recorded"
    if score.status is ScoreStatus.FAILED:
        reason = "the case failed, so it takes the worst value" + (f": {reason}" if reason else "")
    return figure(score.value, unit_of(metric)), reason
