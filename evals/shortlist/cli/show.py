"""`shortlist show RUN CASE`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shortlist.cases import Attempt, Record
    from shortlist.scores import CaseScores, Score


@click.command("show")
@click.argument("run")
@click.argument("case")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="What stdout gets.")
def command(run: str, case: str, form: str) -> None:
    """Show one CASE of RUN: how it ended, every score and loss, every attempt, and the output itself.

    CASE is a case key (task/pair/provider/repeat), or provider/pair, or just a pair to see every provider's.
    """
    import orjson

    from shortlist.run.store import read_records
    from shortlist.runfolder import find_run
    from shortlist.scoring import read_scores

    folder = find_run(run)
    records = _matching(read_records(folder.records), case)
    scores = {score.case: score for score in read_scores(folder.scores)} if folder.scores.exists() else {}
    for record in records:
        judged = scores.get(record.case)
        if form == "json":
            line = orjson.dumps({"record": record, "scores": judged}, default=str, option=orjson.OPT_INDENT_2)
            click.echo(line.decode())
        else:
            _print(record, judged)


def _matching(records: Sequence[Record], wanted: str) -> list[Record]:
    from shortlist.errors import InputError, nearest

    found = [
        record
        for record in records
        if wanted in (str(record.case), f"{record.case.provider}/{record.case.pair}", record.case.pair)
    ]
    if not found:
        names = [f"{record.case.provider}/{record.case.pair}" for record in records]
        known = ", ".join(names[:6]) + (" …" if len(names) > 6 else "")
        raise InputError(f"no case {wanted!r} in this run; cases: {known}{nearest(wanted, names)}")
    return found


def _print(record: Record, judged: CaseScores | None) -> None:
    from shortlist.cli.output import without_controls

    click.secho(without_controls(str(record.case)), bold=True)
    for line in _lines(record, judged):
        click.echo(without_controls(line))


def _lines(record: Record, judged: CaseScores | None) -> Iterator[str]:
    generation = record.generation
    yield f"outcome: {record.outcome}" + (f" - {generation.failure.message}" if generation.failure else "")
    if generation.failure and generation.failure.received:
        yield f"received: {generation.failure.received}"
    for number, attempt in enumerate(record.attempts, start=1):
        yield f"attempt {number}: {_attempt(attempt)}"
    if generation.unhonoured:
        yield f"not honoured: {', '.join(generation.unhonoured)}"
    if judged is None:
        yield "not scored yet: shortlist score RUN"
    else:
        if judged.schema_failure is not None:
            missed = judged.schema_failure
            yield f"schema: {missed.category} at {missed.path}: {missed.message}"
        for name, score in judged.scores.items():
            yield f"  {name:36} {_score(score)}"
        for loss in judged.losses:
            yield f"  loss {loss.metric}: {loss.path}: {loss.why}"
    yield "output:"
    yield _readable(generation.text)


def _attempt(attempt: Attempt) -> str:
    took = attempt.timings.last_token - attempt.timings.sent
    text = f"{took:.3f} s"
    if attempt.timings.first_token is not None:
        text += f", first token after {attempt.timings.first_token - attempt.timings.sent:.3f} s"
    if attempt.waited:
        text += f", after waiting {attempt.waited:.2f} s"
    return text + (f", {attempt.failure.kind}: {attempt.failure.message}" if attempt.failure else "")


def _score(score: Score) -> str:
    value = "-" if score.value is None else f"{score.value:.6g}"
    return value if score.status == "ok" else f"{value}  ({score.status}: {score.reason})"


def _readable(text: str | None) -> str:
    import orjson

    if text is None:
        return "(none)"
    try:
        return orjson.dumps(orjson.loads(text), option=orjson.OPT_INDENT_2).decode()
    except orjson.JSONDecodeError:
        return text
