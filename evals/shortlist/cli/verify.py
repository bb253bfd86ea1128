"""`shortlist verify RECORD`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from shortlist.cli.exits import DONE

if TYPE_CHECKING:
    from shortlist.promotion.verification import Verification

_NOT_GOOD = 1


@click.command("verify")
@click.argument("record", type=click.Path(path_type=Path))
@click.option(
    "--trust",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Public keys whose signature counts (default: your own); may be said several times.",
)
@click.option("--run", metavar="RUN", help="The run (default: where it lay when it was promoted).")
@click.option("--rescore", is_flag=True, help="Judge the run from its records, not from its scores.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="What stdout gets.")
def command(record: Path, trust: tuple[Path, ...], run: str | None, rescore: bool, form: str) -> None:
    """Check a promotion RECORD: its name, its signature, whose it is, the run's files, and the verdict.

    --trust FILE holds Ed25519 public keys: lines as in authorized_keys, or one key in PEM. Without it only the key
    that `shortlist promote` made for you is trusted. A promotion that was forced verifies, and says so.

    \b
    Exit codes: 0 good; 1 not good, some check fails; 2 there is no such file, run or key.

    \b
    JSON: schema_version, record, ok, checks [{name, status (ok, fails, left out), why}], and what the record says:
      run_id, suite, verdict, forced {reason, against} or null, who, when, key.
    """  # noqa: D301 - \b is click's own mark, before lines that it must not wrap
    from shortlist.cli.output import print_json
    from shortlist.cli.promote import own_folder, said
    from shortlist.promotion.keys import own_public_key, read_public_keys
    from shortlist.promotion.verification import verify_record

    trusted = [key for file in trust for key in read_public_keys(file)] if trust else own_public_key(own_folder())
    found = verify_record(record, trusted, run, rescore=rescore)
    if form == "json":
        checks = [{"name": one.name, "status": one.status, "why": one.why} for one in found.checks]
        claims = {} if found.promotion is None else said(found.promotion)
        print_json({"schema_version": 1, "record": str(record), "ok": found.ok, "checks": checks, **claims})
    else:
        print_checks(found)
    sys.exit(DONE if found.ok else _NOT_GOOD)


def print_checks(found: Verification, *, err: bool = False) -> None:
    """One line a check, then what the record says."""
    from shortlist.cli.promote import forced_lines, one_line

    for check in found.checks:
        click.echo(f"{check.status.upper():<9} {check.name}: {one_line(check.why)}", err=err)
    promotion = found.promotion
    if promotion is not None:
        verdict = promotion.verdict or "no verdict"
        click.echo(
            one_line(
                f"{'says' if found.ok else 'claims'}: {verdict} for run {promotion.run.run_id} of suite "
                f"{promotion.run.suite}, by {promotion.who}, {promotion.when}"
            ),
            err=err,
        )
        for line in forced_lines(promotion):
            click.echo(line, err=err)
    click.echo(f"{found.path}: {'good' if found.ok else 'NOT good'}", err=err)
