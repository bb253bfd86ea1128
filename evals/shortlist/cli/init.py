"""`shortlist init [FOLDER]`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path), default=Path())
@click.option(
    "--schema",
    help="JSON Schema of your model's output: a file, or module:Model for a pydantic model. Without it, the bundled "
    "task pro_output is used.",
)
@click.option(
    "--name", default="my-eval", show_default=True, help="Name of the suite, and of the task around a schema."
)
@click.option("--task", help="Add a task of this name, with a suite TASK.yaml, to what is there; needs --schema.")
def command(folder: Path, schema: str | None, name: str, task: str | None) -> None:
    """Scaffold a suite that runs at once in FOLDER (default: here), to be pointed at your own model.

    The rules by which fields compare are inferred from the schema and written to task.yaml, to be weighed by you.
    """
    from shortlist.scaffold import add_task, init

    if task is None:
        written = init(folder, schema, name)
    elif schema is None:
        raise click.UsageError("--task needs --schema: the JSON Schema of the task's output, or module:Model")
    else:
        written = add_task(folder, schema, task)
    for path in written:
        click.echo(f"wrote {path}")
    suite = next(path for path in written if path.suffix == ".yaml")
    click.echo(f"next: shortlist run {suite}")
