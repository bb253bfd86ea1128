"""The part of a comparison that a rule is about: pairs of one domain, pairs with one tag, or fields."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import TypeVar

from shortlist.compare.estimate import mean
from shortlist.metric_names import spec_of
from shortlist.results import Comparison, MetricSummary, PairFacts, PairRepeats
from shortlist.suite.model import Gate, Rule

_V = TypeVar("_V")


def is_sliced(rule: Rule) -> bool:
    """Whether the rule is about a part of the pairs."""
    return rule.domain is not None or rule.tag is not None


def pairs_of(rule: Rule, pairs: Collection[PairFacts]) -> frozenset[str]:
    """The pairs that the rule is about."""
    return frozenset(
        pair.id for pair in pairs if rule.domain in (None, pair.domain) and (rule.tag is None or rule.tag in pair.tags)
    )


def within(rule: Rule, gate: Gate, comparison: Comparison) -> Comparison:
    """The comparison as it would be of the rule's pairs alone, as far as the rule looks at it.

    It keeps the rule's metric of candidate and incumbent. Counts of cases, and of cases by reason, are the whole run's.
    """
    if not is_sliced(rule):
        return comparison
    kept = pairs_of(rule, comparison.pairs)
    providers = dict(comparison.providers)
    for name in (gate.candidate, gate.incumbent):
        side = providers.get(name or "")
        if name is None or side is None:
            continue
        whole = side.metrics.get(rule.metric)
        providers[name] = side.model_copy(
            update={
                "metrics": {} if whole is None else {rule.metric: _summary_of(whole, kept, rule.metric)},
                "failed_pairs": {end: _some(pairs, kept) for end, pairs in side.failed_pairs.items()},
            }
        )
    return comparison.model_copy(
        update={
            "pairs": tuple(pair for pair in comparison.pairs if pair.id in kept),
            "providers": providers,
            "unmatched": {name: _some(pairs, kept) for name, pairs in comparison.unmatched.items()},
        }
    )


def parts_of(rule: Rule, gate: Gate, comparison: Comparison) -> tuple[dict[str, Rule], list[str]]:
    """A rule for each domain, tag or field that the rule is judged for, by name.

    Returns:
        The rules, and the fields to which the metric applies in no pair of either side, so that there is nothing to
        judge (gold states none of them).
    """
    alone = replace(rule, each=None, fields=())
    if rule.each == "domain":
        return {name: replace(alone, domain=name) for name in sorted({pair.domain for pair in comparison.pairs})}, []
    if rule.each == "tag":
        tags = sorted({tag for pair in comparison.pairs for tag in pair.tags})
        return {name: replace(alone, tag=name) for name in tags}, []
    family = rule.metric.partition(".")[0]
    found = {name: replace(alone, metric=f"{family}.{name}") for name in rule.fields}
    asked = (gate.candidate, *([gate.incumbent] if rule.is_paired else []))
    void = [name for name, part in found.items() if all(_says_nothing(part, side, gate, comparison) for side in asked)]
    return {name: part for name, part in found.items() if name not in void}, void


def _says_nothing(rule: Rule, provider: str | None, gate: Gate, comparison: Comparison) -> bool:
    """Whether the provider has the metric and it applies to none of its cases."""
    summary = within(rule, gate, comparison).providers[provider or ""].metrics.get(rule.metric)
    return summary is not None and not (summary.values or summary.failed_pairs or summary.missing_pairs)


def _summary_of(whole: MetricSummary, kept: frozenset[str], metric: str) -> MetricSummary:
    values, repeats = _only(whole.values, kept), _only(whole.repeats, kept)
    return whole.model_copy(
        update={
            "value": mean(values.values(), spec_of(metric)) if values else None,
            "low": None,
            "high": None,
            "n": len(values),
            "values": values,
            "repeats": repeats if any(_cases(of) > 1 for of in repeats.values()) else {},
            "failed_pairs": _some(whole.failed_pairs, kept),
            "missing_pairs": _some(whole.missing_pairs, kept),
            "errored_at_best": _only(whole.errored_at_best, kept),
        }
    )


def _cases(of: PairRepeats) -> int:
    return len(of.values) + of.failed + of.unknown


def _only(by_pair: Mapping[str, _V], kept: frozenset[str]) -> dict[str, _V]:
    return {pair: value for pair, value in by_pair.items() if pair in kept}


def _some(pairs: tuple[str, ...], kept: frozenset[str]) -> tuple[str, ...]:
    return tuple(pair for pair in pairs if pair in kept)
