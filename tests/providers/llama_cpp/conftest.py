"""What the tests of this folder share."""

from __future__ import annotations

from pathlib import Path

import pytest

from providers.llama_cpp.driving import begin
from support.engines import need_engine
from support.tiny_model import TinyModel


@pytest.fixture(scope="session")
def gguf(tiny_model: TinyModel) -> Path:
    """The tiny model's file. Leaves the test out where llama.cpp is not installed."""
    need_engine("llama_cpp", "llguidance")
    return tiny_model.gguf


@pytest.fixture(autouse=True)
def _only_what_a_test_starts_counts() -> None:
    begin()
