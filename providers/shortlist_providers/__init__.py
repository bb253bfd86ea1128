"""Backends that turn a `Request` into a `Generation`. Third parties subclass `Provider` and register an entry point."""

from shortlist_providers.base import Capabilities, Cost, Health, Provider, ProviderConfig, ProviderContext
from shortlist_providers.errors import BrokenKind, MissingExtra, ProviderError, ProviderUnavailable, UnknownKind
from shortlist_providers.registry import kinds, load_kind, require_extra
from shortlist_providers.types import (
    Failure,
    FailureKind,
    FailureScope,
    FinishReason,
    Generation,
    Message,
    Request,
    Sampling,
    Timings,
    Usage,
)

__all__ = [
    "BrokenKind",
    "Capabilities",
    "Cost",
    "Failure",
    "FailureKind",
    "FailureScope",
    "FinishReason",
    "Generation",
    "Health",
    "Message",
    "MissingExtra",
    "Provider",
    "ProviderConfig",
    "ProviderContext",
    "ProviderError",
    "ProviderUnavailable",
    "Request",
    "Sampling",
    "Timings",
    "UnknownKind",
    "Usage",
    "kinds",
    "load_kind",
    "require_extra",
]
