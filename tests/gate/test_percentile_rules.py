"""Rules on a percentile of times."""

from collections.abc import Callable
from typing import Any

from compare.scored import Cell, column, missing, scored
from gate.judging import one
from shortlist.results import RuleStatus
from shortlist.scores import CaseScores


def test_a_percentile_says_how_many_pairs_it_needs() -> None:
    result = one(
        column("new", "latency.total", [10.0 + i for i in range(12)]), "latency.total", percentile="95", at_most="30"
    )
    assert (result.status, result.needed_n, result.high) == (RuleStatus.UNDECIDED, 72, None)
    assert result.condition == "p95 at most 30 s"
    assert result.why == (
        "p95 of latency.total is 21 s over 12 pairs, but at 95% confidence p95 has no upper limit below 72 pairs; "
        "about 72 pairs would decide"
    )


def test_a_percentile_passes_and_fails() -> None:
    cells: list[Cell | None] = [10.0 + i / 10 for i in range(72)]
    assert (
        one(column("new", "latency.total", cells), "latency.total", percentile="95", at_most="30").status
        is RuleStatus.PASS
    )
    slow = one(column("new", "latency.total", [40.0] * 12), "latency.total", percentile="95", at_most="30")
    assert slow.status is RuleStatus.FAIL


def _five_jobs(n: int) -> dict[str, str]:
    return {f"p{number}": f"r{number // 5}" for number in range(n)}


def test_a_percentile_of_shared_resumes_needs_as_many_resumes() -> None:
    cells: list[Cell | None] = [10.0 + i * 7 % 100 / 10 for i in range(100)]
    cases = column("new", "latency.total", cells)
    shared = one(cases, "latency.total", _five_jobs(100), percentile="95", at_most="30")
    assert one(cases, "latency.total", percentile="95", at_most="30").status is RuleStatus.PASS
    assert (shared.status, shared.high, shared.needed_n) == (RuleStatus.UNDECIDED, None, 360)
    assert shared.why == (
        "p95 of latency.total is 19.4 s over 100 pairs, but at 95% confidence p95 has no upper limit below 72 pairs "
        "that share no résumé and no job description, and these tell no more than 20; about 360 pairs would decide"
    )


def test_a_percentile_of_shared_resumes_passes_when_they_are_enough() -> None:
    cells: list[Cell | None] = [10.0 + i * 7 % 100 / 10 for i in range(400)]
    cases = column("new", "latency.total", cells)
    assert one(cases, "latency.total", _five_jobs(400), percentile="95", at_most="30").status is RuleStatus.PASS


def test_slow_resumes_count_once_each() -> None:
    # 12 pairs of 500 are slow: of résumés of their own, or the jobs of three résumés. p95 could be there.
    cells: list[Cell | None] = [40.0 + i if i < 12 else 10.0 + i % 7 for i in range(500)]
    cases = column("new", "latency.total", cells)
    alone = one(cases, "latency.total", percentile="95", at_most="30")
    shared = one(cases, "latency.total", _five_jobs(500), percentile="95", at_most="30")
    assert (alone.status, shared.status, shared.value) == (RuleStatus.PASS, RuleStatus.UNDECIDED, alone.value)
    assert shared.needed_n is None or shared.needed_n > 500


def test_many_failed_pairs_of_many_resumes_break_a_percentile_and_those_of_one_do_not() -> None:
    spread: list[Cell | None] = [None if i % 5 == 0 else 10.0 + i / 100 for i in range(100)]
    together: list[Cell | None] = [None if i < 15 else 10.0 + i / 100 for i in range(100)]
    said: dict[str, Any] = {"percentile": "95", "at_most": "30"}
    every = one(column("new", "latency.total", spread), "latency.total", _five_jobs(100), **said)
    few = one(column("new", "latency.total", together), "latency.total", _five_jobs(100), **said)
    alone = one(column("new", "latency.total", together), "latency.total", **said)
    assert (every.status, few.status, alone.status) == (RuleStatus.FAIL, RuleStatus.UNDECIDED, RuleStatus.FAIL)


def test_an_unknown_latency_lies_where_it_hurts() -> None:
    fast: list[Cell | None] = [10.0 + i / 10 for i in range(80)]
    known = one(column("new", "latency.total", fast), "latency.total", percentile="95", at_most="30")
    unknown = [*fast, *[missing("lost")] * 9]
    unsure = one(column("new", "latency.total", unknown), "latency.total", percentile="95", at_most="30")
    assert (known.status, unsure.status, unsure.n) == (RuleStatus.PASS, RuleStatus.UNDECIDED, 89)
    assert "(9 pairs without a known value, counted where it hurts)" in unsure.why


def test_timeouts_are_slower_than_any_bound() -> None:
    cells: list[Cell | None] = [10.0 + i / 10 for i in range(80)]
    some = one(column("new", "latency.total", [*cells, *[None] * 4]), "latency.total", percentile="95", at_most="30")
    assert some.status is RuleStatus.UNDECIDED
    assert "may lie among the failed pairs" in some.why
    many = one(column("new", "latency.total", [*cells, *[None] * 20]), "latency.total", percentile="95", at_most="30")
    assert (many.status, many.value, many.low) == (RuleStatus.FAIL, None, None)
    assert many.why == (
        "p95 of latency.total over 100 pairs lies among the failed ones; at 95% confidence the true p95 lies "
        "among the failed pairs, which breaks the bound of 30 s (20 pairs that failed, counted as worse than any value)"
    )


def _generations(pairs: int, repeats: int, cell: Callable[[int], tuple[Cell, str]]) -> list[CaseScores]:
    found = []
    for number in range(pairs * repeats):
        value, outcome = cell(number)
        found.append(scored(f"p{number % pairs}", "new", {"latency.total": value}, outcome, repeat=number // pairs))
    return found


def test_a_percentile_is_one_of_generations_not_of_means_over_repeats() -> None:
    # One generation in ten takes 100 s, no two of a pair: the mean of each pair's five is 28 s at most.
    cases = _generations(200, 5, lambda i: (100.0 if i % 10 == i // 200 else 10.0, "ok"))
    slow = one(cases, "latency.total", percentile="95", at_most="50")
    assert (slow.status, slow.value, slow.n) == (RuleStatus.FAIL, 100.0, 200)
    assert one(cases, "latency.total", percentile="50", at_most="50").value == 10.0


def test_a_failed_repeat_is_one_failed_generation_not_a_failed_pair() -> None:
    # 1% of generations fail, and so one pair in twenty has one that did.
    lost = missing("failed: error")
    cases = _generations(200, 5, lambda i: (lost, "error") if i % 200 // 2 == i // 200 else (10.0, "ok"))
    result = one(cases, "latency.total", percentile="95", at_most="30")
    assert (result.status, result.value, result.n) == (RuleStatus.PASS, 10.0, 200)
    assert "(10 cases that failed, counted as worse than any value)" in result.why
    many = _generations(200, 5, lambda i: (lost, "error") if i % 8 == 0 else (10.0, "ok"))
    assert one(many, "latency.total", percentile="95", at_most="30").status is RuleStatus.FAIL


def test_repeats_are_no_more_pairs() -> None:
    cases = _generations(60, 5, lambda i: (10.0 + i / 100, "ok"))
    result = one(cases, "latency.total", percentile="95", at_most="30")
    assert (result.status, result.n, result.needed_n) == (RuleStatus.UNDECIDED, 60, 72)


def test_a_percentile_needs_no_pair_without_a_failure() -> None:
    cases = _generations(20, 5, lambda i: (missing("failed: error"), "error") if i < 20 else (10.0, "ok"))
    assert one(cases, "latency.total", percentile="50", at_most="30").status is RuleStatus.PASS
    mean = one(cases, "latency.total", at_most="30")
    assert mean.status is RuleStatus.FAIL
    assert "no pair of new has a value of latency.total in each of its repeats (failed: error, 20 cases)" in mean.why


def test_a_percentile_on_the_wrong_side_is_doubted_by_its_good_end() -> None:
    """What is missing for a pass is no reason why a figure that breaks the bound is not decided."""
    slow: list[Cell | None] = [31.0 if i % 7 == 0 else 1.0 + i / 100 for i in range(20)]
    for cells, seen in ((slow, "is 31 s over 20 pairs"), ([None if c == 31 else c for c in slow], "the failed ones")):
        result = one(column("new", "latency.total", cells), "latency.total", percentile="95", at_most="30")
        assert (result.status, result.needed_n) == (RuleStatus.UNDECIDED, 33)
        assert f"{seen}, on the wrong side of the bound of 30 s, but with 20 pairs" in result.why
        assert "the true p95 may be as low as 1.19 s; about 33 pairs would decide" in result.why
    low = one(column("new", "latency.total", [5.0] * 20), "latency.total", percentile="5", at_most="4")
    assert "on the wrong side of the bound of 4 s, but at 95% confidence p5 has no lower limit below 72" in low.why
