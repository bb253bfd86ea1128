"""`records.jsonl`: append-only, one finished case a line, safe against `kill -9` at any moment."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import orjson
from pydantic import TypeAdapter, ValidationError

from shortlist.cases import CaseKey, Record
from shortlist.errors import IncompleteRun, InputError, Problem

_RECORD: TypeAdapter[Record] = TypeAdapter(Record)


def read_records(path: Path) -> list[Record]:
    """Every case's latest record, in the order in which the cases first finished.

    A last line that a crash cut short is left out. Raises `InputError` for any other line that is not a record.
    """
    latest: dict[CaseKey, Record] = {}
    for record in _complete_records(path):
        latest[record.case] = record
    return list(latest.values())


def _complete_records(path: Path) -> Iterator[Record]:
    if not path.exists():
        return
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.endswith(b"\n"):
                return  # torn: the process died inside this write
            try:
                yield _RECORD.validate_json(line)
            except ValidationError as broken:
                first = broken.errors(include_url=False)[0]
                where = ".".join(map(str, first["loc"])) or "line"
                raise InputError(Problem(f"not a record: {where}: {first['msg']}", path, number)) from None


class RecordStore:
    """Appends records to one file, which only one process may do at a time.

    Each record is one `write` of one whole line, so a killed process loses no record that it had finished and
    leaves at most one torn line, which the next opening cuts off.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd = -1

    def __enter__(self) -> Self:
        try:
            self._fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        except OSError as refused:
            raise InputError(Problem(f"cannot be written: {refused.strerror}", self._path)) from None
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._fd)
            raise InputError(
                Problem("another process is writing to this run; wait until it ends or stop it", self._path)
            ) from None
        self._cut_torn_line()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):  # the disk that `append` has already complained of
            os.fsync(self._fd)
        os.close(self._fd)

    def append(self, record: Record) -> None:
        """Writes `record` as one line; it is in the operating system's hands when this returns.

        Raises:
            IncompleteRun: it cannot be written (disk full, folder gone); what was written before stays good.
        """
        line = memoryview(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE))
        try:
            while line:
                line = line[os.write(self._fd, line) :]
        except OSError as refused:
            how = f"mend that, then go on with --resume {self._path.parent}"
            raise IncompleteRun(f"{self._path}: cannot be written: {refused.strerror}; {how}") from None

    def _cut_torn_line(self) -> None:
        size = os.fstat(self._fd).st_size
        end = size
        while end > 0:
            start = max(0, end - 65_536)
            newline = os.pread(self._fd, end - start, start).rfind(b"\n")
            if newline >= 0:
                end = start + newline + 1
                break
            end = start
        if end < size:
            os.ftruncate(self._fd, end)
