"""What README.md shows works as it stands there."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest

from shortlist.suite.load import load_suite
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


def test_the_provider_generates() -> None:
    names: dict[str, Any] = {}
    code = block("python").replace("text = ...", 'text = "hello"')
    exec(compile(code, "README.md", "exec", dont_inherit=True), names)
    provider = names["Acme"](names["AcmeConfig"](model="m"), ProviderContext(perf_counter, asyncio.sleep))
    assert asyncio.run(provider.generate(request())).text == "hello"


def test_every_kind_is_in_the_table() -> None:
    table = "".join(line for line in README.splitlines() if line.startswith("| `"))
    assert [kind for kind in kinds() if f"`{kind}`" not in table] == []


@pytest.mark.parametrize("target", re.findall(r"\]\((?!https?:)([^)]+)\)", README))
def test_what_it_links_to_is_there(target: str) -> None:
    assert (ROOT / target).exists()
