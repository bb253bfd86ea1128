"""What has been handed in to vendors' batch interfaces and not fetched yet: one line an event, in the run's folder."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from shortlist.errors import IncompleteRun, InputError, Problem


@dataclass(frozen=True, slots=True)
class OpenBatch:
    """A batch that a vendor has taken and whose answers are not all saved."""

    provider: str
    id: str
    keys: frozenset[str]
    """Of the cases in it, as `task/pair/provider/repeat`."""


class BatchJournal:
    """`batches.jsonl`. A batch is written down the moment the vendor has named it, so that none is paid for twice."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def open_batches(self, provider: str) -> tuple[OpenBatch, ...]:
        """The batches of `provider` that earlier sittings handed in and did not finish fetching.

        Raises:
            InputError: the file is not such a journal. A torn last line is passed over.
        """
        found: dict[str, OpenBatch] = {}
        for number, line in enumerate(self._lines(), start=1):
            try:
                event = orjson.loads(line)
                if event["provider"] != provider:
                    continue
                if event["event"] == "closed":
                    found.pop(event["id"], None)
                else:
                    found[event["id"]] = OpenBatch(provider, event["id"], frozenset(event["keys"]))
            except (orjson.JSONDecodeError, KeyError, TypeError) as broken:
                raise InputError(Problem(f"not a journal of batches: {broken!r}", self._path, number)) from None
        return tuple(found.values())

    def submitted(self, provider: str, batch: str, keys: Sequence[str]) -> None:
        """A vendor has taken a batch."""
        self._append({"event": "submitted", "provider": provider, "id": batch, "keys": list(keys)})

    def closed(self, provider: str, batch: str) -> None:
        """Every answer of a batch is saved, or it is known that none will come."""
        self._append({"event": "closed", "provider": provider, "id": batch})

    def _lines(self) -> list[bytes]:
        try:
            text = self._path.read_bytes()
        except FileNotFoundError:
            return []
        return text.split(b"\n")[:-1]  # what follows the last line end is torn, or empty

    def _append(self, event: dict[str, object]) -> None:
        try:
            with self._path.open("ab") as journal:
                if journal.tell() and not self._path.read_bytes().endswith(b"\n"):
                    journal.truncate(self._path.read_bytes().rfind(b"\n") + 1)
                journal.write(orjson.dumps(event, option=orjson.OPT_APPEND_NEWLINE))
                journal.flush()
                os.fsync(journal.fileno())
        except OSError as refused:
            how = f"mend that, then go on with --resume {self._path.parent}"
            raise IncompleteRun(f"{self._path}: cannot be written: {refused.strerror}; {how}") from None
