"""Score, compare, gate: each reads the files of the stage before and writes its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from shortlist.cases import Record
from shortlist.compare import RunScores, compare
from shortlist.gate import gate
from shortlist.gate.look import Look
from shortlist.metrics.base import Backends
from shortlist.metrics.semantic import check_embedder
from shortlist.pipeline.judgements import graders, judge_results, undone
from shortlist.pipeline.recorded_costs import recorded_costs
from shortlist.pipeline.workspace import Workspace
from shortlist.results import Comparison, PairFacts, Verdict
from shortlist.run.completion import is_complete
from shortlist.scores import CaseScores
from shortlist.scoring import read_scores, score_records, write_scores
from shortlist.suite.model import Suite, steps_of
from shortlist.suite.order import pair_facts, pairs_in_order, who_decides


def score_stage(space: Workspace) -> list[CaseScores]:
    """Records -> `scores.jsonl`, without any network."""
    scores = _scored(space, space.records)
    write_scores(space.folder.scores, scores)
    return scores


def _scored(space: Workspace, records: Sequence[Record]) -> list[CaseScores]:
    suite = space.suite
    return list(
        score_records(
            records,
            task=suite.task,
            pairs={pair.id: pair for pair in suite.pairs},
            backends=Backends(
                prices=space.prices,
                chains={name: steps for name, config in suite.providers.items() if (steps := steps_of(config))},
                recorded=recorded_costs(space),
                judges=graders(space),
            ),
            parity_reference=suite.parity_reference,
            families=suite.metrics,
        )
    )


def refuse_unscorable(suite: Suite) -> None:
    """Refuses a suite whose outputs could not be scored on this machine, before they are paid for.

    Raises:
        InputError: its task compares meanings, and the extra or the model for that is missing.
    """
    if {"parity", "gold"} & set(suite.metrics):
        check_embedder(suite.task)


def compare_stage(space: Workspace, scores: Sequence[CaseScores] | None = None) -> Comparison:
    """`scores.jsonl` -> `comparison.json`."""
    comparison = _compared(space, scores)
    judges = judge_results(space, float(comparison.confidence))
    comparison = comparison.model_copy(update={"judges": judges})
    space.folder.write_model(space.folder.comparison, comparison)
    return comparison


def _compared(space: Workspace, scores: Sequence[CaseScores] | None) -> Comparison:
    conditions = space.suite.gate
    return compare(
        [_run_scores(space, scores)],
        _planned(space),
        confidence=conditions.confidence if conditions else 0.95,
        candidate=conditions.candidate if conditions else None,
        incumbent=conditions.incumbent if conditions else None,
    )


def gate_stage(space: Workspace, comparison: Comparison) -> Verdict:
    """`comparison.json` and the gate that the manifest holds -> `verdict.json`."""
    early = space.manifest.early_stop
    look = None
    if early is not None and early.planned_looks:
        look = Look(_planned(space), last=early.stopped_at is None)
    verdict = gate(comparison, space.suite.gate, incomplete_why=incomplete_why(space), look=look)
    verdict = verdict.model_copy(update={"early_stop": early})
    space.folder.write_model(space.folder.verdict, verdict)
    return verdict


def look_at(space: Workspace, pairs: int) -> Verdict:
    """What the gate says of the first so many pairs of a run, all of whose cases are complete; writes nothing."""
    planned = _planned(space)
    so_far, sides = {pair.id for pair in planned[:pairs]}, who_decides(space.suite)
    records = [record for record in space.records if record.case.pair in so_far and record.case.provider in sides]
    comparison = _compared(space, _scored(space, records))
    return gate(comparison, space.suite.gate, look=Look(planned, last=False))


def _planned(space: Workspace) -> list[PairFacts]:
    """Every pair that the run set out to do, in the order in which they are run."""
    return pair_facts(pairs_in_order(space.suite, space.manifest.limit))


def compare_runs(spaces: Sequence[Workspace]) -> Comparison:
    """Several runs of equal signature side by side; writes nothing.

    Raises:
        InputError: their signatures differ.
    """
    pairs = {pair.id: pair for space in spaces for pair in space.suite.pairs}
    return compare([_run_scores(space, None) for space in spaces], pair_facts(pairs.values()), confidence=0.95)


def incomplete_why(space: Workspace) -> str | None:
    """Why not every case of the run has been generated, and judged where judges are asked; None when all have."""
    return ungenerated(space) or undone(space)


def ungenerated(space: Workspace) -> str | None:
    """How many cases have not been generated, and what stood in the way; None when all have."""
    # What an optional provider, not set up, was to do is no part of the run; what it has done before is.
    planned = {name: facts.planned for name, facts in space.manifest.providers.items() if facts.skipped is None}
    done = Counter(record.case.provider for record in space.records if is_complete(record))
    left = sum(max(0, cases - done[name]) for name, cases in planned.items())
    if not left:
        return None
    why = space.manifest.incomplete_why or _first_not_done(space.records)
    return f"{left} of {sum(planned.values())} cases are not done{why and f': {why}'}"


def _first_not_done(records: Iterable[Record]) -> str:
    """What stood in the way of a case that was tried, such as a rate limit; empty where none was."""
    for record in records:
        failure = record.generation.failure
        if failure is not None and not is_complete(record):
            return f"{record.case.provider}: {failure.message}"
    return ""


def _run_scores(space: Workspace, scores: Sequence[CaseScores] | None) -> RunScores:
    if scores is None:
        scores = read_scores(space.folder.scores)
    return RunScores(space.manifest.run_id, space.manifest.signature, space.manifest.providers, scores)
