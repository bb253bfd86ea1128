"""How alike two texts are in meaning, by the cosine of sentence embeddings: extra `semantic`, offline.

The embeddings are static (model2vec): a text's vector is the mean of its words' vectors, which were distilled from a
sentence transformer. That needs no torch, takes milliseconds on a CPU, has no limit of length, and gives the same
figures everywhere. It knows synonyms, is blind to the order of words, and nearly so to negation: what must be true
needs a comparison of its own.

No model comes with Shortlist. `SHORTLIST_EMBEDDING_MODEL` names the folder of one (`config.json`, `tokenizer.json`,
`model.safetensors`), and nothing is ever fetched. The folder's name and a hash of its files are part of the version of
every score, since another model gives other figures. docs/semantic.md says how to make one, with measured figures.

A text's mean over many words says little, so texts are cut into sentences (at line ends, and at `.!?` before white
space). Each sentence has its best counterpart on the other side, worth their cosine, of which what is below 0 counts as
0. The similarity is the mean over the one text's sentences and the mean over the other's, halved: what one says
and the other does not costs the same on either side. Sentences of the same words are worth 1 in any model.

To a static model 6 and 2 are one thing, and a word that it does not know (of another script, say) is none at all. So a
word with a digit in it, and a word unknown, has no counterpart but itself: a cosine is lessened by the share of both
sentences' words that are such and stand in one of them alone.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shortlist.errors import InputError, Problem
from shortlist.metrics.text import fold, words
from shortlist.tasks.model import Task
from shortlist.tasks.rules import FieldRule

if TYPE_CHECKING:
    import numpy as np

VARIABLE = "SHORTLIST_EMBEDDING_MODEL"

_FILES = ("config.json", "tokenizer.json", "model.safetensors")
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])|\s*\n\s*")
_ROUNDING = 1e-6  # the vectors are of single precision


class Embedder:
    """A static embedding model, read from its folder."""

    def __init__(self, folder: Path) -> None:
        from model2vec import StaticModel  # noqa: PLC0415 - an extra, and half a second

        self._model = StaticModel.from_pretrained(folder)
        digest = hashlib.sha256()
        for name in _FILES:
            digest.update(hashlib.sha256((folder / name).read_bytes()).digest())
        self.name = f"{folder.resolve().name}:{digest.hexdigest()[:12]}"
        """Which model this is, e.g. `potion-base-8M:0f3c…`."""

    @lru_cache(maxsize=4096)  # noqa: B019 - there is one embedder in a process, and it stays
    def vectors(self, sentences: tuple[str, ...]) -> np.ndarray[Any, Any]:
        """One row a sentence, of length 1, or 0 where the model knows none of its words."""
        import numpy as np  # noqa: PLC0415 - a tenth of a second

        rows = np.asarray(self._model.encode(list(sentences), max_length=None), dtype=np.float64)
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        rows /= np.where(lengths > 0, lengths, 1.0)
        return rows

    @lru_cache(maxsize=4096)  # noqa: B019 - as above
    def opaque(self, sentence: str) -> Counter[str]:
        """The sentence's words of which the vectors say nothing: those with a digit, and those the model lacks."""
        said = words(sentence)
        return Counter(
            word
            for word, tokens in zip(said, self._model.tokenize(said), strict=True)
            if not tokens or any(character.isdigit() for character in word)
        )


@cache
def _read(folder: Path) -> Embedder:
    return Embedder(folder)


def embedder() -> Embedder:
    """The one that the environment names, read once.

    Raises:
        InputError: the extra or the model is missing.
    """
    problem = _missing()
    if problem is not None:
        raise InputError(problem)
    return _read(Path(os.environ[VARIABLE]).expanduser())


def _missing() -> str | None:
    """What `semantic` lacks on this machine, and the next command; None when it is ready."""
    if find_spec("model2vec") is None:
        return "compare: semantic needs an extra: pip install 'shortlist[semantic]'"
    named = os.environ.get(VARIABLE, "")
    if not named:
        return (
            f"compare: semantic needs a model: set {VARIABLE} to the folder of a model2vec model, e.g. after "
            "hf download minishlab/potion-base-8M --local-dir potion-base-8M"
        )
    lacking = [name for name in _FILES if not (Path(named).expanduser() / name).is_file()]
    if lacking:
        return f"{VARIABLE} is {named!r}, and a model2vec model's folder has {', '.join(lacking)}, too"
    return None


def semantic_fields(task: Task) -> list[str]:
    """Where the task compares meanings, e.g. `fields.summary`."""
    found: list[str] = []

    def visit(rules: Mapping[str, FieldRule], path: str) -> None:
        for name, rule in rules.items():
            if rule.compare == "semantic":
                found.append(f"{path}.{name}")
            visit(rule.fields, f"{path}.{name}.fields")

    visit(task.fields, "fields")
    visit(task.checks, "checks")
    return found


def check_embedder(task: Task) -> None:
    """Refuses a task that compares meanings where that cannot be done.

    Raises:
        InputError: the extra or the model is missing; it names every such field.
    """
    fields = semantic_fields(task)
    problem = _missing() if fields else None
    if problem is not None:
        raise InputError(*(Problem(problem, path=f"{task.ref}: {field}") for field in fields))


def version_with_embedder(version: str, task: Task) -> str:
    """A metric's version, with the embedder that its scores come from: `2+potion-base-8M:0f3c…`.

    Raises:
        InputError: as `check_embedder`.
    """
    check_embedder(task)
    return f"{version}+{embedder().name}" if semantic_fields(task) else version


def meaning_similarity(a: str, b: str) -> float:
    """As this module's head says; in [0, 1], symmetric, exactly 1.0 for texts of the same words.

    Raises:
        InputError: the extra or the model is missing.
    """
    if words(a) == words(b):
        return 1.0 if words(a) or fold(a) == fold(b) else 0.0
    return _similarity(embedder(), *sorted((a, b)))  # sorted, so that rounding is the same in both directions


@lru_cache(maxsize=4096)
def _similarity(model: Embedder, a: str, b: str) -> float:
    mine, theirs = _sentences(a), _sentences(b)
    if not mine or not theirs:
        return 0.0
    alike = (model.vectors(mine) @ model.vectors(theirs).T).clip(0.0, 1.0)
    for row, sentence in enumerate(mine):
        for column, other in enumerate(theirs):
            alike[row, column] = _lessened(model, float(alike[row, column]), sentence, other)
    score = float(alike.max(axis=1).mean() + alike.max(axis=0).mean()) / 2
    return score if score < 1.0 - _ROUNDING else 1.0


def _lessened(model: Embedder, cosine: float, a: str, b: str) -> float:
    """What two sentences' cosine is worth, given the words that the vectors say nothing of."""
    mine, theirs = words(a), words(b)
    if mine == theirs:
        return 1.0
    ours, others = model.opaque(a), model.opaque(b)
    if not ours and not others:
        return cosine
    alone = (ours - others).total() + (others - ours).total()
    return cosine * (1 - alone / (len(mine) + len(theirs)))


def _sentences(text: str) -> tuple[str, ...]:
    """The text's sentences that have a word, in order."""
    return tuple(part for part in _SENTENCE_END.split(text) if words(part))
