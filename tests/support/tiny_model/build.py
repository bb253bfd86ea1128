"""The model's files: tokenizer, weights, configuration, adapter."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from support.tiny_model.gguf_files import write_gguf, write_lora_gguf

CONTEXT = 16_384
"""Tokens; the product's own, and room for the conformance suite's long prompt."""
VOCABULARY = 2048
HIDDEN, INTERMEDIATE, LAYERS, HEADS, KV_HEADS, HEAD = 256, 704, 4, 4, 2, 64
LORA_RANK = 8
SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")

# Qwen2's pre-tokenizer, which llama.cpp knows by the name "qwen2".
SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
CHAT_TEMPLATE = (
    "{%- for message in messages %}{{- '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' "
    "+ '\\n' }}{%- endfor %}{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}"
)

Weights = dict[str, npt.NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class TinyModel:
    """Where the files lie."""

    hf: Path
    gguf: Path
    lora: Path
    lora_gguf: Path


def build(folder: Path) -> TinyModel:
    """Makes the model in `folder`, or takes what an earlier call, also in another process, has made there whole."""
    model = TinyModel(folder / "hf", folder / "model.gguf", folder / "lora", folder / "lora.gguf")
    if model.hf.is_dir():
        return model
    folder.parent.mkdir(parents=True, exist_ok=True)
    making = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    _write(making)
    try:
        os.rename(making, folder)  # whole or not at all, for tests that run side by side
    except OSError:
        if not model.hf.is_dir():
            raise
    return model


def _write(folder: Path) -> None:
    hf, lora = folder / "hf", folder / "lora"
    hf.mkdir()
    lora.mkdir()
    config = _write_tokenizer(hf)
    generator = np.random.default_rng(20261121)
    weights = _weights(generator)
    adapter = _adapter(generator)
    from safetensors.numpy import save_file

    save_file(weights, hf / "model.safetensors", metadata={"format": "pt"})
    save_file(adapter, lora / "adapter_model.safetensors", metadata={"format": "pt"})
    _json(hf / "config.json", config)
    ends = {"eos_token_id": [config["eos_token_id"], config["pad_token_id"]], "pad_token_id": config["pad_token_id"]}
    _json(hf / "generation_config.json", {**ends, "do_sample": False})
    _json(
        lora / "adapter_config.json",
        {
            "peft_type": "LORA",
            "task_type": "CAUSAL_LM",
            "base_model_name_or_path": "tiny",
            "r": LORA_RANK,
            "lora_alpha": LORA_RANK,
            "lora_dropout": 0.0,
            "bias": "none",
            "target_modules": ["q_proj", "v_proj"],
        },
    )
    write_gguf(hf, weights, folder / "model.gguf")
    write_lora_gguf(adapter, LORA_RANK, folder / "lora.gguf")


def _write_tokenizer(folder: Path) -> dict[str, Any]:
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(SPLIT), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=list(SPECIAL),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_texts(), trainer)
    size = tokenizer.get_vocab_size()
    if size != VOCABULARY:
        raise RuntimeError(f"the tokenizer learnt {size} tokens, not {VOCABULARY}: its texts are too few")
    tokenizer.save(str(folder / "tokenizer.json"))
    _json(
        folder / "tokenizer_config.json",
        {
            # AutoTokenizer of a Qwen2 model would add Unicode normalisation, which llama.cpp does not do.
            "tokenizer_class": "PreTrainedTokenizerFast",
            "eos_token": SPECIAL[2],
            "pad_token": SPECIAL[0],
            "bos_token": None,
            "unk_token": None,
            "model_max_length": CONTEXT,
            "clean_up_tokenization_spaces": False,
        },
    )
    (folder / "chat_template.jinja").write_text(CHAT_TEMPLATE)
    return {
        "architectures": ["Qwen2ForCausalLM"],
        "model_type": "qwen2",
        "vocab_size": VOCABULARY,
        "hidden_size": HIDDEN,
        "intermediate_size": INTERMEDIATE,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "num_key_value_heads": KV_HEADS,
        "hidden_act": "silu",
        "max_position_embeddings": CONTEXT,
        "rms_norm_eps": 1e-6,
        "rope_theta": 10000.0,
        "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0},
        "tie_word_embeddings": True,
        "use_sliding_window": False,
        "attention_dropout": 0.0,
        "initializer_range": 0.02,
        "dtype": "float32",
        "bos_token_id": None,
        "eos_token_id": tokenizer.token_to_id(SPECIAL[2]),
        "pad_token_id": tokenizer.token_to_id(SPECIAL[0]),
    }


def _texts() -> Iterator[str]:
    """What the tokenizer learns from: the bundled pairs, their gold and the bundled schema."""
    root = Path(__file__).parents[3]
    yield (root / "evals" / "tasks" / "pro_output@1" / "schema.json").read_text()
    for line in (root / "datasets" / "resume_jd@1" / "pairs.jsonl").read_text().splitlines():
        yield line
        yield from (value for value in json.loads(line).values() if isinstance(value, str))


def _weights(generator: np.random.Generator) -> Weights:
    def normal(*shape: int) -> npt.NDArray[np.float32]:
        return generator.normal(0.0, 0.02, shape).astype(np.float32)

    weights: Weights = {"model.embed_tokens.weight": normal(VOCABULARY, HIDDEN)}
    for layer in range(LAYERS):
        prefix = f"model.layers.{layer}"
        for name, rows in (("q", HEADS * HEAD), ("k", KV_HEADS * HEAD), ("v", KV_HEADS * HEAD)):
            weights[f"{prefix}.self_attn.{name}_proj.weight"] = normal(rows, HIDDEN)
            weights[f"{prefix}.self_attn.{name}_proj.bias"] = np.zeros(rows, np.float32)
        weights[f"{prefix}.self_attn.o_proj.weight"] = normal(HIDDEN, HEADS * HEAD)
        weights[f"{prefix}.mlp.gate_proj.weight"] = normal(INTERMEDIATE, HIDDEN)
        weights[f"{prefix}.mlp.up_proj.weight"] = normal(INTERMEDIATE, HIDDEN)
        weights[f"{prefix}.mlp.down_proj.weight"] = normal(HIDDEN, INTERMEDIATE)
        weights[f"{prefix}.input_layernorm.weight"] = np.ones(HIDDEN, np.float32)
        weights[f"{prefix}.post_attention_layernorm.weight"] = np.ones(HIDDEN, np.float32)
    weights["model.norm.weight"] = np.ones(HIDDEN, np.float32)
    return weights


def _adapter(generator: np.random.Generator) -> Weights:
    """An adapter strong enough that greedy outputs with and without it differ."""
    adapter: Weights = {}
    for layer in range(LAYERS):
        for name, rows in (("q", HEADS * HEAD), ("v", KV_HEADS * HEAD)):
            prefix = f"base_model.model.model.layers.{layer}.self_attn.{name}_proj"
            adapter[f"{prefix}.lora_A.weight"] = generator.normal(0.0, 0.2, (LORA_RANK, HIDDEN)).astype(np.float32)
            adapter[f"{prefix}.lora_B.weight"] = generator.normal(0.0, 0.2, (rows, LORA_RANK)).astype(np.float32)
    return adapter


def _json(path: Path, data: dict[str, Any]) -> None:
    path.write_text(json.dumps(data, indent=1) + "\n")
