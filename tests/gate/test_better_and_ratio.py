"""Superiority and ratios."""

from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from compare.scored import comparison, not_applicable
from gate.judging import both, judged, one, rule
from shortlist.results import Measure, RuleStatus

# --- better by more than … -------------------------------------------------------------------------------------------

BETTER = both("schema.pass", [1.0] * 90 + [0.0] * 10, [0.0] * 40 + [1.0] * 50 + [0.0] * 10)
SEEN = "schema.pass is 40 points higher than old's over 100 pairs"


@pytest.mark.parametrize(
    ("by", "status", "condition", "said"),
    [
        (
            "0.1",
            RuleStatus.PASS,
            "better by 0.1 than old",
            "; at 95% confidence the true difference is at worst 30.9 points higher, beyond the lead of 10 points that "
            "is asked for",
        ),
        (
            "0",
            RuleStatus.PASS,
            "better than old",
            "; at 95% confidence the true difference is at worst 30.9 points higher, which is better",
        ),
        (
            "0.35",
            RuleStatus.UNDECIDED,
            "better by 0.35 than old",
            ", but with 100 pairs the true difference may be 30.9 points higher, short of the lead of 35 points "
            "that is asked for; about 350 pairs would decide",
        ),
        (
            "0.45",
            RuleStatus.UNDECIDED,
            "better by 0.45 than old",
            ", short of the lead of 45 points that is asked for, but with 100 pairs the true difference may be 49.8 "
            "points higher; about 381 pairs would decide",
        ),
        (
            "0.6",
            RuleStatus.FAIL,
            "better by 0.6 than old",
            "; at 95% confidence the true difference is at best 49.8 points higher, short of the lead of 60 points "
            "that is asked for",
        ),
    ],
)
def test_better_by_says_how_much_better(by: str, status: RuleStatus, condition: str, said: str) -> None:
    result = one(BETTER, "schema.pass", better_by=by)
    assert (result.status, result.condition, result.why) == (status, condition, SEEN + said)
    assert (result.measures, result.bound, result.limit, result.passes_above) == (
        Measure.DIFFERENCE,
        float(by),
        float(by),
        True,
    )


def test_who_is_no_better_does_not_pass_and_equal_is_no_better() -> None:
    right = [1.0] * 90 + [0.0] * 10
    equal = one(both("schema.pass", right, right), "schema.pass", better_by="0")
    assert (equal.status, equal.needed_n) == (RuleStatus.UNDECIDED, None)
    assert equal.why == (
        "schema.pass is no different from old's over 100 pairs, which is not better, but with 100 pairs the true "
        "difference may be 3.7 points higher; as long as it looks so, no number of pairs decides"
    )
    worse = one(both("schema.pass", [0.0] * 50 + [1.0] * 50, [1.0] * 100), "schema.pass", better_by="0")
    assert worse.status is RuleStatus.FAIL
    assert worse.why.endswith("the true difference is at best 40.3 points lower, which is not better")


def test_the_lead_itself_is_not_enough() -> None:
    # A price that never varies is known exactly: the interval is that one difference.
    cheap, dear = [Decimal("0.004")] * 6, [Decimal("0.006")] * 6
    cases = both("cost.per_generation", cheap, dear)
    exactly = one(cases, "cost.per_generation", better_by="0.002")
    assert (exactly.status, exactly.low, exactly.high) == (RuleStatus.FAIL, Decimal("-0.002"), Decimal("-0.002"))
    assert exactly.limit == Decimal("-0.002")
    assert one(cases, "cost.per_generation", better_by="0.0019").status is RuleStatus.PASS
    same = one(both("cost.per_generation", cheap, cheap), "cost.per_generation", better_by="0")
    assert same.status is RuleStatus.FAIL
    assert "the true difference is at best none, which is not better" in same.why
    assert one(both("cost.per_generation", cheap, cheap), "cost.per_generation", no_worse_by="0").status is (
        RuleStatus.PASS
    )


@pytest.mark.parametrize(("metric", "status"), [("latency.total", RuleStatus.PASS), ("usage.cached", RuleStatus.FAIL)])
def test_better_knows_which_way_is_better(metric: str, status: RuleStatus) -> None:
    new, old = [1.0 + i / 10 for i in range(10)], [9.0 + i / 9 for i in range(10)]
    result = one(both(metric, new, old), metric, better_by="2")
    assert (result.status, result.passes_above) == (status, metric == "usage.cached")


def test_parity_with_the_incumbent_itself_cannot_be_beaten() -> None:
    cases = both("parity.score", [1.0] * 60, [not_applicable("it is the reference")] * 60)
    result = one(cases, "parity.score", better_by="0")
    assert result.status is RuleStatus.FAIL
    assert result.why == ("parity.score is agreement with old, whose own is 1 by definition: nobody can be better")


# --- ratios ----------------------------------------------------------------------------------------------------------

CHEAP = [Decimal(f"0.004{i % 10}") for i in range(60)]
DEAR = [Decimal(f"0.1{i % 7}") for i in range(60)]
COST = both("cost.per_generation", CHEAP, DEAR)


@pytest.mark.parametrize(
    ("bound", "status", "said"),
    [
        ("0.2", RuleStatus.PASS, "; at 95% confidence the true ratio is at most 0.0361, which keeps the bound of 0.2"),
        (
            "0.035",
            RuleStatus.UNDECIDED,
            ", but with 60 pairs the true ratio may be as high as 0.0361, over the bound of 0.035; about 537 pairs "
            "would decide",
        ),
        (
            "0.01",
            RuleStatus.FAIL,
            "; at 95% confidence the true ratio is at least 0.033, which breaks the bound of 0.01",
        ),
    ],
)
def test_a_ratio_of_costs(bound: str, status: RuleStatus, said: str) -> None:
    result = one(COST, "cost.per_generation", at_most_ratio=bound)
    assert result.value == pytest.approx(float(sum(CHEAP) / sum(DEAR)))
    assert result.why == f"cost.per_generation is 0.0345 times old's over 60 pairs{said}"
    assert result.condition == f"at most {bound} times old's"
    assert (result.status, result.measures, result.unit, result.bound, result.limit, result.passes_above) == (
        status,
        Measure.RATIO,
        None,
        float(bound),
        float(bound),
        False,
    )


def test_a_least_ratio_is_the_other_way_round() -> None:
    cases = both("usage.output", [100.0 + i for i in range(40)], [40.0 + i % 9 for i in range(40)])
    assert one(cases, "usage.output", at_least_ratio="2").status is RuleStatus.PASS
    fails = one(cases, "usage.output", at_least_ratio="3")
    assert (fails.status, fails.condition, fails.passes_above) == (RuleStatus.FAIL, "at least 3 times old's", True)


def test_so_many_pairs_do_decide_a_ratio() -> None:
    def at(n: int) -> tuple[RuleStatus, int | None]:
        new, old = [1.0 + i % 2 for i in range(n)], [1.0 + i // 2 % 2 for i in range(n)]
        result = one(both("latency.total", new, old), "latency.total", at_most_ratio="1.1")
        return result.status, result.needed_n

    status, needed = at(40)
    assert (status, needed is not None) == (RuleStatus.UNDECIDED, True)
    assert needed is not None
    assert at(4 * (needed // 4 + 1))[0] is RuleStatus.PASS
    assert at(4 * (needed // 4 - 1))[0] is RuleStatus.UNDECIDED


def test_a_ratio_of_totals_is_the_plain_one() -> None:
    total = one(COST, "cost.total", at_most_ratio="0.2")
    assert (total.status, total.low, total.high) == (RuleStatus.PASS, None, None)
    assert total.why == "cost.total is 0.0345 times old's, which keeps the bound of 0.2"
    busy = both("throughput.busy", [1.0] * 4, [2.0] * 4)
    fast = one(busy, "throughput.generations", at_least_ratio="2")
    assert (fast.status, fast.value) == (RuleStatus.PASS, 2.0)
    assert one(busy, "throughput.generations", at_least_ratio="2.1").status is RuleStatus.FAIL


@pytest.mark.parametrize(
    ("new", "old", "status", "said"),
    [
        ([1.0], [2.0], RuleStatus.UNDECIDED, "but one pair shows no spread, so no interval can be given"),
        ([1.0] * 5, [2.0] * 5, RuleStatus.UNDECIDED, "but too few of 5 pairs to trust one and the same ratio: 6 do"),
        ([1.0] * 6, [2.0] * 6, RuleStatus.PASS, "the true ratio is at most 0.5"),
        ([3.0] * 9, [0.0] * 9, RuleStatus.FAIL, "usage.reasoning of old is 0, and there is no ratio to 0"),
        (
            [3.0] * 5,
            [0.0] * 4 + [1.0],
            RuleStatus.UNDECIDED,
            "the incumbent's mean over these pairs is not surely above 0",
        ),
        ([0.0] * 9, [2.0] * 9, RuleStatus.PASS, "usage.reasoning is 0 times old's"),
    ],
)
def test_a_ratio_at_its_limits(new: list[float], old: list[float], status: RuleStatus, said: str) -> None:
    result = one(both("usage.reasoning", new, old), "usage.reasoning", at_most_ratio="0.8")
    assert (result.status, said in result.why) == (status, True), result.why


def test_who_fails_the_slow_pairs_has_no_good_ratio() -> None:
    fast, slow = [1.0 + i / 10 for i in range(12)], [9.0 + i / 9 for i in range(12)]
    assert one(both("latency.total", fast, slow), "latency.total", at_most_ratio="0.5").status is RuleStatus.PASS
    timed_out = one(both("latency.total", [*fast, None], [*slow, 20.0]), "latency.total", at_most_ratio="0.5")
    assert timed_out.status is RuleStatus.UNDECIDED
    assert "1 pair failed without a value" in timed_out.why
    theirs = one(both("latency.total", [*fast, 20.0], [*slow, None]), "latency.total", at_most_ratio="0.5")
    assert (theirs.status, theirs.n) == (RuleStatus.PASS, 12)
    assert theirs.why.endswith("(1 pair left out because the incumbent failed and has no value there)")


def test_scores_have_no_ratio() -> None:
    result = one(both("gold.score", [0.5] * 9, [0.6] * 9), "gold.score", at_least_ratio="0.9")
    assert result.status is RuleStatus.FAIL
    assert result.why == "gold.score lies between 0 and 1, so that a ratio says little: say no_worse_by or better_by"


def test_a_rule_on_requests_can_be_judged() -> None:
    result = one(both("chain.requests", [1.0, 2.0, 1.0], [2.0, 2.0, 2.0]), "chain.requests", at_most="9")
    assert (result.condition, "1.33 requests over 3 pairs" in result.why) == ("at most 9 requests", True)


amounts = st.lists(st.tuples(st.floats(0.1, 50), st.floats(0.1, 50)), min_size=2, max_size=25)


@given(amounts, st.floats(0.2, 5))
def test_a_ratio_rule_is_fiellers(table: list[tuple[float, float]], ratio: float) -> None:
    """The rule says what "candidate - r · incumbent is no worse by 0" says, or less.

    Less where the term for long tails makes the ratios that the data allow several stretches: their hull decides.
    """
    bound = Decimal(f"{ratio:.3f}")
    new, old = [ours for ours, _ in table], [theirs for _, theirs in table]
    as_ratio = one(both("latency.total", new, old), "latency.total", at_most_ratio=bound)
    assert as_ratio.needed_n is None or as_ratio.needed_n > len(table)
    assume(as_ratio.low is not None)
    scaled = [float(bound) * theirs for theirs in old]
    as_difference = one(both("latency.total", new, scaled), "latency.total", no_worse_by="0")
    assert as_ratio.status in (RuleStatus.UNDECIDED, as_difference.status)


@pytest.mark.parametrize(("ratio", "status"), [("0.4", RuleStatus.FAIL), ("0.5", None), ("0.6", RuleStatus.PASS)])
def test_without_a_tail_it_says_exactly_that(ratio: str, status: RuleStatus | None) -> None:
    new, old = [4.0 + i % 5 / 5 for i in range(40)], [8.0 + i % 7 / 3 for i in range(40)]
    as_ratio = one(both("latency.total", new, old), "latency.total", at_most_ratio=ratio)
    scaled = [float(ratio) * theirs for theirs in old]
    as_difference = one(both("latency.total", new, scaled), "latency.total", no_worse_by="0")
    assert as_ratio.status is as_difference.status
    assert status in (None, as_ratio.status)


def test_several_stretches_of_ratios_need_more_pairs_not_as_many() -> None:
    cases = both("latency.total", [1.0, 5.0, 6.0, 6.0, 9.0], [1.0, 1.0, 1.0, 3.0, 1.0])
    result = one(cases, "latency.total", at_most_ratio="1")
    assert (result.status, result.low) == (RuleStatus.UNDECIDED, 0.0)
    assert result.needed_n is not None
    assert result.needed_n > 5


ORDER = {RuleStatus.FAIL: 0, RuleStatus.UNDECIDED: 1, RuleStatus.PASS: 2}


@given(
    st.lists(st.tuples(st.booleans(), st.booleans()), min_size=2, max_size=40),
    st.sampled_from(["0", "0.1", "0.3"]),
    st.integers(0, 39),
)
def test_a_better_candidate_is_never_judged_worse_in_any_way(table: list[tuple[bool, bool]], by: str, at: int) -> None:
    new, old = [float(ours) for ours, _ in table], [float(theirs) for _, theirs in table]
    rules = [
        rule("schema.pass", better_by=by),
        rule("schema.pass", no_worse_by=by),
        rule("schema.pass", at_least="0.8"),
    ]
    before = judged(comparison(both("schema.pass", new, old)), *rules).rules
    new[at % len(new)] = 1.0
    after = judged(comparison(both("schema.pass", new, old)), *rules).rules
    assert all(ORDER[now.status] >= ORDER[then.status] for then, now in zip(before, after, strict=True))


def test_a_ratio_needs_pairs_for_both_means() -> None:
    # Six pairs would show the difference; that the incumbent's mean is above 0 takes more.
    cases = both("usage.reasoning", [1.0, 2.0, 3.0, 4.0, 5.0], [0.0, 0.0, 0.0, 0.0, 1.0])
    result = one(cases, "usage.reasoning", at_most_ratio="0.2")
    assert (result.status, result.needed_n) == (RuleStatus.UNDECIDED, 22)
