"""One sitting: providers started, asked for their health, worked through, and always shut down."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from time import perf_counter

from shortlist.cases import CaseKey
from shortlist.errors import InputError
from shortlist.run.budget import Ledger
from shortlist.run.runner import Outside, RequestOf, Runner
from shortlist.suite.model import Suite
from shortlist.tasks.prompt import PromptRenderer
from shortlist_providers import Health, Message, Provider, ProviderContext, ProviderUnavailable, Request, load_kind

HEALTH_TIMEOUT = 10.0
"""Seconds that a backend has to say how it is."""
SHUTDOWN_TIMEOUT = 10.0
"""Seconds that a backend has to close."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What one sitting is to do."""

    suite: Suite
    cases: Sequence[CaseKey]
    """Still to be done, in order."""
    number: int
    """Of the sitting, from 0."""
    environment: Mapping[str, str]


NoteHealth = Callable[[Mapping[str, tuple[Provider, Health]]], None]
"""Is told once what the backends say of themselves, before anything is generated."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a sitting ended."""

    stops: tuple[str, ...]
    """Why cases were left undone, if any were and nobody interrupted."""
    interrupted: bool


def conduct(sheet: Sheet, ledger: Ledger, outside: Outside, note_health: NoteHealth) -> Ended:
    """Does the sitting. Ctrl-C and SIGTERM end it early; every record made until then has been saved.

    Raises:
        InputError: a provider cannot be started as configured; nothing was sent.
    """
    with asyncio.Runner(loop_factory=_loop_factory()) as loop_runner:
        return loop_runner.run(_conduct(sheet, ledger, outside, note_health))


def check_health(suite: Suite, environment: Mapping[str, str]) -> dict[str, Health]:
    """Starts every provider of the suite, asks how it is, and shuts it down. Generates nothing.

    Raises:
        InputError: a provider cannot be started as configured.
    """

    async def ask() -> dict[str, Health]:
        async with _started(suite, list(suite.providers), environment) as providers:
            return await _health_of(providers)

    with asyncio.Runner(loop_factory=_loop_factory()) as loop_runner:
        return loop_runner.run(ask())


async def _conduct(sheet: Sheet, ledger: Ledger, outside: Outside, note_health: NoteHealth) -> Ended:
    interrupted = False
    stops: tuple[str, ...] = ()
    heeded: Sequence[signal.Signals] = ()
    task = asyncio.current_task()
    assert task is not None
    try:
        heeded = _on_signals(task.cancel)
        names = list(dict.fromkeys(case.provider for case in sheet.cases))
        async with _started(sheet.suite, names, sheet.environment) as providers:
            health = await _health_of(providers)
            note_health({name: (providers[name], health[name]) for name in providers})
            for name, answer in health.items():
                if not answer.ok:
                    outside.observer.on_note(f"{name}: {answer.detail}")
            runner = Runner(
                providers,
                request_maker(sheet.suite),
                ledger,
                outside,
                seed=sheet.suite.seed,
                session=sheet.number,
            )
            await runner.run(sheet.cases)
            stops = tuple(runner.stops.reasons)
    except asyncio.CancelledError:
        interrupted = True
    finally:
        _let_signals_be(heeded)
    if interrupted and signal.SIGINT in heeded:
        # Whoever presses Ctrl-C twice is still to read how to go on. The process has nothing left to do but that.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    return Ended(stops, interrupted)


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


def _let_signals_be(heeded: Sequence[signal.Signals]) -> None:
    for number in heeded:
        asyncio.get_running_loop().remove_signal_handler(number)


@asynccontextmanager
async def _started(
    suite: Suite, names: Sequence[str], environment: Mapping[str, str]
) -> AsyncIterator[dict[str, Provider]]:
    context = ProviderContext(perf_counter, asyncio.sleep, environment, suite.path.parent)
    started: dict[str, Provider] = {}
    try:
        for name in names:
            config = suite.providers[name]
            provider = load_kind(config.kind)(config, context)
            started[name] = provider  # before startup: what it opened half is closed too
            try:
                await provider.startup()
            except ProviderUnavailable as unavailable:
                raise InputError(f"providers.{name}: {unavailable}") from None
        yield started
    finally:
        closing = asyncio.gather(*map(_shut_down, started.values()))
        while not closing.done():
            # The second Ctrl-C must not leave sockets and child processes open; the first still counts.
            with suppress(asyncio.CancelledError):
                await asyncio.shield(closing)


async def _shut_down(provider: Provider) -> None:
    try:
        await asyncio.wait_for(provider.shutdown(), SHUTDOWN_TIMEOUT)
    except Exception as failed:
        print(f"shutdown of {provider.config.kind} failed: {failed!r}", file=sys.stderr)


async def _health_of(providers: Mapping[str, Provider]) -> dict[str, Health]:
    answers = await asyncio.gather(*(_health(provider) for provider in providers.values()))
    return dict(zip(providers, answers, strict=True))


async def _health(provider: Provider) -> Health:
    try:
        return await asyncio.wait_for(provider.health(), HEALTH_TIMEOUT)
    except TimeoutError:
        return Health(ok=False, detail=f"did not say how it is within {HEALTH_TIMEOUT:g} s")
    except Exception as failed:
        return Health(ok=False, detail=f"health check failed: {failed!r}")


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
