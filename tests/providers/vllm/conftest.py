"""A real vLLM server and a real offline engine, each loaded once a session, for the tests marked `vllm`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from providers.vllm.driving import ENVIRONMENT, Alongside, OfflineEngine, VllmServer, offline, start_server
from support.engines import need_engine
from support.tiny_model import TinyModel


@pytest.fixture(scope="session")
def vllm_server(tiny_model: TinyModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[VllmServer]:
    """A server that all tests share."""
    need_engine("vllm")
    server = start_server(tiny_model, tmp_path_factory.mktemp("vllm"))
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def engine(tiny_model: TinyModel) -> Iterator[OfflineEngine]:
    """An offline engine that all tests share."""
    need_engine("vllm")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        run = Alongside()
        provider = offline(tiny_model)
        try:
            run(provider.startup())
            yield OfflineEngine(provider, run)
        finally:
            run(provider.shutdown())
            run.close()
