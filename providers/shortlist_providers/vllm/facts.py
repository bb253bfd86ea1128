"""What a vLLM server says of its own settings, for the manifest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_OF_A_MODEL = ("max_model_len", "root", "parent")
# Of /server_info, which a server has that was started with VLLM_SERVER_DEV_MODE=1.
_OF_THE_ENGINE = {
    "model_config": (
        *("dtype", "quantization", "max_model_len", "enforce_eager", "generation_config"),
        *("override_generation_config", "revision"),
    ),
    "cache_config": ("enable_prefix_caching",),
    "parallel_config": ("tensor_parallel_size", "pipeline_parallel_size", "data_parallel_size"),
    "scheduler_config": ("max_num_seqs", "max_num_batched_tokens"),
    "device_config": ("device",),
    "structured_outputs_config": ("backend", "disable_any_whitespace", "reasoning_parser"),
}
_RENAMED = {"backend": "structured_outputs_backend"}
_LONGEST_TEXT = 200


def of_models(entries: Sequence[Mapping[str, Any]], model: str) -> dict[str, Any]:
    """The list of models, and what it says of `model`. An adapter's context is that of its base model."""
    entry = next((entry for entry in entries if entry["id"] == model), None)
    facts: dict[str, Any] = {"models": [entry["id"] for entry in entries], "model_listed": entry is not None}
    if entry is None:
        return facts
    base = next((other for other in entries if other["id"] == entry.get("parent")), entry)
    facts |= {key: entry[key] for key in _OF_A_MODEL if plain(entry.get(key))}
    if "max_model_len" not in facts and plain(base.get("max_model_len")):
        facts["max_model_len"] = base["max_model_len"]
    return facts


def of_server_info(page: Any) -> dict[str, Any]:
    """Settings of the engine from `/server_info`; none where the page is no such page."""
    config = page.get("vllm_config") if isinstance(page, Mapping) else None
    if not isinstance(config, Mapping):
        return {}
    facts: dict[str, Any] = {}
    for part, keys in _OF_THE_ENGINE.items():
        section = config.get(part)
        if isinstance(section, Mapping):
            facts |= {_RENAMED.get(key, key): section[key] for key in keys if plain(section.get(key))}
    if isinstance(facts.get("dtype"), str):
        facts["dtype"] = facts["dtype"].removeprefix("torch.")
    machine = page.get("system_env")
    gpus = machine.get("nvidia_gpu_models") if isinstance(machine, Mapping) else None
    if plain(gpus):
        facts["gpus"] = gpus
    return facts


def plain(value: Any) -> bool:
    """Whether `value` says something, and is short enough for a manifest."""
    if isinstance(value, str):
        return 0 < len(value) <= _LONGEST_TEXT
    if isinstance(value, Mapping):
        return bool(value) and len(str(value)) <= _LONGEST_TEXT
    return isinstance(value, bool | int | float)
