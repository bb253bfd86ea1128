"""What a verdict costs in a simulation, beside the bare formula; with figures, more runs of a few cells."""

from __future__ import annotations

import time

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from gate.calibration.cells import ALPHA, ROWS, Row, rule
from gate.calibration.designs import alone
from gate.calibration.populations import discordant
from gate.calibration.table import beyond
from gate.calibration.test_calibration import hold
from gate.calibration.through import seeded, without_advice, words
from shortlist.stats import tango_test

RUNS = 4000
A_FEW = 50
"""Runs where benchmarks only have to run (`--benchmark-disable`), so that CI does not wait for figures."""


@pytest.mark.benchmark(min_rounds=1)
def test_a_verdict_beside_the_formula(benchmark: BenchmarkFixture, request: pytest.FixtureRequest) -> None:
    runs = A_FEW if request.config.getoption("benchmark_disable") else RUNS
    design, said = alone(200), rule("schema.pass", no_worse_by="0.03")
    drawn = discordant(0.035, 0.065)(seeded("benchmark"), design, runs)
    assert drawn.old is not None
    began = time.process_time()
    gains = drawn.new - drawn.old
    bare = sum(tango_test(int((gain > 0).sum()), int((gain < 0).sum()), 200, 0.03) <= ALPHA for gain in gains)
    bare_seconds = time.process_time() - began
    with without_advice():
        began = time.process_time()
        found = benchmark.pedantic(lambda: words(design, said, drawn), rounds=1)
        seconds = time.process_time() - began
    assert found.count("PROMOTE") == bare  # the gate is the formula, and a good deal around it
    assert not beyond(bare / runs, ALPHA, runs)
    benchmark.extra_info |= {
        "ms_per_verdict": round(1000 * seconds / runs, 2),
        "ratio": round(seconds / bare_seconds, 1),
        "promoted": bare / runs,
    }
    print(f"\n{runs} verdicts on 200 pairs: {benchmark.extra_info}")


@pytest.mark.parametrize(
    "name",
    ["no_worse_by 0.03, alike, more failures", "at_most, sigma 1", "yes/no no_worse_by 0.05, 5 jobs a résumé, ICC 0.5"],
)
@pytest.mark.benchmark(min_rounds=1)
def test_more_runs_of_a_cell(benchmark: BenchmarkFixture, request: pytest.FixtureRequest, name: str) -> None:
    runs = A_FEW if request.config.getoption("benchmark_disable") else RUNS
    (row,) = (row for row in ROWS if isinstance(row, Row) and row.name == name)
    benchmark.pedantic(lambda: hold(row, 100, runs), rounds=1)
