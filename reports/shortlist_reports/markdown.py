"""Renders a run as a short Markdown page for a CI job."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from shortlist.cases import Outcome
from shortlist.results import RunResults, VerdictWord
from shortlist_reports.contamination import warning
from shortlist_reports.decision import early_stop, judge_rows, recordings
from shortlist_reports.figures import count
from shortlist_reports.tables import (
    Cell,
    RuleRow,
    failure_messages,
    left_out,
    metric_groups,
    outcome_rows,
    provider_order,
    role_label,
    rule_rows,
    taxonomy_rows,
)
from shortlist_reports.text import visible

SIGNS = {VerdictWord.PROMOTE: "✅", VerdictWord.REJECT: "❌", VerdictWord.INCONCLUSIVE: "⚠️", None: "⬜"}
MAX_FAILURES = 10
CHIEF = ("schema.pass", "injection.resisted", "latency.total", "throughput.generations", "cost.per_generation")
"""Metrics shown beside the gate's and each family's score; a job page holds no more."""

_SPECIAL = re.compile(r"([\\`*_{}\[\]|~#$])")
# A blank of no width keeps a host from making mentions and links of these; `@team` in a model's text must page nobody.
_ACTIVE = re.compile(r"(@)(?=\w)|(://)|(\bwww)(?=\.)", re.IGNORECASE)
_NO_WIDTH = "\N{ZERO WIDTH SPACE}"


def escaped(text: str) -> str:
    """`text` as inline Markdown that shows it and does nothing: no markup, HTML, table cell, mention or link."""
    flat = " ".join(visible(text).split())
    quiet = _ACTIVE.sub(lambda match: match.group() + _NO_WIDTH, flat)
    plain = quiet.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _SPECIAL.sub(r"\\\1", plain)


def render_markdown(results: RunResults) -> str:
    """`summary.md`: verdict, rules, providers, failures and where the run lies."""
    verdict, manifest, comparison = results.verdict, results.manifest, results.comparison
    compared = (
        f"candidate: {escaped(comparison.candidate)}, incumbent: {escaped(comparison.incumbent or 'none')}, "
        if comparison.candidate
        else ""
    )
    blocks = [
        f"# {SIGNS[verdict.verdict]} {verdict.verdict or 'NO VERDICT'}: {escaped(manifest.suite)}",
        escaped(verdict.why),
        f"Run {escaped(manifest.run_id)}: {compared}{len(comparison.pairs):,} pairs.",
    ]
    if not results.summary.complete:
        blocks.append(
            f"**The run is incomplete.** {escaped(results.summary.incomplete_why or 'No reason was recorded.')}"
        )
    blocks += [escaped(early)] if (early := early_stop(results)) else []
    blocks += [f"{escaped(name)}'s generations were {escaped(what)}." for name, what in recordings(results)]
    contaminated = warning(results)
    if contaminated is not None:
        blocks.append(f"**Contaminated.** {escaped(contaminated)}")
    blocks += [f"Left out (optional): {escaped(name)}: {escaped(why)}" for name, why in left_out(results)]
    blocks += [*_rules(results), *_judges(results), *_providers(results), *_failures(results)]
    blocks.append(f"Run folder: {escaped(results.summary.path)}")
    return "\n\n".join(blocks) + "\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _rules(results: RunResults) -> list[str]:
    rows = [
        [
            f"{r.icon} {r.status}",
            *map(escaped, (_named(r), r.value, r.interval, r.n, r.needed_n, r.why)),
        ]
        for r in rule_rows(results)
    ]
    if not rows:
        return ["No gate: the suite sets no rules."]
    blocks = ["## Rules", _table(["status", "rule", "value", "interval", "n", "needed n", "why"], rows)]
    failed = [(rule, part) for rule in rule_rows(results) for part in rule.slices if part.status == "fail"]
    if failed:
        shown = [f"- {escaped(f'{r.metric}, {r.each} {part.name}: {part.why}')}" for r, part in failed[:MAX_FAILURES]]
        rest = len(failed) - len(shown)
        blocks.append("\n".join(shown + ([f"- and {rest:,} more, see report.html"] if rest else [])))
    return blocks


def _named(rule: RuleRow) -> str:
    return f"{rule.metric} {rule.condition}{' (alert)' if rule.alert else ''}"


def _judges(results: RunResults) -> list[str]:
    rows = [
        [
            *map(escaped, (judge.name, f"{judge.who}, {judge.task}", judge.judgements, str(judge.failed))),
            escaped(judge.kappa + (f" ({judge.kappa_interval})" if judge.kappa_interval else "")),
            *map(escaped, (judge.labels, judge.same_when_swapped, judge.cost)),
        ]
        for judge in judge_rows(results)
    ]
    head = ["judge", "who", "judgements", "failed", "kappa", "labels met", "same when swapped", "cost"]
    return ["## Judges", _table(head, rows)] if rows else []


def _providers(results: RunResults) -> list[str]:
    order = provider_order(results)
    roles = {name: role_label(results, name) for name in order}
    heads = [escaped(name) + (f" ({roles[name]})" if roles[name] else "") for name in order]
    gated = {rule.metric for rule in results.verdict.rules}
    metrics = [row for _, family in metric_groups(results) for row in family]
    chief = [row for row in metrics if row.name in gated or row.name in CHIEF or row.name.endswith(".score")]
    rows = [
        [escaped(row.name), *(escaped(_cell(cell)) for cell in row.cells), escaped(_change(row.difference, row.better))]
        for row in chief
    ]
    blocks = ["## Providers", _table(["metric", *heads, "candidate − incumbent"], rows)]
    if left := len(metrics) - len(chief):
        blocks.append(f"And {count(left, 'more metric')}, in report.html and summary.json.")
    return blocks


def _cell(cell: Cell) -> str:
    if cell.missing:
        return f"{cell.value}: {'; '.join(cell.notes)}" if cell.notes else cell.value
    return f"{cell.value} ({cell.interval})" if cell.interval else cell.value


def _change(difference: Cell | None, better: str | None) -> str:
    if difference is None:
        return "not compared"
    return _cell(difference) + (f", {better}" if better else "")


def _failures(results: RunResults) -> list[str]:
    head = ["provider", *(outcome.value for outcome in Outcome), "cases", "planned"]
    rows = [
        [escaped(name), *map(str, counts), str(cases), "unknown" if planned is None else str(planned)]
        for name, counts, cases, planned in outcome_rows(results)
    ]
    blocks = ["## Outcomes", _table(head, rows)]
    if taxonomy := taxonomy_rows(results):
        blocks.append(
            _table(
                ["schema failure", *map(escaped, provider_order(results))],
                [[escaped(kind), *map(str, counts)] for kind, counts in taxonomy],
            )
        )
    messages, left = failure_messages(results)
    if messages:
        shown = [
            f"- {escaped(m.provider)}, {m.outcome}, {m.cases:,} ×: {escaped(m.message)}, first: {escaped(m.first.pair)}"
            for m in messages[:MAX_FAILURES]
        ]
        rest = left + max(len(messages) - MAX_FAILURES, 0)
        blocks.append("\n".join(shown + ([f"- and {rest:,} more kinds, see report.html"] if rest else [])))
    return blocks
