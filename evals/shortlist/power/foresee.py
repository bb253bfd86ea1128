"""From a suite and what is believed of its metrics to what its gate will be able to decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from shortlist.gate.bound import bound_of, measure_of
from shortlist.gate.look import SHARE_OF_LOOKS
from shortlist.metric_names import spec_of
from shortlist.plan import Plan
from shortlist.power.assumed import Assumptions
from shortlist.power.belief import Belief, believe
from shortlist.power.chances import Table, best_case, simulate
from shortlist.power.outlook import Chance, Outlook, RuleOutlook, Source
from shortlist.power.pilot import Pilot
from shortlist.power.pool import Pool, pool, sharing
from shortlist.power.question import NO_PILOT, Question, is_parity_with_reference, metrics_of, question_of
from shortlist.results import Measure, MetricKind, PairFacts, RuleResult
from shortlist.suite.model import Gate, Suite
from shortlist.suite.order import pair_facts, who_decides

SIMULATIONS = 200
"""Made-up runs: a chance of one half is found to within 7 points."""
LOW = 0.7
"""A gate's chance below this share of its weakest rule's is worth an explanation."""


def foresee(
    suite: Suite, planned: Plan, pilots: Sequence[Pilot], assumed: Assumptions, simulations: int = SIMULATIONS
) -> Outlook | None:
    """What the planned pairs can and cannot decide of the suite's gate; None for a suite without one.

    Args:
        suite: with its gate.
        planned: whose pairs count.
        pilots: earlier runs, for what is known of the metrics.
        assumed: for what is not.
        simulations: made-up runs, at least one.
    """
    conditions = suite.gate
    if conditions is None:
        return None
    facts = {pair.id: pair for pair in pair_facts(suite.pairs)}
    pairs = [facts[identity] for identity in dict.fromkeys(case.pair for case in planned.cases)]
    whole = float(conditions.confidence)
    absent = sorted(who_decides(suite) - set(planned.cases_by_provider()))
    if absent:
        why = f"the gate needs {', '.join(absent)}, which --provider leaves out"
        return Outlook(len(pairs), whole, 0, (), None, (), why, (), ())
    beliefs = _beliefs(suite, conditions, pilots, assumed)
    at_the_end = replace(conditions, confidence=_at_the_end(conditions)) if planned.looks else conditions
    questions = tuple(
        question_of(rule, beliefs[rule.metric], replace(suite, gate=at_the_end), (pairs, bool(pilots)), assumed)
        for rule in conditions.rules
    )
    best = [best_case(question, at_the_end, pairs, suite) for question in questions]
    rules = [
        _rule(question, result, float(at_the_end.confidence)) for question, result in zip(questions, best, strict=True)
    ]
    # What cannot pass need not be tried, and its gate promotes nobody.
    tried = {number: questions[number] for number, rule in enumerate(rules) if rule.expected and not rule.cannot}
    table = Table(suite, tried, beliefs, (pairs, planned.looks))
    chances = simulate(table, _pool(suite, conditions, pilots), simulations)
    rules = [
        replace(
            rule, chance=_NEVER if rule.cannot else chances.rules.get(number), at_bound=chances.at_bound.get(number)
        )
        for number, rule in enumerate(rules)
    ]
    impossible = any(rule.cannot for rule in rules)
    left_out = tuple(f"{rule.metric} {rule.condition}" for rule in rules if rule.chance is None)
    blind = chances.promoted is None and not impossible
    return Outlook(
        pairs=len(pairs),
        confidence=whole,
        simulations=simulations,
        rules=tuple(rules),
        chance=_NEVER if impossible else chances.promoted,
        without=() if blind else left_out,
        unknown=f"nothing is known of any rule's figures: {NO_PILOT}" if blind else None,
        sources=_sources(beliefs, pairs, assumed),
        notes=_notes(rules, None if impossible else chances.promoted, suite, pilots, planned),
        expected_pairs=chances.expected_pairs,
    )


_NEVER = Chance(0.0, 0.0, 0.0)


def _at_the_end(conditions: Gate) -> Decimal:
    """The confidence of the judgement at the last pair, where the looks before it have had their share of the error."""
    return 1 - (1 - Decimal(str(SHARE_OF_LOOKS))) * (1 - conditions.confidence)


def _pool(suite: Suite, conditions: Gate, pilots: Sequence[Pilot]) -> Pool:
    metrics = list(dict.fromkeys(m for rule in conditions.rules for m in (rule.metric, *metrics_of(rule))))
    return pool(pilots, conditions.candidate, conditions.incumbent, metrics)


def _beliefs(suite: Suite, conditions: Gate, pilots: Sequence[Pilot], assumed: Assumptions) -> dict[str, Belief]:
    """By metric. Several rules on one metric share one belief."""
    gathered = _pool(suite, conditions, pilots)
    bounds: dict[str, float | None] = {}
    paired: dict[str, bool] = {}
    for rule in conditions.rules:
        spec = spec_of(rule.metric)
        at = None
        if is_parity_with_reference(rule, suite):
            at = 1 + bound_of(rule, spec).at
        elif measure_of(rule) is Measure.VALUE and rule.percentile is None and rule.at_least is not None:
            at = float(rule.at_least)
        for metric in (rule.metric, *metrics_of(rule)):
            known = bounds.get(metric)
            bounds[metric] = at if known is None else max(known, at or known)
            compares = rule.is_paired and not is_parity_with_reference(rule, suite)
            paired[metric] = paired.get(metric, False) or compares
    return {metric: believe(metric, bound, paired[metric], gathered, assumed) for metric, bound in bounds.items()}


def _rule(question: Question, best: RuleResult, confidence: float) -> RuleOutlook:
    fewest = question.fewest_n(confidence)
    cannot = None
    if question.belief.spec.kind is MetricKind.TOTAL or question.rule.alert:
        fewest = None
    elif fewest is not None and question.n < fewest:
        cannot = f"cannot pass with {_count(question.n)}; {fewest:,} needed"
    elif best.status != "pass" and not question.rule.alert:
        cannot = f"cannot pass with {_count(question.n)}: {best.why}"
    return RuleOutlook(
        metric=question.rule.metric,
        condition=best.condition,
        among=best.among,
        each=question.rule.each,
        alert=question.rule.alert,
        n=question.n,
        cannot=cannot,
        fewest_n=fewest if cannot else None,
        expected=question.terms.expected,
        needs=None if cannot else question.needs(),
        needed_n=question.needed_n(),
        unknown=question.terms.unknown,
    )


def _count(n: int) -> str:
    return "1 pair" if n == 1 else f"{n:,} pairs"


def _sources(beliefs: dict[str, Belief], pairs: Sequence[PairFacts], assumed: Assumptions) -> tuple[Source, ...]:
    found = [source for belief in beliefs.values() for source in belief.sources]
    shared = sharing(pairs)
    if shared.is_shared:
        what = f"{len(pairs)} pairs of {shared.clusters} résumés or job descriptions: icc"
        measured = [belief for belief in beliefs.values() if belief.population is not None]
        if len(measured) < len(beliefs):
            found.append(Source(what, assumed.general["icc"], assumed.source("icc")))
    return tuple(dict.fromkeys(found))


def _notes(
    rules: Sequence[RuleOutlook], promoted: Chance | None, suite: Suite, pilots: Sequence[Pilot], planned: Plan
) -> tuple[str, ...]:
    notes = []
    weakest = min((rule.chance.value for rule in rules if rule.chance is not None), default=0.0)
    if promoted is not None and promoted.value < LOW * weakest:
        notes.append(
            "every rule must pass, so chances multiply: six independent rules that each pass 80% of the time all "
            "pass 26% of the time"
        )
    if not pilots:
        notes.append("metrics are taken as independent of each other; a run shows how they hang together (--from)")
    elif any(pilot.manifest.task_hash != suite.task.hash for pilot in pilots):
        notes.append("an earlier run had another prompt, schema or version of the task, so its figures may not hold")
    if any(rule.each and not rule.alert and rule.expected for rule in rules):
        notes.append(
            "figures in each domain, tag or field are those of the smallest one by itself; that all pass together "
            "takes more"
        )
    if planned.repeats > 1:
        notes.append(f"figures are those of a pair, over which its {planned.repeats} repeats are averaged")
    return tuple(notes)
