"""`shortlist score RUN`."""

from __future__ import annotations

import sys

import click

from shortlist.cli.exits import exit_code_for


@click.command("score")
@click.argument("run")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="What stdout gets.")
def command(run: str, form: str) -> None:
    """Score RUN's records again with today's metrics, then compare, judge and report. No network.

    RUN is an id, a folder, or `latest`.
    """
    from shortlist.cli.output import print_summary
    from shortlist.pipeline import open_workspace, rejudge

    summary = rejudge(open_workspace(run), say=lambda text: click.echo(text, err=True)).summary
    print_summary(summary, as_json=form == "json")
    sys.exit(exit_code_for(summary))
