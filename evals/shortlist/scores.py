"""What the metrics say of a case: one line of `scores.jsonl`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from shortlist.cases import CaseKey, Outcome

SCORE_SCHEMA_VERSION = 1
RECORDED = "as recorded"
"""How the reason of a score begins that is of the run in which a replayed generation was made."""


class ScoreStatus(StrEnum):
    """Whether a score has a value, and if not, why not."""

    OK = "ok"
    FAILED = "failed"  # the case failed, so the metric takes its worst value; `value` is that value
    MISSING = "missing"  # it should exist and cannot be known (no usage reported, no price); `reason` says why
    NOT_APPLICABLE = "not_applicable"  # it has no meaning here (parity of the reference with itself)


@dataclass(frozen=True, slots=True)
class Score:
    """One metric's value for one case. `value` is None exactly when status is `missing` or `not_applicable`."""

    value: float | Decimal | None
    """Decimal (text in JSON) for money, else a finite float."""
    status: ScoreStatus = ScoreStatus.OK
    reason: str | None = None

    @property
    def is_recorded(self) -> bool:
        """Whether it is of an earlier run: money that this run did not spend."""
        return self.reason is not None and self.reason.startswith(RECORDED)


@dataclass(frozen=True, slots=True)
class Loss:
    """Why a score is not perfect, in one place of the output."""

    metric: str
    path: str
    """Where, e.g. `bulletsByRole[Acme/Engineer].endDate`."""
    why: str
    """One line, e.g. `2021-03 ≠ 2021-05`."""


@dataclass(frozen=True, slots=True)
class SchemaFailure:
    """The first way in which an output misses its schema."""

    category: str
    """`empty`, `not_json`, `truncated_json`, `fenced`, `prose_around`, `missing_key`, `extra_key`, `wrong_type`,
    `out_of_range`, `pattern`, `length`, `enum`, `other`, or `no_output` when the case failed."""
    path: str
    """JSON path of the failing place, `$` for the whole."""
    message: str


@dataclass(frozen=True, slots=True)
class CaseScores:
    """All scores of one case."""

    case: CaseKey
    outcome: Outcome
    scores: Mapping[str, Score]
    """By metric name (DESIGN §6)."""
    versions: Mapping[str, str]
    """Metric family -> version of its definition."""
    schema_failure: SchemaFailure | None = None
    losses: tuple[Loss, ...] = ()
    schema_version: int = SCORE_SCHEMA_VERSION
