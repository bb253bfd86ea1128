"""`shortlist promote RUN`."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

import click

from shortlist.cli.exits import BAD_INPUT, INCOMPLETE, REJECTED, UNDECIDED

if TYPE_CHECKING:
    from shortlist.promotion.evidence import Objection
    from shortlist.promotion.keys import SigningKey
    from shortlist.promotion.registry import ModelVersion
    from shortlist.promotion.statement import Promotion

_DEFAULT_FOLDER = Path("reports") / "promotions"
_MOST_REASON = 2000


class _Options(TypedDict):
    out: Path
    key: Path | None
    who: str | None
    force: bool
    reason: str | None
    mlflow_model: str | None
    mlflow_version: str | None
    alias: str
    tracking_uri: str | None
    format: str


@click.command("promote")
@click.argument("run")
@click.option(
    "--out", type=click.Path(path_type=Path), default=_DEFAULT_FOLDER, show_default=True, help="Folder of the records."
)
@click.option("--key", type=click.Path(path_type=Path), metavar="FILE", help="Private Ed25519 key (default: your own).")
@click.option("--who", help="Who promotes (default: git's user.name and user.email, else the login).")
@click.option("--force", is_flag=True, help="Promote against the evidence; needs --reason.")
@click.option("--reason", help="Why, with --force; kept in the record.")
@click.option("--mlflow-model", metavar="NAME", help="Registered model whose version gets the alias.")
@click.option("--mlflow-version", metavar="N", help="That version.")
@click.option("--alias", default="champion", show_default=True, help="The alias.")
@click.option("--tracking-uri", metavar="URI", help="MLflow's server or store (default: MLFLOW_TRACKING_URI).")
@click.option("--format", type=click.Choice(["text", "json"]), default="text", help="What stdout gets.")
def command(run: str, **options: Unpack[_Options]) -> None:
    """Promote RUN's candidate: judge the run again from its files, and write a signed record of it.

    RUN is an id, a folder, or `latest`. Anything but PROMOTE is refused; so are incomplete and contaminated runs.
    With --mlflow-model the version of the model in the registry gets the alias, after the record is written; where
    that fails, RUN may be the record's file, and then only the alias is set.

    The first time, a signing key of your own is made; give its public half to whoever verifies.

    \b
    Exit codes: 0 promoted; 1 refused, the gate says REJECT; 2 bad input, also files that do not follow from the
    run's records and a contaminated run; 3 refused, INCONCLUSIVE; 4 refused, the run is incomplete, or the record
    was written and the registry failed.
    """  # noqa: D301 - \b is click's own mark, before lines that it must not wrap
    from shortlist.errors import InputError

    target = _target(options)
    reason = _reason(options)
    if Path(run).is_file():
        if target is None:
            raise InputError(f"{run} is a file: a record can be given an alias (--mlflow-model), and a run promoted")
        path, promotion = _verified(Path(run), _key(options["key"]))
    else:
        written = _promote(run, options, reason)
        if written is None:
            return
        path, promotion = written
    alias = None if target is None else _alias(target, path, promotion, options)
    _print(path, promotion, alias, as_json=options["format"] == "json")


def _target(options: _Options) -> ModelVersion | None:
    from shortlist.errors import InputError
    from shortlist.promotion.registry import ModelVersion, need_mlflow

    model, version = options["mlflow_model"], options["mlflow_version"]
    if model is None:
        if version is not None or options["tracking_uri"] is not None:
            raise InputError("--mlflow-version and --tracking-uri go with --mlflow-model NAME")
        return None
    if version is None:
        raise InputError(f"--mlflow-model {model}: which version was judged? --mlflow-version N")
    need_mlflow()
    return ModelVersion(model, version, options["alias"], options["tracking_uri"])


def _reason(options: _Options) -> str | None:
    from shortlist.errors import InputError

    reason = (options["reason"] or "").strip()
    if options["force"] and not reason:
        raise InputError("--force needs --reason TEXT, which the record keeps")
    if reason and not options["force"]:
        raise InputError("--reason goes with --force")
    if len(reason) > _MOST_REASON:
        raise InputError(f"--reason has {len(reason)} characters; {_MOST_REASON} are allowed")
    return reason or None


def _promote(run: str, options: _Options, reason: str | None) -> tuple[Path, Promotion] | None:
    """The record's file and what it says; exits where the promotion is refused."""
    from datetime import UTC, datetime

    from shortlist.promotion.evidence import evidence_of, objections_to
    from shortlist.promotion.records import Occasion, state, write_record
    from shortlist.runfolder import find_run

    given = None if options["key"] is None else _key(options["key"])  # a wrong one is found before the work
    evidence = evidence_of(find_run(run))
    objections = objections_to(evidence)
    if objections and reason is None:
        _refuse(objections)
    key = given or _key(None)
    occasion = Occasion(options["who"] or _who(), datetime.now(UTC), reason)
    statement = state(evidence, objections, occasion, key.public_line)
    return write_record(statement, key, options["out"]), statement.predicate


def _refuse(objections: tuple[Objection, ...]) -> None:
    from shortlist.cli.output import without_controls
    from shortlist.promotion.evidence import ObjectionKind

    codes = {
        ObjectionKind.REJECTED: REJECTED,
        ObjectionKind.UNDECIDED: UNDECIDED,
        ObjectionKind.INCOMPLETE: INCOMPLETE,
    }
    for one in objections:
        click.echo(f"refused: {without_controls(one.why)}", err=True)
    click.echo('nothing was written; to promote all the same: --force --reason "…", which the record keeps', err=True)
    sys.exit(codes.get(objections[0].kind, BAD_INPUT))


def _key(path: Path | None) -> SigningKey:
    from shortlist.promotion.keys import PRIVATE_NAME, make_key, read_private_key

    if path is not None:
        return read_private_key(path)
    folder = own_folder()
    made = make_key(folder)
    key = read_private_key(folder / PRIVATE_NAME)
    if made is not None:
        click.echo(
            f"made your signing key {made} ({key.fingerprint}); others trust it by {made.name}.pub beside it", err=True
        )
    return key


def own_folder() -> Path:
    """Where a user's own key lies: under XDG_CONFIG_HOME, or where the platform keeps settings."""
    return Path(click.get_app_dir("shortlist"))


def _who() -> str:
    """`Name <address>` as git knows it, else the login."""
    import getpass

    name, email = _git("user.name"), _git("user.email")
    if name:
        return f"{name} <{email}>" if email else name
    try:
        return email or getpass.getuser()
    except (OSError, KeyError):  # a container's user may have no name
        from shortlist.errors import InputError

        raise InputError("nobody knows who you are here; say so: --who NAME") from None


def _git(setting: str) -> str:
    try:
        done = subprocess.run(
            ["git", "config", "--get", setting], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def _verified(path: Path, key: SigningKey) -> tuple[Path, Promotion]:
    """A record of one's own that holds; exits where it does not."""
    from shortlist.cli.verify import print_checks
    from shortlist.promotion.keys import TrustedKey
    from shortlist.promotion.verification import verify_record

    found = verify_record(path, [TrustedKey(key.public_line, path)], rescore=False)
    if not found.ok or found.promotion is None:
        print_checks(found, err=True)
        sys.exit(REJECTED)
    return path, found.promotion


def _alias(target: ModelVersion, path: Path, promotion: Promotion, options: _Options) -> dict[str, Any]:
    """Sets the alias; where that fails, says that the record stands and how to go on, and exits."""
    from shortlist.cli.output import without_controls
    from shortlist.promotion.registry import RegistryFailed, set_alias

    tags = {
        "shortlist.record": path.stem,
        "shortlist.run_id": promotion.run.run_id,
        "shortlist.verdict": promotion.verdict or "none",
        "shortlist.forced": "no" if promotion.forced is None else promotion.forced.reason,
    }
    try:
        before = set_alias(target, tags)
    except RegistryFailed as failed:
        again = ["shortlist", "promote", str(path), "--mlflow-model", target.model, "--mlflow-version", target.version]
        again += ["--alias", target.alias]
        if options["key"] is not None:
            again += ["--key", str(options["key"])]
        same = " (with the same --tracking-uri)" if target.tracking_uri is not None else ""
        click.echo(f"the alias was not set: {without_controls(str(failed))}", err=True)
        click.echo(f"the record stands: {path}\nset the alias with: {shlex.join(again)}{same}", err=True)
        sys.exit(INCOMPLETE)
    return {"model": target.model, "alias": target.alias, "version": target.version, "before": before}


def _print(path: Path, promotion: Promotion, alias: dict[str, Any] | None, *, as_json: bool) -> None:
    from shortlist.cli.output import print_json
    from shortlist.promotion.keys import fingerprint

    if as_json:
        print_json({"schema_version": 1, "record": str(path), "sha256": path.stem, **said(promotion), "alias": alias})
        return
    click.echo(f"record:  {path}")
    click.echo(f"signed:  {one_line(promotion.who)}, {promotion.when}, {fingerprint(promotion.public_key)}")
    click.echo(f"verdict: {promotion.verdict or 'none'} - {one_line(promotion.why)}")
    for line in forced_lines(promotion):
        click.echo(line)
    if alias is not None:
        before = "new" if alias["before"] is None else f"was version {alias['before']}"
        click.echo(f"alias:   {alias['alias']} of {alias['model']} is version {alias['version']} ({before})")


def said(promotion: Promotion) -> dict[str, Any]:
    """What a promotion says, for `--format json`."""
    from shortlist.promotion.keys import fingerprint

    return {
        "run_id": promotion.run.run_id,
        "suite": promotion.run.suite,
        "verdict": promotion.verdict,
        "forced": None if promotion.forced is None else promotion.forced.model_dump(mode="json"),
        "who": promotion.who,
        "when": promotion.when,
        "key": fingerprint(promotion.public_key),
    }


def forced_lines(promotion: Promotion) -> list[str]:
    """What a person must not overlook: that it was forced, against what, and why."""
    if promotion.forced is None:
        return []
    lines = [f"FORCED:  {promotion.forced.reason}", *(f"against: {why}" for why in promotion.forced.against)]
    return [one_line(line) for line in lines]


def one_line(text: str) -> str:
    """A record's text without control characters or line ends: it cannot pass for what the command says itself."""
    from shortlist.cli.output import without_controls

    return without_controls(" ".join(text.splitlines()))
