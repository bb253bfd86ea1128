"""The class behind the kind `openai`."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import replace
from typing import Any, ClassVar

from shortlist_providers.base import BatchState, Capabilities, DeferredBatchProvider, ProviderContext, Ticket
from shortlist_providers.errors import BatchLost
from shortlist_providers.openai import batches
from shortlist_providers.openai.arguments import Arguments, arguments_for
from shortlist_providers.openai.config import OpenAIConfig
from shortlist_providers.openai.strict import strict_obstacles
from shortlist_providers.types import Failure, FailureKind, FailureScope, Generation, Request, Timings
from shortlist_providers.wire.chat import ChatReply
from shortlist_providers.wire.decode import string
from shortlist_providers.wire.exchange import Exchange, Reply
from shortlist_providers.wire.failures import Failed, malformed
from shortlist_providers.wire.httpx_replies import CONNECT_SECONDS
from shortlist_providers.wire.responses import ResponsesReply
from shortlist_providers.wire.sdk import SdkProvider

_ENDPOINTS = {"chat": "/v1/chat/completions", "responses": "/v1/responses"}


class OpenAI(SdkProvider, DeferredBatchProvider):
    """Chat completions or responses through the SDK, one by one or in batches."""

    Config: ClassVar[type[OpenAIConfig]] = OpenAIConfig
    capabilities = Capabilities(structured_output=True, streaming=True, seeds=True, batch=True)
    extra = "openai"
    requires = ("openai",)
    sdk_name = "openai"
    client_class = "AsyncOpenAI"
    largest_batch: ClassVar[int] = 2_000
    """OpenAI takes 50,000 requests, but also only 200 MB: this leaves 100 kB to each, prompt and schema.

    Smaller batches also stay further below the tokens that an account may have queued.
    """

    def __init__(self, config: OpenAIConfig, context: ProviderContext) -> None:
        super().__init__(config, context)
        self.settings = config
        self._strict: dict[int, tuple[Mapping[str, Any], tuple[str, ...]]] = {}

    async def generate(self, request: Request) -> Generation:
        """One chat completion or response."""
        arguments, unhonoured = self._arguments(request)
        return _advised(await self.converse(arguments, self._exchange(unhonoured)))

    def endpoint(self, client: Any) -> Any:
        """Chat completions or responses."""
        return client.chat.completions if self.settings.api == "chat" else client.responses

    async def models(self, client: Any) -> Any:
        """The models that the account may use."""
        return await client.models.list()

    def end_of_life(self, entry: Any) -> str | None:
        """The model's shutdown date, once OpenAI has announced one."""
        return string(getattr(entry, "shutdown_date", None))

    def _exchange(self, unhonoured: tuple[str, ...]) -> Exchange:
        reply: Reply = ChatReply() if self.settings.api == "chat" else ResponsesReply()
        return Exchange(self.context.clock, self._secret, reply, unhonoured)

    def _arguments(self, request: Request) -> Arguments:
        schema = request.schema
        strict = self.settings.structured == "strict" and schema is not None
        return arguments_for(request, self.settings, self._obstacles(schema) if strict and schema is not None else ())

    def _obstacles(self, schema: Mapping[str, Any]) -> tuple[str, ...]:
        if id(schema) not in self._strict:  # holding the schema keeps its id from being reused
            self._strict[id(schema)] = (schema, strict_obstacles(schema))
        return self._strict[id(schema)][1]

    # batches

    @property
    def defers(self) -> bool:
        """Whether `mode` is `batch`."""
        return self.settings.mode == "batch"

    async def submit(self, requests: Sequence[Request]) -> Ticket | Failure:
        """Uploads the requests as a file and makes a batch of it."""
        self._must_be_open()
        endpoint, submitted = _ENDPOINTS[self.settings.api], self.context.clock()
        try:
            lines = (batches.input_line(request, endpoint, self._arguments(request)[0]) for request in requests)
            content = batches.input_file(requests, lines)
            upload = ("shortlist.jsonl", content, "application/jsonl")
            file_id = await self._id_from(self._files.create(file=upload, purpose="batch"))
            try:
                making = self._batches.create(input_file_id=file_id, endpoint=endpoint, completion_window="24h")
                return Ticket(await self._id_from(making), submitted)
            except Failed:
                await self._delete([file_id])
                raise
        except Failed as failed:
            return failed.failure

    async def poll(self, ticket: Ticket) -> BatchState | Failure:
        """Asks once how far a batch is."""
        self._must_be_open()
        try:
            return batches.state_of(await self._batch(ticket))
        except Failed as failed:
            return failed.failure

    async def collect(
        self, ticket: Ticket, requests: Sequence[Request]
    ) -> AsyncGenerator[tuple[str, Generation], None]:
        """The answers of an ended batch. Its files are deleted at OpenAI once all of them have been taken.

        Asked again before that, say after a crash, it brings the same answers. A batch that OpenAI did not accept
        answers every request with the reason.
        """
        self._must_be_open()
        wanted = {batches.custom_id(request): request for request in requests}
        try:
            batch = await self._batch(ticket)
            if not (state := batches.state_of(batch)).ended:
                raise Failed(Failure(FailureKind.TRANSIENT, f"batch {ticket.id} has not ended: it is {state.detail}"))
            unreadable: bytes | None = None
            for file_id in batches.files_of(batch, "output_file_id", "error_file_id"):
                async with aclosing(self._lines(file_id, ticket)) as lines:
                    async for line in lines:
                        data = batches.parsed(line)
                        if data is None:
                            unreadable = unreadable or line
                        elif (request := wanted.pop(data["custom_id"], None)) is not None:
                            yield request.key, self._judged(request, data, ticket)
        except Failed as failed:
            raise BatchLost(failed.failure) from None
        for request in wanted.values():
            failure = batches.unanswered(batch, unreadable, self._secret)
            unhonoured = self._arguments(request)[1]
            yield request.key, self._deferred(self._exchange(unhonoured).generation(failure), ticket)
        await self._delete(batches.files_of(batch, "output_file_id", "error_file_id", "input_file_id"))

    async def cancel(self, ticket: Ticket) -> None:
        """Asks OpenAI to stop a batch; what it has answered by then can still be collected."""
        self._must_be_open()
        try:
            await self.object_from(self._batches.cancel(ticket.id))
        except Failed:
            return

    @property
    def _patient(self) -> Any:
        """The client for calls that nobody times from outside; the limit is on silence, not on a long download."""
        limit = self._httpx.Timeout(self.settings.timeout, connect=CONNECT_SECONDS)
        return self._client.with_options(timeout=limit)

    @property
    def _files(self) -> Any:
        return self._patient.files.with_streaming_response

    @property
    def _batches(self) -> Any:
        return self._patient.batches.with_streaming_response

    async def _id_from(self, call: AbstractAsyncContextManager[Any]) -> str:
        data = await self.object_from(call)
        name = string(data.get("id"))
        if name is None:
            raise Failed(malformed("the reply has the wrong shape: id is not given", json.dumps(data), self._secret))
        return name

    async def _batch(self, ticket: Ticket) -> dict[str, Any]:
        try:
            batch = await self.object_from(self._batches.retrieve(ticket.id))
        except Failed as failed:
            raise Failed(_of_this_batch(failed.failure, ticket)) from None
        if string(batch.get("status")) is None:
            message = "the reply has the wrong shape: status is not given"
            raise Failed(malformed(message, json.dumps(batch), self._secret))
        return batch

    async def _lines(self, file_id: str, ticket: Ticket) -> AsyncGenerator[bytes, None]:
        try:
            async with aclosing(self.lines_from(self._files.content(file_id))) as lines:
                async for line in lines:
                    yield line
        except Failed as failed:
            raise Failed(_of_this_batch(failed.failure, ticket)) from None

    async def _delete(self, file_ids: Sequence[str]) -> None:
        for file_id in file_ids:
            try:
                await self.object_from(self._files.delete(file_id))
            except Failed:  # it expires by itself
                continue

    def _judged(self, request: Request, line: Mapping[str, Any], ticket: Ticket) -> Generation:
        exchange = self._exchange(self._arguments(request)[1])
        failure: Failure | None = None
        try:
            batches.take(line, exchange, self._secret)
        except Failed as failed:
            failure = failed.failure
        return _advised(self._deferred(exchange.generation(failure), ticket))

    def _deferred(self, generation: Generation, ticket: Ticket) -> Generation:
        now = max(self.context.clock(), ticket.submitted)
        return replace(generation, timings=Timings(ticket.submitted, None, now), deferred=True)


def _of_this_batch(failure: Failure, ticket: Ticket) -> Failure:
    """A batch or file that OpenAI does not know says nothing about other requests."""
    if failure.status != 404:
        return failure
    message = f"OpenAI knows nothing of batch {ticket.id} for this key: {failure.message}"
    return replace(failure, message=message, scope=FailureScope.REQUEST)


def _advised(generation: Generation) -> Generation:
    """Says what to write into the suite where the model refuses a sampling setting."""
    failure = generation.failure
    if failure is None or failure.status != 400:
        return generation
    try:
        refused = json.loads(failure.received or "")["error"]["param"]
    except (ValueError, LookupError, TypeError):
        return generation
    if refused not in ("temperature", "top_p", "seed", "stop"):
        return generation
    message = f"{failure.message}; say `omit: [{refused}]` in this provider's settings"
    return replace(generation, failure=replace(failure, message=message))
