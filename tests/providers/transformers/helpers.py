"""The libraries themselves, as oracles. Imported late, since not every machine has them."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def torch() -> Any:
    """PyTorch."""
    import torch as library  # noqa: PLC0415 - see above

    return library


def tokenizer_of(folder: Path) -> Any:
    """The tokenizer of a model, by transformers."""
    import transformers  # noqa: PLC0415 - see above

    return transformers.AutoTokenizer.from_pretrained(folder)


def bare_loop(folder: Path, prompt: str, tokens: int) -> list[int]:
    """Greedy decoding by hand: no cache, no `generate`."""
    import transformers  # noqa: PLC0415 - see above

    model = transformers.AutoModelForCausalLM.from_pretrained(folder)
    ids = list(tokenizer_of(folder)(prompt, add_special_tokens=False)["input_ids"])
    first = len(ids)
    with torch().inference_mode():
        for _ in range(tokens):
            ids.append(int(model(torch().tensor([ids])).logits[0, -1].argmax()))
    return ids[first:]


def probabilities(folder: Path, text: str) -> dict[str, float]:
    """A classifier's labels by hand: one forward pass and a softmax."""
    import transformers  # noqa: PLC0415 - see above

    model = transformers.AutoModelForSequenceClassification.from_pretrained(folder)
    with torch().inference_mode():
        logits = model(**tokenizer_of(folder)(text, return_tensors="pt")).logits[0]
    return {model.config.id2label[at]: float(p) for at, p in enumerate(torch().softmax(logits, -1))}


def merge_lora(base: Path, adapter: Path) -> None:
    """Adds a LoRA adapter, whose alpha equals its rank, to the weights of the model in `base`."""
    import numpy as np  # noqa: PLC0415 - see above
    from safetensors.numpy import load_file, save_file  # noqa: PLC0415 - see above

    weights, low_rank = load_file(base / "model.safetensors"), load_file(adapter / "adapter_model.safetensors")
    for name in [name for name in low_rank if name.endswith("lora_A.weight")]:
        target = name.removeprefix("base_model.model.").replace(".lora_A", "")
        product = low_rank[name.replace("lora_A", "lora_B")] @ low_rank[name]
        weights[target] = np.ascontiguousarray(weights[target] + product)
    save_file(weights, base / "model.safetensors", metadata={"format": "pt"})


def add_weights(folder: Path, name: str) -> None:
    """Adds a tensor that the model has no place for."""
    import numpy as np  # noqa: PLC0415 - see above
    from safetensors.numpy import load_file, save_file  # noqa: PLC0415 - see above

    weights = load_file(folder / "model.safetensors")
    save_file({**weights, name: np.zeros(3, np.float32)}, folder / "model.safetensors", metadata={"format": "pt"})
