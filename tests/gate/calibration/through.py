"""From arrays to the verdict of the real gate, without the detour over thousands of scored cases.

`compare` averages repeats, pairs the sides and computes intervals that the gate does not use. The comparison built here
is the one that it would build, as far as the gate reads it: `test_calibration.py` holds the two against each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from unittest.mock import patch

import numpy as np

from gate.calibration.designs import Design
from gate.calibration.populations import Drawn
from shortlist.cases import Outcome
from shortlist.compare.estimate import mean
from shortlist.gate import gate
from shortlist.gate.look import Look
from shortlist.metric_names import spec_of
from shortlist.results import Comparison, MetricKind, MetricSummary, Number, PairRepeats, ProviderResult, Verdict
from shortlist.stats import Floats
from shortlist.suite.model import Gate, Rule

SIGNATURE = "5" * 64
Sides = tuple[Floats, Floats | None]
"""The candidate's and the incumbent's values, one a pair (n,) or one a repeat (n, repeats)."""


def comparison_of(design: Design, metrics: Mapping[str, Sides]) -> Comparison:
    """Candidate `new`, and incumbent `old` where the metrics have one."""
    found: dict[str, dict[str, MetricSummary]] = {}
    for metric, sides in metrics.items():
        for name, values in zip(("new", "old"), sides, strict=True):
            if values is not None:
                found.setdefault(name, {})[metric] = _summary(design, metric, values)
    return Comparison(
        run_id="run-1",
        signature=SIGNATURE,
        confidence=0.95,
        candidate="new",
        incumbent="old",
        pairs=design.facts,
        providers={name: _result(design, summaries) for name, summaries in found.items()},
    )


def _result(design: Design, summaries: Mapping[str, MetricSummary]) -> ProviderResult:
    return ProviderResult(
        kind="fake",
        model="made-up",
        cases=design.n,
        outcomes={outcome: design.n if outcome is Outcome.OK else 0 for outcome in Outcome},
        metrics=summaries,
    )


def _summary(design: Design, metric: str, values: Floats) -> MetricSummary:
    spec = spec_of(metric)
    repeats: dict[str, PairRepeats] = {}
    if values.ndim > 1:
        if spec.kind is MetricKind.MEAN:
            cases = (PairRepeats(values=tuple(pair)) for pair in values.tolist())
            repeats = dict(zip(design.ids, cases, strict=True))
        values = values.mean(axis=1)
    found: list[Number] = values.tolist()
    if spec.unit == "USD":
        found = [Decimal(f"{value:.9f}") for value in found]
    return MetricSummary(
        kind=spec.kind,
        unit=spec.unit,
        value=mean(found, spec),
        n=design.n,
        values=dict(zip(design.ids, found, strict=True)),
        repeats=repeats,
    )


def conditions_of(*rules: Rule) -> Gate:
    """A gate of these rules."""
    return Gate("new", "old" if any(rule.is_paired for rule in rules) else None, Decimal("0.95"), rules)


def judged(design: Design, rule: Rule, sides: Sides, look: Look | None = None) -> Verdict:
    """What the gate says with this one rule."""
    return gate(comparison_of(design, {rule.metric: sides}), conditions_of(rule), look=look)


def run_of(drawn: Drawn, run: int) -> Sides:
    """One of the runs that were drawn."""
    return drawn.new[run], None if drawn.old is None else drawn.old[run]


def words(design: Design, rule: Rule, drawn: Drawn) -> list[str]:
    """The verdict of every run that was drawn."""
    verdicts = (judged(design, rule, run_of(drawn, run)) for run in range(len(drawn.new)))
    return [str(verdict.verdict) for verdict in verdicts]


ADVICE: Sequence[str] = (
    "shortlist.gate.of_pairs.pairs_to_decide",
    "shortlist.stats.needed_n_for_percentile",
)


@contextmanager
def without_advice() -> Iterator[None]:
    """Without the n that would decide, which takes most of the gate's time and no part in the verdict."""
    with ExitStack() as stack:
        for function in ADVICE:
            stack.enter_context(patch(function, lambda *_: None))
        yield


def seeded(*name: object) -> np.random.Generator:
    """The same draws for the same name, whatever ran before."""
    return np.random.default_rng(list("|".join(map(str, name)).encode()))
