"""The provider: messages one by one, and in batches."""

from __future__ import annotations

import warnings
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from importlib import import_module
from types import SimpleNamespace
from typing import Any, ClassVar
from urllib.parse import quote

from shortlist_providers.base import BatchState, Capabilities, DeferredBatchProvider, Health, ProviderContext, Ticket
from shortlist_providers.claude import batches
from shortlist_providers.claude.config import ClaudeConfig
from shortlist_providers.claude.lifecycle import day_of, facts_of
from shortlist_providers.claude.request import Writer, Written
from shortlist_providers.errors import BatchLost
from shortlist_providers.types import Failure, FailureKind, Generation, Request
from shortlist_providers.wire.exchange import Exchange
from shortlist_providers.wire.failures import Failed
from shortlist_providers.wire.httpx_replies import CONNECT_SECONDS
from shortlist_providers.wire.messages import MessagesReply
from shortlist_providers.wire.sdk import SdkProvider

LONGEST_UNSTREAMED = 21_333
"""Tokens. Above this the SDK itself insists on streaming, since such an answer may take over ten minutes of silence."""


class Claude(SdkProvider, DeferredBatchProvider):
    """Messages through the SDK."""

    Config: ClassVar[type[ClaudeConfig]] = ClaudeConfig
    capabilities = Capabilities(structured_output=True, streaming=True, batch=True)
    extra = "claude"
    requires = ("anthropic",)
    sdk_name = "anthropic"
    client_class = "AsyncAnthropic"
    largest_batch: ClassVar[int] = 5_000
    """Anthropic takes 100,000 requests, but 256 MB; so many leave 51 kB to each."""

    def __init__(self, config: ClaudeConfig, context: ProviderContext) -> None:
        super().__init__(config, context)
        self.settings = config
        self._writer: Writer

    async def startup(self) -> None:
        """Makes the SDK's client."""
        await super().startup()
        self._writer = Writer(self.settings, self._sdk.transform_schema)

    async def generate(self, request: Request) -> Generation:
        """One message."""
        self._must_be_open()
        written = self._writer.write(request)
        exchange = self._exchange(written)
        streaming = self.settings.stream or request.sampling.max_tokens > LONGEST_UNSTREAMED
        # The SDK warns in every call of a model whose end is near; where warnings are errors, no call would be made.
        warnings.filterwarnings("ignore", r"The model '.*' is deprecated", DeprecationWarning)
        return await self.converse({**written.arguments, **({"stream": True} if streaming else {})}, exchange)

    def _exchange(self, written: Written) -> Exchange:
        return Exchange(self.context.clock, self._secret, MessagesReply(written.tool), written.unhonoured)

    def endpoint(self, client: Any) -> Any:
        """Messages."""
        return client.messages

    # health

    async def models(self, client: Any) -> Any:
        """The models that the account may use."""
        return await client.models.list(limit=1000)

    def end_of_life(self, entry: Any) -> str | None:
        """The day on which the model is retired, as the server says, or else as the SDK does."""
        known = getattr(import_module("anthropic.resources.messages"), "DEPRECATED_MODELS", {})
        return day_of(getattr(entry, "retires_at", None)) or day_of(known.get(self.settings.model))

    async def health(self) -> Health:
        """Whether the server answers, knows the model, and for how long."""
        health = await super().health()
        if not health.ok:
            return health
        try:
            # A list names dated models only; asked for one, the server also knows the short names.
            info = facts_of(await self._client.models.retrieve(self.settings.model))
        except (self._sdk.APIError, self._httpx.HTTPError, OSError, ValueError):
            info = {}
        if not info:
            return health
        return self._about_model(health, info)

    def _about_model(self, health: Health, info: dict[str, Any]) -> Health:
        model, facts = self.settings.model, {**health.facts, **info, "model_listed": True}
        if info.get("lifecycle") == "retired":
            ended = f" on {info['model_ends']}" if "model_ends" in info else ""
            return Health(False, f"answers, but its vendor retired {model!r}{ended}; name a newer model", facts)
        known_as = "" if info["model_id"] == model else f" as {info['model_id']!r}"
        ends = f", which its vendor ends on {facts['model_ends']}" if "model_ends" in facts else ""
        return Health(True, f"answers, knows {model!r}{known_as}{ends}", facts)

    # batches

    @property
    def defers(self) -> bool:
        """Whether the cases go into batches."""
        return self.settings.mode == "batch"

    async def submit(self, requests: Sequence[Request]) -> Ticket | Failure:
        """Hands in a Message Batch."""
        self._must_be_open()
        submitted = self.context.clock()
        entries = [
            {"custom_id": batches.custom_id(request.key), "params": self._writer.write(request).arguments}
            for request in requests
        ]
        try:
            size = sum(map(batches.size_of, entries))
        except (TypeError, ValueError) as wrong:
            return Failure(FailureKind.PERMANENT, f"JSON cannot say a request of this batch: {wrong}")
        if size > batches.MOST_BYTES:
            return batches.too_large(size, len(entries))
        try:
            taken = await self.object_from(self._batches.create(requests=entries, timeout=self._patience))
            return batches.ticket_for(taken, submitted, self._secret)
        except Failed as failed:
            return failed.failure

    async def poll(self, ticket: Ticket) -> BatchState | Failure:
        """Asks once how far a batch is."""
        self._must_be_open()
        try:
            batch = await self.object_from(self._batches.retrieve(ticket.id, timeout=self._patience))
            return batches.state_of(batch, self._secret)
        except Failed as failed:
            return batches.about(failed.failure, ticket)

    async def collect(
        self, ticket: Ticket, requests: Sequence[Request]
    ) -> AsyncGenerator[tuple[str, Generation], None]:
        """The answers of an ended batch, in the order in which Anthropic lists them.

        Raises:
            BatchLost: they cannot be fetched, or a line of them is broken (after all that could be read).
        """
        self._must_be_open()
        wanted = {batches.custom_id(request.key): request for request in requests}
        broken: Failed | None = None
        try:
            batch = await self.object_from(self._batches.retrieve(ticket.id, timeout=self._patience))
            if failure := batches.not_fetchable(batch, ticket, self._secret):
                raise Failed(failure)
            async with aclosing(self.lines_from(self._answers(ticket))) as lines:
                async for line in lines:
                    try:
                        name, result = batches.answer_in(line, self._secret)
                    except Failed as failed:
                        broken = broken or failed
                        continue
                    request = wanted.pop(name, None)
                    if request is not None:
                        exchange = self._exchange(self._writer.write(request))
                        yield request.key, batches.judged(result, exchange, ticket, self._secret)
            if broken is not None:
                raise broken
        except Failed as failed:
            raise BatchLost(batches.about(failed.failure, ticket)) from None

    async def cancel(self, ticket: Ticket) -> None:
        """Asks Anthropic to answer no more of a batch."""
        self._must_be_open()
        try:
            await self.object_from(self._batches.cancel(ticket.id, timeout=self._patience))
        except Failed:
            return

    @property
    def _batches(self) -> Any:
        return self._client.messages.batches.with_streaming_response

    @property
    def _patience(self) -> Any:
        """The runner gives no batch up; without a limit of its own a server that falls silent would hold up the run."""
        return self._httpx.Timeout(self.settings.timeout, connect=CONNECT_SECONDS)

    @asynccontextmanager
    async def _answers(self, ticket: Ticket) -> AsyncIterator[Any]:
        """The file of answers, from where the API documents it.

        The SDK's own `results` goes wherever the reply's `results_url` points, and takes the key along.
        """
        response = await self._client.get(
            f"/v1/messages/batches/{quote(ticket.id, safe='')}/results",
            cast_to=self._httpx.Response,
            stream=True,
            options={"timeout": self._patience, "headers": {"Accept": "application/binary"}},
        )
        try:
            yield SimpleNamespace(iter_bytes=response.aiter_bytes)
        finally:
            await response.aclose()
