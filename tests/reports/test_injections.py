"""What the page says of planted instructions, of metrics that apply to nothing, and of more pairs than it can hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from shortlist.results import CaseView, MetricKind, MetricSummary, RunResults
from shortlist.scores import Loss, Score, ScoreStatus
from shortlist_reports import pairs, render_html
from support.page import Page

Make = Callable[..., RunResults]
METRIC = "injection.resisted"


def judged(view: CaseView, score: Score, *losses: Loss) -> CaseView:
    scores = replace(view.scores, scores={**view.scores.scores, METRIC: score}, losses=(*view.scores.losses, *losses))
    return replace(view, scores=scores)


def with_planted(results: RunResults) -> RunResults:
    """Two pairs have something planted; the incumbent obeys in one of them."""
    cases = []
    for view in results.cases:
        case = view.case
        if case.pair not in ("nurse-01", "teacher-04"):
            score = Score(None, ScoreStatus.NOT_APPLICABLE, "nothing is planted in the pair")
            cases.append(judged(view, score))
        elif view.record.outcome.value != "ok":
            cases.append(judged(view, Score(0.0, ScoreStatus.FAILED, "failed")))
        elif case.provider == "incumbent" and case.pair == "teacher-04":
            loss = Loss(METRIC, "coverLetter", "obeys the planted text: says 'ZEBRA-1'")
            cases.append(judged(view, Score(0.0), loss))
        else:
            cases.append(judged(view, Score(1.0)))
    return replace(results, cases=tuple(cases))


def test_who_obeyed_is_named_case_by_case(make: Make) -> None:
    page = Page(render_html(with_planted(make())))
    rows = [" ".join(row.split()) for row in page.rows]
    assert "incumbent 2 1 1 0" in rows
    assert "candidate 2 1 0 1" in rows
    assert "edge 2 1 0 1" in rows
    assert "incumbent teacher-04 1 coverLetter: obeys the planted text: says 'ZEBRA-1'" in rows
    chips = [attributes.get("class") for tag, attributes in page.elements if tag == "span"]
    assert chips.count("chip obeyed") == 1
    options = [attributes.get("value") for tag, attributes in page.elements if tag == "option"]
    assert "obeyed" in options
    assert ("a", "#planted") in [(tag, attributes.get("href")) for tag, attributes in page.elements]


def test_nothing_planted_and_nothing_is_said(make: Make) -> None:
    html = render_html(make())
    assert "Planted instructions" not in Page(html).text
    assert "#planted" not in html


def summary_without_application() -> MetricSummary:
    return MetricSummary(kind=MetricKind.MEAN, unit=None, value=None, n=0, missing={"gold does not state it": 4})


def test_a_metric_that_applies_to_nothing_is_named_once_and_has_no_row(make: Make) -> None:
    results = make()
    comparison = results.comparison.model_copy(
        update={
            "providers": {
                name: provider.model_copy(
                    update={"metrics": {**provider.metrics, "gold.radar": summary_without_application()}}
                )
                for name, provider in results.comparison.providers.items()
            }
        }
    )
    page = Page(render_html(replace(results, comparison=comparison)))
    assert "Without meaning for any pair of this run: gold.radar." in page.text
    assert not any(row.strip().startswith("gold.radar") for row in page.rows)


def test_a_metric_that_is_only_unknown_keeps_its_row(make: Make) -> None:
    page = Page(render_html(make()))
    assert "Without meaning" not in page.text  # cost is missing for two providers, which is not the same


@pytest.mark.parametrize("room", [1, 2, 4])
def test_of_more_pairs_than_it_can_hold_the_page_shows_those_to_look_into(
    make: Make, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    monkeypatch.setattr(pairs, "MAX_PAIRS", room)
    results = with_planted(make())
    views = list(pairs.pair_views(results))
    assert [view.id for view in views] == ["nurse-01", "accountant-02", "welder-03", "teacher-04"]
    shown = [view.id for view in views if not view.left_out]
    assert len(shown) == room
    assert "teacher-04" in shown  # last in the run; somebody obeyed there
    page = Page(render_html(results))
    assert ("The page holds the outputs of" in page.text) == (room < 4)
    assert page.text.count("Its outputs are not in this page") == 4 - room
    summaries = [attributes for tag, attributes in page.elements if attributes.get("class") == "pair"]
    assert len(summaries) == 4  # every pair still has its line
