from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compare.scored import Cell, column, comparison, facts, missing, not_applicable, run_of, scored
from shortlist import stats
from shortlist.cases import Outcome
from shortlist.compare import compare
from shortlist.errors import InputError
from shortlist.results import Comparison, MetricKind, MetricSummary, PairRepeats
from shortlist.scores import CaseScores, Score, ScoreStatus


def _metric(cases: list[CaseScores], name: str, provider: str = "new") -> MetricSummary:
    return comparison(cases).providers[provider].metrics[name]


def test_a_rate_gets_wilson() -> None:
    summary = _metric(column("new", "schema.pass", [1.0] * 10 + [0.0] * 2), "schema.pass")
    expected = stats.wilson(10, 12)
    assert (summary.kind, summary.n) == (MetricKind.RATE, 12)
    assert (summary.value, summary.low, summary.high) == pytest.approx((10 / 12, expected.low, expected.high))


def test_repeats_are_averaged_within_a_pair_first() -> None:
    cases = [scored("p0", "new", {"schema.pass": 1.0}, repeat=i) for i in range(8)]
    cases += [scored("p1", "new", {"schema.pass": 0.0}), scored("p1", "new", {"schema.pass": 1.0}, repeat=1)]
    summary = _metric(cases, "schema.pass")
    assert (summary.value, summary.n) == (0.75, 2)
    assert summary.values == {"p0": 1.0, "p1": 0.5}


def test_pairs_of_one_resume_widen_the_interval() -> None:
    cases = column("new", "schema.pass", [1.0] * 30 + [0.0] * 10)
    shared = {f"p{i}": f"r{i // 5}" for i in range(40)}
    alone, together = comparison(cases), comparison(cases, shared)
    narrow, wide = (c.providers["new"].metrics["schema.pass"] for c in (alone, together))
    assert narrow.low is not None
    assert wide.low is not None
    assert wide.low < narrow.low


def test_a_failed_score_counts_with_its_value() -> None:
    cases = [
        scored("p0", "new", {"parity.score": 0.9}),
        scored("p1", "new", {"parity.score": Score(0.0, ScoreStatus.FAILED, "refused")}, "refused"),
    ]
    assert _metric(cases, "parity.score").value == pytest.approx(0.45)


@pytest.mark.parametrize("cell", [{}, {"parity.score": missing("refused")}])
def test_a_failed_case_without_a_score_takes_the_worst_of_the_scale(cell: dict[str, Cell]) -> None:
    cases = [scored("p0", "new", {"parity.score": 0.9}), scored("p1", "new", cell, "refused")]
    summary = _metric(cases, "parity.score")
    assert summary.value == pytest.approx(0.45)
    assert (summary.n, summary.failed_pairs) == (2, ())


def test_a_timeout_has_no_latency_and_is_listed() -> None:
    summary = _metric(column("new", "latency.total", [10.0, None, 12.0]), "latency.total")
    assert summary.failed_pairs == ("p1",)
    assert (summary.value, summary.n, summary.missing) == (11.0, 2, {"timed out": 1})


def test_one_failed_repeat_is_not_hidden_by_the_others() -> None:
    cases = [
        scored("p0", "new", {"latency.total": 10.0}),
        scored("p0", "new", {"latency.total": missing("timed out")}, "timeout", repeat=1),
        scored("p1", "new", {"latency.total": 20.0}),
    ]
    summary = _metric(cases, "latency.total")
    assert (summary.values, summary.failed_pairs) == ({"p1": 20.0}, ("p0",))


def test_no_latency_is_below_zero() -> None:
    assert _metric(column("new", "latency.total", [0.1, 9.0]), "latency.total").low == 0


def test_one_unknown_repeat_is_not_hidden_by_the_others_but_where_a_scale_limits_it() -> None:
    cases = [
        scored("p0", "new", {"usage.output": 1.0, "parity.score": 0.5}),
        scored("p0", "new", {"usage.output": missing("lost"), "parity.score": missing("lost")}, repeat=1),
        scored("p1", "new", {"usage.output": 2.0, "parity.score": 0.5}),
    ]
    tokens, parity = _metric(cases, "usage.output"), _metric(cases, "parity.score")
    assert (tokens.values, tokens.missing_pairs, tokens.missing) == ({"p1": 2.0}, ("p0",), {"lost": 1})
    assert (parity.values, parity.missing_pairs) == ({"p0": 0.5, "p1": 0.5}, ())


def test_repeats_are_kept_one_by_one_for_percentiles() -> None:
    cases = [
        scored("p0", "new", {"latency.total": 10.0, "schema.pass": 1.0}),
        scored("p0", "new", {"latency.total": missing("timed out"), "schema.pass": 0.0}, "timeout", repeat=1),
        scored("p0", "new", {"latency.total": 30.0, "schema.pass": 1.0}, repeat=2),
        scored("p1", "new", {"latency.total": missing("lost"), "schema.pass": 1.0}),
    ]
    assert _metric(cases, "latency.total").repeats == {
        "p0": PairRepeats(values=(10.0, 30.0), failed=1),
        "p1": PairRepeats(values=(), unknown=1),
    }
    assert _metric(cases, "schema.pass").repeats == {}
    assert _metric(column("new", "latency.total", [1.0, 2.0, None]), "latency.total").repeats == {}


def test_what_is_unknown_and_what_does_not_apply_are_told_apart() -> None:
    cases = column("new", "cost.per_generation", [Decimal("0.01"), missing("no price"), not_applicable("replayed")])
    summary = _metric(cases, "cost.per_generation")
    assert summary.missing == {"no price": 1, "replayed": 1}
    assert (summary.missing_pairs, summary.failed_pairs, summary.n) == (("p1",), (), 1)


def test_nothing_known_is_none_with_the_reason() -> None:
    summary = _metric(column("new", "cost.per_generation", [missing("no price")] * 3), "cost.per_generation")
    assert (summary.value, summary.low, summary.n, summary.missing) == (None, None, 0, {"no price": 3})


def test_money_is_exact() -> None:
    cases = column("new", "cost.per_generation", [Decimal("0.1"), Decimal("0.2"), Decimal("0.0000000001")])
    metrics = comparison(cases).providers["new"].metrics
    assert metrics["cost.total"].value == Decimal("0.3000000001")
    assert metrics["cost.per_1k_generations"].value == Decimal("100.000000033")
    assert isinstance(metrics["cost.per_generation"].low, Decimal)


def test_totals_are_unknown_as_soon_as_one_part_is() -> None:
    cases = column("new", "cost.per_generation", [Decimal("0.1"), missing("no usage reported")])
    total = _metric(cases, "cost.total")
    assert (total.kind, total.value, total.missing) == (MetricKind.TOTAL, None, {"no usage reported": 1})


def test_replayed_cases_take_no_part_in_totals() -> None:
    cases = column("new", "cost.per_generation", [Decimal("0.1"), not_applicable("replayed")])
    total = _metric(cases, "cost.total")
    assert (total.value, total.n, total.missing) == (Decimal("0.1"), 1, {})
    all_replayed = _metric(column("new", "throughput.busy", [not_applicable("replayed")] * 2), "throughput.generations")
    assert (all_replayed.value, all_replayed.missing) == (None, {"replayed": 2})


def test_throughput_is_over_busy_time_and_counts_what_arrived() -> None:
    cases = [
        scored("p0", "new", {"throughput.busy": 1.0, "usage.output": 100.0}),
        scored("p1", "new", {"throughput.busy": 3.0, "usage.output": 60.0}, "truncated"),
    ]
    metrics = comparison(cases).providers["new"].metrics
    assert metrics["throughput.generations"].value == 0.25
    assert metrics["throughput.output_tokens"].value == 40.0
    assert metrics["throughput.generations"].low is None


def test_a_backend_that_never_says_what_it_used_has_not_written_nothing() -> None:
    silent: dict[str, float | Decimal | Score] = {"throughput.busy": 1.0, "usage.output": missing("usage not reported")}
    cases = [scored(f"p{number}", "new", silent, "truncated") for number in range(3)]
    metric = _metric(cases, "throughput.output_tokens")
    assert metric.value is None
    assert metric.missing == {"usage not reported": 3}


def test_a_time_out_leaves_the_throughput_of_tokens_known_and_an_unreported_count_does_not() -> None:
    timed_out = scored("p1", "new", {"throughput.busy": 3.0, "usage.output": missing("usage not reported")}, "timeout")
    answered = scored("p0", "new", {"throughput.busy": 1.0, "usage.output": 100.0})
    unreported = scored("p2", "new", {"throughput.busy": 1.0, "usage.output": missing("usage not reported")})
    metrics = comparison([answered, timed_out]).providers["new"].metrics
    assert metrics["throughput.output_tokens"].value == 25.0
    metrics = comparison([answered, timed_out, unreported]).providers["new"].metrics
    assert metrics["throughput.output_tokens"].value is None
    assert metrics["throughput.output_tokens"].missing == {"usage not reported": 1}


def test_no_busy_time_is_no_infinite_throughput() -> None:
    summary = _metric(column("new", "throughput.busy", [0.0]), "throughput.generations")
    assert (summary.value, summary.missing) == (None, {"no busy time": 1})


def test_outcomes_and_failures_are_counted() -> None:
    cases = [
        scored("p0", "new", {"schema.pass": 1.0}),
        scored("p1", "new", {"schema.pass": 0.0}, failure="fenced"),
        scored("p2", "new", {}, "timeout", failure="no_output"),
    ]
    result = comparison(cases).providers["new"]
    assert sum(result.outcomes.values()) == result.cases == 3
    assert set(result.outcomes) == set(Outcome)
    assert result.failures == {"fenced": 1, "no_output": 1}
    assert (result.kind, result.model) == ("fake", "new-model")


def test_differences_are_paired_and_count_discordance() -> None:
    new, old = [1.0] * 12 + [0.0] * 8 + [1.0] * 80, [0.0] * 12 + [1.0] * 8 + [1.0] * 80
    compared = comparison(column("new", "schema.pass", new) + column("old", "schema.pass", old))
    (found,) = compared.differences
    assert (found.candidate_only_right, found.incumbent_only_right, found.n) == (12, 8, 100)
    assert (found.value, found.low, found.high) == pytest.approx((0.04, -0.051, 0.133), abs=5e-4)
    assert found.better is None


@pytest.mark.parametrize(("metric", "better"), [("latency.total", True), ("usage.cached", False)])
def test_better_knows_which_way_is_better(metric: str, better: bool) -> None:
    cases = column("new", metric, [1.0, 1.1, 1.2, 1.3]) + column("old", metric, [9.0, 9.2, 9.1, 9.4])
    (found,) = comparison(cases).differences
    assert found.better is better


def test_totals_have_no_difference_and_money_has_an_exact_one() -> None:
    cases = column("new", "cost.per_generation", [Decimal("0.004")] * 6)
    cases += column("old", "cost.per_generation", [Decimal("0.14")] * 6)
    one, thousand = comparison(cases).differences
    assert (one.metric, one.value, one.low) == ("cost.per_generation", Decimal("-0.136"), Decimal("-0.136"))
    assert (thousand.metric, thousand.value, thousand.low) == ("cost.per_1k_generations", -136, -136)


def test_who_fails_the_slow_pairs_is_not_faster() -> None:
    fast, slow = [1.0 + i / 10 for i in range(12)], [9.0 + i / 9 for i in range(12)]

    def better(new: list[Cell | None], old: list[Cell | None]) -> bool | None:
        cases = column("new", "latency.total", new) + column("old", "latency.total", old)
        (found,) = comparison(cases).differences
        return found.better

    assert better([*fast], [*slow]) is True
    assert better([*fast, None], [*slow, 20.0]) is None
    assert better([*fast, 20.0], [*slow, None]) is True
    assert better([*slow, 20.0], [*fast, None]) is None
    assert better([*slow, None], [*fast, 20.0]) is False
    assert better([*fast, missing("lost")], [*slow, 20.0]) is None


def test_an_outage_of_the_incumbent_makes_nobody_better() -> None:
    def better(new_ends: str, old_ends: str, n: int = 60) -> tuple[bool | None, float | None, float | None]:
        cases = [
            scored(f"p{i}", name, {"gold.score": 0.9 if end == "ok" else 0.0}, end)
            for name, ends in (("new", new_ends), ("old", old_ends))
            for i, end in enumerate([ends] * 20 + ["ok"] * (n - 20))
        ]
        (found,) = comparison(cases).differences
        assert found.value is not None
        return found.better, float(found.low or 0), float(found.high or 0)

    assert better("ok", "refused")[0] is True
    assert better("ok", "truncated")[0] is True
    for end in ("error", "timeout", "malformed"):
        assert better("ok", end)[0] is None
        low, high = better("ok", end)[1:]
        assert low == pytest.approx(better("ok", "ok")[1], abs=0.08)  # nearly as if it had answered
        assert high == better("ok", "refused")[2]
    assert better("error", "ok")[0] is False  # who asks to be promoted has to answer


def test_what_would_have_been_is_kept_beside_what_was() -> None:
    cases = [
        scored("p0", "new", {"schema.pass": 1.0, "latency.total": 3.0}),
        scored("p0", "new", {"schema.pass": 0.0, "latency.total": 30.0}, "timeout", repeat=1),
        scored("p1", "new", {"schema.pass": 0.0, "latency.total": 9.0}, "truncated"),
        scored("p2", "new", {}, "error"),
        scored("p2", "new", {"schema.pass": 0.0}, "refused", repeat=1),
    ]
    result = comparison(cases).providers["new"]
    assert result.metrics["schema.pass"].values == {"p0": 0.5, "p1": 0.0, "p2": 0.0}
    assert result.metrics["schema.pass"].errored_at_best == {"p0": 1.0, "p2": 0.5}
    assert result.metrics["latency.total"].errored_at_best == {}
    assert result.failed_pairs == {
        Outcome.TRUNCATED: ("p1",),
        Outcome.REFUSED: ("p2",),
        Outcome.TIMEOUT: ("p0",),
        Outcome.ERROR: ("p2",),
    }


def test_unknown_scores_may_be_any_in_differences_too() -> None:
    new: list[Cell | None] = [0.95] * 60
    known = comparison(column("new", "gold.score", new) + column("old", "gold.score", [0.7] * 60)).differences[0]
    lost = column("old", "gold.score", [missing("lost")] * 50 + [0.7] * 10)
    unknown = comparison(column("new", "gold.score", new) + lost).differences[0]
    assert (known.better, unknown.better) == (True, None)


def test_unmatched_pairs_are_listed_and_left_out_of_differences() -> None:
    new, old = column("new", "parity.score", [0.5, 0.6, 0.7]), column("old", "parity.score", [0.5, 0.6])
    old.append(scored("renamed", "old", {"parity.score": 0.7}))
    compared = comparison(new + old)
    assert compared.unmatched == {"new": ("renamed",), "old": ("p2",)}
    assert compared.differences[0].n == 2


def test_no_common_pair_is_a_difference_without_a_value() -> None:
    cases = [scored("a", "new", {"schema.pass": 1.0}), scored("b", "old", {"schema.pass": 1.0})]
    (found,) = comparison(cases).differences
    assert (found.value, found.n, found.better) == (None, 0, None)


def test_runs_that_asked_different_things_are_refused() -> None:
    ours, theirs = column("new", "schema.pass", [1.0]), column("old", "schema.pass", [1.0])
    runs = [run_of(ours, "mon", "a" * 64), run_of(theirs, "tue", "b" * 64)]
    with pytest.raises(InputError, match=r"mon \(signature a{12}\) and tue \(signature b{12}\)"):
        compare(runs, facts(ours), confidence=0.95)


def test_runs_that_asked_the_same_stand_side_by_side() -> None:
    ours = column("new", "schema.pass", [1.0, 1.0])
    theirs = column("old", "schema.pass", [1.0, 0.0])
    again = column("new", "schema.pass", [0.0, 0.0])
    runs = [run_of(ours, "mon"), run_of(theirs, "tue"), run_of(again, "wed")]
    compared = compare(runs, facts(ours), confidence=0.95, candidate="new", incumbent="old")
    assert list(compared.providers) == ["new", "old", "new@wed"]
    assert compared.run_id == "mon+tue+wed"
    assert compared.providers["new"].metrics["schema.pass"].value == 1.0
    assert compared.differences[0].value == 0.5


@pytest.mark.parametrize(
    ("cases", "message"),
    [
        (column("new", "schema.pass", [1.0]) * 2, "scores case pro_output@1/p0/new/0 twice"),
        (column("new", "nonsense.score", [1.0]), "'nonsense.score', which is no metric's name"),
    ],
)
def test_scores_that_cannot_be_are_refused(cases: list[CaseScores], message: str) -> None:
    with pytest.raises(InputError, match=message):
        comparison(cases)


def test_what_nothing_is_known_of_is_refused() -> None:
    cases = column("new", "schema.pass", [1.0])
    with pytest.raises(InputError, match="pairs that the dataset lacks: p0"):
        compare([run_of(cases)], [], confidence=0.95)
    with pytest.raises(InputError, match="nothing to compare"):
        compare([], [], confidence=0.95)
    with pytest.raises(InputError, match="named twice"):
        compare([run_of(cases)] * 3, facts(cases), confidence=0.95)


cells = st.lists(st.tuples(st.floats(0, 1), st.sampled_from([0.0, 1.0])), min_size=1, max_size=20)


@given(cells, st.randoms(use_true_random=False))
def test_the_order_of_scores_does_not_matter_and_json_keeps_all(
    table: list[tuple[float, float]], random: object
) -> None:
    cases = [
        scored(
            f"p{i}",
            name,
            {"parity.score": score, "schema.pass": passed, "cost.per_generation": Decimal(f"{score:.4f}")},
        )
        for i, (score, passed) in enumerate(table)
        for name in ("new", "old")
    ]
    known = facts(cases)
    shuffled = list(cases)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    before = compare([run_of(cases)], known, confidence=0.95, candidate="new", incumbent="old")
    after = compare([run_of(shuffled)], known, confidence=0.95, candidate="new", incumbent="old")
    assert before.providers == after.providers
    assert before.differences == after.differences
    assert Comparison.model_validate_json(before.model_dump_json()) == before
