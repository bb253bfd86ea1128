"""The kind `vllm`: a vLLM server. A LoRA adapter is asked for by its model name."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from yarl import URL

from shortlist_providers.base import Health
from shortlist_providers.wire.chat_server import ChatServer, ChatServerConfig, listing
from shortlist_providers.wire.failures import Failed
from shortlist_providers.wire.settings import BaseUrl, origin


class VllmConfig(ChatServerConfig):
    """A vLLM server's OpenAI-compatible endpoint."""

    kind: Literal["vllm"] = "vllm"
    base_url: BaseUrl = "http://127.0.0.1:8000/v1"


class Vllm(ChatServer):
    """Chat completions against vLLM."""

    Config: ClassVar[type[VllmConfig]] = VllmConfig

    async def health(self) -> Health:
        """Asks for the version and the list of models, and says how long a context the model has."""
        settings = self.settings
        root = settings.base_url.removesuffix("/v1") if settings.base_url.endswith("/v1") else origin(settings.base_url)
        try:
            _, version = await self.fetch(URL(f"{root}/version"))
            models = await self.models()
        except Failed as failed:
            return self.unhealthy(failed.failure)
        names = [entry["id"] for entry in models]
        entry = next((entry for entry in models if entry["id"] == settings.model), None)
        facts: dict[str, Any] = {"models": names, "model_listed": entry is not None}
        if isinstance(version, dict) and isinstance(version.get("version"), str):
            facts["version"] = version["version"]
        if entry is None:  # vLLM answers 404 to any other name, so nothing could be generated
            others = listing(names) if names else f"nothing is listed at {settings.base_url}/models; look at base_url"
            return Health(ok=False, detail=f"does not serve {settings.model!r}; {others}", facts=facts)
        for key in ("max_model_len", "root", "parent"):  # parent: the base model of a LoRA adapter
            if entry.get(key) is not None:
                facts[key] = entry[key]
        return Health(
            ok=True, detail=f"vLLM {facts.get('version', 'of unknown version')} serves {settings.model!r}", facts=facts
        )
