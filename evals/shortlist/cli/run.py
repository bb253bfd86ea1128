"""`shortlist run SUITE`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TypedDict, Unpack

import click

from shortlist.cli.exits import exit_code_for


class _Options(TypedDict):
    out: Path | None
    resume: str | None
    limit: int | None
    provider: tuple[str, ...]
    repeats: int | None
    allow_contaminated: bool
    format: str
    quiet: bool


@click.command("run")
@click.argument("suite")
@click.option("--out", type=click.Path(path_type=Path), help="Folder of the run (default: reports/runs/<run-id>).")
@click.option("--resume", metavar="RUN", help="Go on with a run (an id, a folder, or `latest`).")
@click.option("--limit", type=click.IntRange(min=1), help="Only the first N pairs.")
@click.option("--provider", multiple=True, metavar="NAME", help="Only this provider; may be said several times.")
@click.option("--repeats", type=click.IntRange(1, 1000), help="Generations per pair and provider.")
@click.option(
    "--allow-contaminated", is_flag=True, help="Run though the training data holds pairs; the report says so."
)
@click.option("--format", type=click.Choice(["text", "json"]), default="text", help="What stdout gets.")
@click.option("--quiet", is_flag=True, help="No progress on stderr, notes only.")
def command(suite: str, **options: Unpack[_Options]) -> None:
    """Run SUITE: generate, score, compare, gate, report.

    SUITE is a file, or the name of a bundled suite such as `quickstart`.
    """
    from shortlist.cli.output import print_summary
    from shortlist.cli.progress import display
    from shortlist.pipeline import RunOptions, run_suite
    from shortlist.pipeline.contamination import sentence

    chosen = RunOptions(
        out=options["out"],
        resume=options["resume"],
        limit=options["limit"],
        providers=options["provider"] or None,
        repeats=options["repeats"],
        allow_contaminated=options["allow_contaminated"],
    )
    results = run_suite(
        suite,
        chosen,
        os.environ,
        lambda planned: display(planned, quiet=options["quiet"]),
        say=lambda text: None if options["quiet"] else click.echo(text, err=True),
    )
    print_summary(results.summary, as_json=options["format"] == "json")
    contamination = results.manifest.contamination
    if contamination is not None and contamination.found:  # on stderr, also when quiet: JSON keeps stdout to itself
        click.echo(f"warning - contaminated: {sentence(contamination)}; the report says which", err=True)
    sys.exit(exit_code_for(results.summary))
