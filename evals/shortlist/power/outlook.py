"""What a plan says of the gate, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shortlist.stats import wilson


@dataclass(frozen=True, slots=True)
class Chance:
    """A probability, found by simulation."""

    value: float
    low: float
    high: float
    """Wilson's 95% interval: what the number of simulated runs leaves possible."""

    def to_json(self) -> dict[str, float]:
        """JSON-ready."""
        return {"value": self.value, "low": self.low, "high": self.high}


@dataclass(frozen=True, slots=True)
class Figure:
    """A true figure, assumed or asked for."""

    value: float
    means: str
    """`true rate`, `true mean`, `share of pairs that keep the bound`, `difference` or `ratio`."""
    unit: str | None

    def to_json(self) -> dict[str, Any]:
        """JSON-ready."""
        return {"value": self.value, "means": self.means, "unit": self.unit}


@dataclass(frozen=True, slots=True)
class Source:
    """A figure that the plan rests on, and where it comes from."""

    what: str
    value: float
    origin: str

    def to_json(self) -> dict[str, Any]:
        """JSON-ready."""
        return {"what": self.what, "value": self.value, "origin": self.origin}


@dataclass(frozen=True, slots=True)
class RuleOutlook:
    """What the pairs can and cannot decide of one rule."""

    metric: str
    condition: str
    among: str | None
    each: str | None
    """`domain`, `tag` or `field` where it is judged for every one of them."""
    alert: bool
    """It passes unless a break is shown, so that no figure has it pass."""
    n: int
    """Pairs that it is about; of a rule for each slice, those of the smallest."""
    cannot: str | None = None
    """Why it cannot pass with these pairs, whatever the candidate does; None where it can."""
    fewest_n: int | None = None
    """Pairs from which it can pass at all, where these are too few."""
    expected: Figure | None = None
    """The true figure of an equal candidate."""
    chance: Chance | None = None
    """That the rule passes then."""
    needs: Figure | None = None
    """The true figure from which on it passes four times in five; of a rule for each slice, in the smallest by itself.
    """
    needed_n: int | None = None
    """Pairs with which an equal candidate passes four times in five; of a rule for each slice, in one by itself."""
    unknown: str | None = None
    """Why a figure above is None."""
    at_bound: Chance | None = None
    """That the whole gate promotes a candidate which lies exactly on this rule's bound and is equal elsewhere."""

    def to_json(self) -> dict[str, Any]:
        """JSON-ready; what is unknown is null."""
        return {
            "metric": self.metric,
            "condition": self.condition,
            "among": self.among,
            "each": self.each,
            "alert": self.alert,
            "n": self.n,
            "can_pass": self.cannot is None,
            "cannot_why": self.cannot,
            "fewest_n": self.fewest_n,
            "expected": self.expected and self.expected.to_json(),
            "chance_if_equal": self.chance and self.chance.to_json(),
            "needs": self.needs and self.needs.to_json(),
            "needed_n": self.needed_n,
            "gate_chance_at_bound": self.at_bound and self.at_bound.to_json(),
            "unknown_why": self.unknown,
        }


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the pairs can and cannot decide of the gate."""

    pairs: int
    confidence: float
    simulations: int
    rules: tuple[RuleOutlook, ...]
    chance: Chance | None
    """That the gate promotes an equal candidate."""
    without: tuple[str, ...]
    """Rules that this chance leaves out, because nothing is known of their figures: it holds if they pass."""
    unknown: str | None
    """Why there is no chance."""
    sources: tuple[Source, ...]
    notes: tuple[str, ...]
    expected_pairs: float | None = None
    """With early stopping: pairs until the gate is decided, on average, for an equal candidate."""

    def at_bounds(self) -> Chance | None:
        """That the gate promotes a candidate which lies exactly on one bound, on average over its rules.

        Not the largest: of several chances found by simulation that one is the most off.
        """
        found = [rule.at_bound for rule in self.rules if rule.at_bound is not None]
        if not found:
            return None
        runs = len(found) * self.simulations
        each = wilson(sum(round(chance.value * self.simulations) for chance in found), runs)
        return Chance(each.value, each.low, each.high)

    def to_json(self) -> dict[str, Any]:
        """JSON-ready."""
        at_bounds = self.at_bounds()
        return {
            "pairs": self.pairs,
            "confidence": self.confidence,
            "simulations": self.simulations,
            "rules": [rule.to_json() for rule in self.rules],
            "gate": {
                "chance_if_equal": self.chance and self.chance.to_json(),
                "leaves_out": list(self.without),
                "unknown_why": self.unknown,
                "chance_at_a_bound": at_bounds and at_bounds.to_json(),
                "promised_at_a_bound": round((1 - self.confidence) / 2, 12),
                "expected_pairs": self.expected_pairs,
            },
            "sources": [source.to_json() for source in self.sources],
            "notes": list(self.notes),
        }
