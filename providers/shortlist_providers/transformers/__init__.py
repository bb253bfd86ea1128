"""The kind `transformers`: a model in this process, by Hugging Face's transformers and PyTorch."""

from shortlist_providers.transformers.config import TransformersConfig
from shortlist_providers.transformers.provider import Transformers

__all__ = ["Transformers", "TransformersConfig"]
