from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortlist.cases import Attempt, CaseKey, Outcome, Record
from shortlist.errors import InputError
from shortlist.run.store import RecordStore, read_records
from shortlist_providers import Failure, FailureKind, FinishReason, Generation, Timings, Usage

texts = st.text(st.characters(codec="utf-8"), max_size=40)
failures = st.none() | st.builds(
    Failure, kind=st.sampled_from(FailureKind), message=texts, retry_after=st.none() | st.floats(0, 1e6)
)
timings = st.builds(
    Timings, sent=st.floats(0, 1e6), first_token=st.none() | st.floats(0, 1e6), last_token=st.floats(0, 1e6)
)
counts = st.none() | st.integers(0, 10**9)
usages = st.builds(Usage, input=counts, cached_read=counts, cached_write=counts, output=counts, reasoning=counts)
generations = st.builds(
    Generation,
    text=st.none() | texts,
    timings=timings,
    usage=usages,
    finish_reason=st.sampled_from(FinishReason),
    failure=failures,
    unhonoured=st.lists(texts, max_size=2).map(tuple),
)
records = st.builds(
    Record,
    case=st.builds(
        CaseKey,
        task=st.just("t@1"),
        pair=st.text("abc", min_size=1, max_size=3),
        provider=st.just("p"),
        repeat=st.integers(0, 2),
    ),
    outcome=st.sampled_from(Outcome),
    generation=generations,
    attempts=st.lists(
        st.builds(Attempt, timings=timings, usage=usages, failure=failures, waited=st.floats(0, 60)), max_size=2
    ).map(tuple),
    queued=st.floats(0, 1e6),
    session=st.integers(0, 5),
    finished_at=st.just("2026-11-20T00:00:00.000+00:00"),
)


def save(path: Path, many: list[Record]) -> None:
    with RecordStore(path) as store:
        for record in many:
            store.append(record)


@given(many=st.lists(records, max_size=6))
def test_what_is_written_is_read_back_and_the_latest_of_a_case_wins(
    tmp_path_factory: pytest.TempPathFactory, many: list[Record]
) -> None:
    path = tmp_path_factory.mktemp("run") / "records.jsonl"
    save(path, many)
    latest = {record.case: record for record in many}
    assert read_records(path) == list(latest.values())


@given(
    many=st.lists(records, min_size=1, max_size=4, unique_by=lambda r: r.case),
    cut=st.integers(min_value=1),
    more=records,
)
def test_a_file_cut_at_any_byte_loses_only_the_torn_record_and_goes_on(
    tmp_path_factory: pytest.TempPathFactory, many: list[Record], cut: int, more: Record
) -> None:
    path = tmp_path_factory.mktemp("run") / "records.jsonl"
    save(path, many)
    whole = path.read_bytes()
    path.write_bytes(whole[: cut % (len(whole) + 1)])
    kept = path.read_bytes().count(b"\n")
    assert read_records(path) == many[:kept]
    save(path, [more])
    expected = {record.case: record for record in [*many[:kept], more]}
    assert read_records(path) == list(expected.values())


def test_a_missing_file_holds_no_records(tmp_path: Path) -> None:
    assert read_records(tmp_path / "records.jsonl") == []


def test_a_damaged_line_inside_the_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    path.write_bytes(b'{"case": 1}\n')
    with pytest.raises(InputError, match=r"records\.jsonl:1: not a record: case: "):
        read_records(path)


def test_two_processes_cannot_write_to_one_run(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    other = (
        "import sys; from pathlib import Path; from shortlist.run.store import RecordStore\n"
        "with RecordStore(Path(sys.argv[1])): pass"
    )
    with RecordStore(path):
        blocked = subprocess.run([sys.executable, "-c", other, str(path)], capture_output=True, text=True, check=False)
    assert "another process is writing to this run" in blocked.stderr
    after = subprocess.run([sys.executable, "-c", other, str(path)], capture_output=True, text=True, check=False)
    assert after.returncode == 0


def test_a_record_is_in_the_file_before_append_returns(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    child = f"""
import os, signal
from pathlib import Path
from shortlist.cases import CaseKey, Outcome, Record
from shortlist.run.store import RecordStore
from shortlist_providers import Generation, Timings
record = Record(CaseKey("t@1", "a", "p", 0), Outcome.OK, Generation("x" * 200_000, Timings(0, None, 1)), (), 0.0, 0, "")
with RecordStore(Path({str(path)!r})) as store:
    store.append(record)
    os.kill(os.getpid(), signal.SIGKILL)
"""
    killed = subprocess.run([sys.executable, "-c", child], check=False)
    assert killed.returncode == -9
    (record,) = read_records(path)
    assert record.generation.text == "x" * 200_000
    assert orjson.loads(path.read_bytes())["schema_version"] == 1
    assert os.stat(path).st_mode & 0o777 == 0o644 & ~_umask()


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
