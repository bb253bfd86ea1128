"""The rooms of the checkout, and what must not be visible from them."""

from __future__ import annotations

import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="only git knows which files are the project's")
def test_the_top_level_is_exactly_the_rooms() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    top = {path.split("/")[0] for path in tracked if path and not path.startswith(".")}
    assert top == {
        "CHANGELOG.md", "LICENSE", "README.md", "conftest.py", "datasets", "docs", "evals", "providers",
        "pyproject.toml", "reports", "tests", "uv.lock",
    }  # fmt: skip


def test_no_folder_of_ours_passes_for_hugging_faces_datasets() -> None:
    """transformers and vLLM look for a package of that name, and would find our folder."""
    spec = find_spec("datasets")
    places = [] if spec is None else [*(spec.submodule_search_locations or []), spec.origin or ""]
    assert not [place for place in places if Path(place).is_relative_to(ROOT) and ".venv" not in place]


def test_rooms_hold_one_regular_package_each() -> None:
    for room, package in (
        ("datasets", "shortlist_datasets"),
        ("evals", "shortlist"),
        ("providers", "shortlist_providers"),
        ("reports", "shortlist_reports"),
    ):
        assert not (ROOT / room / "__init__.py").exists()
        assert [path.parent.name for path in (ROOT / room).glob("*/__init__.py")] == [package]
