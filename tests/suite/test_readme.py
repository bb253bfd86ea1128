"""What README.md shows works as it stands there."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from time import perf_counter
from typing import Any, get_args

import pytest

from shortlist import bundled
from shortlist.suite.load import load_suite
from shortlist.tasks.load import load_task
from shortlist.tasks.rules import ClaimKind, Compare
from shortlist_datasets import bundled_names
from shortlist_providers import ProviderContext, kinds
from support.providers import request

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    """The only block of code in `language`."""
    [found] = re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    return str(found)


def test_the_suite_loads(tmp_path: Path) -> None:
    (tmp_path / "suite.yaml").write_text(block("yaml"), encoding="utf-8")
    suite = load_suite(tmp_path / "suite.yaml", {})
    assert list(suite.providers) == ["incumbent", "candidate"]
    assert suite.gate is not None


def test_the_gate_of_the_guide_fits_the_suite(tmp_path: Path) -> None:
    guide = (ROOT / "docs/gate.md").read_text(encoding="utf-8")
    gates = [found for found in re.findall(r"^```yaml\n(.*?)^```", guide, re.MULTILINE | re.DOTALL) if "gate:" in found]
    assert len(gates) == 1
    suite = block("yaml").partition("gate:")[0] + gates[0]
    (tmp_path / "suite.yaml").write_text(suite, encoding="utf-8")
    assert load_suite(tmp_path / "suite.yaml", {}).gate is not None


def test_the_provider_generates() -> None:
    names: dict[str, Any] = {}
    code = block("python").replace("text = ...", 'text = "hello"')
    exec(compile(code, "README.md", "exec", dont_inherit=True), names)
    provider = names["Acme"](names["AcmeConfig"](model="m"), ProviderContext(perf_counter, asyncio.sleep))
    assert asyncio.run(provider.generate(request())).text == "hello"


def test_every_kind_is_in_the_table() -> None:
    table = "".join(line for line in README.splitlines() if line.startswith("| `"))
    assert [kind for kind in kinds() if f"`{kind}`" not in table] == []


def test_every_bundled_task_and_data_set_is_named() -> None:
    assert [name for name in bundled.task_names() if f"| `{name.partition('@')[0]}` |" not in README] == []
    assert [name for name in bundled_names() if name not in README and name != "resume_jd@1"] == []


def test_what_scores_mean_is_written_for_every_comparison_check_and_kind_of_claim() -> None:
    told = (ROOT / "docs/scoring.md").read_text(encoding="utf-8")
    checks = load_task("pro_output@1", ROOT).checks
    names = [*get_args(Compare), *checks, *get_args(ClaimKind)]
    assert [name for name in names if f"`{name}`" not in told] == []


@pytest.mark.parametrize("target", re.findall(r"\]\((?!https?:)([^)]+)\)", README))
def test_what_it_links_to_is_there(target: str) -> None:
    assert (ROOT / target).exists()
