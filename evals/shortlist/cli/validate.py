"""`shortlist validate SUITE`."""

from __future__ import annotations

import os

import click


@click.command("validate")
@click.argument("suite")
def command(suite: str) -> None:
    """Check SUITE and everything it names: task, schema, prompt, pairs, providers, recorded runs, gate, training data.

    Sends nothing.
    """
    from shortlist.pipeline import refuse_contaminated, refuse_unscorable
    from shortlist.pipeline.recordings import refuse_faulty_recordings
    from shortlist.suite.load import load_suite

    loaded = load_suite(suite, os.environ)
    refuse_unscorable(loaded)
    refuse_faulty_recordings(loaded)
    searched = refuse_contaminated(loaded)
    click.echo(
        f"{suite}: valid - {len(loaded.pairs)} pairs of {loaded.dataset.name}, task {loaded.task.ref}, "
        f"providers {', '.join(loaded.providers)}, "
        f"{len(loaded.gate.rules) if loaded.gate else 'no'} gate rules"
        + (f", no pair in {searched.lines} training lines" if searched else "")
    )
