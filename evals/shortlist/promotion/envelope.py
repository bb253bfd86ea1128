"""DSSE: a payload with the signature over it and its type.

Source: https://github.com/secure-systems-lab/dsse (protocol.md, envelope.md), v1.0.2.
"""

from __future__ import annotations

import base64
import binascii
from typing import Literal

from pydantic import ValidationError

from shortlist.promotion.statement import canonical
from shortlist.results import ResultModel

PAYLOAD_TYPE = "application/vnd.in-toto+json"


class NotAnEnvelope(ValueError):
    """Bytes that are no envelope as Shortlist writes it."""


class Signature(ResultModel):
    """A signature, and a hint at its key."""

    keyid: str
    """The public key's fingerprint."""
    sig: str
    """Base64."""


class Envelope(ResultModel):
    """A payload and its signature; base64 text."""

    payload: str
    payloadType: Literal["application/vnd.in-toto+json"] = "application/vnd.in-toto+json"
    signatures: tuple[Signature]


def signed_bytes(payload: bytes) -> bytes:
    """What is signed: DSSE's pre-authentication encoding of the payload and its type."""
    kind = PAYLOAD_TYPE.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def sealed(payload: bytes, signature: bytes, keyid: str) -> bytes:
    """The bytes of an envelope's file."""
    envelope = Envelope(payload=_text(payload), signatures=(Signature(keyid=keyid, sig=_text(signature)),))
    return canonical(envelope.model_dump(mode="json")) + b"\n"


def opened(data: bytes) -> tuple[bytes, bytes, str]:
    """Payload, signature and key id of an envelope.

    Only the spelling that `sealed` gives is one: of two files that mean the same, one is not what was signed off.

    Raises:
        NotAnEnvelope: with why.
    """
    try:
        envelope = Envelope.model_validate_json(data)
        signature = envelope.signatures[0]
        parts = (_bytes(envelope.payload), _bytes(signature.sig), signature.keyid)
    except ValidationError as broken:
        first = broken.errors(include_url=False)[0]
        raise NotAnEnvelope(f"{'.'.join(map(str, first['loc']))}: {first['msg']}".lstrip(": ")) from None
    except (binascii.Error, ValueError) as broken:
        raise NotAnEnvelope(f"its base64 cannot be read: {broken}") from None
    if sealed(*parts) != data:
        raise NotAnEnvelope("it is not spelt as Shortlist writes it (white space, order, repeated keys)")
    return parts


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text.encode(), validate=True)
