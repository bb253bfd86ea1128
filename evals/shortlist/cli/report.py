"""`shortlist report RUN`."""

from __future__ import annotations

import click


@click.command("report")
@click.argument("run")
@click.option("--redact", is_flag=True, help="Without names, e-mail, telephones, addresses and the like.")
def command(run: str, redact: bool) -> None:
    """Render RUN's report.html, summary.md and junit.xml again from its files.

    With --redact they hold placeholders such as [NAME] for the personal data of the run's résumés. The JSON files of
    the run stay as they are.
    """
    from shortlist.pipeline import open_workspace, report_stage
    from shortlist.scoring import read_scores

    space = open_workspace(run)
    report_stage(
        space,
        read_scores(space.folder.scores),
        space.folder.read_comparison(),
        space.folder.read_verdict(),
        redact=redact,
    )
    click.echo(space.folder.report)
