"""Output tokens a second through `vllm_offline`, beside a bare `LLM.chat` of the same batch.

    .venv-vllm/bin/python -m pytest tests/benchmarks/test_vllm_offline_speed.py -s

Two engines with the same settings, each in a process of its own, take turns, and the best round of each counts, since a
busy machine only ever slows. On the tiny model a step of the engine takes milliseconds: whatever we add shows.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from pytest_benchmark.fixture import BenchmarkFixture

from providers.vllm.driving import ENVIRONMENT, asked, collected, offline
from shortlist.cases import Outcome, Record
from shortlist.pipeline import RunOptions, generate
from shortlist.run.runner import Observer
from shortlist.suite.load import load_suite
from shortlist_providers import Request
from support.engines import need_engine
from support.tiny_model import TinyModel

PROMPTS = 64
ROUNDS = 6
TOKENS = 200
SETTINGS = {"dtype": "float32", "enforce_eager": True, "gpu_memory_utilization": 0.2, "max_model_len": 4096}

BARE = """
import json, sys, time
from vllm import LLM, SamplingParams
if __name__ == "__main__":
    model, settings, conversations, tokens = json.loads(sys.stdin.readline())
    llm = LLM(model=model, **settings)
    params = SamplingParams(temperature=0.0, max_tokens=tokens)
    print("UP", flush=True)
    for _ in sys.stdin:
        began = time.perf_counter()
        outputs = llm.chat(conversations, params, use_tqdm=False)
        took = time.perf_counter() - began
        print("RESULT", sum(len(output.outputs[0].token_ids) for output in outputs) / took, flush=True)
"""


@contextmanager
def bare(model: Path, requests: Sequence[Request], folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that has vLLM chat all at once, a round for each line that it is given."""
    script = folder / "bare.py"
    script.write_text(BARE)
    conversations = [[{"role": m.role, "content": m.content} for m in request.messages] for request in requests]
    process = subprocess.Popen(
        [sys.executable, "-P", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "VLLM_LOGGING_LEVEL": "ERROR"},
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps([str(model), SETTINGS, conversations, TOKENS]) + "\n")
    process.stdin.flush()
    told(process, "UP")
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def told(process: subprocess.Popen[str], word: str) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(word):
            return line.removeprefix(word)
    raise AssertionError("bare vLLM ended")


def round_of_bare(process: subprocess.Popen[str]) -> float:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()
    return float(told(process, "RESULT"))


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    need_engine("vllm")
    # One process for the engine on both sides: as we have it on a CPU.
    for name, value in {**ENVIRONMENT, "VLLM_ENABLE_V1_MULTIPROCESSING": "0"}.items():
        monkeypatch.setenv(name, value)


def batch() -> list[Request]:
    return [asked(f"Résumé number {number} and a job", max_tokens=TOKENS) for number in range(PROMPTS)]


@pytest.mark.vllm
@pytest.mark.benchmark(min_rounds=1)
def test_output_tokens_a_second_beside_bare_vllm(
    benchmark: BenchmarkFixture, tiny_model: TinyModel, tmp_path: Path
) -> None:
    requests = batch()

    async def take_turns(process: subprocess.Popen[str]) -> tuple[list[float], list[float]]:
        theirs, ours = [], []
        provider = offline(tiny_model, **SETTINGS)
        await provider.startup()
        try:
            for _ in range(ROUNDS):
                theirs.append(round_of_bare(process))
                began = time.perf_counter()
                found = await collected(provider, requests)
                took = time.perf_counter() - began
                ours.append(sum(generation.usage.output or 0 for generation in found.values()) / took)
        finally:
            await provider.shutdown()
        return theirs, ours

    with bare(tiny_model.hf, requests, tmp_path) as process:
        theirs, ours = benchmark.pedantic(lambda: asyncio.run(take_turns(process)), rounds=1)
    benchmark.extra_info |= {
        "tokens_per_second": round(max(ours)),
        "bare_tokens_per_second": round(max(theirs)),
        "ratio_to_bare": round(max(ours) / max(theirs), 3),
        "rounds": [round(one) for one in ours],
        "bare_rounds": [round(one) for one in theirs],
    }
    print(f"\n{PROMPTS} prompts: {benchmark.extra_info}")


class Watching:
    """Notes when the last record was saved."""

    def __init__(self) -> None:
        self.last = 0.0

    def on_record(self, record: Record, spent: Decimal | None) -> None:
        assert record.outcome in (Outcome.OK, Outcome.TRUNCATED)
        self.last = time.perf_counter()

    def on_note(self, message: str) -> None:
        raise AssertionError(message)


def suite_file(folder: Path, model: Path) -> Path:
    """`PROMPTS` short pairs for one offline engine."""
    task = folder / "plain@1"
    task.mkdir()
    (task / "user.md.j2").write_text("{{ resume_text }} and {{ job_description_text }}")
    (task / "task.yaml").write_text(yaml.safe_dump({"name": "plain", "version": 1, "prompt": {"user": "user.md.j2"}}))
    pairs = [
        {"id": f"p{number}", "domain": "d", "resume_text": f"Résumé number {number}", "job_description_text": "a job"}
        for number in range(PROMPTS)
    ]
    (folder / "pairs.jsonl").write_text("".join(json.dumps(pair) + "\n" for pair in pairs))
    suite = {
        **{"name": "speed", "task": "./plain@1", "dataset": "pairs.jsonl"},
        "sampling": {"temperature": 0, "max_tokens": TOKENS},
        "providers": {"new": {"kind": "vllm_offline", "model": str(model), **SETTINGS}},
        "metrics": ["usage"],
    }
    path = folder / "suite.yaml"
    path.write_text(yaml.safe_dump(suite))
    return path


@pytest.mark.vllm
@pytest.mark.benchmark(min_rounds=1)
def test_a_whole_run_beside_bare_vllm(benchmark: BenchmarkFixture, tiny_model: TinyModel, tmp_path: Path) -> None:
    """From the moment the cases were queued until the last record was saved; the model's loading is left out."""
    suite = load_suite(suite_file(tmp_path, tiny_model.hf), {})

    def whole_run(number: int) -> float:
        observer = Watching()

        @contextmanager
        def watched(planned: Mapping[str, int]) -> Iterator[Observer]:
            yield observer

        space = generate(suite, RunOptions(out=tmp_path / f"run-{number}"), {}, watched)
        tokens = sum(record.generation.usage.output or 0 for record in space.records)
        return tokens / (observer.last - min(record.queued for record in space.records))

    def take_turns() -> tuple[list[float], list[float]]:
        with bare(tiny_model.hf, batch(), tmp_path) as process:
            round_of_bare(process)
            rounds = [(round_of_bare(process), whole_run(number)) for number in range(3)]
        return [theirs for theirs, _ in rounds], [ours for _, ours in rounds]

    theirs, ours = benchmark.pedantic(take_turns, rounds=1)
    benchmark.extra_info |= {
        "tokens_per_second": round(max(ours)),
        "bare_tokens_per_second": round(max(theirs)),
        "ratio_to_bare": round(max(ours) / max(theirs), 3),
    }
    print(f"\n`shortlist run` of {PROMPTS} cases: {benchmark.extra_info}")
