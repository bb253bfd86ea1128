"""What the providers of a suite must satisfy among each other: chains and their steps, and who may be left out."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from shortlist.documents import Findings
from shortlist.errors import nearest
from shortlist_providers import Cost, Provider, ProviderConfig, ProviderError, kinds, load_kind
from shortlist_providers.chain import ChainConfig


def check_chains(providers: Mapping[str, ProviderConfig], listed: Any, findings: Findings) -> dict[str, ProviderConfig]:
    """The kinds that chains name without configuring them; what is wrong with a chain goes to `findings`.

    `listed` is the file's `providers:`, faulty ones included, so that naming one of those is no second fault.
    """
    names = tuple(listed) if isinstance(listed, dict) else ()
    fallbacks: dict[str, ProviderConfig] = {}
    for name, config in providers.items():
        if not isinstance(config, ChainConfig):
            continue
        for number, step in enumerate(config.steps):
            where = ("providers", name, "steps", number)
            asked = step.provider
            if asked in names:
                known = providers.get(asked)
                if isinstance(known, ChainConfig):
                    findings.add(where, f"{asked!r} is a chain itself; name its steps here instead")
                elif getattr(known, "mode", None) == "batch":
                    findings.add(
                        where, f"{asked!r} answers by batches (mode: batch), and a chain needs answers at once"
                    )
                elif known is not None and known.optional and not config.optional:
                    findings.add(where, f"{asked!r} is optional, and a chain without one of its steps is another chain")
                continue
            fallback = _without_configuration(asked)
            if fallback is not None:
                fallbacks[asked] = fallback
                continue
            allowed = [*names, *(kind for kind in kinds() if _without_configuration(kind))]
            findings.add(
                where,
                f"{asked!r} is neither a provider of this suite nor a kind that needs no configuration; "
                f"allowed: {', '.join(allowed)}{nearest(asked, allowed)}",
            )
    return fallbacks


def _without_configuration(kind: str) -> ProviderConfig | None:
    """The configuration of a kind that a chain may name as it is: one that works in this process, by itself.

    Such a step costs nothing beside what the product costs anyway. Name a provider with a `cost:` to say otherwise.
    """
    if kind not in kinds():
        return None
    try:
        provider: type[Provider] = load_kind(kind)
        if not provider.alone:
            return None
        return provider.Config(kind=kind, cost=Cost(per_generation=Decimal(0)))
    except (ProviderError, ValidationError):
        return None


def check_optional(
    providers: Mapping[str, ProviderConfig], roles: Mapping[str, str | None], findings: Findings
) -> None:
    """Reports a side of the gate that may be left out: without it there is nothing to judge."""
    for role, name in roles.items():
        config = providers.get(name) if name else None
        if config is not None and config.optional:
            findings.add(("gate", role), f"{name!r} is optional, and the gate cannot judge without it; remove optional")
