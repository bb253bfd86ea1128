"""Score, compare, gate: each reads the files of the stage before and writes its own."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from shortlist.cases import Record
from shortlist.compare import RunScores, compare
from shortlist.gate import gate
from shortlist.metrics.base import Backends
from shortlist.metrics.semantic import check_embedder
from shortlist.pipeline.workspace import Workspace
from shortlist.results import Comparison, PairFacts, Verdict
from shortlist.run.completion import is_complete
from shortlist.scores import CaseScores
from shortlist.scoring import read_scores, score_records, write_scores
from shortlist.suite.model import Suite, steps_of
from shortlist_datasets import Pair

_SPACES = re.compile(r"\s+")


def score_stage(space: Workspace) -> list[CaseScores]:
    """Records -> `scores.jsonl`, without any network."""
    suite = space.suite
    scores = list(
        score_records(
            space.records,
            task=suite.task,
            pairs={pair.id: pair for pair in suite.pairs},
            backends=Backends(
                prices=space.prices,
                chains={name: steps for name, config in suite.providers.items() if (steps := steps_of(config))},
            ),
            parity_reference=suite.parity_reference,
            families=suite.metrics,
        )
    )
    write_scores(space.folder.scores, scores)
    return scores


def refuse_unscorable(suite: Suite) -> None:
    """Refuses a suite whose outputs could not be scored on this machine, before they are paid for.

    Raises:
        InputError: its task compares meanings, and the extra or the model for that is missing.
    """
    if {"parity", "gold"} & set(suite.metrics):
        check_embedder(suite.task)


def compare_stage(space: Workspace, scores: Sequence[CaseScores] | None = None) -> Comparison:
    """`scores.jsonl` -> `comparison.json`."""
    conditions = space.suite.gate
    comparison = compare(
        [_run_scores(space, scores)],
        pair_facts(space.suite.pairs),
        confidence=conditions.confidence if conditions else 0.95,
        candidate=conditions.candidate if conditions else None,
        incumbent=conditions.incumbent if conditions else None,
    )
    space.folder.write_model(space.folder.comparison, comparison)
    return comparison


def gate_stage(space: Workspace, comparison: Comparison) -> Verdict:
    """`comparison.json` and the gate that the manifest holds -> `verdict.json`."""
    verdict = gate(comparison, space.suite.gate, incomplete_why=incomplete_why(space))
    space.folder.write_model(space.folder.verdict, verdict)
    return verdict


def compare_runs(spaces: Sequence[Workspace]) -> Comparison:
    """Several runs of equal signature side by side; writes nothing.

    Raises:
        InputError: their signatures differ.
    """
    pairs = {pair.id: pair for space in spaces for pair in space.suite.pairs}
    return compare([_run_scores(space, None) for space in spaces], pair_facts(pairs.values()), confidence=0.95)


def incomplete_why(space: Workspace) -> str | None:
    """Why not every case of the run has been generated, or None when all have."""
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


def pair_facts(pairs: Iterable[Pair]) -> list[PairFacts]:
    """What slices and clusters need to know: pairs that share a text, but for white space and case, share a cluster.

    A text that is not there is not shared: forty job posts without a résumé are forty independent texts.
    """
    return [
        PairFacts(
            id=pair.id,
            domain=pair.domain,
            tags=pair.tags,
            resume_cluster=_cluster(pair.resume_text, pair.id),
            job_cluster=_cluster(pair.job_description_text, pair.id),
        )
        for pair in pairs
    ]


def _cluster(text: str, pair_id: str) -> str:
    plain = _SPACES.sub(" ", text).strip().casefold()
    return hashlib.sha256((plain or f"empty {pair_id}").encode()).hexdigest()[:16]


def _run_scores(space: Workspace, scores: Sequence[CaseScores] | None) -> RunScores:
    if scores is None:
        scores = read_scores(space.folder.scores)
    return RunScores(space.manifest.run_id, space.manifest.signature, space.manifest.providers, scores)
