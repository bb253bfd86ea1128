"""What must never pass in silence, with the verdict and a sentence that a person understands."""

from decimal import Decimal
from typing import Any

import pytest

from compare.scored import SIGNATURE, Cell, column, comparison, facts, missing, not_applicable, run_of, scored
from gate.judging import both, judged, one, rule, sliced
from shortlist.compare import compare
from shortlist.errors import InputError
from shortlist.gate import gate
from shortlist.results import Comparison, Recording, RuleStatus, VerdictWord
from shortlist.scores import CaseScores, Score, ScoreStatus
from shortlist.suite.model import Gate

FAILED = Score(0.0, ScoreStatus.FAILED, "failed")
PAIRED = [rule("gold.score", no_worse_by="0.03"), rule("gold.score", better_by="0.01")]
ERRORED = (
    "where the incumbent ended in an error, a time-out or a malformed reply, counted as anything from its worst to its "
    "best"
)


def verdict(cases: list[CaseScores], **bound: str) -> tuple[VerdictWord | None, str]:
    found = judged(comparison(cases), rule("schema.pass", **bound))
    return found.verdict, found.rules[0].why


def test_a_renamed_case_rejects() -> None:
    cases = both("schema.pass", [1.0] * 200, [1.0] * 199)
    cases.append(scored("p199-new-name", "old", {"schema.pass": 1.0}))
    assert verdict(cases, no_worse_by="0.03") == (
        VerdictWord.REJECT,
        "new has no case of 1 pair that the other side has (p199-new-name) and old has no case of 1 pair that the "
        "other side has (p199): run both on the same pairs",
    )


def test_a_dropped_pair_rejects() -> None:
    assert verdict(both("schema.pass", [1.0] * 199, [1.0] * 200), no_worse_by="0.03") == (
        VerdictWord.REJECT,
        "new has no case of 1 pair that the other side has (p199): run both on the same pairs",
    )


def test_zero_discordance_is_inconclusive_until_there_are_enough_pairs() -> None:
    assert verdict(both("schema.pass", [1.0] * 60, [1.0] * 60), no_worse_by="0.03") == (
        VerdictWord.INCONCLUSIVE,
        "schema.pass is no different from old's over 60 pairs, but with 60 pairs the true difference may be 6.02 "
        "points lower, beyond the margin of 3 points; about 125 pairs would decide",
    )
    word, _ = verdict(both("schema.pass", [1.0] * 125, [1.0] * 125), no_worse_by="0.03")
    assert word is VerdictWord.PROMOTE


def test_one_pair_decides_nothing() -> None:
    assert verdict(both("schema.pass", [1.0], [0.0]), better_by="0") == (
        VerdictWord.INCONCLUSIVE,
        "schema.pass is 100 points higher than old's over 1 pair, but with 1 pair the true difference may be 58.7 "
        "points lower, which is not better; about 4 pairs would decide",
    )


def test_all_equal_scores_need_many_pairs() -> None:
    few = judged(comparison(both("gold.score", [0.9] * 12, [0.9] * 12)), PAIRED[0])
    assert few.verdict is VerdictWord.INCONCLUSIVE
    assert few.rules[0].why == (
        "gold.score is no different from old's over 12 pairs, but with 12 pairs the true difference may be 0.265 "
        "lower, beyond the margin of 0.03; about 122 pairs would decide"
    )


def test_all_failed_rejects() -> None:
    cases = [scored(f"p{i}", "new", {"schema.pass": FAILED}, "timeout") for i in range(60)]
    cases += column("old", "schema.pass", [1.0] * 60)
    assert verdict(cases, no_worse_by="0.03") == (
        VerdictWord.REJECT,
        "schema.pass is 100 points lower than old's over 60 pairs; at 95% confidence the true difference is at best "
        "87.9 points lower, beyond the margin of 3 points",
    )
    nobody = [scored(f"p{i}", name, {"schema.pass": FAILED}, "error") for i in range(60) for name in ("new", "old")]
    word, why = verdict(nobody, no_worse_by="0.03")
    # Neither said anything: the incumbent may be perfect.
    assert (word, "(60 pairs " + ERRORED + ")" in why) == (VerdictWord.INCONCLUSIVE, True)
    assert verdict(nobody, at_least="0.5")[0] is VerdictWord.REJECT


def test_runs_that_asked_different_things_are_refused_before_any_gate() -> None:
    runs = [run_of(column("new", "schema.pass", [1.0]), "mon"), run_of(column("old", "schema.pass", [1.0]), "tue", "0")]
    with pytest.raises(InputError, match="asked different things"):
        compare(runs, facts(runs[0].scores), confidence=0.95)
    assert SIGNATURE != "0"


# --- an incumbent with errors ----------------------------------------------------------------------------------------


def outage(
    outcome: str, pairs: int = 20, n: int = 60, ours: float = 0.9, metric: str = "gold.score"
) -> list[CaseScores]:
    """Both are as good, but the incumbent ended so in the first pairs."""
    cases = column("new", metric, [ours] * n)
    return cases + [
        scored(f"p{i}", "old", {metric: FAILED if i < pairs else 0.9}, outcome if i < pairs else "ok") for i in range(n)
    ]


@pytest.mark.parametrize("outcome", ["error", "timeout", "malformed"])
def test_an_outage_of_the_incumbent_promotes_nobody(outcome: str) -> None:
    found = judged(comparison(outage(outcome, n=200)), *PAIRED)
    assert found.verdict is VerdictWord.INCONCLUSIVE
    worse, better = found.rules
    # One answer in ten is lost. With all of these perfect the candidate is 0.01 worse, which is within the margin.
    assert worse.value == pytest.approx(0.09)
    assert worse.status is RuleStatus.PASS
    assert worse.low == pytest.approx(-0.0285, abs=5e-4)
    assert better.status is RuleStatus.UNDECIDED
    assert better.why.endswith(f"(20 pairs {ERRORED})")


@pytest.mark.parametrize("outcome", ["refused", "truncated"])
def test_what_the_incumbent_itself_got_wrong_counts_as_its_worst(outcome: str) -> None:
    found = judged(comparison(outage(outcome)), *PAIRED)
    assert found.verdict is VerdictWord.PROMOTE
    assert found.rules[0].why.endswith("(20 pairs in which old refused or was cut off, counted as its worst)")


def test_errors_decide_only_what_they_cannot_change() -> None:
    """A rule passes only with the incumbent perfect there, and fails only with it at its worst."""

    def status(ours: float, **bound: Any) -> RuleStatus:
        return one(outage("error", pairs=10, n=400, ours=ours), "gold.score", **bound).status

    assert status(0.9, no_worse_by="0.03") is RuleStatus.PASS  # 10 of 400 are too few to matter: 0.0025 at most
    assert status(0.9, better_by="0") is RuleStatus.UNDECIDED
    assert status(0.2, no_worse_by="0.03") is RuleStatus.FAIL
    perfect = column("new", "gold.score", [0.9] * 60) + column("old", "gold.score", [1.0] * 20 + [0.9] * 40)
    at_worst = column("new", "gold.score", [0.9] * 60) + column("old", "gold.score", [0.0] * 20 + [0.9] * 40)
    hull = one(outage("error"), "gold.score", no_worse_by="0.03")
    ends = [one(cases, "gold.score", no_worse_by="0.03") for cases in (perfect, at_worst)]
    lows, highs = [end.low for end in ends if end.low is not None], [end.high for end in ends if end.high is not None]
    assert (hull.low, hull.high) == pytest.approx((min(lows), max(highs)))


def test_an_errored_repeat_is_unknown_and_the_others_are_not() -> None:
    cases = [scored(f"p{i}", "new", {"gold.score": 0.5}) for i in range(60)]
    cases += [scored(f"p{i}", "old", {"gold.score": 0.5}) for i in range(60)]
    cases += [scored(f"p{i}", "old", {"gold.score": FAILED}, "error", repeat=1) for i in range(60)]
    compared = comparison(cases)
    theirs = compared.providers["old"].metrics["gold.score"]
    assert (theirs.values["p0"], theirs.errored_at_best["p0"]) == (0.25, 0.75)
    (result,) = judged(compared, PAIRED[0]).rules
    assert result.low is not None
    assert result.low < -0.25


def test_errors_on_yes_or_no_metrics_count_likewise() -> None:
    cases = column("new", "schema.pass", [1.0] * 100)
    cases += [
        scored(f"p{i}", "old", {}, "error") if i < 40 else scored(f"p{i}", "old", {"schema.pass": 1.0})
        for i in range(100)
    ]
    result = one(cases, "schema.pass", better_by="0")
    assert result.status is RuleStatus.UNDECIDED
    assert result.value == pytest.approx(0.4)
    assert result.low == pytest.approx(-0.037, abs=1e-3)  # as if both were right everywhere


def test_errors_of_the_incumbent_outside_the_slice_do_not_matter() -> None:
    domains = {f"p{i}": "poet" for i in range(20)}
    cases = outage("error", n=200)
    nurse = sliced(cases, domains, "gold.score", no_worse_by="0.03", domain="nurse")
    assert (nurse.status, "error" in nurse.why) == (RuleStatus.PASS, False)
    poet = sliced(cases, domains, "gold.score", no_worse_by="0.03", domain="poet")
    assert (poet.status, f"(20 pairs {ERRORED})" in poet.why) == (RuleStatus.UNDECIDED, True)
    refused = sliced(outage("refused", n=200), domains, "gold.score", no_worse_by="0.03", domain="nurse")
    assert "refused" not in refused.why


def test_the_candidates_errors_stay_failures() -> None:
    cases = column("old", "gold.score", [0.9] * 60)
    cases += [
        scored(f"p{i}", "new", {"gold.score": FAILED if i < 20 else 0.9}, "error" if i < 20 else "ok")
        for i in range(60)
    ]
    result = one(cases, "gold.score", no_worse_by="0.03")
    assert (result.status, "error" in result.why) == (RuleStatus.FAIL, False)


def test_errors_of_a_reference_are_not_counted_twice() -> None:
    lost, itself = missing("the reference failed"), not_applicable("it is the reference")
    cases = [scored(f"p{i}", "new", {"parity.score": lost if i < 5 else 1.0}) for i in range(60)]
    cases += [scored(f"p{i}", "old", {"parity.score": itself}, "error" if i < 5 else "ok") for i in range(60)]
    result = one(cases, "parity.score", no_worse_by="0.03")
    assert result.why.endswith("(5 pairs without a known value, counted as anything from 0 to 1)")


def test_the_candidates_errors_are_none_of_the_reference() -> None:
    itself = not_applicable("it is the reference")
    cases = [
        scored(f"p{i}", "new", {"parity.score": FAILED if i < 5 else 1.0}, "error" if i < 5 else "ok")
        for i in range(60)
    ]
    cases += [scored(f"p{i}", "old", {"parity.score": itself}) for i in range(60)]
    assert "the incumbent ended" not in one(cases, "parity.score", no_worse_by="0.03").why


# --- a recorded incumbent --------------------------------------------------------------------------------------------


def recorded(cases: list[CaseScores], days: float) -> Comparison:
    compared = comparison(cases)
    recording = Recording(
        run_id="20260701-a", provider="claude", kind="claude", model="m", recorded_at="2026-07-01T00:00:00Z",
        age_days=days,
    )  # fmt: skip
    old = compared.providers["old"].model_copy(update={"recorded": recording})
    return compared.model_copy(update={"providers": {**compared.providers, "old": old}})


def test_a_recording_that_is_too_old_fails_what_is_paired() -> None:
    cases = both("schema.pass", [1.0] * 200, [1.0] * 200)
    rules = (
        rule("schema.pass", no_worse_by="0.03"),
        rule("schema.pass", no_worse_by="0.1", each="domain", alert=True),
        rule("schema.pass", at_least="0.9"),
    )
    young = gate(recorded(cases, 90), Gate("new", "old", Decimal("0.95"), rules))
    old = gate(recorded(cases, 120.4), Gate("new", "old", Decimal("0.95"), rules))
    assert (young.verdict, old.verdict) == (VerdictWord.PROMOTE, VerdictWord.REJECT)
    assert [found.status for found in old.rules] == [RuleStatus.FAIL, RuleStatus.FAIL, RuleStatus.PASS]
    assert old.rules[0].why == (
        "old is a recorded run (20260701-a) that was 120 days old, and the gate allows 90: record it again, or raise "
        "`incumbent_max_age_days`"
    )
    longer = Gate("new", "old", Decimal("0.95"), rules, incumbent_max_age_days=Decimal(200))
    assert gate(recorded(cases, 120.4), longer).verdict is VerdictWord.PROMOTE


# --- rules that make no sense ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("metric", "said", "why"),
    [
        ("latency.total", {"percentile": "95", "no_worse_by": "3"}, "a percentile of latency.total goes with at_least"),
        ("schema.pass", {"percentile": "95", "at_least": "1"}, "and with means alone"),
        ("cost.total", {"at_most": "9", "each": "domain"}, "is one figure for a whole run and has no slices"),
        ("schema.pass", {"at_most_ratio": "1"}, "lies between 0 and 1, so that a ratio says little"),
    ],
)
def test_a_rule_that_makes_no_sense_fails(metric: str, said: dict[str, Any], why: str) -> None:
    cells: list[Cell] = [1.0] * 9
    result = one(
        both(metric, cells, cells) if metric != "cost.total" else both("schema.pass", cells, cells), metric, **said
    )
    assert (result.status, why in result.why) == (RuleStatus.FAIL, True), result.why
