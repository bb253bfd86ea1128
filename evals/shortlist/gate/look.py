"""What a gate may say before the last pair has been run.

A look takes whole rules as the end does, with intervals that hold at every look together. Three things differ:

* a rule that cannot be judged, which at the end is a fail, says nothing yet: the pairs that it is about may still come,
  and a price that is unknown can be written down as long as nothing has been thrown away;
* a rule `each: domain` or `each: tag` is decided only once every domain or tag of the run has been seen, and a rule
  `each: field` passes only once every field has a value: what has not been seen is not known to keep the bound, and
  Holm's correction is for the number of all;
* totals have no interval. Money only adds up: what is spent already breaks `cost.total at_most` for good, and what is
  still to be spent may yet. Throughput and ratios of totals stand as they are where they keep their bound; where they
  break it, they may be the first minutes', so that is said at the end only.

Judges that the gate has rules on are asked before each look, so a rule on their grades is judged like any other. Rules
that are alerts pass at a look as they do at the end, and hold nothing up.

Of the error that the gate may make, a fifth goes to all looks together and four fifths to the judgement at the last
pair. A false promotion happens at a look or at the end, so the promised rate holds whatever the looks are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shortlist.compare.estimate import Estimates, Estimator
from shortlist.compare.sequential import SequentialEstimator
from shortlist.metric_names import spec_of
from shortlist.results import Comparison, MetricKind, PairFacts, RuleResult, RuleStatus
from shortlist.suite.model import Rule

SHARE_OF_LOOKS = 0.2
"""Of the error, for all looks before the last pair together."""
TOTAL_COST = "cost.total"


@dataclass(frozen=True, slots=True)
class Look:
    """How far the run is whose gate was to be looked at before its end."""

    planned: Sequence[PairFacts]
    """Every pair that the run set out to do, in the order in which they are run."""
    last: bool
    """Whether all of them have been run, so that this is the judgement at the end."""

    def estimates(self, comparison: Comparison, confidence: float) -> Estimates:
        """The intervals to judge by, when the gate is to err no more often than `confidence` says."""
        error = 1 - confidence
        if self.last:
            return Estimator(comparison.pairs, 1 - (1 - SHARE_OF_LOOKS) * error)
        return SequentialEstimator(self.planned, 1 - SHARE_OF_LOOKS * error)

    def so_far(self, rule: Rule, result: RuleResult, comparison: Comparison) -> RuleResult:
        """What may be said of a rule now, when `result` is what would be said of these pairs were they all."""
        why = None if self.last else _why_not_yet(rule, result, comparison, self.planned)
        if why is None:
            return result
        return result.model_copy(update={"status": RuleStatus.UNDECIDED, "why": f"{result.why}; {why}"})


def _why_not_yet(rule: Rule, result: RuleResult, comparison: Comparison, planned: Sequence[PairFacts]) -> str | None:
    if result.status is RuleStatus.UNDECIDED or (rule.alert and result.status is RuleStatus.PASS):
        return None
    fails = result.status is RuleStatus.FAIL
    if fails and not _is_shown(result):
        return "more pairs may change that"
    if spec_of(rule.metric).kind is MetricKind.TOTAL:
        return _of_total(rule, fails)
    unseen = _unseen(rule, result, comparison, planned)
    if not unseen or (fails and rule.each == "field"):
        return None
    return f"nothing is known yet of {rule.each} {', '.join(unseen)}"


def _is_shown(result: RuleResult) -> bool:
    """Whether a rule fails because data break its bound, and not because there are none."""
    if result.slices:
        return any(part.status is RuleStatus.FAIL and part.n > 0 for part in result.slices)
    return result.n > 0


def _of_total(rule: Rule, fails: bool) -> str | None:
    if rule.metric == TOTAL_COST and (rule.at_most is not None or rule.at_least is not None):
        grows_past = fails if rule.at_most is not None else not fails
        return None if grows_past else "and a whole run spends more"
    return "the figure of a whole run may be another" if fails else None


def _unseen(rule: Rule, result: RuleResult, comparison: Comparison, planned: Sequence[PairFacts]) -> list[str]:
    """The slices of the run of which none of the pairs so far says anything."""
    if rule.each == "field":
        return sorted(set(rule.fields) - {part.name for part in result.slices})
    if rule.each == "domain":
        return sorted({pair.domain for pair in planned} - {pair.domain for pair in comparison.pairs})
    if rule.each == "tag":
        tags = {tag for pair in planned for tag in pair.tags}
        return sorted(tags - {tag for pair in comparison.pairs for tag in pair.tags})
    return []
