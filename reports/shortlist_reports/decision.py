"""What stands behind a verdict beside its rules: looks before the end, recorded runs, judges."""

from __future__ import annotations

from dataclasses import dataclass

from shortlist.results import JudgeResult, Recording, RunResults
from shortlist_reports.figures import count, figure, interval, when

UNKNOWN = "unknown"


def early_stop(results: RunResults) -> str | None:
    """What looking before the end did, in a sentence; None where the gate did not ask for it."""
    stop = results.verdict.early_stop
    if stop is None:
        return None
    looks = f"The verdict was looked at {_times(len(stop.looks))} before the last pair"
    if stop.stopped_at is not None:
        saved = count(stop.saved_cases, "generation")
        return (
            f"{looks}, and was decided after {stop.stopped_at:,} of {count(stop.planned_pairs, 'pair')}: {saved} less "
            "than planned. Looking early is paid for in wider intervals, so that the promised error rate holds."
        )
    if not results.summary.complete:
        return f"{looks}, and was not decided then."
    return f"{looks}, and was not decided then: all {count(stop.planned_pairs, 'pair')} were needed."


def recordings(results: RunResults) -> list[tuple[str, str]]:
    """Providers whose generations were made in an earlier run, and which."""
    facts = results.manifest.providers
    return [(name, recording(found)) for name in facts if (found := facts[name].recorded) is not None]


def recording(found: Recording) -> str:
    """Which run stands in for a provider."""
    model = f", {found.model}" if found.model else ""
    days = max(0.0, found.age_days)
    age = "less than a day" if days < 1 else count(round(days), "day")
    return (
        f"recorded in run {found.run_id} ({found.provider}: {found.kind}{model}) on {when(found.recorded_at)}, "
        f"{age} before this run"
    )


@dataclass(frozen=True, slots=True)
class JudgeRow:
    """One judge of the run."""

    name: str
    who: str
    task: str
    judgements: str
    failed: int
    kappa: str
    kappa_interval: str | None
    labels: str
    same_when_swapped: str
    cost: str


def judge_rows(results: RunResults) -> list[JudgeRow]:
    """The judges, in the suite's order."""
    return [_judge_row(name, judge) for name, judge in results.comparison.judges.items()]


def _judge_row(name: str, judge: JudgeResult) -> JudgeRow:
    known = judge.kappa is not None
    return JudgeRow(
        name=name,
        who=f"{judge.kind}, {judge.model}" if judge.model else judge.kind,
        task="grades each output alone" if judge.against is None else f"sets each output beside {judge.against}'s",
        judgements=f"{judge.judgements:,}",
        failed=judge.failed,
        kappa=figure(judge.kappa, None) if judge.kappa is not None else judge.why_no_kappa or UNKNOWN,
        kappa_interval=interval(judge.kappa_low, judge.kappa_high, None) if known else None,
        labels=f"{judge.labels_agreed:,} of {judge.labels:,}" if judge.labels else "no labels",
        same_when_swapped="does not apply"
        if judge.against is None
        else UNKNOWN
        if judge.same_when_swapped is None
        else f"{judge.same_when_swapped:.1%}",
        cost=figure(judge.cost, "USD") if judge.cost is not None else judge.why_no_cost or UNKNOWN,
    )


def _times(number: int) -> str:
    return {0: "not once", 1: "once", 2: "twice"}.get(number, f"{number:,} times")
