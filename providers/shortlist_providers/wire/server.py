"""The base of the kinds that talk to an HTTP server over aiohttp."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from typing import Any

import aiohttp
from yarl import URL

from shortlist_providers.base import Health, Provider, ProviderContext
from shortlist_providers.errors import ProviderUnavailable
from shortlist_providers.types import Failure, FailureKind, FailureScope
from shortlist_providers.wire.decode import MAX_BODY_BYTES, decode
from shortlist_providers.wire.exchange import Exchange, drain, is_delimited
from shortlist_providers.wire.failures import MAX_MESSAGE_CHARS, Failed, bounded, from_status, malformed, nowhere
from shortlist_providers.wire.secret import NO_SECRET, Secret, look_up
from shortlist_providers.wire.settings import ServerConfig, origin

_CONNECT_SECONDS = 30.0
"""A host that drops packets is unreachable, not slow. What comes after connecting is timed by the runner alone."""
_KEEP_ALIVE_SECONDS = 4.0
"""Below uvicorn's 5 s (vLLM, most custom servers): reusing a connection that is being closed looks like a fault."""
_ERROR_BODY_BYTES = 64 * 1024


class Server(Provider):
    """A provider that owns one HTTP session to one server."""

    def __init__(self, config: ServerConfig, context: ProviderContext) -> None:
        super().__init__(config, context)
        self._base_url = config.base_url
        self._headers = config.headers
        self._key_name = config.api_key_env
        self._key_header = config.api_key_header
        self._secret: Secret = NO_SECRET
        self._session: aiohttp.ClientSession | None = None

    @property
    def pool_key(self) -> str:
        """`scheme://host:port`: providers of one server share its limits."""
        return origin(self._base_url)

    async def startup(self) -> None:
        """Opens the session. Raises `ProviderUnavailable` where the environment lacks the key."""
        self._secret = look_up(self._key_name, self.context.environment)
        # `identity`: inflating costs CPU here, and some servers hold a compressed stream back.
        headers = {"Content-Type": "application/json", "Accept-Encoding": "identity", **self._headers}
        if self._secret:
            scheme = "Bearer " if self._key_header.lower() == "authorization" else ""
            headers[self._key_header] = f"{scheme}{self._secret.reveal()}"
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=_KEEP_ALIVE_SECONDS),  # the runner limits
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=headers,
            trust_env=False,
        )

    async def shutdown(self) -> None:
        """Closes the session."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    @property
    def session(self) -> aiohttp.ClientSession:
        """The open session. Raises `ProviderUnavailable` before `startup` and after `shutdown`."""
        if self._session is None:
            raise ProviderUnavailable(f"provider kind {self.config.kind!r} has not been started")
        return self._session

    async def post(self, url: URL, body: bytes, exchange: Exchange, streaming: bool = False) -> None:
        """Sends `body` and lets `exchange` take the reply.

        Raises:
            Failed: anything but a complete reply.
        """
        try:
            # A redirected POST would arrive as a GET, so a redirect is an answer like any other.
            async with self.session.post(url, data=body, allow_redirects=False) as response:
                if not 200 <= response.status < 300:
                    raise Failed(await self._refused(response))
                try:
                    is_stream = exchange.check_type(response.headers.get("Content-Type", ""), streaming)
                except Failed as wrong:
                    raise Failed(malformed(wrong.failure.message, await _head(response), self._secret)) from None
                if is_stream:
                    chunks = response.content.iter_any()
                    await exchange.take_stream(chunks, delimited=is_delimited(response.headers))
                    with contextlib.suppress(aiohttp.ClientError, OSError):
                        await drain(chunks)
                else:
                    exchange.take_whole(await _body(response, self._secret))
        except (aiohttp.ClientError, OSError) as error:
            raise Failed(from_aiohttp(error, self._secret)) from None

    async def fetch(self, url: URL) -> tuple[int, Any]:
        """The status and the decoded JSON (None where it is none) that a GET brings.

        Raises:
            Failed: no answer, or none within bounds.
        """
        try:
            async with self.session.get(url, allow_redirects=False) as response:
                body = await _body(response, self._secret)
        except (aiohttp.ClientError, OSError) as error:
            raise Failed(from_aiohttp(error, self._secret)) from None
        if response.status in (401, 403):
            raise Failed(from_status(response.status, _lower(response.headers), body, self._secret))
        try:
            return response.status, decode(body)
        except ValueError:
            return response.status, None

    async def _refused(self, response: aiohttp.ClientResponse) -> Failure:
        body = await _head(response)
        failure = from_status(response.status, _lower(response.headers), body, self._secret)
        return nowhere(failure, str(response.url))

    def unhealthy(self, failure: Failure) -> Health:
        """A health report for a server that does not answer as it should."""
        return Health(ok=False, detail=failure.message)


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


async def _head(response: aiohttp.ClientResponse) -> bytes:
    """As much of the body of a reply that went wrong as is worth keeping."""
    pieces: list[bytes] = []
    size = 0
    # The status is what counts; a body that breaks off must not hide it.
    with contextlib.suppress(aiohttp.ClientError, OSError):
        async for chunk in response.content.iter_any():
            pieces.append(chunk)
            size += len(chunk)
            if size >= _ERROR_BODY_BYTES:
                break
    return b"".join(pieces)


async def _body(response: aiohttp.ClientResponse, secret: Secret) -> bytes:
    """The whole body, unless it exceeds `MAX_BODY_BYTES`."""
    announced = response.content_length
    if announced is not None and announced <= MAX_BODY_BYTES and "Content-Encoding" not in response.headers:
        return await response.read()
    pieces: list[bytes] = []
    size = 0
    async for chunk in response.content.iter_any():
        pieces.append(chunk)
        size += len(chunk)
        if size > MAX_BODY_BYTES:
            raise Failed(malformed(f"the reply exceeds {MAX_BODY_BYTES} bytes", b"".join(pieces[:8]), secret))
    return b"".join(pieces)


def from_aiohttp(error: Exception, secret: Secret) -> Failure:
    """Classifies what aiohttp raised: an unreachable server concerns every request, a lost connection only this one."""
    said = bounded(secret.scrub(str(error) or type(error).__name__), MAX_MESSAGE_CHARS)
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return Failure(FailureKind.PERMANENT, f"the server's certificate is not trusted: {said}", FailureScope.PROVIDER)
    if isinstance(
        error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError | aiohttp.ClientProxyConnectionError
    ):
        if isinstance(error, aiohttp.ClientConnectorError):  # whose own words speak of TLS where there is none
            number = error.os_error.errno
            why = os.strerror(number) if number and number > 0 else str(error.os_error)
            said = f"{error.host}:{error.port}: {bounded(why, MAX_MESSAGE_CHARS)}"
        return Failure(FailureKind.TRANSIENT, f"cannot reach the server: {said}", FailureScope.PROVIDER)
    if isinstance(error, aiohttp.ClientResponseError):  # aiohttp could not make sense of the status line or headers
        return Failure(FailureKind.MALFORMED, f"the reply is not HTTP: {said}", received=said)
    return Failure(FailureKind.TRANSIENT, f"the connection was lost before the reply was complete: {said}")
