"""What every metric family is made of: the cases it sees and the scores it gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any, Protocol

from shortlist.cases import CaseKey, Outcome, Record
from shortlist.judges import Grader
from shortlist.metrics.busy import busy_shares, step_shares
from shortlist.metrics.reading import Reading, read_output
from shortlist.metrics.values import ABSENT
from shortlist.scores import Loss, SchemaFailure, Score, ScoreStatus
from shortlist.tasks.model import Task
from shortlist.tasks.rules import TEXT_FIELD
from shortlist_datasets import Pair
from shortlist_providers.types import Usage

REPLAYED = (
    "cached: what is replayed takes no time now; compare with a provider that generates, or bound the candidate alone"
)
"""Why a case has no times."""
NOTHING_READ = "the output holds no JSON that could be read"


class Charges(Protocol):
    """What the cost metric needs of a price; `shortlist.pricing.Price` is one."""

    @property
    def by_time(self) -> bool:
        """Whether time is charged, not tokens."""

    def cost_of(self, usage: Usage, busy_seconds: float | None) -> Decimal | None:
        """USD for one request, or None when that cannot be known."""


class Case:
    """A record and what was read from its output; reading happens once, when first asked for."""

    def __init__(self, record: Record, plain_text: bool) -> None:
        self.record = record
        self._plain_text = plain_text

    @cached_property
    def reading(self) -> Reading:
        """The output in its three degrees of strictness."""
        return read_output(self.record.generation.text or "")

    @cached_property
    def value(self) -> Any:
        """What comparisons work on, as `output_value` gives it; of a failed case it is whatever arrived."""
        if self._plain_text:
            return {TEXT_FIELD: self.record.generation.text or ""}
        return self.reading.strictest

    @property
    def untimed(self) -> str | None:
        """Why its times say nothing of the backend; None when they do."""
        if self.record.generation.cached:
            return REPLAYED
        return "deferred: its times are those of the vendor's queue" if self.record.generation.deferred else None

    @property
    def failure(self) -> str | None:
        """`failed: timeout` and the like; None when a complete output arrived."""
        outcome = self.record.outcome
        return None if outcome is Outcome.OK else f"failed: {outcome.value}"

    @property
    def unusable(self) -> str | None:
        """Why there is nothing to judge: it failed, or nothing could be read; None when there is something."""
        return self.failure or (NOTHING_READ if self.value is ABSENT else None)


def output_value(text: str | None, task: Task) -> Any:
    """A generation's text as comparisons, quality rules and reports see it.

    The strictest reading that gives an object or a list (raw, else extracted, else repaired); for a task without a
    schema `{"text": text}`; `ABSENT` when nothing can be read.
    """
    if task.schema is None:
        return {TEXT_FIELD: text or ""}
    return read_output(text or "").strictest


@dataclass(frozen=True, slots=True)
class Backends:
    """What metrics know of the providers behind the cases, by name."""

    prices: Mapping[str, Charges | None] = field(default_factory=dict)
    """Also of those that only chains ask; None, or no entry, where no price is known."""
    chains: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Whom each chain may ask."""
    judges: Mapping[str, Grader] = field(default_factory=dict)
    """What each judge has said: the judgements were made before, and are only read here."""
    recorded: Mapping[CaseKey, Score] = field(default_factory=dict)
    """What replayed generations cost when they were made."""


@dataclass(frozen=True)  # not slotted: the cached properties below need a __dict__
class Material:
    """Everything that the metrics of one run may look at."""

    task: Task
    cases: Sequence[Case]
    pairs: Mapping[str, Pair]
    backends: Backends
    parity_reference: str | None
    """A provider's name, or `gold`."""

    @cached_property
    def by_key(self) -> Mapping[CaseKey, Case]:
        """The cases by their keys."""
        return {case.record.case: case for case in self.cases}

    @cached_property
    def busy(self) -> Mapping[CaseKey, float]:
        """Each sent case's share of its provider's busy time, in seconds; none for a cached or deferred one."""
        return busy_shares([case.record for case in self.cases])

    @cached_property
    def busy_in_steps(self) -> Mapping[tuple[CaseKey, str], float]:
        """Of chains: each case's share of the busy time of each provider that it asked, in seconds."""
        return step_shares([case.record for case in self.cases])

    def gold(self, pair: str) -> Any:
        """The truth that is known of a pair for this task, or `ABSENT`."""
        return self.pairs[pair].gold.get(self.task.name, ABSENT)


@dataclass(frozen=True, slots=True)
class FamilyScores:
    """What one metric family says of one case."""

    scores: Mapping[str, Score]
    losses: tuple[Loss, ...] = ()
    schema_failure: SchemaFailure | None = field(default=None)


Scorer = Callable[[Case], FamilyScores]
"""Judges one case. A family's `scorer(material)` makes it, so that work common to all cases is done once."""


def ok(value: float | Decimal) -> Score:
    """A score that has a value."""
    return Score(value)


def failed(reason: str) -> Score:
    """The worst value of a score between 0 and 1, because the case failed."""
    return Score(0.0, ScoreStatus.FAILED, reason)


def missing(reason: str) -> Score:
    """A score that should exist and cannot be known."""
    return Score(None, ScoreStatus.MISSING, reason)


def not_applicable(reason: str) -> Score:
    """A score that has no meaning here."""
    return Score(None, ScoreStatus.NOT_APPLICABLE, reason)
