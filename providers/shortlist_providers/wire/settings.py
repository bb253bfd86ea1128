"""The configuration keys that the served kinds share."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, WithJsonSchema

from shortlist_providers.base import ProviderConfig
from shortlist_providers.launch import Launch

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_ENVIRONMENT_NAME = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*$")
_A_KEY = re.compile(r"(?:sk|hf|gsk|rpa|xai|nvapi)_\w{16,}")
"""How vendors begin their keys."""
_NOT_FOR_KEYS = frozenset({"accept-encoding", "connection", "content-length", "content-type", "host"})
_CARRIES_SECRETS = re.compile(
    r"(?:^|.*[-_])(?:key|token|secret|password|auth|authorization|credentials?|cookie|signature)", re.IGNORECASE
)


def _base_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as wrong:
        raise ValueError(f"not a URL: {wrong}") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise ValueError("an http:// or https:// URL with a host is needed, such as http://127.0.0.1:8000/v1")
    if "@" in parts.netloc:
        raise ValueError("a URL may not hold credentials; name the variable that holds the key in api_key_env")
    if parts.query or parts.fragment or any(character.isspace() for character in url):
        raise ValueError("a base URL ends with its path: no query, no fragment, no spaces")
    return url.rstrip("/")


def _header_name(name: str) -> str:
    if not _HEADER_NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not a header name")
    if name.lower() in _NOT_FOR_KEYS:
        raise ValueError(f"{name!r} carries no key; usual names are Authorization, api-key and x-api-key")
    return name


def _headers(headers: dict[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name):
            raise ValueError(f"{name!r} is not a header name")
        if _CARRIES_SECRETS.fullmatch(name):
            raise ValueError(f"{name!r} carries a secret; name the variable that holds it in api_key_env")
        if not value.isprintable():
            raise ValueError(f"the value of header {name!r} holds a line break or another control character")
    return headers


def _environment_name(name: str) -> str:
    # The value is not shown: it is most often the key itself, and errors end up in the logs of CI.
    if not _ENVIRONMENT_NAME.fullmatch(name) or _A_KEY.match(name):
        raise ValueError(
            "this is no name of an environment variable; a key is never written into a suite: export it, and give the "
            "variable's name, such as MY_API_KEY"
        )
    return name


BaseUrl = Annotated[str, AfterValidator(_base_url)]
"""An http(s) URL without credentials, query or trailing slash."""
Headers = Annotated[dict[str, str], AfterValidator(_headers)]
"""Extra HTTP headers, none of them secret."""
HeaderName = Annotated[str, AfterValidator(_header_name)]
"""The name of an HTTP header that carries a key."""
EnvironmentName = Annotated[
    str, AfterValidator(_environment_name), WithJsonSchema({"type": "string", "pattern": _ENVIRONMENT_NAME.pattern})
]
"""The name of an environment variable that holds a key; never the key."""
ModelName = Annotated[str, Field(min_length=1)]


def origin(url: str) -> str:
    """`scheme://host:port` of a URL, the port always spelled out."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}:{parts.port or (443 if parts.scheme == 'https' else 80)}"


class ServerConfig(ProviderConfig):
    """A model behind an HTTP server of one's own choice."""

    base_url: BaseUrl
    api_key_env: EnvironmentName | None = None
    """The environment variable that holds the server's key; sent as `Authorization: Bearer`."""
    api_key_header: HeaderName = "Authorization"
    """The header that carries the key. Any other than `Authorization` carries it bare (Azure: `api-key`)."""
    headers: Headers = Field(default_factory=dict)
    """Further headers, none of them secret."""
    launch: Launch | None = None
    """Starts the server for the run, and stops it after."""
