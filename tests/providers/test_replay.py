"""A recorded run, replayed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from shortlist_providers import (
    Failure,
    FailureKind,
    FailureScope,
    Generation,
    ProviderContext,
    ProviderUnavailable,
    Timings,
    Usage,
    load_kind,
)
from shortlist_providers.types import Step
from support.providers import context, request, started


def line(text: str | None, pair: str = "p1", provider: str = "old", repeat: int = 0, **changes: Any) -> bytes:
    generation = Generation(text=text, timings=Timings(1.0, 1.5, 2.0), **changes)
    case = {"task": "t@1", "pair": pair, "provider": provider, "repeat": repeat}
    return (
        orjson.dumps({"schema_version": 1, "case": case, "outcome": "ok", "generation": generation, "session": 0})
        + b"\n"
    )


def replayed(folder: Path, *keys: str, settings: Mapping[str, Any] | None = None) -> list[Generation]:
    kind = load_kind("replay")
    config = kind.Config(**{"kind": "replay", "run": "run", "provider": "old", **(settings or {})})
    here = context()
    provider = kind(config, ProviderContext(here.clock, here.sleep, base_dir=folder))

    async def all_of_them() -> list[Generation]:
        async with started(provider):
            assert (await provider.health()).ok
            return [await provider.generate(request(key=key)) for key in keys]

    return asyncio.run(all_of_them())


def record(folder: Path, *lines: bytes) -> Path:
    (folder / "run").mkdir()
    path = folder / "run" / "records.jsonl"
    path.write_bytes(b"".join(lines))
    return path


def test_cases_are_matched_by_task_pair_and_repeat(tmp_path: Path) -> None:
    record(tmp_path, line("a"), line("b", repeat=1), line("c", pair="with/slash"), line("other", provider="else"))
    found = replayed(tmp_path, "t@1/p1/new-name/0", "t@1/p1/new-name/1", "t@1/with/slash/new-name/0")
    assert [generation.text for generation in found] == ["a", "b", "c"]
    assert all(generation.cached for generation in found)
    assert found[0].timings == Timings(1.0, 1.5, 2.0)


def test_the_last_record_of_a_case_counts_and_a_torn_line_does_not(tmp_path: Path) -> None:
    record(tmp_path, line("first"), line("second"), line("third")[:-40])
    assert replayed(tmp_path, "t@1/p1/x/0")[0].text == "second"


def test_a_line_without_its_end_is_torn_though_it_can_be_read(tmp_path: Path) -> None:
    """Whoever reads the run's records for another purpose, and the run itself when it goes on, passes over it too."""
    record(tmp_path, line("first"), line("second")[:-1])
    assert replayed(tmp_path, "t@1/p1/x/0")[0].text == "first"


def test_a_recorded_chain_asks_nobody_again(tmp_path: Path) -> None:
    step = Step("claude", Timings(1.0, None, 2.0), Usage(input=5, output=7))
    record(tmp_path, line("a", steps=(step,), answered_by="claude"))
    found = replayed(tmp_path, "t@1/p1/x/0")[0]
    assert (found.text, found.steps, found.answered_by, found.cached) == ("a", (), "claude", True)


@pytest.mark.parametrize(
    ("kind", "replayed_as"),
    [
        (FailureKind.TRANSIENT, FailureKind.PERMANENT),
        (FailureKind.RATE_LIMITED, FailureKind.PERMANENT),
        (FailureKind.TRUNCATED, FailureKind.TRUNCATED),
        (FailureKind.TIMEOUT, FailureKind.TIMEOUT),
    ],
)
def test_failures_are_replayed_for_their_case_alone_and_nobody_waits(
    tmp_path: Path, kind: FailureKind, replayed_as: FailureKind
) -> None:
    down = Failure(kind, "server down", FailureScope.PROVIDER, status=503, retry_after=60.0)
    record(tmp_path, line("part", failure=down))
    generation = replayed(tmp_path, "t@1/p1/x/0")[0]
    assert generation.failure == Failure(replayed_as, "server down", FailureScope.REQUEST, status=503)
    assert generation.text == "part"


@pytest.mark.parametrize("key", ["t@1/p2/x/0", "t@1/p1/x/1", "other@1/p1/x/0"])
def test_a_case_that_was_not_recorded_fails_alone(tmp_path: Path, key: str) -> None:
    record(tmp_path, line("a"))
    failure = replayed(tmp_path, key)[0].failure
    assert failure is not None
    assert (failure.kind, failure.scope) == (FailureKind.PERMANENT, FailureScope.REQUEST)
    assert key.replace("/x/", "/old/") in failure.message


def test_an_absolute_path_works_too(tmp_path: Path) -> None:
    path = record(tmp_path, line("a"))
    found = replayed(Path("/nowhere"), "t@1/p1/x/0", settings={"run": str(path.parent)})
    assert found[0].text == "a"


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ([line("a", provider="new")], "it has: new"),
        ([], "it has: none"),
        ([line("a"), b"not json\n", line("b")], r"records\.jsonl:2"),
        ([b'{"schema_version": 2}\n', line("a")], "schema_version 1"),
        ([b'{"schema_version": 1, "case": {"task": "t"}}\n', line("a")], "case needs"),
        ([line("a").replace(b'"cached"', b'"cashed"'), line("a")], "cached missing"),
    ],
)
def test_a_run_that_cannot_be_read_stops_the_start(tmp_path: Path, lines: list[bytes], says: str) -> None:
    record(tmp_path, *lines)
    with pytest.raises(ProviderUnavailable, match=says):
        replayed(tmp_path)


def test_a_missing_run_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ProviderUnavailable, match=r"No such file"):
        replayed(tmp_path)
