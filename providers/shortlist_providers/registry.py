"""The table of provider kinds. Built-ins and third parties enter by the same door: `kind -> "module:Class"`."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec

from shortlist_providers.base import Provider
from shortlist_providers.errors import MissingExtra, UnknownKind

ENTRY_POINT_GROUP = "shortlist.providers"

BUILT_IN: dict[str, str] = {
    "claude": "shortlist_providers.claude:Claude",
    "custom_http": "shortlist_providers.custom_http:CustomHttp",
    "fake": "shortlist_providers.fake:Fake",
    "openai": "shortlist_providers.openai:OpenAI",
    "openai_compatible": "shortlist_providers.openai_compatible:OpenAICompatible",
    "replay": "shortlist_providers.replay:Replay",
    "rules": "shortlist_providers.rules:Rules",
    "vllm": "shortlist_providers.vllm:Vllm",
}


@cache
def kinds() -> dict[str, str]:
    """Every known kind with the `module:Class` behind it, sorted by kind. A built-in cannot be replaced."""
    found = {point.name: point.value for point in entry_points(group=ENTRY_POINT_GROUP)}
    return dict(sorted({**found, **BUILT_IN}.items()))


def load_kind(kind: str) -> type[Provider]:
    """The class behind `kind`, imported on use.

    Raises:
        UnknownKind: no such kind.
        MissingExtra: a third party's module imports a package that is not installed.
    """
    target = BUILT_IN.get(kind) or kinds().get(kind)
    if target is None:
        raise UnknownKind(kind, list(kinds()))
    module_name, _, class_name = target.partition(":")
    try:
        loaded = getattr(import_module(module_name), class_name)
    except ModuleNotFoundError as missing:
        raise MissingExtra(kind, kind, missing.name or module_name) from missing
    if not (isinstance(loaded, type) and issubclass(loaded, Provider)):
        raise TypeError(f"provider kind {kind!r}: {target} is not a subclass of shortlist_providers.Provider")
    return loaded


def require_extra(kind: str) -> None:
    """Makes sure that what `kind` needs is installed, without importing it.

    Raises:
        UnknownKind: no such kind.
        MissingExtra: names the command that installs what is missing.
    """
    provider = load_kind(kind)
    for module in provider.requires:
        if find_spec(module) is None:
            raise MissingExtra(kind, provider.extra or kind, module)
