"""What a case costs on top of the bare HTTP client, and how near a run comes to its server's own pace.

    uv run pytest tests/benchmarks

Each figure is taken beside a bare aiohttp loop in the same run, on the same server, since machines differ. The
runner's side is the whole of `shortlist run` but the report: prompts rendered, requests sent, records written, the
schema scored and `scores.jsonl` written.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from pathlib import Path

import aiohttp
import orjson
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from shortlist.cases import Outcome, Record
from shortlist.pipeline import RunOptions, generate, score_stage
from shortlist.run.runner import Observer
from shortlist.suite.load import load_suite
from shortlist.suite.model import Suite
from support.commands import ANSWER_SCHEMA, write_suite

SERVER = Path(__file__).with_name("instant_server.py")
SLOW = 0.2
"""Seconds that the slow server takes for each answer."""


@contextmanager
def server(delay: float) -> Iterator[str]:
    """A server process, so that its CPU time is not the client's."""
    process = subprocess.Popen([sys.executable, SERVER, str(delay)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
    finally:
        process.kill()
        process.communicate()


class Silent:
    """Hears of every record, as the progress display does, and counts the good ones."""

    def __init__(self) -> None:
        self.good = 0

    def on_record(self, record: Record, spent: Decimal | None) -> None:
        self.good += record.outcome is Outcome.OK

    def on_note(self, message: str) -> None:
        raise AssertionError(message)


@contextmanager
def silent(planned: Mapping[str, int]) -> Iterator[Observer]:
    """In place of the progress display."""
    observer = Silent()
    yield observer
    assert observer.good == sum(planned.values())


@dataclass(frozen=True, slots=True)
class Measured:
    """One measurement of some cases."""

    cpu: float
    wall: float


def measured(work: Callable[[], None]) -> Measured:
    """CPU seconds of this process, and wall seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Measured(time.process_time() - cpu, time.perf_counter() - wall)


def bare_loop(url: str, cases: int, concurrency: int) -> None:
    """What the same requests cost with nothing around them but aiohttp and asyncio's own loop."""
    payload = {
        "model": "instant",
        "messages": [{"role": "user", "content": "Résumé pair-000 has worked for 0 years for job 0?"}],
        "max_tokens": 64,
        "temperature": 0.0,
        "seed": 0,
        "response_format": {"type": "json_schema", "json_schema": {"name": "answer", "schema": ANSWER_SCHEMA}},
    }

    async def worker(session: aiohttp.ClientSession, numbers: Iterator[int]) -> None:
        for _ in numbers:
            body = orjson.dumps(payload)
            headers = {"Content-Type": "application/json"}
            async with session.post(f"{url}/chat/completions", data=body, headers=headers) as response:
                assert orjson.loads(await response.read())["choices"]

    async def main() -> None:
        numbers = iter(range(cases))
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector) as session, asyncio.TaskGroup() as workers:
            for _ in range(concurrency):
                workers.create_task(worker(session, numbers))

    asyncio.run(main())


def suite_for(folder: Path, url: str, cases: int, concurrency: int) -> Suite:
    """`cases` short pairs against the server, schema scored."""
    settings = {
        "kind": "openai_compatible",
        "base_url": url,
        "model": "instant",
        "stream": False,
        "concurrency": concurrency,
    }
    return load_suite(write_suite(folder, {"new": settings}, cases, metrics=["schema"]), {})


@pytest.mark.parametrize(("concurrency", "cases"), [(1, 1000), (64, 4000), (256, 4000)])
@pytest.mark.benchmark(timer=time.process_time, min_rounds=1)
def test_cpu_of_a_case_beside_a_bare_loop(
    benchmark: BenchmarkFixture, tmp_path: Path, concurrency: int, cases: int
) -> None:
    with server(0.0) as url:
        suite = suite_for(tmp_path, url, cases, concurrency)
        numbers = count()
        ours: list[Measured] = []

        def run() -> None:
            options = RunOptions(out=tmp_path / f"run-{next(numbers)}")

            def work() -> None:
                scores = score_stage(generate(suite, options, {}, silent))
                assert sum(score.scores["schema.pass"].value == 1.0 for score in scores) == cases

            ours.append(measured(work))

        bare_loop(url, 200, concurrency)
        bare = min((measured(lambda: bare_loop(url, cases, concurrency)) for _ in range(3)), key=lambda m: m.cpu)
        benchmark.pedantic(run, rounds=3, warmup_rounds=1)
        best = min(ours, key=lambda m: m.cpu)
    benchmark.extra_info |= {
        "cases_per_second": round(cases / best.wall),
        "bare_cases_per_second": round(cases / bare.wall),
        "cpu_ms_per_case": round(1e3 * best.cpu / cases, 4),
        "bare_cpu_ms_per_case": round(1e3 * bare.cpu / cases, 4),
        "cpu_ratio_to_bare": round(best.cpu / bare.cpu, 2),
    }
    print(f"\nconcurrency {concurrency}: {benchmark.extra_info}")


@pytest.mark.benchmark(min_rounds=1)
def test_share_of_the_ideal_pace_at_a_slow_server(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    """From the first request sent to the last answer received; the whole run has the health question, too."""
    cases, concurrency = 1280, 64
    ideal = SLOW * cases / concurrency
    with server(SLOW) as url:
        suite = suite_for(tmp_path, url, cases, concurrency)
        numbers = count()
        whole: list[float] = []
        requests: list[float] = []

        def run() -> None:
            options = RunOptions(out=tmp_path / f"run-{next(numbers)}")

            def work() -> None:
                space = generate(suite, options, {}, silent)
                score_stage(space)
                timings = [record.generation.timings for record in space.records]
                requests.append(max(t.last_token for t in timings) - min(t.sent for t in timings))

            whole.append(measured(work).wall)

        benchmark.pedantic(run, rounds=2)
        bare = measured(lambda: bare_loop(url, cases, concurrency)).wall
    benchmark.extra_info |= {
        "share_of_ideal": round(ideal / min(requests), 3),
        "share_of_ideal_whole_run": round(ideal / min(whole), 3),
        "bare_share_of_ideal": round(ideal / bare, 3),
    }
    print(f"\n{SLOW} s server: {benchmark.extra_info}")
