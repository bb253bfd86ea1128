"""Fixtures that several rooms of tests share."""

from __future__ import annotations

import pytest

from support.tiny_model import TinyModel, build


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> TinyModel:
    """The tiny model's files, made once a session (0.6 s)."""
    return build(tmp_path_factory.mktemp("tiny") / "model")
