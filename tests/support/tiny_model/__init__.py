"""A tiny language model made by script, since no weights can be downloaded: real engines run it in tests.

    python -m support.tiny_model FOLDER      (from tests/)

makes, in some seconds and byte for byte the same each time:

    FOLDER/hf/          a Qwen2-type model for transformers and vLLM, with its own byte-level BPE and chat template
    FOLDER/model.gguf   the same weights for llama.cpp
    FOLDER/lora/        a LoRA adapter in PEFT's format, and FOLDER/lora.gguf in llama.cpp's

Its weights are random: what it writes means nothing. Under constrained decoding it still writes JSON of the schema's
shape, which is what the tests need; head_dim 64 and multiples of 32 are what vLLM's and llama.cpp's kernels ask for.
"""

from support.tiny_model.build import TinyModel, build

__all__ = ["TinyModel", "build"]
