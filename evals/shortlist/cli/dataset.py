"""`shortlist dataset check | stats | redact | generate`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shortlist.pipeline.dataset_check import DatasetCheck
    from shortlist_datasets.duplicates import Cluster, Duplicate
    from shortlist_datasets.stats import Spread, Stats

_NOT_CLEAN = 1
_UNREADABLE = 2
_MOST_LISTED = 40

_FORMAT = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", help="What stdout gets."
)


@click.group("dataset")
def command() -> None:
    """Check, count, redact and make sets of pairs.

    DATA is a bundled name (resume_jd@1), a JSONL file, or a folder with one JSON file per pair.
    """


@command.command("check")
@click.argument("data")
@click.option("--train", multiple=True, metavar="FILE", help="Fine-tuning data: file, folder or glob; may be repeated.")
@_FORMAT
def check(data: str, train: tuple[str, ...], form: str) -> None:
    """Look for faulty pairs, repeated texts, untrue gold, and pairs of DATA in training data.

    Training data may be the product's JSONL, OpenAI's or MLX's, or pairs; DATA's own split `train` counts too.

    \b
    Exit codes: 0 clean; 1 contaminated, or a pair stands twice in one split (near copies included);
    2 a pair or a training line cannot be read. Gold and shared single texts are warnings.

    \b
    JSON: schema_version, dataset, path, status (clean, duplicates, contaminated, unreadable), pairs, held_out,
      faults [{path, line, message}],
      duplicates [{pairs, splits, score, exact, meant}]; meant: other splits, or a planted instruction,
      resume_clusters, job_clusters [{pairs, exact, score}],
      gold [{pair, path, why}],
      training {files, lines, threshold},
      contamination [{pair, side, score, exact, part, file, line, id, words}];
        side: resume, job_description, both, resume_sentences.
    """  # noqa: D301 - \b is click's own mark, before lines that it must not wrap
    from shortlist.cli.output import print_json, without_controls
    from shortlist.pipeline.dataset_check import check_dataset

    result = check_dataset(data, Path(), train)
    if form == "json":
        print_json(result.to_json())
    else:
        for line in _check_lines(result):
            click.echo(without_controls(line))
    sys.exit({"clean": 0, "unreadable": _UNREADABLE}.get(result.status, _NOT_CLEAN))


def _check_lines(result: DatasetCheck) -> Iterator[str]:
    yield from _listed("faulty:", [str(fault) for fault in result.faults])
    yield from _listed("contaminated:", list(_contamination_lines(result)))
    for title, chosen in (("twice in the set:", result.duplicates), ("variants of one pair (meant):", _meant(result))):
        yield from _listed(
            title, [f"{one.pairs[0]} and {one.pairs[1]}, {_alike(one.exact, one.score)}" for one in chosen]
        )
    yield from _listed("warning - pairs that share a résumé:", [_cluster(one) for one in result.repeats.resumes])
    yield from _listed("warning - pairs that share a job description:", [_cluster(one) for one in result.repeats.jobs])
    yield from _listed("warning - gold:", [f"{one.pair}: {one.path}: {one.why}" for one in result.gold])
    looked = f"{result.lines} training lines" if result.files or result.lines else "no training data (--train FILE)"
    yield (
        f"{result.name}: {result.status} - {result.pairs} pairs, {len(result.faults)} faulty, "
        f"{len(result.duplicates)} twice, {len({one.pair for one, _ in result.contamination})} contaminated by "
        f"{looked}, {len(result.gold)} warnings on gold"
    )


def _contamination_lines(result: DatasetCheck) -> Iterator[str]:
    from shortlist.pipeline.contamination import described

    for one, words in sorted(result.contamination, key=lambda item: (item[0].pair, -item[0].score)):
        yield f'{described(one)}: "{words}"'


def _meant(result: DatasetCheck) -> list[Duplicate]:
    return [one for one in result.repeats.pairs if one.meant]


def _cluster(cluster: Cluster) -> str:
    return f"{', '.join(cluster.pairs)}: {_alike(cluster.exact, cluster.score)}"


def _alike(exact: bool, score: float) -> str:
    return "word for word" if exact else f"{score:.0%} alike"


def _listed(title: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield title
        yield from (f"  {line}" for line in lines[:_MOST_LISTED])
        if len(lines) > _MOST_LISTED:
            yield f"  and {len(lines) - _MOST_LISTED} more (--format json has them all)"


@command.command("stats")
@click.argument("data")
@_FORMAT
def stats(data: str, form: str) -> None:
    """Count DATA's pairs by split, domain, language and tag, its words, its gold, and what is in it twice."""
    from dataclasses import asdict

    from shortlist.cli.output import print_json, without_controls
    from shortlist.errors import InputError
    from shortlist_datasets import DatasetError, load_dataset
    from shortlist_datasets.stats import stats as count

    try:
        dataset = load_dataset(data, Path())
    except DatasetError as error:
        raise InputError(str(error)) from None
    counted = count(dataset.pairs)
    if form == "json":
        named = {"schema_version": 1, "dataset": dataset.name, "content_hash": dataset.content_hash}
        print_json(named | asdict(counted))
        return
    for line in _stats_lines(dataset.name, counted):
        click.echo(without_controls(line))


def _stats_lines(name: str, counted: Stats) -> Iterator[str]:
    yield f"{name}: {counted.pairs} pairs, {counted.injections} with a planted instruction"
    yield f"words of a résumé:          {_spread(counted.resume_words)}"
    yield f"words of a job description: {_spread(counted.job_description_words)}"
    for title, counts in (
        ("splits", counted.splits),
        ("domains", counted.domains),
        ("languages (by tag)", counted.languages),
        ("gold, pairs by task", counted.gold),
        ("tags", counted.tags),
    ):
        yield f"{title}: {', '.join(f'{key} {count}' for key, count in counts.items()) or 'none'}"
    yield f"gold has {counted.roles} roles with {counted.bullets} bullets, and {counted.inferred} inferred facts"
    found = counted.repeats
    yield (
        f"twice: {len(found.pairs)} pairs; {len(found.resumes)} clusters share a résumé, {len(found.jobs)} a job "
        "description (shortlist dataset check names them)"
    )


def _spread(words: Spread) -> str:
    return f"{words.least} at least, median {words.median}, 90% up to {words.p90}, {words.most} at most"


@command.command("redact")
@click.argument("data")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="JSONL file to write.")
def redact(data: str, out: Path) -> None:
    """Write DATA with names, e-mail, phones, addresses, profile links, birth dates and ID numbers replaced.

    Placeholders are [NAME], [EMAIL], [PHONE], [ADDRESS], [URL], [BIRTH DATE] and [ID]. What a résumé's head names is
    replaced wherever it stands, in its job description and gold too. Look the file over before you pass it on: names
    of other people (referees, managers) stay.
    """
    from shortlist.errors import InputError
    from shortlist_datasets import DatasetError, load_dataset
    from shortlist_datasets.redact import redact_pair, write_pairs

    try:
        dataset = load_dataset(data, Path())
    except DatasetError as error:
        raise InputError(str(error)) from None
    if out.exists() and out.samefile(dataset.path):
        raise InputError(f"--out {out}: is DATA itself, and what is redacted cannot be brought back; name another file")
    done = [redact_pair(pair) for pair in dataset.pairs]
    try:
        write_pairs(out, [pair for pair, _ in done])
    except OSError as refused:
        raise InputError(f"--out {out}: cannot be written: {refused.strerror}") from refused
    unnamed = [pair.id for pair, _ in done if pair.resume_text.strip() and "[NAME]" not in pair.resume_text]
    if unnamed:
        shown = ", ".join(unnamed[:8]) + (" …" if len(unnamed) > 8 else "")
        click.echo(f"no name found in {len(unnamed)} résumés, look at them: {shown}", err=True)
    totals: dict[str, int] = {}
    for _, counts in done:
        for kind, count in counts.items():
            totals[kind] = totals.get(kind, 0) + count
    said = ", ".join(f"{count} [{kind}]" for kind, count in sorted(totals.items())) or "nothing"
    click.echo(f"{out}: {len(done)} pairs; replaced {said}")


@command.command("generate")
@click.option("--pairs", type=click.IntRange(1, 1_000_000), required=True, help="How many.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Another seed, other pairs.")
@click.option("--split", default="train", show_default=True, help="The split that they are marked with.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="JSONL file to write; never overwritten.")
def generate(pairs: int, seed: int, split: str, out: Path) -> None:
    """Write made-up pairs with gold that is true by construction.

    For tests of scale, trying out and training. They are put together from tables, so a model that does well on them
    has shown nothing about real documents: judge it by a held-out set.
    """
    from shortlist.errors import InputError
    from shortlist_datasets.generator import generate_pairs
    from shortlist_datasets.pair_file import pair_json

    if not split.strip():
        raise InputError("--split is empty; name one, e.g. train")
    try:
        with out.open("x", encoding="utf-8", newline="\n") as file:
            file.writelines(f"{pair_json(pair)}\n" for pair in generate_pairs(pairs, seed, split))
    except FileExistsError:
        raise InputError(f"--out {out}: is there already, and is never overwritten; name another file") from None
    except OSError as refused:
        raise InputError(f"--out {out}: cannot be written: {refused.strerror}") from refused
    click.echo(f"{out}: {pairs} pairs of split {split}, seed {seed}")
