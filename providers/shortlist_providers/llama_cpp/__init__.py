"""The kind `llama_cpp`: a GGUF model on llama.cpp, through llama-cpp-python, in processes of this machine.

    provider.py    the provider: slots, timings, what a failure means
    config.py      what a suite may say
    process.py     a worker process, as the provider sees it
    protocol.py    what the two say to each other over pipes
    worker.py      the worker's side: `python -m shortlist_providers.llama_cpp.worker`
    engine.py      the model: prompt in, tokens out
    loading.py, chat.py, structured.py, grammar.py, text.py    what the engine needs for that

The engine's own package is called `llama_cpp`, too; it is imported by its absolute name, in workers only.
"""

from shortlist_providers.llama_cpp.config import LlamaCppConfig
from shortlist_providers.llama_cpp.provider import LlamaCpp

__all__ = ["LlamaCpp", "LlamaCppConfig"]
