"""A server with scripted faults keeps its own log; what the run counts must equal it."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest

from support.commands import marker, shortlist, write_suite
from support.scripted_server import (
    Behaviour,
    LogEntry,
    ScriptedServer,
    drop,
    empty_body,
    half_json,
    hang,
    html_200,
    ok,
    rate_limit,
    refused,
    slow_chunks,
    status,
    truncated,
    wrong_content_type,
)

GOOD = '{"answer": "yes"}'
Step = tuple[Behaviour | Sequence[Behaviour], str, bool, bool]
"""What the server does (the last for ever after), the outcome, whether the raw and the extracted text are valid."""

STEPS: list[Step] = [
    (ok(GOOD), "ok", True, True),
    (slow_chunks(GOOD), "ok", True, True),
    (ok('{"answer": 7}'), "ok", False, False),
    (ok("```json\n" + GOOD + "\n```"), "ok", False, True),
    (ok("I would rather not say."), "ok", False, False),
    (ok(""), "ok", False, False),
    ([rate_limit(0.05), ok(GOOD)], "ok", True, True),
    ([status(503), status(500), ok(GOOD)], "ok", True, True),
    ([drop(), ok(GOOD)], "ok", True, True),
    ([drop(after=30), ok(GOOD)], "ok", True, True),
    (status(503), "error", False, False),
    (status(400), "error", False, False),
    (drop(after=10), "error", False, False),
    (html_200(), "malformed", False, False),
    (empty_body(), "malformed", False, False),
    (half_json(), "malformed", False, False),
    (wrong_content_type(), "malformed", False, False),
    (truncated(), "truncated", False, False),
    (refused(), "refused", False, False),
    (hang(), "timeout", False, False),
]
ROUNDS = 4
PAIRS = len(STEPS) * ROUNDS


def requests_by_pair(log: Sequence[LogEntry]) -> dict[str, int]:
    counted: Counter[str] = Counter()
    for entry in log:
        prompt = entry.body["messages"][-1]["content"]
        counted[prompt.split()[1]] += 1
    return counted


@pytest.mark.parametrize("stream", [False, True])
def test_counts_equal_the_servers_own_log(tmp_path: Path, stream: bool) -> None:
    script = {marker(number): STEPS[number % len(STEPS)][0] for number in range(PAIRS)}
    with ScriptedServer(script) as server:
        settings = {
            "kind": "openai_compatible",
            "base_url": server.base_url,
            "model": "scripted",
            "stream": stream,
            "retries": 2,
            "timeout": 1.5,
            "concurrency": 16,
            "cost": {"input_per_million": 1, "output_per_million": 2},
        }
        suite = write_suite(tmp_path, {"new": settings}, PAIRS)
        done = shortlist("run", suite, "--out", "run", "--format", "json", cwd=tmp_path)
        log = server.log
    assert done.code == 0, done.err
    provider = done.json()["providers"]["new"]

    # The counts, to the case.
    expected = Counter(outcome for _, outcome, _, _ in STEPS)
    assert provider["outcomes"] == {
        outcome: expected[outcome] * ROUNDS
        for outcome in ("ok", "malformed", "truncated", "refused", "timeout", "error")
    }
    assert sum(provider["outcomes"].values()) == provider["cases"] == provider["planned"] == PAIRS
    for metric, column in (("schema.pass", 2), ("schema.pass_extracted", 3)):
        right = ROUNDS * sum(1 for step in STEPS if step[column])
        assert provider["metrics"][metric]["n"] == PAIRS
        assert provider["metrics"][metric]["value"] == pytest.approx(right / PAIRS, abs=1e-12)

    # Every request that the server saw is an attempt in a record, and no more.
    records = [orjson.loads(line) for line in (tmp_path / "run" / "records.jsonl").read_bytes().splitlines()]
    attempts = {record["case"]["pair"]: len(record["attempts"]) for record in records}
    assert len(records) == len(attempts) == PAIRS
    assert attempts == requests_by_pair(log)

    # Money: what the server reported as used, for every answer that went out whole with a usage.
    paid: dict[str, int] = defaultdict(int)
    for record in records:
        for attempt in record["attempts"]:
            if attempt["usage"]["input"] is not None and attempt["usage"]["output"] is not None:
                paid[record["case"]["pair"]] += attempt["usage"]["input"] + 2 * attempt["usage"]["output"]
    known = provider["metrics"]["cost.per_generation"]
    assert known["n"] == len(paid)
    assert float(known["value"]) == pytest.approx(sum(paid.values()) / 1e6 / len(paid))

    # What arrived instead of a reply is kept, in bounds.
    pages = [
        r
        for r in records
        if r["outcome"] == "malformed" and "It works!" in (r["generation"]["failure"]["received"] or "")
    ]
    assert len(pages) == ROUNDS
    assert all(len(r["generation"]["failure"]["received"] or "") <= 2000 for r in records if r["generation"]["failure"])


def test_a_huge_page_is_kept_only_in_part(tmp_path: Path) -> None:
    page = b"<html>" + b"x" * 5_000_000
    with ScriptedServer(default=Behaviour("huge", body=page, content_type="text/html")) as server:
        settings = {"kind": "openai_compatible", "base_url": server.base_url, "model": "m"}
        suite = write_suite(tmp_path, {"new": settings}, 2)
        done = shortlist("run", suite, "--out", "run", "--format", "json", cwd=tmp_path)
    assert done.json()["providers"]["new"]["outcomes"]["malformed"] == 2
    assert (tmp_path / "run" / "records.jsonl").stat().st_size < 20_000


def test_the_report_of_a_faulty_run_names_what_happened(tmp_path: Path) -> None:
    with ScriptedServer({marker(0): html_200(), marker(1): refused(), marker(2): ok('{"answer": 7}')}) as server:
        settings: dict[str, Any] = {"kind": "openai_compatible", "base_url": server.base_url, "model": "m"}
        suite = write_suite(tmp_path, {"new": settings}, 4)
        done = shortlist("run", suite, "--out", "run", cwd=tmp_path)
    assert done.code == 0, done.err
    assert "malformed" in done.out
    shown = shortlist("show", "run", marker(0), cwd=tmp_path)
    assert "It works!" in shown.out
    shown = shortlist("show", "run", f"new/{marker(2)}", cwd=tmp_path)
    assert "schema: wrong_type at " in shown.out
    as_json = shortlist("show", "run", f"answer@1/{marker(3)}/new/0", "--format", "json", cwd=tmp_path)
    assert json.loads(as_json.out)["record"]["outcome"] == "ok"
    page = (tmp_path / "run" / "report.html").read_text()
    assert "malformed" in page
    assert "refused" in page
