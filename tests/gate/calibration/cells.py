"""What is simulated: every row of the table in docs/calibration.md.

A row is a rule, how pairs hang together, a truth exactly on the rule's bound and one that is better. A cell is a row at
some n. Every cell must promote (and reject) on the bound at most as often as promised, but for the known limits, which
`limits.py` lists with their figures.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from gate.calibration import exact
from gate.calibration.designs import Design, alone, crossed, crossed_evenly, five_jobs, unequal
from gate.calibration.populations import (
    LogNormal,
    Population,
    Scores,
    YesNo,
    both_repeated,
    discordant,
    one,
    rare_losses,
    repeated,
    two,
)
from gate.calibration.through import seeded, without_advice, words
from shortlist.suite.model import Rule

ALPHA = 0.025
"""What a gate at confidence 0.95 promises: of false promotions, and of false rejections."""
SIZES = (20, 50, 100, 200, 500, 1000, 2000)
SEED = 20261121


@dataclass(frozen=True, slots=True)
class Chances:
    """How often the gate promotes and rejects on the bound, and is right about what is off it; shares."""

    promoted: float
    rejected: float
    power: float | None
    """None where it was not asked for."""
    runs: int | None
    """Simulated; None where the chances were computed exactly."""


@dataclass(frozen=True, slots=True)
class Exact:
    """A row whose verdict hangs on counts."""

    name: str
    group: str
    on_bound: Callable[[int], exact.Chances]
    better: Callable[[int], exact.Chances]

    def at(self, n: int, runs: int, power: bool = True) -> Chances:
        """The chances at n pairs; `runs` is not looked at."""
        with without_advice():
            bound = self.on_bound(n)
            better = self.better(n).promote if power else None
        return Chances(bound.promote, bound.reject, better, None)


@dataclass(frozen=True, slots=True)
class Row:
    """A row that is simulated."""

    name: str
    group: str
    rule: Rule
    on_bound: Population
    better: Population
    design: Callable[[int], Design] = alone
    right: str = "PROMOTE"
    """What the gate should say of the better truth; of an alert that is plainly broken, REJECT."""

    def at(self, n: int, runs: int, power: bool = True) -> Chances:
        """The chances at n pairs; the better truth is drawn half as often as the one on the bound."""
        design, right = self.design(n), None
        with without_advice():
            bound = self._words(design, self.on_bound, "bound", runs)
            if power:
                better = self._words(design, self.better, "better", max(1, runs // 2))
                right = better.count(self.right) / len(better)
        return Chances(bound.count("PROMOTE") / runs, bound.count("REJECT") / runs, right, runs)

    def _words(self, design: Design, population: Population, truth: str, runs: int) -> list[str]:
        found: list[str] = []
        for start in range(0, runs, BATCH):
            random = seeded(SEED, self.name, truth, design.n, start)
            found += words(design, self.rule, population(random, design, min(BATCH, runs - start)))
        return found


BATCH = 500
"""Runs that are drawn together."""


def rule(metric: str, *, each: Literal["domain"] | None = None, alert: bool = False, **bound: str) -> Rule:
    """Bounds as text, as a suite has them."""
    said: dict[str, Any] = {name: Decimal(value) for name, value in bound.items()}
    return Rule(metric, each=each, alert=alert, **said)


def _paired_rows() -> list[Exact]:
    found = []
    for margin in ("0.03", "0.05"):
        said = rule("schema.pass", no_worse_by=margin)
        for share in (0.03, 0.05, 0.10, 0.20, 0.23):
            lost = (share + float(margin)) / 2
            if lost > share + 1e-9:
                continue
            what = "failures never on the same pair" if share == 0.23 else f"{100 * share:.0f}% discordant"
            found.append(_exact_difference(f"no_worse_by {margin}, {what}", said, share, lost))
    better = rule("schema.pass", better_by="0")
    return [*found, _exact_difference("better_by 0, 10% discordant", better, 0.10, 0.05, 0.025)]


def _exact_difference(name: str, said: Rule, share: float, lost: float, lost_if_better: float | None = None) -> Exact:
    lost_then = share / 2 if lost_if_better is None else lost_if_better
    return Exact(
        name,
        "Yes or no, two models",
        lambda n: exact.of_difference(said, n, max(0.0, share - lost), lost),
        lambda n: exact.of_difference(said, n, share - lost_then, lost_then),
    )


def _rate_rows() -> list[Exact]:
    return [_exact_rate(bound) for bound in ("0.90", "0.95", "0.98")]


def _exact_rate(bound: str) -> Exact:
    said, rate = rule("schema.pass", at_least=bound), float(bound)
    return Exact(
        f"at_least {bound}",
        "Yes or no, one model",
        lambda n: exact.of_rate(said, n, rate),
        lambda n: exact.of_rate(said, n, (1 + rate) / 2),
    )


def _percentile_row() -> Exact:
    said = rule("latency.total", percentile="95", at_most="30")
    return Exact(
        "p95 at_most",
        "Seconds and money, one model",
        lambda n: exact.of_percentile(said, n, 0.95),
        lambda n: exact.of_percentile(said, n, 0.98),
    )


SCORES, NEAR_PERFECT = Scores(failed=0.02, perfect=0.30), Scores(failed=0.01, perfect=0.59, a=19)
"""Means of 0.844 and 0.97."""
CALM, WILD = LogNormal(20, 0.5), LogNormal(20, 1.0)
"""Seconds: a p95 of 1.9, and of 3.1, times the mean."""
PRICE, DEAR = LogNormal(0.03, 0.4), LogNormal(0.14, 0.4)

LOSING = rule("parity.score", no_worse_by="0.03")


def _score_rows() -> list[Row]:
    group = "Scores from 0 to 1"
    return [
        Row("at_least, 2% failed, 30% perfect", group, rule("parity.score", at_least="0.844"), one(SCORES),
            one(Scores(0.01, 0.42))),
        Row("at_least, near perfect", group, rule("parity.score", at_least="0.97"), one(NEAR_PERFECT),
            one(Scores(0.0, 0.80, 19))),
        Row("no_worse_by 0.03, alike, more failures", group, LOSING, two(SCORES.failing_more(0.03), SCORES, 0.8),
            two(SCORES, SCORES, 0.8)),
        Row("no_worse_by 0.03, alike, all a little worse", group, LOSING, two(SCORES.blurred(0.03), SCORES, 0.8),
            two(SCORES, SCORES, 0.8)),
        Row("no_worse_by 0.03, unrelated", group, LOSING, two(SCORES.blurred(0.03), SCORES, 0.0),
            two(SCORES, SCORES, 0.0)),
        Row("no_worse_by 0.03, good where the other is bad", group, LOSING,
            two(SCORES.blurred(0.03), SCORES, -0.8), two(SCORES, SCORES, -0.8)),
        Row("no_worse_by 0.03, equal but for 5% large losses", group, LOSING, rare_losses(0.05, 0.6),
            rare_losses(0.0, 0.6)),
        Row("no_worse_by 0.01, equal but for 2% large losses", group, rule("parity.score", no_worse_by="0.01"),
            rare_losses(0.02, 0.5), rare_losses(0.0, 0.5)),
        Row("better_by 0", group, rule("parity.score", better_by="0"), two(SCORES, SCORES, 0.5),
            two(Scores(0.02, 0.55), SCORES, 0.5)),
    ]  # fmt: skip


def _unbounded_rows() -> list[Row]:
    alone_, pair = "Seconds and money, one model", "Seconds and money, two models"
    slower, cost = rule("latency.total", no_worse_by="2"), "cost.per_generation"
    return [
        Row("at_most, sigma 0.5", alone_, rule("latency.total", at_most="20"), one(CALM), one(LogNormal(17, 0.5))),
        Row("at_most, sigma 1", alone_, rule("latency.total", at_most="20"), one(WILD), one(LogNormal(14, 1.0))),
        Row("at_most, cost", alone_, rule(cost, at_most="0.03"), one(PRICE), one(LogNormal(0.027, 0.4))),
        Row("no_worse_by 10%, sigma 0.5", pair, slower, two(LogNormal(22, 0.5), CALM, 0.5), two(CALM, CALM, 0.5)),
        Row("no_worse_by 10%, sigma 1", pair, slower, two(LogNormal(22, 1.0), WILD, 0.5), two(WILD, WILD, 0.5)),
        Row("no_worse_by 10%, heavier tail than the incumbent", pair, slower, two(LogNormal(22, 1.0), CALM, 0.5),
            two(LogNormal(18, 1.0), CALM, 0.5)),
        Row("no_worse_by 10%, lighter tail than the incumbent", pair, slower, two(LogNormal(22, 0.5), WILD, 0.5),
            two(CALM, WILD, 0.5)),
        Row("better_by 0, sigma 0.5", pair, rule("latency.total", better_by="0"), two(CALM, CALM, 0.5),
            two(LogNormal(17, 0.5), CALM, 0.5)),
        Row("at_most_ratio 0.2, cost", pair, rule(cost, at_most_ratio="0.2"), two(LogNormal(0.028, 0.4), DEAR, 0.5),
            two(LogNormal(0.025, 0.4), DEAR, 0.5)),
        Row("at_most_ratio 0.5, sigma 1", pair, rule("latency.total", at_most_ratio="0.5"),
            two(LogNormal(10, 1.0), WILD, 0.5), two(LogNormal(7, 1.0), WILD, 0.5)),
    ]  # fmt: skip


def _clustered_rows() -> list[Row]:
    group = "Shared résumés or job descriptions"
    valid, paired = rule("schema.pass", at_least="0.90"), rule("schema.pass", no_worse_by="0.05")
    yes, better_yes = one(YesNo(0.90)), one(YesNo(0.95))
    lost, equal = discordant(0.075, 0.125), discordant(0.10, 0.10)
    worse, same = two(SCORES.blurred(0.03), SCORES, 0.5), two(SCORES, SCORES, 0.5)
    slow, quick = two(LogNormal(22, 0.5), CALM, 0.5), two(CALM, CALM, 0.5)
    five, sizes, grid = _shared(five_jobs), _shared(unequal), _shared(crossed)
    even = _shared(crossed_evenly)
    return [
        Row("yes/no at_least, 5 jobs a résumé, ICC 0.2", group, valid, yes, better_yes, five(0.2)),
        Row("yes/no at_least, 5 jobs a résumé, ICC 0.5", group, valid, yes, better_yes, five(0.5)),
        Row("yes/no at_least, 1 to 8 jobs a résumé, ICC 0.5", group, valid, yes, better_yes, sizes(0.5)),
        Row("yes/no at_least, each résumé x each job, ICC 0.25 + 0.25", group, valid, yes, better_yes, even(0.25)),
        Row("yes/no no_worse_by 0.05, 5 jobs a résumé, ICC 0.2", group, paired, lost, equal, five(0.2)),
        Row("yes/no no_worse_by 0.05, 5 jobs a résumé, ICC 0.5", group, paired, lost, equal, five(0.5)),
        Row("yes/no no_worse_by 0.05, 1 to 8 jobs a résumé, ICC 0.5", group, paired, lost, equal, sizes(0.5)),
        Row("yes/no no_worse_by 0.05, 10 jobs x all résumés, ICC 0.25 + 0.25", group, paired, lost, equal,
            grid(0.25)),
        Row("yes/no no_worse_by 0.05, each résumé x each job, ICC 0.4 + 0.4", group, paired, lost, equal, even(0.4)),
        Row("score no_worse_by 0.03, 5 jobs a résumé, ICC 0.2", group, LOSING, worse, same, five(0.2)),
        Row("score no_worse_by 0.03, 5 jobs a résumé, ICC 0.5", group, LOSING, worse, same, five(0.5)),
        Row("score no_worse_by 0.03, 1 to 8 jobs a résumé, ICC 0.5", group, LOSING, worse, same, sizes(0.5)),
        Row("seconds no_worse_by 10%, 5 jobs a résumé, ICC 0.5", group, rule("latency.total", no_worse_by="2"),
            slow, quick, five(0.5)),
        Row("seconds at_most, 1 to 8 jobs a résumé, ICC 0.5", group, rule("latency.total", at_most="20"), one(CALM),
            one(LogNormal(17, 0.5)), sizes(0.5)),
        Row("seconds no_worse_by 10%, each résumé x each job, ICC 0.25 + 0.25", group,
            rule("latency.total", no_worse_by="2"), slow, quick, even(0.25)),
        Row("seconds no_worse_by 10%, each résumé x each job, ICC 0.4 + 0.4", group,
            rule("latency.total", no_worse_by="2"), slow, quick, even(0.4)),
        Row("seconds p95 at_most, 5 jobs a résumé, ICC 0.5", group,
            rule("latency.total", percentile="95", at_most=f"{CALM.percentile(95):.9f}"), one(CALM),
            one(LogNormal(15, 0.5)), five(0.5)),
    ]  # fmt: skip


def _shared(design: Callable[[int, float], Design]) -> Callable[[float], Callable[[int], Design]]:
    return lambda icc: lambda n: design(n, icc)


def _repeated_rows() -> list[Row]:
    group = "Three repeats a pair"
    return [
        Row("yes/no at_least 0.90", group, rule("schema.pass", at_least="0.90"), repeated(YesNo(0.90), 3, 0.6),
            repeated(YesNo(0.95), 3, 0.6)),
        Row("yes/no no_worse_by 0.05", group, rule("schema.pass", no_worse_by="0.05"),
            both_repeated(YesNo(0.85), YesNo(0.90), 3, 0.6), both_repeated(YesNo(0.90), YesNo(0.90), 3, 0.6)),
        Row("score no_worse_by 0.03", group, LOSING, both_repeated(SCORES.blurred(0.03), SCORES, 3, 0.6),
            both_repeated(SCORES, SCORES, 3, 0.6)),
        Row("seconds p95 at_most", group,
            rule("latency.total", percentile="95", at_most=f"{CALM.percentile(95):.9f}"), repeated(CALM, 3, 0.6),
            repeated(LogNormal(15, 0.5), 3, 0.6)),
    ]  # fmt: skip


def _sliced_rows() -> list[Row]:
    group = "Five domains at once"
    each = rule("parity.score", no_worse_by="0.03", each="domain")
    return [
        Row("score no_worse_by 0.03 in each", group, each, two(SCORES.blurred(0.03), SCORES, 0.8),
            two(SCORES, SCORES, 0.8)),
        Row("yes/no no_worse_by 0.05 in each", group, rule("schema.pass", no_worse_by="0.05", each="domain"),
            discordant(0.075, 0.125), discordant(0.05, 0.05)),
        Row("alert: score no_worse_by 0.03 in each", group,
            rule("parity.score", no_worse_by="0.03", each="domain", alert=True),
            two(SCORES.blurred(0.03), SCORES, 0.8), two(SCORES.failing_more(0.15), SCORES, 0.8), right="REJECT"),
        Row("alert: yes/no no_worse_by 0.05 in each", group,
            rule("schema.pass", no_worse_by="0.05", each="domain", alert=True), discordant(0.075, 0.125),
            discordant(0.05, 0.25), right="REJECT"),
    ]  # fmt: skip


ROWS: tuple[Exact | Row, ...] = (
    *_rate_rows(),
    *_paired_rows(),
    *_score_rows(),
    _percentile_row(),
    *_unbounded_rows(),
    *_clustered_rows(),
    *_repeated_rows(),
    *_sliced_rows(),
)
