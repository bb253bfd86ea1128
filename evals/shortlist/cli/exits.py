"""Exit codes (DESIGN §6). Only the command line knows them."""

from __future__ import annotations

from shortlist.errors import InputError, Interrupted, ShortlistError
from shortlist.results import Summary, VerdictWord

DONE = 0
REJECTED = 1
BAD_INPUT = 2
UNDECIDED = 3
INCOMPLETE = 4
INTERRUPTED = 130

_BY_VERDICT = {VerdictWord.PROMOTE: DONE, VerdictWord.REJECT: REJECTED, VerdictWord.INCONCLUSIVE: UNDECIDED}


def is_expected(error: Exception) -> bool:
    """Whether a sentence says it all. Anything else is a defect of ours, which should show its traceback."""
    return isinstance(error, ShortlistError | OSError)


def exit_code_of(error: Exception) -> int:
    """The code that an error leads to.

    A full disk and a defect of ours are "incomplete": Python's own 1 would say that the gate rejects.
    """
    if isinstance(error, InputError):
        return BAD_INPUT
    return INTERRUPTED if isinstance(error, Interrupted) else INCOMPLETE


def exit_code_for(summary: Summary) -> int:
    """The code that a finished run leads to."""
    if not summary.complete:
        return INCOMPLETE
    return DONE if summary.verdict is None else _BY_VERDICT[summary.verdict]
