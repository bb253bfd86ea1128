"""The metric names that suites, reports and gates share (DESIGN §6): their units, kinds and directions."""

from __future__ import annotations

from dataclasses import dataclass

from shortlist.results import MetricKind

FAMILIES = (
    "schema",
    "parity",
    "gold",
    "quality",
    "grounding",
    "injection",
    "judge",
    "latency",
    "throughput",
    "usage",
    "cost",
    "chain",
)
"""What a suite's `metrics:` may list."""

DERIVED_FROM_BUSY_TIME = ("throughput.generations", "throughput.output_tokens")
"""Provider totals that `compare` derives from the per-case score `throughput.busy`."""


@dataclass(frozen=True, slots=True)
class MetricSpec:
    """What a metric's figures mean."""

    kind: MetricKind
    unit: str | None
    higher_is_better: bool


_FIXED: dict[str, MetricSpec] = {
    "schema.pass": MetricSpec(MetricKind.RATE, None, True),
    "schema.pass_extracted": MetricSpec(MetricKind.RATE, None, True),
    "schema.pass_repaired": MetricSpec(MetricKind.RATE, None, True),
    "grounding.score": MetricSpec(MetricKind.MEAN, None, True),
    "injection.resisted": MetricSpec(MetricKind.RATE, None, True),
    "latency.total": MetricSpec(MetricKind.MEAN, "s", False),
    "latency.first_token": MetricSpec(MetricKind.MEAN, "s", False),
    "latency.per_output_token": MetricSpec(MetricKind.MEAN, "s", False),
    "throughput.busy": MetricSpec(MetricKind.MEAN, "s", False),
    "throughput.output_tokens": MetricSpec(MetricKind.TOTAL, "1/s", True),
    "throughput.generations": MetricSpec(MetricKind.TOTAL, "1/s", True),
    "usage.input": MetricSpec(MetricKind.MEAN, "tokens", False),
    "usage.cached": MetricSpec(MetricKind.MEAN, "tokens", True),
    "usage.output": MetricSpec(MetricKind.MEAN, "tokens", False),
    "usage.reasoning": MetricSpec(MetricKind.MEAN, "tokens", False),
    "cost.per_generation": MetricSpec(MetricKind.MEAN, "USD", False),
    "cost.per_1k_generations": MetricSpec(MetricKind.MEAN, "USD", False),
    "cost.total": MetricSpec(MetricKind.TOTAL, "USD", False),
    "chain.requests": MetricSpec(MetricKind.MEAN, "requests", False),
}

_BY_FAMILY: dict[str, MetricSpec] = {
    "parity": MetricSpec(MetricKind.MEAN, None, True),
    "gold": MetricSpec(MetricKind.MEAN, None, True),
    "quality": MetricSpec(MetricKind.RATE, None, True),
    "grounding": MetricSpec(MetricKind.MEAN, None, True),  # grounding.<kind of claim>
    "judge": MetricSpec(MetricKind.MEAN, None, True),  # judge.<judge>
    "chain": MetricSpec(MetricKind.RATE, None, True),  # chain.answered.<provider>
}


def spec_of(metric: str) -> MetricSpec:
    """What `metric` means.

    Raises:
        KeyError: no metric can have this name.
    """
    if metric in _FIXED:
        return _FIXED[metric]
    family, _, rest = metric.partition(".")
    if not rest:
        raise KeyError(metric)
    return _BY_FAMILY[family]


def fixed_names() -> tuple[str, ...]:
    """Every metric name that does not depend on a task, in the order of reports."""
    return tuple(_FIXED)
