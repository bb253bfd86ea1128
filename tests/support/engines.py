"""Engines that some machines have and others have not."""

from __future__ import annotations

import os
from importlib.util import find_spec

import pytest

IN_CI = bool(os.environ.get("CI"))


def need_engine(*modules: str) -> None:
    """Leaves the test out where one of `modules` is not installed; in CI, which installs them, that is a failure.

    vLLM alone has an environment of its own: its tests carry the marker `vllm` and run there.
    """
    absent = [module for module in modules if find_spec(module) is None]
    if not absent:
        return
    why = f"{', '.join(absent)} not installed; run: uv sync --group engines, and install torch"
    if IN_CI and absent != ["vllm"]:
        pytest.fail(why)
    pytest.skip(why)
