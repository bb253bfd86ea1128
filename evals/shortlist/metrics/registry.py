"""Metric families by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType

from shortlist.errors import InputError, nearest
from shortlist.metrics.base import Material, Scorer

FAMILIES = {
    "schema": "shortlist.metrics.schema:scorer",
    "parity": "shortlist.metrics.parity:scorer",
    "gold": "shortlist.metrics.gold:scorer",
    "quality": "shortlist.metrics.quality:scorer",
    "grounding": "shortlist.metrics.grounding:scorer",
    "injection": "shortlist.metrics.injection:scorer",
    "judge": "shortlist.metrics.judge:scorer",
    "latency": "shortlist.metrics.latency:scorer",
    "throughput": "shortlist.metrics.throughput:scorer",
    "usage": "shortlist.metrics.usage:scorer",
    "cost": "shortlist.metrics.cost:scorer",
    "chain": "shortlist.metrics.chain:scorer",
}
"""Family -> `module:function`, imported on use. The function takes the material and gives a `Scorer`; the module's
`VERSION` changes whenever the same case could score differently, and goes into every score; a module whose scores
hang on more than its code has `version_for(task)` as well, or `version_of(material)`."""


@dataclass(frozen=True, slots=True)
class Family:
    """A metric family, ready to judge cases."""

    name: str
    version: str
    score: Scorer


def prepare(names: Sequence[str], material: Material) -> tuple[Family, ...]:
    """The named families over `material`.

    Raises:
        InputError: no family has one of the names.
    """
    ready = []
    for name in names:
        if name not in FAMILIES:
            allowed = ", ".join(FAMILIES)
            raise InputError(f"metric family {name!r} is not one of {allowed}{nearest(name, FAMILIES)}")
        module_name, _, function = FAMILIES[name].partition(":")
        module = import_module(module_name)
        ready.append(Family(name, _version(module, material), getattr(module, function)(material)))
    return tuple(ready)


def _version(module: ModuleType, material: Material) -> str:
    if hasattr(module, "version_of"):
        version = module.version_of(material)
    elif hasattr(module, "version_for"):
        version = module.version_for(material.task)
    else:
        version = module.VERSION
    return str(version)
