"""Exit codes (DESIGN §6). Only the command line knows them."""

from __future__ import annotations

from shortlist.errors import IncompleteRun, InputError, Interrupted
from shortlist.results import Summary, VerdictWord

DONE = 0
REJECTED = 1
BAD_INPUT = 2
UNDECIDED = 3
INCOMPLETE = 4
INTERRUPTED = 130

_BY_VERDICT = {VerdictWord.PROMOTE: DONE, VerdictWord.REJECT: REJECTED, VerdictWord.INCONCLUSIVE: UNDECIDED}


def exit_code_of(error: Exception) -> int | None:
    """The code that an expected error leads to; None for a defect of ours, which should show its traceback."""
    if isinstance(error, InputError):
        return BAD_INPUT
    if isinstance(error, IncompleteRun):
        return INCOMPLETE
    if isinstance(error, Interrupted):
        return INTERRUPTED
    return None


def exit_code_for(summary: Summary) -> int:
    """The code that a finished run leads to."""
    if not summary.complete:
        return INCOMPLETE
    return DONE if summary.verdict is None else _BY_VERDICT[summary.verdict]
