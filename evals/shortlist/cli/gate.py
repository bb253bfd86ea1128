"""`shortlist gate RUN`."""

from __future__ import annotations

import sys

import click

from shortlist.cli.exits import exit_code_for


@click.command("gate")
@click.argument("run")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="What stdout gets.")
def command(run: str, form: str) -> None:
    """Judge RUN by the gate that was written down before it, from its comparison.json."""
    from shortlist.cli.output import print_summary
    from shortlist.pipeline import gate_stage, open_workspace, report_stage
    from shortlist.scoring import read_scores

    space = open_workspace(run)
    comparison = space.folder.read_comparison()
    verdict = gate_stage(space, comparison)
    summary = report_stage(space, read_scores(space.folder.scores), comparison, verdict).summary
    print_summary(summary, as_json=form == "json")
    sys.exit(exit_code_for(summary))
