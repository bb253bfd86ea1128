"""The gate's own judgement of made-up runs, counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from shortlist.compare.estimate import Estimates, Estimator, is_bounded
from shortlist.gate import gate
from shortlist.gate.look import Look
from shortlist.power.belief import Belief
from shortlist.power.draw import Casino, Truth, comparison_of
from shortlist.power.outlook import Chance
from shortlist.power.pool import Pool, Whole
from shortlist.power.question import Question, is_parity_with_reference, metrics_of
from shortlist.results import Comparison, MetricKind, PairFacts, RuleResult, RuleStatus, VerdictWord
from shortlist.stats import Floats, wilson
from shortlist.suite.model import Gate, Rule, Suite

LOOKED_INTO = 20
"""Made-up runs whose looks before the end are judged too."""

Sides = dict[str, dict[str, tuple[Belief, Floats | float]]]
Course = tuple[Sequence[PairFacts], Sequence[int]]
"""The pairs in the order in which they run, and after how many of them the verdict is looked at before the end."""
Source = tuple[Casino, Whole | None, np.random.Generator]
"""Where values are drawn from, and the rows of earlier runs that stand for the pairs this time."""


@dataclass(frozen=True, slots=True)
class Chances:
    """What the gate said, over all made-up runs."""

    promoted: Chance | None = None
    """None where no rule's figures are known."""
    rules: Mapping[int, Chance] = field(default_factory=dict)
    """Number of a rule -> that it passes."""
    at_bound: Mapping[int, Chance] = field(default_factory=dict)
    """Number of a rule -> that the gate promotes a candidate which lies exactly on its bound."""
    expected_pairs: float | None = None


def best_case(question: Question, conditions: Gate, pairs: Sequence[PairFacts], suite: Suite) -> RuleResult:
    """The rule's result for the best candidate that there could be."""
    rule, belief, bound = question.rule, question.belief, question.bound
    n = len(pairs)
    # A hair of spread, for scores that all equal 1 are judged as if they were yes or no.
    hair: Floats = 1e-9 * np.arange(1, n + 1, dtype=np.float64)
    ours: Floats | float
    theirs: Floats | float
    if belief.spec.kind is MetricKind.TOTAL:
        ours, theirs = (max(1.0, bound.at) * 1e3 if bound.lower else 0.0), 1.0
    elif belief.spec.kind is MetricKind.RATE:
        ours, theirs = np.full(n, float(bound.lower)), np.full(n, float(not bound.lower))
    elif is_bounded(belief.spec):
        ours, theirs = (1 - hair, hair) if bound.lower else (hair, 1 - hair)
    else:
        large = max(1.0, abs(bound.at)) * 1e6 * (1 + hair)
        small = 1e-9 * (1 + hair)
        ours, theirs = (large, small) if bound.lower else (small, large)
        if rule.is_paired and bound.lower and not belief.spec.higher_is_better:
            ours, theirs = large, small
    sides: Sides = {conditions.candidate: dict.fromkeys((rule.metric, *metrics_of(rule)), (belief, ours))}
    if conditions.incumbent is not None:
        sides[conditions.incumbent] = dict.fromkeys((rule.metric, *metrics_of(rule)), (belief, theirs))
        if is_parity_with_reference(rule, suite):
            sides[conditions.incumbent] = {}
    comparison = comparison_of(pairs, sides, conditions.candidate, conditions.incumbent)
    return gate(comparison, replace(conditions, rules=(rule,))).rules[0]


class _Plain(Estimator):
    """The same intervals, without an idea of what more pairs would bring.

    That idea is nine tenths of the gate's work on a rule that stays undecided, and nobody reads the advice here.
    """

    foresees = False


@dataclass(frozen=True, slots=True)
class _AtTheEnd(Look):
    """The judgement at the last pair; with looks before it, at what they leave of the error."""

    had_looks: bool

    def estimates(self, comparison: Comparison, confidence: float) -> Estimates:
        left = Look(self.planned, last=True).estimates(comparison, confidence).confidence
        return _Plain(comparison.pairs, left if self.had_looks else confidence)


class Table:
    """The gate, and what it takes to lay a made-up run before it.

    Rules about whose figures nothing is known are left out, as if they passed.

    Args:
        suite: with its gate.
        questions: those that take part, by the numbers of their rules.
        beliefs: by metric.
        course: of the run.
    """

    def __init__(
        self, suite: Suite, questions: Mapping[int, Question], beliefs: Mapping[str, Belief], course: Course
    ) -> None:
        assert suite.gate is not None
        self.numbers, self.questions = tuple(questions), tuple(questions.values())
        self.seed = suite.seed
        self.pairs, self.looks = course
        self._gate = replace(suite.gate, rules=tuple(question.rule for question in self.questions))
        self._beliefs = beliefs

    def sides(self, source: Source) -> Sides:
        """An equal candidate and the incumbent."""
        return self._drawn(_truths(self.questions), source)

    def judge(self, sides: Sides) -> NDArray[np.bool_]:
        """Which rules pass at the last pair. The gate promotes exactly where all do."""
        return self._at_the_end(sides, self._gate)

    def stops_after(self, sides: Sides) -> int:
        """After how many pairs the gate is decided, looks included."""
        for taken in self.looks:
            verdict = gate(self._comparison(sides, taken), self._gate, look=Look(self.pairs, last=False))
            if verdict.verdict in (VerdictWord.PROMOTE, VerdictWord.REJECT):
                return taken
        return len(self.pairs)

    def passes_on_bound(self, place: int, source: Source) -> bool:
        """Whether a candidate exactly on the bound of one rule passes that rule."""
        question = self.questions[place]
        if question.terms.at_bound is None:
            return False
        sides = self._drawn(dict.fromkeys(metrics_of(question.rule), question.terms.at_bound), source)
        return bool(self._at_the_end(sides, replace(self._gate, rules=(question.rule,)))[0])

    def _at_the_end(self, sides: Sides, conditions: Gate) -> NDArray[np.bool_]:
        look = _AtTheEnd(self.pairs, last=True, had_looks=bool(self.looks))
        verdict = gate(self._comparison(sides, len(self.pairs)), conditions, look=look)
        passes = np.array([rule.status is RuleStatus.PASS for rule in verdict.rules])
        assert bool(passes.all()) == (verdict.verdict is VerdictWord.PROMOTE)
        return passes

    def _comparison(self, sides: Sides, taken: int) -> Comparison:
        cut = {
            name: {
                metric: (belief, figures if isinstance(figures, float) else figures[:taken])
                for metric, (belief, figures) in metrics.items()
            }
            for name, metrics in sides.items()
        }
        return comparison_of(self.pairs[:taken], cut, self._gate.candidate, self._gate.incumbent)

    def _drawn(self, truths: Mapping[str, Truth], source: Source) -> Sides:
        casino, rows, rng = source
        ours: dict[str, tuple[Belief, Floats | float]] = {}
        theirs: dict[str, tuple[Belief, Floats | float]] = {}
        for metric, truth in truths.items():
            belief = self._beliefs[metric]
            if belief.spec.kind is MetricKind.TOTAL:
                for side, total in zip((ours, theirs), belief.totals, strict=True):
                    if total is not None:
                        side[metric] = (belief, total)
                continue
            own, others = casino.values(belief, truth, rows, rng)
            ours[metric] = (belief, own)
            if others is not None:
                theirs[metric] = (belief, others)
        found: Sides = {self._gate.candidate: ours}
        if self._gate.incumbent is not None:
            found[self._gate.incumbent] = theirs
        return found


def simulate(table: Table, gathered: Pool, runs: int) -> Chances:
    """Makes up runs of an equal candidate, and of one on each bound, and lets the gate judge them.

    With looks before the end, chances are those of the judgement at the end, to which the looks hardly add: what is
    promoted at a look is seldom refused later. A look takes long to judge, so a few runs say how many pairs it takes.

    Args:
        table: with the gate.
        gathered: pairs of earlier runs, from which values are drawn.
        runs: how many.
    """
    if not table.numbers:
        return Chances()
    casino = Casino(table.pairs, gathered, any(_by_domain(question.rule) for question in table.questions))
    promoted, stops = 0, []
    passed = np.zeros(len(table.numbers), dtype=np.int64)
    false = np.zeros(len(table.numbers), dtype=np.int64)
    for run in range(runs):
        rng = np.random.default_rng([table.seed, run])
        source = (casino, casino.rows(rng), rng)
        sides = table.sides(source)
        passes = table.judge(sides)
        promoted += bool(passes.all())
        passed += passes
        for place in range(len(table.questions)):
            if np.all(np.delete(passes, place)):
                false[place] += table.passes_on_bound(place, source)
        if table.looks and run < LOOKED_INTO:
            stops.append(table.stops_after(sides))
    tried = [question.terms.at_bound is not None for question in table.questions]
    return Chances(
        promoted=_chance(promoted, runs),
        rules={number: _chance(int(count), runs) for number, count in zip(table.numbers, passed, strict=True)},
        at_bound={
            number: _chance(int(count), runs)
            for number, count, was_tried in zip(table.numbers, false, tried, strict=True)
            if was_tried
        },
        expected_pairs=sum(stops) / len(stops) if stops else None,
    )


def _truths(questions: Sequence[Question]) -> dict[str, Truth]:
    """How an equal candidate is in each metric, whose rules may speak of its level, a difference and a ratio."""
    found: dict[str, Truth] = {}
    for question in questions:
        for metric in metrics_of(question.rule):
            said, before = question.terms.truth, found.get(metric, Truth(None))
            found[metric] = Truth(
                level=said.level if before.level is None else before.level,
                difference=said.difference if before.difference is None else before.difference,
                ratio=said.ratio if before.ratio is None else before.ratio,
            )
    return found


def _by_domain(rule: Rule) -> bool:
    return rule.domain is not None or rule.each == "domain"


def _chance(count: int, runs: int) -> Chance:
    found = wilson(count, runs)
    return Chance(found.value, found.low, found.high)
