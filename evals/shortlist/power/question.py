"""One rule as a question of power: the chance to pass for a true figure and a number of pairs."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from shortlist.compare.estimate import is_bounded
from shortlist.gate.bound import Bound, bound_of, measure_of
from shortlist.gate.slices import pairs_of
from shortlist.power.assumed import Assumptions
from shortlist.power.belief import TOTAL_COST, Belief
from shortlist.power.draw import Truth
from shortlist.power.outlook import Figure
from shortlist.power.pool import sharing
from shortlist.results import Measure, MetricKind, PairFacts
from shortlist.stats import fewest_for_percentile
from shortlist.stats.power import (
    fewest_for_mean,
    fewest_for_rate,
    fewest_pairs,
    power_mean,
    power_non_inferior_rate,
    power_percentile,
    power_rate,
    power_ratio,
    smallest_that_passes,
)
from shortlist.suite.model import Rule, Suite

NO_PILOT = "unknown without a pilot: shortlist run SUITE --limit 5, then plan --from latest"
NOT_IN_PILOT = "unknown: no earlier run that was read has a figure; say one: --assume {metric}=…"
NOT_YET = "unknown: it follows from what the run's generations cost in all; say it: --assume {metric}=…"
FAILED = (
    "{share:.1%} of the pairs of earlier runs failed without a value, and one that does keeps a mean from passing: a "
    "rule on a percentile can bear some"
)
SHARE = "share of pairs that keep the bound"
MEASURED = "as measured"
Powers = Callable[[float, float], float]
"""The chance to pass, of a true figure and of independent pairs."""


@dataclass(frozen=True, slots=True)
class Terms:
    """In which figures a rule is asked about, and what they are of an equal candidate."""

    means: str
    """What the figures are, as in `Figure.means`."""
    unit: str | None
    truth: Truth
    """An equal candidate."""
    expected: Figure | None = None
    """Its true figure; None where it is unknown."""
    unknown: str | None = None
    """Why it is."""
    at_bound: Truth | None = None
    """A candidate that lies exactly on the bound; None where there is none to try."""
    power: Powers | None = None
    """None for what has no interval, and where nothing is known of the spread."""
    worst: float = 0.0
    """The true figure on the bound."""
    best: float = 0.0
    """The best that there is."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a rule."""

    rule: Rule
    belief: Belief
    bound: Bound
    n: int
    """Pairs that it is about; of a rule for each slice, of the smallest one."""
    clusters: int
    effect: float
    """The design effect of its pairs."""
    terms: Terms

    def needs(self) -> Figure | None:
        """The true figure from which on it passes four times in five; None where none does."""
        terms, power, n = self.terms, self.terms.power, self.n / self.effect
        if power is None:
            return None
        span = terms.best - terms.worst
        step = smallest_that_passes(lambda s: power(terms.worst + s * span, n), 0.0, 1.0)
        return None if step is None else Figure(terms.worst + step * span, terms.means, terms.unit)

    def needed_n(self) -> int | None:
        """Pairs with which an equal candidate passes four times in five; None: no number does, or unknown."""
        power, expected = self.terms.power, self.terms.expected
        if power is None or expected is None:
            return None
        return fewest_pairs(lambda n: power(expected.value, n / self.effect))

    def fewest_n(self, confidence: float) -> int | None:
        """Pairs from which it can pass at all; None where that is not limited, or no number does."""
        if self.rule.is_paired:
            return None
        fewest: int | None
        if self.rule.percentile is not None:
            fewest = fewest_for_percentile(float(self.rule.percentile), confidence, upper=not self.bound.lower)
            return math.ceil(fewest * self.n / self.clusters)
        if not is_bounded(self.belief.spec):
            return None
        share = self.bound.at if self.bound.lower else 1 - self.bound.at
        rate = self.belief.spec.kind is MetricKind.RATE
        fewest = fewest_for_rate(share, confidence) if rate else fewest_for_mean(share, confidence)
        return fewest and math.ceil(fewest * self.n / self.clusters)


def question_of(
    rule: Rule, belief: Belief, suite: Suite, course: tuple[Sequence[PairFacts], bool], assumed: Assumptions
) -> Question:
    """The rule, as a question.

    Args:
        rule: of the gate.
        belief: in its metric.
        suite: whose gate has the confidence of the judgement at the end.
        course: the pairs of the run, and whether earlier runs were read.
        assumed: what the user says.
    """
    pairs, has_pilot = course
    assert suite.gate is not None
    smallest = _smallest_slice(rule, pairs)
    shared = sharing(smallest)
    bound, measure = bound_of(rule, belief.spec), measure_of(rule)
    if is_parity_with_reference(rule, suite):
        # The incumbent's own answers are what parity is measured against: its parity is 1.
        bound, measure = Bound(1 + bound.at, lower=True, strict=bound.strict), Measure.VALUE
    confidence = float(suite.gate.confidence)
    if belief.spec.kind is MetricKind.TOTAL:
        terms = _of_total(belief, measure)
    elif rule.percentile is not None:
        terms = _of_percentile(float(rule.percentile), bound, belief, confidence)
    elif measure is Measure.VALUE:
        terms = _of_value(belief, bound, confidence)
    elif measure is Measure.RATIO:
        terms = _of_ratio(belief, bound, (assumed.ratios or {}).get(rule.metric), confidence)
    else:
        said = (assumed.differences or {}).get(rule.metric)
        terms = _of_difference(belief, bound, (said, rule.better_by is not None), confidence)
    if terms.expected is None and terms.unknown is None:
        why = NOT_YET if rule.metric == TOTAL_COST else NOT_IN_PILOT if has_pilot else NO_PILOT
        terms = replace(terms, unknown=why.format(metric=rule.metric))
    if rule.alert or rule.each is not None:
        terms = replace(terms, at_bound=None)  # an alert promises nothing, and on which slice's bound?
    failed = _share_failed(belief)
    if failed and rule.percentile is None and terms.power is not None:
        terms = replace(terms, power=None, unknown=FAILED.format(share=failed))
    if rule.alert:
        terms = replace(terms, power=None)  # it passes unless a break is shown: no figure and no n makes it pass
    effect = shared.effect(belief.icc)
    return Question(rule, belief, bound, len(smallest), shared.clusters, effect, terms)


def metrics_of(rule: Rule) -> tuple[str, ...]:
    """The metrics that a rule looks at: its own, or with `each: field` those of the fields."""
    family = rule.metric.partition(".")[0]
    return tuple(f"{family}.{name}" for name in rule.fields) if rule.each == "field" else (rule.metric,)


def is_parity_with_reference(rule: Rule, suite: Suite) -> bool:
    """Whether the rule compares the candidate's parity with that of the incumbent with itself."""
    return (
        rule.is_paired
        and rule.metric.startswith("parity.")
        and suite.gate is not None
        and suite.parity_reference == suite.gate.incumbent
    )


def _share_failed(belief: Belief) -> float:
    """Share of the candidate's pairs in earlier runs that failed where a scale has no worst value."""
    if belief.population is None:
        return 0.0
    known = belief.population[~np.isnan(belief.population)]
    return float(np.isinf(known).mean()) if len(known) else 0.0


def _smallest_slice(rule: Rule, pairs: Sequence[PairFacts]) -> list[PairFacts]:
    kept = pairs_of(rule, pairs)
    among = [pair for pair in pairs if pair.id in kept]
    if rule.each == "domain":
        slices = [[pair for pair in among if pair.domain == name] for name in {pair.domain for pair in among}]
    elif rule.each == "tag":
        slices = [[pair for pair in among if name in pair.tags] for name in {tag for p in among for tag in p.tags}]
    else:
        return among
    return min(slices, key=len, default=among)


def _of_total(belief: Belief, measure: Measure) -> Terms:
    ours, theirs = belief.totals
    value = ours if measure is Measure.VALUE else None
    if measure is Measure.RATIO and ours is not None and theirs:
        value = ours / theirs
    unit = "×" if measure is Measure.RATIO else belief.spec.unit
    expected = None if value is None else Figure(value, MEASURED, unit)
    return Terms(MEASURED, unit, Truth(belief.level), expected)


def _of_percentile(percentile: float, bound: Bound, belief: Belief, confidence: float) -> Terms:
    """Asked in shares on the right side of the bound, of which no shape of distribution need be known."""
    wanted = percentile / 100 if not bound.lower else 1 - percentile / 100
    if belief.population is None:
        share, at_bound = _assumed_share(percentile, bound, belief)
    else:
        share, at_bound = _seen_share(percentile, bound, belief)
    return Terms(
        means=SHARE,
        unit=None,
        truth=Truth(belief.level),
        expected=None if share is None else Figure(share, SHARE, None),
        at_bound=at_bound,
        power=lambda right, n: power_percentile(right, percentile, n, confidence, not bound.lower),
        worst=wanted,
        best=1.0,
    )


def _seen_share(percentile: float, bound: Bound, belief: Belief) -> tuple[float | None, Truth | None]:
    """The share of an earlier run's values on the right side, and the level that puts the percentile on the bound."""
    seen = belief.seen_level
    if belief.population is None or belief.level is None or seen is None:
        return None, None
    known = np.sort(belief.population[~np.isnan(belief.population)])  # failed pairs, infinite, are at the end
    scaled = known * (belief.level / seen) if seen > 0 else known
    right = np.mean(scaled >= bound.at) if bound.lower else np.mean(scaled <= bound.at)
    at = float(known[min(len(known) - 1, math.ceil(percentile / 100 * len(known)) - 1)])
    movable = 0 < at < math.inf and bound.at > 0
    return float(right), Truth(seen * bound.at / at) if movable else None


def _assumed_share(percentile: float, bound: Bound, belief: Belief) -> tuple[float | None, Truth | None]:
    """The same of lognormal times and costs; of scores no shape is assumed."""
    from scipy.special import ndtr, ndtri  # noqa: PLC0415 - scipy costs more than all the rest

    if is_bounded(belief.spec) or bound.at <= 0:
        return None, None
    spread = math.sqrt(math.log1p(belief.variation[0] ** 2))
    at_bound = Truth(bound.at * math.exp(spread**2 / 2 - spread * float(ndtri(percentile / 100))))
    if belief.level is None:
        return None, at_bound
    if spread == 0:
        return float(bound.kept_by(belief.level)), at_bound
    below = float(ndtr((math.log(bound.at / belief.level) + spread**2 / 2) / spread))
    return 1 - below if bound.lower else below, at_bound


def _of_value(belief: Belief, bound: Bound, confidence: float) -> Terms:
    spec = belief.spec
    means = "true rate" if spec.kind is MetricKind.RATE else "true mean"
    best = (1.0 if bound.lower else 0.0) if is_bounded(spec) else bound.at * (10 if bound.lower else 1e-6)
    return Terms(
        means=means,
        unit=spec.unit,
        truth=Truth(belief.level),
        expected=None if belief.level is None else Figure(belief.level, means, spec.unit),
        at_bound=Truth(bound.at),
        power=_value_power(belief, bound, confidence),
        worst=bound.at,
        best=best,
    )


def _of_difference(belief: Belief, bound: Bound, said: tuple[float | None, bool], confidence: float) -> Terms:
    """`said`: what the user says the true difference is, and whether the rule asks for better."""
    difference, asks_for_better = said
    unknown = None
    if difference is None and asks_for_better:
        difference = belief.seen_difference
        if difference is None:
            unknown = (
                "asks for better, so an equal candidate passes by mistake only; say how much better it may be: "
                f"--assume {belief.metric}.difference=…, or plan --from a run"
            )
    power = _difference_power(belief, bound, confidence)
    expected = None
    if unknown is None and power is not None:
        expected = Figure(difference or 0.0, "difference", belief.spec.unit)
    far = 1.0 if is_bounded(belief.spec) else 1e3 * max(abs(bound.at), belief.sd_difference or 0.0)
    return Terms(
        means="difference",
        unit=belief.spec.unit,
        truth=Truth(belief.level, difference=difference or 0.0),
        expected=expected,
        unknown=unknown,
        at_bound=None if power is None else Truth(belief.level, difference=bound.at),
        power=power,
        worst=bound.at,
        best=far if bound.lower else -far,
    )


def _of_ratio(belief: Belief, bound: Bound, said: float | None, confidence: float) -> Terms:
    """`said`: what the user says the true ratio is."""
    ratio, unknown = said, None
    if ratio is None and Bound(bound.at, bound.lower, strict=True).kept_by(1.0):
        ratio = 1.0
    if ratio is None:
        ratio = belief.seen_ratio
    if ratio is None:
        unknown = (
            "an equal candidate, whose ratio is 1, cannot pass; say what the ratio may be: "
            f"--assume {belief.metric}.ratio=…, or plan --from a run"
        )
    return Terms(
        means="ratio",
        unit=None,
        truth=Truth(belief.level, ratio=1.0 if ratio is None else ratio),
        expected=None if ratio is None else Figure(ratio, "ratio", None),
        unknown=unknown,
        at_bound=Truth(belief.level, ratio=bound.at),
        power=_ratio_power(belief, bound, confidence),
        worst=bound.at,
        best=bound.at * (100 if bound.lower else 1e-4),
    )


def _value_power(belief: Belief, bound: Bound, confidence: float) -> Powers:
    spec, at = belief.spec, bound.at
    if spec.kind is MetricKind.RATE:
        if bound.lower:
            return lambda rate, n: power_rate(rate, at, n, confidence)
        return lambda rate, n: power_rate(1 - rate, 1 - at, n, confidence)
    sign = 1 if bound.lower else -1
    if is_bounded(spec):
        floor = at if bound.lower else 1 - at

        def score(mean: float, n: float) -> float:
            sd = min(belief.sd, 0.9 * math.sqrt(max(0.0, mean * (1 - mean))))
            return power_mean(n, sign * (mean - at), sd, confidence, floor=floor)

        return score
    variation = belief.variation[0]
    # The long tail of times and costs lies above: it costs an upper bound certainty.
    skewness = variation**3 + 3 * variation

    def quantity(mean: float, n: float) -> float:
        return power_mean(n, sign * (mean - at), variation * mean, confidence, -sign * skewness)

    return quantity


def _difference_power(belief: Belief, bound: Bound, confidence: float) -> Powers | None:
    sign, at = (1 if bound.lower else -1), bound.at
    if belief.spec.kind is MetricKind.RATE:
        return lambda d, n: power_non_inferior_rate(n, -sign * at, belief.discordance, sign * d, confidence)
    if belief.sd_difference is None:
        return None
    sd, floor = belief.sd_difference, (1 + sign * at) if is_bounded(belief.spec) else None
    return lambda d, n: power_mean(n, sign * (d - at), sd, confidence, floor=floor)


def _ratio_power(belief: Belief, bound: Bound, confidence: float) -> Powers:
    ours, theirs = belief.variation
    if bound.lower:
        return lambda ratio, n: power_ratio(n, 1 / bound.at, 1 / ratio, (theirs, ours), confidence)
    return lambda ratio, n: power_ratio(n, bound.at, ratio, (ours, theirs), confidence)
