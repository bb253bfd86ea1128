"""`shortlist plan SUITE`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console
    from rich.table import Table

    from shortlist.plan import Estimate, Plan
    from shortlist.power import Expense, Hire


class _Options(TypedDict):
    limit: int | None
    provider: tuple[str, ...]
    repeats: int | None
    from_: tuple[str, ...]
    assume: tuple[str, ...]
    simulations: int
    form: str


@click.command("plan")
@click.argument("suite")
@click.option("--limit", type=click.IntRange(min=1), help="Only the first N pairs.")
@click.option("--provider", multiple=True, metavar="NAME", help="Only this provider; may be said several times.")
@click.option("--repeats", type=click.IntRange(1, 1000), help="Generations per pair and provider.")
@click.option(
    "--from",
    "from_",
    multiple=True,
    metavar="RUN",
    help="Take figures from an earlier run or pilot (an id, a folder, or `latest`); may be said several times.",
)
@click.option(
    "--assume",
    multiple=True,
    metavar="NAME=FIGURE",
    help="What to assume of unknown figures, e.g. discordance=0.05 or latency.total=20s; may be said several times.",
)
@click.option(
    "--simulations",
    type=click.IntRange(10, 100_000),
    default=200,
    show_default=True,
    help="Made-up runs that the gate judges, to find its chances.",
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="What stdout gets.")
def command(suite: str, **options: Unpack[_Options]) -> None:
    """Show what SUITE's run will take and what its gate can decide, before a cent is spent. Sends nothing.

    Cases, tokens, money and time; for each rule the chance that an equal candidate passes, the true figure and the
    pairs that it takes to pass four times in five; and the chance that the gate says PROMOTE.
    """
    from shortlist.cli.output import console, print_json, without_controls
    from shortlist.cli.plan_power import print_outlook
    from shortlist.pipeline.contamination import look_for_contamination, sentence
    from shortlist.pipeline.looking import when_looked_at
    from shortlist.pipeline.recordings import faults_of_recordings
    from shortlist.plan import plan
    from shortlist.power import expenses, foresee, hires, read_assumptions, read_pilots, wall_time
    from shortlist.suite.load import load_suite

    provider = options["provider"]
    loaded = load_suite(suite, os.environ, provider or None)
    planned = plan(loaded, options["limit"], provider or None, options["repeats"])
    assumed = read_assumptions(options["assume"], loaded.gate)
    pilots = read_pilots(options["from_"], loaded)
    contamination = look_for_contamination(loaded)
    if contamination is not None and contamination.found:
        click.secho(without_controls(f"a run would be refused: {sentence(contamination)}"), fg="red", err=True)
    if wrong := faults_of_recordings(loaded, planned):
        click.secho(without_controls(f"a run would be refused: {wrong}"), fg="red", err=True)
    spent = expenses(loaded, planned, pilots)
    outlook = foresee(loaded, planned, pilots, assumed, options["simulations"])
    judges = hires(loaded, planned)
    if options["form"] == "json":
        document = planned.to_json()
        for expense in spent:
            document["providers"][expense.provider]["expected"] = expense.to_json()
        document["seconds"] = wall_time(loaded, spent)
        document["judges"] = {hire.judge: hire.to_json() for hire in judges}
        document["power"] = None if outlook is None else outlook.to_json()
        print_json(document)
        return
    out = console()
    _print(planned, (spent, wall_time(loaded, spent)), suite, out)
    _print_judges(judges, out)
    if outlook is not None:
        print_outlook(outlook, suite, when_looked_at(loaded, planned, options["limit"]), out)


def _print(planned: Plan, expected: tuple[Sequence[Expense], float | None], typed: str, out: Console) -> None:
    from shortlist.plan import BASIS

    spent, seconds = expected
    out.print(_table(planned, spent))
    money = planned.usd()
    if money is not None:
        left_out = planned.without_money()
        without = f", without {', '.join(left_out)}" if left_out else ""
        out.print(f"money: ${money[0]:.4f} to ${money[1]:.4f}{without}")
    _print_reasons(planned, spent, out)
    _print_expected(spent, seconds, typed, out)
    out.print(f"estimates: {BASIS}", style="dim")


def _print_judges(judges: Sequence[Hire], out: Console) -> None:
    from shortlist.power.judging import BASIS

    for hire in judges:
        money = "money unknown"
        if hire.usd_low is not None and hire.usd_high is not None:
            money = f"${hire.usd_low:.4f} to ${hire.usd_high:.4f}"
        why = f" ({hire.why_no_money})" if hire.why_no_money else ""
        asked = f"{hire.requests:,} request{'' if hire.requests == 1 else 's'}"
        out.print(f"judge {hire.judge}: at most {asked} to {hire.by}, {money}, not in the money above{why}")
    if judges:
        out.print(f"estimates of judges: {BASIS}", style="dim")


def _print_reasons(planned: Plan, spent: Sequence[Expense], out: Console) -> None:
    """Why some providers have no money, each reason once."""
    known = {expense.provider for expense in spent if expense.usd is not None}
    reasons: dict[str, list[str]] = {}
    for estimate in planned.estimates:
        if estimate.why_no_money is not None and estimate.provider not in known:
            reasons.setdefault(estimate.why_no_money, []).append(estimate.provider)
    for why, names in reasons.items():
        out.print(f"no money for {', '.join(names)}: {why}")


def _print_expected(spent: Sequence[Expense], seconds: float | None, typed: str, out: Console) -> None:
    unknown = [expense.provider for expense in spent if expense.seconds is None]
    if seconds is not None:
        out.print(f"time: about {duration(seconds)} for the whole run")
    elif len(unknown) == len(spent):
        out.print(f"time: unknown, a pilot shows it: shortlist run {typed} --limit 5, then plan --from latest")
    else:
        out.print(f"time: unknown for {', '.join(unknown)}, of which no earlier run tells")
    origins = dict.fromkeys(expense.origin for expense in spent if expense.origin is not None)
    if origins:
        out.print(f"expected time and money: mean latency and cost of {', '.join(map(str, origins))}", style="dim")


def _table(planned: Plan, spent: Sequence[Expense]) -> Table:
    from rich.table import Table

    title = (
        f"{planned.suite}: {len(planned.cases)} cases "
        f"({planned.pairs} pairs × {len(planned.estimates)} providers × {planned.repeats})"
    )
    is_timed = any(expense.seconds is not None for expense in spent)
    table = Table(title=title, title_justify="left")
    for heading in ("provider", "model", "cases", "input tokens", "output tokens", "USD", *(["time"] * is_timed)):
        table.add_column(heading, justify="left" if heading in ("provider", "model") else "right")
    for estimate, expense in zip(planned.estimates, spent, strict=True):
        likely = "" if estimate.output_tokens_likely is None else f"~{estimate.output_tokens_likely:,}, "
        time = [] if not is_timed else ["unknown" if expense.seconds is None else f"~{duration(expense.seconds)}"]
        table.add_row(
            estimate.provider,
            estimate.model or estimate.kind,
            str(estimate.cases),
            f"~{estimate.input_tokens:,}",
            f"{likely}at most {estimate.output_tokens_most:,}",
            _money(estimate, expense),
            *time,
        )
    return table


def _money(estimate: Estimate, expense: Expense) -> str:
    from shortlist.cli.output import amount

    expected = "" if expense.usd is None else f"~{amount(expense.usd, 'USD')}"
    if estimate.usd_low is None or estimate.usd_high is None:
        return expected or "unknown"
    tokens = f"${estimate.usd_low:.4f} to ${estimate.usd_high:.4f}"
    return f"{expected}, {tokens}" if expected else tokens


def duration(seconds: float) -> str:
    """`45 s`, `3 min 20 s`, `2 h 5 min`."""
    if seconds < 60:
        return f"{seconds:.3g} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"
