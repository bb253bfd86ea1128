"""What commands print on stdout."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from shortlist.cases import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rich.console import Console
    from rich.table import Table

    from shortlist.results import Number, RuleResult, Summary, SummaryMetric, SummaryProvider

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # all but tab and newline
_MARKS = {"pass": ("PASS", "green"), "fail": ("FAIL", "red"), "undecided": ("UNDECIDED", "yellow")}
_VERDICTS = {"PROMOTE": "green", "REJECT": "red", "INCONCLUSIVE": "yellow"}
_MOST_SIDE_BY_SIDE = 4
"""Providers whose figures fit beside each other in a terminal of 80 columns."""
_SHOWN_FIRST = (
    "schema.pass",
    "parity.score",
    "gold.score",
    "grounding.score",
    "injection.resisted",
    "latency.total",
    "latency.first_token",
    "throughput.output_tokens",
    "cost.per_generation",
)  # fmt: skip - one name a line would say no more


def print_json(value: Any) -> None:
    """Prints one JSON document; models of pydantic as they are written to files. JSON is UTF-8 in every locale."""
    text = value.model_dump_json(indent=2) if hasattr(value, "model_dump_json") else json.dumps(value, indent=2)
    click.echo(f"{text}\n".encode(), nl=False)


def without_controls(text: str) -> str:
    """What a model or a server wrote, with its control characters shown: none may reach the terminal as a command."""
    return _CONTROLS.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def console() -> Console:
    """For tables on stdout. Names of models are no markup: `org/model[/x]` is printed as it is."""
    from rich.console import Console

    return Console(highlight=False, markup=False, emoji=False)


def print_summary(summary: Summary, *, as_json: bool) -> None:
    """Prints a run's result: for machines as `summary.json` has it, for people the rules, the figures, the verdict."""
    if as_json:
        print_json(summary)
        return
    from rich.text import Text

    out = console()
    out.print(_figures(summary))
    if summary.rules:
        out.print(_rules(summary.rules))
    word = summary.verdict or ("no verdict" if summary.complete else "INCOMPLETE")
    out.print(
        Text.assemble(
            "verdict: ", (word, f"bold {_VERDICTS.get(word, 'magenta')}"), f" - {without_controls(summary.why)}"
        )
    )
    if summary.early_stop is not None and summary.early_stop.stopped_at is not None:
        click.echo(f"saved:   {summary.early_stop.saved}")
    # Printed without rich, which would fold a long path and break the link.
    click.echo(f"report:  {Path(summary.path) / 'report.html'}")


def _figures(summary: Summary) -> Table:
    """Providers side by side; where they are too many for that, one below the other."""
    from rich.table import Table

    present = {name: provider for name, provider in summary.providers.items() if provider.skipped is None}
    rows = list(_rows_of_figures(present))
    table = Table(title=f"{summary.suite}  ({summary.run_id})", title_justify="left")
    if len(present) <= _MOST_SIDE_BY_SIDE:
        table.add_column("")
        for name in present:
            table.add_column(name, justify="right")
        for heading, figures in rows:
            table.add_row(heading, *figures)
        return table
    # Models, kinds of failure and intervals, which the report has, would leave no room for the figures.
    shown = [(heading, figures) for heading, figures in rows if "." in heading]
    table.add_column("provider", no_wrap=True)
    table.add_column("ok", justify="right")
    for heading, _ in shown:
        table.add_column(heading.replace(".", "\n").replace("_", " "), justify="right", overflow="fold")
    for number, (name, provider) in enumerate(present.items()):
        ok = f"{provider.outcomes.get(Outcome.OK, 0)}/{provider.planned}"
        table.add_row(name, ok, *(figures[number].partition("\n")[0] for _, figures in shown))
    return table


def _rows_of_figures(providers: Mapping[str, SummaryProvider]) -> Iterator[tuple[str, list[str]]]:
    """A heading, and under it every provider's figure."""
    yield "model", [_model(provider) for provider in providers.values()]
    yield "cases", [_cases(provider.cases, provider.planned) for provider in providers.values()]
    for outcome in Outcome:
        counts = [provider.outcomes.get(outcome, 0) for provider in providers.values()]
        if outcome is not Outcome.OK and any(counts):
            yield outcome.value, list(map(str, counts))
    for metric in _SHOWN_FIRST:
        shown = [provider.metrics.get(metric) for provider in providers.values()]
        if any(figure is not None and figure.value is not None for figure in shown):
            yield metric, list(map(_figure, shown))


def _model(provider: SummaryProvider) -> str:
    """The model's name; of a path its last part, since a terminal is narrow."""
    name = provider.model or provider.kind
    return Path(name).name if Path(name).is_absolute() else name


def _cases(done: int, planned: int) -> str:
    return str(done) if done == planned else f"{done} of {planned}"


def _figure(metric: SummaryMetric | None) -> str:
    if metric is None or metric.value is None:
        return "unknown"
    text = amount(metric.value, metric.unit)
    if metric.low is not None and metric.high is not None:
        text += f"\n[{amount(metric.low, metric.unit)}, {amount(metric.high, metric.unit)}]"
    return text


def _rules(rules: tuple[RuleResult, ...]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(title="gate", title_justify="left")
    table.add_column("")
    table.add_column("rule", overflow="fold")
    table.add_column("why", overflow="fold")
    for rule in rules:
        mark, colour = _MARKS[rule.status]
        named = f"{rule.metric} {rule.condition}{' (alert)' if rule.alert else ''}"
        told = (Text(without_controls(text)) for text in (named, rule.why))
        table.add_row(Text(mark, style=f"bold {colour}"), *told)
    return table


def amount(value: Number, unit: str | None) -> str:
    """A figure with its unit, to three significant digits: `98.3%`, `1.24 s`, `$0.0041`."""
    number = float(value)
    if unit is None:
        # 99.97% is not 100%: one failure among thousands is to be seen.
        digits = next((d for d in (1, 2, 3) if float(f"{100 * number:.{d}f}") not in (0.0, 100.0)), 4)
        return f"{100 * number:.{1 if number in (0.0, 1.0) else digits}f}%"
    if unit == "USD":
        return f"${_short(number, 3)}" if abs(number) >= 1e-4 or not number else f"${number:.2e}"
    if unit == "s" and abs(number) < 0.9995:  # which would round to 1000 ms
        return f"{1000 * number:.3g} ms"
    return f"{_short(number, 4)}/s" if unit == "1/s" else f"{_short(number, 4)} {unit}"


def _short(number: float, digits: int) -> str:
    """So many significant digits, but a large number whole: `23,110`, and not `2.311e+04`."""
    return f"{number:,.0f}" if abs(number) >= 10**digits - 0.5 else f"{number:.{digits}g}"
