"""Scores, pairs and runs for the tests of comparison and gate, in as few words as they need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from shortlist.cases import CaseKey, Outcome
from shortlist.compare import RunScores, compare
from shortlist.results import Comparison, PairFacts, ProviderFacts
from shortlist.scores import CaseScores, SchemaFailure, Score, ScoreStatus

SIGNATURE = "5" * 64
Cell = float | Decimal | Score


def missing(reason: str) -> Score:
    """A score that should exist and does not."""
    return Score(None, ScoreStatus.MISSING, reason)


def not_applicable(reason: str) -> Score:
    """A score that has no meaning."""
    return Score(None, ScoreStatus.NOT_APPLICABLE, reason)


def scored(
    pair: str,
    provider: str,
    scores: Mapping[str, Cell],
    outcome: str = "ok",
    repeat: int = 0,
    failure: str | None = None,
) -> CaseScores:
    """One case."""
    return CaseScores(
        CaseKey("pro_output@1", pair, provider, repeat),
        Outcome(outcome),
        {name: cell if isinstance(cell, Score) else Score(cell) for name, cell in scores.items()},
        {},
        SchemaFailure(failure, "$", "broken") if failure else None,
    )


def column(provider: str, metric: str, cells: Sequence[Cell | None]) -> list[CaseScores]:
    """One case a pair `p0`, `p1`, …; None is a case that timed out and has no value."""
    return [
        scored(
            f"p{i}",
            provider,
            {metric: missing("timed out") if cell is None else cell},
            "timeout" if cell is None else "ok",
        )
        for i, cell in enumerate(cells)
    ]


def facts(
    cases: Sequence[CaseScores],
    resumes: Mapping[str, str] | None = None,
    domains: Mapping[str, str] | None = None,
    tags: Mapping[str, tuple[str, ...]] | None = None,
) -> list[PairFacts]:
    """Facts of every pair; each is a nurse's with a résumé and a job of its own unless the others say otherwise."""
    return [
        PairFacts(
            id=pair,
            domain=(domains or {}).get(pair, "nurse"),
            tags=(tags or {}).get(pair, ()),
            resume_cluster=(resumes or {}).get(pair, f"r-{pair}"),
            job_cluster=f"j-{pair}",
        )
        for pair in dict.fromkeys(case.case.pair for case in cases)
    ]


def run_of(cases: Sequence[CaseScores], run_id: str = "run-1", signature: str = SIGNATURE) -> RunScores:
    """A run with all the providers that the cases name."""
    named = {case.case.provider for case in cases}
    providers = {name: ProviderFacts(kind="fake", model=f"{name}-model", hash="", planned=0) for name in named}
    return RunScores(run_id, signature, providers, cases)


def comparison(
    cases: Sequence[CaseScores],
    resumes: Mapping[str, str] | None = None,
    domains: Mapping[str, str] | None = None,
    tags: Mapping[str, tuple[str, ...]] | None = None,
) -> Comparison:
    """Candidate `new` beside incumbent `old`, at 95%."""
    known = facts(cases, resumes, domains, tags)
    return compare([run_of(cases)], known, confidence=0.95, candidate="new", incumbent="old")
