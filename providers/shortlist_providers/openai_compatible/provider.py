"""The provider of the kind `openai_compatible`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from yarl import URL

from shortlist_providers.base import Capabilities, Health, ProviderContext
from shortlist_providers.errors import ProviderUnavailable
from shortlist_providers.openai_compatible import cold_start, facts, ollama
from shortlist_providers.openai_compatible.config import OpenAICompatibleConfig
from shortlist_providers.openai_compatible.presets import ServerName, lacks
from shortlist_providers.openai_compatible.replies import LlamaCppPythonReply, RunPodReply
from shortlist_providers.types import FailureKind, Generation, Request
from shortlist_providers.wire.chat import ChatReply
from shortlist_providers.wire.chat_server import ChatServer, Dialect, listing
from shortlist_providers.wire.exchange import Reply
from shortlist_providers.wire.failures import Failed
from shortlist_providers.wire.ollama import OllamaReply

_REPLIES: Mapping[ServerName, type[Reply]] = {
    "llama_cpp_python": LlamaCppPythonReply,
    "ollama_native": OllamaReply,
    "runpod": RunPodReply,
}
_LOADED_ALREADY = 0.5
"""Seconds. Ollama reports some milliseconds of loading for a model that is in memory."""


class OpenAICompatible(ChatServer):
    """Chat completions against any server, and Ollama's own chat."""

    Config: ClassVar[type[OpenAICompatibleConfig]] = OpenAICompatibleConfig

    def __init__(self, config: OpenAICompatibleConfig, context: ProviderContext) -> None:
        super().__init__(config, context)
        self._own = config
        self._preset = config.preset
        self._native = config.server == "ollama_native"
        self._root = _root(config.base_url, "/v1" if self._native else self._preset.api_path)
        if self._native:
            self._url = URL(f"{self._root}/api/chat")
        self.dialect = _dialect(config)
        # What one server can is not what the kind can: the report shows the former.
        self.capabilities = Capabilities(  # type: ignore[misc] # a class variable, which this instance overrides
            structured_output=self.dialect.constrains, streaming=True, seeds=self.dialect.seeds
        )
        self._awake = not self._preset.sleeps
        self._warm_up: dict[str, Any] = {}
        self._loads: list[float] = []

    @property
    def pool_key(self) -> str:
        """`scheme://host:port`; where one host serves many endpoints, the endpoint's own root."""
        return self._root if self._preset.own_pool else super().pool_key

    async def warm_up(self) -> None:
        """Measures the cold start, where that is asked. What fails for the moment is left to the run and its retries.

        Raises:
            ProviderUnavailable: the server refused for good: a wrong key, an unknown model.
        """
        if self._own.cold_start != "measure":
            return
        warm_up = await cold_start.measure(self.generate, self.config.timeout)
        self._loads.clear()  # no case waited for these
        self._warm_up = warm_up.facts
        self._awake = self._awake or warm_up.awake
        if warm_up.failure is not None and warm_up.failure.kind is FailureKind.PERMANENT:
            raise ProviderUnavailable(f"could not be woken: {warm_up.failure.message}")

    async def generate(self, request: Request) -> Generation:
        """One chat completion."""
        reply = self.reply()
        generation = await self.converse(request, reply)
        if isinstance(reply, OllamaReply) and reply.load_seconds is not None and reply.load_seconds > _LOADED_ALREADY:
            self._loads.append(reply.load_seconds)
        return generation

    def reply(self) -> Reply:
        """What takes the server's answer apart."""
        return _REPLIES.get(self._own.server, ChatReply)()

    def _payload(self, request: Request) -> dict[str, Any]:
        if not self._native:
            return super()._payload(request)
        return ollama.payload(request, self._own, self.dialect, self._schemas)

    def _in_its_place(self) -> Mapping[str, Any]:
        return ollama.in_chats_words(self.settings.extra_body) if self._native else super()._in_its_place()

    async def health(self) -> Health:
        """Asks for the list of models and for what the product says of itself, unless that would wake it."""
        try:
            said = await facts.read(self.fetch, self._root, self._preset.pages, self.settings.model, self._secret)
            self._detect(said)
            known = {**self._declared(), **self._warm_up, **said}
            if not self._awake:
                return Health(ok=True, detail=self._asleep(said), facts=known)
            names = await self._names()
        except Failed as failed:
            return self.unhealthy(failed.failure)
        listed = any(facts.same_model(name, self.settings.model) for name in names)
        ok, detail = self._judge(names, listed)
        if "version" in said:
            detail = f"{self._preset.title} {said['version']} {detail}"
        return Health(ok=ok, detail=detail, facts={**known, "models": names, "model_listed": listed})

    async def closing_facts(self) -> Mapping[str, Any]:
        """How often, and for how long altogether, Ollama loaded the model while requests waited."""
        if not self._loads:
            return {}
        return {"model_loads": len(self._loads), "model_load_seconds": round(sum(self._loads), 3)}

    def _detect(self, said: Mapping[str, Any]) -> None:
        if self._preset.seeds_if is not None and said.get(self._preset.seeds_if) is True:
            self.dialect = replace(self.dialect, doubts=self.dialect.doubts - {"seed"})
            self.capabilities = replace(self.capabilities, seeds=self.dialect.seeds)  # type: ignore[misc] # likewise

    def _declared(self) -> dict[str, Any]:
        declared: dict[str, Any] = {"server": self._own.server, "lacks": lacks(self.dialect)}
        return {**declared, "notes": list(self._preset.notes)} if self._preset.notes else declared

    def _asleep(self, said: Mapping[str, Any]) -> str:
        workers = said.get("workers")
        up = sum(_count(workers, name) for name in ("idle", "ready", "running")) if isinstance(workers, dict) else None
        state = {None: "is not asked, since that could wake it", 0: "has no worker up"}.get(up, "has workers up")
        if "cold_start_failure" in self._warm_up:
            return f"{self._preset.title} {state}; waking it failed: {self._warm_up['cold_start_failure']}"
        if up:
            return f"{self._preset.title} {state}"
        return f"{self._preset.title} {state}; the first cases may wait for it (cold_start: measure keeps that apart)"

    async def _names(self) -> list[str]:
        if not self._native:
            return [entry["id"] for entry in await self.models()]
        _, said = await self.fetch(URL(f"{self._root}/api/tags"))
        entries = said.get("models") if isinstance(said, dict) else None
        names = [entry.get("name") for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
        return [name for name in names if isinstance(name, str)]

    def _judge(self, names: list[str], listed: bool) -> tuple[bool, str]:
        model = self.settings.model
        if listed:
            return True, f"answers, lists {model!r}"
        if not names:
            return True, "answers, lists no models"
        if self._preset.names == "ignored":
            return True, f"answers with the model it has loaded, whatever the name; {listing(names)}"
        if self._preset.names == "must_be_listed":
            return False, f"does not have {model!r}; {listing(names)}; run: ollama pull {model}"
        return True, f"answers, but does not list {model!r}; {listing(names)}"


def _dialect(config: OpenAICompatibleConfig) -> Dialect:
    dialect = config.preset.dialect
    own_way = config.structured == "auto" or (config.structured == "json_schema" and dialect.schema == "alone")
    schema = dialect.schema if own_way or config.structured == "auto" else config.structured
    return replace(dialect, schema=schema, ignores=dialect.ignores | set(config.omit))


def _root(base_url: str, api_path: str) -> str:
    """The server's root: `base_url` without its end; Ollama's own protocol has none to cut."""
    if base_url.endswith(api_path):
        return base_url.removesuffix(api_path)
    return base_url


def _count(counts: Mapping[str, Any], name: str) -> int:
    found = counts.get(name)
    return found if isinstance(found, int) else 0
