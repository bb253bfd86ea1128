"""Why a provider cannot be had.

ProviderError
├── UnknownKind           no such `kind`
├── MissingExtra          the kind's optional dependencies are not installed
├── BrokenKind            a third party's kind is no provider, or its module cannot be imported
├── ProviderUnavailable   it was built but cannot start (no key in the environment, no such file …)
└── BatchLost             a vendor's batch has ended and its answers cannot be fetched; carries the `Failure`
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from shortlist_providers.types import Failure


class ProviderError(Exception):
    """Base of this tree."""


class UnknownKind(ProviderError):
    """No provider kind has this name."""

    def __init__(self, kind: str, allowed: Sequence[str]) -> None:
        self.kind = kind
        self.allowed = tuple(allowed)
        near = difflib.get_close_matches(kind, allowed, n=1)
        self.nearest = near[0] if near else None
        hint = f"; did you mean {self.nearest!r}?" if self.nearest else ""
        super().__init__(f"unknown provider kind {kind!r}; known kinds: {', '.join(allowed)}{hint}")


class MissingExtra(ProviderError):
    """The kind exists, but what it needs is not installed. `extra` is None for a kind that a third party added."""

    def __init__(self, kind: str, extra: str | None, module: str, remedy: str | None = None) -> None:
        self.kind = kind
        self.extra = extra
        if extra:
            remedy = f"run: pip install 'shortlist[{extra}]'  (in a checkout: uv sync --extra {extra})"
        elif remedy is None:
            remedy = "install what the package that added this kind asks for"
        super().__init__(f"provider kind {kind!r} needs the package {module!r}, which is not installed; {remedy}")


class BrokenKind(ProviderError):
    """An entry point leads to no usable provider."""

    def __init__(self, kind: str, target: str, why: str) -> None:
        self.kind = kind
        super().__init__(
            f"provider kind {kind!r} cannot be used: {target} {why}; mend or uninstall the package that added it"
        )


class ProviderUnavailable(ProviderError):
    """The backend cannot be started as configured."""


class BatchLost(ProviderError):
    """The answers of a vendor's batch cannot be fetched. `failure` says why, and whether asking again may help."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        super().__init__(failure.message)
