"""A static embedding model of a few words, in the format of real ones, for tests of `compare: semantic`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from model2vec import StaticModel
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

MEANINGS = {
    "food": ("chef", "cook", "kitchen", "restaurant"),
    "law": ("lawyer", "attorney", "counsel", "court"),
    "lead": ("led", "managed", "directed", "ran"),
    "build": ("built", "developed", "created", "made"),
    "team": ("team", "staff", "people", "crew"),
    "sale": ("sales", "revenue", "customers", "deals"),
}
"""Words of one meaning have nearly the same vector, and words of two meanings are at right angles.

`won` and `lost`, which have no meaning here, are each other's opposite.
"""


def write_embedding_model(folder: Path) -> Path:
    """Writes the model's files to `folder`."""
    meanings = [(word, meaning) for meaning, synonyms in enumerate(MEANINGS.values()) for word in synonyms]
    vocabulary = {"[UNK]": 0} | {word: number for number, (word, _) in enumerate(meanings, start=1)}
    vocabulary |= {"won": len(vocabulary), "lost": len(vocabulary) + 1}
    vectors = np.zeros((len(vocabulary), len(MEANINGS) + len(vocabulary)), dtype=np.float32)
    for word, meaning in meanings:
        number = vocabulary[word]
        vectors[number, meaning], vectors[number, len(MEANINGS) + number] = 1.0, 0.2  # what it shares, what is its own
    vectors[vocabulary["won"], -1], vectors[vocabulary["lost"], -1] = 1.0, -1.0
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    model = StaticModel(vectors, tokenizer, normalize=True)
    model.save_pretrained(folder)
    return folder
