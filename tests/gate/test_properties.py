"""What holds of every gate, whatever the data."""

import re
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compare.scored import comparison, missing, scored
from gate.judging import judged, rule
from shortlist import stats
from shortlist.gate.needed import pairs_to_decide
from shortlist.results import RuleResult, RuleStatus
from shortlist.scores import CaseScores, Score, ScoreStatus
from shortlist.suite.model import Rule

ORDER = {RuleStatus.FAIL: 0, RuleStatus.UNDECIDED: 1, RuleStatus.PASS: 2}
FAILED = Score(0.0, ScoreStatus.FAILED, "failed")
DOMAINS = ("nurse", "poet", "welder")
Row = tuple[str, str, str, float, float, str]
"""Domain, résumé, outcome of `new`, score of `new`, of `old`, outcome of `old`."""

ends = st.sampled_from(["ok"] * 8 + ["error", "refused", "lost"])
rows = st.lists(
    st.tuples(st.sampled_from(DOMAINS), st.sampled_from("abcdefgh"), ends, st.floats(0, 1), st.floats(0, 1), ends),
    min_size=1,
    max_size=20,
)
RULES = (
    rule("gold.score", at_least="0.5"),
    rule("gold.score", no_worse_by="0.2"),
    rule("gold.score", better_by="0.1"),
    rule("gold.score", no_worse_by="0.2", alert=True),
    rule("gold.score", at_least="0.3", percentile="50"),
    rule("schema.pass", no_worse_by="0.3"),
    rule("latency.total", at_most_ratio="1.2"),
    rule("latency.total", at_most="0.9"),
)


def cells(outcome: str, score: float) -> dict[str, Any]:
    if outcome == "lost":
        return {"gold.score": missing("lost"), "schema.pass": 1.0, "latency.total": missing("lost")}
    if outcome != "ok":
        return {"gold.score": FAILED, "schema.pass": FAILED, "latency.total": missing("failed")}
    return {"gold.score": score, "schema.pass": float(score > 0.3), "latency.total": 0.1 + score}


def cases_of(table: list[tuple[str, Row]]) -> list[CaseScores]:
    found = []
    for pair, (_, _, end, ours, theirs, their_end) in table:
        for name, outcome, score in (("new", end, ours), ("old", their_end, theirs)):
            found.append(scored(pair, name, cells(outcome, score), "ok" if outcome == "lost" else outcome))
    return found


def results(table: list[tuple[str, Row]], *rules: Rule, named: Callable[[str], str] = str) -> tuple[RuleResult, ...]:
    resumes = {pair: row[1] for pair, row in table}
    domains = {pair: named(row[0]) for pair, row in table}
    return judged(comparison(cases_of(table), resumes, domains), *rules).rules


def numbered(table: list[Row]) -> list[tuple[str, Row]]:
    return [(f"p{i:02}", row) for i, row in enumerate(table)]


def about(number: Any, share: float = 1e-9) -> Any:
    """Equal but for rounding. Sums in another order differ in their last digits."""
    return None if number is None else pytest.approx(float(number), rel=share, abs=1e-9)


def same(one: RuleResult, other: RuleResult) -> bool:
    return (one.status, one.n, one.needed_n) == (other.status, other.n, other.needed_n) and all(
        (a is None and b is None) or a == about(b)
        for a, b in ((one.value, other.value), (one.low, other.low), (one.high, other.high))
    )


@settings(max_examples=30)
@given(rows, st.randoms(use_true_random=False))
def test_order_and_names_of_pairs_and_domains_change_nothing(table: list[Row], random: Random) -> None:
    each = tuple(rule("gold.score", no_worse_by="0.2", each="domain", **more) for more in ({}, {"alert": True}))
    before = numbered(table)
    after = [(f"q{random.random()}-{pair}", row) for pair, row in before]
    random.shuffle(after)
    new_names = dict(zip(DOMAINS, random.sample(["x", "y", "z"], 3), strict=True))
    first, second = results(before, *RULES, *each), results(after, *RULES, *each, named=new_names.__getitem__)
    for one, other in zip(first, second, strict=True):
        assert same(one, other)
        parts = {part.name: part for part in other.slices}
        for part in one.slices:
            renamed = parts[new_names[part.name]]
            assert (renamed.status, renamed.n) == (part.status, part.n)
            assert renamed.adjusted_p == about(part.adjusted_p, 1e-3)


@settings(max_examples=30)
@given(rows, st.sampled_from(RULES))
def test_a_rule_on_a_domain_is_the_rule_on_a_comparison_of_its_pairs(table: list[Row], asked: Rule) -> None:
    whole = numbered(table)
    domain = table[0][0]
    (part,) = results(whole, replace(asked, domain=domain))
    (alone,) = results([(pair, row) for pair, row in whole if row[0] == domain], asked)
    assert same(part, alone)
    if part.n:  # the reasons of pairs without a value are not kept by pair
        where = f" in domain {domain}"
        told = alone.why.replace(asked.metric, f"{asked.metric}{where}", 1)
        assert part.why == re.sub(r"(?<=; about )([\d,]+ pairs?)(?= would decide)", rf"\1{where}", told)


@settings(max_examples=30)
@given(rows, st.sampled_from(RULES))
def test_each_passes_and_fails_no_sooner_than_its_slices(table: list[Row], asked: Rule) -> None:
    whole = numbered(table)
    (each,) = results(whole, replace(asked, each="domain"))
    names = [part.name for part in each.slices]
    alone = results(whole, *(replace(asked, domain=name) for name in names))
    statuses = [result.status for result in alone]
    if asked.alert:
        assert (each.status is RuleStatus.FAIL) <= (RuleStatus.FAIL in statuses)
        return
    assert (each.status is RuleStatus.PASS) == all(status is RuleStatus.PASS for status in statuses)
    assert (each.status is RuleStatus.FAIL) <= (RuleStatus.FAIL in statuses)
    if len(names) == 1:
        assert each.status is statuses[0]
        assert each.needed_n == alone[0].needed_n


@settings(max_examples=30)
@given(rows, st.integers(0, 19))
def test_a_better_candidate_is_never_judged_worse(table: list[Row], at: int) -> None:
    """On yes and no. A mean's interval may well widen when one score rises far above the others."""
    asked = [
        rule("schema.pass", **said)
        for said in (
            {"at_least": "0.5"},
            {"no_worse_by": "0.2"},
            {"better_by": "0"},
            {"no_worse_by": "0.2", "each": "domain"},
            {"no_worse_by": "0.2", "each": "domain", "alert": True},
        )
    ]
    own = [
        (domain, f"{i}", end, ours, theirs, their_end)
        for i, (domain, _, end, ours, theirs, their_end) in enumerate(table)
    ]
    better = list(own)
    domain, resume, _, _, theirs, their_end = own[at % len(own)]
    better[at % len(own)] = (domain, resume, "ok", 1.0, theirs, their_end)
    before, after = results(numbered(own), *asked), results(numbered(better), *asked)
    assert all(ORDER[now.status] >= ORDER[then.status] for then, now in zip(before, after, strict=True))


@settings(max_examples=30)
@given(rows)
def test_an_incumbent_heard_everywhere_decides_no_less_in_the_same_way(table: list[Row]) -> None:
    """Whatever an incumbent would have said where it ended in an error, a rule that was decided stays so."""
    asked = [rule("gold.score", **said) for said in ({"no_worse_by": "0.2"}, {"better_by": "0.1"})]
    table = [(*row[:5], "error" if row[5] == "lost" else row[5]) for row in table]
    unheard = results(numbered(table), *asked)
    for said in (0.0, 1.0):
        heard = [row if row[5] != "error" else (*row[:4], said, "ok") for row in table]
        for then, now in zip(unheard, results(numbered(heard), *asked), strict=True):
            assert then.status in (RuleStatus.UNDECIDED, now.status)


@given(
    st.floats(0.001, 0.5),
    st.floats(0.1, 3),
    st.floats(0, 2),
    st.sampled_from([0.5, 0.6, 1.0]),
    st.integers(1, 3000),
)
def test_the_pairs_that_would_decide_are_found_as_by_halving(
    distance: float, width: float, more: float, power: float, n: int
) -> None:
    def beyond(scale: float) -> float:
        return float(distance - width / (n * scale) ** power - more / (n * scale))

    if beyond(1.0) < 0:
        assert pairs_to_decide(beyond, n) == stats.needed_n(lambda scale: beyond(scale) >= 0, n)


def test_an_end_that_comes_late_is_found_too() -> None:
    asked: list[float] = []

    def beyond(scale: float) -> float | None:
        asked.append(scale)
        return None if 5 * scale < 72 else 1.0

    assert pairs_to_decide(beyond, 5) == 72
    assert len(asked) < 40
    assert pairs_to_decide(lambda _: None, 5) is None
