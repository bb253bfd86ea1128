"""What looking for 200 held-out pairs in 10,000 training lines of 6 kB costs, beside reading and splitting the file."""

from __future__ import annotations

import json
import resource
import time
from pathlib import Path
from random import Random

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from shortlist_datasets import Pair, load_dataset
from shortlist_datasets.overlap import contamination
from shortlist_datasets.training import read_training
from support.copies import of_their_words

LINES = 10_000
HELD_OUT = 200
A_FEW = 300
"""Lines where benchmarks only have to run (`--benchmark-disable`), so that CI does not wait for figures."""


def bare(file: Path) -> int:
    """Words of a file, by reading and splitting alone."""
    with file.open("rb") as lines:
        return sum(len(line.decode().split()) for line in lines)


@pytest.mark.benchmark(min_rounds=1)
def test_200_pairs_in_10000_lines(benchmark: BenchmarkFixture, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    count = A_FEW if request.config.getoption("benchmark_disable") else LINES
    bundled = load_dataset("resume_jd@1", Path()).pairs
    texts = [text for pair in bundled for text in (pair.resume_text, pair.job_description_text)]
    random = Random(1)
    file = tmp_path / "train.jsonl"
    with file.open("w", encoding="utf-8") as out:
        for number in range(count):
            resume, job, answer = (of_their_words(texts, random, words) for words in (330, 180, 360))
            user = f"RESUME TEXT:\n{resume}\n\nJOB DESCRIPTION:\n{job}"
            turns = [
                {"role": "user", "content": user},
                {"role": "assistant", "content": json.dumps({"letter": answer})},
            ]
            out.write(json.dumps({"id": f"t{number}", "messages": turns}, ensure_ascii=False) + "\n")
    random = Random(2)
    held_out = [
        Pair(f"h{n}", "x", of_their_words(texts, random, 420), of_their_words(texts, random, 220), {}, (), None)
        for n in range(HELD_OUT)
    ]
    began = time.process_time()
    bare(file)
    bare_seconds = time.process_time() - began
    began = time.process_time()
    found = benchmark.pedantic(lambda: list(contamination(held_out, read_training([file]))), rounds=1)
    seconds = time.process_time() - began
    assert found == []
    benchmark.extra_info |= {
        "bytes_per_line": file.stat().st_size // count,
        "cpu_s": round(seconds, 2),
        "bare_cpu_s": round(bare_seconds, 2),
        "ratio": round(seconds / bare_seconds, 1),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    print(f"\n{HELD_OUT} pairs in {count} lines: {benchmark.extra_info}")
