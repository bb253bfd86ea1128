"""The comparison of every provider of one run, or of several runs that asked the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from shortlist.cases import Outcome
from shortlist.compare.estimate import Estimates, Estimator, common, differences, discordant, in_unit, is_bounded, mean
from shortlist.compare.scenarios import hull, scenarios
from shortlist.compare.summarise import summarise
from shortlist.errors import InputError
from shortlist.metric_names import spec_of
from shortlist.results import (
    Comparison,
    Difference,
    MetricKind,
    MetricSummary,
    Number,
    PairFacts,
    ProviderFacts,
    ProviderResult,
)
from shortlist.scores import CaseScores


@dataclass(frozen=True, slots=True)
class RunScores:
    """What a comparison needs of a run."""

    run_id: str
    signature: str
    providers: Mapping[str, ProviderFacts]
    """As the manifest has them; those without a scored case are left out of the comparison."""
    scores: Sequence[CaseScores]


@dataclass(frozen=True, slots=True)
class _Side:
    facts: ProviderFacts
    cases: list[CaseScores]


def compare(
    runs: Sequence[RunScores],
    pairs: Iterable[PairFacts],
    *,
    confidence: Number,
    candidate: str | None = None,
    incumbent: str | None = None,
) -> Comparison:
    """Compare all providers of the runs.

    Args:
        runs: at least one, of equal signatures. A provider whose name an earlier run has taken goes by `name@run-id`.
        pairs: facts of every pair that has a score; others are left out.
        confidence: of every two-sided interval, between 0 and 1.
        candidate: whose side the differences take.
        incumbent: with whom.

    Raises:
        InputError: no runs, unlike signatures, a case scored twice, a pair or provider that nothing is known of.
    """
    if not runs:
        raise InputError("nothing to compare: name at least one run; `shortlist runs` lists them")
    _refuse_unlike(runs)
    sides = _sides(runs)
    asked = {case.case.pair for side in sides.values() for case in side.cases}
    facts = tuple(pair for pair in pairs if pair.id in asked)
    if strange := asked - {pair.id for pair in facts}:
        raise InputError(f"scores name pairs that the dataset lacks: {', '.join(sorted(strange)[:5])}")
    estimator = Estimator(facts, confidence)
    results = {name: _result(side, estimator) for name, side in sides.items()}
    return Comparison(
        run_id="+".join(run.run_id for run in runs),
        signature=runs[0].signature,
        confidence=float(confidence),
        candidate=candidate,
        incumbent=incumbent,
        pairs=facts,
        providers=results,
        differences=_differences(results, candidate, incumbent, estimator),
        unmatched=_unmatched(sides, asked),
    )


def _refuse_unlike(runs: Sequence[RunScores]) -> None:
    first = runs[0]
    for run in runs[1:]:
        if run.signature != first.signature:
            raise InputError(
                f"runs {first.run_id} (signature {first.signature[:12]}) and {run.run_id} (signature "
                f"{run.signature[:12]}) asked different things: prompt, schema, data, sampling or seed differ; "
                "run both with the same suite, then compare"
            )


def _sides(runs: Sequence[RunScores]) -> dict[str, _Side]:
    sides: dict[str, _Side] = {}
    for run in runs:
        by_provider: dict[str, list[CaseScores]] = {}
        for case in run.scores:
            by_provider.setdefault(case.case.provider, []).append(case)
        for name, cases in by_provider.items():
            if name not in run.providers:
                raise InputError(f"run {run.run_id} has scores of {name!r}, which is no provider of its manifest")
            twice = [key for key, count in Counter(case.case for case in cases).items() if count > 1]
            if twice:
                raise InputError(f"run {run.run_id} scores case {twice[0]} twice; `shortlist score` mends it")
            unique = f"{name}@{run.run_id}" if name in sides else name
            if unique in sides:
                raise InputError(f"run {run.run_id} is named twice")
            sides[unique] = _Side(run.providers[name], cases)
    return sides


def _result(side: _Side, estimator: Estimates) -> ProviderResult:
    outcomes = Counter(case.outcome for case in side.cases)
    failures = Counter(case.schema_failure.category for case in side.cases if case.schema_failure)
    return ProviderResult(
        kind=side.facts.kind,
        model=side.facts.model,
        cases=len(side.cases),
        outcomes={outcome: outcomes[outcome] for outcome in Outcome},
        failed_pairs=_failed_pairs(side.cases),
        failures=dict(failures.most_common()),
        metrics=summarise(side.cases, estimator),
        recorded=side.facts.recorded,
    )


def _failed_pairs(cases: Iterable[CaseScores]) -> dict[Outcome, tuple[str, ...]]:
    by_outcome: dict[Outcome, set[str]] = {}
    for case in cases:
        if case.outcome is not Outcome.OK:
            by_outcome.setdefault(case.outcome, set()).add(case.case.pair)
    return {outcome: tuple(sorted(by_outcome[outcome])) for outcome in Outcome if outcome in by_outcome}


def _unmatched(sides: Mapping[str, _Side], asked: set[str]) -> dict[str, tuple[str, ...]]:
    lacking = {name: asked - {case.case.pair for case in side.cases} for name, side in sides.items()}
    return {name: tuple(sorted(pairs)) for name, pairs in lacking.items() if pairs}


def _differences(
    results: Mapping[str, ProviderResult], candidate: str | None, incumbent: str | None, estimator: Estimates
) -> tuple[Difference, ...]:
    if candidate is None or incumbent is None:
        return ()
    ours = results[candidate].metrics if candidate in results else {}
    theirs = results[incumbent].metrics if incumbent in results else {}
    return tuple(
        _difference(metric, ours[metric], theirs[metric], estimator)
        for metric in ours
        if metric in theirs and ours[metric].kind is not MetricKind.TOTAL
    )


def _difference(metric: str, ours: MetricSummary, theirs: MetricSummary, estimator: Estimates) -> Difference:
    spec = spec_of(metric)
    pairs = common(ours.values, theirs.values)
    if not pairs:
        return Difference(metric=metric, value=None, n=0)
    interval = hull(estimator.difference(*sides, spec) for sides in scenarios(ours, theirs, spec))
    counts = discordant(ours.values, theirs.values) if spec.unit is None else None
    better: bool | None = None
    if interval and (interval.low > 0 or interval.high < 0):
        better = (interval.low > 0) == spec.higher_is_better
        # Pairs that a side failed are worse than any that it has a value for, and those of unknown value may be.
        against = ours if better else theirs
        unknown = not is_bounded(spec) and (ours.missing_pairs or theirs.missing_pairs)
        if against.failed_pairs or unknown:
            better = None
    return Difference(
        metric=metric,
        value=mean(differences(ours.values, theirs.values, spec), spec),
        low=None if interval is None else in_unit(interval.low, spec),
        high=None if interval is None else in_unit(interval.high, spec),
        n=len(pairs),
        candidate_only_right=counts[0] if counts else None,
        incumbent_only_right=counts[1] if counts else None,
        better=better,
    )
