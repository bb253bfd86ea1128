"""The page's tables as plain rows: rules, metrics, failures, what backends could not honour."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from shortlist.cases import CaseKey, Outcome, Record
from shortlist.metric_names import FAMILIES
from shortlist.results import Difference, MetricSummary, RuleResult, RuleStatus, RunResults, SliceResult
from shortlist_reports.directions import higher_is_better, is_difference, limit_of, unit_of_rule
from shortlist_reports.figures import count, digits_apart, figure, interval
from shortlist_reports.plots import IntervalPlot, interval_plot
from shortlist_reports.text import one_line

NO_VALUE = "no value"
NOT_MEASURED = "not measured"
MAX_MESSAGES = 40
"""Kinds of failure message that the page lists, the commonest first."""
MAX_MESSAGE_CHARS = 300
RULE_WORDS = {
    RuleStatus.PASS: ("✓", "pass"),
    RuleStatus.FAIL: ("✗", "fail"),
    RuleStatus.UNDECIDED: ("?", "undecided"),
}
SLICE_ORDER = ("fail", "undecided", "pass")


@dataclass(frozen=True, slots=True)
class SliceRow:
    """One domain, tag or field of a rule that is judged for each."""

    name: str
    status: str
    icon: str
    value: str
    interval: str
    n: str
    p: str
    """Holm-adjusted."""
    why: str


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule of the gate."""

    metric: str
    condition: str
    status: str
    icon: str
    value: str
    interval: str
    bound: str
    n: str
    needed_n: str
    why: str
    plot: IntervalPlot | None
    alert: bool
    each: str | None
    slices: tuple[SliceRow, ...]
    """Those that failed first, then the undecided ones."""

    @property
    def counts(self) -> str:
        """`1 fail, 3 undecided, 16 pass`."""
        found = Counter(row.status for row in self.slices)
        return ", ".join(f"{found[word]} {word}" for word in SLICE_ORDER if found[word])


def rule_rows(results: RunResults) -> list[RuleRow]:
    """The gate's rules, in the suite's order."""
    return [_rule_row(rule) for rule in results.verdict.rules]


def _rule_row(rule: RuleResult) -> RuleRow:
    limit, margin, unit = limit_of(rule), is_difference(rule), unit_of_rule(rule)
    extra = digits_apart(limit, (rule.value, rule.low, rule.high), unit)
    icon, word = RULE_WORDS[rule.status]
    decided = "decided" if rule.status is not RuleStatus.UNDECIDED else "cannot be told"
    if rule.alert and rule.status is RuleStatus.PASS:
        decided = "an alert"  # its silence decides nothing
    value = NO_VALUE if rule.value is None else figure(rule.value, unit, extra=extra, plus=margin)
    spread = interval(rule.low, rule.high, unit, extra=extra, plus=margin) or "no interval"
    if rule.slices:
        counted, what = (RuleStatus.FAIL, "broken") if rule.alert else (RuleStatus.PASS, "pass")
        found = sum(part.status is counted for part in rule.slices)
        value, spread = f"{found} of {len(rule.slices)} {what}", f"each {rule.each}"
    return RuleRow(
        metric=rule.metric,
        condition=rule.condition,
        status=word,
        icon=icon,
        value=value,
        interval=spread,
        bound=figure(limit, unit, extra=extra, plus=margin),
        n=f"{rule.n:,}",
        needed_n=decided if rule.needed_n is None else f"{rule.needed_n:,}",
        why=rule.why,
        plot=interval_plot(rule),
        alert=rule.alert,
        each=rule.each,
        slices=tuple(
            sorted((_slice_row(rule, part) for part in rule.slices), key=lambda row: SLICE_ORDER.index(row.status))
        ),
    )


def _slice_row(rule: RuleResult, part: SliceResult) -> SliceRow:
    limit, margin, unit = limit_of(rule), is_difference(rule), unit_of_rule(rule)
    extra = digits_apart(limit, (part.value, part.low, part.high), unit)
    icon, word = RULE_WORDS[part.status]
    return SliceRow(
        name=part.name,
        status=word,
        icon=icon,
        value=NO_VALUE if part.value is None else figure(part.value, unit, extra=extra, plus=margin),
        interval=interval(part.low, part.high, unit, extra=extra, plus=margin) or "no interval",
        n=f"{part.n:,}",
        p="none" if part.adjusted_p is None else f"{part.adjusted_p:.2g}",
        why=part.why,
    )


@dataclass(frozen=True, slots=True)
class Cell:
    """One metric of one provider. Without a value, `value` is a word and `notes` say why."""

    value: str
    interval: str | None = None
    n: str | None = None
    best: bool = False
    missing: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MetricRow:
    """One metric over all providers."""

    name: str
    direction: str | None
    """`higher is better` or the reverse; None when unknown."""
    cells: tuple[Cell, ...]
    """In the order of `provider_order`."""
    difference: Cell | None
    """Candidate minus incumbent; None when the run compares no two."""
    better: str | None
    """The difference in a word."""


def provider_order(results: RunResults) -> list[str]:
    """Candidate, incumbent, then the others as the run names them."""
    comparison = results.comparison
    named = (comparison.candidate, comparison.incumbent)
    first = [name for name in named if name is not None and name in comparison.providers]
    return list(dict.fromkeys([*first, *comparison.providers]))


def compares_two(results: RunResults) -> bool:
    """Whether both candidate and incumbent took part."""
    comparison = results.comparison
    return comparison.candidate in comparison.providers and comparison.incumbent in comparison.providers


def role_of(results: RunResults, provider: str) -> str | None:
    """`candidate`, `incumbent` or None."""
    if provider == results.comparison.candidate:
        return "candidate"
    return "incumbent" if provider == results.comparison.incumbent else None


def role_label(results: RunResults, provider: str) -> str | None:
    """The provider's role where its name does not already say it."""
    role = role_of(results, provider)
    return None if role == provider else role


def metric_groups(results: RunResults) -> list[tuple[str, list[MetricRow]]]:
    """Families and their metrics, families in the order in which a reader decides."""
    providers = results.comparison.providers
    differences = {difference.metric: difference for difference in results.comparison.differences}
    names = dict.fromkeys([name for p in providers.values() for name in p.metrics] + list(differences))
    families: dict[str, list[MetricRow]] = {}
    idle = set(without_application(results))
    for name in names:
        if name in idle:
            continue
        families.setdefault(name.partition(".")[0], []).append(_metric_row(results, name, differences.get(name)))
    known = [family for family in FAMILIES if family in families]
    return [(family, families[family]) for family in [*known, *sorted(families.keys() - set(known))]]


def without_application(results: RunResults) -> list[str]:
    """Metrics that have no meaning for any pair of this run, and that no rule is about: a row of them says nothing."""
    providers = results.comparison.providers.values()
    gated = {rule.metric for rule in results.verdict.rules}
    names = dict.fromkeys(name for provider in providers for name in provider.metrics)
    return [
        name
        for name in names
        if name not in gated
        and not any(
            summary.n or summary.value is not None or summary.failed_pairs or summary.missing_pairs
            for provider in providers
            if (summary := provider.metrics.get(name)) is not None
        )
    ]


def _metric_row(results: RunResults, name: str, difference: Difference | None) -> MetricRow:
    order = provider_order(results)
    summaries = {provider: results.comparison.providers[provider].metrics.get(name) for provider in order}
    direction = higher_is_better(name)
    best = _best(summaries, direction)
    unit = next((s.unit for s in summaries.values() if s is not None), None)
    compares = compares_two(results)
    return MetricRow(
        name=name,
        direction=None if direction is None else "higher is better" if direction else "lower is better",
        cells=tuple(_cell(summary, provider in best) for provider, summary in summaries.items()),
        difference=_difference(difference, unit) if compares else None,
        better=_better_word(difference) if compares else None,
    )


def _best(summaries: Mapping[str, MetricSummary | None], higher: bool | None) -> set[str]:
    """Providers with the best value; none when nothing is to choose from or all are equal.

    Who has a value for some pairs only, because the others failed or are unknown, is not in the running: its figure is
    one of the pairs that it managed.
    """
    values = {
        name: float(s.value)
        for name, s in summaries.items()
        if s is not None and s.value is not None and not s.failed_pairs and not s.missing_pairs
    }
    if higher is None or len(values) < 2 or len(set(values.values())) == 1:
        return set()
    top = max(values.values()) if higher else min(values.values())
    return {name for name, value in values.items() if value == top}


def _cell(summary: MetricSummary | None, best: bool) -> Cell:
    if summary is None:
        return Cell(value=NOT_MEASURED, missing=True, notes=("the comparison holds no such metric here",))
    reasons = tuple(f"{count(cases, 'case')}: {reason}" for reason, cases in summary.missing.items())
    if summary.failed_pairs:
        left_out = count(len(summary.failed_pairs), "failed pair")
        reasons += (f"{left_out} not in this figure; rules and differences count no such pair as good",)
    if summary.value is None:
        return Cell(value=NO_VALUE, n=f"{summary.n:,}", missing=True, notes=reasons or ("no reason was recorded",))
    return Cell(
        value=figure(summary.value, summary.unit),
        interval=interval(summary.low, summary.high, summary.unit),
        n=f"{summary.n:,}",
        best=best,
        notes=reasons,
    )


def _difference(difference: Difference | None, unit: str | None) -> Cell:
    if difference is None:
        return Cell(value="not compared", missing=True, notes=("the comparison holds no difference here",))
    notes: tuple[str, ...] = ()
    if difference.candidate_only_right is not None and difference.incumbent_only_right is not None:
        notes = (
            f"only candidate right: {difference.candidate_only_right:,}",
            f"only incumbent right: {difference.incumbent_only_right:,}",
        )
    if difference.value is None:
        return Cell(value=NO_VALUE, n=f"{difference.n:,}", missing=True, notes=notes or ("no pair has both values",))
    return Cell(
        value=figure(difference.value, unit, plus=True),
        interval=interval(difference.low, difference.high, unit, plus=True),
        n=f"{difference.n:,}",
        notes=notes,
    )


def _better_word(difference: Difference | None) -> str | None:
    if difference is None or difference.value is None:
        return None
    return {True: "better", False: "worse", None: "undecided"}[difference.better]


def outcome_rows(results: RunResults) -> list[tuple[str, list[int], int, int | None]]:
    """Per provider: its name, cases per outcome in `Outcome`'s order, cases, planned cases (None when unknown).

    Also of those that were planned and have no case at all, which are nowhere else among the figures.
    """
    rows = []
    absent = {name for name, _ in left_out(results)}
    for name in dict.fromkeys([*provider_order(results), *results.summary.providers]):
        if name in absent and name not in results.comparison.providers:
            continue
        provider = results.comparison.providers.get(name)
        summary = results.summary.providers.get(name)
        counts = [0 if provider is None else provider.outcomes.get(outcome, 0) for outcome in Outcome]
        cases = 0 if provider is None else provider.cases
        rows.append((name, counts, cases, None if summary is None else summary.planned))
    return rows


def left_out(results: RunResults) -> list[tuple[str, str]]:
    """Optional providers that were not set up, and why."""
    facts = results.manifest.providers
    return [(name, one_line(why, MAX_MESSAGE_CHARS)) for name in facts if (why := facts[name].skipped) is not None]


def taxonomy_rows(results: RunResults) -> list[tuple[str, list[int]]]:
    """Schema failure categories, the commonest first, with cases per provider."""
    order = provider_order(results)
    providers = results.comparison.providers
    total: Counter[str] = Counter()
    for name in order:
        total.update(providers[name].failures)
    return [(kind, [providers[name].failures.get(kind, 0) for name in order]) for kind, _ in total.most_common()]


@dataclass(frozen=True, slots=True)
class MessageRow:
    """Cases of a provider that ended with the same words."""

    provider: str
    outcome: str
    message: str
    cases: int
    first: CaseKey


def failure_messages(results: RunResults) -> tuple[list[MessageRow], int]:
    """The commonest failure messages, and how many kinds are left out."""
    first: dict[tuple[str, str, str], CaseKey] = {}
    cases: Counter[tuple[str, str, str]] = Counter()
    for view in results.cases:
        if view.record.outcome is not Outcome.OK:
            key = (view.case.provider, view.record.outcome.value, failure_message(view.record))
            first.setdefault(key, view.case)
            cases[key] += 1
    rows = [MessageRow(*key, cases=n, first=first[key]) for key, n in cases.most_common(MAX_MESSAGES)]
    return rows, len(cases) - len(rows)


def failure_message(record: Record) -> str:
    """Why a case ended as it did, on one line."""
    failure = record.generation.failure
    if failure is None:
        return "no failure was recorded"
    status = "" if failure.status is None else f"HTTP {failure.status}: "
    return status + one_line(failure.message, MAX_MESSAGE_CHARS)


def unhonoured(results: RunResults) -> list[tuple[str, list[tuple[str, int]]]]:
    """Per provider: what was asked and could not be given, with how many cases it concerns."""
    found: dict[str, Counter[str]] = {name: Counter() for name in provider_order(results)}
    for view in results.cases:
        found.setdefault(view.case.provider, Counter()).update(set(view.record.generation.unhonoured))
    return [(name, sorted(items.items())) for name, items in found.items()]
