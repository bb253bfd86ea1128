"""Hashes that say whether two things may be compared."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

import orjson

from shortlist.suite.model import Gate, Judge, Suite, steps_of
from shortlist_providers import ProviderConfig


def _digest(value: Any) -> str:
    canonical = orjson.dumps(value, default=str, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    return hashlib.sha256(canonical).hexdigest()


def signature_of(suite: Suite) -> str:
    """SHA-256 (hex) of what must be equal before two runs may be compared.

    Task (prompt, schema, rules), data (content and split), sampling and seed. Providers, repeats, limits and the
    gate are left out: those are what comparisons vary.
    """
    parts = {
        "task": suite.task.hash,
        "dataset": suite.dataset.content_hash,
        "split": suite.split,
        "sampling": asdict(suite.sampling),
        "seed": suite.seed,
    }
    return _digest(parts)


def gate_hash(gate: Gate | None) -> str | None:
    """SHA-256 (hex) of the gate, written down before the run so that no margin moves after it."""
    return None if gate is None else _digest(asdict(gate))


def provider_hash(suite: Suite, name: str) -> str:
    """SHA-256 (hex) of what may change a provider's output: all but price, pace, and whether it may be left out.

    Of a chain, those whom it asks are part.
    """
    config = suite.config(name)
    steps = steps_of(config)
    own = config_hash(config)
    return _digest({"chain": own, "steps": {step: config_hash(suite.config(step)) for step in steps}}) if steps else own


def judge_hash(judge: Judge) -> str:
    """SHA-256 (hex) of what may change a judge's grades. The labelled examples change none."""
    parts = {one.name: getattr(judge, one.name) for one in fields(judge) if one.name not in ("by", "labels", "hash")}
    return _digest({**parts, "by": config_hash(judge.by)})


def config_hash(config: ProviderConfig) -> str:
    """SHA-256 (hex) of what may change what this backend answers, but for whom a chain asks."""
    left_out: dict[str, Any] = {
        **dict.fromkeys(("cost", "concurrency", "timeout", "retries", "optional"), True),
        "launch": {"ready_timeout", "ready_path", "stop_timeout"},  # how it is waited for; its command stays
    }
    dumped: Mapping[str, Any] = config.model_dump(mode="json", exclude=left_out)
    return _digest(dumped)
