"""Why the engine does not do what it is asked."""

from __future__ import annotations


class CannotLoad(Exception):
    """The model cannot be loaded as configured."""


class CannotGenerate(Exception):
    """A request that would fail in the same way each time."""


class Halted(Exception):
    """The provider has cancelled the request."""
