"""The `shortlist` command. Each subcommand's module is imported only when it runs, so `--help` stays quick."""

from __future__ import annotations

import signal
import sys
from importlib import import_module

import click

from shortlist.cli.streams import harden

_COMMANDS: dict[str, str] = {
    "run": "Run a suite: generate, score, compare, gate, report.",
    "plan": "Show a suite's cases, money, time, and what its gate can decide, before a cent is spent.",
    "validate": "Check a suite and everything it names; send nothing.",
    "init": "Scaffold a suite, a task around your JSON Schema, and a pair file.",
    "score": "Score a run's records again, without any network.",
    "compare": "Compare the providers of one run, or of several alike.",
    "gate": "Judge a run by the gate that was written down before it.",
    "promote": "Promote a run's candidate: write a signed record, set an alias in MLflow.",
    "verify": "Check a promotion record: signature, files, verdict.",
    "report": "Render a run's HTML report again.",
    "show": "Show one case of a run: output, scores, losses.",
    "runs": "List the runs.",
    "providers": "List the provider kinds; with --check, ask a suite's backends.",
    "export": "Write a run's good generations as training data, or its scores as a table.",
    "dataset": "Check a set of pairs (also against training data), count, redact, or make one.",
    "serve-fake": "Serve made-up answers and scripted faults, for dry runs.",
}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command = import_module(f"shortlist.cli.{cmd_name.replace('-', '_')}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in _COMMANDS and not args[0].startswith("-"):
            from shortlist.errors import nearest

            ctx.fail(f"no command {args[0]!r}; commands: {', '.join(_COMMANDS)}{nearest(args[0], _COMMANDS)}")
        return super().resolve_command(ctx, args)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="shortlist", message="%(prog)s %(version)s")
def cli() -> None:
    """Decide whether a language model may be promoted.

    Exit codes: 0 done, the gate (if any) says PROMOTE; 1 REJECT; 2 bad input, nothing was sent; 3 INCONCLUSIVE;
    4 the run is incomplete; 130 interrupted.
    """


def main() -> None:
    """The entry point: runs the command and turns what went wrong into an exit code and one clear message."""
    try:
        _main()
    finally:
        # All is said and saved. A Ctrl-C while the interpreter ends would put a traceback in the exit code's place.
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _main() -> None:
    harden()
    try:
        cli.main(standalone_mode=False)
    except click.exceptions.Exit as ended:
        sys.exit(ended.exit_code)
    except click.ClickException as wrong:
        wrong.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except Exception as error:
        from shortlist.cli.exits import exit_code_of, is_expected
        from shortlist.cli.output import without_controls

        if is_expected(error):
            click.echo(click.style("error: ", fg="red", bold=True) + without_controls(str(error)), err=True)
        else:
            sys.excepthook(type(error), error, error.__traceback__)
            click.echo("this is a defect of Shortlist; no verdict was reached", err=True)
        sys.exit(exit_code_of(error))
