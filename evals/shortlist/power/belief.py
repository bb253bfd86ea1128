"""What is believed of each metric before a run: measured where an earlier run measured it, else assumed."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from shortlist.compare.estimate import is_bounded
from shortlist.metric_names import MetricSpec, spec_of
from shortlist.power.assumed import Assumptions
from shortlist.power.outlook import Source
from shortlist.power.pool import Pool, sharing
from shortlist.results import MetricKind
from shortlist.stats import Floats, cluster_se

TOTAL_COST = "cost.total"
"""Of so many generations, of which an earlier run had more or fewer."""
WIDEST = 0.9
"""Most of the spread that a score of a given mean can have at all, `√(m(1-m))`, that is assumed of it."""
ROUGH = 20
"""Pairs below which a measured figure is called rough."""


@dataclass(frozen=True, slots=True)
class Belief:
    """One metric, as an equal candidate and the incumbent would show it."""

    metric: str
    spec: MetricSpec
    level: float | None
    """The candidate's true mean; None where nothing is known of it."""
    population: Floats | None
    """Values that an earlier run saw, of the candidate, or of an incumbent whose equal it is; one for each pair of the
    pool, NaN where there is none. None: a shape is assumed."""
    theirs: Floats | None
    """The incumbent's of the same pairs; None where the differences' spread is assumed."""
    sd: float
    """Of the values."""
    sd_difference: float | None
    """Of the paired differences; None where it is unknown."""
    discordance: float
    variation: tuple[float, float]
    """Standard deviation over mean, of the candidate's and the incumbent's values."""
    icc: float
    totals: tuple[float | None, float | None] = (None, None)
    """A total's value, of the candidate and of the incumbent."""
    sources: tuple[Source, ...] = ()

    @property
    def seen_level(self) -> float | None:
        """The candidate's mean, as the pilot saw it."""
        if self.population is None:
            return None
        return float(self.population[np.isfinite(self.population)].mean())

    @property
    def seen_difference(self) -> float | None:
        """Candidate minus incumbent, as the pilot saw it."""
        both = self._both()
        return None if both is None else float(np.mean(both[0] - both[1]))

    @property
    def seen_ratio(self) -> float | None:
        """The candidate's mean over the incumbent's, as the pilot saw it."""
        both = self._both()
        return None if both is None or both[1].mean() <= 0 else float(both[0].mean() / both[1].mean())

    def _both(self) -> tuple[Floats, Floats] | None:
        if self.population is None or self.theirs is None:
            return None
        known = np.isfinite(self.population) & np.isfinite(self.theirs)
        return self.population[known], self.theirs[known]


def believe(metric: str, bound: float | None, paired: bool, pool: Pool, assumed: Assumptions) -> Belief:
    """What is known of `metric`.

    Args:
        metric: of a rule.
        bound: of an absolute rule on its mean; an assumed share lies above it.
        paired: whether a rule compares it with the incumbent.
        pool: what earlier runs saw.
        assumed: for the rest.
    """
    spec = spec_of(metric)
    if spec.kind is MetricKind.TOTAL:
        return _total(metric, spec, pool, assumed)
    seen = _seen(metric, spec, pool)
    sources: list[Source] = []
    level = _level(metric, spec, bound, seen, assumed, sources)
    sd, variation = _spread(metric, spec, level, seen, assumed, sources)
    belief = Belief(
        metric=metric,
        spec=spec,
        level=level,
        population=None if seen is None else seen.values,
        theirs=None,
        sd=sd,
        sd_difference=None,
        discordance=0.0,
        variation=(variation, variation),
        icc=assumed.general["icc"] if seen is None else _icc(pool, seen.values, assumed.general["icc"]),
    )
    if paired:
        belief = _compared(belief, bound, pool, assumed, sources)
    elif spec.kind is MetricKind.MEAN and is_bounded(spec) and seen is None:
        sources.append(Source(f"{metric}: sd", sd, assumed.source("sd")))
    return replace(belief, sources=tuple(sources))


def _spread(
    metric: str, spec: MetricSpec, level: float | None, seen: _Seen | None, assumed: Assumptions, sources: list[Source]
) -> tuple[float, float]:
    """Standard deviation of the values, and over their mean."""
    sd, variation = assumed.general["sd"], assumed.general["variation"]
    if seen is not None and seen.known.sum() > 1:
        values = seen.values[seen.known]
        sd = float(values.std(ddof=1))
        return sd, sd / float(values.mean()) if values.mean() > 0 else variation
    if is_bounded(spec):
        return sd if level is None else min(sd, WIDEST * math.sqrt(level * (1 - level))), variation
    sources.append(Source(f"{metric}: variation", variation, assumed.source("variation")))
    return sd, variation


def _compared(belief: Belief, bound: float | None, pool: Pool, assumed: Assumptions, sources: list[Source]) -> Belief:
    """With what is known of both sides together."""
    metric, spec, level, general = belief.metric, belief.spec, belief.level, assumed.general
    is_rate = spec.kind is MetricKind.RATE
    both = pool.both(metric)
    if both is not None:
        differences = both[0] - both[1]
        discordance = float(np.mean(np.abs(differences) > 1e-12))
        sd = float(differences.std(ddof=1))
        variation = float(both[1].std(ddof=1) / both[1].mean()) if both[1].mean() > 0 else belief.variation[0]
        origin = _joined(pool.ours.origin[metric], pool.theirs.origin[metric]) + _rough(len(differences))
        belief = replace(belief, theirs=pool.theirs.values[metric], variation=(belief.variation[0], variation))
    elif is_bounded(spec):
        sd, discordance = general["sd"], general["discordance"]
        if bound is not None and level is not None:
            # Where both are right 99 times in 100, they can differ in 2 of 100 pairs at most.
            discordance = min(discordance, 2 * (1 - level))
        origin = assumed.source("discordance" if is_rate else "sd")
    else:
        return belief if level is None else replace(belief, sd_difference=level * belief.variation[0] * math.sqrt(2))
    if is_rate:
        sources.append(Source(f"{metric}: discordance", discordance, origin))
    else:
        sources.append(Source(f"{metric}: sd of paired differences", sd, origin))
    return replace(belief, discordance=discordance, sd_difference=sd)


@dataclass(frozen=True, slots=True)
class _Seen:
    values: Floats
    origin: str

    @property
    def known(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        return np.isfinite(self.values)


def _seen(metric: str, spec: MetricSpec, pool: Pool) -> _Seen | None:
    """The candidate's values; else the incumbent's, where a share of an equal candidate is the same.

    Time and money are not: a candidate is there to be faster and cheaper.
    """
    for side, whose in ((pool.ours, ""), (pool.theirs, ", the incumbent's")):
        values = side.values.get(metric)
        if values is not None and np.isfinite(values).sum() > 0 and (whose == "" or is_bounded(spec)):
            return _Seen(values, side.origin[metric] + whose)
    return None


def _level(
    metric: str,
    spec: MetricSpec,
    bound: float | None,
    seen: _Seen | None,
    assumed: Assumptions,
    sources: list[Source],
) -> float | None:
    what = f"{metric}: true {'rate' if spec.kind is MetricKind.RATE else 'mean'}"
    said = assumed.level(metric)
    if said is not None:
        sources.append(Source(what, said, "--assume"))
        return said
    if seen is not None:
        level = float(seen.values[seen.known].mean())
        sources.append(Source(what, level, f"{seen.origin}{_rough(int(seen.known.sum()))}"))
        return level
    if not is_bounded(spec):
        return None
    name = "rate" if spec.kind is MetricKind.RATE else "score"
    level, origin = assumed.general[name], assumed.source(name)
    if bound is not None and bound >= level and name not in assumed.said:
        level, origin = (bound + 1) / 2, "default, halfway from the bound to 1"
    if bound is not None:
        sources.append(Source(what, level, origin))
    return level


def _total(metric: str, spec: MetricSpec, pool: Pool, assumed: Assumptions) -> Belief:
    ours, theirs = pool.ours.totals.get(metric), pool.theirs.totals.get(metric)
    if metric == TOTAL_COST:
        ours = theirs = None
    level, origin = assumed.level(metric), "--assume"
    if level is None:
        level, origin = ours, pool.ours.origin.get(metric, "")
    sources = () if level is None else (Source(f"{metric}: as measured", level, origin),)
    nothing = (0.0, 0.0)
    return Belief(metric, spec, level, None, None, 0.0, None, 0.0, nothing, 0.0, (level, theirs), sources)


def _icc(pool: Pool, values: Floats, otherwise: float) -> float:
    """The correlation within clusters that the values show, from their design effect; none shared: as assumed."""
    known = np.isfinite(values)
    pairs = [pair for pair, is_known in zip(pool.pairs, known, strict=True) if is_known]
    shared = sharing(pairs)
    found = values[known]
    if not shared.is_shared or float(np.ptp(found)) == 0:
        return otherwise
    clustered = cluster_se(found, [str(code) for code in shared.codes])
    alone = cluster_se(found, [str(row) for row in range(len(found))])
    if clustered is None or not alone:
        return otherwise
    return min(1.0, max(0.0, ((clustered / alone) ** 2 - 1) / (shared.effect(1.0) - 1)))


def _joined(ours: str, theirs: str) -> str:
    return ours if ours == theirs else f"{ours} and {theirs}"


def _rough(n: int) -> str:
    return f", {n} pairs" + (": rough" if n < ROUGH else "")
