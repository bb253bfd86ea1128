"""The table of provider kinds. Built-ins and third parties enter by the same door: `kind -> "module:Class"`."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec

from shortlist_providers.base import Provider, ProviderConfig
from shortlist_providers.errors import BrokenKind, MissingExtra, UnknownKind

ENTRY_POINT_GROUP = "shortlist.providers"

BUILT_IN: dict[str, str] = {
    "chain": "shortlist_providers.chain:Chain",
    "claude": "shortlist_providers.claude:Claude",
    "custom_http": "shortlist_providers.custom_http:CustomHttp",
    "fake": "shortlist_providers.fake:Fake",
    "hf_inference": "shortlist_providers.hf_inference:HfInference",
    "llama_cpp": "shortlist_providers.llama_cpp:LlamaCpp",
    "openai": "shortlist_providers.openai:OpenAI",
    "openai_compatible": "shortlist_providers.openai_compatible:OpenAICompatible",
    "replay": "shortlist_providers.replay:Replay",
    "rules": "shortlist_providers.rules:Rules",
    "transformers": "shortlist_providers.transformers:Transformers",
    "vllm": "shortlist_providers.vllm:Vllm",
    "vllm_offline": "shortlist_providers.vllm_offline:VllmOffline",
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
        BrokenKind: a third party's entry point leads to no provider.
    """
    target = BUILT_IN.get(kind) or kinds().get(kind)
    if target is None:
        raise UnknownKind(kind, list(kinds()))
    module_name, _, class_name = target.partition(":")
    try:
        loaded = getattr(import_module(module_name), class_name)
    except ModuleNotFoundError as missing:
        raise MissingExtra(kind, None, missing.name or module_name) from missing
    except Exception as broken:  # whatever a stranger's module does when it is imported
        raise BrokenKind(kind, target, f"cannot be imported ({type(broken).__name__}: {broken})") from broken
    if not (isinstance(loaded, type) and issubclass(loaded, Provider)):
        raise BrokenKind(kind, target, "is not a subclass of shortlist_providers.Provider")
    config = getattr(loaded, "Config", None)
    if not (isinstance(config, type) and issubclass(config, ProviderConfig)):
        raise BrokenKind(kind, target, "has no `Config` that is a subclass of shortlist_providers.ProviderConfig")
    return loaded


def require_extra(kind: str) -> None:
    """Makes sure that what `kind` needs is installed, without importing it.

    Raises:
        UnknownKind: no such kind.
        MissingExtra: names the command that installs what is missing.
        BrokenKind: a third party's entry point leads to no provider.
    """
    provider = load_kind(kind)
    for module in provider.requires:
        if find_spec(module) is None:
            ours = kind in BUILT_IN
            raise MissingExtra(kind, provider.extra if ours else None, module, provider.remedy)
