"""Every cell, computed, and the tables of docs/calibration.md.

    PYTHONPATH=tests python -m gate.calibration --runs 4000 --keep cells.jsonl --write

`--keep` names a file of the cells that are done: run again, it goes on where it stopped. `--write` puts the tables into
docs/calibration.md and what is beyond its promise into limits.py; without it all is printed.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from pathlib import Path
from typing import Any

from gate.calibration import cells, early, table

DOCS = Path(__file__).parents[3] / "docs" / "calibration.md"
LIMITS = Path(__file__).with_name("limits.py")
Job = tuple[str, str, int, str]
"""Group (empty: stops early), row, n, truth (of those that stop early)."""
ORDER = (100, 200, 500, 20, 50, 1000, 2000)
FEWER_FROM = 500
"""Pairs from which half as many runs are made."""


def jobs() -> Iterator[Job]:
    """All that there is to compute, the usual sizes first."""
    for n in ORDER:
        for row in cells.ROWS:
            yield row.group, row.name, n, ""
        for row_ in early.EARLY:
            if n in row_.sizes:
                yield from (("", row_.name, n, truth) for truth in early.TRUTHS)


def compute(job: Job, runs: int) -> dict[str, Any]:
    """The chances of one cell."""
    group, name, n, truth = job
    runs = runs if n < FEWER_FROM else runs // 2
    if group:
        row = next(row for row in cells.ROWS if (row.group, row.name) == (group, name))
        return asdict(row.at(n, runs))
    runs = runs if truth == "bound" else runs // 5  # shares that are far from 0 and 1 need fewer
    return asdict(next(row for row in early.EARLY if row.name == name).at(n, truth, runs))


def main() -> None:
    """What the command line does."""
    parser = argparse.ArgumentParser(prog="python -m gate.calibration", description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=4000, help="of each cell below 500 pairs; 0: only those kept")
    parser.add_argument("--keep", type=Path, help="file of the cells that are done")
    parser.add_argument("--write", action="store_true", help="into docs/calibration.md and limits.py")
    parser.add_argument("--processes", type=int, default=2)
    said = parser.parse_args()
    found = _kept(said.keep)
    left = [job for job in jobs() if job not in found] if said.runs else []
    with ProcessPoolExecutor(said.processes) as pool:
        asked = {pool.submit(compute, job, said.runs): job for job in left}
        for done in as_completed(asked):
            job = asked[done]
            found[job] = done.result()
            print(*job, found[job], file=sys.stderr)
            if said.keep:
                with said.keep.open("a", encoding="utf-8") as file:
                    file.write(json.dumps([job, found[job]]) + "\n")
    fixed = {job[:3]: cells.Chances(**chances) for job, chances in found.items() if job[0]}
    stopped = {job[1:]: early.Chances(**chances) for job, chances in found.items() if not job[0]}
    parts = {"tables": table.tables(fixed), "rejections": table.rejections(fixed), "early": table.early(stopped)}
    known = "\n".join(table.limits(fixed)) + "\n"
    if said.write:
        text = DOCS.read_text(encoding="utf-8")
        for name, lines in parts.items():
            text = put(text, name, "\n".join(lines).strip())
        DOCS.write_text(text, encoding="utf-8")
        LIMITS.write_text(known, encoding="utf-8")
    else:
        print(*("\n".join(lines) for lines in parts.values()), known, sep="\n\n")


def put(text: str, name: str, part: str) -> str:
    """The text with another part between the marks of that name."""
    before, begin, rest = text.partition(f"<!-- {name}: made by python -m gate.calibration -->\n")
    _, end, after = rest.partition(f"<!-- end of {name} -->")
    if not (begin and end):
        raise SystemExit(f"{DOCS} has no marks for {name!r}")
    return f"{before}{begin}\n{part}\n\n{end}{after}"


def _kept(file: Path | None) -> dict[Job, dict[str, Any]]:
    if file is None or not file.exists():
        return {}
    lines = (json.loads(line) for line in file.read_text(encoding="utf-8").splitlines())
    return {(job[0], job[1], job[2], job[3]): chances for job, chances in lines}


if __name__ == "__main__":
    main()
