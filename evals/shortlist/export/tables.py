"""Scores as a table: one row a case and metric, in files that spreadsheets and data frames read."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass, fields
from decimal import Decimal
from pathlib import Path

from shortlist.errors import InputError
from shortlist.metric_names import spec_of
from shortlist.scores import CaseScores
from shortlist_datasets import Pair


@dataclass(frozen=True, slots=True)
class Row:
    """One metric of one case."""

    run: str
    task: str
    pair: str
    domain: str
    split: str | None
    provider: str
    repeat: int
    outcome: str
    metric: str
    value: float | Decimal | None
    unit: str | None
    status: str
    reason: str | None


COLUMNS = tuple(field.name for field in fields(Row))


def rows(run_id: str, scores: Iterable[CaseScores], pairs: Mapping[str, Pair]) -> Iterator[Row]:
    """Every score of every case, in the order of `scores.jsonl`; one without a value has a status that says why."""
    for case in scores:
        pair = pairs[case.case.pair]
        for metric, score in case.scores.items():
            yield Row(
                run=run_id,
                task=case.case.task,
                pair=pair.id,
                domain=pair.domain,
                split=pair.split,
                provider=case.case.provider,
                repeat=case.case.repeat,
                outcome=case.outcome.value,
                metric=metric,
                value=score.value,
                unit=spec_of(metric).unit,
                status=score.status.value,
                reason=score.reason,
            )


def write_csv(path: Path, table: Iterable[Row]) -> int:
    """UTF-8 CSV with a header; an absent value is an empty cell, money keeps every digit. Returns the rows."""
    written = 0
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("w", encoding="utf-8", newline="") as file:
            out = csv.writer(file)
            out.writerow(COLUMNS)
            for row in table:
                out.writerow([format(cell, "f") if isinstance(cell, Decimal) else cell for cell in astuple(row)])
                written += 1
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return written


def write_parquet(path: Path, table: Iterable[Row]) -> int:
    """Parquet, one column a field of `Row`; values are doubles (money too), absent ones null. Returns the rows.

    Raises:
        InputError: arro3 is not installed.
    """
    try:
        from arro3.core import Array, DataType, Table  # noqa: PLC0415 - an extra
        from arro3.io import write_parquet as write  # noqa: PLC0415 - an extra
    except ImportError:
        raise InputError("parquet needs arro3: pip install 'shortlist[parquet]', or export csv") from None
    found = list(table)
    columns = {name: [getattr(row, name) for row in found] for name in COLUMNS}
    columns["value"] = [None if value is None else float(value) for value in columns["value"]]
    types = {"repeat": DataType.int32(), "value": DataType.float64()}
    arrays = [Array(columns[name], types.get(name, DataType.string())) for name in COLUMNS]
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        write(Table.from_arrays(arrays, names=COLUMNS), temporary)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return len(found)
