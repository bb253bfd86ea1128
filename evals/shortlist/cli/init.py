"""`shortlist init [FOLDER]`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path), default=Path())
@click.option(
    "--schema",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="JSON Schema of your model's output; without it, the bundled task pro_output is used.",
)
@click.option(
    "--name", default="my-eval", show_default=True, help="Name of the suite, and of the task around a schema."
)
def command(folder: Path, schema: Path | None, name: str) -> None:
    """Scaffold a suite that runs at once in FOLDER (default: here), to be pointed at your own model."""
    from shortlist.scaffold import init

    written = init(folder, schema, name)
    for path in written:
        click.echo(f"wrote {path}")
    suite = next(path for path in written if path.name == "suite.yaml")
    click.echo(f"next: shortlist run {suite}")
