"""`manifest.json`: what was run, on what, with what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from shortlist.results.base import RESULT_SCHEMA_VERSION, Finite, Number, ResultModel


class Recording(ResultModel):
    """An earlier run that stands in for a provider."""

    run_id: str
    provider: str
    """The provider's name in that run."""
    kind: str
    model: str | None
    recorded_at: str
    """When that run began: UTC, ISO 8601."""
    age_days: Finite
    """From then until this run began."""
    records_sha256: str | None = None
    """SHA-256 (hex) of the records.jsonl that was replayed, without a torn last line: shows whether it was edited."""


class ProviderFacts(ResultModel):
    """A provider in the manifest."""

    kind: str
    model: str | None
    hash: str
    planned: int
    pool: str | None = None
    healthy: bool | None = None
    """None until it was asked."""
    detail: str | None = None
    facts: Mapping[str, Any] = Field(default_factory=dict)
    """As the server reports them."""
    closing_facts: Mapping[str, Mapping[str, Any]] = Field(default_factory=dict)
    """Number of the sitting, from 0 -> what the server said at its end about what happened in it."""
    skipped: str | None = None
    """Why this optional provider was left out of the last sitting; None when it was not."""
    capabilities: Mapping[str, bool] = Field(default_factory=dict)
    price: str | None = None
    """Where the price comes from and of which date it is; None when it is unknown."""
    recorded: Recording | None = None
    """The run whose generations are replayed; None for a provider that generates."""


class Sitting(ResultModel):
    """One stretch of work on a run; a resumed run has several."""

    started_at: str
    """UTC, ISO 8601."""
    shortlist: str
    python: str
    platform: str
    machine: str
    cpus: int | None
    git_commit: str | None
    git_dirty: bool | None
    packages: Mapping[str, str]


class ContaminatedPair(ResultModel):
    """A pair of the run, and a line of the training data that holds a text of it."""

    pair: str
    side: str
    """`resume`, `job_description`, `both`, or `resume_sentences` (its bullets and sentences without the rest)."""
    score: Finite
    """Share of the text's word trigrams that the line has, rare ones counting for more; of both texts, the smaller."""
    exact: bool
    """Whether the text stands there word for word."""
    part: str
    """The part of the line that holds most of it, e.g. `user`, `assistant`, `text`, `résumé`."""
    file: str
    line: int
    """Counted from 1."""
    id: str | None
    """As the line itself says."""

    @property
    def what(self) -> str:
        """Which text was found, in words."""
        sides = {
            "both": "résumé and job description",
            "resume": "résumé",
            "job_description": "job description",
            "resume_sentences": "sentences of the résumé",
        }
        return sides.get(self.side, self.side)

    @property
    def how_much(self) -> str:
        """`word for word`, or the share that was found."""
        return "word for word" if self.exact else f"{self.score:.0%} of its word trigrams"


class Contamination(ResultModel):
    """What became of looking for the run's pairs in the suite's `training_data`."""

    files: tuple[str, ...]
    lines: int
    """Training lines that were read."""
    threshold: Finite
    """Score from which on a line is said to hold a text."""
    found: tuple[ContaminatedPair, ...] = ()
    """Empty when the pairs are clean; else the run was told to go on all the same (`--allow-contaminated`)."""


class EarlyStop(ResultModel):
    """What `gate.early_stop` did: the verdict was looked at before the end, and the run stopped once it was decided."""

    planned_pairs: int
    planned_looks: tuple[int, ...] = ()
    """Pairs after which a look was to be taken, fixed before anything was sent; empty where no look could decide."""
    looks: tuple[int, ...] = ()
    """Pairs behind each look that was taken before the last pair, in order."""
    stopped_at: int | None = None
    """Pairs after which the gate was decided; None while it is not, or when every pair was needed."""
    saved_cases: int = 0
    """Generations that were planned and never sent, over all providers."""
    saved_usd: Number | None = None
    """About what they would have cost, going by those that were sent; without providers of unknown price, and None
    where no price is known."""

    @property
    def saved(self) -> str:
        """What stopping early saved, in a sentence; for a run that did."""
        money = f" and about ${float(self.saved_usd):.3g}" if self.saved_usd else ""
        return (
            f"{self.saved_cases:,} generations{money}, for the gate was decided after {self.stopped_at:,} of "
            f"{self.planned_pairs:,} pairs"
        )


class Manifest(ResultModel):
    """`manifest.json`: what was run, on what, with what."""

    schema_version: int = RESULT_SCHEMA_VERSION
    run_id: str
    suite: str
    suite_path: str
    suite_source: Mapping[str, Any]
    """The suite after `${VAR}` expansion; secrets are only ever named in it."""
    signature: str
    gate_hash: str | None
    task: str
    task_hash: str
    dataset: str
    dataset_path: str
    dataset_hash: str
    split: str | None
    seed: int
    repeats: int
    limit: int | None
    selected: tuple[str, ...]
    """The providers that this run set out to run."""
    providers: Mapping[str, ProviderFacts]
    sittings: tuple[Sitting, ...]
    incomplete_why: str | None = None
    """Why the last sitting stopped early; None when it did not."""
    early_stop: EarlyStop | None = None
    """None where the gate is judged once, at the end."""
    contamination: Contamination | None = None
    """None when the suite names no training data, so that nothing was looked for."""
