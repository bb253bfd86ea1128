"""One pair as the page shows it: every provider's output, field by field, beside gold, with what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shortlist.cases import Outcome
from shortlist.results import CaseView, RunResults
from shortlist_reports.details import CaseDetails, case_details, score_rows
from shortlist_reports.directions import higher_is_better
from shortlist_reports.figures import figure
from shortlist_reports.marks import Segment, Side, word_marks
from shortlist_reports.tables import provider_order, role_label, role_of
from shortlist_reports.text import cut, outline, visible

MAX_OUTPUT_CHARS = 20_000
"""Characters of one output that the page holds; the rest is counted and stays in `records.jsonl`."""
MAX_FIELDS = 80
"""Top-level fields of a pair that the page shows."""
MAX_PAIRS = 500
"""Pairs whose outputs the page holds; of more it would grow beyond what a browser opens (35 kB a pair)."""
OBEYED = "obeyed"
"""The state of a case that did what its pair's planted text asks for."""
WHOLE = "output"
"""The one field of an output that is not an object."""
GOLD = "gold"
NOT_OF_OUTPUT = ("latency", "throughput", "usage", "cost", "chain")


@dataclass(frozen=True, slots=True)
class Cell:
    """What one or several sides hold in a field: the same text is shown once."""

    sides: tuple[str, ...]
    """Provider names, or `gold`."""
    roles: tuple[str, ...]
    segments: Side
    mark: str
    """Element for changed segments: `ins` or `del`."""
    left: int
    """Characters left out."""
    absent: str | None
    """Why there is no text; None when there is."""


@dataclass(frozen=True, slots=True)
class Field:
    """One top-level field over all sides."""

    name: str
    state: str
    """`same`, `differs`, `rewritten` (too unlike for word marks) or empty: the candidate against the incumbent."""
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """One repeat of a pair."""

    number: int
    fields: tuple[Field, ...]
    fields_left: int
    cases: tuple[CaseDetails, ...]
    silent: tuple[str, ...]
    """Providers without an output that could be read as fields."""
    scores: tuple[tuple[str, tuple[tuple[str, str | None], ...]], ...]
    """Metric -> per case its figure or word, and the reason if it has one."""


@dataclass(frozen=True, slots=True)
class PairView:
    """One pair."""

    number: int
    """From 1, in the run's order; names the pair's place in the page."""
    id: str
    domain: str
    tags: tuple[str, ...]
    outcomes: tuple[str, ...]
    """Words to filter by: outcomes that occur, and `invalid` for a complete output that misses its schema."""
    chips: tuple[tuple[str, str], ...]
    """Provider and its state in a word: an outcome, `valid`, `invalid`."""
    loses: tuple[str, ...]
    """Where the candidate does worse than the incumbent, in words."""
    repeats: tuple[Repeat, ...]
    left_out: bool
    """Whether its outputs are not in the page, which holds those of `MAX_PAIRS`."""
    has_gold: bool


def pair_views(results: RunResults) -> Iterable[PairView]:
    """Every pair that the run or its comparison knows, in the comparison's order."""
    by_pair: dict[str, list[CaseView]] = {pair.id: [] for pair in results.comparison.pairs}
    for view in results.cases:
        by_pair.setdefault(view.case.pair, []).append(view)
    facts = {pair.id: pair for pair in results.comparison.pairs}
    order = {name: place for place, name in enumerate(provider_order(results))}
    shown = _worth_showing(results, by_pair)
    for number, (pair, views) in enumerate(by_pair.items(), start=1):
        views.sort(key=lambda v: (v.case.repeat, order.get(v.case.provider, len(order))))
        known = facts.get(pair)
        states = [(v.case.provider, state_of(v)) for v in views]
        yield PairView(
            number=number,
            id=pair,
            domain=known.domain if known else views[0].domain,
            tags=known.tags if known else (),
            outcomes=tuple(dict.fromkeys(state for _, state in states)),
            chips=tuple(dict.fromkeys(states)),
            loses=tuple(_losses(results, pair, views)),
            repeats=tuple(_repeat(results, n, [v for v in views if v.case.repeat == n]) for n in _repeats(views))
            if pair in shown
            else (),
            left_out=pair not in shown,
            has_gold=pair in results.gold,
        )


def _worth_showing(results: RunResults, by_pair: Mapping[str, list[CaseView]]) -> set[str]:
    """The pairs whose outputs the page holds: first those with something to look into, then as the run has them."""
    if len(by_pair) <= MAX_PAIRS:
        return set(by_pair)
    states = {pair: {state_of(view) for view in views} for pair, views in by_pair.items()}
    dull = {pair: states[pair] <= {"valid", "ok"} and not any(_losses(results, pair, v)) for pair, v in by_pair.items()}
    return set(sorted(by_pair, key=lambda pair: (OBEYED not in states[pair], dull[pair]))[:MAX_PAIRS])


def state_of(view: CaseView) -> str:
    """A case in one word.

    Its outcome; for a complete output `obeyed` when it did what a planted text asks for, else whether it is `valid` or
    `invalid`.
    """
    if view.record.outcome is not Outcome.OK:
        return view.record.outcome.value
    resisted = view.scores.scores.get("injection.resisted")
    if resisted is not None and resisted.value == 0:
        return OBEYED
    score = view.scores.scores.get("schema.pass")
    if score is None or score.value is None:
        return "ok"
    return "valid" if score.value >= 1 else "invalid"


def _repeats(views: list[CaseView]) -> list[int]:
    return sorted({view.case.repeat for view in views})


def _losses(results: RunResults, pair: str, views: list[CaseView]) -> Iterable[str]:
    """Output metrics (not speed or cost) in which the candidate is worse than the incumbent on this pair."""
    comparison = results.comparison
    candidate, incumbent = comparison.candidate, comparison.incumbent
    if candidate is None or incumbent is None:
        return
    failed = {v.case.provider for v in views if v.record.outcome is not Outcome.OK}
    if candidate in failed and incumbent not in failed:
        yield "no complete output"
    if not {candidate, incumbent} <= comparison.providers.keys():
        return
    ours, theirs = (comparison.providers[name].metrics for name in (candidate, incumbent))
    gated = {rule.metric for rule in results.verdict.rules}
    for metric in ours:
        family, _, rest = metric.partition(".")
        counts = metric == "schema.pass" or rest == "score" or family == "quality" or metric in gated
        if not counts or family in NOT_OF_OUTPUT or metric not in theirs:
            continue
        mine, other = ours[metric].values.get(pair), theirs[metric].values.get(pair)
        if mine is None or other is None or mine == other:
            continue
        if (mine < other) is higher_is_better(metric):
            yield f"{metric} {figure(mine, ours[metric].unit)} against {figure(other, theirs[metric].unit)}"


def _repeat(results: RunResults, number: int, views: list[CaseView]) -> Repeat:
    fields, left = _fields(results, views)
    return Repeat(
        number=number,
        fields=fields,
        fields_left=left,
        cases=tuple(case_details(view, role_label(results, view.case.provider)) for view in views),
        silent=tuple(view.case.provider for view in views if view.parsed is None),
        scores=score_rows(views),
    )


@dataclass(frozen=True, slots=True)
class _Shown:
    """One side of a pair: its fields as bounded text."""

    role: str | None
    fields: Mapping[str, tuple[str, int]]
    """Field -> text, and characters left out."""


def _fields(results: RunResults, views: list[CaseView]) -> tuple[tuple[Field, ...], int]:
    """The fields of one repeat, gold first in each, and how many fields are left out."""
    spoke = [view for view in views if view.parsed is not None]
    spoke.sort(key=lambda view: role_of(results, view.case.provider) != "incumbent")
    objects = any(isinstance(view.parsed, Mapping) for view in spoke)
    outputs = {
        # A provider may itself be called gold.
        f"{view.case.provider} (provider)" if view.case.provider == GOLD else view.case.provider: _Shown(
            role_of(results, view.case.provider), _bounded(view.parsed, objects)
        )
        for view in spoke
    }
    pair = views[0].case.pair
    gold = {GOLD: _Shown(GOLD, _bounded(results.gold[pair], objects))} if pair in results.gold else {}
    names = list(dict.fromkeys(name for side in [*outputs.values(), *gold.values()] for name in side.fields))
    sides = gold | outputs
    return tuple(_field(name, sides) for name in names[:MAX_FIELDS]), max(len(names) - MAX_FIELDS, 0)


def _bounded(value: Any, objects: bool) -> dict[str, tuple[str, int]]:
    """A value's top-level fields as text, together no longer than `MAX_OUTPUT_CHARS`.

    `objects` says that other sides are objects, so that a value which is none must not pass for a field of theirs.
    """
    if isinstance(value, Mapping):
        items = {str(key): item for key, item in value.items()}
    else:
        items = {f"{WHOLE} (not an object)" if objects else WHOLE: value}
    room = MAX_OUTPUT_CHARS
    out: dict[str, tuple[str, int]] = {}
    for name, item in items.items():
        text, left = cut(visible(outline(item)), room)
        room -= len(text)
        out[name] = (text, left)
    return out


def _field(name: str, sides: Mapping[str, _Shown]) -> Field:
    compared = {s.role: s.fields.get(name) for s in sides.values() if s.role in ("candidate", "incumbent")}
    ours, theirs = compared.get("candidate"), compared.get("incumbent")
    state, marked = "", None
    if ours is not None and theirs is not None:
        marked = None if ours == theirs else word_marks(theirs[0], ours[0])
        state = "same" if ours == theirs else "rewritten" if marked is None else "differs"
    elif len(compared) == 2 and ours != theirs:
        state = "differs"
    grouped: dict[tuple[str, int] | None, list[str]] = {}
    for side, shown in sides.items():
        if side == GOLD and name not in shown.fields:
            continue  # gold says only what is known; that it is silent on a field is no finding
        grouped.setdefault(shown.fields.get(name), []).append(side)
    return Field(name, state, tuple(_cell(held, names, sides, marked) for held, names in grouped.items()))


def _cell(
    held: tuple[str, int] | None, names: list[str], sides: Mapping[str, _Shown], marked: tuple[Side, Side] | None
) -> Cell:
    roles = tuple(role for name in names if (role := sides[name].role))
    if held is None:
        return Cell(tuple(names), roles, (), "ins", 0, "no such field here")
    segments: Side = (Segment(held[0], False),)
    if marked is not None and "incumbent" in roles:
        segments = marked[0]
    elif marked is not None and "candidate" in roles:
        segments = marked[1]
    mark = "del" if "incumbent" in roles else "ins"
    return Cell(tuple(names), roles, segments, mark, held[1], None if held[0] or held[1] else "empty text")
