"""What the tests of metrics share.

No deadlines for generated examples: the first one imports scipy, and a busy machine is not a fault.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from shortlist.metrics.semantic import VARIABLE
from support.embeddings import write_embedding_model

settings.register_profile("metrics", deadline=None)
settings.load_profile("metrics")


@pytest.fixture(scope="session")
def embedding_model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a tiny model, named in the environment."""
    folder = write_embedding_model(tmp_path_factory.mktemp("models") / "tiny")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, str(folder))
        yield folder
