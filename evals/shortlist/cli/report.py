"""`shortlist report RUN`."""

from __future__ import annotations

import click


@click.command("report")
@click.argument("run")
def command(run: str) -> None:
    """Render RUN's report.html, summary.md and junit.xml again from its files."""
    from shortlist.pipeline import open_workspace, report_stage
    from shortlist.scoring import read_scores

    space = open_workspace(run)
    report_stage(space, read_scores(space.folder.scores), space.folder.read_comparison(), space.folder.read_verdict())
    click.echo(space.folder.report)
