"""Every row, at sizes from 20 to 2000: minutes. `python -m gate.calibration` makes more runs of every cell."""

from __future__ import annotations

from math import sqrt

import pytest

from gate.calibration.cells import ALPHA, ROWS, Exact, Row
from gate.calibration.early import EARLY, EarlyRow
from gate.calibration.test_calibration import hold

pytestmark = pytest.mark.slow

RUNS: dict[int, int] = {20: 1000, 100: 1000, 500: 500}
AT_2000 = {
    "at_least, 2% failed, 30% perfect",
    "no_worse_by 0.03, alike, more failures",
    "at_most, sigma 1",
    "yes/no at_least, 5 jobs a résumé, ICC 0.5",
    "seconds no_worse_by 10%, 5 jobs a résumé, ICC 0.5",
}
CELLS: list[tuple[Exact | Row, int, int]] = [
    *((row, n, 0) for row in ROWS if isinstance(row, Exact) for n in (500, 1000, 2000)),
    *(
        (row, n, runs // (3 if row.rule.each else 1))
        for row in ROWS
        if isinstance(row, Row)
        for n, runs in RUNS.items()
    ),
    *((row, 2000, 300) for row in ROWS if isinstance(row, Row) and row.name in AT_2000),
]


@pytest.mark.parametrize(
    ("row", "n", "runs"), CELLS, ids=[f"{row.group}: {row.name}, {n} pairs" for row, n, _ in CELLS]
)
def test_on_the_bound_the_gate_errs_as_seldom_as_it_promises(row: Exact | Row, n: int, runs: int) -> None:
    hold(row, n, runs)


@pytest.mark.parametrize("row", EARLY, ids=[row.name for row in EARLY])
def test_stopping_early_keeps_the_promise(row: EarlyRow) -> None:
    n, runs = (500, 200) if 200 not in row.sizes else (200, 400 if len(row.rules) == 1 else 100)
    found = row.at(n, "bound", runs)
    room = 3 * sqrt(ALPHA * (1 - ALPHA) / runs)
    assert found.promoted <= ALPHA + room
    assert found.rejected <= ALPHA + room


@pytest.mark.parametrize("truth", ["far better", "far worse"])
@pytest.mark.parametrize("row", EARLY, ids=[row.name for row in EARLY])
def test_stopping_early_saves_half_where_the_candidate_is_far_off(row: EarlyRow, truth: str) -> None:
    # A p95 is proven by some 150 pairs at the least, however good it is.
    n, runs = (200, 60) if 200 in row.sizes and len(row.rules) == 1 else (500, 30)
    found = row.at(n, truth, runs)
    assert found.saved >= 0.5
    assert (found.promoted if truth == "far better" else found.rejected) == 1
