"""`shortlist export RUN`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from shortlist.pipeline import Workspace

TRAINING = ("product", "openai", "mlx")
TABLES = ("csv", "parquet")
OWN_FILES = frozenset(
    (
        *("manifest.json", "records.jsonl", "scores.jsonl", "comparison.json", "verdict.json", "summary.json"),
        *("report.html", "summary.md", "junit.xml"),
    )
)
"""Of a run folder (DESIGN §5): what was paid for is not overwritten by a table of it."""


@click.command("export")
@click.argument("run")
@click.option(
    "--to",
    "form",
    type=click.Choice([*TRAINING, *TABLES]),
    required=True,
    help="product, openai, mlx: training data. csv, parquet: the scores, one row a case and metric.",
)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="File to write; for mlx a folder.")
@click.option("--provider", help="Whose generations or scores; needed for training data where a run has several.")
@click.option(
    "--grounded",
    type=click.FloatRange(0, 1),
    default=1.0,
    show_default=True,
    help="Training data: least share of supported claims.",
)
def command(run: str, form: str, out: Path, provider: str | None, grounded: float) -> None:
    """Write RUN's generations as training data, or its scores as a table.

    Training data comes from pairs of the split `train` alone, and only from generations that are valid and grounded.
    What was left out is counted on stderr. RUN is an id, a folder, or `latest`.
    """
    from shortlist.errors import InputError, nearest
    from shortlist.pipeline import open_workspace

    space = open_workspace(run)
    selected = space.manifest.selected
    if provider is not None and provider not in selected:
        raise InputError(
            f"no provider of the run is called {provider!r}; it has {', '.join(selected)}{nearest(provider, selected)}"
        )
    if out.parent != Path() and not out.parent.is_dir():
        raise InputError(f"--out {out}: there is no folder {out.parent}")
    if out.name in OWN_FILES and out.resolve().parent == space.folder.path.resolve():
        raise InputError(f"--out {out}: is a file of the run itself; name another")
    try:
        if form in TRAINING:
            _training(space, form, out, provider, grounded)
        else:
            _table(space, form, out, provider)
    except OSError as refused:
        raise InputError(f"--out {out}: cannot be written: {refused.strerror}") from refused


def _training(space: Workspace, form: str, out: Path, provider: str | None, grounded: float) -> None:
    from shortlist import export
    from shortlist.errors import InputError
    from shortlist.scoring import read_scores

    selected = space.manifest.selected
    if provider is None:
        if len(selected) > 1:
            raise InputError(f"whose generations? The run has {', '.join(selected)}: --provider NAME")
        provider = selected[0]
    records = [record for record in space.records if record.case.provider == provider]
    pairs = {pair.id: pair for pair in space.suite.pairs}
    chosen = export.select(space.suite.task, records, read_scores(space.folder.scores), pairs, grounded)
    for reason, count in sorted(chosen.left_out.items(), key=lambda item: -item[1]):
        click.echo(f"left out {count}: {reason}", err=True)
    if not chosen.examples:
        raise InputError(
            f"none of the {len(records)} generations of {provider} may be trained on; a run for training has "
            "'split: train' in its suite, and 'schema' and 'grounding' among its metrics"
        )
    if form == "mlx":
        train, valid = export.write_mlx(out, chosen.examples)
        click.echo(f"{out}: {train} examples to train on, {valid} to validate")
        return
    (export.write_product if form == "product" else export.write_chat)(out, chosen.examples)
    click.echo(f"{out}: {len(chosen.examples)} examples")


def _table(space: Workspace, form: str, out: Path, provider: str | None) -> None:
    from shortlist import export
    from shortlist.export.tables import rows
    from shortlist.scoring import read_scores

    scores = [one for one in read_scores(space.folder.scores) if provider in (None, one.case.provider)]
    table = rows(space.manifest.run_id, scores, {pair.id: pair for pair in space.suite.pairs})
    written = (export.write_csv if form == "csv" else export.write_parquet)(out, table)
    click.echo(f"{out}: {written} rows, one a case and metric")
