"""The kind `openai_compatible`: any server that speaks chat completions.

Ollama, llama-server, RunPod, MLX, TGI, SGLang and the like, over aiohttp: a client that costs a millisecond of CPU a
request would become what is measured.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from shortlist_providers.wire.chat_server import ChatServer, ChatServerConfig


class OpenAICompatibleConfig(ChatServerConfig):
    """A server that speaks chat completions, at a URL that ends before `/chat/completions`."""

    kind: Literal["openai_compatible"] = "openai_compatible"


class OpenAICompatible(ChatServer):
    """Chat completions against any server."""

    Config: ClassVar[type[OpenAICompatibleConfig]] = OpenAICompatibleConfig
