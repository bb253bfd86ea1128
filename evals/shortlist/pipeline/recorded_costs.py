"""What replayed generations cost when they were made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from shortlist.cases import CaseKey
from shortlist.documents import Findings
from shortlist.errors import InputError
from shortlist.metrics.base import Backends, missing
from shortlist.pipeline.recorded_runs import RecordedRun, began_at, origin_of, refuse_changed, run_that
from shortlist.pipeline.workspace import Workspace
from shortlist.pricing import price_for
from shortlist.run.store import read_records
from shortlist.scores import RECORDED, Score
from shortlist.scoring import score_records
from shortlist.suite.chains import check_chains
from shortlist.suite.configs import read_config
from shortlist.suite.model import Suite, steps_of
from shortlist_providers.replay import ReplayConfig

COST = "cost.per_generation"


def recorded_costs(space: Workspace) -> dict[CaseKey, Score]:
    """By case of this run: what its replayed generation cost then, at the prices and in the busy time of that run.

    A score says when and where. What cannot be read any more is missing, and says why.
    """
    costs: dict[CaseKey, Score] = {}
    if "cost" not in space.suite.metrics:
        return costs
    for name in space.manifest.selected:
        config = space.suite.config(name)
        cases = [record.case for record in space.records if record.case.provider == name]
        if isinstance(config, ReplayConfig) and cases:
            try:
                then = _costs_then(space, name, config)
            except InputError as gone:
                lost = missing(f"{RECORDED}, and what it cost then cannot be read: {gone.problems[0]}")
                costs |= dict.fromkeys(cases, lost)
            else:
                costs |= {case: then.get((case.pair, case.repeat), missing(RECORDED)) for case in cases}
    return costs


def _costs_then(space: Workspace, name: str, config: ReplayConfig) -> dict[tuple[str, int], Score]:
    suite, run = space.suite, run_that(space.suite, config)
    known = space.manifest.providers[name].recorded
    refuse_changed(run.folder, known.records_sha256 if known is not None else None)
    origin = origin_of(run)
    pairs = {pair.id: pair for pair in suite.pairs}
    scores = score_records(
        [
            record
            for record in read_records(origin.folder.records)
            if record.case.provider == origin.provider and record.case.pair in pairs
        ],
        task=suite.task,
        pairs=pairs,
        backends=_backends(suite, config, origin),
        parity_reference=None,
        families=("cost",),
    )
    told = f"{RECORDED} on {began_at(origin):%Y-%m-%d} in {origin.manifest.run_id}"
    return {(one.case.pair, one.case.repeat): _told(one.scores[COST], told) for one in scores}


def _backends(suite: Suite, config: ReplayConfig, origin: RecordedRun) -> Backends:
    """The prices of that day; a `cost:` of the replaying provider goes before them."""
    then = _suite_then(suite, origin)
    on = began_at(origin)
    prices = {name: price_for(then.config(name), on) for name in then.with_steps([origin.provider])}
    if config.cost is not None:
        prices[origin.provider] = price_for(config)
    steps = steps_of(then.config(origin.provider))
    return Backends(prices, {origin.provider: steps} if steps else {})


def _suite_then(suite: Suite, origin: RecordedRun) -> Suite:
    """The suite with the providers of that run: all else was the same, as the signatures say.

    Raises:
        InputError: a provider's configuration is none any more.
    """
    listed: Mapping[str, dict[str, Any]] = origin.manifest.suite_source["providers"]
    if origin.facts.kind != "chain":  # a chain needs those that it asks
        listed = {origin.provider: listed[origin.provider]}
    findings = Findings(origin.folder.manifest, {})
    read = {
        name: read_config(settings, ("suite_source", "providers", name), findings, needed=False)
        for name, settings in listed.items()
    }
    providers = {name: one for name, one in read.items() if one is not None}
    fallbacks = check_chains(providers, listed, findings)
    findings.raise_if_any()
    return replace(suite, providers=providers, fallbacks=fallbacks)


def _told(score: Score, told: str) -> Score:
    return replace(score, reason=told if score.reason is None else f"{told}: {score.reason}")
