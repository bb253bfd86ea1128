"""The kind `vllm`: a vLLM server. A LoRA adapter is asked for by its model name."""

from shortlist_providers.vllm.server import Vllm, VllmConfig

__all__ = ["Vllm", "VllmConfig"]
