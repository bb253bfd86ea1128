"""Why a provider cannot be had.

ProviderError
├── UnknownKind           no such `kind`
├── MissingExtra          the kind's optional dependencies are not installed
└── ProviderUnavailable   it was built but cannot start (no key in the environment, no such file …)
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence


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
    """The kind exists, but what it needs is not installed."""

    def __init__(self, kind: str, extra: str, module: str) -> None:
        self.kind = kind
        self.extra = extra
        super().__init__(
            f"provider kind {kind!r} needs the package {module!r}, which is not installed; "
            f"run: pip install 'shortlist[{extra}]'  (in a checkout: uv sync --extra {extra})"
        )


class ProviderUnavailable(ProviderError):
    """The backend cannot be started as configured."""
