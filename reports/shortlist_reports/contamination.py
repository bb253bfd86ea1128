"""What the page says when pairs of the run stand in the data that its models were trained on."""

from __future__ import annotations

from shortlist.results import ContaminatedPair, RunResults
from shortlist_reports.figures import count
from shortlist_reports.text import one_line

MAX_ROWS = 50
MAX_LINE = 300


def warning(results: RunResults) -> str | None:
    """That the run was made on pairs which were trained on; None when none were found, or nobody looked."""
    found = results.manifest.contamination
    if found is None or not found.found:
        return None
    pairs = len({one.pair for one in found.found})
    return (
        f"This run was made although its training data holds {count(pairs, 'pair')} of it, whole or in part. Its "
        "figures do not show how the model does on texts that it has not seen."
    )


def rows(results: RunResults) -> tuple[list[tuple[str, str, str, str]], int]:
    """Pair, side, how much of it, and where, the worst first; and how many more there are."""
    found = results.manifest.contamination
    worst = sorted(found.found if found else (), key=lambda one: (not one.exact, -one.score, one.pair))
    return [_row(one) for one in worst[:MAX_ROWS]], max(len(worst) - MAX_ROWS, 0)


def _row(one: ContaminatedPair) -> tuple[str, str, str, str]:
    where = f"{one.file}:{one.line} ({one.part})" + (f", id {one.id}" if one.id is not None else "")
    return one.pair, one.what, one.how_much, one_line(where, MAX_LINE)


def searched(results: RunResults) -> str:
    """What was looked through, for the provenance."""
    found = results.manifest.contamination
    if found is None:
        return "not looked for: the suite names no training data"
    pairs = len({one.pair for one in found.found})
    said = "none of the pairs" if not pairs else count(pairs, "pair")
    return f"{said} found in {count(found.lines, 'training line')} of {count(len(found.files), 'file')}"
