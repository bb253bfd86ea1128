"""What a suite may say of an offline engine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from shortlist_providers.base import ProviderConfig
from shortlist_providers.errors import ProviderUnavailable
from shortlist_providers.wire.settings import ModelName

_SET_HERE = {
    "disable_log_stats": "Shortlist reads each request's timings from the engine's statistics",
    "enable_lora": "say lora: instead",
    "lora_modules": "say lora: instead",
    "served_model_name": "only a server has one",
    "skip_tokenizer_init": "prompts are messages, which take a tokenizer",
    "structured_outputs_config": "say structured: and disable_any_whitespace: instead",
}
_LORA_RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)
"""Those that vLLM's kernels are made for; it takes 16 unless told, and refuses an adapter of a higher rank."""


def _engine(engine: dict[str, Any]) -> dict[str, Any]:
    for key in engine:
        if key in _SET_HERE:
            raise ValueError(f"{key!r} cannot be set here: {_SET_HERE[key]}")
        if key in VllmOfflineConfig.model_fields:
            raise ValueError(f"{key!r} is a key of the provider itself; say it beside engine:, not inside")
    return engine


class Lora(BaseModel):
    """A LoRA adapter that every request uses."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    path: Annotated[str, Field(min_length=1)]
    """The adapter's folder, in PEFT's format (relative paths start at the suite's folder)."""
    name: ModelName | None = None
    """What the adapted model is called in records and reports; left out, as the folder is."""


class VllmOfflineConfig(ProviderConfig):
    """A model that vLLM loads for the run, without a server."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    kind: Literal["vllm_offline"] = "vllm_offline"
    model: ModelName
    """The model's folder (relative to the suite's), or its name on the Hugging Face hub."""
    lora: Lora | None = None
    """A LoRA adapter on top of the model."""
    dtype: Literal["auto", "bfloat16", "float16", "float32"] = "auto"
    """Of weights and activations; auto: the model's own."""
    quantization: str | None = None
    """How the weights are quantised (`awq`, `gptq`, `fp8` …); left out, as the model's own files say."""
    max_model_len: Annotated[int, Field(ge=1)] | None = None
    """The context in tokens, prompt and output together; left out, all that the model has."""
    tensor_parallel_size: Annotated[int, Field(ge=1)] = 1
    """Over how many GPUs the model is spread."""
    gpu_memory_utilization: Annotated[float, Field(gt=0, le=1)] | None = None
    """The share of the GPU's memory that the engine may take; left out, vLLM's own default."""
    max_num_seqs: Annotated[int, Field(ge=1)] | None = None
    """Most requests that the engine works on at the same time; left out, vLLM's own default."""
    enforce_eager: bool = False
    """Loads sooner and generates more slowly: no CUDA graphs, no compilation."""
    enable_prefix_caching: bool = True
    """Reuses what prompts have in common from their beginning on."""
    generation_config: Literal["vllm", "auto"] = "vllm"
    """Where sampling settings come from that the suite leaves out: `vllm` takes neutral ones, `auto` the model's own
    (top_k, repetition_penalty … of its generation_config.json), as a vLLM server does unless it is told otherwise."""
    structured: Literal["guidance", "xgrammar", "auto", "none"] = "guidance"
    """Who holds the output to the task's schema: one of vLLM's backends, the one that vLLM chooses, or nobody."""
    disable_any_whitespace: bool = True
    """Keeps JSON compact. Without it, a model that likes blanks may write nothing else until its tokens are spent. A
    vLLM server allows them by default. Of no effect with `structured: auto`, for which vLLM cannot do it."""
    engine: Annotated[dict[str, Any], AfterValidator(_engine)] = Field(default_factory=dict)
    """Further arguments of vLLM's engine, by their own names (`revision`, `tokenizer`, `trust_remote_code` …)."""

    @model_validator(mode="after")
    def _compact_where_it_can_be(self) -> Self:
        if (
            self.structured == "auto"
            and self.disable_any_whitespace
            and "disable_any_whitespace" in self.model_fields_set
        ):
            raise ValueError(
                "disable_any_whitespace needs structured: guidance or xgrammar; with auto, vLLM refuses it"
            )
        return self

    def model_name(self) -> str:
        """The adapter's name where there is one, else the model's."""
        return self.model if self.lora is None else self.lora.name or Path(self.lora.path).name

    def llm_arguments(self, base_dir: Path) -> dict[str, Any]:
        """The arguments of `vllm.LLM`."""
        chosen = {
            "quantization": self.quantization,
            "max_model_len": self.max_model_len,
            "gpu_memory_utilization": self.gpu_memory_utilization,
            "max_num_seqs": self.max_num_seqs,
        }
        arguments: dict[str, Any] = {
            "model": _local(self.model, base_dir),
            "dtype": self.dtype,
            "tensor_parallel_size": self.tensor_parallel_size,
            "enforce_eager": self.enforce_eager,
            "enable_prefix_caching": self.enable_prefix_caching,
            "generation_config": self.generation_config,
            "disable_log_stats": False,  # else a finished request says nothing of when it began
            "use_tqdm_on_load": False,
            **{key: value for key, value in chosen.items() if value is not None},
            **self.engine,
        }
        if self.structured != "none":
            arguments["structured_outputs_config"] = {
                "backend": self.structured,
                "disable_any_whitespace": self.disable_any_whitespace and self.structured != "auto",
            }
        return arguments


def _local(model: str, base_dir: Path) -> str:
    """The folder that `model` names, where there is one; else `model`, for the hub."""
    folder = base_dir / Path(model).expanduser()
    return str(folder) if folder.exists() else model


def lora_rank(folder: Path) -> int:
    """The smallest of vLLM's ranks that holds the adapter in `folder`. Raises `ProviderUnavailable` without one."""
    try:
        rank = json.loads((folder / "adapter_config.json").read_bytes())["r"]
        return next(known for known in _LORA_RANKS if known >= rank)
    except OSError as missing:
        raise ProviderUnavailable(f"no LoRA adapter at {folder}: {missing.strerror or missing}") from None
    except (ValueError, KeyError, TypeError):
        raise ProviderUnavailable(f"{folder / 'adapter_config.json'} does not say the adapter's rank as `r`") from None
    except StopIteration:
        raise ProviderUnavailable(
            f"the adapter at {folder} has rank {rank}; vLLM takes {_LORA_RANKS[-1]} at most"
        ) from None
