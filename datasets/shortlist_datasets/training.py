"""Fine-tuning data of any usual format, read line by line, as the texts that a model is shown."""

from __future__ import annotations

import glob
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shortlist_datasets.errors import DatasetError

TRAIN_SPLIT = "train"
"""Of pairs that are divided into splits, the one that may be trained on."""

FORMATS = (
    'chat ("messages": the product\'s, OpenAI\'s and MLX\'s), MLX\'s "prompt" and "completion" or "text", or a pair '
    '("resumeText" and "jobDescriptionText")'
)
_MARKERS = re.compile(r"^[ \t#*>_]*(RESUME TEXT|JOB DESCRIPTION)[ \t*_]*:", re.MULTILINE | re.IGNORECASE)
_FENCE = re.compile(r"\A```\w*\s*|\s*```\Z")
_MARKED = {"resume text": "résumé", "job description": "job description"}
_PACKED = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PAR1", b"PK\x03\x04")
"""How files begin that hold JSONL, but not as text."""
_SUFFIXES = (".jsonl", ".json", ".ndjson")


@dataclass(frozen=True, slots=True)
class Part:
    """One text of a training line."""

    name: str
    """`system`, `user`, `assistant` …: the role of its message, or `prompt`, `completion`, `text`, `gold`; `résumé` and
    `job description` of a pair, and of what `in_pieces` divides."""
    text: str


@dataclass(frozen=True, slots=True)
class TrainingLine:
    """One example that a model is trained on."""

    path: Path
    line: int
    """Counted from 1; 1 for a file that holds one example."""
    id: str | None
    parts: tuple[Part, ...]


def training_files(refs: Iterable[str], base: Path) -> tuple[Path, ...]:
    """The files that `refs` name, each once: files, folders (with what is below), or globs; relative to `base`.

    Raises:
        DatasetError: one of them names no file.
    """
    found: dict[Path, None] = {}
    for ref in refs:
        if not ref.strip():
            raise DatasetError("training data is named by an empty text; leave it out, or name a file", base)
        path = base / Path(ref).expanduser()
        if path.is_dir():
            files = sorted(p for p in path.rglob("*") if p.suffix.lower() in _SUFFIXES and not p.name.startswith("."))
        elif path.exists():
            files = [path]
        else:
            files = sorted(Path(one) for one in glob.glob(str(path), recursive=True) if Path(one).is_file())
        if not files:
            what = f"no {', '.join(_SUFFIXES)} file lies in it" if path.is_dir() else f'no training data "{ref}"'
            raise DatasetError(f"{what}; give a JSONL file, a folder of them, or a glob such as 'train/*.jsonl'", path)
        found |= dict.fromkeys(files)
    return tuple(found)


def read_training(files: Sequence[Path]) -> Iterator[TrainingLine]:
    """Every example of the files, one at a time: a file is never held whole.

    A `.json` file is one example, any other file has one on each line. Of pairs that name a split, only those of the
    split `train` are examples.

    Raises:
        DatasetError: a file cannot be read, or a line of it is of no known format; nothing after it is read.
    """
    for path in files:
        try:
            if path.suffix.lower() == ".json":
                yield from _example(path.read_bytes(), path, 1)
                continue
            with path.open("rb") as lines:
                for number, line in enumerate(lines, start=1):
                    if line.strip():
                        yield from _example(line, path, number)
        except OSError as error:
            raise DatasetError(f"cannot be read: {error.strerror}", path) from error


def _example(data: bytes, path: Path, number: int) -> Iterator[TrainingLine]:
    import orjson  # noqa: PLC0415 - listing the bundled sets does without

    if data.startswith(_PACKED):
        raise DatasetError("is packed (gzip, zstandard, zip or parquet); unpack it to JSONL first", path)
    try:
        value = orjson.loads(data.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise DatasetError(f"not JSON: {error.msg}; training data has one object on each line", path, number) from None
    if not isinstance(value, dict):
        raise DatasetError(f"an example is an object, got {type(value).__name__}; formats: {FORMATS}", path, number)
    parts = parts_of(value)
    if parts is None:
        keys = ", ".join(map(repr, list(value)[:8])) or "none"
        raise DatasetError(f"no format of training data has these keys: {keys}; formats: {FORMATS}", path, number)
    if not _is_pair(value) or value.get("split") in (None, TRAIN_SPLIT):
        identity = value.get("id")
        yield TrainingLine(path, number, None if identity is None else str(identity), tuple(parts))


def in_pieces(parts: Iterable[Part]) -> list[Part]:
    """The parts, and those that mark a résumé or a job description divided at the marks."""
    return [piece for part in parts for piece in _divided(part)]


def _divided(part: Part) -> list[Part]:
    marks = list(_MARKERS.finditer(part.text))
    if not marks:
        return [part]
    before = part.text[: marks[0].start()]
    pieces = [Part(part.name, before)] if before.strip() else []
    for mark, after in zip(marks, [*marks[1:], None], strict=True):
        end = after.start() if after is not None else len(part.text)
        pieces.append(Part(_MARKED[mark[1].lower()], part.text[mark.end() : end]))
    return pieces


def parts_of(example: Mapping[str, Any]) -> list[Part] | None:
    """The texts of an example, by the keys that it has; None where it is of no known format."""
    if isinstance(example.get("messages"), list):
        return [part for message in example["messages"] for part in _message(message)]
    if "prompt" in example and "completion" in example:
        return [part for key in ("prompt", "completion") for part in _prompt(key, example[key])]
    if _is_pair(example):
        texts = [(name, _pair_text(example, *keys)) for name, keys in _PAIR_KEYS.items()]
        gold = [Part("gold", text) for text in _strings(example.get("gold"))]
        return [Part(name, text) for name, text in texts if text] + gold
    if isinstance(example.get("text"), str):
        return [_plain("text", example["text"])]
    return None


_PAIR_KEYS = {
    "résumé": ("resume_text", "resumeText"),
    "job description": ("job_description_text", "jobDescriptionText"),
}


def _is_pair(example: Mapping[str, Any]) -> bool:
    return all(any(isinstance(example.get(key), str) for key in keys) for keys in _PAIR_KEYS.values())


def _pair_text(example: Mapping[str, Any], *keys: str) -> str:
    return next(text for key in keys if isinstance(text := example.get(key), str))


def _prompt(name: str, value: Any) -> list[Part]:
    """Of TRL and MLX, whose prompts and completions are texts or lists of messages."""
    if isinstance(value, list):
        return [part for message in value for part in _message(message)]
    return [_plain(name, text) for text in _strings(value)]


def _message(message: Any) -> list[Part]:
    """A message's texts: its content, whole or in parts, and the arguments of the tools that it calls."""
    if not isinstance(message, dict):
        return [Part("message", text) for text in _strings(message)]
    role = str(message.get("role", "message"))
    said = (text for key, value in message.items() if key not in ("role", "name") for text in _strings(value))
    return [_plain(role, text) for text in said]


def _plain(name: str, text: str) -> Part:
    """A part whose text, where it is JSON (an answer, a tool's arguments), is that of its values."""
    stripped = text.strip()
    if stripped.startswith("```"):
        stripped = _FENCE.sub("", stripped)
    if stripped[:1] in ("{", "["):
        import orjson  # noqa: PLC0415 - as above

        try:
            return Part(name, "\n".join(_strings(orjson.loads(stripped))))
        except orjson.JSONDecodeError:
            pass  # it only looked like it; a résumé may begin with a bracket
    return Part(name, text)


def _strings(value: Any) -> Iterator[str]:
    """Every text in a JSON value, in order."""
    stack = [value]
    while stack:
        inner = stack.pop()
        if isinstance(inner, str):
            yield inner
        elif isinstance(inner, dict):
            stack.extend(reversed(inner.values()))
        elif isinstance(inner, list):
            stack.extend(reversed(inner))
