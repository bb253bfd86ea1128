"""The base of the kinds that speak through their vendor's SDK.

Both SDKs come from one generator and share their shape: the same exceptions, the same `with_streaming_response`.
Through it the SDK does what its users rely on (authentication, headers, proxies) while the bytes come to us as they
arrived, so that a reply which breaks the protocol is kept and a stream that breaks off keeps its partial text.
"""

from __future__ import annotations

import contextlib
from abc import abstractmethod
from collections.abc import AsyncGenerator, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from importlib import import_module
from typing import Any, ClassVar

from pydantic import Field

from shortlist_providers.base import Health, Provider, ProviderConfig, ProviderContext
from shortlist_providers.errors import ProviderUnavailable
from shortlist_providers.types import Failure, Generation
from shortlist_providers.wire.decode import MAX_BODY_BYTES, decode
from shortlist_providers.wire.exchange import Exchange
from shortlist_providers.wire.failures import Failed, from_status, malformed, nowhere
from shortlist_providers.wire.httpx_replies import CONNECT_SECONDS, body_of, lost, take
from shortlist_providers.wire.secret import NO_SECRET, Secret, look_up
from shortlist_providers.wire.settings import BaseUrl, EnvironmentName, Headers, ModelName, origin


class SdkConfig(ProviderConfig):
    """A hosted model."""

    model: ModelName
    base_url: BaseUrl
    api_key_env: EnvironmentName
    headers: Headers = Field(default_factory=dict)
    """Further headers, none of them secret."""
    stream: bool = False
    """Streams the output, which is what tells the time to first token."""


class SdkProvider(Provider):
    """A provider that owns one SDK client."""

    sdk_name: ClassVar[str]
    client_class: ClassVar[str]

    def __init__(self, config: SdkConfig, context: ProviderContext) -> None:
        super().__init__(config, context)
        self._hosted = config
        self._secret: Secret = NO_SECRET
        self._sdk: Any = None
        self._httpx: Any = None
        self._client: Any = None
        self._create: Any = None

    @property
    def pool_key(self) -> str:
        """The account, by the name of its key, at the endpoint: that is what a hosted model's limits belong to."""
        return f"{origin(self._hosted.base_url)}#{self._hosted.api_key_env}"

    async def startup(self) -> None:
        """Imports the SDK and makes its client. Raises `ProviderUnavailable` where the environment lacks the key."""
        self._secret = look_up(self._hosted.api_key_env, self.context.environment)
        self._sdk = import_module(self.sdk_name)
        self._httpx = import_module("httpx2")  # what both SDKs speak HTTP with
        self._client = getattr(self._sdk, self.client_class)(
            api_key=self._secret.reveal(),
            base_url=self._hosted.base_url,
            max_retries=0,  # the runner retries
            timeout=self._httpx.Timeout(None, connect=CONNECT_SECONDS),
            default_headers=dict(self._hosted.headers),
            # A redirect is an answer like any other: résumés are not sent on to whom nobody named.
            http_client=self._sdk.DefaultAsyncHttpxClient(follow_redirects=False),
        )
        # The SDKs import half of themselves on first use, which must not be measured as the first case's latency.
        self._create = self.endpoint(self._client).with_streaming_response.create

    async def shutdown(self) -> None:
        """Closes the client."""
        if self._client is not None:
            await self._client.close()
            self._client = self._create = None

    def _must_be_open(self) -> None:
        if self._client is None:
            raise ProviderUnavailable(f"provider kind {self.config.kind!r} has not been started")

    @abstractmethod
    def endpoint(self, client: Any) -> Any:
        """The resource of the client whose `create` generates."""

    async def converse(self, arguments: dict[str, Any], exchange: Exchange) -> Generation:
        """Makes the call and returns what came of it. Raises `ProviderUnavailable` if there was no `startup`."""
        self._must_be_open()
        try:
            await self._call(self._create(**arguments), exchange, bool(arguments.get("stream")))
        except Failed as failed:
            return exchange.generation(failed.failure)
        return exchange.generation()

    async def _call(self, call: AbstractAsyncContextManager[Any], exchange: Exchange, streaming: bool) -> None:
        try:
            async with call as response:
                request_id = _request_id(response.headers)
                try:
                    await take(response.iter_bytes(), response.headers, exchange, streaming, self._secret)
                finally:
                    exchange.reply.request_id = request_id or exchange.reply.request_id
        except (self._sdk.APIError, self._httpx.HTTPError, self._httpx.InvalidURL, OSError) as error:
            if response_of := getattr(error, "response", None):
                exchange.reply.request_id = _request_id(response_of.headers)
            raise Failed(self._classify(error)) from None

    def _classify(self, error: Exception) -> Failure:
        if isinstance(error, self._sdk.APIStatusError):
            response: Any = error.response
            failure = from_status(response.status_code, response.headers, response.content, self._secret)
            failure = nowhere(failure, str(response.url))
            request_id = _request_id(response.headers)
            return _with_id(failure, request_id) if request_id else failure
        return lost(error.__cause__ or error, self._secret)

    @contextlib.contextmanager
    def classified(self) -> Iterator[None]:
        """Turns what the SDK raises within into `Failed`."""
        try:
            yield
        except (self._sdk.APIError, self._httpx.HTTPError, self._httpx.InvalidURL, OSError) as error:
            raise Failed(self._classify(error)) from None

    async def object_from(self, call: AbstractAsyncContextManager[Any]) -> dict[str, Any]:
        """The JSON object that a call brings, for what is no generation: a batch, an uploaded file.

        Raises:
            Failed: the call failed, or brought something else.
        """
        with self.classified():
            async with call as response:
                body = await body_of(response.iter_bytes(), self._secret)
        try:
            data = decode(body)
        except ValueError as wrong:
            raise Failed(malformed(f"the reply is not JSON: {wrong}", body, self._secret)) from None
        if not isinstance(data, dict):
            raise Failed(malformed("the reply is JSON, but not an object", body, self._secret))
        return data

    async def lines_from(self, call: AbstractAsyncContextManager[Any]) -> AsyncGenerator[bytes, None]:
        """The lines of a file that a call brings, as they arrive; empty ones are left out.

        Only a line feed ends a line. The SDKs' own readers also cut at the separators that Unicode knows, which JSON
        texts may hold.

        Raises:
            Failed: the call failed, or broke off.
        """
        with self.classified():
            async with call as response:
                rest = b""
                async for chunk in response.iter_bytes():
                    *lines, rest = (rest + chunk).split(b"\n")
                    for line in lines:
                        if line.strip():
                            yield line
                    if len(rest) > MAX_BODY_BYTES:
                        raise Failed(malformed(f"a line exceeds {MAX_BODY_BYTES} bytes", rest[:8192], self._secret))
                if rest.strip():
                    yield rest

    async def health(self) -> Health:
        """Asks for the list of models. A server without one still answers."""
        self._must_be_open()
        try:
            page = await self.models(self._client)
        except self._sdk.NotFoundError:
            return Health(ok=True, detail="answers, lists no models", facts={"models": [], "model_listed": False})
        except (self._sdk.APIError, self._httpx.HTTPError, OSError, ValueError) as error:
            return Health(ok=False, detail=self._classify(error).message)
        listed = getattr(page, "data", None) or []
        entries = {name: entry for entry in listed if isinstance(name := getattr(entry, "id", None), str)}
        present = self._hosted.model in entries
        detail = f"answers, {'lists' if present else 'but does not list'} {self._hosted.model!r}"
        facts = {"models": list(entries), "model_listed": present}
        if ends := self.end_of_life(entries.get(self._hosted.model)):
            detail, facts = f"{detail}, which its vendor ends on {ends}", {**facts, "model_ends": ends}
        return Health(ok=True, detail=detail, facts=facts)

    @abstractmethod
    async def models(self, client: Any) -> Any:
        """The SDK's page of models."""

    def end_of_life(self, entry: Any) -> str | None:
        """The day on which the vendor ends the model, where that is known. `entry`: the model in `models`, or None."""
        return None


def _request_id(headers: Any) -> str | None:
    found = headers.get("x-request-id") or headers.get("request-id")
    return str(found) if found else None


def _with_id(failure: Failure, request_id: str) -> Failure:
    return replace(failure, message=f"{failure.message} (request {request_id})")
