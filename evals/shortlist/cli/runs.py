"""`shortlist runs`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("runs")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="What stdout gets.")
@click.option("--root", type=click.Path(path_type=Path), help="Folder of the runs (default: reports/runs).")
def command(form: str, root: Path | None) -> None:
    """List the runs, oldest first, with their verdicts."""
    from shortlist.cli.output import print_json
    from shortlist.errors import InputError
    from shortlist.runfolder import DEFAULT_ROOT, RunFolder, run_ids

    folder = root or DEFAULT_ROOT
    rows = []
    for run_id in run_ids(folder):
        run = RunFolder(folder / run_id)
        try:
            suite = run.read_manifest().suite
        except InputError:  # of another version, or broken: no reason to hide the others
            rows.append({"run_id": run_id, "suite": None, "verdict": None, "state": "its manifest cannot be read"})
            continue
        try:
            summary = run.read_summary()
        except InputError:
            rows.append({"run_id": run_id, "suite": suite, "verdict": None, "state": "not finished"})
        else:
            state = "complete" if summary.complete else "incomplete"
            rows.append({"run_id": run_id, "suite": suite, "verdict": summary.verdict, "state": state})
    if form == "json":
        print_json(rows)
        return
    if not rows:
        click.echo(f"no runs under {folder}")
    for row in rows:
        click.echo(f"{row['run_id']}  {row['suite'] or '-'}  {row['verdict'] or '-'}  {row['state']}")
