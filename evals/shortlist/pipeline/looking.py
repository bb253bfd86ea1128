"""Early decisions: cases are handed out up to the next look, and the verdict is looked at in between.

A look is taken only when every case of its pairs is complete, so what it sees does not depend on how often the run was
interrupted on the way. A batch that could not be done (a provider out of reach), or not be judged (a judge out of
reach), ends the sitting: nothing that came after it could be looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from shortlist.cases import CaseKey, Record
from shortlist.plan import Plan
from shortlist.results import Manifest
from shortlist.run.completion import is_complete
from shortlist.suite.model import Suite
from shortlist.suite.order import FIRST_LOOK, pair_facts, pairs_in_order, units, who_decides

Look = Callable[[int], bool | None]
"""Looks at the verdict on the first so many pairs; whether it is decided, or None where it could not be looked at."""


class Batches:
    """The cases of a run in the batches that its looks make of them; without looks, all in one.

    Args:
        planned: what the run set out to do.
        records: what earlier sittings did.
        manifest: says which looks have been taken, and whom the sitting leaves out.
        look: takes a look.
    """

    def __init__(self, planned: Plan, records: Iterable[Record], manifest: Callable[[], Manifest], look: Look) -> None:
        self._manifest = manifest
        self._look = look
        self._place = {pair: place for place, pair in enumerate(dict.fromkeys(case.pair for case in planned.cases))}
        self._to_do = dict.fromkeys(planned.cases)
        early = manifest().early_stop
        taken = early.looks if early else ()
        self._ends = [*(pairs for pairs in planned.looks if pairs not in taken), planned.pairs]
        self._handed_out: int | None = None
        for record in records:
            self.saved(record)

    def saved(self, record: Record) -> None:
        """Takes note of a record."""
        if is_complete(record):
            self._to_do.pop(record.case, None)

    @property
    def left(self) -> list[CaseKey]:
        """Every case that is not complete, in order."""
        return list(self._to_do) if self._ends else []

    def advance(self) -> list[CaseKey]:
        """Takes every look whose cases are all complete, until one decides; the cases that the next one waits for."""
        while self._ends:
            end = self._ends[0]
            cases = [case for case in self._to_do if self._place[case.pair] < end]
            if end == self._handed_out:  # whom the sitting leaves out is not waited for
                there = {name for name, facts in self._manifest().providers.items() if facts.skipped is None}
                cases = [case for case in cases if case.provider in there]
            if cases:
                return cases
            decided = self._look(end) if len(self._ends) > 1 else False
            if decided is None:
                return []
            self._ends.pop(0)
            if decided:
                self._ends.clear()
        return []

    def next(self) -> Sequence[CaseKey]:
        """What is to be done now; nothing when the run is over, or when what was handed out could not be done."""
        cases = self.advance()
        if not cases or self._handed_out == self._ends[0]:
            return ()
        self._handed_out = self._ends[0]
        return cases


def about_looks(suite: Suite, planned: Plan, manifest: Manifest) -> str | None:
    """What a person should know, before the run, of its looks; None where the gate does not ask for any more."""
    if manifest.early_stop is None or manifest.early_stop.stopped_at is not None:
        return None
    return when_looked_at(suite, planned, manifest.limit)


def when_looked_at(suite: Suite, planned: Plan, limit: int | None) -> str | None:
    """After which pairs the verdict is looked at, or why not before the last; None where the gate does not ask for it.

    `limit`: the pairs, of the file's first, that the run is limited to.
    """
    if suite.gate is None or not suite.gate.early_stop:
        return None
    if planned.looks:
        *others, last = map(str, planned.looks)
        when = f"{', '.join(others)} and {last}" if others else last
        asked = ", each time once judges were asked" if suite.gate.judges else ""
        said = f"the verdict is looked at after {when} of {planned.pairs} pairs{asked}"
        return f"{said}; the run stops once it is decided"
    return f"the verdict is not looked at before the end: {_why_no_look(suite, planned, limit)}"


def _why_no_look(suite: Suite, planned: Plan, limit: int | None) -> str:
    absent = sorted(who_decides(suite) - planned.cases_by_provider().keys())
    if absent:
        return f"the gate needs {' and '.join(absent)}, left out here"
    pairs = pairs_in_order(suite, limit)
    if len(pairs) > FIRST_LOOK and len(set(units(pair_facts(pairs)))) == 1:
        return (
            f"all {len(pairs)} pairs hang together by shared résumés or job descriptions, directly or through others, "
            "so that a part of them says nothing of the rest"
        )
    return f"{len(pairs)} pairs are too few, for the first look is after {FIRST_LOOK} and none is in the last tenth"
