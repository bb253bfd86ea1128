"""Made-up runs: comparisons as a run of these pairs might bring, for the gate to judge."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from shortlist.cases import Outcome
from shortlist.compare.estimate import is_bounded
from shortlist.power.belief import Belief
from shortlist.power.pool import Pool, Whole, sharing
from shortlist.results import Comparison, MetricKind, MetricSummary, Number, PairFacts, ProviderResult, ResultModel
from shortlist.stats import Floats

FEWEST_OF_A_DOMAIN = 2
"""Clusters of a domain in earlier runs from which pairs of that domain are drawn among them alone."""


@dataclass(frozen=True, slots=True)
class Truth:
    """How a made-up candidate is."""

    level: float | None
    """Its true mean; None: as the belief has it, or 1 where nothing is known and only ratios are asked for."""
    difference: float | None = None
    """To the incumbent, candidate minus incumbent; None where no rule compares them so."""
    ratio: float | None = None
    """Of the candidate's mean to the incumbent's."""


class Casino:
    """Draws values for the pairs of a suite."""

    def __init__(self, pairs: Sequence[PairFacts], pool: Pool, by_domain: bool) -> None:
        self.pairs = tuple(pairs)
        self._shared = sharing(pairs)
        self._members = [np.flatnonzero(self._shared.codes == code) for code in range(self._shared.clusters)]
        self._sources = _sources(self.pairs, self._members, pool, by_domain)

    def rows(self, rng: np.random.Generator) -> Whole | None:
        """For each pair a row of the pool, whole clusters together; None without a pool."""
        if self._sources is None:
            return None
        rows = np.zeros(len(self.pairs), dtype=np.int64)
        for members, clusters in zip(self._members, self._sources, strict=True):
            cluster = clusters[rng.integers(len(clusters))]
            if len(members) == 1:
                rows[members[0]] = cluster[rng.integers(len(cluster))]
            else:
                order = rng.permutation(cluster)
                rows[members] = np.resize(order, len(members))
        return rows

    def uniforms(self, rng: np.random.Generator, icc: float) -> Floats:
        """One number from 0 to 1 for each pair, correlated by `icc` within clusters; open at both ends."""
        own = rng.random(len(self.pairs))
        if self._shared.is_shared:
            common = rng.random(self._shared.clusters)[self._shared.codes]
            own = np.where(rng.random(len(self.pairs)) < math.sqrt(icc), common, own)
        return np.clip(own, 1e-12, 1 - 1e-12)

    def values(
        self, belief: Belief, truth: Truth, rows: Whole | None, rng: np.random.Generator
    ) -> tuple[Floats, Floats | None]:
        """The candidate's values of one metric, and the incumbent's where they are compared."""
        ours = self._ours(belief, truth, rows, rng)
        if truth.difference is None and truth.ratio is None:
            return ours, None
        theirs = None
        if belief.theirs is not None and belief.population is not None and rows is not None:
            theirs = belief.theirs[self._filled(rows, belief.population + belief.theirs, rng)[0]]
            if truth.ratio is not None and belief.seen_ratio:
                return ours, theirs * (belief.seen_ratio * _lift(belief, truth) / truth.ratio)
        if belief.spec.kind is MetricKind.RATE:
            return self._rate_pair(belief, ours, theirs, float(truth.difference or 0.0), rng)
        if truth.ratio is not None:
            mean = (truth.level or belief.level or 1.0) / truth.ratio
            return ours, _lognormal(self.uniforms(rng, belief.icc), mean, belief.variation[1])
        difference = float(truth.difference or 0.0)
        if theirs is not None and belief.seen_difference is not None:
            # The spread is kept and the mean moved, so that the candidate's own values stay as they are.
            return ours, theirs + belief.seen_difference - difference
        noise = _normal(self.uniforms(rng, belief.icc), belief.sd_difference or 0.0)
        return ours, ours - difference - noise

    def _ours(self, belief: Belief, truth: Truth, rows: Whole | None, rng: np.random.Generator) -> Floats:
        if belief.population is not None and rows is not None:
            also = belief.theirs if belief.theirs is not None else 0.0
            filled, _ = self._filled(rows, belief.population + also, rng)
            return _moved(belief, belief.population[filled], truth, rng)
        uniforms = self.uniforms(rng, belief.icc)
        level = truth.level if truth.level is not None else belief.level
        if belief.spec.kind is MetricKind.RATE:
            return (uniforms < (1.0 if level is None else level)).astype(np.float64)
        if is_bounded(belief.spec):
            return _beta(uniforms, 0.5 if level is None else level, belief.sd)
        return _lognormal(uniforms, 1.0 if level is None else level, belief.variation[0])

    @staticmethod
    def _filled(rows: Whole, values: Floats, rng: np.random.Generator) -> tuple[Whole, Floats]:
        """Rows, with those that lack a value of the metric exchanged for any that has one."""
        lacking = np.isnan(values[rows])
        if lacking.any():
            # Seeded by the rows, so that a metric's two sides stay those of one pair.
            known = np.flatnonzero(~np.isnan(values))
            picks = np.random.default_rng(int(rows.sum())).integers(len(known), size=int(lacking.sum()))
            rows = rows.copy()
            rows[lacking] = known[picks]
        return rows, values[rows]

    def _rate_pair(
        self, belief: Belief, ours: Floats, theirs: Floats | None, difference: float, rng: np.random.Generator
    ) -> tuple[Floats, Floats]:
        """Two yes/no values for each pair that differ as often as is believed, and by `difference` on average."""
        psi = min(1.0, max(belief.discordance, abs(difference)))
        won = 0.5 if psi == 0 else (psi + difference) / 2 / psi
        uniforms = self.uniforms(rng, belief.icc)
        if theirs is None:
            # Discordant pairs fall among those that the candidate has right or wrong as their share says.
            right = float(np.clip(belief.level if belief.level is not None else 1 - psi / 2, 1e-9, 1 - 1e-9))
            gain, loss = min(psi * won, right), min(psi * (1 - won), 1 - right)
            if gain + loss < psi - 1e-12:  # no rule asks for the rate itself, so it makes room
                gain, loss = psi * won, psi * (1 - won)
                return _table(uniforms, gain, loss)
            flipped = np.where(ours > 0, uniforms < gain / right, uniforms < loss / (1 - right))
            return ours, np.where(flipped, 1 - ours, ours)
        discordant = ours != theirs
        share = belief.discordance
        first = np.where(discordant, (uniforms < won).astype(np.float64), ours)
        second = np.where(discordant, 1 - first, theirs)
        more = (psi - share) / (1 - share) if share < 1 else 0.0
        if more > 0:  # a difference beyond what was seen to differ needs pairs that newly do
            newly = ~discordant & (self.uniforms(rng, belief.icc) < more)
            first = np.where(newly, float(difference > 0), first)
            second = np.where(newly, float(difference < 0), second)
        return first, second


def comparison_of(
    pairs: Sequence[PairFacts],
    sides: Mapping[str, Mapping[str, tuple[Belief, Floats | float]]],
    candidate: str,
    incumbent: str | None,
) -> Comparison:
    """A made-up comparison.

    Args:
        pairs: in the order in which they would run.
        sides: provider -> metric -> its values, one for each pair, or the value of a total.
        candidate: the gate's.
        incumbent: likewise.
    """
    ids = [pair.id for pair in pairs]
    providers = {
        name: ProviderResult.model_construct(
            **{
                **_unsaid(ProviderResult),
                "kind": "simulated",
                "model": None,
                "cases": len(ids),
                "outcomes": {outcome: len(ids) if outcome is Outcome.OK else 0 for outcome in Outcome},
                "metrics": {metric: _summary(belief, figures, ids) for metric, (belief, figures) in metrics.items()},
            }
        )
        for name, metrics in sides.items()
    }
    return Comparison.model_construct(
        run_id="simulated",
        signature="",
        confidence=0.95,
        candidate=candidate,
        incumbent=incumbent,
        pairs=tuple(pairs),
        providers=providers,
    )


@cache
def _unsaid(model: type[ResultModel]) -> dict[str, Any]:
    """The model's fields that have a default, and what it is: pydantic would look each up a thousand times."""
    return {
        name: about.get_default(call_default_factory=True)
        for name, about in model.model_fields.items()
        if not about.is_required()
    }


def _summary(belief: Belief, figures: Floats | float, ids: Sequence[str]) -> MetricSummary:
    """Not validated: a plan makes thousands, of figures that are its own."""
    spec = belief.spec
    if isinstance(figures, float):
        total = {"kind": spec.kind, "unit": spec.unit, "value": figures, "n": len(ids)}
        return MetricSummary.model_construct(**{**_unsaid(MetricSummary), **total})
    known = np.isfinite(figures)
    values: dict[str, Number] = dict(zip(np.array(ids)[known].tolist(), figures[known].tolist(), strict=True))
    said = {
        "kind": spec.kind,
        "unit": spec.unit,
        "value": float(figures[known].mean()) if values else None,
        "n": len(values),
        "values": values,
        "failed_pairs": tuple(np.array(ids)[~known].tolist()) if len(values) < len(ids) else (),
    }
    return MetricSummary.model_construct(**{**_unsaid(MetricSummary), **said})


def _sources(
    pairs: Sequence[PairFacts], members: Sequence[Whole], pool: Pool, by_domain: bool
) -> list[list[Whole]] | None:
    """For each cluster of the suite, the clusters of the pool from which it may be drawn."""
    if not pool.pairs:
        return None
    shared = sharing(pool.pairs)
    clusters = [np.flatnonzero(shared.codes == code) for code in range(shared.clusters)]
    if not by_domain:
        return [clusters] * len(members)
    of_domain: dict[str, list[Whole]] = {}
    for cluster in clusters:
        of_domain.setdefault(pool.pairs[int(cluster[0])].domain, []).append(cluster)
    found = (of_domain.get(pairs[int(some[0])].domain, []) for some in members)
    return [own if len(own) >= FEWEST_OF_A_DOMAIN else clusters for own in found]


def _lift(belief: Belief, truth: Truth) -> float:
    """By how much the candidate's values are scaled up."""
    seen = belief.seen_level
    return 1.0 if truth.level is None or not seen else truth.level / seen


def _moved(belief: Belief, values: Floats, truth: Truth, rng: np.random.Generator) -> Floats:
    """Values whose true mean is another than the one that was seen."""
    seen, level = belief.seen_level, truth.level
    if level is None or seen is None or level == seen:
        return values
    if not is_bounded(belief.spec):
        return values * (level / seen) if seen > 0 else values
    if belief.spec.kind is MetricKind.RATE:
        uniforms = rng.random(len(values))
        if level < seen:
            return np.where(uniforms < level / seen, values, 0.0)
        return np.where(uniforms < (level - seen) / (1 - seen), 1.0, values)
    return values * (level / seen) if level < seen else 1 - (1 - values) * ((1 - level) / (1 - seen))


def _table(uniforms: Floats, gain: float, loss: float) -> tuple[Floats, Floats]:
    """Pairs right for the candidate alone, for the incumbent alone, and for both."""
    ours = np.where((uniforms >= gain) & (uniforms < gain + loss), 0.0, 1.0)
    return ours, np.where(uniforms < gain, 0.0, 1.0)


def _beta(uniforms: Floats, mean: float, sd: float) -> Floats:
    from scipy.special import betaincinv  # noqa: PLC0415 - scipy costs more than all the rest

    if sd <= 0 or mean <= 0 or mean >= 1:
        return np.full(len(uniforms), mean)
    size = mean * (1 - mean) / min(sd, 0.9 * math.sqrt(mean * (1 - mean))) ** 2 - 1
    return np.asarray(betaincinv(mean * size, (1 - mean) * size, uniforms), dtype=np.float64)


def _normal(uniforms: Floats, sd: float) -> Floats:
    from scipy.special import ndtri  # noqa: PLC0415 - scipy costs more than all the rest

    return np.asarray(sd * ndtri(uniforms), dtype=np.float64)


def _lognormal(uniforms: Floats, mean: float, variation: float) -> Floats:
    spread = math.sqrt(math.log1p(variation**2))
    return np.exp(_normal(uniforms, spread)) * (mean / math.exp(spread**2 / 2))
