"""Find a dataset by name or path, and read it."""

from __future__ import annotations

import difflib
import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shortlist_datasets.dataset import Dataset, content_hash
from shortlist_datasets.errors import DatasetError
from shortlist_datasets.pair import Pair

_PAIRS = "pairs.jsonl"
_MOST_PLACES = 8
"""How many faulty pairs, after the first, are named."""
_VERSIONED = re.compile(r"(?P<name>[a-z][a-z0-9_]*)@(?P<version>[1-9][0-9]*)")


def load_dataset(ref: str, base: Path) -> Dataset:
    """The dataset that `ref` names.

    `ref` is a bundled name (`resume_jd@1`, or `resume_jd` for its newest version), or a path,
    relative to `base`, to a JSONL file with one pair a line, to a folder that holds `pairs.jsonl`,
    or to a folder with one JSON file per pair. A bundled name wins over a file of the same name;
    write `./resume_jd` for the file. A pair without an id takes `line-N` or its file's stem.

    Raises:
        DatasetError: nothing is there, or it cannot be read, or it is empty, or a pair is faulty.
    """
    try:
        name, path = resolve(ref, base)
        pairs = tuple(_unique(_read_folder(path) if path.is_dir() else _read_jsonl(path)))
    except OSError as error:
        raise DatasetError(f"cannot be read: {error.strerror}", Path(error.filename or base / ref)) from error
    if not pairs:
        raise DatasetError("holds no pairs", path)
    return Dataset(name=name, path=path, pairs=pairs, content_hash=content_hash(pairs))


def bundled_root() -> Path:
    """The folder of the bundled datasets: inside the package when installed, beside it in a checkout."""
    inside = Path(__file__).parent / "_bundled"
    return inside if inside.is_dir() else Path(__file__).parents[1]


def bundled_names() -> tuple[str, ...]:
    """The bundled datasets as `name@version`, sorted by name, then by version."""
    found = []
    for folder in bundled_root().iterdir():
        match = _VERSIONED.fullmatch(folder.name)
        if match and (folder / _PAIRS).is_file():
            found.append((match["name"], int(match["version"]), folder.name))
    return tuple(folder for _, _, folder in sorted(found))


def resolve(ref: str, base: Path) -> tuple[str, Path]:
    """The dataset's name, and the file or folder to read."""
    names = bundled_names()
    newest = {name.partition("@")[0]: name for name in names}  # names come in ascending versions
    bundled = ref if ref in names else newest.get(ref)
    if bundled is not None:
        return bundled, bundled_root() / bundled / _PAIRS
    path = base / Path(ref).expanduser()
    if not ref.strip() or not path.exists():
        raise DatasetError(_nothing_there(ref, path, [*newest, *names]), path)
    if path.is_dir():
        inner = path / _PAIRS
        return path.resolve().name, inner if inner.is_file() else path
    return path.parent.resolve().name if path.name == _PAIRS else path.stem, path


def _nothing_there(ref: str, path: Path, names: list[str]) -> str:
    near = difflib.get_close_matches(ref, names, n=1)
    if not near and ref.strip() and path.parent.is_dir():
        beside = difflib.get_close_matches(path.name, [p.name for p in path.parent.iterdir()], n=1)
        near = [str(Path(ref).parent / name) for name in beside]
    return (
        f'no dataset "{ref}"'
        + (f', did you mean "{near[0]}"?' if near else "")
        + f" (bundled: {', '.join(n for n in names if '@' in n) or 'none'};"
        + " else the path of a JSONL file or of a folder with one JSON file per pair)"
    )


def _read_jsonl(path: Path) -> Iterator[tuple[Pair, Path, int | None]]:
    # Only "\n" ends a line: str.splitlines would also cut at U+2028, which JSON strings may hold.
    faults: list[DatasetError] = []
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if line.strip():
            try:
                pair = parse_pair(line, path, number, f"line-{number}")
            except DatasetError as fault:
                faults.append(fault)
            else:
                yield pair, path, number
    _raise_first(faults)


def _read_folder(folder: Path) -> Iterator[tuple[Pair, Path, int | None]]:
    # Names that begin with a dot are other programs' notes (macOS writes "._name.json").
    entries = sorted(p for p in folder.iterdir() if p.is_file() and not p.name.startswith("."))
    files = [p for p in entries if p.suffix.lower() == ".json"]
    if not files:
        lines = [p.name for p in entries if p.suffix.lower() == ".jsonl"]
        hint = f"; name the file itself: {', '.join(lines)}" if lines else ""
        raise DatasetError(f"the folder holds no pairs: neither {_PAIRS} nor a .json file{hint}", folder)
    faults: list[DatasetError] = []
    for path in files:
        try:
            pair = parse_pair(read_text(path), path, None, path.stem)
        except DatasetError as fault:
            faults.append(fault)
        else:
            yield pair, path, None
    _raise_first(faults)


def _raise_first(faults: list[DatasetError]) -> None:
    """Raises the first of the faults, if any, and says where the others are."""
    if not faults:
        return
    first, *others = faults
    if not others:
        raise first
    places = [f"line {one.line}" if one.path == first.path else one.path.name for one in others]
    more = ", ".join(places[:_MOST_PLACES]) + (" …" if len(places) > _MOST_PLACES else "")
    raise DatasetError(f"{first.message} (and {len(others)} more faulty: {more})", first.path, first.line) from first


def _unique(rows: Iterator[tuple[Pair, Path, int | None]]) -> Iterator[Pair]:
    seen: dict[str, tuple[Path, int | None]] = {}
    for pair, path, line in rows:
        if pair.id in seen:
            first, first_line = seen[pair.id]
            where = first.name if first_line is None else f"line {first_line}"
            here = path.name if line is None else f"line {line}"
            raise DatasetError(f'the id "{pair.id}" is used twice: in {where} and in {here}', path, line)
        seen[pair.id] = (path, line)
        yield pair


def read_text(path: Path) -> str:
    """A file's text; raises `DatasetError` where it is not UTF-8."""
    data = path.read_bytes()
    try:
        return data.decode("utf-8").removeprefix("\ufeff")  # some editors open a file with a byte order mark
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"not UTF-8: byte 0x{data[error.start]:02x} at offset {error.start}; save the file as UTF-8"
        raise DatasetError(message, path, line) from error


def parse_pair(text: str, path: Path, line: int | None, default_id: str) -> Pair:
    """The pair in `text`, JSON from `path` (its line `line`); raises `DatasetError` where it is none."""
    # pydantic takes 0.14 s to import; a program that only lists names or shows help does not pay it.
    from shortlist_datasets.pair_file import read_pair  # noqa: PLC0415 - brings pydantic, which `--help` does without

    value = _parse(text, path, line)
    try:
        return read_pair(value, default_id)
    except ValueError as error:
        raise DatasetError(str(error), path, line) from None


def _parse(text: str, path: Path, line: int | None) -> Any:
    """The JSON value in `text`; `line` is the line where it begins, None for a file of its own."""
    try:
        value = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite, object_pairs_hook=_unique_keys)
        json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        hint = "" if line is None else "; a JSONL file has one whole object on each line"
        place = (line or 1) + error.lineno - 1
        raise DatasetError(f"not JSON: {error.msg} at column {error.colno}{hint}", path, place) from error
    except UnicodeEncodeError as error:
        half = error.object[error.start]
        raise DatasetError(f"not text: \\u{ord(half):04x} is half of a surrogate pair", path, line) from error
    except RecursionError as error:
        raise DatasetError("not a pair: nested too deeply", path, line) from error
    except ValueError as error:  # from the hooks, or a number with more digits than Python takes
        raise DatasetError(f"not JSON: {error}", path, line) from error
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number; write null, or leave the key out")


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError(f"the number {digits} is too large")
    return value


def _unique_keys(items: list[tuple[str, Any]]) -> dict[str, Any]:
    keys: dict[str, Any] = {}
    for key, value in items:
        if key in keys:
            raise ValueError(f'the key "{key}" is given twice in one object')
        keys[key] = value
    return keys
