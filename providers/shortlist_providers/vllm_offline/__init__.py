"""The kind `vllm_offline`: vLLM's engine without a server, given all cases at once."""

from shortlist_providers.vllm_offline.config import VllmOfflineConfig
from shortlist_providers.vllm_offline.provider import VllmOffline

__all__ = ["VllmOffline", "VllmOfflineConfig"]
