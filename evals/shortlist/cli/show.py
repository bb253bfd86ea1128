"""`shortlist show RUN CASE`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shortlist.cases import Attempt, Record
    from shortlist.scores import CaseScores, Score
    from shortlist_providers import Step


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
        yield f"attempt {number}: {_request(attempt, attempt.waited)}"
    for number, step in enumerate(generation.steps, start=1):
        rejected = f", not taken: {step.rejected}" if step.rejected else ""
        yield f"step {number}: {step.provider}: {_request(step)}{rejected}"
    if generation.answered_by:
        yield f"answered by: {generation.answered_by}"
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


def _request(request: Attempt | Step, waited: float = 0.0) -> str:
    timings = request.timings
    text = f"{timings.last_token - timings.sent:.3f} s"
    if timings.first_token is not None:
        text += f", first token after {timings.first_token - timings.sent:.3f} s"
    if waited:
        text += f", after waiting {waited:.2f} s"
    return text + (f", {request.failure.kind}: {request.failure.message}" if request.failure else "")


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
