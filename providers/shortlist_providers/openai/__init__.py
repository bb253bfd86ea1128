"""The kind `openai`: OpenAI's hosted models through OpenAI's SDK, by chat completions or responses, or in batches."""

from shortlist_providers.openai.config import OpenAIConfig
from shortlist_providers.openai.provider import OpenAI

__all__ = ["OpenAI", "OpenAIConfig"]
