"""The pairs of earlier runs, with both sides' values, joined by pair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from shortlist.power.pilot import Pilot
from shortlist.results import PairFacts, ProviderResult
from shortlist.stats import Floats

Whole = NDArray[np.int64]

FAILED = np.inf
"""Of a pair that failed and has no value: worse than any."""


@dataclass(frozen=True, slots=True)
class Sharing:
    """Which pairs share a résumé or a job description, by the coarser of the two ways that group any."""

    codes: Whole
    """A cluster's number for each pair."""
    clusters: int

    @property
    def is_shared(self) -> bool:
        """Whether any two pairs share a cluster."""
        return self.clusters < len(self.codes)

    def effect(self, icc: float) -> float:
        """The design effect when pairs of a cluster correlate by `icc`: `1 + (Σm²/n - 1)·icc`, m the clusters' sizes.

        Kish 1965, Survey Sampling, 5.4, with the mean size as pairs see it.
        """
        sizes = np.bincount(self.codes)
        return float(1 + (np.sum(sizes**2) / max(1, len(self.codes)) - 1) * icc)


def sharing(pairs: Sequence[PairFacts]) -> Sharing:
    """How pairs are grouped; each by itself where both ways would put all into one."""
    ways = [[pair.resume_cluster for pair in pairs], [pair.job_cluster for pair in pairs]]
    best = Sharing(np.arange(len(pairs)), len(pairs))
    for labels in ways:
        index: dict[str, int] = {}
        codes = np.array([index.setdefault(label, len(index)) for label in labels], dtype=np.int64)
        if 1 < len(index) < best.clusters:
            best = Sharing(codes, len(index))
    return best


@dataclass(frozen=True, slots=True)
class Side:
    """One provider's values by metric, and where they come from."""

    values: dict[str, Floats] = field(default_factory=dict)
    """NaN where nothing is known of the pair."""
    totals: dict[str, float] = field(default_factory=dict)
    origin: dict[str, str] = field(default_factory=dict)
    """Metric -> runs."""


@dataclass(frozen=True, slots=True)
class Pool:
    """What earlier runs know of pairs."""

    pairs: tuple[PairFacts, ...]
    ours: Side
    theirs: Side

    def both(self, metric: str) -> tuple[Floats, Floats] | None:
        """Both sides' values of the pairs that both have; None below two pairs."""
        ours, theirs = self.ours.values.get(metric), self.theirs.values.get(metric)
        if ours is None or theirs is None:
            return None
        known = np.isfinite(ours) & np.isfinite(theirs)
        return (ours[known], theirs[known]) if known.sum() > 1 else None


def pool(pilots: Sequence[Pilot], candidate: str, incumbent: str | None, metrics: Sequence[str]) -> Pool:
    """The runs' pairs; where several runs have a pair, the first counts."""
    facts: dict[str, PairFacts] = {}
    for pilot in pilots:
        for pair in pilot.comparison.pairs:
            facts.setdefault(pair.id, pair)
    rows = {identity: row for row, identity in enumerate(facts)}
    ours = _side(pilots, candidate, "candidate", metrics, rows)
    theirs = _side(pilots, incumbent, "incumbent", metrics, rows) if incumbent else Side()
    return Pool(tuple(facts.values()), ours, theirs)


def _side(pilots: Sequence[Pilot], provider: str, role: str, metrics: Sequence[str], rows: dict[str, int]) -> Side:
    side = Side()
    for pilot in pilots:
        found = pilot.side(provider, role)
        if found is None:
            continue
        name, result = found
        origin = pilot.name if name == provider else f"{pilot.name} ({name})"
        for metric in metrics:
            if _add(side, metric, result, rows):
                known = side.origin.get(metric)
                side.origin[metric] = origin if known is None else f"{known}, {origin}"
    return side


def _add(side: Side, metric: str, result: ProviderResult, rows: dict[str, int]) -> bool:
    summary = result.metrics.get(metric)
    if summary is None or not (summary.values or summary.failed_pairs):
        if summary is not None and summary.value is not None and metric not in side.totals:
            side.totals[metric] = float(summary.value)
            return True
        return False
    values = side.values.setdefault(metric, np.full(len(rows), np.nan))
    told = False
    for pair, value in (*summary.values.items(), *((pair, FAILED) for pair in summary.failed_pairs)):
        if np.isnan(values[rows[pair]]):
            values[rows[pair]] = float(value)
            told = True
    return told
