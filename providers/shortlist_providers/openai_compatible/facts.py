"""What a server says of itself on pages of its own, as facts for the manifest."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from yarl import URL

from shortlist_providers.wire.decode import sound
from shortlist_providers.wire.failures import bounded
from shortlist_providers.wire.secret import Secret

_MAX_TEXT_CHARS = 300
"""How much of one text a manifest keeps."""
_MAX_ENTRIES = 20

Fetch = Callable[[URL], Awaitable[tuple[int, Any]]]


@dataclass(frozen=True, slots=True)
class Page:
    """A page with facts, below the server's root."""

    paths: tuple[str, ...]
    """Newer releases move pages: the first that answers counts."""
    keys: Mapping[str, str]
    """The name of a fact to where it stands, with a dot between levels."""
    entries: str | None = None
    """Where the page lists models: the key of the list, of which only the entry of our model counts."""


async def read(fetch: Fetch, root: str, pages: tuple[Page, ...], model: str, secret: Secret) -> dict[str, Any]:
    """The facts on `pages`. A page that is missing, or that says something else, brings none.

    Raises:
        Failed: the server does not answer, or refuses the key.
    """
    facts: dict[str, Any] = {}
    for page in pages:
        for path in page.paths:
            status, said = await fetch(URL(f"{root}{path}"))
            if status == 200 and isinstance(said, dict):
                facts |= _on_page(page, said, model, secret)
                break
    return facts


def same_model(name: Any, model: str) -> bool:
    """Whether a listed name means `model`; Ollama writes out the tag that a name without one has."""
    return isinstance(name, str) and name.removesuffix(":latest") == model.removesuffix(":latest")


def _on_page(page: Page, said: dict[str, Any], model: str, secret: Secret) -> dict[str, Any]:
    if page.entries is not None:
        entries = said.get(page.entries)
        ours = [
            entry
            for entry in (entries if isinstance(entries, list) else ())
            if isinstance(entry, dict) and same_model(entry.get("model", entry.get("name")), model)
        ]
        if not ours:
            return {}
        said = ours[0]
    found = {name: _plain(_at(said, where), secret) for name, where in page.keys.items()}
    return {name: value for name, value in found.items() if value is not None}


def _at(said: Any, where: str) -> Any:
    for key in where.split("."):
        said = said.get(key) if isinstance(said, dict) else None
    return said


def _plain(value: Any, secret: Secret, nested: bool = False) -> Any:
    """`value` as a manifest may keep it: short, without the key, without what JSON cannot say; else None."""
    if isinstance(value, str):
        return bounded(secret.scrub(sound(value)), _MAX_TEXT_CHARS)
    if isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict) and not nested and len(value) <= _MAX_ENTRIES:
        inner = {sound(key): _plain(entry, secret, nested=True) for key, entry in value.items()}
        return {key: entry for key, entry in inner.items() if entry is not None}
    return None
