"""Who answered the cases of a chain, as a bar and in words."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from shortlist.results import RunResults
from shortlist_providers.types import Step
from shortlist_reports.figures import count, figure
from shortlist_reports.text import one_line

WIDTH = 600
"""Units of the drawing's own width; the page scales it."""
SHADES = 6
"""How many fillings the style sheet knows; a longer chain begins again."""
MAX_LINE = 300


@dataclass(frozen=True, slots=True)
class Share:
    """One step's part of a chain's cases."""

    name: str
    cases: int
    share: str
    shade: int
    left: float
    """Where its part of the bar begins, 0 to `WIDTH`."""
    width: float


@dataclass(frozen=True, slots=True)
class ChainFigure:
    """One chain."""

    name: str
    cases: int
    shares: tuple[Share, ...]
    """In the order in which the chain asks, as far as its records show it; nobody's part last."""
    alternative: str
    """The drawing in words."""


def chain_figures(results: RunResults) -> list[ChainFigure]:
    """The run's chains that have a record."""
    answered: dict[str, Counter[str | None]] = {}
    asked: dict[str, dict[str, None]] = {}
    for view in results.cases:
        generation = view.record.generation
        if not generation.steps:
            continue
        names = asked.setdefault(view.case.provider, {})
        names.update(dict.fromkeys(step.provider for step in generation.steps))
        by = generation.answered_by if generation.failure is None else None
        answered.setdefault(view.case.provider, Counter())[by] += 1
    return [_figure(name, list(asked[name]), found) for name, found in answered.items()]


def _figure(name: str, asked: list[str], answered: Counter[str | None]) -> ChainFigure:
    total = answered.total()
    parts: list[tuple[str | None, int]] = [(step, answered[step]) for step in asked]
    if answered[None]:
        parts.append((None, answered[None]))
    shares, left = [], 0.0
    for number, (step, cases) in enumerate(parts):
        width = cases / total * WIDTH
        shares.append(
            Share(
                name=step or "nobody",
                cases=cases,
                share=figure(cases / total, None),
                shade=SHADES if step is None else number % SHADES,
                left=round(left, 1),
                width=round(width, 1),
            )
        )
        left += width
    words = ", ".join(f"{share.name} {share.cases:,}" for share in shares)
    return ChainFigure(name, total, tuple(shares), f"Of {count(total, 'case')}: {words}")


def step_lines(steps: tuple[Step, ...]) -> tuple[str, ...]:
    """A chain's requests for one case, each in one line."""
    return tuple(f"{step.provider}, {_took(step)}: {_end(step)}" for step in steps)


def _took(step: Step) -> str:
    return figure(max(step.timings.last_token - step.timings.sent, 0.0), "s")


def _end(step: Step) -> str:
    if step.failure is not None:
        return one_line(f"{step.failure.kind.value}: {step.failure.message}", MAX_LINE)
    return "taken" if step.rejected is None else one_line(f"not taken: {step.rejected}", MAX_LINE)
