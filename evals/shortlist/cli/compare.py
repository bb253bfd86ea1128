"""`shortlist compare RUN…`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from shortlist.results import Comparison


@click.command("compare")
@click.argument("runs", nargs=-1, required=True, metavar="RUN...")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="What stdout gets.")
def command(runs: tuple[str, ...], form: str) -> None:
    """Compare the providers of one RUN (and keep it as its comparison.json), or of several that asked the same."""
    from shortlist.cli.output import print_json
    from shortlist.pipeline import compare_runs, compare_stage, open_workspace

    spaces = [open_workspace(run) for run in runs]
    comparison = compare_stage(spaces[0]) if len(spaces) == 1 else compare_runs(spaces)
    if form == "json":
        print_json(comparison)
    else:
        _print(comparison)


def _print(comparison: Comparison) -> None:
    from rich.table import Table

    from shortlist.cli.output import amount, console

    table = Table(title=f"{comparison.run_id}: {len(comparison.pairs)} pairs", title_justify="left")
    table.add_column("metric")
    for name in comparison.providers:
        table.add_column(name, justify="right")
    metrics = dict.fromkeys(metric for result in comparison.providers.values() for metric in result.metrics)
    for metric in metrics:
        row = []
        for result in comparison.providers.values():
            figure = result.metrics.get(metric)
            if figure is None or figure.value is None:
                row.append(next(iter(figure.missing), "-") if figure else "-")
            elif figure.low is None or figure.high is None:
                row.append(amount(figure.value, figure.unit))
            else:
                low, high = amount(figure.low, figure.unit), amount(figure.high, figure.unit)
                row.append(f"{amount(figure.value, figure.unit)} [{low}, {high}]")
        table.add_row(metric, *row)
    console().print(table)
    for provider, pairs in comparison.unmatched.items():
        click.echo(f"unmatched: {provider} lacks {len(pairs)} pairs: {', '.join(pairs[:10])}")
