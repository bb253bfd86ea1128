"""What the report says of pairs that stand in the training data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from shortlist.results import ContaminatedPair, Contamination, RunResults
from shortlist_reports import render_html, render_markdown
from support.page import Page

Make = Callable[..., RunResults]


def contaminated(results: RunResults, *found: ContaminatedPair) -> RunResults:
    searched = Contamination(files=("train.jsonl",), lines=400, threshold=0.45, found=found)
    return replace(results, manifest=results.manifest.model_copy(update={"contamination": searched}))


def a_pair(pair: str, score: float, exact: bool, hostile: str = "") -> ContaminatedPair:
    return ContaminatedPair(
        pair=pair,
        side="resume",
        score=score,
        exact=exact,
        part=f"user{hostile}",
        file="train.jsonl",
        line=12,
        id=f"t-12{hostile}",
    )


def test_a_contaminated_run_says_so_at_the_top_with_every_place(make: Make) -> None:
    found = (a_pair("welder-03", 0.71, False), a_pair("nurse-01", 1.0, True), a_pair("nurse-01", 0.5, False))
    results = contaminated(make(), *found)
    page = Page(render_html(results))
    said = "This run was made although its training data holds 2 pairs of it"
    assert said in page.text
    assert page.text.index(said) < page.text.index("Rules of the gate")
    rows = [" ".join(row.split()) for row in page.rows]
    first = rows.index("nurse-01 résumé word for word train.jsonl:12 (user), id t-12")
    assert rows[first + 1] == "welder-03 résumé 71% of its word trigrams train.jsonl:12 (user), id t-12"
    assert "**Contaminated.** This run was made although" in render_markdown(results)


def test_a_clean_search_is_provenance_and_no_warning(make: Make) -> None:
    results = contaminated(make())
    text = Page(render_html(results)).text
    assert "none of the pairs found in 400 training lines of 1 file" in text
    assert "Contaminated" not in text + render_markdown(results)


def test_that_nobody_looked_is_said(make: Make) -> None:
    assert "not looked for: the suite names no training data" in Page(render_html(make())).text


def test_what_a_training_file_says_makes_no_element(make: Make) -> None:
    page = Page(render_html(contaminated(make(), a_pair("nurse-01", 1.0, True, "<script>alert(1)</script>"))))
    assert [tag for tag, _ in page.elements].count("script") == 1  # our own
