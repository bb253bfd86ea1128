"""Scripted faults and outputs: what the kind `fake` and the server `shortlist serve-fake` act by."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, Literal, Self, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, Field, model_validator

from shortlist_providers.schema_instance import minimal_instance

Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Output = str | dict[str, Any]
"""Text, or a mapping that becomes JSON."""

_COUNTED = re.compile(r"(every|first):([1-9][0-9]*)")


class Occasion(BaseModel):
    """When a scripted fault strikes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    on: Annotated[str, Field(min_length=1)]
    """A pair's id, or `every:N` (the Nth case, the 2Nth …) or `first:N`, counting cases as they first arrive."""
    retry_after: Seconds | None = None
    """Seconds, with `rate_limited`."""
    attempts: Annotated[int, Field(ge=1)] | None = None
    """Strikes only a case's first attempts, this many; left out, all."""

    @model_validator(mode="after")
    def _counts(self) -> Self:
        if self.on.startswith(("every:", "first:")) and not _COUNTED.fullmatch(self.on):
            raise ValueError(f"on: {self.on!r} must end with a whole number from 1, such as every:10")
        return self

    def names(self, pair: str) -> bool:
        """Whether `on` means this pair."""
        return self.on == pair

    def concerns(self, pair: str, ordinal: int, attempt: int) -> bool:
        """Whether it strikes attempt `attempt` (from 1) of the `ordinal`-th case (from 1), which is of `pair`."""
        if self.attempts is not None and attempt > self.attempts:
            return False
        counted = _COUNTED.fullmatch(self.on)
        if counted is None:
            return self.names(pair)
        number = int(counted[2])
        return ordinal % number == 0 if counted[1] == "every" else ordinal <= number


class Fault(Occasion):
    """One scripted fault. The first of the list that concerns a case strikes."""

    kind: Literal["rate_limited", "transient", "permanent", "malformed", "refused", "truncated", "hang", "crash"]
    """`hang` answers never; `crash` raises, as a provider with a bug would."""


_F = TypeVar("_F", bound=Occasion)


@dataclass(frozen=True, slots=True)
class Arrival(Generic[_F]):
    """One attempt at a case, as the script counts it."""

    ordinal: int
    """Of the case, from 1."""
    attempt: int
    """At the case, from 1."""
    fault: _F | None
    """What it meets."""


class Script(Generic[_F]):
    """Counts cases and attempts as they arrive, so that the same cases in the same order meet the same faults."""

    def __init__(self, faults: Sequence[_F]) -> None:
        self._faults = tuple(faults)
        self._attempts: dict[str, int] = {}
        self._ordinals: dict[str, int] = {}

    def arrive(self, case: str, pair: str) -> Arrival[_F]:
        """Counts an attempt at `case`, which is of `pair`, and says what it meets."""
        attempt = self._attempts[case] = self._attempts.get(case, 0) + 1
        ordinal = self._ordinals.setdefault(case, len(self._ordinals) + 1)
        fault = next((fault for fault in self._faults if fault.concerns(pair, ordinal, attempt)), None)
        return Arrival(ordinal, attempt, fault)


def written(output: Output | None, schema: Mapping[str, Any] | None, otherwise: str) -> str:
    """A scripted output as a model would write it: as it is, or a minimal value of `schema`, or `otherwise`.

    Raises:
        ValueError: the schema has no value that can be found.
    """
    if output is not None:
        return output if isinstance(output, str) else orjson.dumps(output).decode()
    if schema is None:
        return otherwise
    return orjson.dumps(minimal_instance(schema)).decode()  # also of a text, which JSON quotes
