"""A sitting's providers: their servers launched, started, asked for their health, and always shut down."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter
from typing import Any

from shortlist.errors import InputError
from shortlist.run.launch import Launched, LaunchSite, launch, scrubber
from shortlist.suite.model import Suite, steps_of
from shortlist_providers import (
    Generation,
    Health,
    MissingExtra,
    Provider,
    ProviderConfig,
    ProviderContext,
    ProviderUnavailable,
    Request,
    load_kind,
    require_extra,
)
from shortlist_providers.base import Ask
from shortlist_providers.wire.settings import ServerConfig, origin

HEALTH_TIMEOUT = 10.0
"""Seconds that a backend has to say how it is."""
SHUTDOWN_TIMEOUT = 10.0
"""Seconds that a backend has to close."""


class Switchboard:
    """Puts chains through to whom they ask. Providers are made before the runner that answers."""

    def __init__(self) -> None:
        self._ask: Ask | None = None

    def connect(self, ask: Ask) -> None:
        """From now on, this answers."""
        self._ask = ask

    async def ask(self, name: str, request: Request) -> Generation:
        """What `ProviderContext.ask` promises."""
        assert self._ask is not None  # nothing is generated before the runner is there
        return await self._ask(name, request)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the providers of a sitting are given."""

    environment: Mapping[str, str]
    keys: Sequence[str] = ()
    """Names of the variables in it that hold the suite's keys."""
    switchboard: Switchboard = field(default_factory=Switchboard)
    warm_up: bool = True
    """Whether backends may be woken, which may generate a token and be billed."""
    logs: Path | None = None
    """Folder for what launched servers print; None: temporary files."""
    note: Callable[[str], None] = lambda text: None
    """Is told what is being waited for."""


@dataclass(slots=True)
class Opened:
    """The providers of a sitting."""

    providers: dict[str, Provider] = field(default_factory=dict)
    """Started, and fit to be asked."""
    health: dict[str, Health] = field(default_factory=dict)
    """What each of `providers` says of itself."""
    skipped: dict[str, str] = field(default_factory=dict)
    """Optional ones that are not set up, and why."""
    launched: dict[str, Launched] = field(default_factory=dict)
    """Servers that were started for this sitting."""

    async def closing_facts(self) -> dict[str, Mapping[str, Any]]:
        """What backends say at the end about what happened; those that say nothing are left out."""
        said = await asyncio.gather(*(_closing_facts(provider) for provider in self.providers.values()))
        return {name: facts for name, facts in zip(self.providers, said, strict=True) if facts}


def key_names(suite: Suite) -> tuple[str, ...]:
    """The environment variables that hold the suite's keys."""
    named = (getattr(config, "api_key_env", None) for config in suite.providers.values())
    return tuple(dict.fromkeys(name for name in named if name))


@asynccontextmanager
async def opened(suite: Suite, names: Sequence[str], around: Surroundings) -> AsyncIterator[Opened]:
    """Opens the providers `names`, and whom their chains ask; closes them all when the block ends.

    Raises:
        InputError: one that is not optional cannot be started as configured.
    """
    context = ProviderContext(
        perf_counter, asyncio.sleep, around.environment, suite.path.parent, around.switchboard.ask
    )
    site = Opened()
    async with AsyncExitStack() as servers:  # they end after the providers that speak to them
        try:
            for name in suite.with_steps(names):
                config = suite.config(name)
                try:
                    await _open(name, config, replace(context), site, servers, around)
                except (ProviderUnavailable, MissingExtra) as unavailable:
                    if not config.optional:
                        raise InputError(f"providers.{name}: {unavailable}") from None
                    await _leave_out(name, str(unavailable), site)
            await _ask_for_health(suite, site)
            for name in list(site.providers):  # a chain without one of its steps would be another chain
                gone = next((step for step in steps_of(suite.config(name)) if step in site.skipped), None)
                if gone is not None:
                    await _leave_out(name, f"its step {gone} is left out: {site.skipped[gone]}", site)
            yield site
        finally:
            await _close(site.providers.values())


async def _open(
    name: str,
    config: ProviderConfig,
    context: ProviderContext,
    site: Opened,
    servers: AsyncExitStack,
    around: Surroundings,
) -> None:
    require_extra(config.kind)
    provider = load_kind(config.kind)(config, context)
    site.providers[name] = provider  # before startup: what it opened half is closed too
    await provider.startup()
    if isinstance(config, ServerConfig) and config.launch is not None:
        for other, server in site.launched.items():
            if origin(server.base_url) == origin(config.base_url):
                raise ProviderUnavailable(
                    f"launch: {other} has started a server at {origin(config.base_url)} already; leave launch: out "
                    "here to share it, or give another port in both base_url and the command"
                )
        where = LaunchSite(
            base_url=config.base_url,
            base_dir=context.base_dir,
            environment=around.environment,
            log_path=around.logs / f"{name}.log" if around.logs else None,
            scrub=scrubber(around.keys, around.environment),  # it inherits every key, and may print it
            note=around.note,
        )
        site.launched[name] = await servers.enter_async_context(launch(name, config.launch, where, provider.health))
    if around.warm_up:
        await provider.warm_up()


async def _ask_for_health(suite: Suite, site: Opened) -> None:
    answers = await asyncio.gather(*(_health(provider) for provider in site.providers.values()))
    for name, answer in zip(list(site.providers), answers, strict=True):
        if not answer.ok and suite.config(name).optional:
            await _leave_out(name, answer.detail, site)
            continue
        facts = dict(answer.facts)
        if name in site.launched:
            facts["load_seconds"] = round(site.launched[name].load_seconds, 2)
        site.health[name] = replace(answer, facts=facts)


async def _leave_out(name: str, why: str, site: Opened) -> None:
    site.skipped[name] = why
    provider = site.providers.pop(name, None)
    site.health.pop(name, None)
    if provider is not None:
        await _shut_down(provider)


async def _close(providers: Iterable[Provider]) -> None:
    closing = asyncio.gather(*map(_shut_down, providers))
    while not closing.done():
        # The second Ctrl-C must not leave sockets and child processes open; the first still counts.
        with suppress(asyncio.CancelledError):
            await asyncio.shield(closing)


async def _shut_down(provider: Provider) -> None:
    try:
        await asyncio.wait_for(provider.shutdown(), SHUTDOWN_TIMEOUT)
    except Exception as failed:  # the others are still to be closed
        print(f"shutdown of {provider.config.kind} failed: {failed!r}", file=sys.stderr)


async def _health(provider: Provider) -> Health:
    try:
        return await asyncio.wait_for(provider.health(), HEALTH_TIMEOUT)
    except TimeoutError:
        return Health(ok=False, detail=f"did not say how it is within {HEALTH_TIMEOUT:g} s")
    except Exception as failed:  # a check that fails says that it is not well
        return Health(ok=False, detail=f"health check failed: {failed!r}")


async def _closing_facts(provider: Provider) -> Mapping[str, Any]:
    try:
        return await asyncio.wait_for(provider.closing_facts(), HEALTH_TIMEOUT)
    except Exception as failed:  # the run is done; what is not known of it at the end must not undo it
        print(f"closing facts of {provider.config.kind} cannot be had: {failed!r}", file=sys.stderr)
        return {}
