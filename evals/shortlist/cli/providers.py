"""`shortlist providers`."""

from __future__ import annotations

import os
import sys

import click

from shortlist.cli.exits import INCOMPLETE


@click.command("providers")
@click.argument("suite", required=False)
@click.option("--check", is_flag=True, help="Start SUITE's providers and ask each for its health; generates nothing.")
def command(suite: str | None, check: bool) -> None:
    """List the provider kinds with what each can honour, or with --check ask SUITE's backends, judges among them."""
    if check:
        if suite is None:
            raise click.UsageError("--check needs a suite: shortlist providers SUITE --check")
        _check(suite)
    elif suite is not None:
        raise click.UsageError(f"to ask the backends of a suite: shortlist providers {suite} --check")
    else:
        _list()


def _list() -> None:
    from shortlist_providers import ProviderError, kinds, load_kind, require_extra

    for kind, target in kinds().items():
        try:
            provider = load_kind(kind)
            require_extra(kind)
        except ProviderError as unusable:
            click.echo(f"{kind:18} not usable: {unusable}")
            continue
        flags = provider.capabilities
        honours = [
            name for name in ("structured_output", "streaming", "seeds", "logprobs", "batch") if getattr(flags, name)
        ]
        click.echo(f"{kind:18} {', '.join(honours) or '-'}  ({target})")


def _check(suite_ref: str) -> None:
    from shortlist.pipeline.judging import health_of_judges
    from shortlist.run.sitting import check_health
    from shortlist.suite.load import load_suite

    suite = load_suite(suite_ref, os.environ)
    answers = check_health(suite, os.environ)
    answers |= {f"judge {name}": health for name, health in health_of_judges(suite, os.environ).items()}
    for name, health in answers.items():
        click.echo(f"{name}: {'ok' if health.ok else 'NOT READY'} - {health.detail}")
    if not all(health.ok for health in answers.values()):
        sys.exit(INCOMPLETE)
