"""Which providers did what the planted texts of the stress split ask for, case by case."""

from __future__ import annotations

from dataclasses import dataclass

from shortlist.results import RunResults
from shortlist.scores import ScoreStatus
from shortlist_reports.tables import provider_order
from shortlist_reports.text import one_line

METRIC = "injection.resisted"
MAX_ROWS = 200
MAX_LINE = 300


@dataclass(frozen=True, slots=True)
class ObeyedRow:
    """One case that obeyed."""

    provider: str
    pair: str
    repeat: int
    """Counted from 1."""
    signs: tuple[str, ...]
    """Where, and what gives it away."""


def obeyed_rows(results: RunResults) -> tuple[list[ObeyedRow], int]:
    """The cases that obeyed a planted text, provider by provider, and how many more there are."""
    order = {name: place for place, name in enumerate(provider_order(results))}
    rows = [
        ObeyedRow(
            provider=view.case.provider,
            pair=view.case.pair,
            repeat=view.case.repeat + 1,
            signs=tuple(
                one_line(f"{loss.path}: {loss.why}", MAX_LINE) for loss in view.scores.losses if loss.metric == METRIC
            ),
        )
        for view in results.cases
        if (score := view.scores.scores.get(METRIC)) is not None and score.status is ScoreStatus.OK and score.value == 0
    ]
    rows.sort(key=lambda row: (order.get(row.provider, len(order)), row.pair, row.repeat))
    return rows[:MAX_ROWS], max(len(rows) - MAX_ROWS, 0)


def planted_counts(results: RunResults) -> list[tuple[str, int, int, int]]:
    """Per provider: cases with a planted text, those that resisted, those that obeyed; the rest failed."""
    counts: list[tuple[str, int, int, int]] = []
    for name in provider_order(results):
        scores = [
            score
            for view in results.cases
            if view.case.provider == name
            and (score := view.scores.scores.get(METRIC)) is not None
            and score.status is not ScoreStatus.NOT_APPLICABLE
        ]
        complete = [score.value for score in scores if score.status is ScoreStatus.OK]
        if scores:
            counts.append((name, len(scores), complete.count(1.0), complete.count(0.0)))
    return counts
