"""What the conformance tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

# Before they are imported, so that their assertions say what they found.
pytest.register_assert_rewrite("support.conformance")

from support.conformance import Place  # noqa: E402 - see above
from support.conformance.serving import Servers  # noqa: E402 - see above
from support.tiny_model import TinyModel  # noqa: E402 - see above


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Real model servers; those that a test asks for are started, and stopped at the end."""
    with Servers(tmp_path_factory.mktemp("servers")) as started:
        yield started


@pytest.fixture
def place(tmp_path: Path, tiny_model: TinyModel, servers: Servers) -> Place:
    """Where a subject builds its backend."""
    return Place(tmp_path, tiny_model, servers)
