"""A sitting that is handed its cases in batches: providers stay open, and nobody is asked before a batch is over."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from shortlist.cases import CaseKey, Record
from shortlist.plan import plan
from shortlist.run.budget import Ledger
from shortlist.run.runner import Outside, Runner
from shortlist.run.site import Opened
from shortlist.run.sitting import Ended, Sheet, conduct
from shortlist.suite.load import load_suite
from shortlist.suite.model import Budget
from shortlist_providers import Request, Sampling
from support.batching import PAIRS, Seen, Whole, case, config, fine
from support.commands import write_suite
from support.scripted_server import Behaviour, ScriptedServer, html_200, ok


class Book:
    def __init__(self) -> None:
        self.opened = 0

    def note_opened(self, site: Opened) -> None:
        self.opened += 1

    def note_closing(self, facts: Mapping[str, Mapping[str, Any]]) -> None:
        pass


def sit(folder: Path, server: ScriptedServer, sizes: Sequence[int], **sections: Any) -> tuple[Ended, Book, list[int]]:
    """A sitting over one provider in batches of these sizes; how many records there were at each hand-out."""
    settings = {"kind": "openai_compatible", "base_url": server.base_url, "model": "m", "stream": False}
    suite = load_suite(write_suite(folder, {"new": settings}, sum(sizes), **sections), {})
    cases = plan(suite).cases
    saved: list[Record] = []
    there: list[int] = []

    def batches() -> Iterator[Sequence[CaseKey]]:
        start = 0
        for size in sizes:
            yield cases[start : (start := start + size)]

    waiting = batches()

    def next_batch() -> Sequence[CaseKey]:
        assert threading.current_thread() is not threading.main_thread(), "the loop must stay free for Ctrl-C"
        there.append(len(saved))
        return next(waiting, ())

    def save(record: Record) -> None:
        saved.append(record)

    book = Book()
    sheet = Sheet(suite, cases, 0, {}, next_batch=next_batch)
    ended = conduct(sheet, Ledger(suite.budget, {}), Outside(save, Seen()), book)
    return ended, book, there


def test_a_batch_is_over_before_the_next_is_handed_out(tmp_path: Path) -> None:
    with ScriptedServer(default=ok(delay=0.01)) as server:
        ended, book, there = sit(tmp_path, server, [5, 2, 4])
        assert len(server.log) == 11
    assert (ended, there, book.opened) == (Ended((), interrupted=False), [0, 5, 7, 11], 1)


def test_no_more_is_handed_out_once_the_budget_of_errors_is_spent(tmp_path: Path) -> None:
    def broken(number: int, body: Any) -> Behaviour:
        return html_200()

    with ScriptedServer(broken) as server:
        ended, _, there = sit(tmp_path, server, [3, 3, 3], budget={"errors": 2})
        assert len(server.log) == 3
    assert there == [0, 3]
    assert "more than budget.errors allows" in ended.stops[0]


def test_what_handing_out_raises_ends_the_sitting(tmp_path: Path) -> None:
    def fails() -> Sequence[CaseKey]:
        raise RuntimeError("no look")

    with ScriptedServer() as server:
        settings = {"kind": "openai_compatible", "base_url": server.base_url, "model": "m"}
        suite = load_suite(write_suite(tmp_path, {"new": settings}, 2), {})
        sheet = Sheet(suite, plan(suite).cases, 0, {}, next_batch=fails)
        with pytest.raises(RuntimeError, match="no look"):
            conduct(sheet, Ledger(suite.budget, {}), Outside(lambda record: None, Seen()), Book())
        assert server.log == ()


def test_an_engine_gets_each_batch_as_a_whole() -> None:
    provider, seen = Whole(config(), fine), Seen()
    outside = Outside(lambda record: None, seen)
    runner = Runner(
        {"p": provider}, lambda key: Request(str(key), (), Sampling(), "t@1"), Ledger(Budget(), {}), outside
    )

    async def both() -> None:
        for part in (PAIRS[:6], PAIRS[6:]):
            await runner.run([case(pair) for pair in part])

    asyncio.run(both())
    assert provider.rounds == [PAIRS[:6], PAIRS[6:]]
    assert {record.case.pair for record in seen.records} == set(PAIRS)
