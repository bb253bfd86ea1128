"""The kind `openai_compatible`: any server that speaks chat completions, and Ollama's own protocol.

Ollama, llama-server, RunPod, Cloud Run, MLX, TGI, SGLang and the like, over aiohttp: a client that costs a millisecond
of CPU a request would become what is measured. What each of them lacks is declared in `presets`.
"""

from shortlist_providers.openai_compatible.config import OpenAICompatibleConfig
from shortlist_providers.openai_compatible.provider import OpenAICompatible

__all__ = ["OpenAICompatible", "OpenAICompatibleConfig"]
