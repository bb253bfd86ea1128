"""What the report says beside the rules: looks before the end, slices, recorded runs, judges."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from reports.conftest import HOSTILE
from shortlist.results import (
    EarlyStop,
    JudgeResult,
    Measure,
    Recording,
    RuleResult,
    RuleStatus,
    RunResults,
    SliceResult,
)
from shortlist_reports import render_html, render_junit, render_markdown
from support.page import Page

Make = Callable[..., RunResults]


def part(name: str, status: RuleStatus, value: float | None, **more: Any) -> SliceResult:
    given: dict[str, Any] = {"low": None, "high": None, "n": 5, "why": f"what is known of {name}", **more}
    return SliceResult(name=name, status=status, value=value, **given)


def each_domain(name: str = "nursing") -> RuleResult:
    return RuleResult(
        metric="gold.score",
        condition="in each domain no worse by 0.1 than incumbent",
        status=RuleStatus.FAIL,
        value=-0.05,
        low=None,
        high=None,
        bound=Decimal("0.1"),
        measures=Measure.DIFFERENCE,
        limit=-0.1,
        passes_above=True,
        n=20,
        needed_n=None,
        why="one domain is worse",
        each="domain",
        slices=(
            part("trades", RuleStatus.PASS, 0.02, low=-0.05, high=0.07),
            part(name, RuleStatus.FAIL, -0.41, low=-0.6, high=-0.2, adjusted_p=0.0031),
            part("accounting", RuleStatus.UNDECIDED, None),
        ),
    )


def with_rule(results: RunResults, rule: RuleResult) -> RunResults:
    return replace(results, verdict=results.verdict.model_copy(update={"rules": (*results.verdict.rules, rule)}))


def test_a_rule_for_each_domain_shows_its_parts_the_bad_ones_first(make: Make) -> None:
    results = with_rule(make(), each_domain())
    page = render_html(results)
    assert "Each domain: 1 fail, 1 undecided, 1 pass" in page
    cut = page[page.index("Each domain:") :]
    assert cut.index("nursing") < cut.index("accounting") < cut.index("trades")
    assert "−0.410" in cut
    assert "0.0031" in cut
    assert "gold.score, domain nursing: what is known of nursing" in render_markdown(results)
    assert 'name="gold.score in each domain no worse by 0.1 than incumbent"' in render_junit(results)


@pytest.mark.parametrize(
    ("alert", "status", "shown", "needed"),
    [
        (False, RuleStatus.FAIL, "1 of 3 pass", "decided"),
        (True, RuleStatus.FAIL, "1 of 3 broken", "decided"),
        (True, RuleStatus.PASS, "1 of 3 broken", "an alert"),
    ],
)
def test_a_rule_for_each_has_a_count_where_others_have_a_value(
    make: Make, alert: bool, status: RuleStatus, shown: str, needed: str
) -> None:
    """No "no value" and no empty drawing: its figures stand below it. What an alert's silence decided is nothing."""
    rule = each_domain().model_copy(update={"alert": alert, "status": status})
    results = with_rule(make(), rule)
    row = Page(render_html(results)).row(f"{'✗ fail' if status is RuleStatus.FAIL else '✓ pass'} gold.score in each")
    assert f" {shown} each domain −0.100 20 {needed} one domain is worse" in row
    assert "no value" not in row
    name = f"gold.score in each domain no worse by 0.1 than incumbent{' (alert)' if alert else ''}"
    markdown, junit = render_markdown(results), render_junit(results)
    assert f"| {name} | {shown} | each domain | 20 | {needed} |" in markdown
    assert f'name="{name}"' in junit
    if status is RuleStatus.FAIL:
        assert f"one domain is worse ({shown}, bound −0.100, n 20, n needed {needed})" in junit


def test_a_ratio_reads_as_one(make: Make) -> None:
    ratio = RuleResult(
        metric="cost.per_generation",
        condition="at most 0.2 of incumbent",
        status=RuleStatus.PASS,
        value=0.0294,
        low=0.021,
        high=0.0371,
        bound=Decimal("0.2"),
        measures=Measure.RATIO,
        limit=Decimal("0.2"),
        passes_above=False,
        n=4,
        needed_n=None,
        why="cheap",
        alert=True,
    )
    page = render_html(with_rule(make(), ratio))
    assert "0.0294×" in page
    assert "0.0210× to 0.0371×" in page
    assert '<span class="role">alert</span>' in page


@pytest.mark.parametrize(
    ("stop", "said"),
    [
        (
            EarlyStop(planned_pairs=400, looks=(20, 25), stopped_at=25, saved_cases=750),
            "looked at twice before the last pair, and was decided after 25 of 400 pairs: 750 generations less",
        ),
        (
            EarlyStop(planned_pairs=400, looks=(20,)),
            "looked at once before the last pair, and was not decided then: all 400 pairs were needed",
        ),
    ],
)
def test_looks_before_the_end_are_told(make: Make, stop: EarlyStop, said: str) -> None:
    results = make()
    results = replace(
        results,
        verdict=results.verdict.model_copy(update={"early_stop": stop}),
        summary=results.summary.model_copy(update={"complete": True, "incomplete_why": None}),
    )
    assert said in render_html(results)
    assert said in render_markdown(results)


def test_a_recorded_incumbent_is_named_with_its_age(make: Make) -> None:
    results = make()
    found = Recording(
        run_id="20261019-090000-claude-1a2b",
        provider="claude",
        kind="claude",
        model="claude-sonnet-4-6",
        recorded_at="2026-10-19T09:00:00Z",
        age_days=32.4,
    )
    facts = {**results.manifest.providers}
    facts["incumbent"] = facts["incumbent"].model_copy(update={"recorded": found})
    results = replace(results, manifest=results.manifest.model_copy(update={"providers": facts}))
    said = "recorded in run 20261019-090000-claude-1a2b (claude: claude, claude-sonnet-4-6) on 2026-10-19 09:00:00 UTC"
    assert f"{said}, 32 days before this run" in render_html(results)
    assert "32 days before this run" in render_markdown(results)


def test_judges_stand_with_their_agreement(make: Make) -> None:
    results = make()
    known = JudgeResult(
        kind="claude",
        model="claude-opus-5",
        against="incumbent",
        samples=3,
        judgements=36,
        failed=2,
        cost=Decimal("0.31"),
        same_when_swapped=0.75,
        labels=20,
        labels_agreed=17,
        kappa=0.68,
        kappa_low=0.41,
        kappa_high=0.95,
    )
    bare = JudgeResult(
        kind="openai", model=None, samples=1, judgements=4, failed=0, cost=None, why_no_kappa="it has no labels"
    )
    judged = results.comparison.model_copy(update={"judges": {"letter": known, "tone": bare}})
    results = replace(results, comparison=judged)
    page = render_html(results)
    for said in ("0.680", "0.410 to 0.950", "17 of 20", "75.0%", "$0.310", "it has no labels", "beside incumbent"):
        assert said in page, said
    assert "| letter | claude, claude-opus-5, sets each output beside incumbent's | 36 | 2 |" in render_markdown(
        results
    )


def test_hostile_names_of_slices_and_judges_stay_text(make: Make) -> None:
    results = with_rule(make(), each_domain(HOSTILE.replace("\ud800", "").replace("\x00", "")))
    judge = JudgeResult(
        kind="x", model="<img src=x>", samples=1, judgements=1, failed=0, cost=None, why_no_kappa="<b>no</b>"
    )
    results = replace(results, comparison=results.comparison.model_copy(update={"judges": {"<i>": judge}}))
    page = render_html(results)
    assert "<img src=x" not in page
    assert "<b>no</b>" not in page
    assert "<b>" not in render_markdown(results)
