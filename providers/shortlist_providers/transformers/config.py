"""What a suite may say of a local transformers model."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from shortlist_providers.classification import CLASSIFICATION, PipelineConfig
from shortlist_providers.wire.settings import ModelName


class TransformersConfig(PipelineConfig):
    """A transformers model that is loaded into this process once and answers one request at a time."""

    kind: Literal["transformers"] = "transformers"
    model: ModelName
    """A folder with the model (a relative one starts at the suite's folder), or its name on the Hugging Face Hub."""
    revision: str | None = None
    """Branch, tag or commit of a model on the Hub; a commit pins it."""
    trust_remote_code: bool = False
    """Lets the model's repository bring Python code of its own and runs it here."""
    dtype: Literal["auto", "float32", "float16", "bfloat16"] = "auto"
    """Precision of the weights; `auto` takes the one that they were saved in."""
    device: Annotated[str, Field(pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$")] = "auto"
    """`cpu`, `cuda`, `cuda:1`, `mps`; `auto` takes CUDA or Metal where there is one."""
    threads: Annotated[int, Field(ge=1, le=1024)] | None = None
    """Processor threads that PyTorch computes with, in this whole process; left out, one per core.

    A tiny model, or a machine with other work to do, is many times faster with 1.
    """
    adapter: str | None = None
    """A LoRA adapter in PEFT's format, folder or Hub name; needs the package `peft`."""
    max_context: Annotated[int, Field(ge=2)] | None = None
    """Most tokens of prompt and output together, below what the model itself can take."""
    structured: Literal["llguidance", "none"] = "llguidance"
    """How the output is held to the task's schema: token by token, or not at all."""
    concurrency: Annotated[int, Field(ge=1, le=1)] = 1
    """Always 1: a model in this process answers one request after the other."""

    @model_validator(mode="after")
    def _generates(self) -> Self:
        if self.pipeline == CLASSIFICATION and "structured" in self.model_fields_set:
            raise ValueError("structured: a classifier writes no text; `labels` says what its output is")
        return self
