"""One sitting: providers opened, their cases worked through, and everything closed again, also on Ctrl-C."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from shortlist.cases import CaseKey
from shortlist.errors import InputError
from shortlist.run.budget import Ledger
from shortlist.run.runner import MONEY_IS_UP, Outside, RequestOf, Runner
from shortlist.run.site import Opened, Surroundings, key_names, opened
from shortlist.suite.model import Suite
from shortlist.tasks.prompt import PromptRenderer
from shortlist_providers import Health, Message, Request


class Interruption:
    """Ends a sitting that another thread conducts: Ctrl-C reaches the main thread alone."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._act: Callable[[], object] | None = None
        self._over = threading.Event()
        self._over.set()
        self._wanted = False

    @contextmanager
    def not_yet(self) -> Iterator[None]:
        """While the block runs, no interruption begins.

        Raises:
            KeyboardInterrupt: one has begun before.
        """
        with self._lock:
            if self._wanted:
                raise KeyboardInterrupt
            yield

    @contextmanager
    def heeded(self, act: Callable[[], object]) -> Iterator[None]:
        """Calls `act`, from any thread, on an interruption while the block runs, or at once after one."""
        with self._lock:
            self._over.clear()
            self._act = act
            if self._wanted:
                act()
        try:
            yield
        finally:
            with self._lock:
                self._act = None
            self._over.set()

    def begin(self) -> None:
        """Interrupts, and waits until the sitting, if one heeds this now, has closed all that it opened."""
        with self._lock:
            self._wanted = True
            if self._act is not None:
                self._act()
        self._over.wait()


@dataclass(frozen=True, slots=True)
class Sheet:
    """What one sitting is to do."""

    suite: Suite
    cases: Sequence[CaseKey]
    """Still to be done, in order; with `next_batch`, those that it may hand out."""
    number: int
    """Of the sitting, from 0."""
    environment: Mapping[str, str]
    logs: Path | None = None
    """Folder for what servers print that this sitting starts."""
    next_batch: Callable[[], Sequence[CaseKey]] | None = None
    """Hands out the next cases once all that it handed out before have come to an end; none: no more are wanted. It may
    take its time, in a thread of its own, while the providers stay open. Not for providers that take turns."""
    ends_next_batch: Interruption | None = None
    """Begun when the sitting is interrupted while `next_batch` is under way, which is not waited for any longer."""
    interruption: Interruption | None = None
    """Ends this sitting, where it is not the main thread that conducts it."""
    request_of: RequestOf | None = None
    """What is sent for a case; None: the suite's task, filled with the case's pair."""


class Book(Protocol):
    """Writes down what the backends say."""

    def note_opened(self, site: Opened) -> None:
        """Once, before anything is generated."""

    def note_closing(self, facts: Mapping[str, Mapping[str, Any]]) -> None:
        """Once, after the last generation, if the sitting comes that far; by provider."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a sitting ended."""

    stops: tuple[str, ...]
    """Why cases were left undone, if any were and nobody interrupted."""
    interrupted: bool


def conduct(sheet: Sheet, ledger: Ledger, outside: Outside, book: Book) -> Ended:
    """Does the sitting. Ctrl-C and SIGTERM end it early; every record made until then has been saved.

    Raises:
        InputError: a provider cannot be started as configured; nothing was sent.
    """
    with asyncio.Runner(loop_factory=_loop_factory()) as loop_runner:
        return loop_runner.run(_conduct(sheet, ledger, outside, book))


def check_health(suite: Suite, environment: Mapping[str, str]) -> dict[str, Health]:
    """Starts every provider of the suite, asks how it is, and shuts it down. Generates nothing.

    Raises:
        InputError: a provider that is not optional cannot be started as configured.
    """

    async def ask() -> dict[str, Health]:
        async with opened(
            suite, list(suite.providers), Surroundings(environment, key_names(suite), warm_up=False)
        ) as site:
            left_out = {
                name: Health(ok=False, detail=f"optional, left out: {why}") for name, why in site.skipped.items()
            }
            answers = {**site.health, **left_out}
            return {name: answers[name] for name in suite.with_steps(suite.providers)}

    with asyncio.Runner(loop_factory=_loop_factory()) as loop_runner:
        return loop_runner.run(ask())


async def _conduct(sheet: Sheet, ledger: Ledger, outside: Outside, book: Book) -> Ended:
    interrupted = False
    stops: tuple[str, ...] = ()
    heeded: Sequence[signal.Signals] = ()
    task = asyncio.current_task()
    assert task is not None

    def interrupt() -> None:
        nonlocal interrupted
        interrupted = True  # also when the last case is done and nothing is awaited any more that could be cancelled
        task.cancel()

    loop = asyncio.get_running_loop()
    outer = sheet.interruption or Interruption()
    try:
        with outer.heeded(lambda: loop.call_soon_threadsafe(interrupt)):
            heeded = _on_signals(interrupt)
            stops = await _work(sheet, ledger, outside, book)
    except asyncio.CancelledError:
        interrupted = True
    finally:
        interrupted = _let_signals_be(heeded, interrupted)
    return Ended(stops, interrupted)


async def _work(sheet: Sheet, ledger: Ledger, outside: Outside, book: Book) -> tuple[str, ...]:
    names = list(dict.fromkeys(case.provider for case in sheet.cases))
    turns = [[name] for name in names] if sheet.suite.one_at_a_time else [names]
    stops: list[str] = []
    for number, turn in enumerate(turns):
        try:
            stops += await _turn(sheet, turn, ledger, outside, book)
        except InputError as refused:
            if number == 0:
                raise
            # What was sent before is paid for and saved: the run is incomplete, and can be resumed.
            stops.append(str(refused))
            outside.observer.on_note(str(refused))
        if MONEY_IS_UP in stops:
            break
    return tuple(stops)


async def _turn(sheet: Sheet, names: Sequence[str], ledger: Ledger, outside: Outside, book: Book) -> Sequence[str]:
    """Opens some of the providers, works through their cases, and closes them again; returns why cases are undone."""
    note = outside.observer.on_note
    around = Surroundings(sheet.environment, key_names(sheet.suite), logs=sheet.logs, note=note)
    async with opened(sheet.suite, names, around) as site:
        book.note_opened(site)
        for name, why in site.skipped.items():
            note(f"{name} is left out (optional): {why}")
        for name, answer in site.health.items():
            if not answer.ok:
                note(f"{name}: {answer.detail}")
        runner = Runner(
            site.providers,
            sheet.request_of or request_maker(sheet.suite),
            ledger,
            outside,
            seed=sheet.suite.seed,
            session=sheet.number,
        )
        around.switchboard.connect(runner.ask)
        there = set(names) - site.skipped.keys()
        async for batch in _batches(sheet):
            if runner.stops.reasons:
                break
            await runner.run(case for case in batch if case.provider in there)
        for name, server in site.launched.items():
            if ended := server.ended():
                note(f"{name}: its server {ended}")
        book.note_closing(await site.closing_facts())
        return runner.stops.reasons


async def _batches(sheet: Sheet) -> AsyncIterator[Sequence[CaseKey]]:
    if sheet.next_batch is None:
        yield sheet.cases
        return
    while batch := await _apart(sheet.next_batch, sheet.ends_next_batch):
        yield batch


async def _apart(work: Callable[[], Sequence[CaseKey]], ends_it: Interruption | None) -> Sequence[CaseKey]:
    """Works in a thread of its own. It is no executor's, whose end would be waited for after a Ctrl-C."""
    found: Future[Sequence[CaseKey]] = Future()
    found.set_running_or_notify_cancel()

    def run() -> None:
        try:
            found.set_result(work())
        except BaseException as failure:  # raised where it is waited for
            found.set_exception(failure)

    threading.Thread(target=run, name="next batch", daemon=True).start()
    try:
        return await asyncio.wrap_future(found)
    except asyncio.CancelledError:
        if ends_it is not None:
            ends_it.begin()
        raise


def _on_signals(act: Callable[[], object]) -> list[signal.Signals]:
    """Calls `act` on Ctrl-C, SIGTERM and a lost terminal; returns those it is called on.

    A signal that we were started to ignore (`nohup`, a script's background job) stays ignored.
    """
    if threading.current_thread() is not threading.main_thread():
        return []  # signals go to the main thread alone; whoever runs us elsewhere stops us otherwise
    ends = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    heeded = [number for number in ends if signal.getsignal(number) is not signal.SIG_IGN]
    for number in heeded:
        asyncio.get_running_loop().add_signal_handler(number, act)
    return heeded


def _let_signals_be(heeded: Sequence[signal.Signals], interrupted: bool) -> bool:
    """Ends what `_on_signals` began; says whether the sitting was interrupted, be it in this very moment.

    After an interruption Ctrl-C is ignored: whoever presses it twice is still to read how to go on, and the process has
    nothing left to do but that.
    """
    while True:
        try:
            for number in heeded:
                asyncio.get_running_loop().remove_signal_handler(number)
            if interrupted and signal.SIGINT in heeded:
                signal.signal(signal.SIGINT, signal.SIG_IGN)
            return interrupted
        except KeyboardInterrupt:  # pressed while Python's own handler was back
            interrupted = True


def request_maker(suite: Suite) -> RequestOf:
    """A function from a case to what is sent for it. Repeats differ in their seed: the suite's plus the repeat."""
    renderer = PromptRenderer(suite.task)
    pairs = {pair.id: pair for pair in suite.pairs}
    sampling = lru_cache(maxsize=None)(lambda repeat: replace(suite.sampling, seed=suite.seed + repeat))

    @lru_cache(maxsize=1024)  # providers take turns at a pair, so a prompt is soon wanted again
    def rendered(pair_id: str) -> tuple[tuple[Message, ...], dict[str, str]]:
        pair = pairs[pair_id]
        inputs = {
            "resume_text": pair.resume_text,
            "job_description_text": pair.job_description_text,
            "domain": pair.domain,
        }
        return renderer.messages(pair), inputs

    def request_of(case: CaseKey) -> Request:
        messages, inputs = rendered(case.pair)
        return Request(
            key=str(case),
            messages=messages,
            sampling=sampling(case.repeat),
            task=suite.task.ref,
            schema=suite.task.schema,
            schema_name=suite.task.name,
            inputs=inputs,
        )

    return request_of


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop  # noqa: PLC0415 - absent on Windows
    except ImportError:
        return None
    return uvloop.new_event_loop
