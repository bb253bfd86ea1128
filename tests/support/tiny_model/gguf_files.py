"""The same weights in llama.cpp's file format."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

_IN_A_LAYER = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}

Weights = Mapping[str, npt.NDArray[np.float32]]


def write_gguf(hf: Path, weights: Weights, target: Path) -> None:
    """Writes the model in `hf` as one GGUF file of 32-bit floats."""
    import gguf

    config: dict[str, Any] = json.loads((hf / "config.json").read_text())
    tokenizer: dict[str, Any] = json.loads((hf / "tokenizer.json").read_text())
    writer = gguf.GGUFWriter(target, "qwen2")
    writer.add_name("tiny")
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_freq_base(config["rope_theta"])
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_vocab_size(config["vocab_size"])
    special = {entry["id"]: entry["content"] for entry in tokenizer["added_tokens"]}
    by_id = {number: token for token, number in tokenizer["model"]["vocab"].items()} | special
    kinds = [gguf.TokenType.CONTROL if n in special else gguf.TokenType.NORMAL for n in range(config["vocab_size"])]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list([by_id[number] for number in range(config["vocab_size"])])
    writer.add_token_types(kinds)
    writer.add_token_merges([" ".join(pair) for pair in tokenizer["model"]["merges"]])
    writer.add_eos_token_id(config["eos_token_id"])
    writer.add_eot_token_id(config["eos_token_id"])
    writer.add_pad_token_id(config["pad_token_id"])
    writer.add_add_bos_token(False)
    writer.add_chat_template((hf / "chat_template.jinja").read_text())
    for name, tensor in weights.items():
        writer.add_tensor(_llama_name(name), tensor)
    _finish(writer)


def write_lora_gguf(adapter: Weights, alpha: int, target: Path) -> None:
    """Writes a LoRA adapter as llama.cpp takes it."""
    import gguf

    writer = gguf.GGUFWriter(target, "qwen2")
    writer.add_type(gguf.GGUFType.ADAPTER)
    writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
    writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, float(alpha))
    for name, tensor in _adapter_tensors(adapter):
        writer.add_tensor(name, tensor)
    _finish(writer)


def _adapter_tensors(adapter: Weights) -> Iterator[tuple[str, npt.NDArray[np.float32]]]:
    for name, tensor in adapter.items():
        base, _, half = name.removesuffix(".weight").removeprefix("base_model.model.").rpartition(".")
        yield f"{_llama_name(f'{base}.weight')}.{half.lower()}", tensor


def _llama_name(name: str) -> str:
    outside = {"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight"}
    if name in outside:
        return outside[name]
    _, _, layer, rest = name.split(".", 3)
    inner, _, last = rest.rpartition(".")
    return f"blk.{layer}.{_IN_A_LAYER[inner]}.{last}"


def _finish(writer: Any) -> None:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
