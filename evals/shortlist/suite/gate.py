"""What a suite's gate, references and rules must satisfy."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from shortlist.documents import Findings, Where
from shortlist.errors import nearest
from shortlist.metric_names import MetricSpec, fixed_names, spec_of
from shortlist.results import MetricKind
from shortlist.suite.file import GateSection, RuleSection
from shortlist.suite.model import Gate, Rule
from shortlist.suite.quantities import bound
from shortlist.tasks.model import Task

GOLD = "gold"
_BOUNDS = ("at_least", "at_most", "no_worse_by")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the rest of the suite says; None where that part is itself faulty, so that nothing follows from it."""

    providers: Collection[str] | None
    families: Collection[str] | None
    task: Task | None
    steps: Collection[str] = ()
    """Whom the suite's chains ask."""


def check_reference(name: str, providers: Collection[str] | None, where: Where, findings: Findings) -> None:
    """Reports a parity reference that is neither gold nor a provider."""
    if name != GOLD:
        _check_provider(name, providers, where, findings, or_gold=True)


def read_gate(section: GateSection, around: Surroundings, findings: Findings) -> Gate:
    """The gate in memory; what is wrong with it goes to `findings`."""
    _check_provider(section.candidate, around.providers, ("gate", "candidate"), findings)
    if section.incumbent is not None:
        _check_provider(section.incumbent, around.providers, ("gate", "incumbent"), findings)
        if section.incumbent == section.candidate:
            findings.add(("gate", "incumbent"), f"{section.incumbent!r} cannot be its own incumbent")
    rules = tuple(
        _read_rule(rule, section.incumbent is not None, around, ("gate", "rules", index), findings)
        for index, rule in enumerate(section.rules)
    )
    return Gate(section.candidate, section.incumbent, section.confidence, rules)


def metric_names(task: Task, steps: Collection[str] = ()) -> tuple[str, ...]:
    """Every metric that a rule of this task's suites may name; `steps`: whom the suite's chains ask."""
    compared = ("score", *task.fields, *task.checks)
    return (
        *fixed_names(),
        *(f"parity.{field}" for field in compared),
        *(f"gold.{field}" for field in compared),
        *(f"quality.{rule}" for rule in task.quality),
        *(f"grounding.{kind}" for kind in task.grounding),
        *(f"chain.answered.{name}" for name in steps),
    )


def _check_provider(
    name: str, providers: Collection[str] | None, where: Where, findings: Findings, or_gold: bool = False
) -> None:
    if providers is not None and name not in providers:
        allowed = list(dict.fromkeys([*providers, *([GOLD] if or_gold else [])]))
        findings.add(
            where,
            f"no provider of this suite is called {name!r}; allowed: {', '.join(allowed)}{nearest(name, allowed)}",
        )


def _read_rule(
    section: RuleSection, has_incumbent: bool, around: Surroundings, where: Where, findings: Findings
) -> Rule:
    said = [name for name in _BOUNDS if getattr(section, name) is not None]
    if len(said) != 1 and not any(findings.is_broken((*where, name)) for name in _BOUNDS):
        findings.add(where, f"say exactly one of {', '.join(_BOUNDS)}; got {', '.join(said) or 'none'}")
    if "no_worse_by" in said and not has_incumbent:
        findings.add((*where, "no_worse_by"), "needs gate.incumbent, which names the provider to compare with")
    spec = _check_metric(section.metric, around, (*where, "metric"), findings)
    values: dict[str, Decimal] = {}
    for name in said:
        try:
            values[name] = bound(getattr(section, name), spec.unit if spec else "s")
        except ValueError as error:
            findings.add((*where, name), str(error))
    if spec is not None:
        _check_meaning(section, spec, values, where, findings)
    return Rule(
        metric=section.metric,
        at_least=values.get("at_least"),
        at_most=values.get("at_most"),
        no_worse_by=values.get("no_worse_by"),
        percentile=section.percentile,
    )


def _check_metric(metric: str, around: Surroundings, where: Where, findings: Findings) -> MetricSpec | None:
    names = fixed_names() if around.task is None else metric_names(around.task, around.steps)
    family = metric.partition(".")[0]
    if metric not in names:
        if around.task is not None or family not in ("parity", "gold", "quality", "grounding"):
            alike = [name for name in names if name.startswith(f"{family}.")] or names
            findings.add(where, f"unknown metric {metric!r}; allowed: {', '.join(alike)}{nearest(metric, names)}")
        return None
    if around.families is not None and family not in around.families:
        findings.add(
            where, f"{metric!r} is not measured: add {family!r} to 'metrics', which lists {', '.join(around.families)}"
        )
    return spec_of(metric)


def _check_meaning(
    section: RuleSection, spec: MetricSpec, values: dict[str, Decimal], where: Where, findings: Findings
) -> None:
    for name, value in values.items():
        if spec.unit is None and not 0 <= value <= 1:
            findings.add((*where, name), f"must lie between 0 and 1, as {section.metric} does; got {value}")
        elif value < 0:
            findings.add((*where, name), f"cannot be negative; got {value}")
    if "no_worse_by" in values and spec.kind is MetricKind.TOTAL:
        findings.add(
            (*where, "no_worse_by"),
            f"{section.metric} is one figure for a whole run, so pairs cannot be compared; use at_least or at_most",
        )
    if section.percentile is None:
        return
    place = (*where, "percentile")
    if "no_worse_by" in values:
        findings.add(place, "goes with at_least or at_most, not with no_worse_by")
    elif spec.kind is not MetricKind.MEAN:
        what = "yes or no for each pair" if spec.kind is MetricKind.RATE else "one figure for a whole run"
        findings.add(place, f"{section.metric} is {what}: it has no percentiles")
