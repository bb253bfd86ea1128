"""Opens a model's file, and says what is in it."""

from __future__ import annotations

import ctypes
import os
from importlib.metadata import version
from pathlib import Path
from typing import Any

from shortlist_providers.llama_cpp.config import DEFAULT_CONTEXT
from shortlist_providers.llama_cpp.faults import CannotLoad
from shortlist_providers.llama_cpp.protocol import Settings


def loaded(lib: Any, settings: Settings) -> Any:
    """The model with its context, by the library's own class.

    Raises:
        CannotLoad: there is no such file, or llama.cpp does not take it.
    """
    path = Path(settings.model_path)
    if not path.is_file():
        raise CannotLoad(f"there is no model file {path}; look at model_path, which starts at the suite's folder")
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    options = {
        "n_gpu_layers": settings.n_gpu_layers,
        "n_threads": settings.n_threads or max(1, processors // 2 // settings.slots),
        "n_threads_batch": settings.n_threads_batch or max(1, processors // settings.slots),
        "n_batch": settings.n_batch,
        "flash_attn": settings.flash_attn,
        "verbose": False,
    }
    try:
        n_ctx = settings.n_ctx or min(_trained_context(lib, str(path)), DEFAULT_CONTEXT)
        return lib.Llama(str(path), n_ctx=n_ctx, **options)
    except Exception as failed:  # ValueError from the library; a broken chat template raises jinja2's
        raise CannotLoad(f"llama.cpp cannot load {path}: {failed}") from None


def _trained_context(lib: Any, path: str) -> int:
    """Tokens; of the file's head and vocabulary, which load quickly."""
    parameters = lib.llama_model_default_params()
    parameters.vocab_only = True
    model = lib.llama_model_load_from_file(path.encode(), parameters)
    if not model:
        raise ValueError("it is no GGUF file of a model that this llama.cpp knows, or it is damaged")
    trained: int = lib.llama_model_n_ctx_train(model)
    lib.llama_model_free(model)
    return trained


def with_adapters(lib: Any, llama: Any, settings: Settings) -> list[Any]:
    """Applies the adapters. `Llama` itself takes only one, and then reads the model into memory of its own.

    Raises:
        CannotLoad: an adapter is missing, or does not fit.
    """
    loaded = []
    for path, _ in settings.lora:
        if not Path(path).is_file():
            raise CannotLoad(f"there is no adapter file {path}; look at lora, whose paths start at the suite's folder")
        adapter = lib.llama_adapter_lora_init(llama.model, path.encode())
        if not adapter:
            raise CannotLoad(
                f"llama.cpp cannot load the adapter {path}; it must be GGUF (llama.cpp's convert_lora_to_gguf.py makes "
                "that of PEFT's) and fit the model"
            )
        loaded.append(adapter)
    if loaded:
        adapters = (lib.llama_adapter_lora_p_ctypes * len(loaded))(*loaded)
        scales = (ctypes.c_float * len(loaded))(*(scale for _, scale in settings.lora))
        if lib.llama_set_adapters_lora(llama.ctx, adapters, len(loaded), scales) != 0:
            raise CannotLoad("llama.cpp cannot apply the adapters of lora together")
    return loaded


def end_tokens(lib: Any, vocabulary: Any, n_vocab: int) -> list[int]:
    """Every token that ends an answer, the model's own end token first."""
    first = lib.llama_vocab_eos(vocabulary)
    others = [token for token in range(n_vocab) if token != first and lib.llama_vocab_is_eog(vocabulary, token)]
    return [first, *others] if first >= 0 else others


def _file_type(lib: Any, number: str | None) -> str | None:
    """llama.cpp's name of a file's quantisation, such as Q4_K_M."""
    prefixes = ("LLAMA_FTYPE_MOSTLY_", "LLAMA_FTYPE_ALL_")
    for name, value in vars(lib).items():
        if name.startswith(prefixes) and str(value) == number:
            return str(name).split("_", 3)[3]
    return number


def described(lib: Any, llama: Any, settings: Settings) -> dict[str, Any]:
    """What a report should know of the engine and the model."""
    metadata = llama.metadata
    buffer = ctypes.create_string_buffer(256)
    lib.llama_model_desc(llama.model, buffer, len(buffer))
    return {
        "llama_cpp_python": lib.__version__,
        "model": buffer.value.decode("utf-8", "replace"),  # architecture, size and quantisation in one
        "model_name": metadata.get("general.name"),
        "architecture": metadata.get("general.architecture"),
        "parameters": lib.llama_model_n_params(llama.model),
        "model_bytes": lib.llama_model_size(llama.model),
        "quantisation": _file_type(lib, metadata.get("general.file_type")),
        "lora": [{"file": Path(path).name, "scale": scale} for path, scale in settings.lora],
        "n_ctx": llama.n_ctx(),
        "n_ctx_train": lib.llama_model_n_ctx_train(llama.model),
        "gpu_offload": bool(lib.llama_supports_gpu_offload()),
        "n_gpu_layers": settings.n_gpu_layers,
        "n_threads": llama.n_threads,
        "n_threads_batch": llama.n_threads_batch,
        "slots": settings.slots,
        "structured": settings.structured,
        "llguidance": version("llguidance") if settings.structured == "llguidance" else None,
        "prompt_cache": settings.prompt_cache,
        "system": lib.llama_print_system_info().decode("utf-8", "replace").strip(),
    }
