"""Each kind through the `shortlist run` that users type: a process, a suite, a run folder."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from shortlist.cases import Outcome
from shortlist_providers.codec import generation_from_json
from support.commands import Done, shortlist
from support.conformance import Backend, Place, Situation, Subject
from support.conformance.driving import check, conforms
from support.conformance.suites import PAIRS

INCOMPLETE = 4


@conforms(Situation.RUN, once_a_kind=True)
def test_a_small_suite_runs_through_the_command(subject: Subject, place: Place) -> None:
    out = place.folder / "run"
    with subject.backend(Situation.RUN, place) as backend:
        done = run_suite(subject, backend, place.folder, out)
    assert done.code == 0, done.err
    records = [json.loads(line) for line in (out / "records.jsonl").read_text().splitlines()]
    assert Counter(record["outcome"] for record in records) == {subject.outcome: PAIRS}
    for number, record in enumerate(sorted(records, key=lambda one: str(one["case"]["pair"]))):
        generation = generation_from_json(record["generation"])
        check(subject, subject.asked_by_suite(number), generation, place)
        (attempt,) = record["attempts"]
        assert attempt["usage"] == record["generation"]["usage"]
        assert attempt["timings"] == record["generation"]["timings"]
        assert attempt["failure"] == record["generation"]["failure"]
        if subject.live:
            times = [
                record["queued"],
                *(record["generation"]["timings"][at] for at in ("sent", "first_token", "last_token")),
            ]
            known = [time for time in times if time is not None]
            assert known == sorted(known)
    summary = done.json()
    outcomes = summary["providers"]["candidate"]["outcomes"]
    assert outcomes == {outcome: PAIRS if outcome is subject.outcome else 0 for outcome in Outcome}
    no_key_in(backend, out, done)


def run_suite(subject: Subject, backend: Backend, folder: Path, out: Path) -> Done:
    suite = folder / "suite"
    suite.mkdir()
    path = subject.suite(backend, suite)
    return shortlist(
        "run",
        path,
        "--out",
        out,
        "--provider",
        "candidate",
        "--format",
        "json",
        cwd=folder,
        environment=backend.environment,
    )


def no_key_in(backend: Backend, out: Path, done: Done) -> None:
    files = [file for file in out.rglob("*") if file.is_file()]
    assert files
    for key in backend.keys:
        assert all(key.encode() not in file.read_bytes() for file in files)
        assert key not in done.out + done.err


@conforms(Situation.WRONG_KEY, once_a_kind=True)
def test_a_wrong_key_ends_the_run_and_stays_out_of_its_folder(subject: Subject, place: Place) -> None:
    out = place.folder / "run"
    with subject.backend(Situation.WRONG_KEY, place) as backend:
        done = run_suite(subject, backend, place.folder, out)
    assert done.code == INCOMPLETE, done.err
    records = [json.loads(line) for line in (out / "records.jsonl").read_text().splitlines()]
    assert {record["outcome"] for record in records} == {"error"}
    assert all(len(record["attempts"]) <= 1 for record in records), "asking again cannot help"
    no_key_in(backend, out, done)


@pytest.mark.parametrize("situation", [Situation.RUN])
def test_the_suite_asks_what_the_checks_expect(situation: Situation, place: Place) -> None:
    """Of a scripted subject, whose server keeps what it was asked."""
    from support.conformance.subjects import SUBJECTS  # noqa: PLC0415 - beside its one use

    subject = next(one for one in SUBJECTS if one.id == "openai_compatible")
    with subject.backend(situation, place) as backend:
        run_suite(subject, backend, place.folder, place.folder / "run")
        assert backend.bodies is not None
        prompts = {json.loads(body)["messages"][-1]["content"] for body in backend.bodies()}
    assert prompts == {subject.asked_by_suite(number).request.messages[-1].content for number in range(PAIRS)}
