"""How long it takes to score 10,000 ProOutputs against references, on one core.

    taskset -c 0 uv run pytest tests/benchmarks/test_field_comparison_speed.py -s

Beside it stand a bare loop (parse both, ask whether they are equal) over the same texts, and stickler over a part of
them. The outputs are gold with five things wrong with each and a third of the letter in other words, so that almost
no comparison ends at equality. What bounds the figure is printed: the functions that took most of the time.
"""

from __future__ import annotations

import cProfile
import json
import pstats
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from random import Random
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from shortlist.cases import Record
from shortlist.metrics import text
from shortlist.metrics.fields import compare_records
from shortlist_datasets import Pair
from support.cases import bundled_pairs, pro_output, record, score
from support.corruptions import ALL, Document, corrupted, whole_documents
from support.stickler_peer import theirs

OUTPUTS = 10_000
A_FEW = 300
"""Outputs where benchmarks only have to run (`--benchmark-disable`), so that CI does not wait for figures."""
WRONG = 5
"""Corruptions of each output, each of another field."""
PEERS = 300
"""Outputs for the comparison without memory, and for stickler."""

TASK = replace(pro_output(), name="small")  # as the records of tests/support/cases.py say
DOCUMENTS = whole_documents()[: len(bundled_pairs())]
MILD = [how for how in ALL if how.name.partition("_")[0] not in ("null", "delete", "empty")]


def wrong(original: Document, rng: Random) -> Document:
    """A plausible answer: the same facts, several of them off."""
    output, touched = original, set[str]()
    while len(touched) < WRONG:
        how = rng.choice(MILD)
        changed = None if how.touches in touched else corrupted(output, rng, how)
        if changed is not None:
            output = changed
            touched.add(how.touches)
    said = output["coverLetter"].split(" ")
    for place in rng.sample(range(len(said)), len(said) // 3):
        said[place] = said[place][::-1]
    return output | {"coverLetter": " ".join(said)}


@cache
def records(count: int) -> tuple[list[Record], list[Record]]:
    """The candidate's records and the incumbent's, of as many cases; pairs repeat, outputs do not."""
    candidate, incumbent = [], []
    for index in range(count):
        which, repeat = index % len(DOCUMENTS), index // len(DOCUMENTS)
        rng = Random(index)
        candidate.append(record(wrong(DOCUMENTS[which], rng), key=(f"p{which}", "candidate", repeat)))
        incumbent.append(record(wrong(DOCUMENTS[which], rng), key=(f"p{which}", "incumbent", repeat)))
    return candidate, incumbent


def pairs() -> list[Pair]:
    return [
        replace(pair, id=f"p{index}", gold={"small": document})
        for index, (pair, document) in enumerate(zip(bundled_pairs(), DOCUMENTS, strict=True))
    ]


def scored(families: Sequence[str], count: int) -> None:
    """All candidates' records, scored; the incumbent's are there for parity alone."""
    candidate, incumbent = records(count)
    both = [*candidate, *incumbent] if "parity" in families else candidate
    assert len(score(both, families, of=TASK, pairs=pairs(), reference="incumbent")) == len(both)


def cpu_seconds(work: Callable[[], Any]) -> float:
    """Of this process."""
    began = time.process_time()
    work()
    return time.process_time() - began


def bare_loop(count: int) -> None:
    """Parse both, and ask whether they are equal."""
    for mine, its in zip(*records(count), strict=True):
        assert json.loads(mine.generation.text or "") != json.loads(its.generation.text or "")


def without_memory(count: int) -> None:
    """The comparison alone, with nothing remembered of the texts before: as if every pair were met once."""
    candidate, incumbent = records(count)
    for mine, its in zip(candidate[:PEERS], incumbent[:PEERS], strict=True):
        for remembered in (text._words, text._text_similarity, text._bag):
            remembered.cache_clear()
        value, reference = json.loads(mine.generation.text or ""), json.loads(its.generation.text or "")
        compare_records(TASK.fields, value, reference)
        compare_records(TASK.checks, value, reference)


def stickler(count: int) -> None:
    candidate, incumbent = records(count)
    for mine, its in zip(candidate[:PEERS], incumbent[:PEERS], strict=True):
        theirs(json.loads(mine.generation.text or ""), json.loads(its.generation.text or ""))


@pytest.fixture
def count(request: pytest.FixtureRequest) -> int:
    return A_FEW if request.config.getoption("benchmark_disable") else OUTPUTS


@pytest.mark.parametrize("families", [["gold"], ["parity"], ["quality"], ["grounding"]], ids=lambda names: names[0])
@pytest.mark.benchmark(timer=time.process_time, min_rounds=1)
def test_10_000_pro_outputs(benchmark: BenchmarkFixture, families: list[str], count: int) -> None:
    records(count)
    bare = min(cpu_seconds(lambda: bare_loop(count)) for _ in range(3))
    measured: list[float] = []
    benchmark.pedantic(lambda: measured.append(cpu_seconds(lambda: scored(families, count))), rounds=1)
    ours = min(measured)
    benchmark.extra_info |= {
        "seconds": round(ours, 1),
        "ms_an_output": round(1e3 * ours / count, 2),
        "ratio_to_bare_loop": round(ours / bare),
    }
    if families == ["parity"]:
        each = 1e3 / PEERS
        benchmark.extra_info |= {
            "ms_an_output_without_memory": round(each * cpu_seconds(lambda: without_memory(count)), 2),
            "ms_an_output_stickler": round(each * cpu_seconds(lambda: stickler(count)), 2),
        }
    print(f"\n{families[0]}: {benchmark.extra_info}")


def test_what_bounds_it(count: int) -> None:
    """No figure to keep: the profiler slows small functions most."""
    records(count)
    profile = cProfile.Profile()
    profile.runcall(scored, ["parity"], count)
    assert any(name == "compare_records" for _, _, name in pstats.Stats(profile).stats)  # type: ignore[attr-defined]  # typeshed leaves `stats` out
    pstats.Stats(profile).sort_stats("cumulative").print_stats(r"metrics/|scipy|json", 25)
