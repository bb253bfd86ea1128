"""The last stage: summary, report and the texts for CI, from the files before."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import entry_points

from shortlist.cases import Outcome
from shortlist.metrics.base import output_value
from shortlist.metrics.values import ABSENT
from shortlist.pipeline.judge import incomplete_why
from shortlist.pipeline.redacting import redacted
from shortlist.pipeline.workspace import Workspace
from shortlist.results import (
    CaseView,
    Comparison,
    RunResults,
    Summary,
    SummaryMetric,
    SummaryProvider,
    Verdict,
)
from shortlist.runfolder import write_whole
from shortlist.scores import CaseScores

RENDERERS = "shortlist.reports"
"""Entry points that turn a `RunResults` into text."""


def report_stage(
    space: Workspace,
    scores: Sequence[CaseScores],
    comparison: Comparison,
    verdict: Verdict,
    *,
    redact: bool = False,
) -> RunResults:
    """Writes `summary.json`, `report.html`, `summary.md` and `junit.xml`; with `redact`, without personal data."""
    folder = space.folder
    results = RunResults(
        manifest=space.manifest,
        comparison=comparison,
        verdict=verdict,
        summary=_summary(space, comparison, verdict),
        cases=_views(space, scores),
        gold={
            pair.id: pair.gold[space.suite.task.name]
            for pair in space.suite.pairs
            if space.suite.task.name in pair.gold
        },
    )
    folder.write_model(folder.summary, results.summary)
    if redact:
        results = redacted(results, space.suite.pairs)
    renderers = {point.name: point for point in entry_points(group=RENDERERS)}
    for name, path in (("html", folder.report), ("markdown", folder.markdown), ("junit", folder.junit)):
        write_whole(path, renderers[name].load()(results))
    return results


def _summary(space: Workspace, comparison: Comparison, verdict: Verdict) -> Summary:
    why_not = incomplete_why(space)
    providers: dict[str, SummaryProvider] = {}
    for name, facts in space.manifest.providers.items():
        result = comparison.providers.get(name)
        metrics = {} if result is None else result.metrics
        providers[name] = SummaryProvider(
            kind=facts.kind,
            model=facts.model,
            planned=facts.planned,
            cases=0 if result is None else result.cases,
            skipped=facts.skipped,
            outcomes=dict.fromkeys(Outcome, 0) if result is None else result.outcomes,
            metrics={
                metric: SummaryMetric(value=m.value, n=m.n, low=m.low, high=m.high, unit=m.unit)
                for metric, m in metrics.items()
            },
        )
    return Summary(
        run_id=space.manifest.run_id,
        path=str(space.folder.path),
        suite=space.manifest.suite,
        signature=space.manifest.signature,
        complete=why_not is None,
        incomplete_why=why_not,
        verdict=verdict.verdict,
        why=verdict.why,
        rules=verdict.rules,
        early_stop=verdict.early_stop,
        providers=providers,
        judges=comparison.judges,
    )


def _views(space: Workspace, scores: Sequence[CaseScores]) -> tuple[CaseView, ...]:
    by_case = {score.case: score for score in scores}
    domains = {pair.id: pair.domain for pair in space.suite.pairs}
    views = []
    for record in space.records:
        value = output_value(record.generation.text, space.suite.task)
        views.append(
            CaseView(
                case=record.case,
                domain=domains.get(record.case.pair, "unknown"),
                record=record,
                scores=by_case[record.case],
                parsed=None if value is ABSENT else value,
            )
        )
    return tuple(views)
