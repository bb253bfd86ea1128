"""`shortlist validate SUITE`."""

from __future__ import annotations

import os

import click


@click.command("validate")
@click.argument("suite")
def command(suite: str) -> None:
    """Check SUITE and everything it names: task, schema, prompt, pairs, providers, gate. Sends nothing."""
    from shortlist.suite.load import load_suite

    loaded = load_suite(suite, os.environ)
    click.echo(
        f"{suite}: valid - {len(loaded.pairs)} pairs of {loaded.dataset.name}, task {loaded.task.ref}, "
        f"providers {', '.join(loaded.providers)}, "
        f"{len(loaded.gate.rules) if loaded.gate else 'no'} gate rules"
    )
