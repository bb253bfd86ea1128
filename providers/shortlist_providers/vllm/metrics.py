"""What a vLLM server's `/metrics` page tells: its load now, and by differences what happened during a run."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_SAMPLE = re.compile(
    r"(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)\s*(?:\{(?P<labels>.*)\})?\s+(?P<value>[^\s{}]+)(?:\s+-?\d+)?\s*"
)
_LABEL = re.compile(r'\s*(?P<name>[a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"(?P<value>(?:[^"\\]|\\.)*)"\s*(?:,|$)')
_ESCAPED = re.compile(r"\\(.)")

# Each figure under the names that releases have given it, the newest first. A client library that speaks OpenMetrics
# appends `_total` to counters, and leaves it off where it does not.
_ALIASES: Mapping[str, tuple[str, ...]] = {
    "requests_running": ("vllm:num_requests_running",),
    "requests_waiting": ("vllm:num_requests_waiting",),
    "kv_cache_usage": ("vllm:kv_cache_usage_perc", "vllm:gpu_cache_usage_perc"),
    "prefix_queries": ("vllm:prefix_cache_queries", "vllm:gpu_prefix_cache_queries"),
    "prefix_hits": ("vllm:prefix_cache_hits", "vllm:gpu_prefix_cache_hits"),
    "queue_seconds": ("vllm:request_queue_time_seconds_sum",),
    "queue_count": ("vllm:request_queue_time_seconds_count",),
    "preemptions": ("vllm:num_preemptions",),
    "prompt_tokens": ("vllm:prompt_tokens",),
    "generation_tokens": ("vllm:generation_tokens",),
    "requests_finished": ("vllm:request_success",),
    "started": ("process_start_time_seconds",),
}
_SHARES = frozenset({"kv_cache_usage"})
"""Figures of which several engines' is the largest, not the sum."""
_COUNTERS = (
    *("prefix_queries", "prefix_hits", "queue_seconds", "queue_count", "preemptions"),
    *("prompt_tokens", "generation_tokens", "requests_finished"),
)
_CACHE_INFO = ("vllm:cache_config_info",)
_CACHE_LABELS = {
    "block_size": "block_size",
    "cache_dtype": "kv_cache_dtype",
    "enable_prefix_caching": "enable_prefix_caching",
    "gpu_memory_utilization": "gpu_memory_utilization",
    "num_gpu_blocks": "num_gpu_blocks",
    "kv_cache_size_tokens": "kv_cache_size_tokens",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """One line of a page."""

    name: str
    labels: Mapping[str, str]
    value: float


def samples(page: str) -> Iterator[Sample]:
    """The finite samples of a page in Prometheus's text format. Lines that make no sense are passed over."""
    for line in page.splitlines():
        found = _SAMPLE.fullmatch(line)
        labels = None if found is None else _labels(found["labels"] or "")
        if found is None or labels is None:
            continue
        try:
            value = float(found["value"])
        except ValueError:
            continue
        if math.isfinite(value):
            yield Sample(found["name"], labels, value)


def _labels(text: str) -> dict[str, str] | None:
    """The labels between the braces; None where they are no labels."""
    labels: dict[str, str] = {}
    at = 0
    while at < len(text.rstrip()):
        found = _LABEL.match(text, at)
        if found is None:
            return None
        labels[found["name"]] = _ESCAPED.sub(lambda pair: "\n" if pair[1] == "n" else pair[1], found["value"])
        at = found.end()
    return labels


@dataclass(frozen=True, slots=True)
class Figures:
    """What one page says, under names of our own; what it does not say is not there."""

    values: Mapping[str, float]
    cache: Mapping[str, Any]
    """The key-value cache's settings."""

    @classmethod
    def of(cls, page: str) -> Figures:
        """Reads a page."""
        by_name: dict[str, list[Sample]] = {}
        for sample in samples(page):
            by_name.setdefault(sample.name, []).append(sample)
        values = {}
        for figure, aliases in _ALIASES.items():
            found = _first(by_name, aliases)
            if found:
                numbers = [sample.value for sample in found]
                values[figure] = max(numbers) if figure in _SHARES else sum(numbers)
        info = _first(by_name, _CACHE_INFO)
        return cls(values, _cache_facts(info[0].labels) if info else {})

    def load(self) -> dict[str, float | int]:
        """Who else is being served at this moment."""
        shown = ("requests_running", "requests_waiting", "kv_cache_usage")
        return {name: _plain(self.values[name]) for name in shown if name in self.values}

    def since(self, before: Figures) -> dict[str, Any]:
        """What happened between an earlier page and this one, whoever asked for it.

        `{"restarted": True}` where the server began anew in between, since its counters did, too.
        """
        grown = {
            name: self.values[name] - before.values[name]
            for name in _COUNTERS
            if name in self.values and name in before.values
        }
        starts = {figures.values.get("started") for figures in (before, self)}
        if (None not in starts and len(starts) > 1) or any(growth < 0 for growth in grown.values()):
            return {"restarted": True}
        shown = ("requests_finished", "prompt_tokens", "generation_tokens", "preemptions")
        facts: dict[str, Any] = {name: _plain(grown[name]) for name in shown if name in grown}
        if grown.get("prefix_queries") and "prefix_hits" in grown:
            facts["prefix_cache_hit_share"] = round(grown["prefix_hits"] / grown["prefix_queries"], 4)
        if grown.get("queue_count") and "queue_seconds" in grown:
            facts["mean_queue_seconds"] = round(grown["queue_seconds"] / grown["queue_count"], 6)
        return facts


def _first(by_name: Mapping[str, list[Sample]], aliases: Iterable[str]) -> list[Sample]:
    for alias in aliases:
        for name in (alias, f"{alias}_total"):
            if name in by_name:
                return by_name[name]
    return []


def _cache_facts(labels: Mapping[str, str]) -> dict[str, Any]:
    return {
        fact: _typed(labels[label])
        for label, fact in _CACHE_LABELS.items()
        if labels.get(label, "None") not in ("None", "")
    }


def _typed(text: str) -> Any:
    """A label's text as what it was before it became one."""
    if text in ("True", "False"):
        return text == "True"
    for kind in (int, float):
        try:
            number = kind(text)
        except ValueError:
            continue
        if math.isfinite(number):
            return number
    return text


def _plain(number: float) -> float | int:
    return int(number) if number == int(number) else round(number, 4)
