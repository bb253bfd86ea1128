"""Every faulty pair of a set, where loading it names the first in full."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from shortlist_datasets.errors import DatasetError
from shortlist_datasets.load import load_dataset, parse_pair, read_text, resolve
from shortlist_datasets.pair import Pair


@dataclass(frozen=True, slots=True)
class Reading:
    """What could be read of a set, and what could not."""

    name: str
    path: Path
    pairs: tuple[Pair, ...]
    faults: tuple[DatasetError, ...]


def read_with_faults(ref: str, base: Path) -> Reading:
    """The set that `ref` names, as `load_dataset` takes it, with each of its faults instead of an error for the first.

    Raises:
        DatasetError: nothing is there, or it is unreadable as a whole.
    """
    try:
        whole = load_dataset(ref, base)
    except DatasetError as error:
        if not error.path.exists():
            raise
        return _one_by_one(ref, base, error)
    return Reading(whole.name, whole.path, whole.pairs, ())


def _one_by_one(ref: str, base: Path, error: DatasetError) -> Reading:
    name, path = resolve(ref, base)
    faults: list[DatasetError] = []
    pairs: dict[str, Pair] = {}
    for text, file, line, default_id in _texts(path):
        try:
            pair = parse_pair(text, file, line, default_id)
        except DatasetError as fault:
            faults.append(fault)
            continue
        if pair.id in pairs:
            faults.append(DatasetError(f'the id "{pair.id}" is used before in this set', file, line))
        pairs.setdefault(pair.id, pair)
    return Reading(name, path, tuple(pairs.values()), tuple(faults) or (error,))


def places(path: Path) -> list[tuple[Path, int]]:
    """The file and line of each pair of a set without faults, in order; line 1 for a file of its own."""
    return [(file, line or 1) for _, file, line, _ in _texts(path)]


def _texts(path: Path) -> Iterator[tuple[str, Path, int | None, str]]:
    """The text of each pair, its file and line, and the id that it takes where it names none."""
    if not path.is_dir():
        for number, line in enumerate(read_text(path).split("\n"), start=1):
            if line.strip():
                yield line, path, number, f"line-{number}"
        return
    for file in sorted(path.iterdir()):
        if file.is_file() and file.suffix.lower() == ".json" and not file.name.startswith("."):
            yield read_text(file), file, None, file.stem
