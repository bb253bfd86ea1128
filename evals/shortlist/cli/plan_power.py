"""What `shortlist plan` prints of the gate's power."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from shortlist.power.outlook import Chance, Figure, Outlook, RuleOutlook


def print_outlook(outlook: Outlook, typed: str, looks: str | None, out: Console) -> None:
    """First the rules that cannot pass, then each rule's figures, then the gate's chances and what they rest on.

    Args:
        outlook: of the suite's gate.
        typed: the suite, as the user named it.
        looks: when the verdict is looked at before the end; None where the gate does not ask for it.
        out: where to.
    """
    from shortlist.cli.output import without_controls

    out.print()
    if not outlook.rules:
        out.print(f"power: {outlook.unknown}")
        return
    for rule in outlook.rules:
        if rule.cannot is not None:
            out.print(without_controls(f"{_name(rule)}: {rule.cannot}"), style="bold red")
    out.print(_table(outlook))
    for text in dict.fromkeys(rule.unknown for rule in outlook.rules if rule.unknown is not None):
        names = ", ".join(_name(rule) for rule in outlook.rules if rule.unknown == text)
        out.print(f"{names}: {text.replace('SUITE', typed)}")
    _print_gate(outlook, out)
    if looks is not None:
        out.print(f"early stop: {looks}")
    for note in outlook.notes:
        out.print(f"note: {note}")
    _print_sources(outlook, out)


def _name(rule: RuleOutlook) -> str:
    from shortlist.cli.output import without_controls

    return without_controls(f"{rule.metric} {rule.condition}{' (alert)' if rule.alert else ''}")


def _table(outlook: Outlook) -> Table:
    from rich.table import Table
    from rich.text import Text

    from shortlist.cli.output import without_controls
    from shortlist.gate.words import percent as share

    pairs = "1 pair" if outlook.pairs == 1 else f"{outlook.pairs:,} pairs"
    title = f"power: what {pairs} can decide at {share(outlook.confidence)} confidence"
    table = Table(title=title, title_justify="left")
    table.add_column("rule", overflow="fold")
    table.add_column("equal:\npasses", justify="right")
    table.add_column("passes 4 in 5\ntimes from")
    table.add_column("pairs for\n4 in 5 times")
    for rule in outlook.rules:
        told = without_controls(f"{rule.metric}\n{rule.condition}{_where(rule)}")
        name = Text(told, style="red" if rule.cannot is not None else "")
        table.add_row(name, *_figures(rule))
    return table


def _where(rule: RuleOutlook) -> str:
    """How many pairs a rule on a part of them is about, on a line of its own."""
    if rule.among is None and rule.each not in ("domain", "tag"):
        return ""
    smallest = f" in the smallest {rule.each}" if rule.each else ""
    return f"\n({rule.n:,} pair{'' if rule.n == 1 else 's'}{smallest})"


def _figures(rule: RuleOutlook) -> tuple[str, str, str]:
    chance = "unknown" if rule.chance is None else percent(rule.chance)
    if rule.expected is not None and rule.expected.means == "as measured":
        return chance, "(no interval)", f"as measured,\n{_bare(rule.expected)}"
    if rule.alert:
        return chance, "unless broken", "(alert)"
    within = " in each" if rule.each else ""
    needs = "never" if rule.cannot is not None else "unknown" if rule.needs is None else _at(rule.needs)
    if within and rule.needs is not None and rule.cannot is None:
        needs += f"\n{within.strip()}"
    if rule.expected is None:
        return chance, needs, "unknown"
    needed = "no number" if rule.needed_n is None else f"{rule.needed_n:,}{'' if rule.each == 'field' else within}"
    return chance, needs, f"{needed}\nif {_at(rule.expected)}"


def _at(figure: Figure) -> str:
    """A true figure with what it is."""
    if figure.means == "difference":
        return "no different" if abs(figure.value) < 1e-12 else f"{'+' if figure.value > 0 else '-'}{_bare(figure)}"
    if figure.means == "share of pairs that keep the bound":
        return f"{_bare(figure)} keep it"
    return f"{figure.means.removeprefix('true ')} {_bare(figure)}"


def _bare(figure: Figure) -> str:
    from shortlist.cli.output import amount

    if figure.means == "ratio" or (figure.means == "difference" and figure.unit is None):
        return f"{abs(figure.value):.3g}"
    return amount(abs(figure.value), figure.unit)


def percent(chance: Chance) -> str:
    """A simulated chance: whole percents, for it is known to no more."""
    return f"{100 * chance.value:.0f}%"


def _print_gate(outlook: Outlook, out: Console) -> None:
    from shortlist.cli.output import without_controls
    from shortlist.gate.words import percent as share

    if outlook.chance is None:
        out.print(f"gate: {outlook.unknown}")
        return
    never = [_name(rule) for rule in outlook.rules if rule.cannot is not None]
    if never:
        out.print(f"gate: cannot say PROMOTE with these pairs, because of: {', '.join(never)}", style="bold red")
        return
    chance = outlook.chance
    span = f"{100 * chance.low:.0f} to {100 * chance.high:.0f}%"
    unknown = without_controls(", ".join(outlook.without))
    without = f", if these pass, of which nothing is known: {unknown}" if unknown else ""
    out.print(
        f"gate: says PROMOTE for an equal candidate {percent(chance)} of the time ({span}){without}", style="bold"
    )
    mistaken = outlook.at_bounds()
    if mistaken is not None:
        span = f"{100 * mistaken.low:.1f} to {100 * mistaken.high:.1f}%"
        out.print(
            f"gate: says PROMOTE by mistake, for a candidate exactly on one of its bounds, {100 * mistaken.value:.1f}% "
            f"of the time ({span}); promised: at most {share((1 - outlook.confidence) / 2)}"
        )
    if outlook.expected_pairs is not None:
        out.print(
            f"early stop: an equal candidate is decided after about {outlook.expected_pairs:.0f} of {outlook.pairs} "
            "pairs on average; the chances above are those at the last pair"
        )


def _print_sources(outlook: Outlook, out: Console) -> None:
    by_origin: dict[str, dict[str, list[str]]] = {}
    for source in outlook.sources:
        of, _, what = source.what.rpartition(": ")
        by_origin.setdefault(source.origin, {}).setdefault(f"{what} {source.value:.3g}", []).append(of)
    fields = {name for name in _metrics(outlook) if name not in {rule.metric for rule in outlook.rules}}
    for origin, figures in by_origin.items():
        told = (f"{figure}: {', '.join(_together(of, fields))}" for figure, of in figures.items())
        out.print(f"figures ({origin}): {'; '.join(told)}", style="dim")
    out.print(f"chances: {outlook.simulations:,} made-up runs, judged by the gate itself", style="dim")


def _metrics(outlook: Outlook) -> list[str]:
    return [source.what.rpartition(": ")[0] for source in outlook.sources]


def _together(metrics: list[str], fields: set[str]) -> list[str]:
    """The metrics, in which all fields of `gold.score` become `each of its fields`."""
    for rule_metric in ("gold.score", "parity.score"):
        family = {name for name in fields if name.startswith(rule_metric.removesuffix("score"))}
        if len(family) > 1 and family <= set(metrics):
            whose = "each of its fields" if rule_metric in metrics else f"each field of {rule_metric}"
            place = metrics.index(rule_metric) + 1 if rule_metric in metrics else min(map(metrics.index, family))
            metrics = [*metrics[:place], whose, *metrics[place:]]
            metrics = [name for name in metrics if name not in family]
    return metrics
