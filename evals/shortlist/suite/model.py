"""A suite in memory: validated, resolved, frozen. `shortlist.suite.load` makes it from a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from shortlist.tasks.model import Task
from shortlist_datasets import Dataset, Pair
from shortlist_providers import ProviderConfig, Sampling
from shortlist_providers.chain import ChainConfig

Each = Literal["domain", "tag", "field"]
"""What a rule may be judged for every one of."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One condition of the gate. Exactly one of the six bounds is set."""

    metric: str
    at_least: Decimal | None = None
    at_most: Decimal | None = None
    no_worse_by: Decimal | None = None
    """Non-inferiority margin to the incumbent, in the metric's unit."""
    better_by: Decimal | None = None
    """Superiority: the candidate must be better by more than this, in the metric's unit."""
    at_most_ratio: Decimal | None = None
    """Most that the candidate's mean may be of the incumbent's."""
    at_least_ratio: Decimal | None = None
    """Least that it must be."""
    percentile: Decimal | None = None
    """With `at_least` or `at_most`: the bound is on this percentile (0-100, exclusive) instead of the mean."""
    domain: str | None = None
    """Only the pairs of this domain. At most one of `domain`, `tag` and `each` is set, but for `each: field`."""
    tag: str | None = None
    """Only the pairs that carry this tag."""
    each: Each | None = None
    """Judged for every domain, tag or field by itself, Holm-corrected."""
    fields: tuple[str, ...] = ()
    """With `each: field`: which, namely the task's."""
    alert: bool = False
    """Passes unless the bound is shown to be broken."""

    @property
    def is_paired(self) -> bool:
        """Whether it compares with the incumbent."""
        bounds = (self.no_worse_by, self.better_by, self.at_most_ratio, self.at_least_ratio)
        return any(bound is not None for bound in bounds)


@dataclass(frozen=True, slots=True)
class Gate:
    """All rules, and who is judged."""

    candidate: str
    incumbent: str | None
    confidence: Decimal
    """Of every two-sided interval; a rule decides only when its whole interval is on one side."""
    rules: tuple[Rule, ...]
    early_stop: bool = False
    """Whether the verdict is looked at before the last pair, and the run stops once it is decided."""
    incumbent_max_age_days: Decimal = Decimal(90)
    """Oldest recorded run that may stand in for the incumbent."""
    judges_alone: bool = False
    """Whether the gate may rest on judges' grades alone."""
    judges: Mapping[str, str] = field(default_factory=dict)
    """The judges that its rules rest on, by name, and the hash of each: a rubric moves a verdict as a margin does, so
    it is written down before the run likewise."""


@dataclass(frozen=True, slots=True)
class Label:
    """A labelled example: what a person says of an output, or of two."""

    pair: str
    outputs: tuple[Any, ...]
    """One, or the two that were compared: as text, or as the object that the task asks for."""
    says: float
    """The grade; of two outputs 1.0 where the first is better, 0.0 where the second is, 0.5 for a tie."""


@dataclass(frozen=True, slots=True)
class Judge:
    """A model that grades outputs by a rubric; its grades are the metric `judge.<name>`."""

    name: str
    by: ProviderConfig
    rubric: str
    show: str | None
    """The path of what it is shown of an output; None for all of it."""
    against: str | None
    """The provider whose output each output is set beside; None where outputs are graded alone."""
    lowest: int
    """Worst grade."""
    highest: int
    """Best grade."""
    samples: int
    """Judgements of each output, in each order where two are shown."""
    sampling: Sampling
    labels: tuple[Label, ...]
    hash: str
    """SHA-256 (hex) of all of the above but the labels, and of nothing in `by` that changes no answer."""

    @property
    def requests_per_output(self) -> int:
        """How often it is asked about one output."""
        return self.samples * (1 if self.against is None else 2)

    def requests(self, cases: Mapping[str, int]) -> int:
        """Most requests that so many cases of each provider lead to, labelled examples included.

        Outputs that failed, and two that are equal, are not shown to it.
        """
        shown = sum(count for provider, count in cases.items() if provider != self.against)
        return (shown + len(self.labels)) * self.requests_per_output


@dataclass(frozen=True, slots=True)
class Budget:
    """Where a run stops by itself."""

    usd: Decimal | None = None
    """For the whole run, over all providers and sittings."""
    errors: int | None = None
    """Cases of one provider that may end as `error`, `timeout` or `malformed` before it is stopped."""


@dataclass(frozen=True, slots=True)
class Suite:
    """Everything that a run needs to know."""

    name: str
    path: Path
    task: Task
    dataset: Dataset
    split: str | None
    pairs: tuple[Pair, ...]
    """The dataset's pairs of `split`, in the file's order."""
    training_data: tuple[str, ...]
    """What the models were trained on: files, folders or globs, relative to the suite's file. Looked up when a run
    begins, so that a run can be judged again where they are not. No part of the signature: it changes nothing of what
    is asked, and a run that names it may be compared with one that does not."""
    repeats: int
    seed: int
    sampling: Sampling
    providers: Mapping[str, ProviderConfig]
    fallbacks: Mapping[str, ProviderConfig]
    """Kinds that a chain names without configuring them, such as `rules`: asked by chains only, under that name."""
    one_at_a_time: bool
    """Whether providers take turns, each with the machine to itself."""
    metrics: tuple[str, ...]
    """Families, e.g. `schema`, `parity`."""
    parity_reference: str
    """A provider's name, or `gold`."""
    judges: Mapping[str, Judge]
    """By name; asked only where `metrics` lists `judge`."""
    gate: Gate | None
    budget: Budget
    source: Mapping[str, Any]
    """The file after `${VAR}` expansion, as it goes into the manifest: no secrets, JSON-ready."""

    def config(self, name: str) -> ProviderConfig:
        """The configuration of a provider, or of a fallback."""
        return self.providers[name] if name in self.providers else self.fallbacks[name]

    def with_steps(self, names: Iterable[str]) -> tuple[str, ...]:
        """`names`, and after them whom their chains ask."""
        asked = list(names)
        steps = [step for name in asked for step in steps_of(self.config(name))]
        return tuple(dict.fromkeys([*asked, *steps]))


def requests_of(config: ProviderConfig) -> tuple[str, ...]:
    """Whom a chain asks at most, in order, as often as it may; nobody for any other kind."""
    if not isinstance(config, ChainConfig):
        return ()
    return tuple(step.provider for step in config.steps for _ in range(step.tries))


def steps_of(config: ProviderConfig) -> tuple[str, ...]:
    """Whom a chain asks, each once, in order; nobody for any other kind."""
    return tuple(dict.fromkeys(requests_of(config)))
