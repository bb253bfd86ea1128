"""The tables of docs/calibration.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import sqrt

from gate.calibration.cells import ALPHA, ROWS, SIZES, Chances
from gate.calibration.early import EARLY, TRUTHS
from gate.calibration.early import Chances as EarlyChances

Cells = Mapping[tuple[str, str, int], Chances]
EarlyCells = Mapping[tuple[str, int, str], EarlyChances]


def beyond(share: float, promised: float, runs: int | None) -> bool:
    """Whether so large a share is more than was promised, and more than chance explains (three standard errors).

    Exact chances have none of that; they are allowed a thousandth.
    """
    room = 0.001 if runs is None else 3 * sqrt(promised * (1 - promised) / runs)
    return share > promised + room


def tables(cells: Cells) -> Iterator[str]:
    """False promotions and power of every row, a table a group."""
    for group in dict.fromkeys(row.group for row in ROWS):
        rows = [row.name for row in ROWS if row.group == group]
        yield f"### {group}\n"
        yield from _head("on the bound promoted / better one promoted, %")
        for name in rows:
            yield _line(name, [_promoted(cells.get((group, name, n))) for n in SIZES])
        yield ""


def rejections(cells: Cells) -> Iterator[str]:
    """False rejections of every row."""
    yield from _head("on the bound rejected, %")
    for row in ROWS:
        yield _line(f"{row.group}: {row.name}", [_rejected(cells.get((row.group, row.name, n))) for n in SIZES])


def early(cells: EarlyCells) -> Iterator[str]:
    """What stopping early does."""
    yield "| gate | n | bound: promoted | rejected | good: promoted, saved | far better: saved | far worse: saved |"
    yield "|---|---|---|---|---|---|---|"
    for row in EARLY:
        for n in row.sizes:
            found = [cells.get((row.name, n, truth)) for truth in TRUTHS]
            if None in found:
                continue
            bound, equal, better, worse = (each for each in found if each is not None)
            yield (
                f"| {row.name} | {n} | {_percent(bound.promoted)} | {_percent(bound.rejected)} | "
                f"{100 * equal.promoted:.0f}, {100 * equal.saved:.0f}% | {_saved(better, better.promoted)} | "
                f"{_saved(worse, worse.rejected)} |"
            )


def _saved(chances: EarlyChances, right: float) -> str:
    wrong = "" if right == 1 else f" (decided rightly {100 * right:.0f}%)"
    return f"{100 * chances.saved:.0f}%{wrong}"


def _head(what: str) -> Iterator[str]:
    yield f"| {what} | " + " | ".join(f"n={n}" for n in SIZES) + " |"
    yield "|---" * (len(SIZES) + 1) + "|"


def _line(name: str, cells: list[str]) -> str:
    return f"| {name} | " + " | ".join(cells) + " |"


def _promoted(chances: Chances | None) -> str:
    if chances is None:
        return ""
    figure = _percent(chances.promoted)
    figure = f"**{figure}**" if beyond(chances.promoted, ALPHA, chances.runs) else figure
    return figure if chances.power is None else f"{figure} / {100 * chances.power:.0f}"


def _rejected(chances: Chances | None) -> str:
    if chances is None:
        return ""
    figure = _percent(chances.rejected)
    return f"**{figure}**" if beyond(chances.rejected, ALPHA, chances.runs) else figure


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def limits(cells: Cells) -> Iterator[str]:
    """The module `limits.py`: every cell beyond its promise."""
    yield LIMITS_HEAD
    for name, what, end in (("PROMOTES", "promoted", "promoted"), ("REJECTS", "rejected", "rejected")):
        yield f"{name}: Mapping[tuple[str, str, int], float] = {{"
        for row in ROWS:
            for n in SIZES:
                chances = cells.get((row.group, row.name, n))
                share = 0.0 if chances is None else float(getattr(chances, what))
                if chances is not None and beyond(share, ALPHA, chances.runs):
                    yield f'    ("{row.group}", "{row.name}", {n}): {share:.6f},'
        yield "}"
        yield f'"""Group, row and n -> share of candidates on the bound that are {end}."""'


LIMITS_HEAD = '''"""Where the gate errs more often than it promises: every cell by name, with its figure.

Written by `python -m gate.calibration --write`, printed in docs/calibration.md. The tests hold every cell to its
figure here, so that it cannot get worse without a word; a cell that is not here is held to `ALPHA`.
"""

from __future__ import annotations

from collections.abc import Mapping
'''
