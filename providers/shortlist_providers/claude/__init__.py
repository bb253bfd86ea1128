"""The kind `claude`: Anthropic's hosted models through Anthropic's SDK, by the Messages API or its batches."""

from shortlist_providers.claude.config import ClaudeConfig
from shortlist_providers.claude.provider import Claude

__all__ = ["Claude", "ClaudeConfig"]
