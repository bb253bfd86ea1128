"""A tiny text classifier made by script, since no weights can be downloaded: a DistilBERT with random weights."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

LABELS = ("NO_JOB", "JOB", "SPAM")
LONGEST = 64
"""Tokens."""
WORDS = ("we", "hire", "an", "engineer", "in", "oslo", "salary", "apply", "now", "lorem", "ipsum", "free", "money")
_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
_HIDDEN, _LAYERS, _HEADS, _FFN = 32, 2, 2, 64


def build_classifier(folder: Path, labels: Sequence[str] = LABELS) -> Path:
    """Writes the model's files into `folder`, byte for byte the same each time, and returns it."""
    folder.mkdir(parents=True)
    _write_tokenizer(folder)
    config = {
        "architectures": ["DistilBertForSequenceClassification"],
        "model_type": "distilbert",
        "vocab_size": len(_SPECIAL) + len(WORDS),
        "max_position_embeddings": LONGEST,
        "dim": _HIDDEN,
        "n_layers": _LAYERS,
        "n_heads": _HEADS,
        "hidden_dim": _FFN,
        "pad_token_id": 0,
        "id2label": dict(enumerate(labels)),
        "label2id": {label: at for at, label in enumerate(labels)},
        "dtype": "float32",
    }
    (folder / "config.json").write_text(json.dumps(config, indent=1))
    _write_weights(folder, len(labels))
    return folder


def _write_tokenizer(folder: Path) -> None:
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors  # noqa: PLC0415 - for few tests

    vocabulary = {word: at for at, word in enumerate((*_SPECIAL, *WORDS))}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[(name, vocabulary[name]) for name in ("[CLS]", "[SEP]")]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": LONGEST,
        "pad_token": "[PAD]",
        "unk_token": "[UNK]",
        "cls_token": "[CLS]",
        "sep_token": "[SEP]",
        "model_input_names": ["input_ids", "attention_mask"],
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=1))


def _write_weights(folder: Path, labels: int) -> None:
    from safetensors.numpy import save_file  # noqa: PLC0415 - likewise

    generator = np.random.default_rng(9)  # by which short texts of `WORDS` get all three labels
    shapes: dict[str, tuple[int, ...]] = {
        "distilbert.embeddings.word_embeddings.weight": (len(_SPECIAL) + len(WORDS), _HIDDEN),
        "distilbert.embeddings.position_embeddings.weight": (LONGEST, _HIDDEN),
        "pre_classifier.weight": (_HIDDEN, _HIDDEN),
        "classifier.weight": (labels, _HIDDEN),
    }
    norms = ["distilbert.embeddings.LayerNorm"]
    biases = {"pre_classifier.bias": _HIDDEN, "classifier.bias": labels}
    for layer in range(_LAYERS):
        prefix = f"distilbert.transformer.layer.{layer}"
        linear = {f"attention.{part}_lin": (_HIDDEN, _HIDDEN) for part in ("q", "k", "v", "out")}
        linear |= {"ffn.lin1": (_FFN, _HIDDEN), "ffn.lin2": (_HIDDEN, _FFN)}
        for name, shape in linear.items():
            shapes[f"{prefix}.{name}.weight"] = shape
            biases[f"{prefix}.{name}.bias"] = shape[0]
        norms += [f"{prefix}.sa_layer_norm", f"{prefix}.output_layer_norm"]
    weights = {name: generator.normal(0.0, 0.5, shape).astype(np.float32) for name, shape in shapes.items()}
    weights |= {name: np.zeros(size, np.float32) for name, size in biases.items()}
    for norm in norms:
        weights |= {f"{norm}.weight": np.ones(_HIDDEN, np.float32), f"{norm}.bias": np.zeros(_HIDDEN, np.float32)}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
