"""What holds an output to a JSON Schema: llguidance, or llama.cpp's own grammar."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from importlib import import_module
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import orjson

from shortlist_providers.constrained import matcher_grammar
from shortlist_providers.llama_cpp.faults import CannotGenerate
from shortlist_providers.llama_cpp.grammar import grammar_of

_KEPT = 32
"""Schemas whose guides are kept; a suite has one."""
_MINUS_INFINITY = np.float32(-np.inf)


class Guide(Protocol):
    """Holds one output at a time to a schema."""

    def begin(self, chain: Any) -> None:
        """Starts an output; may add samplers to the (still empty) chain."""

    def mask(self, logits: npt.NDArray[np.float32]) -> None:
        """Rules out, in place, what cannot come next."""

    def take(self, token: int) -> bool:
        """Takes the token that came and says whether the output is complete."""


class Guides:
    """The guides of one model, made once for each schema.

    Args:
        library: the module `llama_cpp`.
        vocabulary: the model's.
        ends: the tokens that end an output, the model's own first.
        backend: `llguidance`, `grammar` or `none`.
    """

    def __init__(self, library: Any, vocabulary: Any, ends: Sequence[int], backend: str) -> None:
        self._library = library
        self._vocabulary = vocabulary
        self._backend = backend
        self._made: dict[str, tuple[Guide | None, tuple[str, ...]]] = {}
        self._tokenizer: Any = None
        if backend == "llguidance":  # now, since it takes a second for a large vocabulary
            build = import_module("llguidance.llamacpp").lltokenizer_from_vocab
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # it asks llama.cpp by an old name
                self._tokenizer = build(vocabulary, eos_token=list(ends))

    def guide(self, schema: str | None) -> tuple[Guide | None, tuple[str, ...]]:
        """What guides an output with this schema (JSON text), and what of it cannot be honoured.

        Raises:
            CannotGenerate: the backend cannot express the schema.
        """
        if schema is None:
            return None, ()
        if self._backend == "none":
            return None, ("schema",)
        if schema not in self._made:
            if len(self._made) >= _KEPT:
                self._made.clear()
            self._made[schema] = self._make(orjson.loads(schema))
        return self._made[schema]

    def _make(self, schema: Any) -> tuple[Guide | None, tuple[str, ...]]:
        if self._backend == "grammar":
            grammar, skipped = grammar_of(self._library, self._vocabulary, schema)
            unhonoured = tuple(f"schema:{keyword}" for keyword in sorted(skipped))
            return _GrammarGuide(self._library, self._vocabulary, grammar), unhonoured
        text, unhonoured = matcher_grammar(schema)
        return (None if text is None else _LlguidanceGuide(self._tokenizer, text)), unhonoured


class _LlguidanceGuide:
    """Masks the logits by what llguidance allows next. JSON comes without whitespace between its tokens."""

    def __init__(self, tokenizer: Any, grammar: str) -> None:
        self._matcher_of = import_module("llguidance").LLMatcher
        self._tokenizer = tokenizer
        self._grammar = grammar
        self._matcher = self._matcher_of(tokenizer, grammar, log_level=0)
        if self._matcher.is_error():
            said = " ".join(self._matcher.get_error().split())[:500]
            raise CannotGenerate(f"llguidance cannot use the task's schema ({said}); set structured: grammar or none")
        bits = np.zeros((tokenizer.vocab_size + 31) // 32, dtype=np.uint32)
        self._allowed = bits
        self._allowed_bytes = bits.view(np.uint8)
        self._address = bits.ctypes.data

    def begin(self, chain: Any) -> None:
        # Reset rather than made anew: it keeps the automaton that earlier outputs have built.
        if not self._matcher.reset() or self._matcher.is_error():
            self._matcher = self._matcher_of(self._tokenizer, self._grammar, log_level=0)

    def mask(self, logits: npt.NDArray[np.float32]) -> None:
        self._matcher.unsafe_compute_mask_ptr(self._address, self._allowed_bytes.size)
        allowed = np.unpackbits(self._allowed_bytes, count=logits.size, bitorder="little").view(np.bool_)
        np.copyto(logits, _MINUS_INFINITY, where=~allowed)

    def take(self, token: int) -> bool:
        if not self._matcher.consume_token(token):
            said = " ".join(self._matcher.get_error().split())[:500]
            raise CannotGenerate(f"llguidance gave up in the middle of an output ({said})")
        return bool(self._matcher.is_stopped())


class _GrammarGuide:
    """A sampler of llama.cpp's own, which comes before those that choose."""

    def __init__(self, library: Any, vocabulary: Any, grammar: bytes) -> None:
        self._library = library
        self._vocabulary = vocabulary
        self._grammar = grammar

    def begin(self, chain: Any) -> None:
        sampler = self._library.llama_sampler_init_grammar(self._vocabulary, self._grammar, b"root")
        self._library.llama_sampler_chain_add(chain, sampler)

    def mask(self, logits: npt.NDArray[np.float32]) -> None:
        """The chain does it."""

    def take(self, token: int) -> bool:
        return False  # an end token is what the grammar then leaves
