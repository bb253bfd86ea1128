"""Whether the pairs of a suite stand in the data that its models were trained on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from shortlist.errors import InputError, Problem
from shortlist.results import ContaminatedPair, Contamination
from shortlist.suite.model import Suite
from shortlist_datasets import DatasetError
from shortlist_datasets.overlap import THRESHOLD, Contaminated, contamination
from shortlist_datasets.training import TrainingLine, read_training, training_files

_MOST_NAMED = 12


def look_for_contamination(suite: Suite) -> Contamination | None:
    """Looks for every pair of the suite in its `training_data`; None when it names none.

    Raises:
        InputError: some of the training data is missing, or of no known format.
    """
    if not suite.training_data:
        return None
    try:
        files = training_files(suite.training_data, suite.path.parent)
        lines = Counted(read_training(files))
        found = tuple(contaminated_pair(one) for one in contamination(suite.pairs, lines))
    except DatasetError as error:
        if error.line is None:
            raise InputError(Problem(str(error), suite.path, None, "training_data")) from None
        raise InputError(Problem(error.message, error.path, error.line)) from None
    refuse_nothing_read(lines.count)
    return Contamination(files=tuple(map(str, files)), lines=lines.count, threshold=THRESHOLD, found=found)


def refuse_contaminated(suite: Suite, *, allowed: bool = False) -> Contamination | None:
    """`look_for_contamination`, which must find nothing unless contamination is `allowed`.

    Raises:
        InputError: something was found, with where; or as `look_for_contamination`.
    """
    result = look_for_contamination(suite)
    if result is None or not result.found or allowed:
        return result
    raise InputError(
        Problem(
            f"{sentence(result)}\n{listed(result.found)}\n"
            "What a model was trained on says nothing of how it does on what it has not seen. Take these pairs out of "
            "the set, or these lines out of the training data and train again; or run with --allow-contaminated, and "
            "the report will say so.",
            suite.path,
            None,
            "training_data",
        )
    )


def sentence(result: Contamination) -> str:
    """How much was found, in words."""
    pairs = len({one.pair for one in result.found})
    lines = len({(one.file, one.line) for one in result.found})
    return (
        f"{pairs} {'pair stands' if pairs == 1 else 'pairs stand'}, whole or in part, in {lines} of {result.lines} "
        f"training {'line' if result.lines == 1 else 'lines'}"
    )


def listed(found: Iterable[ContaminatedPair]) -> str:
    """The worst, one a line, and how many more there are."""
    worst = sorted(found, key=lambda one: (not one.exact, -one.score))
    text = "\n".join(f"  {described(one)}" for one in worst[:_MOST_NAMED])
    more = len(worst) - _MOST_NAMED
    return text + (f"\n  and {more} more: shortlist dataset check DATA --train FILE names them all" if more > 0 else "")


def described(one: ContaminatedPair) -> str:
    """`nurse-01: résumé, 87% of it, in train.jsonl:12 (user) [id t-12]`."""
    return f"{one.pair}: {one.what}, {one.how_much}, in {one.file}:{one.line} ({one.part})" + (
        f" [id {one.id}]" if one.id is not None else ""
    )


def contaminated_pair(one: Contaminated) -> ContaminatedPair:
    """A finding as results keep it."""
    overlap, line = one.overlap, one.line
    return ContaminatedPair(
        pair=overlap.pair,
        side=overlap.side,
        score=overlap.score,
        exact=overlap.exact,
        part=overlap.part,
        file=str(line.path),
        line=line.line,
        id=line.id,
    )


def refuse_nothing_read(lines: int) -> None:
    """Refuses training data without a line: nothing was found in it because nothing is in it.

    Raises:
        InputError: there is none.
    """
    if not lines:
        raise InputError(
            "the training data holds no example (of pairs that name a split, only those of the split 'train' are "
            "examples); name the files that the model was trained on, or leave them out"
        )


class Counted:
    """Training lines, counted as they pass."""

    def __init__(self, lines: Iterable[TrainingLine]) -> None:
        self._lines = lines
        self.count = 0

    def __iter__(self) -> Iterator[TrainingLine]:
        for line in self._lines:
            self.count += 1
            yield line
