"""What a gate says before the last pair: the same rules, with what is still to come in mind."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from compare.scored import column, facts, run_of, scored
from gate.judging import both, rule
from shortlist.compare import compare
from shortlist.gate import gate
from shortlist.gate.look import Look
from shortlist.results import PairFacts, RuleResult, Verdict
from shortlist.scores import CaseScores
from shortlist.suite.model import Gate, Rule

PASS, FAIL, UNDECIDED = "pass", "fail", "undecided"


def pairs(number: int, **said: Any) -> list[PairFacts]:
    """The run's pairs, of domains `d0` and `d1` in turns."""
    return [
        PairFacts(id=f"p{i}", domain=f"d{i % 2}", resume_cluster=f"r{i}", job_cluster=f"j{i}", **said)
        for i in range(number)
    ]


def looked(cases: list[CaseScores], planned: list[PairFacts], *rules: Rule, last: bool = False) -> Verdict:
    compared = compare([run_of(cases)], planned, confidence=0.95, candidate="new", incumbent="old")
    conditions = Gate("new", "old", Decimal("0.95"), rules, early_stop=True)
    return gate(compared, conditions, look=Look(planned, last=last))


def one(cases: list[CaseScores], planned: list[PairFacts], asked: Rule, last: bool = False) -> RuleResult:
    (result,) = looked(cases, planned, asked, last=last).rules
    return result


def test_a_look_needs_more_than_the_end_and_the_end_a_little_more_than_usual() -> None:
    cases = both("schema.pass", [1.0] * 40, [1.0] * 40)
    asked = rule("schema.pass", at_least="0.87")
    usual = gate(
        compare([run_of(cases)], facts(cases), confidence=0.95, candidate="new", incumbent="old"),
        Gate("new", "old", Decimal("0.95"), (asked,)),
    ).rules[0]
    at_end, at_look = (one(cases, pairs(40), asked, last=last) for last in (True, False))
    ends = [float(result.low or 0) for result in (at_look, at_end, usual)]
    assert ends == sorted(set(ends))
    assert [result.status for result in (at_look, at_end, usual)] == [UNDECIDED, PASS, PASS]
    assert "96% confidence" in at_end.why


def test_what_cannot_be_judged_yet_is_no_fail_before_the_end() -> None:
    """Of the first pairs none has the metric; at the end that is a fail."""
    cases = both("schema.pass", [1.0] * 30, [0.0] * 30)
    for asked in (rule("injection.resisted", at_least="0.9"), rule("gold.score", no_worse_by="0.1")):
        early, late = (one(cases, pairs(200 if not last else 30), asked, last=last) for last in (False, True))
        assert (early.status, late.status) == (UNDECIDED, FAIL)
        assert "; more pairs may change that" in early.why


def test_a_domain_that_has_not_been_seen_holds_up_both_words() -> None:
    seen = [f"p{i}" for i in range(0, 160, 2)]
    for value, word in ((1.0, PASS), (0.0, FAIL)):
        cases = [scored(pair, name, {"schema.pass": value}) for pair in seen for name in ("new", "old")]
        asked = rule("schema.pass", at_least="0.5", each="domain")
        early = one(cases, pairs(200), asked)
        assert early.status == UNDECIDED
        assert "nothing is known yet of domain d1" in early.why
        assert one(cases, [pair for pair in pairs(200) if pair.domain == "d0"], asked).status == word


def test_an_alert_holds_nothing_up() -> None:
    seen = [f"p{i}" for i in range(0, 160, 2)]
    cases = [scored(pair, name, {"schema.pass": 1.0}) for pair in seen for name in ("new", "old")]
    alert = rule("schema.pass", at_least="0.5", each="domain", alert=True)
    verdict = looked(cases, pairs(200), rule("schema.pass", at_least="0.5"), alert)
    assert verdict.verdict == "PROMOTE", verdict.why


@pytest.mark.parametrize(
    ("asked", "early"),
    [
        (rule("cost.total", at_most="1"), FAIL),
        (rule("cost.total", at_most="100"), UNDECIDED),
        (rule("cost.total", at_most_ratio="0.5"), UNDECIDED),
        (rule("cost.total", at_most_ratio="2"), PASS),
    ],
)
def test_money_only_adds_up(asked: Rule, early: str) -> None:
    cases = both("cost.per_generation", [Decimal("0.1")] * 30, [Decimal("0.1")] * 30)
    assert one(cases, pairs(60), asked).status == early


def test_a_throughput_that_is_too_small_so_far_may_grow() -> None:
    cases = both("throughput.busy", [2.0] * 30, [2.0] * 30)
    slow, fast = (one(cases, pairs(60), rule("throughput.generations", at_least=least)) for least in ("1", "0.4"))
    assert (slow.status, fast.status) == (UNDECIDED, PASS)
    assert "the figure of a whole run may be another" in slow.why


def test_one_rule_that_is_open_holds_up_a_promotion_and_no_rejection() -> None:
    good = rule("schema.pass", at_least="0.5")
    unsure = rule("injection.resisted", at_least="0.9")
    cases = both("schema.pass", [1.0] * 40, [1.0] * 40)
    assert looked(cases, pairs(200), good).verdict == "PROMOTE"
    assert looked(cases, pairs(200), good, unsure).verdict == "INCONCLUSIVE"
    cases = both("schema.pass", [0.0] * 40, [1.0] * 40)
    assert looked(cases, pairs(200), good, unsure).verdict == "REJECT"


def test_a_percentile_among_the_failed_is_a_shown_fail() -> None:
    cases = column("new", "latency.total", [None] * 30 + [1.0] * 10) + column("old", "latency.total", [1.0] * 40)
    result = one(cases, pairs(200), rule("latency.total", percentile="90", at_most="30"))
    assert result.status == FAIL


@pytest.mark.parametrize(
    ("metric", "new", "said", "doubt"),
    [
        ("schema.pass", [1.0] * 30, {"at_least": "0.95"}, "the true rate may be as low as"),
        ("gold.score", [0.9 + i / 1000 for i in range(30)], {"no_worse_by": "0.01"}, "the true difference may be"),
        (
            "latency.total",
            [1.0 + i / 10 for i in range(30)],
            {"at_most": "30"},
            "but before the run's last pair 30 pairs give no interval",
        ),
        (
            "latency.total",
            [1.0 + i / 10 for i in range(30)],
            {"percentile": "99", "at_most": "30"},
            "but before the run's last pair 30 pairs give p99 no upper limit",
        ),
    ],
)
def test_a_look_that_leaves_a_rule_open_foretells_nothing(
    metric: str, new: list[Any], said: dict[str, str], doubt: str
) -> None:
    """Its intervals say nothing of more pairs: neither how many would decide, nor that no number would."""
    open_ = one(both(metric, new, new), pairs(200), rule(metric, **said))
    assert (open_.status, open_.needed_n) == (UNDECIDED, None)
    assert doubt in open_.why
    for foretold in ("no number of pairs", "would decide", "equal values", "below"):
        assert foretold not in open_.why
