"""What the kinds share whose vendors' libraries speak through httpx2: replies taken in, lost connections classified."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from importlib import import_module

from shortlist_providers.types import Failure, FailureKind, FailureScope
from shortlist_providers.wire.decode import MAX_BODY_BYTES
from shortlist_providers.wire.exchange import Exchange, drain, is_delimited
from shortlist_providers.wire.failures import MAX_MESSAGE_CHARS, Failed, bounded, malformed
from shortlist_providers.wire.secret import Secret

CONNECT_SECONDS = 30.0
"""As for the aiohttp kinds: only connecting has a limit of its own."""
_ERROR_BODY_BYTES = 64 * 1024


async def take(
    chunks: AsyncIterator[bytes], headers: Mapping[str, str], exchange: Exchange, streaming: bool, secret: Secret
) -> None:
    """Lets `exchange` take a reply, whole or as a stream.

    Raises:
        Failed: it is no complete reply.
    """
    try:
        is_stream = exchange.check_type(headers.get("content-type", ""), streaming)
    except Failed as wrong:
        raise Failed(malformed(wrong.failure.message, await head_of(chunks), secret)) from None
    if is_stream:
        await exchange.take_stream(chunks, delimited=is_delimited(headers))
        with contextlib.suppress(import_module("httpx2").HTTPError):
            await drain(chunks)
    else:
        exchange.take_whole(await body_of(chunks, secret))


async def body_of(chunks: AsyncIterator[bytes], secret: Secret) -> bytes:
    """A whole body.

    Raises:
        Failed: it exceeds `MAX_BODY_BYTES`.
    """
    pieces: list[bytes] = []
    size = 0
    async for chunk in chunks:
        pieces.append(chunk)
        size += len(chunk)
        if size > MAX_BODY_BYTES:
            raise Failed(malformed(f"the reply exceeds {MAX_BODY_BYTES} bytes", b"".join(pieces[:8]), secret))
    return b"".join(pieces)


async def head_of(chunks: AsyncIterator[bytes]) -> bytes:
    """As much of the body of a reply that went wrong as is worth keeping, also where it breaks off."""
    pieces: list[bytes] = []
    size = 0
    with contextlib.suppress(import_module("httpx2").HTTPError):
        async for chunk in chunks:
            pieces.append(chunk)
            size += len(chunk)
            if size >= _ERROR_BODY_BYTES:
                break
    return b"".join(pieces)


def lost(error: BaseException, secret: Secret) -> Failure:
    """Classifies what httpx2 raised: an unreachable server concerns every request, a lost connection only this one."""
    httpx = import_module("httpx2")
    said = bounded(secret.scrub(str(error) or type(error).__name__), MAX_MESSAGE_CHARS)
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return Failure(FailureKind.TRANSIENT, f"cannot reach the server: {said}", FailureScope.PROVIDER)
    if isinstance(error, httpx.RemoteProtocolError) and "illegal" in said.lower():
        return Failure(FailureKind.MALFORMED, f"the reply is not HTTP: {said}", received=said)
    return Failure(FailureKind.TRANSIENT, f"the connection was lost before the reply was complete: {said}")
