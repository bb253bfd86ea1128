"""The provider itself: a worker thread that owns the model."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar

from shortlist_providers.base import Capabilities, Health, Provider, ProviderContext
from shortlist_providers.classification import CLASSIFICATION
from shortlist_providers.errors import ProviderUnavailable
from shortlist_providers.transformers.config import TransformersConfig
from shortlist_providers.transformers.generation import TextGenerator
from shortlist_providers.transformers.labelling import TextClassifier
from shortlist_providers.transformers.loading import Loaded, load
from shortlist_providers.types import Generation, Request


class Transformers(Provider):
    """A model in this process. It is loaded, and asked, in one thread of its own, off the event loop."""

    Config: ClassVar[type[TransformersConfig]] = TransformersConfig
    capabilities = Capabilities(structured_output=True, streaming=True, seeds=True)
    extra = "transformers"
    requires = ("transformers", "torch")

    def __init__(self, config: TransformersConfig, context: ProviderContext) -> None:
        super().__init__(config, context)
        self.settings = config
        self._worker: ThreadPoolExecutor | None = None
        self._loaded: Loaded | None = None
        self._engine: TextGenerator | TextClassifier | None = None
        self._under_way: set[threading.Event] = set()

    @property
    def pool_key(self) -> str:
        """The device: two models on one would slow each other down, and neither's latency would be its own."""
        return f"transformers:{self._loaded.device if self._loaded else self.settings.device}"

    async def startup(self) -> None:
        """Loads the model, which may download it. Raises `ProviderUnavailable` where that does not work."""
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="transformers")
        try:
            await asyncio.get_running_loop().run_in_executor(self._worker, self._load)
        except BaseException:
            await self.shutdown()
            raise

    def _load(self) -> None:
        loaded = load(self.settings, self.context.base_dir)
        classifies = self.settings.pipeline == CLASSIFICATION
        engine = (TextClassifier if classifies else TextGenerator)(loaded, self.settings, self.context.clock)
        self._loaded, self._engine = loaded, engine

    async def health(self) -> Health:
        """What was loaded."""
        if self._loaded is None:
            raise ProviderUnavailable("provider kind 'transformers' has not been started")
        facts = self._loaded.facts
        detail = (
            f"{facts['architecture']} with {facts['parameters']:,} parameters is loaded, "
            f"{facts['dtype']} on {facts['device']}"
        )
        return Health(ok=True, detail=detail, facts=facts)

    async def generate(self, request: Request) -> Generation:
        """One attempt. Cancelled, it ends after the token that it is at, and the next attempt begins."""
        if self._engine is None:
            raise ProviderUnavailable("provider kind 'transformers' has not been started")
        cancelled = threading.Event()
        self._under_way.add(cancelled)
        work = asyncio.get_running_loop().run_in_executor(self._worker, self._engine.generate, request, cancelled)
        try:
            return await work
        finally:
            cancelled.set()
            self._under_way.discard(cancelled)

    async def shutdown(self) -> None:
        """Ends what is under way and lets go of the model."""
        for cancelled in self._under_way:
            cancelled.set()
        worker, self._worker = self._worker, None
        self._engine = self._loaded = None
        if worker is not None:
            worker.shutdown(wait=False, cancel_futures=True)
