"""Renders a run as one HTML file that loads nothing, at render time or at view time.

Whatever a model or a server wrote reaches the page through autoescaping and `visible` alone; no template marks any of
it as safe. A content security policy that names only the hashes of our own style and script stands behind that.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from shortlist.cases import Outcome
from shortlist.results import RunResults, VerdictWord
from shortlist_reports import chains, contamination, decision, injections, pairs, plots, provenance, tables
from shortlist_reports.figures import when
from shortlist_reports.text import visible

VERDICTS = {
    VerdictWord.PROMOTE: ("promote", "✓"),
    VerdictWord.REJECT: ("reject", "✗"),
    VerdictWord.INCONCLUSIVE: ("inconclusive", "?"),
    None: ("none", "–"),
}
NO_VERDICT = "NO VERDICT"


def render_html(results: RunResults) -> str:
    """The report of a run as one self-contained HTML page."""
    template = _environment().get_template("report.html.j2")
    style, script = _asset("report.css"), _asset("report.js")
    css_class, icon = VERDICTS[results.verdict.verdict]
    return template.render(
        results=results,
        verdict={"word": results.verdict.verdict or NO_VERDICT, "css": css_class, "icon": icon},
        policy=content_security_policy(style, script),
        style=style,
        script=script,
        plot_width=plots.WIDTH,
        chain_width=chains.WIDTH,
        order=tables.provider_order(results),
        roles={name: tables.role_label(results, name) for name in tables.provider_order(results)},
        outcomes=[outcome.value for outcome in Outcome],
        **_sections(results),
    )


def _sections(results: RunResults) -> Mapping[str, Any]:
    views = list(pairs.pair_views(results))
    messages, messages_left = tables.failure_messages(results)
    return {
        "finished": when(max((view.record.finished_at for view in results.cases), default="no case was finished")),
        "rules": tables.rule_rows(results),
        "compares": tables.compares_two(results),
        "families": tables.metric_groups(results),
        "early_stop": decision.early_stop(results),
        "recordings": decision.recordings(results),
        "judges": decision.judge_rows(results),
        "contaminated": contamination.warning(results),
        "contaminated_rows": contamination.rows(results),
        "without_application": tables.without_application(results),
        "obeyed": injections.obeyed_rows(results),
        "planted": injections.planted_counts(results),
        "pairs_left_out": sum(view.left_out for view in views),
        "max_pairs": pairs.MAX_PAIRS,
        "chains": chains.chain_figures(results),
        "left_out": tables.left_out(results),
        "outcome_rows": tables.outcome_rows(results),
        "taxonomy": tables.taxonomy_rows(results),
        "messages": messages,
        "messages_left": messages_left,
        "unhonoured": tables.unhonoured(results),
        "pairs": views,
        "pair_numbers": {view.id: view.number for view in views},
        "domains": sorted({view.domain for view in views}),
        "states": _in_order(state for view in views for state in view.outcomes),
        "run_facts": provenance.run_facts(results),
        "sittings": provenance.sitting_rows(results),
        "provider_facts": provenance.provider_provenance(results),
        "suite_text": provenance.suite_text(results),
        "max_output_chars": pairs.MAX_OUTPUT_CHARS,
    }


def _in_order(states: Iterable[str]) -> list[str]:
    order = ["valid", "invalid", pairs.OBEYED, *(outcome.value for outcome in Outcome)]
    return sorted(set(states), key=order.index)


def content_security_policy(style: str, script: str) -> str:
    """A policy under which only `style` and `script` take effect and nothing is fetched."""
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src '{_digest(style)}'",
            f"script-src '{_digest(script)}'",
            "img-src data:",  # the empty icon, so that a browser asks no server for one
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _digest(source: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()


def _asset(name: str) -> Markup:
    """One of our own files, verbatim: the policy names its hash."""
    return Markup(resources.files("shortlist_reports").joinpath("templates", name).read_text("utf-8"))


def _fit_to_show(value: object) -> object:
    """Applied to every `{{ }}`, so that no template can forget it; our own markup passes."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("shortlist_reports"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_fit_to_show,
        trim_blocks=True,
        lstrip_blocks=True,
    )
