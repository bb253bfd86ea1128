"""From the scores of a provider's cases to one summary a metric."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from shortlist.cases import UNHEARD, Outcome
from shortlist.compare.estimate import Estimates, best, in_unit, is_bounded, mean, worst
from shortlist.errors import InputError
from shortlist.metric_names import DERIVED_FROM_BUSY_TIME, MetricSpec, spec_of
from shortlist.results import MetricKind, MetricSummary, Number, PairRepeats
from shortlist.scores import CaseScores, Score, ScoreStatus

NOT_SCORED = Score(None, ScoreStatus.NOT_APPLICABLE, "not scored")
"""Of a case that has no score of a metric which other cases have."""

BUSY, OUTPUT, COST = "throughput.busy", "usage.output", "cost.per_generation"
NOT_PAID = "replayed: this run paid nothing for it"
TOTAL_COST, COST_PER_1K = "cost.total", "cost.per_1k_generations"


def summarise(cases: Sequence[CaseScores], estimator: Estimates) -> dict[str, MetricSummary]:
    """Every metric that any of one provider's cases has, and the totals that follow from them, by name.

    Raises:
        InputError: a score carries a name that no metric can have.
    """
    names = dict.fromkeys(name for case in cases for name in case.scores)
    found = {name: _over_pairs(name, cases, estimator) for name in names}
    if BUSY in names:
        generations, tokens = DERIVED_FROM_BUSY_TIME
        found[generations] = _throughput(generations, cases, None)
        if OUTPUT in names:
            found[tokens] = _throughput(tokens, cases, OUTPUT)
    if COST in names:
        found[TOTAL_COST] = _total_cost(cases)
        found[COST_PER_1K] = _times(1000, found[COST])
    return found


def _over_pairs(metric: str, cases: Sequence[CaseScores], estimator: Estimates) -> MetricSummary:
    """A rate or a mean: repeats are averaged within a pair first, for pairs are what was sampled."""
    try:
        spec = spec_of(metric)
    except KeyError:
        raise InputError(f"scores of {cases[0].case.provider!r} hold {metric!r}, which is no metric's name") from None
    by_pair: defaultdict[str, list[Number]] = defaultdict(list)
    at_best: defaultdict[str, list[Number]] = defaultdict(list)
    errored: set[str] = set()
    missing: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    unknown: Counter[str] = Counter()
    for case in cases:
        score = case.scores.get(metric, NOT_SCORED)
        value = _value(case, score, spec)
        if value is not None:
            by_pair[case.case.pair].append(value)
            heard = case.outcome not in UNHEARD or not is_bounded(spec)
            at_best[case.case.pair].append(value if heard else best(spec))
            if not heard:
                errored.add(case.case.pair)
            continue
        missing[score.reason or "no reason given"] += 1
        if _failed_without_value(case, score):
            failed[case.case.pair] += 1
        elif score.status is ScoreStatus.MISSING:
            unknown[case.case.pair] += 1
    # One failed repeat makes the pair a failed one, and one unknown repeat an unknown one where no scale limits it:
    # the mean of the others would hide it.
    hidden = failed.keys() if is_bounded(spec) else failed.keys() | unknown.keys()
    values = {pair: mean(found, spec) for pair, found in by_pair.items() if pair not in hidden}
    interval = estimator.interval(values, spec) if values else None
    return MetricSummary(
        kind=spec.kind,
        unit=spec.unit,
        value=mean(values.values(), spec) if values else None,
        low=None if interval is None else in_unit(interval.low, spec),
        high=None if interval is None else in_unit(interval.high, spec),
        n=len(values),
        missing=dict(missing),
        values=values,
        repeats=_repeats(by_pair, failed, unknown) if spec.kind is MetricKind.MEAN else {},
        failed_pairs=tuple(sorted(failed)),
        missing_pairs=tuple(sorted(unknown.keys() - values.keys() - failed.keys())),
        errored_at_best={pair: float(mean(at_best[pair], spec)) for pair in sorted(errored & values.keys())},
    )


def _repeats(
    by_pair: Mapping[str, list[Number]], failed: Counter[str], unknown: Counter[str]
) -> dict[str, PairRepeats]:
    """Each pair's cases, unless no pair has more than one."""
    found = {
        pair: PairRepeats(values=tuple(by_pair.get(pair, ())), failed=failed[pair], unknown=unknown[pair])
        for pair in sorted({*by_pair, *failed, *unknown})
    }
    several = any(len(cases.values) + cases.failed + cases.unknown > 1 for cases in found.values())
    return found if several else {}


def _failed_without_value(case: CaseScores, score: Score) -> bool:
    """A failed case that has no value, though the metric has a meaning for it."""
    absent = score is NOT_SCORED or score.status is ScoreStatus.MISSING
    return case.outcome is not Outcome.OK and absent


def _value(case: CaseScores, score: Score, spec: MetricSpec) -> Number | None:
    """The case's value; a failed case without one takes the worst, where the scale has an end."""
    if score.value is None and is_bounded(spec) and _failed_without_value(case, score):
        return worst(spec)
    return Decimal(str(score.value)) if spec.unit == "USD" and score.value is not None else score.value


def _throughput(metric: str, cases: Sequence[CaseScores], counted: str | None) -> MetricSummary:
    """Ok generations, or all that the score `counted` knows of, per second in which the provider was busy.

    A failed case's time counts. Its tokens do where they are known (truncated output arrived); where they are not (a
    time-out), that leaves the figure known, while an ok case without a count makes it unknown. So does having no count
    at all: a backend that never says what it used has not written nothing.
    Replayed and cached generations, whose busy time is not applicable, take part on neither side.
    """
    timed = [case for case in cases if not _not_applicable(case, BUSY)]
    delivered = [case for case in timed if case.outcome is Outcome.OK]
    missing = _reasons(cases, BUSY, among=timed)
    if counted is not None:
        uncounted = _reasons(timed, counted, among=timed)
        if delivered:
            missing += _reasons(delivered, counted, among=delivered)
        elif uncounted.total() == len(timed):
            missing += uncounted
    amount = float(len(delivered)) if counted is None else sum(_known(case, counted) for case in timed)
    busy = sum(_known(case, BUSY) for case in timed)
    if not missing and busy <= 0:
        missing["no busy time"] = len(cases)
    return _total(metric, None if missing or not timed else amount / busy, timed, missing)


def _total_cost(cases: Sequence[CaseScores]) -> MetricSummary:
    """The exact sum of what every case cost, failed ones too; what an earlier run paid for is no cost of this one."""
    paid = [
        case for case in cases if not (_not_applicable(case, COST) or case.scores.get(COST, NOT_SCORED).is_recorded)
    ]
    missing = _reasons(cases, COST, among=paid)
    if not paid and not missing:
        missing[NOT_PAID] = len(cases)
    total: Decimal | None = None
    if paid and not missing:
        total = sum((Decimal(str(case.scores[COST].value)) for case in paid), Decimal())
    return _total(TOTAL_COST, total, paid, missing)


def _times(factor: int, summary: MetricSummary) -> MetricSummary:
    """The same mean for so many generations, with its interval: no figure for a thousand is surer than that for one."""

    def times(number: Number | None) -> Number | None:
        return None if number is None else number * factor

    return summary.model_copy(
        update={
            **{name: times(getattr(summary, name)) for name in ("value", "low", "high")},
            "values": {pair: times(value) for pair, value in summary.values.items()},
            "repeats": {
                pair: cases.model_copy(update={"values": tuple(times(value) for value in cases.values)})
                for pair, cases in summary.repeats.items()
            },
        }
    )


def _total(metric: str, value: Number | None, cases: Iterable[CaseScores], missing: Counter[str]) -> MetricSummary:
    n = len({case.case.pair for case in cases})
    return MetricSummary(kind=MetricKind.TOTAL, unit=spec_of(metric).unit, value=value, n=n, missing=dict(missing))


def _not_applicable(case: CaseScores, metric: str) -> bool:
    score = case.scores.get(metric)
    return score is not None and score.status is ScoreStatus.NOT_APPLICABLE


def _reasons(cases: Sequence[CaseScores], metric: str, among: Sequence[CaseScores]) -> Counter[str]:
    """Why an input of a total is unknown: reason -> cases. When nothing takes part at all, why not."""
    scores = (case.scores.get(metric, NOT_SCORED) for case in among or cases)
    return Counter(score.reason or "no reason given" for score in scores if score.value is None)


def _known(case: CaseScores, metric: str) -> float:
    score = case.scores.get(metric, NOT_SCORED)
    return 0.0 if score.value is None else float(score.value)
