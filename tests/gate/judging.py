"""Rules and their judgement in as few words as the tests need: `new` is the candidate, `old` the incumbent."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from compare.scored import column, comparison
from shortlist.gate import gate
from shortlist.results import Comparison, RuleResult, Verdict
from shortlist.scores import CaseScores
from shortlist.suite.model import Gate, Rule


def rule(metric: str, **said: Any) -> Rule:
    """Bounds as text; `domain`, `tag`, `each` and `alert` as a suite has them."""
    slices = {"domain", "tag", "each", "fields", "alert"}
    fields: dict[str, Any] = {name: value if name in slices else Decimal(value) for name, value in said.items()}
    return Rule(metric, **fields)


def judged(compared: Comparison, *rules: Rule, incumbent: str | None = "old", confidence: str = "0.95") -> Verdict:
    return gate(compared, Gate("new", incumbent, Decimal(confidence), rules))


def one(cases: list[CaseScores], metric: str, resumes: Mapping[str, str] | None = None, **said: Any) -> RuleResult:
    (result,) = judged(comparison(cases, resumes), rule(metric, **said)).rules
    return result


def sliced(
    cases: list[CaseScores],
    domains: Mapping[str, str],
    metric: str,
    tags: Mapping[str, tuple[str, ...]] | None = None,
    **said: Any,
) -> RuleResult:
    (result,) = judged(comparison(cases, domains=domains, tags=tags), rule(metric, **said)).rules
    return result


def both(metric: str, new: list[Any], old: list[Any]) -> list[CaseScores]:
    return column("new", metric, new) + column("old", metric, old)
