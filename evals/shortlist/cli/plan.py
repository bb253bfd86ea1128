"""`shortlist plan SUITE`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.table import Table

    from shortlist.plan import Estimate, Plan


@click.command("plan")
@click.argument("suite")
@click.option("--limit", type=click.IntRange(min=1), help="Only the first N pairs.")
@click.option("--provider", multiple=True, metavar="NAME", help="Only this provider; may be said several times.")
@click.option("--repeats", type=click.IntRange(1, 1000), help="Generations per pair and provider.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="What stdout gets.")
def command(suite: str, limit: int | None, provider: tuple[str, ...], repeats: int | None, form: str) -> None:
    """Count SUITE's cases, tokens and money before a cent is spent. Sends nothing."""
    from shortlist.cli.output import print_json, without_controls
    from shortlist.pipeline.contamination import look_for_contamination, sentence
    from shortlist.plan import plan
    from shortlist.suite.load import load_suite

    loaded = load_suite(suite, os.environ, provider or None)
    planned = plan(loaded, limit, provider or None, repeats)
    contamination = look_for_contamination(loaded)
    if contamination is not None and contamination.found:
        click.secho(without_controls(f"a run would be refused: {sentence(contamination)}"), fg="red", err=True)
    if form == "json":
        print_json(planned.to_json())
    else:
        _print(planned)


def _print(planned: Plan) -> None:
    from shortlist.cli.output import console
    from shortlist.plan import BASIS

    out = console()
    out.print(_table(planned))
    money = planned.usd()
    if money is not None:
        out.print(f"money: ${money[0]:.4f} to ${money[1]:.4f}", end="")
        left_out = planned.without_money()
        out.print(f", without {', '.join(left_out)}" if left_out else "")
    out.print(f"estimates: {BASIS}", style="dim")


def _table(planned: Plan) -> Table:
    from rich.table import Table

    title = (
        f"{planned.suite}: {len(planned.cases)} cases "
        f"({planned.pairs} pairs × {len(planned.estimates)} providers × {planned.repeats})"
    )
    table = Table(title=title, title_justify="left")
    for heading in ("provider", "model", "cases", "input tokens", "output tokens", "USD"):
        table.add_column(heading, justify="left" if heading in ("provider", "model") else "right")
    for estimate in planned.estimates:
        likely = "" if estimate.output_tokens_likely is None else f"~{estimate.output_tokens_likely:,}, "
        table.add_row(
            estimate.provider,
            estimate.model or estimate.kind,
            str(estimate.cases),
            f"~{estimate.input_tokens:,}",
            f"{likely}at most {estimate.output_tokens_most:,}",
            _money(estimate),
        )
    return table


def _money(estimate: Estimate) -> str:
    if estimate.usd_low is None or estimate.usd_high is None:
        return estimate.why_no_money or "unknown"
    return f"${estimate.usd_low:.4f} to ${estimate.usd_high:.4f}"
