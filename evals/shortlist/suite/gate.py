"""What a suite's gate, references and rules must satisfy."""

from __future__ import annotations

from collections.abc import Collection, Mapping
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
from shortlist_datasets import Pair
from shortlist_providers import ProviderConfig

GOLD = "gold"
JUDGE = "judge"
"""The metric family of judges' grades."""
_ABSOLUTE = ("at_least", "at_most")
_MARGINS = ("no_worse_by", "better_by")
_RATIOS = ("at_most_ratio", "at_least_ratio")
_BOUNDS = (*_ABSOLUTE, *_MARGINS, *_RATIOS)
_IDLE: Mapping[str, int] = {"at_least": 0, "at_most": 1, "no_worse_by": 1, "better_by": 1}
"""Bounds on what lies between 0 and 1 that decide nothing."""
_WHY_IDLE: Mapping[str, str] = {
    "at_least": "is kept by every candidate: {metric} cannot be lower",
    "at_most": "is kept by every candidate: {metric} cannot be higher",
    "no_worse_by": "is 100 points, which every candidate keeps; one point is 0.01",
    "better_by": "is 100 points, and no candidate is better by more; one point is 0.01",
}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the rest of the suite says; None where that part is itself faulty, so that nothing follows from it."""

    providers: Collection[str] | None
    families: Collection[str] | None
    task: Task | None
    steps: Collection[str] = ()
    """Whom the suite's chains ask."""
    pairs: Collection[Pair] | None = None
    """That the suite runs."""
    judges: Collection[str] = ()
    """By name, faulty ones among them."""


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
    families = {rule.metric.partition(".")[0] for rule in rules if not rule.alert}
    if rules and not families:
        findings.add(("gate", "rules"), "every rule is an alert, which passes without proof: add one that is none")
    if families == {JUDGE} and not section.judges_alone:
        findings.add(
            ("gate", "rules"),
            "the gate rests on judges' grades alone, and a judge is a model too: add a rule on another metric, or say "
            "`judges_alone: true`",
        )
    return Gate(
        section.candidate,
        section.incumbent,
        section.confidence,
        rules,
        early_stop=section.early_stop,
        incumbent_max_age_days=section.incumbent_max_age_days,
        judges_alone=section.judges_alone,
    )


def check_early_stop(
    gate: Gate, one_at_a_time: bool, providers: Mapping[str, ProviderConfig], findings: Findings
) -> None:
    """Reports providers that cannot be asked in batches with a look after each."""
    if not gate.early_stop:
        return
    where = ("gate", "early_stop")
    if one_at_a_time:
        findings.add(
            where,
            "looks at the verdict again and again, and with one_at_a_time each provider would be opened and closed for "
            "every look; leave one of the two out",
        )
    for name, config in providers.items():
        if getattr(config, "mode", None) == "batch":
            findings.add(
                where,
                f"looks at the verdict again and again, and {name!r} answers by batches (mode: batch), hours after it "
                "is asked; leave one of the two out",
            )


def metric_names(task: Task, steps: Collection[str] = (), judges: Collection[str] = ()) -> tuple[str, ...]:
    """Every metric that a rule of a suite may name: its task, whom its chains ask, and its judges."""
    compared = ("score", *task.fields, *task.checks)
    return (
        *fixed_names(),
        *(f"{JUDGE}.{name}" for name in judges),
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
    for name in said:
        if name not in _ABSOLUTE and not has_incumbent:
            findings.add((*where, name), "needs gate.incumbent, which names the provider to compare with")
    spec = _check_metric(section.metric, around, (*where, "metric"), findings)
    values: dict[str, Decimal] = {}
    for name in said:
        try:
            unit = (spec.unit if spec else "s") if name not in _RATIOS else None
            values[name] = bound(getattr(section, name), unit)
        except ValueError as error:
            findings.add((*where, name), str(error))
    if spec is not None:
        _check_meaning(section, spec, values, where, findings)
    _check_slices(section, around, where, findings)
    return Rule(
        metric=section.metric,
        **values,
        percentile=section.percentile,
        domain=section.domain,
        tag=section.tag,
        each=section.each,
        fields=tuple(around.task.fields) if section.each == "field" and around.task is not None else (),
        alert=section.alert,
    )


def _check_slices(section: RuleSection, around: Surroundings, where: Where, findings: Findings) -> None:
    """Reports slices that no pair is in, and slices of what cannot be sliced."""
    said = [name for name in ("domain", "tag") if getattr(section, name) is not None]
    if section.each in ("domain", "tag"):
        said.append("each")
    if len(said) > 1:
        findings.add((*where, said[-1]), f"a rule takes one of domain, tag and each; got {', '.join(said)}")
    if section.each == "field" and section.metric not in ("gold.score", "parity.score"):
        findings.add((*where, "each"), f"fields belong to gold.score and parity.score; {section.metric} has none")
    elif section.each == "field" and around.task is not None and not around.task.fields:
        findings.add((*where, "each"), f"the task {around.task.ref} compares no fields")
    if around.pairs is None:
        return
    domains = sorted({pair.domain for pair in around.pairs})
    tags = sorted({tag for pair in around.pairs for tag in pair.tags})
    for name, value, known in (("domain", section.domain, domains), ("tag", section.tag, tags)):
        if value is not None and value not in known:
            findings.add(
                (*where, name),
                f"no pair of this suite has the {name} {value!r}; there are: {', '.join(known) or 'none'}"
                f"{nearest(value, known)}",
            )
    if section.each == "tag" and not tags:
        findings.add((*where, "each"), "no pair of this suite has a tag")


def _check_metric(metric: str, around: Surroundings, where: Where, findings: Findings) -> MetricSpec | None:
    if around.task is None:
        names = (*fixed_names(), *(f"{JUDGE}.{name}" for name in around.judges))
    else:
        names = metric_names(around.task, around.steps, around.judges)
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
    total = spec.kind is MetricKind.TOTAL
    for name, value in values.items():
        if name in _RATIOS:
            if spec.unit is None:
                findings.add((*where, name), f"{section.metric} lies between 0 and 1: say no_worse_by or better_by")
            continue
        if spec.unit is None and not 0 <= value <= 1:
            findings.add((*where, name), f"must lie between 0 and 1, as {section.metric} does; got {value}")
        elif spec.unit is None and value == _IDLE.get(name):
            findings.add((*where, name), f"{value} {_WHY_IDLE[name].format(metric=section.metric)}")
        elif value < 0:
            findings.add((*where, name), f"cannot be negative; got {value}")
        if name in _MARGINS and total:
            findings.add(
                (*where, name),
                f"{section.metric} is one figure for a whole run, so pairs cannot be compared; use at_least, at_most, "
                "at_least_ratio or at_most_ratio",
            )
    if total:
        _check_total(section, where, findings)
    _check_percentile(section, spec, values, where, findings)


def _check_total(section: RuleSection, where: Where, findings: Findings) -> None:
    for name in ("domain", "tag", "each"):
        if getattr(section, name) is not None:
            findings.add((*where, name), f"{section.metric} is one figure for a whole run and has no slices")


def _check_percentile(
    section: RuleSection, spec: MetricSpec, values: Collection[str], where: Where, findings: Findings
) -> None:
    if section.percentile is None:
        return
    place = (*where, "percentile")
    paired = [name for name in values if name not in _ABSOLUTE]
    if paired:
        findings.add(place, f"goes with at_least or at_most, not with {paired[0]}")
    elif spec.kind is not MetricKind.MEAN:
        what = "yes or no for each pair" if spec.kind is MetricKind.RATE else "one figure for a whole run"
        findings.add(place, f"{section.metric} is {what}: it has no percentiles")
