"""Why a rule that is judged for every domain, tag or field passed, failed or stays undecided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from shortlist.gate.bound import Bound
from shortlist.gate.sentence import NO_PROOF, Finding, limit, seen, subject, verbs
from shortlist.gate.words import count, some
from shortlist.results import RuleStatus
from shortlist.suite.model import Rule


class State(Enum):
    """What became of a slice."""

    REFUSED = auto()  # nothing to judge, which is a fail
    BROKEN = auto()  # shown to break the bound, Holm-corrected
    KEPT = auto()
    SUSPECT = auto()  # breaks the bound by itself, but so may one of many by chance
    OPEN = auto()
    QUIET = auto()  # an alert that is open
    POWERLESS = auto()  # an alert that so few pairs could not have raised


_STATUS = {
    State.REFUSED: RuleStatus.FAIL,
    State.BROKEN: RuleStatus.FAIL,
    State.KEPT: RuleStatus.PASS,
    State.SUSPECT: RuleStatus.UNDECIDED,
    State.OPEN: RuleStatus.UNDECIDED,
    State.QUIET: RuleStatus.PASS,
    State.POWERLESS: RuleStatus.UNDECIDED,
}


@dataclass(frozen=True, slots=True)
class Slice:
    """A domain, a tag or a field, judged."""

    name: str
    state: State
    finding: Finding | None
    adjusted_p: float | None
    why: str

    @property
    def status(self) -> RuleStatus:
        """As results have it."""
        return _STATUS[self.state]


def nothing(rule: Rule, void: Sequence[str]) -> str:
    """Why there is no slice to judge."""
    if rule.each == "field":
        why = f"applies to none of {count(len(void), 'field')}" if void else "is given no fields"
        return f"{rule.metric} {why}, so there is nothing to judge"
    return f"no pair has a {rule.each}, so there is nothing to judge"


def each_sentence(rule: Rule, slices: Sequence[Slice], void: Sequence[str], needed_n: int | None) -> str:
    """How many slices keep the bound, which break it, and which are open."""
    told = _bad(rule, slices) or (_quiet(rule, slices) if rule.alert else _good(rule, slices, needed_n))
    if not void:
        return told
    return f"{told} ({count(len(void), 'field')} left out, to which {rule.metric} does not apply: {some(void)})"


def _of(slices: Sequence[Slice], state: State) -> list[Slice]:
    return [part for part in slices if part.state is state]


def _bad(rule: Rule, slices: Sequence[Slice]) -> str:
    """Nothing where no slice fails."""
    all_of, about, (_, breaks, _) = _count(slices, rule), subject(rule), verbs(rule)
    bad = []
    if broken := _of(slices, State.BROKEN):
        which = some([f"{part.name} ({_figure(part)}, adjusted p {part.adjusted_p:.2g})" for part in broken])
        bad.append(f"{about} {breaks} {limit(rule)} in {len(broken)} of {all_of}: {which}")
    if refused := _of(slices, State.REFUSED):
        which = some([f"{part.name} ({part.why})" for part in refused])
        bad.append(f"{about} cannot be judged in {len(refused)} of {all_of}: {which}")
    return "; ".join(bad)


def _good(rule: Rule, slices: Sequence[Slice], needed_n: int | None) -> str:
    about, (keeps, _, miss) = subject(rule), verbs(rule)
    kept, unsure = _of(slices, State.KEPT), [*_of(slices, State.OPEN), *_of(slices, State.SUSPECT)]
    if not unsure:
        where = f"the one {rule.each}" if len(slices) == 1 else f"each of {_count(slices, rule)}"
        return f"{about} {keeps} {limit(rule)} in {where}; {_nearest(kept)}"
    hope = ""
    if needed_n is not None:
        share = "" if rule.each == "field" else f" in all would decide, if each {rule.each} keeps its share of them"
        hope = f"; about {count(needed_n, 'pair')}{share or ' would decide'}"
    which = some([f"{part.name} ({_figure(part)})" for part in unsure])
    if not kept:
        where = f"any of {_count(slices, rule)}" if len(slices) > 1 else f"the one {rule.each}"
        have = "keep" if rule.better_by is None else "have"
        return f"{about} is shown neither to {have} nor to {miss} {limit(rule)} in {where}: {which}{hope}"
    done = f"{about} {keeps} {limit(rule)} in {len(kept)} of {_count(slices, rule)} and is shown to {miss} it in none"
    return f"{done}, but {len(unsure)} cannot be decided: {which}{hope}"


def _quiet(rule: Rule, slices: Sequence[Slice]) -> str:
    blind = ""
    if powerless := _of(slices, State.POWERLESS):
        verb = "has" if len(powerless) == 1 else "have"
        blind = f"{len(powerless)} of {_count(slices, rule)} {verb} too few pairs for any alarm; "
    where = f"any of {_count(slices, rule)}" if len(slices) > 1 else f"the one {rule.each}"
    _, breaks, to_break = verbs(rule)
    alone = ""
    if suspects := _of(slices, State.SUSPECT):
        which = some([f"{part.name} ({_figure(part)}, adjusted p {part.adjusted_p:.2g})" for part in suspects])
        they = f"{breaks} it" if len(suspects) == 1 else f"{to_break} it, each"
        alone = f"; {which} {they} by itself, which among {_count(slices, rule)} may be chance"
    return f"{subject(rule)} is not shown to {to_break} {limit(rule)} in {where}{alone} ({blind}{NO_PROOF})"


def _count(slices: Sequence[Slice], rule: Rule) -> str:
    return count(len(slices), rule.each or "")


def _nearest(kept: Sequence[Slice]) -> str:
    """The slice that came nearest to the bound."""

    def room(part: Slice) -> float:
        assert part.finding is not None  # it was judged
        bound: Bound = part.finding.evidence.bound
        end = part.finding.ends.low if bound.lower else part.finding.ends.high
        assert end is not None  # that it passed by
        return end - bound.at if bound.lower else bound.at - end

    nearest = min(kept, key=room)
    return f"nearest to it is {nearest.name} ({_figure(nearest)})"


def _figure(part: Slice) -> str:
    return part.why if part.finding is None else seen(part.finding)
