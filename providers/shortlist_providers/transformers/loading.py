"""Loads a model and its tokenizer, and says what was loaded. Runs in the provider's worker thread."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from shortlist_providers.classification import CLASSIFICATION
from shortlist_providers.errors import ProviderUnavailable
from shortlist_providers.transformers.config import TransformersConfig
from shortlist_providers.wire.failures import MAX_MESSAGE_CHARS, bounded

_PACKAGES = ("transformers", "torch", "tokenizers", "llguidance", "peft")


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model, ready on its device."""

    torch: Any
    library: Any
    """transformers."""
    model: Any
    tokenizer: Any
    device: str
    context: int | None
    """Tokens of prompt and output together; None where neither the model nor the suite says."""
    ends: tuple[int, ...]
    """The tokens that end an output."""
    facts: Mapping[str, Any]


def load(config: TransformersConfig, base_dir: Path) -> Loaded:
    """Loads what `config` names.

    Raises:
        ProviderUnavailable: it cannot be had; says why.
    """
    if config.adapter is not None and find_spec("peft") is None:
        raise ProviderUnavailable("an adapter needs the package peft, which is not installed; run: pip install peft")
    torch, library = import_module("torch"), import_module("transformers")
    _quieten(library)
    if config.threads is not None:
        torch.set_num_threads(config.threads)
    device = _device(config.device, torch)
    source = _source(config.model, base_dir)
    origin = {"revision": config.revision, "trust_remote_code": config.trust_remote_code}
    family = library.AutoModelForSequenceClassification if _classifies(config) else library.AutoModelForCausalLM
    try:
        tokenizer = _tokenizer(library, source, origin)
        model, report = family.from_pretrained(source, dtype=config.dtype, output_loading_info=True, **origin)
        if absent := sorted(report["missing_keys"]):
            raise ProviderUnavailable(
                f"model {config.model!r} lacks weights that `pipeline: {config.pipeline}` needs ({absent[0]} and "
                f"{len(absent) - 1} more); they would be random. Was it trained for this?"
            )
        if config.adapter is not None:
            model.load_adapter(_source(config.adapter, base_dir))
        model = model.to(device).eval()
    except ProviderUnavailable:
        raise
    except (
        Exception
    ) as wrong:  # files, the Hub, the model's own code, the device: all of it means that it cannot be had
        said = bounded(" ".join(str(wrong).split()), MAX_MESSAGE_CHARS)
        raise ProviderUnavailable(f"cannot load model {config.model!r}: {type(wrong).__name__}: {said}") from wrong
    own = _own_settings(model.generation_config) if model.can_generate() else {}
    ends = _plain_generation(model, tokenizer, library) if model.can_generate() else ()
    context = _context(config, model, tokenizer)
    facts = {
        **_facts(config, model, tokenizer, torch),
        "device": device,
        "context_length": context,
        "generation_config_not_used": own,
    }
    return Loaded(torch, library, model, tokenizer, device, context, ends, facts)


def _tokenizer(library: Any, source: str, origin: Mapping[str, Any]) -> Any:
    """The tokenizer of the model's own files.

    Where they name the plain class, it is taken: `AutoTokenizer` would go by the model's type, and add what the type's
    own tokenizer does, such as Unicode normalisation, whether the files say so or not.
    """
    automatic = library.AutoTokenizer.from_pretrained(source, **origin)
    settings = library.models.auto.tokenization_auto.get_tokenizer_config(source, **origin)
    plain = "PreTrainedTokenizerFast"
    if settings.get("tokenizer_class") != plain or type(automatic).__name__ == plain:
        return automatic
    return library.PreTrainedTokenizerFast.from_pretrained(source, **origin)


def _classifies(config: TransformersConfig) -> bool:
    return config.pipeline == CLASSIFICATION


def _quieten(library: Any) -> None:
    """Keeps progress bars and advice, which both libraries write unasked, off the terminal of this process."""
    library.utils.logging.set_verbosity_error()
    library.utils.logging.disable_progress_bar()
    import_module("huggingface_hub").utils.disable_progress_bars()


def _device(wanted: str, torch: Any) -> str:
    have = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if wanted == "auto":
        return next(name for name in ("cuda", "mps", "cpu") if have[name])
    if not have[wanted.partition(":")[0]]:
        usable = ", ".join(name for name, there in have.items() if there)
        raise ProviderUnavailable(f"this machine, or this build of PyTorch, has no {wanted!r}; it has {usable}")
    return wanted


def _source(name: str, base_dir: Path) -> str:
    """A folder's path, or the name as the Hub knows it."""
    folder = base_dir / Path(name).expanduser()
    if folder.is_dir():
        return str(folder)
    if name.startswith((".", "/", "~")) or name.count("/") > 1:
        raise ProviderUnavailable(f"there is no folder {folder}; a name on the Hub looks like owner/model")
    return name


def _own_settings(generation_config: Any) -> dict[str, Any]:
    """The sampling settings that the model's authors recommend, such as a temperature."""
    kept = generation_config.to_diff_dict()
    aside = {"transformers_version", "_from_model_config", "output_attentions", "output_hidden_states"}
    return {name: value for name, value in sorted(kept.items()) if name not in aside and not name.endswith("_token_id")}


def _plain_generation(model: Any, tokenizer: Any, library: Any) -> tuple[int, ...]:
    """Takes the recommended sampling settings out of the model and returns the tokens that end an output.

    `generate` would fill in whatever a request leaves open from them (a temperature, a repetition penalty), in silence,
    and two providers of one suite would not sample alike.
    """
    own = model.generation_config
    ends = own.eos_token_id if own.eos_token_id is not None else tokenizer.eos_token_id
    ends = tuple(ends) if isinstance(ends, list | tuple) else () if ends is None else (ends,)
    padding = next((token for token in (own.pad_token_id, tokenizer.pad_token_id, *ends) if token is not None), None)
    model.generation_config = library.GenerationConfig(
        bos_token_id=own.bos_token_id,
        eos_token_id=list(ends) or None,
        pad_token_id=padding,
        decoder_start_token_id=own.decoder_start_token_id,
    )
    return ends


def _context(config: TransformersConfig, model: Any, tokenizer: Any) -> int | None:
    of_model = getattr(model.config.get_text_config(), "max_position_embeddings", None)
    # A classifier reads no more than its tokenizer was told; a generator's tokenizer is often told nonsense.
    of_tokenizer = tokenizer.model_max_length if _classifies(config) else None
    said = [limit for limit in (of_model, of_tokenizer, config.max_context) if limit is not None]
    return min(said, default=None)


def _facts(config: TransformersConfig, model: Any, tokenizer: Any, torch: Any) -> dict[str, Any]:
    template = getattr(tokenizer, "chat_template", None)
    return {
        "versions": {name: found for name in _PACKAGES if (found := _version(name)) is not None},
        "architecture": type(model).__name__,
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "dtype": str(model.dtype).removeprefix("torch."),
        "threads": torch.get_num_threads(),
        "commit": getattr(model.config, "_commit_hash", None),
        "adapter": config.adapter,
        "chat_template_sha256": hashlib.sha256(template.encode()).hexdigest() if isinstance(template, str) else None,
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
