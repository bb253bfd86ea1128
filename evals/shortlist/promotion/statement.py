"""What a promotion record says: an in-toto statement (v1) about the files of a run.

Source of the outer shape: https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import ConfigDict, Field

from shortlist.results import Contamination, EarlyStop, ProviderFacts, ResultModel, RuleResult, VerdictWord

PROMOTION_SCHEMA_VERSION = 1


class Digest(ResultModel):
    """Hashes of a file's bytes."""

    sha256: str
    """Lower-case hex."""


class Subject(ResultModel):
    """A file of the run folder."""

    name: str
    digest: Digest


class Pinned(ResultModel):
    """A task or a data set, by name and content."""

    ref: str
    hash: str
    """SHA-256 (hex) of its content, as the manifest has it."""


class Side(ResultModel):
    """The candidate or the incumbent, as the manifest describes it."""

    name: str
    """In the suite."""
    facts: ProviderFacts


class Work(ResultModel):
    """One sitting of the run: with what code it was done."""

    started_at: str
    """UTC, ISO 8601."""
    shortlist: str
    git_commit: str | None
    git_dirty: bool | None


class Run(ResultModel):
    """The run that was judged."""

    run_id: str
    path: str
    """Of its folder: relative to where the record was made, where it lay below that."""
    suite: str
    signature: str
    """Of what every provider was asked: task, data, split, sampling, seed."""
    split: str | None
    seed: int
    repeats: int
    limit: int | None
    sittings: tuple[Work, ...]


class Forced(ResultModel):
    """A promotion against the evidence."""

    reason: str
    """As the person gave it."""
    against: tuple[str, ...]
    """What stood in the way, one sentence each."""


class Promotion(ResultModel):
    """The predicate: one decision to promote."""

    schema_version: int = PROMOTION_SCHEMA_VERSION
    run: Run
    task: Pinned
    dataset: Pinned
    gate_hash: str | None
    gate: Mapping[str, Any] | None
    """As the suite wrote it down before the run: rules with their margins, confidence, who is judged."""
    candidate: Side | None
    incumbent: Side | None
    verdict: VerdictWord | None
    why: str
    rules: tuple[RuleResult, ...]
    """Each with its condition in words, status, value, interval, bound and n."""
    early_stop: EarlyStop | None
    contamination: Contamination | None
    """None when the suite names no training data, so that nothing was looked for."""
    incomplete_why: str | None
    """None when every case was done."""
    forced: Forced | None
    """None when the gate said PROMOTE and nothing stood against it."""
    who: str
    when: str
    """UTC, ISO 8601, in whole seconds."""
    shortlist: str
    """Version that judged again and signed."""
    public_key: str
    """Of the signer, as an OpenSSH line: a reader can check the signature, and decides alone whether to trust it."""


class Statement(ResultModel):
    """An in-toto statement, whose predicate is a promotion."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_by_name=True, validate_by_alias=True)

    type: Literal["https://in-toto.io/Statement/v1"] = Field(default="https://in-toto.io/Statement/v1", alias="_type")
    subject: tuple[Subject, ...]
    predicate_type: Literal["urn:shortlist:promotion:v1"] = Field(
        default="urn:shortlist:promotion:v1", alias="predicateType"
    )
    predicate: Promotion

    @property
    def digests(self) -> dict[str, str]:
        """File name -> SHA-256 (hex)."""
        return {subject.name: subject.digest.sha256 for subject in self.subject}

    def to_bytes(self) -> bytes:
        """The one way to write it: see `canonical`."""
        return canonical(self.model_dump(mode="json", by_alias=True))


def canonical(value: Any) -> bytes:
    """JSON in one spelling: keys sorted, no white space, UTF-8, finite numbers as Python writes them."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
