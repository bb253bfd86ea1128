"""All stages, or all but the first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from shortlist.errors import Interrupted
from shortlist.pipeline.generate import ShowProgress, generate, how_to_go_on
from shortlist.pipeline.judge import compare_stage, gate_stage, score_stage, ungenerated
from shortlist.pipeline.judging import judge_stage, refuse_unfit_judges
from shortlist.pipeline.opening import RunOptions
from shortlist.pipeline.render import report_stage
from shortlist.pipeline.workspace import Workspace
from shortlist.results import RunResults
from shortlist.suite.load import load_suite

LONG = 500
"""Cases from which on scoring takes seconds, so that a person wants to be told of it."""

Say = Callable[[str], None]
"""Tells a person what takes its time."""


def _nothing(text: str) -> None:
    pass


def run_suite(
    reference: str | Path,
    options: RunOptions,
    environment: Mapping[str, str],
    show_progress: ShowProgress,
    say: Say = _nothing,
) -> RunResults:
    """From a suite file to a verdict, with every file of the run folder written.

    Raises:
        InputError: the suite or the options are wrong; nothing was sent.
        Interrupted: Ctrl-C; what was done is saved.
    """
    suite = load_suite(reference, environment, options.providers)
    if options.resume is None:  # what a resumed run still needs of judges, if anything, shows when their turn comes
        refuse_unfit_judges(suite, environment)
    space = generate(suite, options, environment, show_progress)
    try:
        if ungenerated(space) is None:  # a run that lacks generations may come to nothing: judges are not paid for it
            space = judge_stage(space, environment, show_progress)
        return rejudge(space, say)
    except KeyboardInterrupt:
        raise Interrupted(
            f"interrupted; all that was generated is saved in {space.folder.path}\n{how_to_go_on(suite, space.folder)}"
        ) from None


def rejudge(space: Workspace, say: Say = _nothing) -> RunResults:
    """Scores, compares, judges and renders a run's records again; sends nothing."""
    if len(space.records) >= LONG:
        say(f"scoring {len(space.records):,} cases")
    scores = score_stage(space)
    comparison = compare_stage(space, scores)
    verdict = gate_stage(space, comparison)
    return report_stage(space, scores, comparison, verdict)
