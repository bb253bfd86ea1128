"""The page: what it must say, and what it must never do with text that others wrote."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shortlist.results import MetricKind, MetricSummary, RunResults, VerdictWord
from shortlist_reports import render_html
from support.page import Page

Make = Callable[..., RunResults]


def test_the_banner_says_the_verdict_in_a_word_with_its_reason(make: Make) -> None:
    for verdict, css in ((VerdictWord.PROMOTE, "promote"), (VerdictWord.REJECT, "reject"), (None, "none")):
        html = render_html(make("", verdict))
        page = Page(html)
        assert f'class="verdict {css}"' in html
        assert (verdict.value if verdict else "NO VERDICT") in page.texts
        assert "schema.pass fails: at most 0.700 of outputs can be valid, below 0.9." in page.texts


def test_an_incomplete_run_says_so_and_has_no_rules(make: Make) -> None:
    page = Page(render_html(make("", None)))
    assert "edge is out of reach: connection refused" in page.text
    assert "The suite sets no gate" in page.text


def test_every_rule_shows_condition_value_interval_bound_n_needed_and_why(make: Make) -> None:
    page = Page(render_html(make()))
    assert page.row("✗ fail schema.pass") == (
        "✗ fail schema.pass at least 0.9 0.250 0.045 to 0.700 0.900 4 decided "
        "At most 0.700 of outputs can be valid, below 0.9."
    )
    assert "−0.142 −0.300 to +0.021 −0.030 4 173" in page.row("? undecided gold.score")
    assert "27.4 s at least 21.0 s 30.0 s 4 59" in page.row("? undecided latency.total")
    assert "$0.00412 $0.00310 to $0.00520 $0.0100 4 decided" in page.row("✓ pass cost.per_ generation")
    assert "no value no interval 0.950 no value to draw 0 cannot be told" in page.row("? undecided quality.")


def test_every_figure_of_the_summary_is_in_the_metrics_table(make: Make) -> None:
    page = Page(render_html(make()))
    assert page.row("schema.pass higher is better") == (
        "schema.pass higher is better 0.250 0.045 to 0.700 n 4 1.000 ★ best 0.510 to 1.000 n 4 "
        "−0.750 ▼ worse −0.954 to −0.108 n 4 only candidate right: 0 only incumbent right: 3 0.250 0.045 to 0.700 n 4"
    )
    latency = page.row("latency.total")
    assert "21.5 s 17.2 to 28.0 s n 3 1 failed pair not in this figure" in latency
    assert "−62.7 s ▲ better −80.1 to −40.2 s n 3" in latency
    assert "913 ms ★ best 730 ms to 1.19 s" in latency
    assert page.row("throughput.output_ tokens").count("232/s") == 3
    assert page.row("usage.output").count("4,980 tokens 4,711 to 5,249 tokens n 4") == 3
    assert "$0.00412 $0.00310 to $0.00520 n 4" in page.row("cost.per_ generation lower")


def test_a_missing_value_is_a_word_with_its_reason(make: Make) -> None:
    page = Page(render_html(make()))
    assert "no value n 0 4 cases: no price for this model" in page.row("cost.per_ generation lower")
    assert "not measured the comparison holds no such metric here" in page.row("parity.score higher")
    assert "not compared" in page.row("parity.score higher")
    assert page.row("cost.per_generation $") == (
        "cost.per_generation $0.00412 missing no price for this model missing no price for this model"
    )
    cells = re.findall(r"<td[^>]*>(.*?)</td>", render_html(make()), re.DOTALL)
    assert [cell for cell in cells if not re.sub(r"<(?!svg)[^>]*>", "", cell).strip()] == []


def test_outcomes_and_schema_failures_are_counted_per_provider(make: Make) -> None:
    page = Page(render_html(make()))
    assert page.row("candidate 2 ") == "candidate 2 0 1 0 1 0 4 4"
    assert page.row("edge 1 1 ") == "edge 1 1 0 1 0 1 4 4"
    assert page.row("no_output") == "no_output 2 0 3"
    assert page.row("missing_key") == "missing_key 1 0 0"
    assert "HTTP 400: permanent as scripted" in page.row("edge error 1")
    assert "edge lacks 1: plumber-09" in page.text


def test_what_was_not_honoured_is_collected(make: Make) -> None:
    page = Page(render_html(make()))
    assert page.row("candidate nothing") == "candidate nothing: all that was asked was given 0"
    assert page.row("seed") == "seed 4"


def test_a_pair_shows_marked_differences_gold_losses_attempts_and_the_failing_path(make: Make) -> None:
    html = render_html(make())
    start = html.index('id="pair-2"')
    pair = html[start : html.index("</details>\n", html.index('id="pair-3"'))]
    assert "<del>fourteen</del>" in html
    assert "<ins>14</ins>" in html
    assert "<ins>12</ins>" in pair
    assert "<del>11</del>" in pair
    assert "missing_key" in pair
    assert "$.education" in pair
    assert "bulletsByRole[St Agnes/Ward Manager].bullets" in pair
    text = Page(html).text
    assert "Ward manager, acute care" in text  # gold
    assert "rate_limited (HTTP 429): slow down" in text
    assert "does not apply" in text
    assert "candidate loses: schema.pass 0.000 against 1.000; gold.score 0.771 against 0.913" in text
    assert "no complete output" in text


def test_the_provenance_names_what_the_run_was_made_of(make: Make) -> None:
    text = Page(render_html(make())).text
    for fact in [
        "sig-0123456789abcdef",
        "gate-77aa",
        "task-11bb",
        "data-22cc",
        "20261120",
        "8c2f41d",
        "0.11.2",
        "hash-candidate",
        "heldout",
        "pro_output@1",
        "aiohttp",
        "3.12.1",
        "Linux-6.1-x86_64",
    ]:
        assert fact in text
    assert "parity 2, schema 1" in text
    assert "8c2f41d with uncommitted changes" in text
    assert "4: 4 résumés, 1 job description" in text


def drawing(html: str, metric: str) -> dict[str, float]:
    row = html[html.index(f">{metric}<", html.index('<table class="rules"')) :]
    svg = row[row.index("<svg") : row.index("</svg>")]
    places = {name: re.search(pattern, svg) for name, pattern in DRAWN.items()}
    return {name: float(found[1]) for name, found in places.items() if found}


DRAWN = {
    "bound": r'class="bound" x1="([\d.]+)"',
    "value": r'class="dot" cx="([\d.]+)"',
    "low": r'class="bar" x1="([\d.]+)"',
    "high": r'class="bar" [^>]*x2="([\d.]+)"',
    "good": r'class="good" x="([\d.]+)"',
}


def test_the_drawings_show_where_the_interval_lies_to_the_bound(make: Make) -> None:
    html = render_html(make())
    fails = drawing(html, "schema.pass")
    assert fails["low"] < fails["value"] < fails["high"] < fails["bound"] == fails["good"]
    margin = drawing(html, "gold.score")  # 0.03 worse is the limit, so the bound lies left of zero difference
    assert margin["low"] < margin["value"] < margin["bound"] == margin["good"] < margin["high"]
    open_end = drawing(html, "latency.total")
    assert open_end["high"] == 220
    assert open_end["good"] == 0
    assert open_end["value"] < open_end["bound"]


def test_hostile_text_is_shown_and_makes_no_element(results: RunResults, make: Make) -> None:
    html = render_html(results)
    page, plain = Page(html), Page(render_html(make("plain")))
    assert Counter(
        tag for tag, _ in page.elements if tag in ("script", "style", "meta", "link", "a", "img", "iframe")
    ) == {tag: sum(t == tag for t, _ in plain.elements) for tag in ("script", "style", "meta", "link", "a")}
    assert page.scripts == plain.scripts
    assert '"><img src=x onerror="document.title=\'owned\'">' in page.text
    assert "<script>alert(1);document.title='owned'</script>" in page.text
    assert "{{ 7*7 }}" in page.text
    html.encode()  # a surrogate without a partner would fail here


def test_hidden_and_reordering_characters_are_made_visible(results: RunResults) -> None:
    html = render_html(results)
    assert re.findall("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u202a-\u202e\u2066-\u2069\ud800-\udfff]", html) == []
    for sign in ("⟦U+202E⟧", "⟦U+0000⟧", "⟦U+D800⟧", "⟦U+2028⟧"):
        assert sign in html


def test_nothing_is_loaded_from_anywhere(results: RunResults) -> None:
    html = render_html(results)
    for tag, attributes in Page(html).elements:
        for name in ("src", "href", "action", "srcset", "data", "poster", "style"):
            value = attributes.get(name)
            assert value is None or (name == "href" and value.startswith(("#", "data:,"))), (tag, name, value)
    own = "".join(Page(html).scripts)
    assert "http" not in own
    assert "url(" not in own
    assert "@import" not in own
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    assert policy is not None
    assert policy[1].startswith("default-src &#39;none&#39;; style-src &#39;sha256-")
    assert "unsafe" not in policy[1]


def test_the_page_can_be_read_without_sight_or_mouse(make: Make) -> None:
    html = render_html(make())
    page = Page(html)
    assert all("scope" in attributes for tag, attributes in page.elements if tag == "th")
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = {attributes["href"] for tag, attributes in page.elements if tag == "a"}
    assert targets <= {f"#{name}" for name in ids}
    assert ("a", {"class": "skip", "href": "#main"}) in page.elements
    assert all("aria-label" in attributes for tag, attributes in page.elements if tag == "svg")
    labelled = {attributes.get("aria-labelledby") for _, attributes in page.elements} - {None}
    assert labelled <= set(ids)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.one_of(st.characters(), st.sampled_from("<>\"'&/=-!{}%#`\x00\u202e")), max_size=60))
def test_no_text_at_all_makes_an_element_or_an_attribute(make: Make, text: str) -> None:
    plain = Page(render_html(make("plain")))
    page = Page(render_html(make(text)))
    known = {tag for tag, _ in plain.elements}
    assert {tag for tag, _ in page.elements} <= known
    assert {name for _, attributes in page.elements for name in attributes} <= {n for _, a in plain.elements for n in a}
    assert page.scripts == plain.scripts


def test_a_long_output_is_cut_with_the_count_of_what_is_left(make: Make) -> None:
    results = make()
    long = replace(results.cases[0], parsed={"headline": "word " * 5000, "summary": "kept out"})
    html = render_html(replace(results, cases=(long,)))
    assert "… 5,000 more characters; the page shows 20,000 of an output" in html
    assert "… 8 more characters" in html
    assert len(html) < 80_000


@pytest.mark.parametrize("parsed", ["A plain letter.", ["a", "b"], 7, {}, {"a": {"b": [{}, [], None, "null", "7"]}}])
def test_any_json_value_can_be_an_output(make: Make, parsed: Any) -> None:
    results = make()
    html = render_html(replace(results, cases=tuple(replace(view, parsed=parsed) for view in results.cases)))
    if isinstance(parsed, str):
        assert "A plain letter." in html
    if parsed == {"a": {"b": [{}, [], None, "null", "7"]}}:
        assert "b:\n  - {}\n  - []\n  - null\n  - &#34;null&#34;\n  - &#34;7&#34;" in html


def test_a_deeply_nested_output_does_not_break_the_page(make: Make) -> None:
    nested: Any = "core"
    for _ in range(3000):
        nested = [nested]
    results = make()
    html = render_html(replace(results, cases=(replace(results.cases[0], parsed={"deep": nested}),)))
    assert "nested deeper" in html


def test_a_run_without_cases_providers_or_gate_renders(make: Make) -> None:
    results = make("", None)
    empty = replace(
        results,
        cases=(),
        gold={},
        comparison=results.comparison.model_copy(
            update={
                "providers": {},
                "pairs": (),
                "candidate": None,
                "incumbent": None,
                "differences": (),
                "unmatched": {},
            }
        ),
        summary=results.summary.model_copy(update={"providers": {}}),
        manifest=results.manifest.model_copy(update={"providers": {}, "sittings": (), "gate_hash": None}),
    )
    text = Page(render_html(empty)).text
    assert "The run has no pairs." in text
    assert "no case was finished" in text


def test_a_run_of_the_candidate_alone_keeps_its_table_straight(make: Make) -> None:
    results = make()
    alone = {"candidate": results.comparison.providers["candidate"]}
    page = Page(
        render_html(
            replace(
                results,
                cases=tuple(v for v in results.cases if v.case.provider == "candidate"),
                comparison=results.comparison.model_copy(update={"providers": alone, "differences": ()}),
            )
        )
    )
    assert page.row("schema.pass higher") == "schema.pass higher is better 0.250 0.045 to 0.700 n 4"


def test_a_provider_without_a_single_case_is_counted_among_the_outcomes(make: Make) -> None:
    results = make()
    left = {name: p for name, p in results.comparison.providers.items() if name != "incumbent"}
    page = Page(render_html(replace(results, comparison=results.comparison.model_copy(update={"providers": left}))))
    assert page.row("incumbent 0") == "incumbent 0 0 0 0 0 0 0 4"


def test_who_managed_only_some_pairs_is_not_the_best(make: Make) -> None:
    results = make()
    edge = results.comparison.providers["edge"]
    quick = edge.metrics["latency.total"].model_copy(update={"failed_pairs": ("nurse-01",)})
    providers = {
        **results.comparison.providers,
        "edge": edge.model_copy(update={"metrics": {**edge.metrics, "latency.total": quick}}),
    }
    page = Page(
        render_html(replace(results, comparison=results.comparison.model_copy(update={"providers": providers})))
    )
    assert "★ best" not in page.row("latency.total")


def test_repeats_are_shown_apart(make: Make) -> None:
    results = make()
    second = tuple(
        replace(view, case=replace(view.case, repeat=1)) for view in results.cases if view.case.pair == "nurse-01"
    )
    text = Page(render_html(replace(results, cases=results.cases + second))).text
    assert "Repeat 1 of 2" in text
    assert "Repeat 2 of 2" in text


def test_a_share_just_below_one_is_not_written_as_one(make: Make) -> None:
    results = make()
    near = MetricSummary(kind=MetricKind.RATE, unit=None, value=0.99996, n=25_000)
    candidate = results.comparison.providers["candidate"].model_copy(update={"metrics": {"schema.pass": near}})
    comparison = results.comparison.model_copy(
        update={"providers": {**results.comparison.providers, "candidate": candidate}}
    )
    assert "0.99996 n 25,000" in Page(render_html(replace(results, comparison=comparison))).row("schema.pass higher")
