"""The page in a real browser: the filter works, nothing is refused by the policy, hostile text does nothing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from shortlist.results import RunResults
from shortlist_reports import render_html

Make = Callable[..., RunResults]
TITLE = "REJECT: promote-resumemate-14b, 20261120-quick-7f3a"


@dataclass(frozen=True)
class Seen:
    """What the browser made of a page."""

    dom: str
    console: list[str]

    @property
    def title(self) -> str:
        found = re.search(r"<title>(.*?)</title>", self.dom)
        return found[1] if found else ""

    @property
    def visible_pairs(self) -> list[str]:
        tags = re.findall(r'<details[^>]*class="pair"[^>]*>.*?<span class="id">(.*?)</span>', self.dom, re.DOTALL)
        opened = re.findall(r'<details[^>]*class="pair"[^>]*>', self.dom)
        return [name for name, tag in zip(tags, opened, strict=True) if " hidden" not in tag]


@pytest.fixture(scope="module")
def chromium() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    if os.environ.get("CI") == "true":
        pytest.fail("no Chromium on this machine, and CI must not skip this test; install the package chromium")
    pytest.skip("no Chromium on this machine")


@pytest.fixture
def browse(chromium: str, tmp_path: Path) -> Callable[[str, str], Seen]:
    def open_page(html: str, fragment: str = "") -> Seen:
        page = tmp_path / "report.html"
        page.write_text(html, encoding="utf-8")
        command = [
            chromium,
            *["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"],
            *["--disable-background-networking", "--disable-component-update", "--enable-logging=stderr"],
            f"--user-data-dir={tmp_path / 'profile'}",
            "--dump-dom",
            page.as_uri() + fragment,
        ]
        done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120, check=True)
        return Seen(done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line])

    return open_page


Browse = Callable[..., Seen]


def test_hostile_text_does_not_run_and_the_policy_refuses_nothing_of_ours(browse: Browse, results: RunResults) -> None:
    seen = browse(render_html(results))
    assert seen.title == TITLE
    assert seen.console == []
    assert "<img" not in seen.dom
    assert "<iframe" not in seen.dom
    assert seen.dom.count("<script") == 1
    assert "4 of 4 pairs" in seen.dom


def test_the_policy_stops_a_script_even_if_escaping_failed(browse: Browse, make: Make) -> None:
    html = render_html(make())
    seen = browse(html.replace("</main>", "<script>document.title = 'owned'</script></main>"))
    assert seen.title == TITLE
    assert any("Content Security Policy" in line for line in seen.console)


@pytest.mark.parametrize(
    ("fragment", "pairs"),
    [
        ("", ["nurse-01", "accountant-02", "welder-03", "teacher-04"]),
        ("#q=WELDER-03", ["welder-03"]),
        ("#q=team+of+12", ["nurse-01", "accountant-02"]),
        ("#domain=trades", ["welder-03"]),
        ("#outcome=refused", ["accountant-02"]),
        ("#outcome=invalid", ["accountant-02"]),
        ("#q=nothing+has+this", []),
        ("#q=r&outcome=truncated", ["welder-03"]),
    ],
)
def test_the_fragment_presets_the_filter(browse: Browse, make: Make, fragment: str, pairs: list[str]) -> None:
    seen = browse(render_html(make()), fragment)
    assert seen.visible_pairs == pairs
    assert f"{len(pairs)} of 4 pairs" in seen.dom
    assert seen.console == []


def test_only_pairs_where_the_candidate_loses(browse: Browse, make: Make) -> None:
    results = make()
    providers = dict(results.comparison.providers)
    better = providers["incumbent"].metrics["gold.score"].model_copy(update={"values": {"nurse-01": 0.5}})
    providers["incumbent"] = providers["incumbent"].model_copy(
        update={"metrics": {**providers["incumbent"].metrics, "gold.score": better}}
    )
    comparison = results.comparison.model_copy(update={"providers": providers})
    seen = browse(
        render_html(
            RunResults(results.manifest, comparison, results.verdict, results.summary, results.cases, results.gold)
        ),
        "#loses=1",
    )
    assert seen.visible_pairs == ["accountant-02", "welder-03", "teacher-04"]


def test_a_link_to_a_pair_opens_it(browse: Browse, make: Make) -> None:
    seen = browse(render_html(make()), "#pair-3")
    opened = [tag for tag in re.findall(r'<details[^>]*class="pair"[^>]*>', seen.dom) if " open" in tag]
    assert len(opened) == 1
    assert 'id="pair-3"' in opened[0]
