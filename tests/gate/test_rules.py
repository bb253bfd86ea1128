from decimal import Decimal
from typing import Any

import pytest

from compare.scored import Cell, column, comparison, missing, not_applicable, scored
from gate.judging import both, judged, one, rule
from shortlist.results import RuleStatus
from shortlist.scores import CaseScores

# --- rates -----------------------------------------------------------------------------------------------------------


def test_twelve_of_twelve_prove_little_and_the_sentence_says_so() -> None:
    result = one(column("new", "schema.pass", [1.0] * 12), "schema.pass", at_least="0.9")
    assert (result.status, result.n, result.needed_n) == (RuleStatus.UNDECIDED, 12, 35)
    assert result.condition == "at least 0.9"
    assert result.why == (
        "schema.pass is 100% of 12 pairs, but with 12 pairs the true rate may be as low as 75.7%, "
        "under the bound of 90%; about 35 pairs would decide"
    )


@pytest.mark.parametrize(
    ("right", "n", "status"),
    [
        (35, 35, RuleStatus.PASS),
        (34, 34, RuleStatus.UNDECIDED),
        (0, 1, RuleStatus.FAIL),
        (1, 1, RuleStatus.UNDECIDED),
        (20, 30, RuleStatus.FAIL),
        (24, 30, RuleStatus.UNDECIDED),
        (0, 12, RuleStatus.FAIL),
    ],
)
def test_a_rate_decides_only_with_its_whole_interval(right: int, n: int, status: RuleStatus) -> None:
    cells = [1.0] * right + [0.0] * (n - right)
    result = one(column("new", "schema.pass", cells), "schema.pass", at_least="0.9")
    assert result.status is status


def test_that_many_pairs_do_decide() -> None:
    first = one(column("new", "schema.pass", [1.0] * 57 + [0.0] * 3), "schema.pass", at_least="0.9")
    assert first.needed_n is not None
    again = first.needed_n * 57 // 60 + 1
    later = one(
        column("new", "schema.pass", [1.0] * again + [0.0] * (first.needed_n - again)), "schema.pass", at_least="0.9"
    )
    assert (first.status, later.status) == (RuleStatus.UNDECIDED, RuleStatus.PASS)


def test_a_fail_shows_the_best_that_is_possible() -> None:
    result = one(column("new", "schema.pass", [1.0] * 10 + [0.0] * 20), "schema.pass", at_least="0.9")
    assert result.why == (
        "schema.pass is 33.3% of 30 pairs; at 95% confidence the true rate is at most 51.3%, "
        "which breaks the bound of 90%"
    )


def test_a_value_on_the_wrong_side_may_still_be_open() -> None:
    result = one(column("new", "schema.pass", [1.0] * 10 + [0.0] * 2), "schema.pass", at_least="0.9")
    assert result.status is RuleStatus.UNDECIDED
    assert (
        "on the wrong side of the bound of 90%, but with 12 pairs the true rate may be as high as 95.4%" in result.why
    )


def test_no_sample_proves_a_rate_of_one() -> None:
    result = one(column("new", "schema.pass", [1.0] * 500), "schema.pass", at_least="1")
    assert (result.status, result.needed_n) == (RuleStatus.UNDECIDED, None)
    assert "no number of pairs decides" in result.why


def test_figures_beside_the_bound_never_read_as_the_bound() -> None:
    # Wilson's low end here is 89.98%.
    result = one(column("new", "schema.pass", [1.0] * 232 + [0.0] * 17), "schema.pass", at_least="0.9")
    low = result.why.partition("as low as ")[2].partition(",")[0]
    assert result.status is RuleStatus.UNDECIDED
    assert low != "90%"


def test_clusters_count() -> None:
    cases = column("new", "schema.pass", [1.0] * 40)
    assert one(cases, "schema.pass", at_least="0.9").status is RuleStatus.PASS
    four_resumes = {f"p{i}": f"r{i % 4}" for i in range(40)}
    assert one(cases, "schema.pass", four_resumes, at_least="0.9").status is RuleStatus.UNDECIDED
    same = one(cases, "schema.pass", {f"p{i}": "r" for i in range(40)}, at_least="0.9")
    assert (same.status, same.needed_n) == (RuleStatus.UNDECIDED, None)
    assert "all 40 pairs share one résumé or one job description" in same.why


# --- means -----------------------------------------------------------------------------------------------------------


def test_equal_scores_certify_nothing_at_small_n() -> None:
    result = one(column("new", "parity.score", [0.97] * 12), "parity.score", at_least="0.9")
    assert result.status is RuleStatus.UNDECIDED
    assert result.low == pytest.approx(0.713, abs=1e-3)
    assert one(column("new", "parity.score", [0.97] * 60), "parity.score", at_least="0.9").status is RuleStatus.PASS


def test_one_pair_has_no_interval() -> None:
    result = one(column("new", "latency.total", [1.0]), "latency.total", at_most="30")
    assert (result.status, result.low, result.high, result.needed_n) == (RuleStatus.UNDECIDED, None, None, None)
    assert result.why == (
        "latency.total averages 1 s over 1 pair, but one pair shows no spread, so no interval can be given"
    )


def test_a_known_price_needs_six_pairs() -> None:
    few = one(column("new", "cost.per_generation", [Decimal("0.004")] * 5), "cost.per_generation", at_most="0.01")
    assert (few.status, few.needed_n) == (RuleStatus.UNDECIDED, 6)
    assert "5 equal values show no spread" in few.why
    enough = one(column("new", "cost.per_generation", [Decimal("0.004")] * 6), "cost.per_generation", at_most="0.01")
    assert (enough.status, enough.value, enough.bound) == (RuleStatus.PASS, Decimal("0.004"), Decimal("0.01"))
    assert "averages $0.004 over 6 pairs" in enough.why


def test_the_bound_itself_is_kept() -> None:
    cells = [Decimal("0.01")] * 7
    assert (
        one(column("new", "cost.per_generation", cells), "cost.per_generation", at_most="0.01").status
        is RuleStatus.PASS
    )
    assert (
        one(column("new", "cost.per_generation", cells), "cost.per_generation", at_most="0.0099").status
        is RuleStatus.FAIL
    )


def test_an_unknown_price_fails_and_says_what_to_add() -> None:
    for cells in ([missing("no price")] * 12, [Decimal("0.001")] * 11 + [missing("no price")]):
        for metric in ("cost.per_generation", "cost.total", "cost.per_1k_generations"):
            result = one(column("new", "cost.per_generation", cells), metric, at_most="0.01")
            assert result.status is RuleStatus.FAIL
            assert "is unknown (no price, " in result.why
            assert "cost: {gpu_hour: 0.44}" in result.why


@pytest.mark.parametrize(
    ("reason", "advice"),
    [
        (
            "cached: a step of the chain was replayed",
            "a step of the chain was replayed, so what the chain costs is not known: judge by a run in which all of it "
            "was made",
        ),
        (
            "as recorded on 2026-11-02 in claude-november: no price known: add cost: to the provider",
            "give the replaying provider a `cost:` in the suite and run again, or bring the recorded run back and "
            "score again with `shortlist score`",
        ),
        (
            "as recorded, and what it cost then cannot be read: runs/claude-november: no such run",
            "give the replaying provider a `cost:` in the suite and run again, or bring the recorded run back and "
            "score again with `shortlist score`",
        ),
    ],
)
def test_a_replayed_side_of_unknown_cost_gets_the_advice_that_fits(reason: str, advice: str) -> None:
    cases = both("cost.per_generation", [Decimal("0.001")] * 12, [missing(reason)] * 12)
    result = one(cases, "cost.per_generation", no_worse_by="0")
    assert result.status is RuleStatus.FAIL
    assert result.why == f"cost.per_generation of old is unknown ({reason}, 12 cases): {advice}"


def test_an_end_of_no_difference_is_called_none() -> None:
    new, old = [2.0 + i / 10 for i in range(12)], [2.0 + i / 10 for i in range(12)]
    same = one(both("usage.output", new, old), "usage.output", no_worse_by="1")
    assert (same.status, same.high) == (RuleStatus.PASS, 0.0)
    assert same.why.endswith("the true difference is at worst none, within the margin of 1 token")
    assert same.condition == "no worse by 1 token than old"


def test_one_unknown_repeat_makes_a_cost_unknown() -> None:
    cases = column("new", "cost.per_generation", [Decimal("0.001")] * 12)
    cases.append(scored("p0", "new", {"cost.per_generation": missing("usage not reported")}, repeat=1))
    assert one(cases, "cost.per_generation", at_most="0.01").status is RuleStatus.FAIL


def test_a_thousand_generations_are_no_surer_than_one() -> None:
    single = column("new", "cost.per_generation", [Decimal("0.001")])
    assert one(single, "cost.per_1k_generations", at_most="10").status is RuleStatus.UNDECIDED
    varied = column("new", "cost.per_generation", [Decimal(i) / 1000 for i in range(1, 9)])
    each = one(varied, "cost.per_generation", at_most="0.01")
    thousand = one(varied, "cost.per_1k_generations", at_most="10")
    assert each.high is not None
    assert (thousand.status, thousand.value, thousand.high) == (each.status, Decimal("4.5"), 1000 * Decimal(each.high))


def test_a_mean_with_timeouts_never_passes() -> None:
    cells: list[Cell | None] = [*(1.0 + i / 100 for i in range(59)), None]
    result = one(column("new", "latency.total", cells), "latency.total", at_most="30")
    assert (result.status, result.high, result.needed_n) == (RuleStatus.UNDECIDED, None, None)
    assert "1 pair failed without a value" in result.why
    assert "a rule on a percentile can" in result.why
    slow = one(
        column("new", "latency.total", [*(90.0 + i / 100 for i in range(59)), None]), "latency.total", at_most="30"
    )
    assert slow.status is RuleStatus.FAIL


def test_an_unknown_latency_never_decides() -> None:
    cells: list[Cell | None] = [*(1.0 + i / 100 for i in range(59)), missing("the backend does not stream")]
    result = one(column("new", "latency.first_token", cells), "latency.first_token", at_most="30")
    assert result.status is RuleStatus.UNDECIDED
    assert "the value of 1 pair is unknown" in result.why


def test_an_unknown_score_counts_as_anything() -> None:
    known: list[Cell] = [0.95 + i / 10_000 for i in range(100)]
    one_unknown = [*known, missing("the reference has no output")]
    many_unknown = [*known, *[missing("the reference has no output")] * 20]
    assert one(column("new", "parity.score", known), "parity.score", at_least="0.9").status is RuleStatus.PASS
    near = one(column("new", "parity.score", one_unknown), "parity.score", at_least="0.9")
    assert near.status is RuleStatus.PASS
    assert "(1 pair without a known value, counted as anything from 0 to 1)" in near.why
    assert (
        one(column("new", "parity.score", many_unknown), "parity.score", at_least="0.9").status is RuleStatus.UNDECIDED
    )


# --- against the incumbent -------------------------------------------------------------------------------------------


def test_no_discordance_is_no_proof_of_parity_at_small_n() -> None:
    small = one(both("schema.pass", [1.0] * 12, [1.0] * 12), "schema.pass", no_worse_by="0.03")
    assert (small.status, small.needed_n, small.value) == (RuleStatus.UNDECIDED, 125, 0.0)
    assert small.condition == "no worse by 0.03 than old"
    assert small.why == (
        "schema.pass is no different from old's over 12 pairs, but with 12 pairs the true difference may be "
        "24.3 points lower, beyond the margin of 3 points; about 125 pairs would decide"
    )
    assert (
        one(both("schema.pass", [1.0] * 125, [1.0] * 125), "schema.pass", no_worse_by="0.03").status is RuleStatus.PASS
    )
    assert (
        one(both("schema.pass", [1.0] * 124, [1.0] * 124), "schema.pass", no_worse_by="0.03").status
        is RuleStatus.UNDECIDED
    )


def test_equal_scores_on_both_sides_are_no_proof_either() -> None:
    small = one(both("parity.score", [0.9] * 12, [0.9] * 12), "parity.score", no_worse_by="0.03")
    assert small.status is RuleStatus.UNDECIDED
    large = one(both("parity.score", [0.9] * 125, [0.9] * 125), "parity.score", no_worse_by="0.03")
    assert large.status is RuleStatus.PASS


def test_plainly_worse_fails() -> None:
    new = [1.0] * 20 + [0.0] * 20
    result = one(both("schema.pass", new, [1.0] * 40), "schema.pass", no_worse_by="0.03")
    assert result.status is RuleStatus.FAIL
    assert "50 points lower than old's" in result.why
    assert "beyond the margin of 3 points" in result.why


@pytest.mark.parametrize(("metric", "status"), [("latency.total", RuleStatus.PASS), ("usage.cached", RuleStatus.FAIL)])
def test_no_worse_knows_which_way_is_worse(metric: str, status: RuleStatus) -> None:
    new, old = [1.0 + i / 10 for i in range(10)], [9.0 + i / 9 for i in range(10)]
    assert one(both(metric, new, old), metric, no_worse_by="0.5").status is status


def test_a_reference_that_failed_is_unknown_not_its_worst() -> None:
    cases = [
        scored(f"p{i}", "new", {"parity.score": missing("the reference failed") if i < 5 else 1.0}) for i in range(60)
    ]
    itself = not_applicable("it is the reference")
    cases += [scored(f"p{i}", "old", {"parity.score": itself}, "error" if i < 5 else "ok") for i in range(60)]
    result = one(cases, "parity.score", no_worse_by="0.03")
    assert result.status is RuleStatus.UNDECIDED
    assert result.why.endswith("(5 pairs without a known value, counted as anything from 0 to 1)")


def test_an_incumbent_that_timed_out_is_left_out_and_said() -> None:
    new = [5.0 + i / 10 for i in range(12)]
    result = one(
        both("latency.total", new, [9.0 + i / 7 for i in range(11)] + [None]), "latency.total", no_worse_by="1"
    )
    assert (result.status, result.n) == (RuleStatus.PASS, 11)
    assert "1 pair left out because the incumbent failed and has no value there" in result.why


def test_a_candidate_that_timed_out_never_passes_on_latency() -> None:
    old = [9.0 + i / 7 for i in range(12)]
    result = one(
        both("latency.total", [5.0 + i / 10 for i in range(11)] + [None], old), "latency.total", no_worse_by="1"
    )
    assert result.status is RuleStatus.UNDECIDED
    assert "1 pair failed without a value" in result.why


def test_an_unknown_score_counts_against_the_candidate() -> None:
    new: list[Cell] = [0.9] * 200
    old: list[Cell] = [0.9] * 200
    assert one(both("gold.score", new, old), "gold.score", no_worse_by="0.03").status is RuleStatus.PASS
    hidden = [*new[:190], *[missing("lost")] * 10]
    assert one(both("gold.score", hidden, old), "gold.score", no_worse_by="0.03").status is RuleStatus.UNDECIDED
    assert one(
        both("gold.score", new, [*old[:140], *[missing("lost")] * 60]), "gold.score", no_worse_by="0.03"
    ).status is (RuleStatus.UNDECIDED)


def test_unknown_scores_on_both_sides_add_up() -> None:
    def low(new: list[Any], old: list[Any]) -> float:
        found = one(both("gold.score", new, old), "gold.score", no_worse_by="0.03").low
        assert found is not None
        return float(found)

    known, lost = [0.5] * 200, [missing("lost")] * 20
    ours, theirs = [*lost, *known[20:]], [*known[20:], *lost]
    assert low(ours, theirs) < low(ours, known) - 0.04
    assert low(ours, theirs) < low(known, theirs) - 0.04


def test_parity_with_the_incumbent_itself_is_one() -> None:
    itself = [not_applicable("it is the reference")] * 200
    good = one(
        both("parity.score", [0.99 + i / 100_000 for i in range(200)], itself), "parity.score", no_worse_by="0.03"
    )
    assert good.status is RuleStatus.PASS
    assert good.value == pytest.approx(-0.009, abs=1e-3)
    poor = one(
        both("parity.score", [0.9 + i / 100_000 for i in range(200)], itself), "parity.score", no_worse_by="0.03"
    )
    assert poor.status is RuleStatus.FAIL


def test_totals_are_judged_as_they_stand() -> None:
    cases = both("cost.per_generation", [Decimal("0.004")] * 3, [Decimal("0.14")] * 3)
    cheap = one(cases, "cost.total", at_most="0.012")
    assert (cheap.status, cheap.value, cheap.low, cheap.why) == (
        RuleStatus.PASS,
        Decimal("0.012"),
        None,
        "cost.total is $0.012, which keeps the bound of $0.012",
    )
    assert one(cases, "cost.total", at_most="0.0119").status is RuleStatus.FAIL
    assert one(cases, "cost.total", no_worse_by="0").value == Decimal("-0.408")
    busy = one(column("new", "throughput.busy", [2.0]), "throughput.generations", at_least="0.4")
    assert busy.why == (
        "throughput.generations is 0.5 per second (as measured in this run, without an interval), "
        "which keeps the bound of 0.4 per second"
    )


@pytest.mark.parametrize(
    ("metric", "cells", "shown"),
    [
        ("schema.pass", [1.0] * 2999 + [0.0], "schema.pass is 99.97% of 3,000 pairs"),
        ("schema.pass", [0.0] * 2999 + [1.0], "schema.pass is 0.0333% of 3,000 pairs"),
        ("parity.score", [0.9997] * 40, "parity.score averages 0.9997 over 40 pairs"),
        ("parity.score", [1.0] * 40, "parity.score averages 1 over 40 pairs"),
    ],
)
def test_what_is_not_all_never_reads_as_all(metric: str, cells: list[Cell | None], shown: str) -> None:
    assert one(column("new", metric, cells), metric, at_least="0.5").why.startswith(shown)


@pytest.mark.parametrize(
    ("cases", "metric", "said", "told"),
    [
        (
            both("cost.per_generation", [Decimal("0.1")] * 10, [Decimal("0.3")] * 10),
            "cost.total",
            {"at_most_ratio": "0.33333"},
            "cost.total is 0.333333 times old's, which breaks the bound of 0.33333",
        ),
        (
            column("new", "schema.pass", [1.0] * 20),
            "schema.pass",
            {"at_least": "0.99975"},
            "the true rate may be as low as 83.8%, under the bound of 99.975%; about",
        ),
        (
            column("new", "latency.total", [30.0000001] * 20),
            "latency.total",
            {"at_most": "30"},
            "averages 30.0000001 s over 20 pairs; at 95% confidence the true mean is at least 30.0000001 s, which",
        ),
        (
            both("usage.output", [1034.6 + i / 100 for i in range(20)], [1000.0 + i / 100 for i in range(20)]),
            "usage.output",
            {"no_worse_by": "34.567"},
            "at best 34.6 tokens higher, beyond the margin of 34.567 tokens",
        ),
    ],
)
def test_bounds_are_told_as_the_suite_has_them_and_figures_so_that_they_differ(
    cases: list[CaseScores], metric: str, said: dict[str, Any], told: str
) -> None:
    assert told in one(cases, metric, **said).why


def test_a_confidence_near_one_is_not_called_certain() -> None:
    compared = comparison(column("new", "schema.pass", [1.0] * 2000))
    (result,) = judged(compared, rule("schema.pass", at_least="0.9"), confidence="0.99999999").rules
    assert (result.status, "at 99.999999% confidence" in result.why) == (RuleStatus.PASS, True)
