"""What holds an output to a JSON Schema: llguidance, or llama.cpp's own grammar."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from importlib import import_module
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import orjson

from shortlist_providers.llama_cpp.faults import CannotGenerate
from shortlist_providers.llama_cpp.grammar import grammar_of
from shortlist_providers.llama_cpp.keywords import without

_KEPT = 32
"""Schemas whose guides are kept; a suite has one."""
_MINUS_INFINITY = np.float32(-np.inf)


class Guide(Protocol):
    """Holds one output at a time to a schema."""

    unhonoured: tuple[str, ...]
    """`schema:<keyword>` for each keyword that it does not enforce."""

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
        self._made: dict[str, Guide] = {}
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
        guide = self._made.get(schema)
        if guide is None:
            if len(self._made) >= _KEPT:
                self._made.clear()
            guide = self._made[schema] = self._make(orjson.loads(schema))
        return guide, guide.unhonoured

    def _make(self, schema: Any) -> Guide:
        if self._backend == "grammar":
            return _GrammarGuide(self._library, self._vocabulary, schema)
        return _LlguidanceGuide(self._tokenizer, schema)


class _LlguidanceGuide:
    """Masks the logits by what llguidance allows next. JSON comes without whitespace between its tokens."""

    def __init__(self, tokenizer: Any, schema: Any) -> None:
        self._matcher_of = import_module("llguidance").LLMatcher
        self._tokenizer = tokenizer
        self._matcher, self.unhonoured = self._compile(schema)
        bits = np.zeros((tokenizer.vocab_size + 31) // 32, dtype=np.uint32)
        self._allowed = bits
        self._allowed_bytes = bits.view(np.uint8)
        self._address = bits.ctypes.data

    def _compile(self, schema: Any) -> tuple[Any, tuple[str, ...]]:
        """A matcher that enforces as much of the schema as llguidance can, and the keywords that it does not."""
        matcher = self._matcher_for(schema)
        skipped: set[str] = set()
        if matcher.is_error():
            matcher = self._matcher_for(schema, lenient=True)
            if "regex parse error" in matcher.get_error():  # a look-ahead, say; `lenient` does not cover these
                schema, _ = without(schema, lambda keyword, _: keyword == "pattern")
                skipped.add("pattern")
                matcher = self._matcher_for(schema, lenient=True)
        if matcher.is_error():
            said = " ".join(matcher.get_error().split())[:500]
            raise CannotGenerate(
                f"llguidance cannot express the task's schema ({said}); mend the schema, or set "
                "structured: grammar or none"
            )
        for warning in matcher.get_grammar_warnings():
            skipped.update(_keywords(warning))
        return matcher, tuple(f"schema:{keyword}" for keyword in sorted(skipped))

    def _matcher_for(self, schema: Any, *, lenient: bool = False) -> Any:
        options = {"whitespace_flexible": False, "lenient": lenient}
        self._grammar = self._matcher_of.grammar_from_json_schema(orjson.dumps(schema).decode(), options)
        return self._matcher_of(self._tokenizer, self._grammar, log_level=0)

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


def _keywords(warning: str) -> list[str]:
    """The keywords that a warning of llguidance is about."""
    if warning.startswith("Unimplemented keys"):
        return re.findall(r'"([^"]+)"', warning)
    if warning.startswith("Unknown format"):
        return ["format"]
    return [warning.split(maxsplit=1)[0]]


class _GrammarGuide:
    """A sampler of llama.cpp's own, which comes before those that choose."""

    def __init__(self, library: Any, vocabulary: Any, schema: Any) -> None:
        self._library = library
        self._vocabulary = vocabulary
        self._grammar, skipped = grammar_of(library, vocabulary, schema)
        self.unhonoured = tuple(f"schema:{keyword}" for keyword in sorted(skipped))

    def begin(self, chain: Any) -> None:
        sampler = self._library.llama_sampler_init_grammar(self._vocabulary, self._grammar, b"root")
        self._library.llama_sampler_chain_add(chain, sampler)

    def mask(self, logits: npt.NDArray[np.float32]) -> None:
        """The chain does it."""

    def take(self, token: int) -> bool:
        return False  # an end token is what the grammar then leaves
