"""How long a person waits for `shortlist --help` beyond the start of Python itself."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from support.commands import COMMAND


def seconds(command: list[str]) -> float:
    """Wall seconds of the fastest of ten runs: the machine's own pauses only ever add."""
    best = float("inf")
    for _ in range(10):
        began = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        best = min(best, time.perf_counter() - began)
    return best


@pytest.mark.benchmark(min_rounds=1)
def test_help_beyond_bare_python(benchmark: BenchmarkFixture) -> None:
    help_command = [str(COMMAND), "--help"]
    seconds(help_command)  # compiles what is not compiled yet
    bare = seconds([sys.executable, "-c", "pass"])
    ours = seconds(help_command)
    benchmark.pedantic(seconds, args=(help_command,), rounds=1)
    benchmark.extra_info |= {
        "help_ms": round(1e3 * ours),
        "bare_python_ms": round(1e3 * bare),
        "beyond_ms": round(1e3 * (ours - bare)),
    }
    print(f"\n--help: {benchmark.extra_info}")
