"""Generations that are fit to train on, and the formats in which trainers read them."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from shortlist.cases import Outcome, Record
from shortlist.errors import InputError
from shortlist.scores import CaseScores
from shortlist.tasks.model import Task
from shortlist.tasks.prompt import PromptRenderer
from shortlist_datasets import Pair
from shortlist_providers.types import Usage

TRAIN = "train"
"""The only split that is exported: a model that was trained on a pair can no longer be judged by it."""

VALID_SHARE = 10
"""One in so many examples goes to MLX's validation file."""


@dataclass(frozen=True, slots=True)
class TrainingExample:
    """One generation with the messages that asked for it."""

    id: str
    domain: str
    messages: tuple[Mapping[str, str], ...]
    """`role` and `content`: the task's prompt, then the answer."""
    input_tokens: int | None
    output_tokens: int | None
    model: str | None


@dataclass(frozen=True, slots=True)
class Selection:
    """What may be trained on, and why the rest may not."""

    examples: tuple[TrainingExample, ...]
    left_out: Mapping[str, int]
    """Reason -> how many generations."""


def select(
    task: Task, records: Sequence[Record], scores: Iterable[CaseScores], pairs: Mapping[str, Pair], grounded: float
) -> Selection:
    """The generations of one provider that are fit to train on: at most one a pair, its first fit repeat.

    Fit is what came whole, is valid against the task's schema as it stands (`schema.pass`), makes supported claims
    (`grounding.score` of at least `grounded`, where the task has rules for claims), and answers a pair of the split
    `train` in which nothing is planted.

    Raises:
        InputError: the scores lack `schema` or `grounding`, which the task needs.
    """
    by_case = {one.case: one for one in scores}
    renderer = PromptRenderer(task)
    examples: dict[str, TrainingExample] = {}
    left_out: Counter[str] = Counter()
    for record in sorted(records, key=lambda one: one.case.repeat):
        pair = pairs[record.case.pair]
        reason = _unfit(record, by_case.get(record.case), pair, task, grounded)
        if reason is None and pair.id in examples:
            reason = "another repeat of the same pair was taken"
        if reason is not None:
            left_out[reason] += 1
            continue
        examples[pair.id] = _example(record, pair, renderer)
    order = [pair for pair in pairs if pair in examples]
    return Selection(tuple(examples[pair] for pair in order), dict(left_out))


def _unfit(record: Record, scores: CaseScores | None, pair: Pair, task: Task, grounded: float) -> str | None:
    if pair.split != TRAIN:
        return f"its pair is of split {pair.split or 'none'}, not {TRAIN}"
    if pair.injection is not None:
        return "its pair has a planted instruction"
    if record.outcome is not Outcome.OK:
        return f"failed: {record.outcome.value}"
    if scores is None:
        raise InputError(f"{record.case}: it has no scores; make them with: shortlist score RUN")
    if task.schema is not None and _value(scores, "schema.pass", "schema") != 1:
        return "not valid against the task's schema"
    if task.grounding and _value(scores, "grounding.score", "grounding") < grounded:
        return f"grounding.score below {grounded:g}"
    return None


def _value(scores: CaseScores, metric: str, family: str) -> float:
    score = scores.scores.get(metric)
    if score is None:
        raise InputError(
            f"the run was not scored for {metric}, and only what is valid and grounded is exported: add {family!r} to "
            "the suite's 'metrics' and run it again (--resume sends nothing twice)"
        )
    return 0.0 if score.value is None else float(score.value)


def _example(record: Record, pair: Pair, renderer: PromptRenderer) -> TrainingExample:
    asked = [{"role": message.role, "content": message.content} for message in renderer.messages(pair)]
    usage = record.generation.usage
    return TrainingExample(
        id=pair.id,
        domain=pair.domain,
        messages=(*asked, {"role": "assistant", "content": record.generation.text or ""}),
        input_tokens=_prompt_tokens(usage),
        output_tokens=usage.output,
        model=record.generation.model,
    )


def _prompt_tokens(usage: Usage) -> int | None:
    """All tokens of the prompt, cached or not; None where the backend reported none."""
    counted = [count for count in (usage.input, usage.cached_read, usage.cached_write) if count is not None]
    return sum(counted) if counted else None


def write_product(path: Path, examples: Iterable[TrainingExample]) -> None:
    """JSONL in the product's own format: `id`, `domain`, `messages`, `metadata` (tokens and model)."""
    _write_lines(
        path,
        (
            {
                "id": one.id,
                "domain": one.domain,
                "messages": one.messages,
                "metadata": {
                    "input_tokens": one.input_tokens,
                    "output_tokens": one.output_tokens,
                    "model": one.model,
                },
            }
            for one in examples
        ),
    )


def write_chat(path: Path, examples: Iterable[TrainingExample]) -> None:
    """JSONL as OpenAI's fine-tuning takes it: one `messages` a line, and no other key."""
    _write_lines(path, ({"messages": one.messages} for one in examples))


def write_mlx(folder: Path, examples: Sequence[TrainingExample]) -> tuple[int, int]:
    """A folder as `mlx_lm.lora --data` takes it: `train.jsonl` and `valid.jsonl`, chat messages on each line.

    Which example validates depends on its id alone, so that a larger export moves none from one file to the other.
    Returns how many went to each.

    Raises:
        InputError: fewer than two examples, which cannot be divided.
    """
    if len(examples) < 2:
        raise InputError(f"MLX needs a training and a validation file, and there are {len(examples)} examples")
    valid = [one for one in examples if _place(one.id) % VALID_SHARE == 0]
    if not valid or len(valid) == len(examples):
        valid = [min(examples, key=lambda one: _place(one.id))]
    chosen = {one.id for one in valid}
    folder.mkdir(parents=True, exist_ok=True)
    write_chat(folder / "valid.jsonl", valid)
    write_chat(folder / "train.jsonl", (one for one in examples if one.id not in chosen))
    return len(examples) - len(valid), len(valid)


def _place(id_: str) -> int:
    return int.from_bytes(hashlib.sha256(id_.encode()).digest()[:8])


def _write_lines(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Whole or not at all: a trainer never finds half a file."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("wb") as lines:
            for row in rows:
                lines.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
