"""What a suite may say of a `llama_cpp` provider."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from shortlist_providers.base import ProviderConfig

MOST_SLOTS = 64
DEFAULT_CONTEXT = 16_384
"""Tokens; the longest context that is opened unasked, since its memory is taken at once."""

FilePath = Annotated[str, Field(min_length=1)]


class Lora(BaseModel):
    """A LoRA adapter in GGUF format (llama.cpp's `convert_lora_to_gguf.py` makes one of PEFT's)."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    path: FilePath
    """The adapter's file; a relative path starts at the suite's folder."""
    scale: Annotated[float, Field(allow_inf_nan=False)] = 1.0
    """How strongly it is applied; 0 switches it off."""


def _adapters(value: Any) -> Any:
    if isinstance(value, str):
        return [{"path": value}]
    if isinstance(value, Mapping | Lora):
        return [value]
    return [{"path": entry} if isinstance(entry, str) else entry for entry in value] if _is_list(value) else value


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple)


class LlamaCppConfig(ProviderConfig):
    """A GGUF model on llama.cpp, on this machine: CPU, Metal or CUDA, as llama-cpp-python was built."""

    kind: Literal["llama_cpp"] = "llama_cpp"
    concurrency: Annotated[int, Field(ge=1, le=MOST_SLOTS)] = 1
    """Requests under way at once; left out, as many as `slots`, and never more."""
    model_path: FilePath
    """The GGUF file (of a split model, its first); a relative path starts at the suite's folder."""
    model: Annotated[str, Field(min_length=1)] | None = None
    """The model's name in reports; left out, the file's."""
    lora: Annotated[tuple[Lora, ...], BeforeValidator(_adapters)] = ()
    """Adapters on top of the model: a path, `{path, scale}`, or a list of these."""
    slots: Annotated[int, Field(ge=1, le=MOST_SLOTS)] = 1
    """Worker processes, each with one request at a time. On a CPU and on Metal they share the model's memory; each has
    its own context. More slots serve more at once, each more slowly."""
    n_ctx: Annotated[int, Field(ge=16)] | None = None
    """Tokens of prompt and output together; left out, what the model was trained for, up to 16384."""
    n_gpu_layers: Annotated[int, Field(ge=-1)] = -1
    """Layers that go to the GPU: -1 all, 0 none. On a build without Metal or CUDA it means nothing."""
    n_threads: Annotated[int, Field(ge=1)] | None = None
    """Threads for the output; left out, half of the CPUs, shared by the slots."""
    n_threads_batch: Annotated[int, Field(ge=1)] | None = None
    """Threads for the prompt; left out, all CPUs, shared by the slots."""
    n_batch: Annotated[int, Field(ge=32)] = 512
    """Tokens of the prompt that are processed in one go."""
    flash_attn: bool = False
    """Flash attention, which saves memory; quick on GPUs only."""
    chat_format: Annotated[str, Field(min_length=1)] | None = None
    """One of llama-cpp-python's chat formats (`chatml`, `llama-2` …) in place of the model's own chat template."""
    structured: Literal["llguidance", "grammar", "none"] = "llguidance"
    """What holds the output to the task's schema: llguidance, llama.cpp's own grammar (which skips ranges and more; the
    report lists what), or nothing."""
    prompt_cache: bool = True
    """Whether a prompt that begins like the one before is computed from where they differ, as llama.cpp's server does.
    Only whole batches are taken over, so that outputs are the same to the bit, and nothing of a prompt that is repeated
    whole, so that repeats of a case cost what the case costs."""

    @model_validator(mode="before")
    @classmethod
    def _as_many_as_slots(cls, data: Any) -> Any:
        if isinstance(data, Mapping) and "slots" in data and "concurrency" not in data:
            return {**data, "concurrency": data["slots"]}
        return data

    @model_validator(mode="after")
    def _no_more_than_slots(self) -> Self:
        if self.concurrency > self.slots:
            raise ValueError(
                f"concurrency: {self.concurrency} is more than slots: {self.slots}; a slot takes one request at a "
                "time, and waiting for one would be counted as latency: raise slots, or leave concurrency out"
            )
        return self

    def model_name(self) -> str:
        """`model`, or the file's name."""
        return self.model or Path(self.model_path).name.removesuffix(".gguf")
