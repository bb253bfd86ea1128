"""Everything that can be wrong with a set of pairs: its shape, repeats, gold, and what training data holds of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import jsonschema_rs

from shortlist import bundled
from shortlist.errors import InputError
from shortlist.pipeline.contamination import Counted, contaminated_pair, refuse_nothing_read
from shortlist.results import ContaminatedPair
from shortlist.tasks.load import load_task
from shortlist.tasks.schema import NoSuchPlace, Place
from shortlist_datasets import DatasetError, Pair
from shortlist_datasets.duplicates import Duplicate, Repeats, repeats
from shortlist_datasets.faults import places, read_with_faults
from shortlist_datasets.gold_check import GoldFault, gold_faults
from shortlist_datasets.overlap import THRESHOLD, contamination
from shortlist_datasets.training import TRAIN_SPLIT, Part, TrainingLine, read_training, training_files


@dataclass(frozen=True, slots=True)
class DatasetCheck:
    """What `shortlist dataset check` found."""

    name: str
    path: Path
    pairs: int
    """Pairs that could be read."""
    held_out: int
    """Of those, the ones that are looked for in training data: all but the split `train`."""
    faults: tuple[DatasetError, ...]
    repeats: Repeats
    gold: tuple[GoldFault, ...]
    files: tuple[str, ...]
    lines: int
    contamination: tuple[tuple[ContaminatedPair, str], ...]
    """Each with the beginning of the longest passage that pair and line share."""

    @property
    def duplicates(self) -> tuple[Duplicate, ...]:
        """Pairs that stand twice in one split, and count twice in every figure."""
        return tuple(one for one in self.repeats.pairs if not one.meant)

    @property
    def status(self) -> str:
        """`unreadable`, `contaminated`, `duplicates` or `clean`: the first that is true."""
        if self.faults:
            return "unreadable"
        if self.contamination:
            return "contaminated"
        return "duplicates" if self.duplicates else "clean"

    def to_json(self) -> dict[str, Any]:
        """What `--format json` prints; the command's `--help` names the keys."""
        found = self.repeats
        clusters = {
            name: [{"pairs": c.pairs, "exact": c.exact, "score": round(c.score, 4)} for c in of]
            for name, of in (("resume_clusters", found.resumes), ("job_clusters", found.jobs))
        }
        return {
            "schema_version": 1,
            "dataset": self.name,
            "path": str(self.path),
            "status": self.status,
            "pairs": self.pairs,
            "held_out": self.held_out,
            "faults": [{"path": str(one.path), "line": one.line, "message": one.message} for one in self.faults],
            "duplicates": [
                {
                    "pairs": one.pairs,
                    "splits": one.splits,
                    "score": round(one.score, 4),
                    "exact": one.exact,
                    "meant": one.meant,
                }
                for one in found.pairs
            ],
            **clusters,
            "gold": [{"pair": one.pair, "path": one.path, "why": one.why} for one in self.gold],
            "training": {"files": self.files, "lines": self.lines, "threshold": THRESHOLD},
            "contamination": [
                {**one.model_dump(), "score": round(one.score, 4), "words": words} for one, words in self.contamination
            ],
        }


def check_dataset(ref: str, base: Path, train: Sequence[str]) -> DatasetCheck:
    """Looks at the set that `ref` names, and for its held-out pairs in the training data `train`.

    The set's own split `train` is training data as well. A faulty set is not looked for in training data: half of it
    being clean says nothing.

    Raises:
        InputError: there is no such set, or the training data cannot be read.
    """
    try:
        reading = read_with_faults(ref, base)
        files = training_files(train, base)
        held_out = [pair for pair in reading.pairs if pair.split != TRAIN_SPLIT]
        given = Counted(read_training(files))
        own = () if reading.faults else _own_training(reading.path, reading.pairs)
        lines = Counted(chain(own, given))
        found = () if reading.faults else tuple(contamination(held_out, lines))
        if train and not reading.faults:
            refuse_nothing_read(given.count)
    except DatasetError as error:
        raise InputError(str(error)) from None
    return DatasetCheck(
        name=reading.name,
        path=reading.path,
        pairs=len(reading.pairs),
        held_out=len(held_out),
        faults=reading.faults,
        repeats=repeats(reading.pairs),
        gold=tuple(_gold(reading.pairs)),
        files=tuple(map(str, files)),
        lines=lines.count,
        contamination=tuple((contaminated_pair(one), one.overlap.words) for one in found),
    )


def _own_training(path: Path, pairs: Sequence[Pair]) -> Iterator[TrainingLine]:
    if not any(pair.split == TRAIN_SPLIT for pair in pairs):
        return
    for pair, (file, line) in zip(pairs, places(path), strict=True):
        if pair.split == TRAIN_SPLIT:
            parts = (Part("résumé", pair.resume_text), Part("job description", pair.job_description_text))
            yield TrainingLine(file, line, pair.id, parts)


def _gold(pairs: Sequence[Pair]) -> Iterator[GoldFault]:
    """Facts that the texts do not bear out, and places that the schema of the gold's task does not allow."""
    validators: dict[str, Any] = {}
    for pair in pairs:
        yield from gold_faults(pair)
        yield from _bounds(pair)
        for task, part in pair.gold.items():
            if task not in validators:
                validators[task] = _validator(task)
            if validators[task] is not None:
                for error in validators[task].iter_errors(part):
                    yield GoldFault(pair.id, _path(task, error.instance_path), f"its task's schema: {error.message}")


def _bounds(pair: Pair) -> Iterator[GoldFault]:
    """Bounds on scores that no output of their task has: every output would miss them."""
    for place in pair.injection.at_most if pair.injection else ():
        task, _, field = place.partition(".")
        schema = None if bundled.task_folder(task) is None else load_task(task, Path()).schema
        if schema is None:
            continue
        try:
            Place.top(schema).follow(field)
        except NoSuchPlace as error:
            yield GoldFault(pair.id, f"injection.at_most.{place}", str(error))


def _validator(task: str) -> Any:
    """Of a bundled task's schema, with no key required; None for a task that is not bundled or has no schema."""
    if bundled.task_folder(task) is None:
        return None
    schema = load_task(task, Path()).schema
    if schema is None:
        return None
    return jsonschema_rs.validator_for(without_required(schema), validate_formats=True, offline=True)


def without_required(schema: Any) -> Any:
    """The schema for parts of what it is for: nothing is required, and of alternatives several may fit."""
    if isinstance(schema, list):
        return [without_required(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        "anyOf" if key == "oneOf" else key: without_required(inner)
        for key, inner in schema.items()
        if not (key == "required" and isinstance(inner, list))
    }


def _path(task: str, steps: Sequence[str | int]) -> str:
    return task + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
